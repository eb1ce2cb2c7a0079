package privacy_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/audit"
	"steward/kernel/fail"
	"steward/kernel/files"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/modules/people"
	"steward/modules/privacy"
	"steward/modules/upkeep"
	"steward/modules/vendors"
)

// marks are what must be nowhere once Anna is erased.
var marks = []string{"Anna Åkerlund", "Åkerlund Anna", "anna.akerlund@nordwind.example", "+46 40 555 0021", "anna.åkerlund", "Head of tea"}

// planted is Anna with traces in every text column of every record type, beside records, in the
// history, and in the tables that no record type describes.
func planted(t *testing.T, p *apptest.Program) (person string, boss *access.Actor) {
	t.Helper()
	a := anna(t, p)
	boss = p.Person(t, "Mia Berg", access.MISManager, access.Administrator)
	id := records.ID[org.Person](a.Person)
	p.DoAs(t, boss, func(u *records.Tx) error {
		return org.Persons.Update(u, id, func(x *org.Person) error { x.Title = records.Some("Head of tea"); return nil })
	})
	hash, size, err := p.Files.Put(context.Background(), strings.NewReader("Contract of Anna Åkerlund"))
	if err != nil {
		t.Fatal(err)
	}
	both := *boss
	both.Grants = append(slices.Clone(boss.Grants), access.Grant{Role: "x", Area: access.People, Act: access.View, Scope: access.All, Sensitivity: access.Pay},
		access.Grant{Role: "x", Area: access.People, Act: access.Add, Scope: access.All, Sensitivity: access.Pay})
	as := *a
	as.Grants = both.Grants
	for _, who := range []*access.Actor{&both, &as} {
		p.DoAs(t, who, func(u *records.Tx) error {
			for n, d := range p.Registry.Defs() {
				if d.IsInternal || d == org.Persons.Def() {
					continue
				}
				rec, err := apptest.Sample(u.As(access.System()), d, 100+n*10+len(who.Name))
				if err != nil {
					return err
				}
				for _, f := range d.Fields {
					switch {
					case f.Kind == records.LongText || f.Kind == records.Text && f.Format == "" && f.IsTitle:
						d.SetValue(rec, f.Name, fmt.Sprintf("Of Anna Åkerlund %d (%s), anna.akerlund@nordwind.example, @anna.åkerlund", n, who.Name))
					case f.Kind == records.Link && slices.Contains(p.Registry.Targets(f), org.Persons.Def()) && f.Name != "head":
						d.SetValue(rec, f.Name, a.Person)
					}
				}
				if err := d.Create(u.As(who), rec); err != nil {
					if fail.Is(err, fail.Forbidden) || fail.Is(err, fail.Invalid) || fail.Is(err, fail.Conflict) {
						continue // closed to who acts, or a rule of its own
					}
					return fmt.Errorf("%s: %w", d.Name, err)
				}
			}
			v := vendors.Vendor{Name: "Orbis of " + who.Name, State: vendors.Approved, Country: "DE", Contact: records.Some("ANNA ÅKERLUND"), Owner: records.Some(id)}
			if err := vendors.Vendors.Create(u, &v); err != nil {
				return err
			}
			if err := vendors.Vendors.Update(u, v.ID, func(v *vendors.Vendor) error { v.Notes = records.Some("Anna Åkerlunds desk"); return nil }); err != nil {
				return err
			}
			d := vendors.Vendors.Def()
			if err := d.Comment(u, string(v.ID), "Anna Åkerlund said so, says @anna.åkerlund."); err != nil {
				return err
			}
			if err := files.Attach(u, d, string(v.ID), "Anna Åkerlund.pdf", hash, size); err != nil {
				return err
			}
			return d.Tag(u, string(v.ID), "anna.akerlund@nordwind.example")
		})
	}
	own, size, err := p.Files.Put(context.Background(), strings.NewReader("Photograph of Anna"))
	if err != nil {
		t.Fatal(err)
	}
	p.Session(t, a)
	p.Do(t, func(u *records.Tx) error {
		if err := files.Attach(u, org.Persons.Def(), a.Person, "photo.jpg", own, size); err != nil {
			return err
		}
		if err := people.Salaries.Create(u, &people.Salary{Person: id, Starts: "2026-01-01", Yearly: records.Money{Minor: 6_000_000, Currency: "EUR"}}); err != nil {
			return err
		}
		if _, err := signin.CreateToken(u, signin.Token{Name: "Anna Åkerlund's script", Person: a.Person, Scopes: []access.TokenScope{{Area: "*", Act: "*"}}, Expires: u.Now.AddDate(0, 1, 0)}); err != nil {
			return err
		}
		return org.Persons.Def().Comment(u, a.Person, "She left.")
	})
	// Whatever else keeps texts keeps one of Anna's now.
	p.Do(t, func(u *records.Tx) error {
		for table := range privacy.Classified(p.Registry) {
			texts, coded := privacy.Texts(p.Registry, table)
			if d := p.Registry.Def(strings.Replace(table, "_", ".", 1)); d != nil || strings.HasSuffix(table, "_past") || table == "signin_account" || table == "record_tag" {
				continue
			}
			for _, c := range texts {
				if _, err := u.Exec("UPDATE " + table + " SET " + c + " = 'Told by Anna Åkerlund.' WHERE " + c + " <> ''"); err != nil {
					return fmt.Errorf("%s.%s: %w", table, c, err)
				}
			}
			for _, c := range coded {
				if table == "org_setting" {
					continue
				}
				if _, err := u.Exec("UPDATE " + table + ` SET ` + c + ` = '{"en":"Told by Åkerlund, Anna, anna.akerlund@nordwind.example"}' WHERE ` + c + " IS NOT NULL"); err != nil {
					return fmt.Errorf("%s.%s: %w", table, c, err)
				}
			}
		}
		return nil
	})
	return a.Person, boss
}

// left has a person leave.
func left(t *testing.T, p *apptest.Program, person string) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error { return org.Persons.Archive(u, records.ID[org.Person](person)) })
}

// traces are the cells of the whole database that hold one of the marks.
func traces(t *testing.T, p *apptest.Program) (out []string) {
	t.Helper()
	table, columns := "", []string(nil)
	err := upkeep.Dump(context.Background(), p.DB, func(name string, cols []string) error { table, columns = name, cols; return nil }, func(values []any) error {
		for i, v := range values {
			s, _ := v.(string)
			for _, mark := range marks {
				if strings.Contains(locale.Fold(s), locale.Fold(mark)) {
					out = append(out, fmt.Sprintf("%s.%s: %.120s", table, columns[i], s))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func seal(t *testing.T, p *apptest.Program) {
	t.Helper()
	if _, err := (&audit.Sealer{DB: p.DB, Key: p.Audit}).Seal(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestAnErasedPersonIsNowhereAnyMoreAndTheHistoryIsStillProven(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		person, boss := planted(t, p)
		left(t, p, person)
		seal(t, p)
		if n := len(traces(t, p)); n < 50 {
			t.Fatalf("only %d traces were planted", n)
		}
		var plan, done *privacy.Plan
		p.Look(t, boss, func(v *records.View) (err error) { plan, err = privacy.Preview(v, person); return err })
		if len(plan.Why) != 0 {
			t.Fatalf("refused: %v", plan.Why)
		}
		kept := 0
		filepath.WalkDir(p.Files.Path, func(_ string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				kept++
			}
			return nil
		})
		p.DoAs(t, boss, func(u *records.Tx) (err error) {
			done, err = privacy.Erase(u, person, "Asked for on 2026-02-10 by Anna Åkerlund.")
			return err
		})
		for _, trace := range traces(t, p) {
			t.Errorf("still there: %s", trace)
		}
		for what, both := range map[string][2][]privacy.Part{"cleared": {plan.Cleared, done.Cleared}, "changed": {plan.Changed, done.Changed}} {
			if a, b := told(both[0]), told(both[1]); a != b {
				t.Errorf("%s: the preview says\n%s\nand done was\n%s", what, a, b)
			}
		}
		now := 0
		filepath.WalkDir(p.Files.Path, func(path string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				now++
				if raw, _ := os.ReadFile(path); bytes.Contains(raw, []byte("Photograph")) {
					t.Error("the content of the person's file is still there")
				}
			}
			return nil
		})
		if now != kept-1 {
			t.Errorf("%d files of %d are left, want one less", now, kept)
		}
		seal(t, p)
		proof, err := upkeep.Verify(context.Background(), p.Program)
		if err != nil || !proof.Clean() || proof.Audit.Erased < 10 {
			t.Fatalf("verify: %v %v, %d erased", err, proof.Wrong(), proof.Audit.Erased)
		}
		p.Look(t, access.System(), func(v *records.View) error {
			x, err := org.Persons.Get(v, records.ID[org.Person](person))
			if err != nil {
				return err
			}
			if x.Name != "Erased person PER-0001" || x.Email.Set || x.Phone.Set || x.Title.Set || !x.ArchivedAt.Set {
				t.Errorf("the stand-in is %+v", x)
			}
			owned, err := vendors.Vendors.Count(v, records.Query{Where: []records.Cond{records.Is(&vendors.Vendors.P.Owner, records.Some(records.ID[org.Person](person)))}})
			if err == nil && owned < 2 {
				t.Errorf("%d vendors are still linked to the stand-in, want at least 2", owned)
			}
			return err
		})
		raw, err := os.ReadFile(filepath.Join(p.Data, privacy.LedgerFile))
		if err != nil || !bytes.Contains(raw, []byte(person)) || bytes.Contains(raw, []byte("Anna")) {
			t.Errorf("the list of erasures: %v %s", err, raw)
		}
	})
}

func told(list []privacy.Part) string {
	var lines []string
	for _, part := range list {
		lines = append(lines, fmt.Sprintf("%d %s", part.Count, part.Text))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestWhoIsActiveHeadsAUnitOrIsUnderAHoldIsNotErased(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		a := anna(t, p)
		boss := p.Person(t, "Mia Berg", access.MISManager, access.Administrator)
		refused := func(want string) {
			t.Helper()
			var plan *privacy.Plan
			p.Look(t, boss, func(v *records.View) (err error) { plan, err = privacy.Preview(v, a.Person); return err })
			err := p.DB.Update(context.Background(), boss, func(u *storage.Update) error {
				_, err := privacy.Erase(u, a.Person, "Asked.")
				return err
			})
			if want == "" {
				if len(plan.Why) != 0 || err != nil {
					t.Errorf("refused: %v, %v", plan.Why, err)
				}
				return
			}
			if !strings.Contains(strings.Join(plan.Why, "\n"), want) || !fail.Is(err, fail.Conflict) {
				t.Errorf("%v, %v; want it refused with %q", plan.Why, err, want)
			}
		}
		refused("still active")
		unit := org.Unit{Name: "Tea", Kind: org.Department, Head: records.Some(records.ID[org.Person](a.Person))}
		p.Do(t, func(u *records.Tx) error { return org.Units.Create(u, &unit) })
		left(t, p, a.Person)
		refused("heads Tea")
		p.Do(t, func(u *records.Tx) error {
			return org.Units.Update(u, unit.ID, func(x *org.Unit) error { x.Head = records.Opt[records.ID[org.Person]]{}; return nil })
		})
		p.DoAs(t, boss, func(u *records.Tx) error { return privacy.SetHold(u, a.Person, "Case 4 O 12/26", "2026-02-20") })
		refused("Case 4 O 12/26")
		p.DoAs(t, boss, func(u *records.Tx) error {
			holds, err := privacy.Holds(u, a.Person)
			if err != nil {
				return err
			}
			return privacy.LiftHold(u, a.Person, holds[0].ID)
		})
		p.Do(t, func(u *records.Tx) error { return signin.SetDisabled(u, a.Person, false) })
		refused("account is open")
		p.Do(t, func(u *records.Tx) error { return signin.SetDisabled(u, a.Person, true) })
		refused("")
		refused("erased already")
	})
}

func TestANameIsTakenOutOfTextsAndItsLikeStays(t *testing.T) {
	for in, want := range map[string]string{
		"Ask Anna Berg.":                             "Ask PER-0012.",
		"anna berg, ANNA BERG":                       "PER-0012, PER-0012",
		"Anna Bergs desk, Anna Berg's":               "PER-0012s desk, PER-0012's",
		"Anna Bergman and Johanna Berg":              "Anna Bergman and Johanna Berg",
		"mail a.berg@x.example or a.berg@x.examples": "mail PER-0012 or PER-0012s",
		"Anna\nBerg, Anna  Berg":                     "PER-0012, PER-0012",
		"":                                           "",
	} {
		if got, _ := privacy.Without("Anna Berg", "a.berg@x.example", in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzAListOfErasures(f *testing.F) {
	f.Add([]byte(`{"person":"018bf641-f680-71fd-b98a-5485a94c5850","number":"PER-0012","at":"2026-11-22T12:00:00Z"}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Add([]byte("\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := privacy.ParseLedger(bytes.NewReader(raw))
		for _, e := range list {
			if err == nil && (len(e.Person) != 36 || e.At.IsZero()) {
				t.Errorf("taken for an erasure: %+v", e)
			}
		}
	})
}
