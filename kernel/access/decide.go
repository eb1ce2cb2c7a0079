package access

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// Subject is what the policies may know of one record.
type Subject struct {
	Type, Area, ID string
	Unit           string   // id of the unit it belongs to
	Owner          string   // id of the person who owns it
	Author         string   // id of the person who created it
	About          string   // id of the person it is about (scope line)
	Assigned       []string // ids of the people working on it
	Members        []string // ids of the people taking part in it
	Party          string   // id of the outside company it belongs to
	Sensitivity    Sensitivity
	Archived       bool
}

// Decision is the answer to 'may this actor do this to that', with the ids of the
// policies that decided: the permits when allowed, the refusals when refused, none
// when nothing permits it. Explain puts it into words.
type Decision struct {
	Allowed bool
	Rules   []string
}

// HeldScopes returns how far the actor may go with an act in an area: a record
// is reached if it lies in one of them. It is nil when nothing is. A list is
// filtered by it; Decide says the same for one record.
func HeldScopes(a *Actor, act Act, area string, s Sensitivity, now time.Time) []Scope {
	if a == nil {
		return nil
	}
	if a.Kind == SystemKind {
		return []Scope{All}
	}
	held, timed := granted(a, act, area, s, now)
	if held == 0 {
		return nil
	}
	// No refusal of an act as such depends on the record, so one question with a
	// record that lies in all held scopes answers for each of them.
	if !ask(a, act, question{area: area, sensitivity: s, held: held, within: held, timed: timed}).Allowed {
		return nil
	}
	return held.list()
}

// MayIn says whether the actor may do the act to something in an area: whether its
// pages are for them at all. Settings have no owner and no unit: they need all of it.
func MayIn(a *Actor, act Act, area string, now time.Time) bool {
	held := HeldScopes(a, act, area, Ordinary, now)
	if area == Settings {
		return slices.Contains(held, All)
	}
	return len(held) > 0
}

// Decide says whether the actor may do the act to the record at the moment.
func Decide(a *Actor, act Act, s Subject, now time.Time) Decision {
	if a == nil {
		return Decision{}
	}
	held, timed := granted(a, act, s.Area, s.Sensitivity, now)
	return ask(a, act, question{
		area: s.Area, sensitivity: s.Sensitivity, held: held, within: within(a, held, s), timed: timed,
		ownRequest: a.Person != "" && s.Author == a.Person,
		ownMatter:  a.Person != "" && s.About == a.Person,
		ownHost:    a.Host != "" && s.ID == a.Host,
	})
}

// MaySee reports whether the actor may view all of a sensitivity in an area: whether a
// field that is closed with it exists for them. What somebody may see of some records
// only is a record type of its own, because lists are filtered and sorted by fields.
func MaySee(a *Actor, area string, s Sensitivity, now time.Time) bool {
	return s == Ordinary || slices.Contains(HeldScopes(a, View, area, s, now), All)
}

// question is all that a policy can ask about, besides the actor and the act.
type question struct {
	area                           string
	sensitivity                    Sensitivity
	held, within                   scopeSet
	timed                          bool // every grant that holds ends some day
	ownRequest, ownMatter, ownHost bool
}

// answers are the decisions of before. The policies do not change while the program
// runs and may ask about nothing but what the key holds, of which few kinds occur: a
// page asks the same hundred times.
var (
	answers  sync.Map // key → Decision
	answered atomic.Int64
)

type key struct {
	kind    Kind
	roles   string
	act     Act
	inToken bool
	question
}

// ask puts the question to the policies. A policy that fails refuses.
func ask(a *Actor, act Act, q question) Decision {
	k := key{a.Kind, strings.Join(a.Roles, "\n"), act, inToken(a, act, q.area), q}
	if d, known := answers.Load(k); known {
		return d.(Decision)
	}
	e := entities{
		types.Entity{UID: actorID, Attributes: types.NewRecord(types.RecordMap{
			"kind":  types.String(a.Kind),
			"roles": set(a.Roles),
		})},
		types.Entity{UID: recordID, Attributes: types.NewRecord(types.RecordMap{
			"area":   types.String(q.area),
			"closed": types.Boolean(q.sensitivity.Closed()),
			"within": set(q.within.list()),
		})},
	}
	decision, why := cedar.Authorize(rules(), &e, cedar.Request{
		Principal: actorID, Action: types.NewEntityUID("Action", types.String(act)), Resource: recordID,
		Context: types.NewRecord(types.RecordMap{
			"held":       set(q.held.list()),
			"timed":      types.Boolean(q.timed),
			"ownRequest": types.Boolean(q.ownRequest),
			"ownMatter":  types.Boolean(q.ownMatter),
			"ownHost":    types.Boolean(q.ownHost),
			"inToken":    types.Boolean(k.inToken),
		}),
	})
	d := Decision{Allowed: decision == cedar.Allow && len(why.Errors) == 0}
	for _, r := range why.Reasons {
		d.Rules = append(d.Rules, string(r.PolicyID))
	}
	for _, r := range why.Errors {
		d.Rules = append(d.Rules, "failed."+string(r.PolicyID))
	}
	if answered.Add(1)%mostAnswers == 0 {
		answers.Clear() // roles are many only where somebody makes them up
	}
	answers.Store(k, d)
	return d
}

// mostAnswers bounds what is remembered.
const mostAnswers = 20_000

var (
	actorID  = types.NewEntityUID("Actor", "asking")
	recordID = types.NewEntityUID("Record", "asked-about")
)

// entities are the two of a request.
type entities [2]types.Entity

// Get finds one; it makes entities a cedar.EntityGetter.
func (e *entities) Get(id types.EntityUID) (types.Entity, bool) {
	switch id {
	case actorID:
		return e[0], true
	case recordID:
		return e[1], true
	}
	return types.Entity{}, false
}

// granted returns the scopes of the grants in force, and whether all of those have an end.
func granted(a *Actor, act Act, area string, s Sensitivity, now time.Time) (held scopeSet, timed bool) {
	timed = true
	for i := range a.Grants {
		if g := &a.Grants[i]; g.covers(act, area, s) && g.inForce(now) {
			held |= bit(g.Scope)
			timed = timed && !g.Until.IsZero()
		}
	}
	return held, timed && held != 0
}

// within returns in which of the scopes asked about the record lies.
func within(a *Actor, asked scopeSet, s Subject) (in scopeSet) {
	for i, scope := range Scopes {
		if asked&(1<<i) != 0 && reaches(a, scope, s) {
			in |= 1 << i
		}
	}
	return in
}

func reaches(a *Actor, scope Scope, s Subject) bool {
	switch scope {
	case All:
		return true
	case Unit:
		return s.Unit != "" && slices.Contains(a.Units, s.Unit)
	case Line:
		return s.About != "" && slices.Contains(a.Below, s.About)
	case Owned:
		return a.Person != "" && s.Owner == a.Person
	case Member:
		return a.Person != "" && slices.Contains(s.Members, a.Person)
	case Assigned:
		return a.Person != "" && slices.Contains(s.Assigned, a.Person)
	case Authored:
		return a.Person != "" && s.Author == a.Person
	case Party:
		return a.Party != "" && s.Party == a.Party
	}
	return false
}

func inToken(a *Actor, act Act, area string) bool {
	for _, t := range a.Token {
		if (t.Area == area || t.Area == Everywhere) && (t.Act == act || t.Act == "*") {
			return true
		}
	}
	return false
}

// set makes a value of texts for the policies.
func set[T ~string](texts []T) types.Set {
	values := make([]types.Value, len(texts))
	for i, t := range texts {
		values[i] = types.String(t)
	}
	return types.NewSet(values...)
}

// scopeSet is a set of scopes, one bit each in the order of Scopes.
type scopeSet uint8

func bit(s Scope) scopeSet {
	if i := slices.Index(Scopes, s); i >= 0 {
		return 1 << i
	}
	return 0
}

func (all scopeSet) list() (out []Scope) {
	for i, s := range Scopes {
		if all&(1<<i) != 0 {
			out = append(out, s)
		}
	}
	return out
}
