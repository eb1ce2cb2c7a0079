package reports_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/modules"
	"steward/modules/reports"
)

var uploaded = regexp.MustCompile(`name="upload" value="([^"]+)"`)

// deliver uploads a CSV as a source's first or next delivery; it returns the
// address that the answer leads to.
func deliver(t *testing.T, b *apptest.Browser, path, content string, form url.Values) string {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", "orders.csv")
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(content))
	w.Close()
	req, err := http.NewRequest(http.MethodPost, b.Base+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Origin", b.Base)
	a := b.Send(req)
	if form != nil {
		m := uploaded.FindStringSubmatch(a.Body)
		if m == nil {
			t.Fatalf("no preview: %d\n%s", a.Status, a.Body)
		}
		form.Set("upload", strings.ReplaceAll(m[1], "&#43;", "+"))
		a = b.Post(path, form)
	}
	if a.Status != http.StatusSeeOther {
		t.Fatalf("not taken: %d\n%s", a.Status, a.Body)
	}
	return a.Header.Get("Location")
}

// sales are three years of orders up to January 2026 with a season: twice as much
// in December.
func sales(scale int) string {
	var b strings.Builder
	b.WriteString("order;day;amount\n")
	for m := range 37 {
		day := time.Date(2023, time.Month(1+m), 15, 0, 0, 0, 0, time.UTC)
		amount := (1000 + 10*m) * scale
		if day.Month() == time.December {
			amount *= 2
		}
		fmt.Fprintf(&b, "%d;%s;%d,00\n", m+1, day.Format("02.01.2006"), amount)
	}
	return b.String()
}

func TestTheReportForetellsABusinessFigureAndAClosedMonthKeepsIt(t *testing.T) {
	p := apptest.SQLite(t, modules.All())
	given(t, p)
	mia := p.Person(t, "Mia Manager", access.MISManager)
	b := p.Browser(t, mia)
	source := deliver(t, b, "/data/upload", sales(1), url.Values{"name": {"Orders"}})
	metric := url.Values{"name": {"Revenue of the shop"}, "source": {source[strings.LastIndex(source, "/")+1:]}, "aggregate": {"sum"}, "measure_column": {"amount"}, "time_column": {"day"},
		"unit": {"money"}, "currency": {"EUR"}, "better": {"higher"}, "main": {"true"}}
	if a := b.Post("/data/metrics", metric); a.Status != http.StatusSeeOther {
		t.Fatalf("metric: %d\n%s", a.Status, a.Body)
	}
	p.Clock.Advance(time.Hour)
	closed(t, p)
	before := made(t, p, access.System(), locale.En, reports.HTML)
	for _, want := range []string{"Revenue of the shop", "€1,360", "Forecast for February 2026", "80 and 95 of 100"} {
		if !strings.Contains(string(before), want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	p.Clock.Advance(time.Hour)
	b = p.Browser(t, mia) // the session before has ended
	deliver(t, b, source+"/deliver", sales(3), nil)
	if !bytes.Equal(before, made(t, p, access.System(), locale.En, reports.HTML)) {
		t.Error("a delivery after the month was closed changed its report")
	}
	if a := b.Get("/data/metrics"); !strings.Contains(a.Body, "Revenue of the shop") {
		t.Errorf("the metric is not listed: %d", a.Status)
	}
}
