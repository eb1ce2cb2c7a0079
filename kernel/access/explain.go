package access

import "time"

// Reason is a sentence of an explanation: the key of its words, their English
// source, and the values for its placeholders. What it calls {by}, the role or the
// grant of a person's own, is for the one who shows it to name in its language.
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
	miss := func(name string, g *Grant, more ...any) {
		e.NearMiss = append(e.NearMiss, Reason{Key: missed + name, Text: misses[name], Args: args(more...), Grant: g})
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
			miss("ended", g, "role", g.Role, "until", g.Until)
		case !reaches(a, g.Scope, s):
			miss(string(g.Scope), g, "role", g.Role)
		}
	}
	switch {
	case a.Kind == AgentKind && act == Deliver:
		miss("host", nil)
	case !asked && a.Kind != AgentKind && s.Sensitivity != Ordinary:
		miss("sensitive", nil, "sensitivity", string(s.Sensitivity))
	case !asked && a.Kind != AgentKind:
		miss("none", nil)
	}
	return e
}

// missed begins the keys of misses.
const missed = "kernel.access.miss."

// misses say of each scope how a record lies outside it, and what else is missing.
var misses = map[string]string{
	string(Unit):     "{by} reaches the units that {name} answers for; the record belongs to none of them.",
	string(Line):     "{by} reaches records about the people below {name}; the record is about none of them.",
	string(Owned):    "{by} reaches what {name} owns; somebody else owns the record, or nobody.",
	string(Member):   "{by} reaches records in which {name} takes part; {name} does not take part in this one.",
	string(Assigned): "{by} reaches work given to {name}; the record was not given to {name}.",
	string(Authored): "{by} reaches what {name} created; somebody else created the record.",
	string(Party):    "{by} reaches records of the company that {name} works for; the record is not one.",
	"ended":          "{by} allowed this until {until}.",
	"none":           "None of the roles of {name} may do this in the area “{area}”.",
	"sensitive":      "None of the roles of {name} opens records of the kind “{sensitivity}” in the area “{area}”.",
	"host":           "The agent was enrolled for another host.",
}

// Sentences are all that explanations say, by key, in English.
func Sentences() map[string]string {
	out := map[string]string{}
	for id, why := range rules().why {
		out["kernel.access."+id] = why
	}
	for name, text := range misses {
		out[missed+name] = text
	}
	return out
}

func scopeOf(rule string) (Scope, bool) {
	const prefix = "grant."
	if len(rule) > len(prefix) && rule[:len(prefix)] == prefix {
		return Scope(rule[len(prefix):]), true
	}
	return "", false
}
