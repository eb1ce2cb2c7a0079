package data_test

import (
	"context"
	"database/sql"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/kernel/testkit/pgserver"
	"steward/modules/data"
	"steward/modules/infrastructure"
	"steward/modules/systems"
)

const invoices = "SELECT InvoiceId, CustomerId, date(InvoiceDate) AS InvoiceDate, BillingCountry, Total FROM Invoice"

func TestChinookIsReadAndItsTotalsAreTheDatabasesOwn(t *testing.T) {
	folder := os.Getenv("STEWARD_TESTDATA")
	if folder == "" {
		t.Skip("NOT TESTED ON CHINOOK: STEWARD_TESTDATA is unset")
	}
	path := filepath.Join(folder, "business", "chinook.sqlite")
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var total, usa, month, customers string
	if err := db.QueryRow(`SELECT printf('%.2f', SUM(Total)), printf('%.2f', SUM(CASE WHEN BillingCountry = 'USA' THEN Total END)),
printf('%.2f', SUM(CASE WHEN strftime('%Y-%m', InvoiceDate) = (SELECT MIN(strftime('%Y-%m', InvoiceDate)) FROM Invoice) THEN Total END)), COUNT(DISTINCT CustomerId) FROM Invoice`).Scan(&total, &usa, &month, &customers); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, p *apptest.Program) {
		mia := p.Person(t, "Mia Manager", access.MISManager)
		b := p.Browser(t, mia)
		var host string
		var sys *systems.System
		p.Do(t, func(u *records.Tx) error {
			sys = &systems.System{Name: "Web shop", State: systems.Live, Criticality: systems.Important, Owner: records.Some(records.ID[orgPerson](mia.Person))}
			if err := systems.Systems.Create(u, sys); err != nil {
				return err
			}
			h, err := aHost(u, "shop-db-1")
			host = h
			if err != nil {
				return err
			}
			c := &systems.Component{Name: "Chinook database", System: sys.ID, Kind: systems.DatabaseServer, RunsOn: records.Some(records.MakeRef(infrastructure.Hosts.Def().Name, host))}
			return systems.Components.Create(u, c)
		})
		id := idOf(t, b.Post("/data/data-sources", url.Values{"name": {"Chinook invoices"}, "kind": {"sqlite"}, "path": {path}, "query": {invoices}, "system": {string(sys.ID)}, "max_bad": {"0"}}))
		if a := b.Post("/data/data-sources/"+id+"/read", nil); a.Status != 303 {
			t.Fatalf("read: %d %s", a.Status, a.Body)
		}
		m := idOf(t, b.Post("/data/metrics", url.Values{"name": {"Revenue"}, "source": {id}, "aggregate": {"sum"}, "measure_column": {"Total"}, "time_column": {"InvoiceDate"}, "unit": {"money"}, "currency": {"USD"}, "better": {"higher"}, "main": {"true"}}))
		explore := "/data/metrics/" + m + "/explore"
		holds(t, b.Get(explore+"?by=month"), 200, spell(total), spell(month), "Forecast", "Web shop", "Chinook database", "shop-db-1", "Mia Manager")
		holds(t, b.Get(explore+"?by=BillingCountry"), 200, "USA", spell(usa))
		c := idOf(t, b.Post("/data/metrics", url.Values{"name": {"Customers"}, "source": {id}, "aggregate": {"distinct"}, "measure_column": {"CustomerId"}, "time_column": {"InvoiceDate"}, "unit": {"number"}, "better": {"higher"}}))
		holds(t, b.Get("/data/metrics/"+c+"/explore?by=year"), 200, "= "+customers)
		if err := p.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		holds(t, b.Get("/figures/data.metric-forecast"), 200, "Main metric, forecast")
		holds(t, b.Get("/"), 200, "in 80 of 100 cases")
		holds(t, b.Get("/data/metrics/"+m), 200, ">Last month<")
	})
}

// spell writes an amount in dollars as an English page does.
func spell(s string) string {
	whole, cents, _ := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return whole + "." + cents
}

func TestAPostgreSQLTableIsReadAndItsAddressIsNeverShown(t *testing.T) {
	address := os.Getenv(pgserver.Variable)
	if address == "" {
		t.Skipf("NOT TESTED AGAINST POSTGRESQL: %s is unset", pgserver.Variable)
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`DROP TABLE IF EXISTS public.data_test_orders; CREATE TABLE public.data_test_orders (id bigint PRIMARY KEY, day date NOT NULL, amount numeric(10,2) NOT NULL);
INSERT INTO public.data_test_orders VALUES (1, '2026-01-05', 10.10), (2, '2026-01-06', 20.20)`); err != nil {
		t.Fatal(err)
	}
	defer db.Exec("DROP TABLE public.data_test_orders")
	p := apptest.SQLite(t, modules())
	p.Site.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	p.Organisation(t)
	b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
	id := idOf(t, b.Post("/data/data-sources", url.Values{"name": {"Orders"}, "kind": {"postgres"}, "address": {address}, "query": {"SELECT id, day, amount FROM public.data_test_orders"}, "max_bad": {"0"}}))
	if a := b.Post("/data/data-sources/"+id+"/read", nil); a.Status != 303 {
		t.Fatalf("read: %d %s", a.Status, a.Body)
	}
	page := b.Get("/data/data-sources/" + id)
	holds(t, page, 200, "Accepted")
	if strings.Contains(page.Body, address) {
		t.Error("the address is on the page")
	}
	m := revenue(t, b, id)
	holds(t, b.Get("/data/metrics/"+m+"/explore?by=month"), 200, "€30.30")
	p.Do(t, func(u *records.Tx) error {
		n, err := data.Deliveries.Count(u, records.Query{})
		if n != 1 {
			t.Errorf("%d deliveries, want 1", n)
		}
		return err
	})
}
