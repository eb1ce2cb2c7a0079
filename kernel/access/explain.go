package access

import "time"

// Reason is a sentence of an explanation: the key of its words, their English
// source, and the values for its placeholders.
type Reason struct {
	Rule      string // id of the policy; "" for a grant that does not reach
	Key, Text string
	Args      map[string]any
	// Grant is what the sentence is about, if it is about one.
	Grant *Grant
}

// Explanation is a decision in words.
type Explanation struct {
	Decision
	// Why are the rules that decided: each grant that permits, or each refusal.
	Why []Reason
	// NearMiss, when it is not allowed, says what is missing: grants for it that
	// have ended or do not reach the record, or that there are none.
	NearMiss []Reason
}

// Explain decides as Decide does and says why, and why not.
func Explain(a *Actor, act Act, s Subject, now time.Time) Explanation {
	e := Explanation{Decision: Decide(a, act, s, now)}
	if a == nil {
		return e
	}
	args := func(more ...any) map[string]any {
		m := map[string]any{"name": a.Name, "act": string(act), "area": s.Area}
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1]
		}
		return m
	}
	for _, rule := range e.Rules {
		scope, isGrant := scopeOf(rule)
		if !isGrant {
			e.Why = append(e.Why, Reason{Rule: rule, Key: "kernel.access." + rule, Text: rules().why[rule], Args: args()})
			continue
		}
		for i := range a.Grants {
			if g := &a.Grants[i]; g.Scope == scope && g.covers(act, s.Area, s.Sensitivity) && g.inForce(now) {
				e.Why = append(e.Why, Reason{Rule: rule, Key: "kernel.access." + rule, Text: rules().why[rule], Args: args("role", g.Role), Grant: g})
			}
		}
	}
	if e.Allowed {
		return e
	}
	asked := false
	for i := range a.Grants {
		g := &a.Grants[i]
		if !g.covers(act, s.Area, s.Sensitivity) {
			continue
		}
		asked = true
		switch {
		case !g.inForce(now):
			e.NearMiss = append(e.NearMiss, Reason{Key: "kernel.access.miss.ended", Text: "The grant of the role {role} ended on {until}.", Args: args("role", g.Role, "until", g.Until), Grant: g})
		case !reaches(a, g.Scope, s):
			e.NearMiss = append(e.NearMiss, Reason{Key: "kernel.access.miss." + string(g.Scope), Text: misses[g.Scope], Args: args("role", g.Role), Grant: g})
		}
	}
	if a.Kind == AgentKind && act == Deliver {
		e.NearMiss = append(e.NearMiss, Reason{Key: "kernel.access.miss.host", Text: "The agent was enrolled for another host.", Args: args()})
	} else if !asked && a.Kind != AgentKind {
		miss := Reason{Key: "kernel.access.miss.none", Text: "None of the roles of {name} may do this in the area {area}.", Args: args()}
		if s.Sensitivity != Ordinary {
			miss = Reason{Key: "kernel.access.miss.sensitive", Text: "None of the roles of {name} opens records of the kind {sensitivity} in the area {area}.", Args: args("sensitivity", string(s.Sensitivity))}
		}
		e.NearMiss = append(e.NearMiss, miss)
	}
	return e
}

// misses says of each scope how a record lies outside it.
var misses = map[Scope]string{
	Unit:     "The role {role} reaches the units that {name} heads; the record belongs to none of them.",
	Line:     "The role {role} reaches records about the people below {name}; the record is about none of them.",
	Owned:    "The role {role} reaches what {name} owns; somebody else owns the record, or nobody.",
	Member:   "The role {role} reaches records in which {name} takes part; {name} does not take part in this one.",
	Assigned: "The role {role} reaches work given to {name}; the record was not given to {name}.",
	Authored: "The role {role} reaches what {name} created; somebody else created the record.",
	Party:    "The role {role} reaches records of the company that {name} works for; the record is not one.",
}

func scopeOf(rule string) (Scope, bool) {
	const prefix = "grant."
	if len(rule) > len(prefix) && rule[:len(prefix)] == prefix {
		return Scope(rule[len(prefix):]), true
	}
	return "", false
}
