package access

import (
	"embed"
	"fmt"
	"io/fs"
	"iter"
	"sync"

	cedar "github.com/cedar-policy/cedar-go"
)

//go:embed policies/*.cedar
var policyFiles embed.FS

// rulebook is the shipped policies, compiled, in the order they are written.
type rulebook struct {
	ids      []cedar.PolicyID
	policies []*cedar.Policy
	why      map[string]string
}

// All yields the policies in order; it makes a rulebook a cedar.PolicyIterator.
func (r *rulebook) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for i, id := range r.ids {
			if !yield(id, r.policies[i]) {
				return
			}
		}
	}
}

// rules compiles the policies once. A policy that does not compile, or has no id
// or reason, is a programmer's mistake and stops the program.
var rules = sync.OnceValue(func() *rulebook {
	r := &rulebook{why: map[string]string{}}
	names, err := fs.Glob(policyFiles, "policies/*.cedar")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		text, err := policyFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		list, err := cedar.NewPolicyListFromBytes(name, text)
		if err != nil {
			panic(fmt.Sprintf("policies: %v", err))
		}
		for _, p := range list {
			notes := p.Annotations()
			id, why := string(notes["id"]), string(notes["why"])
			if id == "" || why == "" || r.why[id] != "" {
				panic(fmt.Sprintf("policies: %s:%d: a policy needs an @id of its own and a @why", name, p.Position().Line))
			}
			r.ids = append(r.ids, cedar.PolicyID(id))
			r.policies = append(r.policies, p)
			r.why[id] = why
		}
	}
	return r
})
