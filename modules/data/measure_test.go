package data_test

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
)

func TestAMetricIsMadeByChoosingAmongTheColumnsThatCame(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		id := upload(t, b, orders)
		path := "/data/data-sources/" + id + "/metric"
		holds(t, b.Get("/data/data-sources/"+id), 200, path)
		holds(t, b.Get(path), 200, `<option value="amount" selected>amount · decimal number</option>`, `<option value="day">day</option>`, `name="dimension" value="country"`)
		form := url.Values{"name": {"Revenue an order"}, "aggregate": {"sum"}, "measure_column": {"amount"}, "per": {"distinct"}, "per_column": {"order"}, "time_column": {"day"}, "dimension": {"country"}, "unit": {"money"}, "better": {"higher"}}
		refused := b.Post(path, form)
		holds(t, refused, 422, "An amount of money needs its currency.", `value="Revenue an order"`, `<option value="order" selected>`, `value="country" checked`)
		form.Set("currency", "EUR")
		m := idOf(t, b.Post(path, form))
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=country"), 200, "sum(&#34;amount&#34;) / distinct(&#34;order&#34;)", "€13.40", "€14.00")
		// What the choice makes needless is left out.
		form.Set("aggregate", "count")
		form.Set("unit", "number")
		form.Del("per")
		m = idOf(t, b.Post(path, form))
		holds(t, b.Get("/data/metrics/"+m+"/explore?by=country"), 200, "count()")
		e := p.Browser(t, p.Person(t, "Eva Employee", access.Employee))
		if a := e.Get(path); a.Status != 404 && a.Status != 403 {
			t.Errorf("somebody without rights to the source gets %d", a.Status)
		}
		if a := e.Post(path, form); a.Status != 404 && a.Status != 403 {
			t.Errorf("somebody without rights to the source makes a metric: %d", a.Status)
		}
	})
}

func TestTheSheetOfAWorkbookIsChosenBeforeItIsTaken(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		f := excelize.NewFile()
		if _, err := f.NewSheet("Sales"); err != nil {
			t.Fatal(err)
		}
		for name, rows := range map[string][][]any{"Sheet1": {{"note"}, {"only a remark"}}, "Sales": {{"day", "amount"}, {"2025-11-05", 1234.5678}, {"2025-11-06", 1}}} {
			for i, row := range rows {
				if err := f.SetSheetRow(name, fmt.Sprint("A", i+1), &row); err != nil {
					t.Fatal(err)
				}
			}
		}
		var book bytes.Buffer
		if err := f.Write(&book); err != nil {
			t.Fatal(err)
		}
		first := send(t, b, "/data/upload", "sales.xlsx", book.Bytes())
		holds(t, first, 200, "only a remark", `<option value="Sales">Sales</option>`)
		second := b.Post("/data/upload", url.Values{"upload": {token(t, first)}, "do": {"look"}, "sheet": {"Sales"}})
		holds(t, second, 200, "1234.5678", `<option value="Sales" selected>Sales</option>`)
		holds(t, b.Post("/data/upload", url.Values{"upload": {token(t, first)}, "do": {"look"}, "sheet": {"None"}}), 422, "not in this workbook")
		id := idOf(t, b.Post("/data/upload", url.Values{"upload": {token(t, second)}, "name": {"Sales"}}))
		if s := source(t, p, id); s.Relation.V != "Sales" {
			t.Errorf("the source keeps sheet %q, want Sales", s.Relation.V)
		}
		// The next delivery is read from the same sheet.
		next := send(t, b, "/data/data-sources/"+id+"/deliver", "sales.xlsx", book.Bytes())
		if d := b.Get(next.Header.Get("Location")); !strings.Contains(d.Body, "1234.5678") {
			t.Errorf("the next delivery was not read from the sheet: %d\n%s", d.Status, d.Body)
		}
	})
}

func TestAControlSumIsTypedAsPeopleWriteIt(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		id := upload(t, b, orders, "sum_column", "amount", "sum", "67,00")
		holds(t, b.Get("/data/data-sources/"+id), 200, "Accepted")
		for typed, want := range map[string]string{"67,00": "Accepted", "67.00": "Accepted", "68,00": "the control sum of amount is 67 and should be 68"} {
			a := send(t, b, "/data/data-sources/"+id+"/deliver", "orders.csv", []byte(orders), "sum", typed)
			if a.Status != 303 {
				t.Errorf("%s: %d\n%s", typed, a.Status, a.Body)
				continue
			}
			holds(t, b.Get(a.Header.Get("Location")), 200, want)
		}
		holds(t, send(t, b, "/data/data-sources/"+id+"/deliver", "orders.csv", []byte(orders), "sum", "much"), 422, "much")
	})
}

func TestAForecastAndItsNotesAreInThePersonsLanguage(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	mia := p.Person(t, "Mia Manager", access.MISManager)
	b := p.Browser(t, mia)
	rows := "day,amount\n"
	for m := range 14 {
		rows += fmt.Sprintf("%s,7\n", p.Clock.Now().AddDate(0, m-14, 0).Format("2006-01-02"))
	}
	m := revenue(t, b, upload(t, b, rows))
	if err := p.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	month := p.Clock.Now().AddDate(0, -1, 0)
	holds(t, b.Get("/data/metrics/"+m+"/explore?by=month"), 200, "The value has never changed", "the last value again")
	p.Do(t, func(u *records.Tx) error {
		return org.Persons.Update(u, records.ID[org.Person](mia.Person), func(x *org.Person) error { x.Lang = records.Some("hu"); return nil })
	})
	page := b.Get("/data/metrics/" + m + "/explore?by=month")
	holds(t, page, 200, "Az érték soha nem változott", "ismét az utolsó érték")
	figure := b.Get("/figures/data.metric-month?scope=" + url.QueryEscape("data.metric/"+m))
	holds(t, figure, 200, locale.Hu.Month(month))
	if strings.Contains(figure.Body, month.Format("2006-01")+" ") {
		t.Error("the month stands as in a file name")
	}
}

func TestAMonthThatWasNotOverWhenItsRowsCameIsNoWholeMonth(t *testing.T) {
	p := apptest.SQLite(t, modules())
	p.Organisation(t)
	mia := p.Person(t, "Mia Manager", access.MISManager)
	m := revenue(t, p.Browser(t, mia), upload(t, p.Browser(t, mia), "day,amount\n2025-12-31,5\n2026-01-15,7\n2026-02-10,2\n"), "main", "true")
	month := func() string {
		t.Helper()
		if err := p.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		return p.Browser(t, mia).Get("/figures/data.metric-month?scope=" + url.QueryEscape("data.metric/"+m)).Body
	}
	if page := month(); !strings.Contains(page, "rows dated in January 2026") {
		t.Error("the last whole month is not January")
	}
	p.Clock.Set(p.Clock.Now().AddDate(0, 1, 0)) // March: February came only up to the 10th
	if page := month(); !strings.Contains(page, "rows dated in January 2026") {
		t.Error("the part of February that came counts as all of it")
	}
}

func TestAClosedMonthHasItsOwnMainMetricAndNotTheOneBefore(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		p.Clock.Set(time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC))
		p.Organisation(t)
		mia := p.Person(t, "Mia Manager", access.MISManager)
		b := p.Browser(t, mia)
		source := upload(t, b, "day,amount\n2025-12-31,5\n2026-01-15,7\n")
		revenue(t, b, source, "main", "true")
		shown := func() string {
			t.Helper()
			var said string
			p.Look(t, access.System(), func(v *records.View) error {
				all, err := figures.OfMonth(v, "2026-01", figures.Organisation)
				if err == nil {
					said = all.Values["data.metric-month"].Condition.In(p.Words, locale.En)
				}
				return err
			})
			return said
		}
		if err := p.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := shown(); !strings.Contains(got, "December 2025") {
			t.Errorf("in January the last month is %q, want December", got)
		}
		p.Clock.Set(time.Date(2026, 2, 5, 9, 0, 0, 0, time.UTC))
		if a := send(t, p.Browser(t, mia), "/data/data-sources/"+source+"/deliver", "orders.csv", []byte("day,amount\n2025-12-31,5\n2026-01-15,7\n2026-01-31,9\n2026-02-02,1\n")); a.Status != 303 {
			t.Fatalf("%d\n%s", a.Status, a.Body)
		}
		p.Do(t, func(u *records.Tx) error { return figures.Close(u, "2026-01") })
		if got := shown(); !strings.Contains(got, "January 2026") {
			t.Errorf("January is closed with %q, want January's", got)
		}
	})
}

func TestTheKindOfChartIsChosenWhileExploringAndGoesOntoTheTile(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		id := idOf(t, connect(t, b, aShop(t), url.Values{"table": {"sale"}, "with": {"sale"}}))
		m := revenue(t, b, id, "dimensions", "country, product.name")
		at := "/data/metrics/" + m + "/explore?"
		for _, c := range []struct{ ask, has, lacks string }{
			{"by=month", "v-ln", "v-bar"}, // lines over time
			{"by=month&chart=bars", "v-bar", "v-ln"},
			{"by=month&chart=stacked", "v-bar", "v-ln"}, // one run has nothing to stack
			{"by=month&chart=table", "<table", "v-"},
			{"by=country", "v-bar", "v-ln"}, // bars over what has no order
			{"by=country&chart=line", "v-bar", "v-ln"},
			{"by=month&by=country", "v-dot", "v-part"},
			{"by=month&by=country&chart=bars", "v-bar", "v-part"},
			{"by=month&by=country&chart=stacked", "v-part", "v-ln"},
			{"by=country&by=product.name&chart=stacked", "v-part", "v-bar"},
		} {
			page := b.Get(at + c.ask)
			holds(t, page, 200, c.has)
			shown, _, _ := strings.Cut(page.Body[strings.Index(page.Body, "<main"):], `aria-labelledby="e-f"`)
			if strings.Contains(shown, `class="`+c.lacks) {
				t.Errorf("%s shows %s", c.ask, c.lacks)
			}
		}
		holds(t, b.Get(at+"by=month&chart=pie"), 422, "Show it as line, bars, stacked or table.")

		page := b.Get(at + "by=month&by=country&chart=stacked&where=country+%3D+%27Sweden%27&from=2025-12-01&to=2026-01-31")
		holds(t, page, 200, `value="stacked" selected`)
		way := regexp.MustCompile(`href="(/data/tiles/new\?[^"]+)"`).FindStringSubmatch(page.Body)
		if way == nil {
			t.Fatal("no way to put it on a dashboard")
		}
		form := b.Get(html.UnescapeString(way[1]))
		holds(t, form, 200, "country = &#39;Sweden&#39;", "&gt;= &#39;2025-12-01&#39;", "&lt; &#39;2026-02-01&#39;")
		board := idOf(t, b.Post("/data/dashboards", url.Values{"name": {"Sales"}}))
		tile := url.Values{"dashboard": {board}, "metric": {m}, "shape": {"stacked"}, "period": {"month"}, "breakdown": {"country"}, "months": {"0"}, "position": {"1"}, "condition": {"country = 'Sweden'\n\"day\" >= '2025-12-01'"}}
		if a := b.Post("/data/tiles", tile); a.Status != 303 {
			t.Fatalf("the tile: %d\n%s", a.Status, a.Body)
		}
		holds(t, b.Get("/data/dashboards/"+board), 200, "v-part", "€5.25", "chart=stacked")
		if page := b.Get("/data/dashboards/" + board); strings.Contains(page.Body, "Hungary") || strings.Contains(page.Body, "€10.50") {
			t.Error("the tile shows rows that its conditions leave out")
		}
		tile.Set("condition", "country = 'Sweden'\nday >")
		holds(t, b.Post("/data/tiles", tile), 422, "cannot be read")
		tile.Set("condition", "")
		tile.Set("breakdown", "country, product.name")
		holds(t, b.Post("/data/tiles", tile), 422, "two things at most")
	})
}
