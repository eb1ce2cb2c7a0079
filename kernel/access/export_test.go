package access

import "github.com/cedar-policy/cedar-go"

// Policy is one shipped rule, as the page 'who can see this and why' shows it.
type Policy struct {
	ID     string
	Why    string // English source of the sentence; its key is "kernel.access." + ID
	Permit bool
	Text   string // the rule in Cedar
}

// Policies are the shipped rules, in order.
func Policies() []Policy {
	r := rules()
	out := make([]Policy, len(r.ids))
	for i, p := range r.policies {
		out[i] = Policy{string(r.ids[i]), r.why[string(r.ids[i])], p.Effect() == cedar.Permit, string(p.MarshalCedar())}
	}
	return out
}
