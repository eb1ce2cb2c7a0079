package figures

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// Figure is a number with everything that is needed to trust it. Modules list
// theirs in app.Module.Figures; docs/figures.md shows how.
type Figure struct {
	// Key is "module.name": in addresses, in the database, in the API. It is never
	// changed once released, since the past is kept under it.
	Key string
	// Title names it in a few words; Definition says what is counted, and when;
	// Formula how, such as "hosts seen in 24 h ÷ active hosts".
	Title, Definition, Formula words.Word
	// Beside is the title where the name of the scope's record stands beside it; Title
	// when empty.
	Beside words.Word
	Unit   Unit
	Better Direction
	// Owner is the role that answers for it, such as access.MISManager.
	Owner string
	// Area is whose grants let somebody see it; Closed closes it further.
	Area   string
	Closed access.Sensitivity
	// Target is what is to be reached; beyond Limit the value is bad, and between the
	// two it wants attention. A Result may bring its own, such as a plan. Shares in
	// percent, amounts in whole units of the currency.
	Target, Limit *float64
	// Rank orders figures on the Bridge, lowest first; 0 keeps it off the Bridge.
	Rank int
	// Scopes lists the units or systems it is computed for besides the organisation;
	// nil: for the organisation alone. See Units.
	Scopes func(v *storage.View) ([]Scope, error)
	// Dated says that Compute answers for a past day from dated rows (costs, changes):
	// a month that is closed gets its value computed anew for the month's last day, so that
	// what was booked late counts. Others are closed with the month's last kept value.
	Dated bool
	// Compute computes it for a scope as of a moment, reading as Steward itself. What
	// cannot be computed is no error: it is NotApplicable or Unknown, with a gap.
	Compute func(v *storage.View, s Scope, at time.Time) (Result, error)
}

// TitleOf is the title for a scope.
func (f *Figure) TitleOf(scope Scope) words.Word {
	if scope != Organisation && f.Beside.Key != "" {
		return f.Beside
	}
	return f.Title
}

// Path is the page that explains the figure for a scope.
func (f *Figure) Path(scope Scope) string {
	p := "/figures/" + f.Key
	if scope != Organisation {
		p += "?scope=" + url.QueryEscape(string(scope))
	}
	return p
}

// Unit says what a value is counted in, and with it how it is written.
type Unit string

const (
	Number  Unit = ""        // a count, or a number without a unit
	Percent Unit = "percent" // 0 to 100
	Amount  Unit = "money"   // exact, in a currency
	Days    Unit = "days"
	Hours   Unit = "hours"
	Minutes Unit = "minutes"
)

// Direction says which values are better.
type Direction string

const (
	Higher  Direction = "higher"
	Lower   Direction = "lower"
	Neutral Direction = "" // to be known, not to be judged
)

// At is the address of a target or limit.
func At(v float64) *float64 { return &v }

// Scope is what a figure is computed for: the organisation, or the record it
// names: "org.unit/0198…", "systems.system/0198…".
type Scope records.Ref

// Organisation is the scope of the whole.
const Organisation Scope = ""

// Of is the scope of one record.
func Of(ref records.Ref) Scope { return Scope(ref) }

// Split returns the type and id of the record, "" and "" of the organisation.
func (s Scope) Split() (typeName, id string) { return records.Ref(s).Split() }

// Goal is what somebody has set a figure to reach for a time, in place of the figure's
// own target and of what a result brings along (a plan).
type Goal struct {
	Target, Limit *float64
	Better        Direction
}

// Goals finds what holds for a figure and scope on a day; nil for none.
type Goals func(r records.Reader, key string, scope Scope, day records.Date) (*Goal, error)

// Set is all figures of the program.
type Set struct {
	Goals Goals // nil when nobody can set any
	list  []*Figure
	byKey map[string]*Figure
}

var keyForm = regexp.MustCompile(`^[a-z]+(\.[a-z][a-z0-9-]*)+$`)

// NewSet checks the figures and puts them together; it panics on one that
// cannot be right, at program start.
func NewSet(list []Figure) *Set {
	s := &Set{byKey: map[string]*Figure{}}
	for i := range list {
		f := &list[i]
		switch {
		case !keyForm.MatchString(f.Key) || s.byKey[f.Key] != nil:
			panic(fmt.Sprintf("figures: the key %q is not module.name, or is there twice", f.Key))
		case f.Title.English == "" || f.Definition.English == "" || f.Formula.English == "":
			panic(fmt.Sprintf("figures: %s lacks title, definition or formula", f.Key))
		case !slices.Contains(access.Areas, f.Area) || f.Compute == nil:
			panic(fmt.Sprintf("figures: %s lacks an area or a computation", f.Key))
		case f.Better == Neutral && (f.Target != nil || f.Limit != nil):
			panic(fmt.Sprintf("figures: %s has a target but says not which values are better", f.Key))
		}
		s.byKey[f.Key] = f
		s.list = append(s.list, f)
	}
	slices.SortStableFunc(s.list, func(a, b *Figure) int { return rank(a) - rank(b) })
	return s
}

func rank(f *Figure) int {
	if f.Rank == 0 {
		return 1 << 30
	}
	return f.Rank
}

// All are the figures, those of the Bridge first.
func (s *Set) All() []*Figure { return s.list }

// Figure returns the figure of that key, or nil.
func (s *Set) Figure(key string) *Figure { return s.byKey[key] }

// Attach makes the figures known to everybody who works on the database.
func (s *Set) Attach(db *storage.Database) { storage.Share(db, s) }

// SetOf returns the figures of a transaction's database; an empty set without any.
func SetOf(r storage.Reader) *Set { return storage.Shared[Set](r) }
