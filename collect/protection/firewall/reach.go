package firewall

import "slices"

// Reach is from where new connections to a port get through.
type Reach struct {
	From    string   `json:"from" doc:"anywhere, some (only the sources), nowhere, or unknown"`
	Sources []string `json:"sources,omitempty" doc:"networks and interfaces that get through"`
	Why     string   `json:"why,omitempty" doc:"the rule or default that decides"`
}

// ReachOf follows a new connection from outside to a port through the chains
// asked on input, with their jumps. A condition that is not understood, in a
// rule that would let in, makes the answer unknown rather than safe.
func (s Set) ReachOf(protocol string, port int) Reach {
	answer := Reach{From: "anywhere", Why: "no chain filters incoming traffic"}
	chains := s.chains()
	for _, c := range chains {
		if c.Hook != "input" || !filtering(c.Table) || c.Family == "ip6" || c.Family == "arp" || c.Family == "bridge" || c.Family == "netdev" {
			continue
		}
		w := walk{chains: chains, protocol: protocol, port: port}
		decided := w.chain(c, 0)
		r := w.reach
		if !decided && w.steps > maxSteps {
			r = Reach{From: "unknown", Why: w.doubt}
		} else if !decided {
			r.Why = "the default of " + c.title + " is " + or(c.Policy, "accept")
			if c.Policy == "drop" || c.Policy == "reject" {
				r.From = "nowhere"
			} else {
				r.From = "anywhere"
			}
		}
		if r.From == "nowhere" && len(r.Sources) > 0 {
			r.From = "some"
		}
		if r.From == "nowhere" && w.doubt != "" {
			r.From, r.Why = "unknown", w.doubt
		}
		if stricter(r.From) > stricter(answer.From) || answer.From == "anywhere" {
			answer = r
		}
	}
	if answer.From != "some" {
		answer.Sources = nil
	}
	return answer
}

func stricter(from string) int {
	return slices.Index([]string{"anywhere", "unknown", "some", "nowhere"}, from)
}

// loopback reports whether an interface's name is that of the machine itself.
func loopback(name string) bool { return name == "lo" || name == "lo0" }

// Bounds of following jumps; the kernel itself allows 16 in depth.
const (
	maxDepth = 16
	maxSteps = 200_000
)

type walk struct {
	chains   []chainRules
	steps    int
	protocol string
	port     int
	reach    Reach
	doubt    string
}

// chain walks one chain; true when every packet was decided on.
func (w *walk) chain(c chainRules, depth int) bool {
	if depth > maxDepth {
		return false
	}
	for _, r := range c.rules {
		if w.steps++; w.steps > maxSteps {
			w.doubt = "the chains jump to each other too often to be followed"
			return false
		}
		if r.Protocol != "" && r.Protocol != w.protocol || len(r.SourcePorts) > 0 || loopback(r.In) || r.Out != "" ||
			len(r.States) > 0 && !slices.Contains(r.States, "new") ||
			len(r.Ports) > 0 && !slices.ContainsFunc(r.Ports, func(p PortRange) bool { return p.From <= w.port && w.port <= p.To }) {
			continue
		}
		text := "rule " + r.describe()
		partial := len(r.Sources) > 0 || len(r.Destinations) > 0 || r.In != ""
		if narrow(r.Other) {
			if r.Action == Accept || r.Action == Jump {
				w.doubt = text + " has a condition that is not understood: " + r.Other[0]
			}
			continue
		}
		switch r.Action {
		case Accept:
			if !partial {
				w.reach.From, w.reach.Why = "anywhere", text
				return true
			}
			w.reach.Sources = append(w.reach.Sources, r.Sources...)
			if r.In != "" {
				w.reach.Sources = append(w.reach.Sources, "interface "+r.In)
			}
			if len(r.Sources) == 0 && r.In == "" {
				w.reach.Sources = append(w.reach.Sources, "to "+r.Destinations[0])
			}
			w.reach.Why = text
		case Drop, Reject:
			if !partial {
				w.reach.From, w.reach.Why = "nowhere", or(w.reach.Why, text)
				return true
			}
		case Return:
			if !partial {
				return false
			}
		case Jump:
			for _, to := range w.chains {
				if to.Name != r.Target || to.Table != c.Table || to.Family != c.Family {
					continue
				}
				before := len(w.reach.Sources)
				decided := w.chain(to, depth+1)
				if decided && !partial {
					return true
				}
				if decided && partial && w.reach.From == "anywhere" {
					w.reach.Sources = append(w.reach.Sources[:before], r.Sources...)
					if r.In != "" {
						w.reach.Sources = append(w.reach.Sources, "interface "+r.In)
					}
				}
			}
		}
	}
	return false
}
