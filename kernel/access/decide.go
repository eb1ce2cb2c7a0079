package access

import (
	"slices"
	"time"
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

// Decision is the answer to 'may this actor do this to that', with the rules
// that decided.
type Decision struct {
	Allowed bool
	Rules   []string
}

// HeldScopes returns how far the actor's grants for an act in an area reach.
// A list is filtered by them; Decide uses the same grants for one record.
func HeldScopes(a *Actor, act Act, area string, s Sensitivity, now time.Time) []Scope {
	if a == nil {
		return nil
	}
	if a.Kind == SystemKind {
		return []Scope{All}
	}
	var held []Scope
	for _, g := range a.Grants {
		if g.Act == act && (g.Area == area || g.Area == "*" && s == Ordinary) && g.Sensitivity == s &&
			(g.Until.IsZero() || now.Before(g.Until)) && !slices.Contains(held, g.Scope) {
			held = append(held, g.Scope)
		}
	}
	return held
}

// Decide says whether the actor may do the act to the record at the moment.
func Decide(a *Actor, act Act, s Subject, now time.Time) Decision {
	for _, scope := range HeldScopes(a, act, s.Area, s.Sensitivity, now) {
		if reaches(a, scope, s) {
			return Decision{Allowed: true, Rules: []string{"grant." + string(scope)}}
		}
	}
	return Decision{}
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

// MaySee reports whether the actor holds a view grant for a sensitivity in an area.
func MaySee(a *Actor, area string, s Sensitivity, now time.Time) bool {
	return s == Ordinary || len(HeldScopes(a, View, area, s, now)) > 0
}
