package data_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/data"
)

// handIn uploads a database file and returns the page of its tables.
func handIn(t *testing.T, b *apptest.Browser, name string, content []byte) apptest.Answer {
	t.Helper()
	a := send(t, b, "/data/upload", name, content)
	if a.Status != 303 {
		t.Fatalf("%s: %d, want the way to its tables\n%s", name, a.Status, a.Body)
	}
	return b.Get(a.Header.Get("Location"))
}

// chooseFrom makes sources of tables on such a page.
func chooseFrom(t *testing.T, b *apptest.Browser, page apptest.Answer, choose url.Values) apptest.Answer {
	t.Helper()
	m := lookedAt.FindStringSubmatch(page.Body)
	if m == nil {
		t.Fatalf("no tables to choose from: %d\n%s", page.Status, page.Body)
	}
	choose.Set("connection", strings.ReplaceAll(m[1], "&#43;", "+"))
	choose.Set("do", "make")
	return b.Post("/data/connect", choose)
}

func fileOf(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestASQLiteFileIsUploadedAndItsTablesChosen(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		path := aShop(t)
		page := handIn(t, b, "shop.db", fileOf(t, path))
		holds(t, page, 200, "shop.db", "product", "sale", "with the columns of product", "for reading only")
		if strings.Contains(page.Body, p.Data) {
			t.Error("the page tells where the file lies on the server")
		}
		id := idOf(t, chooseFrom(t, b, page, url.Values{"table": {"sale"}, "with": {"sale"}, "prefix": {"Shop"}}))
		s := source(t, p, id)
		if s.Name != "Shop: sale" || s.Kind != data.HandedIn || s.Condition.V != data.Fresh {
			t.Errorf("the source is %+v", s)
		}
		m := revenue(t, b, id, "dimensions", "country, product.name")
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=product.name"), 200, "Lamp", "€15.75", "Desk", "€20.00")

		// A second table of the same file, and the next file for both.
		seen := b.Get("/data/data-sources/" + id)
		holds(t, seen, 200, "Other tables of this database", "Next delivery")
		also := idOf(t, chooseFrom(t, b, handIn(t, b, "shop.db", fileOf(t, path)), url.Values{"table": {"product"}, "prefix": {"Shop"}}))
		holds(t, b.Get("/data/data-sources/"+id), 200, "The same file is taken for:", "Shop: product")
		p.Clock.Advance(time.Minute)
		alter(t, path, `INSERT INTO sale VALUES (4, 2, '2026-02-08', 'Poland', 100); INSERT INTO product VALUES (3, 'Chair')`)
		if a := send(t, b, "/data/data-sources/"+id+"/deliver", "shop.db", fileOf(t, path)); a.Status != 303 {
			t.Fatalf("the next file: %d\n%s", a.Status, a.Body)
		}
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=product.name"), 200, "€120.00")
		p.Do(t, func(u *records.Tx) error {
			d, err := data.Deliveries.First(u, records.Query{Sort: "-received_at", Where: []records.Cond{records.Is(&data.Deliveries.P.Source, records.ID[data.Source](also))}})
			if err == nil && (d.RowCount != 3 || d.FileName.V != "shop.db") {
				t.Errorf("the other source has %d rows of %s, want 3 of the same file", d.RowCount, d.FileName.V)
			}
			return err
		})

		// A file with another column is kept and not used, until somebody accepts it.
		p.Clock.Advance(time.Minute)
		alter(t, path, `ALTER TABLE sale RENAME COLUMN amount TO total`)
		if a := send(t, b, "/data/data-sources/"+id+"/deliver", "shop.db", fileOf(t, path)); a.Status != 303 {
			t.Errorf("another column: %d\n%s", a.Status, a.Body)
		}
		if s := source(t, p, id); s.Condition.V != data.Changed {
			t.Errorf("with another column the source is %s, want changed", s.Condition.V)
		}
		p.Clock.Advance(time.Minute)
		alter(t, path, `ALTER TABLE sale RENAME COLUMN total TO amount`)
		send(t, b, "/data/data-sources/"+id+"/deliver", "shop.db", fileOf(t, path))
		alter(t, path, `ALTER TABLE sale RENAME TO sold`)
		holds(t, send(t, b, "/data/data-sources/"+id+"/deliver", "shop.db", fileOf(t, path)), 422, "The table is not there")
		if s := source(t, p, id); s.Condition.V != data.Fresh {
			t.Errorf("a file that was refused made the source %s", s.Condition.V)
		}
	})
}

func TestAHostileDatabaseFileIsRefusedInPlainWords(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
	path := aShop(t)
	whole := fileOf(t, path)
	zeroed := append([]byte{}, whole...)
	clear(zeroed[100:])
	for name, content := range map[string][]byte{"cut.db": whole[:len(whole)/2], "zeroed.db": zeroed, "head.db": whole[:100], "claimed.db": append([]byte("SQLite format 3\x00"), make([]byte, 2000)...)} {
		holds(t, handIn(t, b, name, content), 422, `role="alert"`, "no SQLite database, or a damaged one")
	}
	holds(t, b.Get("/data/connect?file=s1.forged"), 422, "Give the address of the database again.")
	alter(t, path, `CREATE VIEW endless AS WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT zeroblob(900000) AS x FROM c`)
	page := handIn(t, b, "shop.db", fileOf(t, path))
	holds(t, page, 200, "endless")
	holds(t, chooseFrom(t, b, page, url.Values{"table": {"endless"}}), 422, "unpacks to far more")
	p.Do(t, func(u *records.Tx) error {
		n, err := data.Sources.Count(u, records.Query{})
		if n != 0 {
			t.Errorf("%d sources, want none", n)
		}
		return err
	})
	sara, _ := head(t, p, "Sara Sales", "Sales")
	if a := send(t, p.Browser(t, sara), "/data/upload", "shop.db", whole); a.Status != 403 {
		t.Errorf("who may add no sources: %d, want 403", a.Status)
	}
}
