package decisions

import (
	"fmt"
	"regexp"
	"slices"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Kind is a sort of decision: where it arises, and what its options do. Modules
// list theirs in app.Module.Decisions; docs/decisions.md shows how.
type Kind struct {
	Name  string     // "vendors.renewal"; kept with each decision
	Title words.Word // "Renewal", over each decision
	Icon  string
	Area  string // whose grants to approve let somebody decide
	// Find returns everything of the kind that is to be decided now, reading as
	// Steward itself. What it no longer returns is withdrawn.
	Find func(v *records.View) ([]Ask, error)
	// Apply makes the chosen option true, in the transaction that keeps the choice. It
	// acts as Steward itself, since who decides need not be one who may edit; u.Actor
	// is the person who decided, u.As(access.System()) the right to write. An error
	// refuses the choice. nil: keeping the outcome is all there is to do.
	Apply func(u *records.Tx, d *Decision, option string) error
}

// Ask is one matter to be decided.
type Ask struct {
	// Key names the matter within its kind: the record's id and what makes this
	// occasion another than the last, such as the date: "0198…/2026-06-26". The same key
	// is asked once; when it has been decided it is not asked again.
	Key     string
	Subject records.Ref // the record it is about
	Title   words.Said  // "Renew Office licences or let them end"
	Context words.Said  // what one must know, in a few sentences
	Facts   []Fact      // in a table beside it
	Options []Option    // two or more
	// Recommended is the key of the option that the program would take; "" for none.
	Recommended string
	DecideBy    records.Date // "" when nothing presses
	Assignee    string       // the person's id; "" leaves it to the role
	Role        string       // the role that decides when nobody is named; "" is whoever may approve in the area
	Requester   string       // who asked for it, if a person: may not decide it
	// Amount is what is at stake; at or above the limit two persons must agree.
	Amount records.Opt[records.Money]
}

// Fact is one line of what is known about the matter. Figure, when set, is the
// key of the figure that the value is of, and links to its explanation.
type Fact struct {
	Label  words.Said `json:"label"`
	Value  words.Said `json:"value"`
	Figure string     `json:"figure,omitempty"`
}

// Option is one answer and what it would change.
type Option struct {
	Key     string     `json:"key"`
	Label   words.Said `json:"label"`
	Effect  words.Said `json:"effect"`
	Changes []Fact     `json:"changes,omitempty"`
	// Harmless options, such as 'not now', need no second person whatever the amount.
	Harmless bool `json:"harmless,omitempty"`
}

// Set is all kinds of the program.
type Set struct {
	list   []*Kind
	byName map[string]*Kind
}

var nameForm = regexp.MustCompile(`^[a-z]+(\.[a-z][a-z0-9-]*)+$`)

// NewSet checks the kinds and puts them together; it panics on one that cannot
// be right, at program start.
func NewSet(list []Kind) *Set {
	s := &Set{byName: map[string]*Kind{}}
	for i := range list {
		k := &list[i]
		if !nameForm.MatchString(k.Name) || s.byName[k.Name] != nil || k.Title.English == "" || k.Find == nil || !slices.Contains(access.Areas, k.Area) {
			panic(fmt.Sprintf("decisions: the kind %q lacks something, or is there twice", k.Name))
		}
		s.byName[k.Name] = k
		s.list = append(s.list, k)
	}
	return s
}

// Kind returns the kind of that name; nil for one the program no longer has.
func (s *Set) Kind(name string) *Kind { return s.byName[name] }

// All are the kinds in the modules' order.
func (s *Set) All() []*Kind { return s.list }

// Attach makes the kinds known to everybody who works on the database.
func (s *Set) Attach(db *storage.Database) { storage.Share(db, s) }

// SetOf returns the kinds of a transaction's database; an empty set without any.
func SetOf(r storage.Reader) *Set { return storage.Shared[Set](r) }

// check refuses an ask that could not be answered, naming what is wrong.
func (a *Ask) check() error {
	bad := func(what string) error { return fmt.Errorf("decisions: ask %q: %s", a.Key, what) }
	if a.Key == "" || a.Title.Zero() || len(a.Options) < 2 {
		return bad("a key, a title and two options are needed")
	}
	seen := map[string]bool{}
	for _, o := range a.Options {
		if o.Key == "" || o.Label.Zero() || seen[o.Key] {
			return bad("an option has no key or label, or is there twice")
		}
		seen[o.Key] = true
	}
	if a.Recommended != "" && !seen[a.Recommended] {
		return bad("the recommended option is none of the options")
	}
	if a.DecideBy != "" && !a.DecideBy.Valid() {
		return bad("the day to decide by is no day")
	}
	return nil
}
