package protection

import (
	"net/netip"
	"slices"
	"strings"

	"steward/collect/fact"
	"steward/collect/protection/firewall"
)

// Exposure is a port that waits, and from where it can be reached.
type Exposure struct {
	fact.Port
	Reach    string   `json:"reach" doc:"self (this machine only), nowhere (blocked), some (only the sources), local (its own network only), anywhere, or unknown"`
	Sources  []string `json:"sources,omitempty"`
	Why      string   `json:"why" doc:"what decides it"`
	Usually  string   `json:"usually,omitempty" doc:"what usually listens at a port that should not be open to the world"`
	Severity string   `json:"severity,omitempty" doc:"how grave it is if such a port is open to everywhere"`
}

// Exposed says of each waiting port from where it can be reached: bound to
// this machine alone, or as the packet filters let through. 'Anywhere' is as
// far as this machine decides; a firewall before it may still block.
func Exposed(ports fact.Section[[]fact.Port], filters fact.Section[[]firewall.Set]) fact.Section[[]Exposure] {
	if !ports.Seen {
		return fact.Section[[]Exposure]{Gaps: ports.Gaps}
	}
	section := fact.Saw([]Exposure{}, ports.Gaps...)
	for _, p := range ports.Value {
		e := Exposure{Port: p}
		address, err := netip.ParseAddr(p.Address)
		switch {
		case err == nil && address.IsLoopback():
			e.Reach, e.Why = "self", "it is bound to "+p.Address
		case err == nil && address.IsLinkLocalUnicast():
			e.Reach, e.Why = "local", "it is bound to "+p.Address
		default:
			reach(&e, address, filters)
		}
		if e.Reach == "anywhere" || e.Reach == "unknown" {
			e.Usually, e.Severity = firewall.Sensitive(p.Protocol, p.Port)
		}
		section.Value = append(section.Value, e)
	}
	if !filters.Seen {
		section.Gaps = append(section.Gaps, filters.Gaps...)
	}
	return section
}

// reach asks every filter that is on; the strictest decides, since a packet
// must pass them all. Of Windows' profiles the most open one counts, since
// only one is in force and it depends on the network.
func reach(e *Exposure, address netip.Addr, filters fact.Section[[]firewall.Set]) {
	if !filters.Seen {
		e.Reach, e.Why = "unknown", "the packet filter could not be read"
		return
	}
	strictness := []string{"anywhere", "unknown", "some", "nowhere"}
	e.Reach, e.Why = "anywhere", "no packet filter is on"
	profiles := false
	for _, s := range filters.Value {
		if s.On != nil && !*s.On {
			continue
		}
		six := strings.HasPrefix(s.Source, "ip6tables")
		if address.IsValid() && (address.Is4() && six || address.Is6() && !address.IsUnspecified() && s.Product == "iptables" && !six) {
			continue
		}
		if six && address.Is4() || six && address.IsUnspecified() && address.Is4() {
			continue
		}
		r := s.ReachOf(e.Protocol, e.Port.Port)
		better := slices.Index(strictness, r.From) > slices.Index(strictness, e.Reach)
		if s.Product == "windows" && profiles {
			better = slices.Index(strictness, r.From) < slices.Index(strictness, e.Reach)
		}
		if better || e.Why == "no packet filter is on" {
			e.Reach, e.Sources, e.Why = r.From, r.Sources, s.Product+": "+r.Why
		}
		profiles = profiles || s.Product == "windows"
	}
}
