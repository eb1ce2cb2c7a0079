package firewall

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"steward/collect/fact"
	"steward/collect/host/machine"
)

// Read reads the packet filters of a machine. A gap says what it could not
// see; without the right to ask the kernel, the products' own files are read.
func Read(ctx context.Context, m *machine.Machine) ([]Set, []fact.Gap) {
	switch m.Platform {
	case "windows":
		out, err := m.Command(ctx, "powershell", "-NoProfile", "-NonInteractive", "-Command", WindowsScript)
		if err != nil {
			return nil, []fact.Gap{gap("firewall", err)}
		}
		sets, err := ParseWindows(out)
		if err != nil {
			return nil, []fact.Gap{gap("firewall", err)}
		}
		return sets, nil
	case "darwin", "freebsd":
		return readPF(ctx, m)
	}
	var sets []Set
	var gaps []fact.Gap
	seen := false // the kernel was asked and answered
	// iptables works on nftables today; its own tool takes its rules apart
	// better than nft does.
	translated := map[string]bool{}
	for _, tool := range []struct{ name, family string }{{"iptables-save", "ip"}, {"ip6tables-save", "ip6"}} {
		out, err := m.Command(ctx, tool.name, "-c")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			gaps = append(gaps, gap(tool.name, err))
			continue
		}
		seen = true
		s, err := ParseIPTables(out, tool.family)
		if err == nil && (len(s.Rules) > 0 || *s.On) {
			sets = append(sets, s)
			for _, c := range s.Chains {
				translated[c.Family+" "+c.Table] = true
			}
		}
	}
	out, err := m.Command(ctx, "nft", "--json", "list", "ruleset")
	switch {
	case err == nil:
		seen = true
		s, err := ParseNFT(out)
		if err != nil {
			gaps = append(gaps, gap("nftables", err))
			break
		}
		s.Rules = slices.DeleteFunc(s.Rules, func(r Rule) bool { return translated[r.Family+" "+r.Table] })
		s.Chains = slices.DeleteFunc(s.Chains, func(c Chain) bool { return translated[c.Family+" "+c.Table] })
		s.Default = s.InputDefault()
		if len(s.Rules) > 0 || len(s.Chains) > 0 {
			s.On = new(len(s.Rules) > 0 || s.Default == "drop")
			sets = append(sets, s)
		}
	case !errors.Is(err, fs.ErrNotExist):
		gaps = append(gaps, gap("nftables", err))
	}
	name(m, sets)
	if len(sets) == 0 {
		configured, more := readFiles(m, seen)
		sets, gaps = append(sets, configured...), append(gaps, more...)
	}
	if len(sets) == 0 && len(gaps) == 0 && !seen {
		// No tool to ask with. Without any of the kernel's modules in use there
		// are no rules either.
		if tables, err := m.Read("/proc/net/ip_tables_names"); err == nil && len(bytes.TrimSpace(tables)) > 0 {
			gaps = append(gaps, fact.Gap{What: "firewall rules", Why: "iptables is in use and no tool to list its rules is installed", Needs: "install iptables"})
		} else if modules := m.Text("/proc/modules"); modules == "" || strings.Contains(modules, "nf_tables ") {
			gaps = append(gaps, fact.Gap{What: "firewall rules", Why: "the kernel may have some and no tool to list them is installed", Needs: "install nftables"})
		}
	}
	return sets, gaps
}

func gap(what string, err error) fact.Gap {
	why, needs := machine.Why(err)
	var exit *machine.ExitError
	if errors.As(err, &exit) && (strings.Contains(exit.Message, "ermission") || strings.Contains(exit.Message, "not permitted") || strings.Contains(exit.Message, "you must be root")) {
		why, needs = "permission denied", "run as root"
	}
	return fact.Gap{What: "rules of " + what, Why: why, Needs: needs}
}

// name gives the sets the name of the product that manages them.
func name(m *machine.Machine, sets []Set) {
	for i := range sets {
		has := func(part string) bool {
			return slices.ContainsFunc(sets[i].Chains, func(c Chain) bool { return strings.HasPrefix(c.Name, part) || c.Table == part })
		}
		switch {
		case has("ufw-") || has("ufw6-"):
			sets[i].Product = "ufw"
		case has("firewalld") || has("IN_public") || has("INPUT_ZONES"):
			sets[i].Product = "firewalld"
			sets[i].Profile = defaultZone(m)
		}
	}
}

func defaultZone(m *machine.Machine) string {
	zone := "public"
	m.Lines("/etc/firewalld/firewalld.conf", func(line string) bool {
		if v, found := strings.CutPrefix(line, "DefaultZone="); found {
			zone = strings.TrimSpace(v)
		}
		return true
	})
	return zone
}

// readFiles reads what ufw, firewalld and nftables are configured to do.
func readFiles(m *machine.Machine, kernelSeen bool) ([]Set, []fact.Gap) {
	var sets []Set
	var gaps []fact.Gap
	if b, err := m.Read("/etc/ufw/ufw.conf"); err == nil {
		on := strings.Contains(string(b), "\nENABLED=yes") || strings.HasPrefix(string(b), "ENABLED=yes")
		s := Set{Product: "ufw", Source: "/etc/ufw", Rules: []Rule{}}
		defaults := m.Text("/etc/default/ufw")
		s.Default = ufwDefault(defaults)
		if on && !kernelSeen {
			for _, f := range []struct{ path, family string }{{"/etc/ufw/user.rules", "ip"}, {"/etc/ufw/user6.rules", "ip6"}} {
				b, err := m.Read(f.path)
				if err != nil {
					gaps = append(gaps, gap("ufw in "+f.path, err))
					continue
				}
				if rules, err := ParseIPTables(b, f.family); err == nil {
					rules.Rules = slices.DeleteFunc(rules.Rules, func(r Rule) bool { return !strings.Contains(r.Chain, "user-") || strings.Contains(r.Chain, "limit") })
					s.Rules = append(s.Rules, rules.Rules...)
				}
			}
			s.Chains = []Chain{{Family: "ip", Table: "filter", Name: "ufw-user-input", Hook: "input", Policy: s.Default}, {Family: "ip6", Table: "filter", Name: "ufw6-user-input", Hook: "input", Policy: s.Default}}
		}
		s.On = new(on && !kernelSeen)
		if !on || !kernelSeen {
			sets = append(sets, s)
		} else {
			gaps = append(gaps, fact.Gap{What: "why ufw is inactive", Why: "it is enabled and the kernel has no rules", Needs: "start ufw"})
			sets = append(sets, s)
		}
	}
	if m.Exists("/etc/firewalld/firewalld.conf") || m.Exists("/usr/lib/firewalld/zones") {
		zone := defaultZone(m)
		b, err := m.Read("/etc/firewalld/zones/" + zone + ".xml")
		if err != nil {
			b, err = m.Read("/usr/lib/firewalld/zones/" + zone + ".xml")
		}
		if err == nil {
			s, err := ParseZone(zone, b, func(service string) []byte {
				if strings.ContainsAny(service, "/\\") {
					return nil
				}
				for _, dir := range []string{"/etc/firewalld/services/", "/usr/lib/firewalld/services/"} {
					if b, err := m.Read(dir + service + ".xml"); err == nil {
						return b
					}
				}
				return nil
			})
			if err == nil {
				on := !kernelSeen && len(m.Glob("/etc/systemd/system/*.wants/firewalld.service")) > 0
				s.On = &on
				sets = append(sets, s)
			}
		}
	}
	return sets, gaps
}

func ufwDefault(text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if v, found := strings.CutPrefix(strings.TrimSpace(line), "DEFAULT_INPUT_POLICY="); found {
			return strings.ToLower(strings.Trim(v, `"`))
		}
	}
	return "drop"
}

// readPF asks pf whether it filters and for its rules; on macOS also the
// application firewall.
func readPF(ctx context.Context, m *machine.Machine) ([]Set, []fact.Gap) {
	var sets []Set
	var gaps []fact.Gap
	if m.Platform == "darwin" {
		out, err := m.Command(ctx, "/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate", "--getblockall")
		if err == nil {
			text := string(out)
			s := Set{Product: "macos application firewall", Source: "socketfilterfw", Rules: []Rule{}, On: new(strings.Contains(text, "enabled") && !strings.Contains(text, "State = 0"))}
			s.Default = "accept" // programs with a valid signature are let in
			if strings.Contains(text, "block all") && strings.Contains(text, "set to block") {
				s.Default = "drop"
			}
			sets = append(sets, s)
		} else {
			gaps = append(gaps, gap("the application firewall", err))
		}
	}
	info, err := m.Command(ctx, "pfctl", "-s", "info")
	if err != nil {
		if m.Platform == "freebsd" || !errors.Is(err, fs.ErrNotExist) {
			gaps = append(gaps, gap("pf", err))
		}
		return sets, gaps
	}
	on := strings.Contains(string(info), "Status: Enabled")
	out, err := m.Command(ctx, "pfctl", "-s", "rules")
	if err != nil {
		return sets, append(gaps, gap("pf", err))
	}
	s := ParsePF(out)
	s.On = &on
	return append(sets, s), gaps
}

// ParsePF reads `pfctl -s rules`. pf takes the last rule that matches, unless
// it says quick; the rules are put in the order in which the first decides.
func ParsePF(out []byte) Set {
	s := Set{Product: "pf", Source: "pfctl -s rules", Rules: []Rule{}}
	var quick, late []Rule
	for line := range bytes.Lines(out) {
		text := strings.TrimSpace(strings.ToValidUTF8(string(line), ""))
		f := strings.Fields(text)
		if len(f) == 0 {
			continue
		}
		r := Rule{Family: "inet", Chain: "rules", Text: text, Action: Note}
		switch f[0] {
		case "pass":
			r.Action = Accept
		case "block":
			r.Action = Drop
		default:
			continue
		}
		now := false
		for i := 1; i < len(f); i++ {
			next := func() string {
				if i+1 < len(f) {
					i++
					return f[i]
				}
				return ""
			}
			switch f[i] {
			case "in", "out":
				if f[i] == "out" {
					r.Chain = "out"
				}
			case "return":
				r.Action = Reject
			case "drop", "all", "any", "log", "flags", "S/SA", "keep", "state", "inet6", "inet", "port":
				if f[i] == "port" {
					op := next()
					if op == "=" {
						op = next()
					}
					if ports, ok := portRanges([]string{op}); ok {
						r.Ports = ports
					} else {
						r.Other = append(r.Other, "port "+op)
					}
				}
			case "quick":
				now = true
			case "on":
				r.In = next()
			case "proto":
				r.Protocol = next()
			case "from":
				if n := normalNetwork(next()); n != "" {
					r.Sources = []string{n}
				}
			case "to":
				if n := normalNetwork(next()); n != "" && n != "port" {
					r.Destinations = []string{n}
				}
			default:
				r.Other = append(r.Other, f[i])
			}
		}
		if now {
			quick = append(quick, r)
		} else {
			late = append(late, r)
		}
	}
	slices.Reverse(late)
	s.Rules = append(append(s.Rules, quick...), late...)
	s.Chains = []Chain{{Family: "inet", Name: "rules", Hook: "input", Policy: "accept"}, {Family: "inet", Name: "out", Hook: "output", Policy: "accept"}}
	numbers := map[string]int{}
	for i := range s.Rules {
		numbers[s.Rules[i].Chain]++
		s.Rules[i].Number = numbers[s.Rules[i].Chain]
	}
	s.Default = s.InputDefault()
	return s
}
