package firewall

import (
	"slices"
	"strings"
)

// maxEntries bounds the ways into a chain that are looked at.
const maxEntries = 64

// entries are what is already true of packets when they come to each chain on
// input: nothing in a chain that is asked itself, and the conditions of the
// rules that jump to it in the others. So what a chain accepts is judged by
// what reaches it.
func entries(byName map[string]*chainRules, order []string) {
	for _, key := range order {
		if c := byName[key]; c.Hook == "input" && filtering(c.Table) {
			c.entries = []Rule{{}}
		}
	}
	for range maxDepth {
		grown := false
		for _, key := range order {
			from := byName[key]
			for _, r := range from.rules {
				if r.Action != Jump {
					continue
				}
				to := byName[titleOf(r.Family, r.Table, r.Target)]
				if to == nil || to == from || to.Hook != "" {
					continue
				}
				for _, e := range from.entries {
					way, possible := both(e, r)
					if !possible || len(to.entries) >= maxEntries || slices.ContainsFunc(to.entries, func(have Rule) bool { return have.Key() == way.Key() }) {
						continue
					}
					to.entries, grown = append(to.entries, way), true
				}
			}
		}
		if !grown {
			return
		}
	}
}

func titleOf(family, table, chain string) string {
	return strings.Join(strings.Fields(family+" "+table+" "+chain), " ")
}

// both is the conditions of two rules together; it is not possible when no
// packet meets both. Family, place and action are not conditions.
func both(a, b Rule) (c Rule, possible bool) {
	c.Protocol = or(a.Protocol, b.Protocol)
	c.In, c.Out = or(a.In, b.In), or(a.Out, b.Out)
	c.Other = append(slices.Clone(a.Other), b.Other...)
	if b.Protocol != "" && b.Protocol != c.Protocol {
		return c, false
	}
	// Of networks the second, inner ones are named: it is enough to know that
	// some are.
	c.Sources, c.Destinations = narrower(a.Sources, b.Sources), narrower(a.Destinations, b.Destinations)
	var okPorts, okFrom bool
	c.Ports, okPorts = commonPorts(a.Ports, b.Ports)
	c.SourcePorts, okFrom = commonPorts(a.SourcePorts, b.SourcePorts)
	c.States = narrower(a.States, b.States)
	if len(a.States) > 0 && len(b.States) > 0 {
		c.States = slices.DeleteFunc(slices.Clone(a.States), func(s string) bool { return !slices.Contains(b.States, s) })
		if len(c.States) == 0 {
			return c, false
		}
	}
	return c, okPorts && okFrom
}

func narrower(a, b []string) []string {
	if len(b) > 0 {
		return b
	}
	return a
}

// commonPorts are the ports in both lists, of which an empty one is all.
func commonPorts(a, b []PortRange) (common []PortRange, possible bool) {
	if len(a) == 0 || len(b) == 0 {
		return append(slices.Clone(a), b...), true
	}
	for _, x := range a {
		for _, y := range b {
			if from, to := max(x.From, y.From), min(x.To, y.To); from <= to {
				common = append(common, PortRange{from, to})
			}
		}
	}
	return common, len(common) > 0
}

// asOpen are conditions that leave a rule as open as it is without: how often
// it may match, and that it is for IPv4, or for the machine itself.
var asOpen = []string{"limit ", "match limit", "--limit", "match hashlimit", "--hashlimit", "nfproto ", "match addrtype", "--dst-type LOCAL", "--syn"}

// narrow reports whether a rule has a condition that may keep somebody out.
func narrow(other []string) bool {
	return slices.ContainsFunc(other, func(o string) bool {
		return !slices.ContainsFunc(asOpen, func(p string) bool { return strings.HasPrefix(o, p) })
	})
}
