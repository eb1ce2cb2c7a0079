// Package firewall reads a machine's packet filter, whatever the product, into
// one form of rules, and finds what is wrong with them: rules that let
// everything in, that never take effect, that stand twice, that open
// management ports to the world, and a set that differs from the approved one.
package firewall

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Set is the rules of one product as they are in force.
type Set struct {
	Product string  `json:"product" doc:"nftables, iptables, ufw, firewalld, windows, pf"`
	Version string  `json:"version,omitempty"`
	On      *bool   `json:"on,omitempty" doc:"whether it filters now"`
	Source  string  `json:"source" doc:"where the rules were read"`
	Default string  `json:"default,omitempty" doc:"what happens to incoming traffic that no rule names: accept, drop or reject"`
	Profile string  `json:"profile,omitempty" doc:"Windows profile or firewalld's default zone"`
	Chains  []Chain `json:"chains,omitempty"`
	Rules   []Rule  `json:"rules"`
}

// Chain is a list of rules, asked where its hook says, or jumped to.
type Chain struct {
	Family string `json:"family" doc:"ip, ip6 or inet (both)"`
	Table  string `json:"table,omitempty"`
	Name   string `json:"name"`
	Hook   string `json:"hook,omitempty" doc:"input, forward, output …; absent for a chain that is jumped to"`
	Policy string `json:"policy,omitempty" doc:"what happens at its end"`
}

// Action is what a rule does with what it matches.
type Action string

const (
	Accept Action = "accept"
	Drop   Action = "drop"
	Reject Action = "reject"
	Jump   Action = "jump"
	Return Action = "return"
	Note   Action = "note" // logs, counts or marks, and goes on
)

// Rule is one rule in normal form. An empty list matches everything.
type Rule struct {
	Family       string      `json:"family"`
	Table        string      `json:"table,omitempty"`
	Chain        string      `json:"chain"`
	Number       int         `json:"number" doc:"place in its chain, from 1"`
	Action       Action      `json:"action"`
	Target       string      `json:"target,omitempty" doc:"chain jumped to"`
	Protocol     string      `json:"protocol,omitempty" doc:"tcp, udp, icmp …; absent for any"`
	Sources      []string    `json:"sources,omitempty" doc:"networks, or @set"`
	Destinations []string    `json:"destinations,omitempty"`
	SourcePorts  []PortRange `json:"source_ports,omitempty"`
	Ports        []PortRange `json:"ports,omitempty" doc:"destination ports"`
	In           string      `json:"in,omitempty" doc:"interface it came in by; * at the end stands for anything"`
	Out          string      `json:"out,omitempty"`
	States       []string    `json:"states,omitempty" doc:"of the connection: new, established, related, invalid"`
	Other        []string    `json:"other,omitempty" doc:"further conditions, not taken apart; they make the rule narrower"`
	Packets      *int64      `json:"packets,omitempty" doc:"how many packets it matched, where counted"`
	Comment      string      `json:"comment,omitempty"`
	Text         string      `json:"text,omitempty" doc:"the rule as the product writes it"`
}

// PortRange is from one port to another, both included.
type PortRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Terminal reports whether a packet that matches goes no further.
func (r Rule) Terminal() bool { return r.Action == Accept || r.Action == Drop || r.Action == Reject }

// Everything reports whether the rule matches every packet.
func (r Rule) Everything() bool {
	return r.Protocol == "" && len(r.Sources) == 0 && len(r.Destinations) == 0 && len(r.SourcePorts) == 0 && len(r.Ports) == 0 && r.In == "" && r.Out == "" && len(r.States) == 0 && len(r.Other) == 0
}

// Key is the rule's meaning without its place, counter, comment and text.
// Rules with one key do the same.
func (r Rule) Key() string {
	var b strings.Builder
	part := func(name string, values ...string) {
		slices.Sort(values)
		values = slices.Compact(values)
		if len(values) > 0 && values[0] != "" {
			b.WriteString(" " + name + "=" + strings.Join(values, ","))
		}
	}
	b.WriteString(r.Family + " " + r.Table + " " + r.Chain + " " + string(r.Action))
	part("to", r.Target)
	part("proto", r.Protocol)
	part("from", slices.Clone(r.Sources)...)
	part("dest", slices.Clone(r.Destinations)...)
	part("sport", portTexts(r.SourcePorts)...)
	part("dport", portTexts(r.Ports)...)
	part("in", r.In)
	part("out", r.Out)
	part("state", slices.Clone(r.States)...)
	part("if", slices.Clone(r.Other)...)
	return b.String()
}

func (p PortRange) String() string {
	if p.From == p.To {
		return strconv.Itoa(p.From)
	}
	return strconv.Itoa(p.From) + "-" + strconv.Itoa(p.To)
}

func portTexts(ports []PortRange) []string {
	texts := make([]string, len(ports))
	for i, p := range ports {
		texts[i] = p.String()
	}
	return texts
}

// Covers reports whether every packet that b matches is matched by a too.
// It answers false where it cannot tell.
func Covers(a, b Rule) bool {
	if len(a.Other) > 0 {
		return false
	}
	if a.Family != b.Family && a.Family != "inet" && a.Family != "" {
		return false
	}
	return (a.Protocol == "" || a.Protocol == b.Protocol) &&
		coversNetworks(a.Sources, b.Sources) && coversNetworks(a.Destinations, b.Destinations) &&
		coversPorts(a.SourcePorts, b.SourcePorts) && coversPorts(a.Ports, b.Ports) &&
		coversName(a.In, b.In) && coversName(a.Out, b.Out) && coversStates(a.States, b.States)
}

func coversNetworks(a, b []string) bool {
	if len(a) == 0 {
		return true
	}
	if len(b) == 0 {
		return false
	}
	for _, inner := range b {
		if !slices.ContainsFunc(a, func(outer string) bool { return within(inner, outer) }) {
			return false
		}
	}
	return true
}

// within reports whether the network inner lies in outer.
func within(inner, outer string) bool {
	if inner == outer {
		return true
	}
	i, okI := network(inner)
	o, okO := network(outer)
	return okI && okO && o.Bits() <= i.Bits() && o.Contains(i.Addr())
}

func network(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	return netip.Prefix{}, false
}

// normalNetwork writes a network the one way it is compared: masked, a single
// address without its length, and everything as "".
func normalNetwork(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.EqualFold(s, "any") {
		return ""
	}
	// iptables also writes 10.0.0.0/255.0.0.0.
	if address, mask, found := strings.Cut(s, "/"); found && strings.Contains(mask, ".") {
		if m, err := netip.ParseAddr(mask); err == nil && m.Is4() {
			bits := 0
			for _, b := range m.AsSlice() {
				for ; b&0x80 != 0; b <<= 1 {
					bits++
				}
			}
			s = address + "/" + strconv.Itoa(bits)
		}
	}
	p, ok := network(s)
	switch {
	case !ok:
		return s
	case p.Bits() == 0:
		return ""
	case p.IsSingleIP():
		return p.Addr().String()
	}
	return p.String()
}

func coversPorts(a, b []PortRange) bool {
	if len(a) == 0 {
		return true
	}
	if len(b) == 0 {
		return false
	}
	for _, inner := range b {
		if !slices.ContainsFunc(a, func(outer PortRange) bool { return outer.From <= inner.From && inner.To <= outer.To }) {
			return false
		}
	}
	return true
}

func coversName(a, b string) bool {
	if a == "" || a == b {
		return true
	}
	prefix, wild := strings.CutSuffix(a, "*")
	return wild && strings.HasPrefix(b, prefix)
}

func coversStates(a, b []string) bool {
	if len(a) == 0 {
		return true
	}
	if len(b) == 0 {
		return false
	}
	for _, s := range b {
		if !slices.Contains(a, s) {
			return false
		}
	}
	return true
}

// InputDefault is what happens to a new packet from outside that no rule
// names, by the chains asked on input: the policy, or a last rule for
// everything. Of one family the strictest chain decides, since a packet must
// pass them all; of the families that have chains the one that lets in. It is
// "" when there is no such chain.
func (s Set) InputDefault() string {
	four, six := s.familyDefault("ip"), s.familyDefault("ip6")
	if four == "" || six == "accept" {
		return six
	}
	return four
}

func (s Set) familyDefault(family string) string {
	answer := ""
	for _, c := range s.Chains {
		if c.Hook != "input" || !filtering(c.Table) || (c.Family == "ip" || c.Family == "ip6") && c.Family != family {
			continue
		}
		steps := 0
		end := s.chainEnd(c, 0, &steps)
		if end == "" {
			end = c.Policy
		}
		if answer == "" || answer == "accept" {
			answer = end
		}
	}
	return answer
}

// chainEnd is the action of the first rule of a chain that takes everything.
func (s Set) chainEnd(c Chain, depth int, steps *int) string {
	if depth > maxDepth {
		return ""
	}
	for _, r := range s.Rules {
		if *steps++; *steps > maxSteps {
			return ""
		}
		if r.Chain != c.Name || r.Table != c.Table || r.Family != c.Family || !r.Everything() {
			continue
		}
		switch r.Action {
		case Accept, Drop, Reject:
			return string(r.Action)
		case Return:
			return ""
		case Jump:
			for _, to := range s.Chains {
				if to.Name == r.Target && to.Table == c.Table && to.Family == c.Family {
					if end := s.chainEnd(to, depth+1, steps); end != "" {
						return end
					}
				}
			}
		}
	}
	return ""
}
