package data_test

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/data"
)

var lookedAt = regexp.MustCompile(`name="connection" value="([^"]+)"`)

// aShop is a database of two tables, of which one refers to the other.
func aShop(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	alter(t, path, `CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE sale (id INTEGER PRIMARY KEY, product INTEGER REFERENCES product (id), day DATE, country TEXT, amount NUMERIC(10,2));
INSERT INTO product VALUES (1, 'Lamp'), (2, 'Desk');
INSERT INTO sale VALUES (1, 1, '2025-11-05', 'Sweden', 10.50), (2, 2, '2025-12-06', 'Hungary', 20), (3, 1, '2026-01-07', 'Sweden', 5.25)`)
	return path
}

func alter(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

// connect chooses tables of a database and returns the answer.
func connect(t *testing.T, b *apptest.Browser, path string, choose url.Values) apptest.Answer {
	t.Helper()
	seen := b.Post("/data/connect", url.Values{"kind": {"sqlite"}, "path": {path}})
	holds(t, seen, 200, "product", "sale", "with the columns of product", "for reading only")
	m := lookedAt.FindStringSubmatch(seen.Body)
	if m == nil {
		t.Fatal("no tables to choose from")
	}
	choose.Set("connection", strings.ReplaceAll(m[1], "&#43;", "+"))
	choose.Set("do", "make")
	return b.Post("/data/connect", choose)
}

func TestATableIsChosenFromAListAndExploredByWhatItRefersTo(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		path := aShop(t)
		id := idOf(t, connect(t, b, path, url.Values{"table": {"sale"}, "with": {"sale"}, "prefix": {"Shop"}, "every": {"12"}}))
		s := source(t, p, id)
		if s.Name != "Shop: sale" || s.EveryHours.V != 12 || s.Condition.V != data.Fresh {
			t.Errorf("the source is %+v", s)
		}
		m := revenue(t, b, id, "dimensions", "country, product.name")
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=product.name"), 200, "Lamp", "€15.75", "Desk", "€20.00")
		holds(t, b.Get("/data/connect?source="+id), 200, "product", "sale")
		holds(t, b.Get("/data/data-sources/"+id), 200, "Other tables of this database")
		if a := connect(t, b, path, url.Values{"table": {"sale", "product"}}); a.Status != 303 {
			t.Errorf("two tables: %d %s", a.Status, a.Body)
		}
		p.Do(t, func(u *records.Tx) error {
			n, err := data.Sources.Count(u, records.Query{})
			if n != 3 {
				t.Errorf("%d sources, want 3", n)
			}
			return err
		})
		holds(t, connect(t, b, path, url.Values{}), 422, "Choose at least one table")
		holds(t, connect(t, b, path, url.Values{"table": {"nosuch"}}), 422, "nosuch")
		for _, wrong := range []url.Values{{"kind": {"sqlite"}, "path": {"/no/such/file"}}, {"kind": {"sqlite"}, "path": {"shop.db"}}, {"kind": {"postgres"}, "host": {"127.0.0.1"}},
			{"kind": {"postgres"}, "host": {"127.0.0.1"}, "port": {"1"}, "database": {"x"}, "account": {"a"}}, {"connection": {"s1.forged"}}, {}} {
			if a := b.Post("/data/connect", wrong); a.Status != 422 || !strings.Contains(a.Body, `role="alert"`) {
				t.Errorf("%v: %d, want 422 with what is wrong", wrong, a.Status)
			}
		}
	})
}

func TestOnlyWhoMayEditAllBusinessDataLooksIntoDatabases(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	sara, _ := head(t, p, "Sara Sales", "Sales")
	for _, b := range []*apptest.Browser{p.Browser(t, sara), p.Browser(t, p.Person(t, "Emil Employee", access.Employee)), p.Browser(t, p.Person(t, "Aud Itor", access.Auditor))} {
		if a := b.Get("/data/connect"); a.Status != 403 {
			t.Errorf("the page: %d, want 403", a.Status)
		}
		if a := b.Post("/data/connect", url.Values{"kind": {"sqlite"}, "path": {"/etc/hostname"}}); a.Status != 403 {
			t.Errorf("looking: %d, want 403", a.Status)
		}
	}
}

func TestADatabaseThatCannotBeReadGreysTheFigureAndSaysWhyUntilItCan(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		mia := p.Person(t, "Mia Manager", access.MISManager)
		b := p.Browser(t, mia)
		path := aShop(t)
		id := idOf(t, connect(t, b, path, url.Values{"table": {"sale"}}))
		m := revenue(t, b, id, "main", "true")
		read := "/data/data-sources/" + id + "/read"
		everywhere := func(says string) {
			t.Helper()
			if err := p.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, page := range []string{"/", "/data/metrics/" + m, "/data/metrics/" + m + "/explore", "/data/data-sources/" + id, "/figures", "/figures/data.metric-month", "/figures/data.metric-forecast", "/data/metrics/" + m + "/rows", "/api/v1/figures/data.metric-month"} {
				holds(t, b.Get(page), 200, says)
			}
		}
		alter(t, path, "ALTER TABLE sale RENAME TO sold")
		if a := b.Post(read, nil); a.Status != 422 || !strings.Contains(a.Body, "The table is not there") {
			t.Errorf("a table that is gone: %d", a.Status)
		}
		if s := source(t, p, id); s.Condition.V != data.Faulty {
			t.Errorf("the source is %s, want faulty", s.Condition.V)
		}
		everywhere("The table is not there")
		said := "The server said: table: there is no table"
		holds(t, b.Get("/data/data-sources/"+id), 200, said)
		other := access.Auditor // who may not say what is read
		if page := p.Browser(t, p.Person(t, "Aud Itor", other)).Get("/data/data-sources/" + id); page.Status != 200 || strings.Contains(page.Body, "The server said") || strings.Contains(page.Body, "there is no table") {
			t.Errorf("%s: %d, and the server's own words are told\n%s", other, page.Status, page.Body)
		}
		if a := b.Get("/api/v1/data/data-sources/" + id); a.Status != 200 || strings.Contains(a.Body, "there is no table") {
			t.Errorf("the API: %d, and the server's own words are told", a.Status)
		}
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		holds(t, b.Post(read, nil), 422, "The file is not there")
		everywhere("The file is not there")
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		alter(t, path, "ALTER TABLE sold RENAME TO sale")
		if a := b.Post(read, nil); a.Status != 303 {
			t.Fatalf("mended: %d %s", a.Status, a.Body)
		}
		if s := source(t, p, id); s.Condition.V != data.Fresh || s.Problem.Set {
			t.Errorf("mended, the source is %s, %s", s.Condition.V, s.Problem.V)
		}
		if page := b.Get("/data/metrics/" + m + "/explore"); strings.Contains(page.Body, "cannot be read") {
			t.Error("mended, and still greyed")
		}
		p.Clock.Set(p.Clock.Now().Add(25 * time.Hour)) // once a day where nothing is said
		b = p.Browser(t, mia)
		everywhere("has not come")
	})
}
