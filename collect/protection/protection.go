// Package protection finds out how well a machine is protected: which security
// updates wait, what must be restarted, whether malware protection and packet
// filter do their work, what can be reached from where, and how the machine
// stands against a baseline of settings. It also reads what Lynis and OpenSCAP
// found. It changes nothing.
package protection

import (
	"context"
	"fmt"
	"slices"
	"time"

	"steward/collect/fact"
	"steward/collect/host"
	"steward/collect/host/machine"
	"steward/collect/protection/firewall"
)

// Options say what to look at. The zero value is this machine.
type Options struct {
	Machine  *machine.Machine
	Now      time.Time
	Approved []firewall.Set // rules to compare those in force with
	Lynis    string         // path of a Lynis report; /var/log/lynis-report.dat if there
	OpenSCAP string         // path of an XCCDF or ARF result
}

// Report is all that was found.
type Report struct {
	At        time.Time                      `json:"at"`
	Host      string                         `json:"host"`
	Updates   fact.Section[fact.Updates]     `json:"updates"`
	Restart   fact.Section[fact.Restart]     `json:"restart"`
	Antivirus fact.Section[[]AntivirusState] `json:"antivirus"`
	Firewalls fact.Section[[]firewall.Set]   `json:"firewalls"`
	Findings  []FirewallFinding              `json:"firewall_findings"`
	Exposure  fact.Section[[]Exposure]       `json:"exposure"`
	Checks    []Result                       `json:"checks"`
	Lynis     *Lynis                         `json:"lynis,omitempty"`
	OpenSCAP  *OpenSCAP                      `json:"openscap,omitempty"`
}

// FirewallFinding is a finding and the set of rules it is about.
type FirewallFinding struct {
	Product string `json:"product"`
	Profile string `json:"profile,omitempty"`
	firewall.Finding
}

// AntivirusState is a malware protection product with what is wrong with it.
type AntivirusState struct {
	fact.Antivirus
	SignatureDays *int     `json:"signature_days,omitempty" doc:"age of the signatures at the moment of the look, whole days"`
	Problems      []string `json:"problems,omitempty" doc:"not running, not in real time, signatures older than 3 days, no scan for 30 days"`
}

// Collect looks at the machine. What could not be seen stands in the sections'
// gaps; an error is only a file named in the options that cannot be read.
func Collect(ctx context.Context, o Options) (Report, error) {
	m := o.Machine
	if m == nil {
		m = machine.This()
	}
	now := o.Now
	if now.IsZero() {
		now = time.Now()
	}
	inv, err := host.Collect(ctx, host.Options{Machine: m, Now: now})
	if err != nil {
		return Report{}, err
	}
	r := Report{At: inv.At, Host: inv.Identity.Value.Hostname, Updates: inv.Updates, Restart: inv.Restart, Findings: []FirewallFinding{}}
	r.Antivirus = fact.Section[[]AntivirusState]{Seen: inv.Antivirus.Seen, Gaps: inv.Antivirus.Gaps, Value: []AntivirusState{}}
	for _, a := range inv.Antivirus.Value {
		r.Antivirus.Value = append(r.Antivirus.Value, judge(a, now))
	}
	sets, gaps := firewall.Read(ctx, m)
	r.Firewalls = fact.Section[[]firewall.Set]{Seen: len(sets) > 0 || len(gaps) == 0, Value: sets, Gaps: gaps}
	for _, s := range sets {
		for _, f := range s.Findings() {
			r.Findings = append(r.Findings, FirewallFinding{s.Product, s.Profile, f})
		}
	}
	for _, approved := range o.Approved {
		r.Findings = append(r.Findings, compare(approved, sets)...)
	}
	r.Exposure = Exposed(inv.Ports, r.Firewalls)
	if r.Checks, err = Baseline(m, inv, sets); err != nil {
		return r, err
	}
	if o.Lynis != "" || m.Exists("/var/log/lynis-report.dat") {
		path := o.Lynis
		if path == "" {
			path = "/var/log/lynis-report.dat"
		}
		b, err := m.Read(path)
		switch {
		case err == nil:
			l := ParseLynis(b)
			r.Lynis = &l
		case o.Lynis != "":
			return r, fmt.Errorf("the Lynis report: %w", err)
		}
	}
	if o.OpenSCAP != "" {
		f, err := m.Open(o.OpenSCAP)
		if err != nil {
			return r, fmt.Errorf("the OpenSCAP result: %w", err)
		}
		defer f.Close()
		s, err := ParseOpenSCAP(f)
		if err != nil {
			return r, fmt.Errorf("the OpenSCAP result %s: %w", o.OpenSCAP, err)
		}
		r.OpenSCAP = &s
	}
	return r, nil
}

// judge says what is wrong with a malware protection product.
func judge(a fact.Antivirus, now time.Time) AntivirusState {
	s := AntivirusState{Antivirus: a}
	if a.Running != nil && !*a.Running {
		s.Problems = append(s.Problems, "not running")
	} else if a.RealTime != nil && !*a.RealTime {
		s.Problems = append(s.Problems, "does not check files as they are used")
	}
	if a.Made != nil {
		days := int(now.Sub(*a.Made).Hours() / 24)
		s.SignatureDays = &days
		if days > 3 {
			s.Problems = append(s.Problems, fmt.Sprintf("its signatures are %d days old", days))
		}
	}
	if a.Scanned != nil && now.Sub(*a.Scanned) > 30*24*time.Hour {
		s.Problems = append(s.Problems, fmt.Sprintf("its last scan was on %s", a.Scanned.Format(time.DateOnly)))
	}
	return s
}

// compare finds the set the approved one is for and the differences.
func compare(approved firewall.Set, sets []firewall.Set) []FirewallFinding {
	// A product has a set for each of its profiles, iptables one for each family;
	// the product of an approved set may be named otherwise (ufw, iptables).
	for _, fits := range []func(s firewall.Set) bool{
		func(s firewall.Set) bool {
			return s.Product == approved.Product && s.Profile == approved.Profile && s.Source == approved.Source
		},
		func(s firewall.Set) bool { return s.Product == approved.Product && s.Profile == approved.Profile },
		func(s firewall.Set) bool {
			return s.Source == approved.Source && (approved.Profile == "" || s.Profile == "")
		},
	} {
		i := slices.IndexFunc(sets, fits)
		if i < 0 {
			continue
		}
		var all []FirewallFinding
		for _, f := range firewall.Difference(approved, sets[i]) {
			all = append(all, FirewallFinding{sets[i].Product, sets[i].Profile, f})
		}
		return all
	}
	return []FirewallFinding{{approved.Product, approved.Profile, firewall.Finding{Kind: "missing", Severity: "high", What: "The approved rule set is not in force at all.", Remedy: "Load it, or have its removal approved."}}}
}

// Observations are the report as facts, one each.
func (r Report) Observations() []fact.Observation {
	var all []fact.Observation
	add := func(kind, source, method string, data any) {
		all = append(all, fact.Observation{Kind: kind, Target: r.Host, At: r.At, Source: source, Method: method, Data: data})
	}
	add("updates", r.Updates.Value.Manager, "file, command", r.Updates)
	add("restart", "/proc", "file", r.Restart)
	add("antivirus", "installed products", "file, command", r.Antivirus)
	add("firewalls", "packet filter", "command, file", r.Firewalls)
	for _, f := range r.Findings {
		add("firewall-finding", f.Product, "rules compared", f)
	}
	add("exposure", "/proc/net, packet filter", "file, command", r.Exposure)
	for _, c := range r.Checks {
		add("check", c.Source, "file", c)
	}
	if r.Lynis != nil {
		add("lynis", "lynis-report.dat", "file", r.Lynis)
	}
	if r.OpenSCAP != nil {
		add("openscap", "XCCDF result", "file", r.OpenSCAP)
	}
	return all
}

// Kinds are examples of each kind's data, for their schemas.
func Kinds() map[string]any {
	return map[string]any{
		"updates": fact.Section[fact.Updates]{}, "restart": fact.Section[fact.Restart]{}, "antivirus": fact.Section[[]AntivirusState]{}, "firewalls": fact.Section[[]firewall.Set]{},
		"firewall-finding": FirewallFinding{}, "exposure": fact.Section[[]Exposure]{}, "check": Result{}, "lynis": Lynis{}, "openscap": OpenSCAP{},
	}
}
