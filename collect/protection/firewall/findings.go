package firewall

import (
	"fmt"
	"slices"
	"strings"
)

// Finding is something wrong with a set of rules.
type Finding struct {
	Kind     string   `json:"kind" doc:"any-any, shadowed, redundant, duplicate, never-hit, management-open, no-default-deny, off, missing, additional, reordered"`
	Severity string   `json:"severity" doc:"high, medium, low or info"`
	Chain    string   `json:"chain,omitempty" doc:"family, table and chain"`
	Rule     int      `json:"rule,omitempty" doc:"the rule's number in its chain, from 1"`
	By       int      `json:"by,omitempty" doc:"number of the earlier rule that causes it"`
	What     string   `json:"what" doc:"what is wrong, in a sentence"`
	Remedy   string   `json:"remedy" doc:"what would be right"`
	Ports    []string `json:"ports,omitempty"`
}

// sensitive are ports that should not be reachable from everywhere.
var sensitive = []struct {
	port           int
	protocol, what string
	severity       string
}{
	{22, "tcp", "SSH", "medium"}, {23, "tcp", "Telnet", "high"}, {135, "tcp", "Windows RPC", "high"}, {139, "tcp", "NetBIOS", "high"}, {161, "udp", "SNMP", "high"}, {389, "tcp", "LDAP", "medium"}, {445, "tcp", "SMB file sharing", "high"},
	{512, "tcp", "rexec", "high"}, {513, "tcp", "rlogin", "high"}, {514, "tcp", "rsh", "high"}, {623, "udp", "IPMI", "high"}, {873, "tcp", "rsync", "medium"}, {1433, "tcp", "SQL Server", "high"}, {1521, "tcp", "Oracle", "high"},
	{2049, "tcp", "NFS", "high"}, {2375, "tcp", "Docker without TLS", "high"}, {2376, "tcp", "Docker", "medium"}, {2379, "tcp", "etcd", "high"}, {3306, "tcp", "MySQL", "high"}, {3389, "tcp", "Remote Desktop", "high"}, {5432, "tcp", "PostgreSQL", "high"},
	{5900, "tcp", "VNC", "high"}, {5984, "tcp", "CouchDB", "high"}, {5985, "tcp", "WinRM", "high"}, {5986, "tcp", "WinRM", "medium"}, {6379, "tcp", "Redis", "high"}, {6443, "tcp", "Kubernetes", "medium"}, {8006, "tcp", "Proxmox", "medium"}, {9090, "tcp", "Cockpit or Prometheus", "medium"},
	{9200, "tcp", "Elasticsearch", "high"}, {10000, "tcp", "Webmin", "medium"}, {10250, "tcp", "kubelet", "high"}, {11211, "tcp", "memcached", "high"}, {27017, "tcp", "MongoDB", "high"},
}

// Sensitive names what usually listens at a port that should not be open to
// the world, and how grave it is; "" for other ports.
func Sensitive(protocol string, port int) (what, severity string) {
	for _, s := range sensitive {
		if s.port == port && s.protocol == protocol {
			return s.what, s.severity
		}
	}
	return "", ""
}

// Findings says what is wrong with the set. Rules that count packets and
// counted none are told only when their chain counted some elsewhere.
func (s Set) Findings() []Finding {
	var all []Finding
	if s.On != nil && !*s.On {
		return []Finding{{Kind: "off", Severity: "high", What: s.name() + " filters nothing.", Remedy: "Turn it on with a default of drop and rules for what is offered."}}
	}
	switch s.Default {
	case "accept":
		all = append(all, Finding{Kind: "no-default-deny", Severity: "high", What: "Incoming traffic that no rule names is let in.", Remedy: "Make drop or reject the default for input and allow only what is offered."})
	case "":
		if len(s.Chains) > 0 {
			all = append(all, Finding{Kind: "no-default-deny", Severity: "high", What: "There is no chain that filters incoming traffic.", Remedy: "Add an input chain with the default drop."})
		}
	}
	for _, chain := range s.chains() {
		all = append(all, s.chainFindings(chain)...)
	}
	return all
}

func (s Set) name() string {
	if s.Profile != "" {
		return s.Product + " (" + s.Profile + ")"
	}
	return s.Product
}

type chainRules struct {
	Chain
	title string
	rules []Rule
	input bool // packets for this machine pass it

	entries []Rule // what is true of those packets then, for each way into it
}

// chains groups the rules; a chain counts as input if its hook is, or if an
// input chain jumps to it.
func (s Set) chains() []chainRules {
	var order []string
	byName := map[string]*chainRules{}
	get := func(family, table, name string) *chainRules {
		key := strings.Join(strings.Fields(family+" "+table+" "+name), " ")
		if byName[key] == nil {
			byName[key] = &chainRules{Chain: Chain{Family: family, Table: table, Name: name}, title: key}
			order = append(order, key)
		}
		return byName[key]
	}
	for _, c := range s.Chains {
		get(c.Family, c.Table, c.Name).Chain = c
	}
	for _, r := range s.Rules {
		c := get(r.Family, r.Table, r.Chain)
		c.rules = append(c.rules, r)
	}
	for _, c := range byName {
		c.input = c.Hook == "input" && filtering(c.Table)
	}
	for changed := true; changed; {
		changed = false
		for _, c := range byName {
			if !c.input {
				continue
			}
			for _, r := range c.rules {
				if r.Action != Jump {
					continue
				}
				to := byName[strings.Join(strings.Fields(r.Family+" "+r.Table+" "+r.Target), " ")]
				if to != nil && !to.input {
					to.input, changed = true, true
				}
			}
		}
	}
	entries(byName, order)
	all := make([]chainRules, len(order))
	for i, key := range order {
		all[i] = *byName[key]
	}
	return all
}

func filtering(table string) bool { return table != "raw" && table != "mangle" && table != "nat" }

// maxCompared bounds the rules of one chain that are compared with each other.
const maxCompared = 5000

func (s Set) chainFindings(c chainRules) []Finding {
	var all []Finding
	rules := c.rules[:min(len(c.rules), maxCompared)]
	traffic := slices.ContainsFunc(rules, func(r Rule) bool { return r.Packets != nil && *r.Packets > 0 })
	for i, r := range rules {
		if f, ok := precedent(rules[:i], r); ok {
			f.Chain = c.title
			all = append(all, f)
			continue // what never takes effect opens nothing
		}
		if r.Packets != nil && *r.Packets == 0 && traffic && r.Terminal() {
			all = append(all, Finding{Kind: "never-hit", Severity: "info", Chain: c.title, Rule: r.Number, What: "No packet has matched it since counting began: " + r.describe() + ".", Remedy: "Ask its owner whether it is still needed."})
		}
		if !c.input || r.Action != Accept {
			continue
		}
		if f, ok := c.opens(r); ok {
			f.Chain, f.Rule = c.title, r.Number
			all = append(all, f)
		}
	}
	return all
}

// opens says what an accepting rule opens to everybody: the gravest over all
// ways into its chain.
func (c chainRules) opens(rule Rule) (worst Finding, found bool) {
	for _, way := range c.entries {
		r, possible := both(way, rule)
		if !possible || loopback(r.In) || narrow(r.Other) || len(r.Sources) > 0 || len(r.States) > 0 && !slices.Contains(r.States, "new") {
			continue
		}
		every := len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(p PortRange) bool { return p.From <= 1 && p.To == 65535 })
		switch {
		case r.Protocol == "" && every && len(r.Destinations) == 0 && r.In == "":
			return Finding{Kind: "any-any", Severity: "high", What: "It lets everything in from everywhere.", Remedy: "Name the sources and the ports that are needed."}, true
		case r.In != "": // only through one interface, which may be an inner one
		case every && (r.Protocol == "tcp" || r.Protocol == "udp"):
			worst, found = Finding{Kind: "any-any", Severity: "high", What: "It lets all of " + r.Protocol + " in from everywhere.", Remedy: "Name the ports that are needed."}, true
		case !found || worst.Kind != "any-any":
			if f, ok := managementOpen(r); ok && (!found || f.Severity == "high") {
				worst, found = f, true
			}
		}
	}
	return worst, found
}

// wideRange is the number of ports from which on a range is not taken to mean
// each port in it: 8000 to 8100 is not there for Proxmox' 8006. The graver
// ports are told whatever the range.
const wideRange = 16

// managementOpen finds the ports in a rule for everybody that should not be
// open to everybody.
func managementOpen(r Rule) (Finding, bool) {
	f := Finding{Kind: "management-open", Severity: "medium", Rule: r.Number, Remedy: "Allow it only from the networks of those who need it, or through a VPN."}
	var names []string
	for _, p := range sensitive {
		if r.Protocol != "" && r.Protocol != p.protocol || !slices.ContainsFunc(r.Ports, func(in PortRange) bool {
			return in.From <= p.port && p.port <= in.To && (in.To-in.From < wideRange || p.severity == "high")
		}) {
			continue
		}
		if p.severity == "high" {
			f.Severity = "high"
		}
		names = append(names, fmt.Sprintf("%d (%s)", p.port, p.what))
		f.Ports = append(f.Ports, fmt.Sprintf("%s/%d", p.protocol, p.port))
	}
	if len(names) == 0 {
		return f, false
	}
	f.What = "Open to every address: " + strings.Join(names, ", ") + "."
	return f, true
}

// precedent finds an earlier rule because of which r never takes effect.
func precedent(earlier []Rule, r Rule) (Finding, bool) {
	if r.Action == Note {
		return Finding{}, false
	}
	for _, e := range earlier {
		if e.Key() == r.Key() {
			return Finding{Kind: "duplicate", Severity: "low", Rule: r.Number, By: e.Number, What: fmt.Sprintf("It says the same as rule %d: %s.", e.Number, r.describe()), Remedy: "Remove it."}, true
		}
		if !e.Terminal() || !Covers(e, r) {
			continue
		}
		if e.Action == r.Action {
			return Finding{Kind: "redundant", Severity: "low", Rule: r.Number, By: e.Number, What: fmt.Sprintf("Rule %d already does this for more traffic: %s.", e.Number, r.describe()), Remedy: "Remove it."}, true
		}
		severity := "medium"
		if r.Action == Drop || r.Action == Reject {
			severity = "high" // somebody believes that it blocks
		}
		return Finding{Kind: "shadowed", Severity: severity, Rule: r.Number, By: e.Number, What: fmt.Sprintf("It never takes effect, since rule %d takes the same traffic before and does %s: %s.", e.Number, e.Action, r.describe()), Remedy: "Move it before that rule, or remove it."}, true
	}
	return Finding{}, false
}

// describe says the rule in words.
func (r Rule) describe() string {
	parts := []string{string(r.Action)}
	if r.Action == Jump {
		parts = append(parts, "to "+r.Target)
	}
	if r.Protocol != "" {
		parts = append(parts, r.Protocol)
	}
	if len(r.Ports) > 0 {
		parts = append(parts, "port "+strings.Join(portTexts(r.Ports), ", "))
	}
	if len(r.Sources) > 0 {
		parts = append(parts, "from "+strings.Join(r.Sources, ", "))
	}
	if len(r.Destinations) > 0 {
		parts = append(parts, "to "+strings.Join(r.Destinations, ", "))
	}
	if r.In != "" {
		parts = append(parts, "in by "+r.In)
	}
	if r.Comment != "" {
		parts = append(parts, "("+r.Comment+")")
	}
	return strings.Join(parts, " ")
}

// Difference compares the rules in force with the approved ones: what is
// missing, what is there besides, and which chain has another order.
func Difference(approved, actual Set) []Finding {
	var all []Finding
	want, have := map[string]int{}, map[string]int{}
	for _, r := range approved.Rules {
		want[r.Key()]++
	}
	for _, r := range actual.Rules {
		have[r.Key()]++
	}
	title := func(r Rule) string { return strings.Join(strings.Fields(r.Family+" "+r.Table+" "+r.Chain), " ") }
	for _, r := range approved.Rules {
		if have[r.Key()] > 0 {
			have[r.Key()]--
			continue
		}
		all = append(all, Finding{Kind: "missing", Severity: "medium", Chain: title(r), What: "An approved rule is not in force: " + r.describe() + ".", Remedy: "Add it, or have its removal approved."})
	}
	for _, r := range actual.Rules {
		if want[r.Key()] > 0 {
			want[r.Key()]--
			continue
		}
		severity := "medium"
		if r.Action == Accept {
			severity = "high"
		}
		all = append(all, Finding{Kind: "additional", Severity: severity, Chain: title(r), Rule: r.Number, What: "A rule is in force that was not approved: " + r.describe() + ".", Remedy: "Remove it, or have it approved."})
	}
	if approved.Default != "" && approved.Default != actual.Default {
		all = append(all, Finding{Kind: "no-default-deny", Severity: "high", What: fmt.Sprintf("The default for incoming traffic is %s; approved is %s.", or(actual.Default, "none"), approved.Default), Remedy: "Set the approved default."})
	}
	if len(all) == 0 {
		for i := range approved.Rules {
			if approved.Rules[i].Key() != actual.Rules[i].Key() {
				r := actual.Rules[i]
				all = append(all, Finding{Kind: "reordered", Severity: "medium", Chain: title(r), Rule: r.Number, What: "The rules are the approved ones in another order, from here on.", Remedy: "Restore the approved order."})
				break
			}
		}
	}
	return all
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}
