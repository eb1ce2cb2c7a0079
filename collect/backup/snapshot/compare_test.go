package snapshot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steward/collect/backup/archive"
)

func base() *Snapshot {
	return &Snapshot{Encoding: "UTF8 C", Tables: []Table{{Name: "a", Kind: "table", Columns: "x", Owner: "o", Rows: 1000, Print: "1"}, {Name: "b", Kind: "table", Rows: 7, Print: "2", Unlogged: true}, {Name: "v", Kind: "view", Rows: -1}},
		Sequences: []Sequence{{Name: "s", Value: 10, Until: 14, Step: 1}}, Constraints: []Constraint{{Table: "a", Name: "p", Kind: "primary", Definition: "PRIMARY KEY (id)", Valid: true}},
		Extensions: []string{"plpgsql 1.0"}, Roles: []string{"r: login", "quiet:"}, Grants: []string{"table a: r SELECT"}, Objects: []string{"index i"}}
}

// wrongs are the names of the checks that found something, and what.
func wrongs(want, got *Snapshot, t Terms) string {
	var list []string
	for _, c := range Compare(want, got, t) {
		if len(c.Wrong) > 0 {
			list = append(list, c.Name+": "+strings.Join(c.Wrong, "; "))
		}
	}
	return strings.Join(list, " | ")
}

func TestACopyThatIsItsSourceHasNothingWrong(t *testing.T) {
	if w := wrongs(base(), base(), Terms{}); w != "" {
		t.Error(w)
	}
	physical := base()
	physical.Tables[1].Rows, physical.Tables[1].Print, physical.Sequences[0].Value = 0, "0", 40
	if w := wrongs(base(), physical, Terms{Physical: true}); w != "" {
		t.Error(w)
	}
}

func TestEachDifferenceIsNamed(t *testing.T) {
	for want, change := range map[string]func(*Snapshot){
		"tables: table a is missing":                                           func(s *Snapshot) { s.Tables = s.Tables[1:] },
		"tables: table new was not in the source":                              func(s *Snapshot) { s.Tables = append(s.Tables, Table{Name: "new", Kind: "table"}) },
		"columns: a has other columns":                                         func(s *Snapshot) { s.Tables[0].Columns = "y" },
		"owners: a belongs to p, not to o":                                     func(s *Snapshot) { s.Tables[0].Owner = "p" },
		"rows: a is empty; the source has 1000 rows | contents: a holds other": func(s *Snapshot) { s.Tables[0].Rows, s.Tables[0].Print = 0, "0" },
		"contents: a holds other rows than its source did (1000 and 1000)":     func(s *Snapshot) { s.Tables[0].Print = "3" },
		"constraints: missing: primary p on a: PRIMARY KEY (id); not in the source: primary p on a: PRIMARY KEY (id) (not valid)": func(s *Snapshot) { s.Constraints = []Constraint{s.Constraints[0]}; s.Constraints[0].Valid = false },
		"sequences: sequence s stands at 9, not at 10":                 func(s *Snapshot) { s.Sequences = []Sequence{{Name: "s", Value: 9, Step: 1}} },
		"sequences: sequence s stands at 15, not at 10":                func(s *Snapshot) { s.Sequences = []Sequence{{Name: "s", Value: 15, Step: 1}} },
		"extensions: missing: plpgsql 1.0; not in the source: plpgsql": func(s *Snapshot) { s.Extensions = []string{"plpgsql 1.1"} },
		"roles: role quiet is missing":                                 func(s *Snapshot) { s.Roles = s.Roles[:1] },
		"roles: role r is 'superuser', not 'login'":                    func(s *Snapshot) { s.Roles = []string{"r: superuser", "quiet:"} },
		"grants: not in the source: table a: public SELECT":            func(s *Snapshot) { s.Grants = append(s.Grants, "table a: public SELECT") },
		"objects: missing: index i":                                    func(s *Snapshot) { s.Objects = nil },
		`encoding: it is "LATIN1 C", not "UTF8 C"`:                     func(s *Snapshot) { s.Encoding = "LATIN1 C" },
	} {
		got := base()
		change(got)
		if w := wrongs(base(), got, Terms{}); !strings.HasPrefix(w, want) {
			t.Errorf("got  %s\nwant %s", w, want)
		}
	}
}

func TestATableThatChangedWhileItWasDumpedIsHeldToItsWindow(t *testing.T) {
	before, after := base(), base()
	after.Tables[0].Rows, after.Tables[0].Print = 1200, "9"
	if n := before.Window(after); n != 1 {
		t.Errorf("%d differ", n)
	}
	for rows, right := range map[int64]bool{1000: true, 1100: true, 1200: true, 1212: true, 950: false, 1300: false, 0: false} {
		got := base()
		got.Tables[0].Rows, got.Tables[0].Print = rows, "whatever"
		if w := wrongs(before, got, Terms{}); (w == "") != right {
			t.Errorf("%d rows: %q", rows, w)
		}
	}
}

func TestALiveSourceMayDifferByTheToleranceButNotBeEmpty(t *testing.T) {
	for rows, right := range map[int64]bool{900: true, 1100: true, 899: false, 1101: false, 0: false} {
		got := base()
		got.Tables[0].Rows, got.Tables[0].Print = rows, "whatever"
		if w := wrongs(base(), got, Terms{Live: true, Tolerance: 0.1}); (w == "") != right {
			t.Errorf("%d rows: %q", rows, w)
		}
	}
}

func TestManyDifferencesAreCountedAndNotAllTold(t *testing.T) {
	want, got := base(), base()
	for i := range 500 {
		want.Objects = append(want.Objects, fmt.Sprint("index ", i))
	}
	for _, c := range Compare(want, got, Terms{}) {
		if c.Name == "objects" && len(c.Wrong)+c.More != 500 || len(c.Wrong) > maxWrong {
			t.Errorf("%d told, %d more", len(c.Wrong), c.More)
		}
	}
}

func TestAFoldersFingerprintDoesNotDependOnTheOrderOfItsFiles(t *testing.T) {
	entries := []archive.Entry{{Path: "d/a", Size: 1, SHA256: [32]byte{1}}, {Path: "d/b", Size: 2, SHA256: [32]byte{2}}, {Path: "c", Size: 3, SHA256: [32]byte{3}}}
	print := func(list []archive.Entry) string {
		tree := NewTree("/x")
		for _, e := range list {
			if err := tree.Add(e); err != nil {
				t.Fatal(err)
			}
		}
		return fmt.Sprint(tree.Snapshot().Tables)
	}
	one := print(entries)
	slices.Reverse(entries)
	if other := print(entries); one != other {
		t.Errorf("%s\n%s", one, other)
	}
	entries[0].SHA256[5] = 9
	if other := print(entries); one == other {
		t.Error("another content has the same fingerprint")
	}
}

// A copy that was rolled forward stands between the dump and the source of now.
func TestACopyBetweenTwoMomentsMayHaveWhatOneOfThemHas(t *testing.T) {
	table := func(name string, rows int64) Table {
		return Table{Name: name, Kind: "table", Columns: "c", Rows: rows}
	}
	dump := &Snapshot{Tables: []Table{table("stays", 100), table("dropped", 5), table("grows", 10)}, Objects: []string{"index old"}, Roles: []string{"clerk"}}
	now := &Snapshot{Tables: []Table{table("stays", 100), table("made", 7), table("grows", 1000)}, Objects: []string{"index new"}}
	terms := Terms{Live: true, Tolerance: 0.1, Later: now}
	between := &Snapshot{Tables: []Table{table("stays", 100), table("made", 3), table("grows", 500)}, Objects: []string{"index new"}}
	for _, c := range Compare(dump, between, terms) {
		if len(c.Wrong) > 0 {
			t.Errorf("%s: %v", c.Name, c.Wrong)
		}
	}
	for wrong, got := range map[string]*Snapshot{
		"stays is missing":          {Tables: []Table{table("grows", 500)}},
		"other was not in the":      {Tables: []Table{table("stays", 100), table("grows", 500), table("other", 1)}},
		"grows has 5000 rows":       {Tables: []Table{table("stays", 100), table("grows", 5000)}},
		"grows is empty":            {Tables: []Table{table("stays", 100), table("grows", 0)}},
		"not in the source: a view": {Tables: []Table{table("stays", 100), table("grows", 500)}, Objects: []string{"a view"}},
	} {
		said := ""
		for _, c := range Compare(dump, got, terms) {
			said += strings.Join(c.Wrong, "; ")
		}
		if !strings.Contains(said, wrong) {
			t.Errorf("got %q, want %q", said, wrong)
		}
	}
}
