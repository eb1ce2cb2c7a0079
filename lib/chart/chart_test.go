package chart

import (
	"flag"
	"fmt"
	"html/template"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"steward/lib/locale"
	"steward/web"
)

var (
	update  = flag.Bool("update", false, "write the expected pictures anew")
	gallery = flag.String("gallery", "", "write a page with all pictures to this file")
)

var nan = math.NaN()

// say is English without a catalogue.
func say(_, english string, pairs ...any) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		english = strings.ReplaceAll(english, "{"+pairs[i].(string)+"}", fmt.Sprint(pairs[i+1]))
	}
	return english
}

var months = []string{"Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"}

func frame(title string, l locale.Lang) Frame { return Frame{Title: title, Lang: l, First: "Month"} }

// scenes are one of each chart, with unknown, zero and negative values among them.
func scenes() map[string]Scene {
	de := frame("Kosten im Monat", locale.De)
	de.Format, de.First = Money(locale.De, "EUR"), "Monat"
	heat := frame("Tickets by hour", locale.En)
	heat.First = "Day"
	return map[string]Scene{
		"lines": Lines(de, months, []Series{
			{Name: "Betrieb", Class: "c1", Area: true, V: []float64{71000, 74000, 73000, 73000, nan, 74000, 76000, 76000, 75000, 78000, 79000, 79000}},
			{Name: "Änderung", Class: "c3", V: []float64{22000, 31000, 38000, 52000, 61000, 64000, 58000, 33000, 29000, 66000, 88000, 93000}},
		}, Over{Goal: 85000, GoalName: "Budget"}),
		"forecast": Lines(frame("Sales, forecast", locale.En), months, []Series{{
			Name: "Sales", Class: "c1", V: []float64{40, 42, 45, 41, 47, 50, 52, 51, 55, 57, 60, 62},
			Low: []float64{nan, nan, nan, nan, nan, nan, nan, nan, 52, 53, 54, 54}, High: []float64{nan, nan, nan, nan, nan, nan, nan, nan, 58, 61, 66, 70},
			LowWide: []float64{nan, nan, nan, nan, nan, nan, nan, nan, 50, 49, 49, 47}, HighWide: []float64{nan, nan, nan, nan, nan, nan, nan, nan, 60, 65, 71, 77},
		}}, Over{Now: 8, NowName: "today", Tight: true, Band: "80 %", Wide: "95 %"}),
		"columns":   Columns(frame("Hours", locale.Sv), months[:6], []Series{{Name: "Plan", Class: "c6", V: []float64{40, 40, 0, 40, nan, 40}}, {Name: "Actual", Class: "c1", V: []float64{38, 44, 12, -5, 30, 41}}}, false),
		"stacked":   Columns(frame("Cost by kind", locale.Pl), months, []Series{{Name: "Run", Class: "c1", V: []float64{1200, 1300, 1250, 1300, 1280, 1310, 1290, 1300, 1350, 1400, 1390, 1420}}, {Name: "Change", Class: "c2", V: []float64{300, 200, 250, -100, 0, 400, 300, 200, 100, nan, 200, 300}}}, true),
		"rows":      Rows(Frame{Title: "Cost of systems", Lang: locale.En, First: "System", Format: Money(locale.En, "EUR")}, []Bar{{Label: "ERP · SAP S/4HANA with a very long name", V: 1520000}, {Label: "Mail", V: 94000, Note: "(+3%)"}, {Label: "Not known", V: nan}, {Label: "Refund", V: -40000, Class: "ok"}}),
		"waterfall": Waterfall(Frame{Title: "Plan to forecast", Lang: locale.En, First: "Step"}, []Step{{Label: "Plan", V: 6840, Total: true}, {Label: "Licences", V: -210}, {Label: "Cloud", V: 164}, {Label: "Currency", V: 38}, {Label: "ERP", V: 122}, {Label: "Vacancies", V: -226}, {Label: "Forecast", V: 6728, Total: true, Class: "c1"}}),
		"spark":     Spark([]float64{3, 4, nan, 4, 5, 2, 7}, "c2"),
		"stack":     Stack(41, Part{"", 3, "bad"}, Part{"", 9, "warn"}, Part{"", 20, "ok"}),
		"uptime":    Uptime("30 days: 1 with an outage, 1 degraded, 2 not measured", append(strings.Split(strings.Repeat("ok ", 26)+"warn bad", " "), "", "")),
		"bullet":    Bullet(Frame{Title: "Patched", Lang: locale.En, First: "Now", Format: Percent(locale.En, 1)}, 94.6, 95, 100, []Part{{"Poor", 80, "bad"}, {"Near", 95, "warn"}, {"Good", 100, "ok"}}),
		"donut":     Donut(Frame{Title: "Spend", Lang: locale.Hu, First: "Kind", Format: Money(locale.Hu, "HUF")}, []Part{{"Run", 710000, ""}, {"Change", 290000, ""}, {"Idle", 0, ""}}, "1 M Ft"),
		"heat":      Heat(heat, []string{"Monday", "Tuesday"}, []string{"06", "09", "12", "15", "18"}, [][]float64{{1, 14, 9, 11, nan}, {0, 22, 12, 8, 3}}),
		"risks": Risks(Frame{Title: "Risks", Lang: locale.En, First: "Likelihood"}, []string{"Certain", "Likely", "Possible", "Unlikely"}, []string{"Tiny", "Small", "Medium", "Large", "Grave"},
			[][]int{{1, 0, 2, 1, 0}, {2, 4, 3, 2, 0}, {3, 6, 5, 4, 1}, {1, 3, 2, 1, 0}}, func(r, c int) string { return []string{"l", "m", "m", "h", "x", "x", "x"}[min(6, max(0, 3-r+c-1))] }),
		"scatter": Scatter(Frame{Title: "Value", Lang: locale.En, First: "System"}, Frame{Title: "Cost, €", Lang: locale.En}, []Mark{{Name: "ERP", X: 1520000, Y: 92, Class: "c1", Size: 9}, {Name: "Old CRM", X: 300000, Y: 20, Class: "bad"}, {Name: "Unknown", X: nan, Y: 4}}),
		"graph": Graph(Frame{Title: "What the ERP needs", Lang: locale.En, First: "From"}, []Thing{
			{ID: "shop", Name: "B2B webshop", Sub: "1,900 customers", Icon: "world", Class: "ok", Href: "/systems/shop"}, {ID: "edi", Name: "EDI gateway", Sub: "2 open incidents", Icon: "arrows-exchange", Class: "bad", Href: "/systems/edi"},
			{ID: "erp", Name: "ERP · S/4HANA", Sub: "mission-critical", Icon: "apps", Class: "me", Layer: 1}, {ID: "web", Name: "sap-web-01…02", Sub: "patch due", Icon: "server-2", Class: "warn", Layer: 2, Href: "javascript:alert(1)"},
			{ID: "hana", Name: "HANA <cluster>", Sub: "2 nodes", Icon: "database", Class: "ok", Layer: 3, Href: "/databases/hana"}, {ID: "app", Name: "sap-app", Class: "ok", Layer: 2},
		}, []Arrow{{From: "shop", To: "erp"}, {From: "edi", To: "erp", Class: "bad"}, {From: "erp", To: "web"}, {From: "erp", To: "app"}, {From: "app", To: "hana", Dash: true}, {From: "web", To: "app"}, {From: "web", To: "gone"}}),
		"org": Org(Frame{Title: "IT department", Lang: locale.En, First: "Name"}, Post{Name: "Helena Lindqvist", Sub: "MIS manager", Icon: "user", Href: "/people/1", Below: []Post{
			{Name: "Jonas Weber", Sub: "Infrastructure", Below: []Post{{Name: "Anna Kowalska", Sub: "Databases"}, {Name: "Péter Szabó", Sub: "Network"}}}, {Name: "Vacant", Sub: "Service desk", Class: "faint"},
		}}),
		"gantt": Gantt(Frame{Title: "Roadmap", Lang: locale.En, First: "Task"}, "2026-07-01", "2027-03-31", "2026-11-22", "Today", []Task{
			{ID: "p", Name: "S/4HANA wave 2", Class: "bad", Start: "2026-07-15", End: "2027-03-01", Group: true, Done: .54}, {ID: "a", Name: "Build", Class: "ok", Start: "2026-07-15", End: "2026-10-31", Done: 1, Owner: "Sara"},
			{ID: "b", Name: "Test", Class: "bad", Start: "2026-11-01", End: "2027-02-10", Baseline: "2027-01-15", Done: .3, After: []string{"a"}, Critical: true}, {ID: "c", Name: "Cutover", Class: "bad", Start: "2027-03-01", End: "2027-03-01", Milestone: true, After: []string{"b"}},
			{ID: "d", Name: "No days yet"},
		}),
		"empty": Lines(frame("Nothing yet", locale.En), nil, nil, Over{}),
	}
}

func TestEachChartIsDrawnAsExpected(t *testing.T) {
	for name, s := range scenes() {
		got := strings.ReplaceAll(strings.ReplaceAll(string(s.HTML(say))+string(s.LegendHTML()), web.Asset("icons.svg"), "/s/icons.svg"), "><", ">\n<") + "\n"
		file := filepath.Join("testdata", name+".html")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; look at it and run with -update", name, file)
		}
	}
}

func TestMonthsUnderAChartDoNotTouchOnADesk(t *testing.T) {
	for n := 1; n <= 60; n++ {
		labels := make([]string, n)
		for i := range labels {
			labels[i] = []string{"nov. 2023", "mars 2024", "Okt", "2026-Q4"}[i*7%4]
		}
		end := math.Inf(-1)
		for _, shape := range Lines(Frame{Title: "Revenue"}, labels, []Series{{Name: "Revenue", Class: "c1", V: make([]float64, n)}}, Over{}).Shapes {
			text, ok := shape.(Text)
			if !ok {
				continue
			}
			w := textWidth(text.S) / deskRoom
			from := text.X - w*map[Anchor]float64{Middle: .5, End: 1}[text.Anchor]
			if from < end {
				t.Fatalf("of %d months, %s begins where the one before it has not ended", n, text.S)
			}
			end = from + w
		}
	}
}

func TestEveryStepOfAWaterfallIsNamed(t *testing.T) {
	steps := []Step{{Label: "Plan to date", V: 5100, Total: true}}
	for _, name := range []string{"Wide area network", "ERP", "Monitoring", "Service desk", "Document archive", "File shares"} {
		steps = append(steps, Step{Label: name, V: 40})
	}
	var said []string
	for _, shape := range Waterfall(Frame{Title: "From plan to actual", Lang: locale.En}, append(steps, Step{Label: "Actual", V: 5340, Total: true})).Shapes {
		if text, ok := shape.(Text); ok && !strings.HasPrefix(text.Class, "v-val") {
			said = append(said, text.S)
		}
	}
	want := "Plan to|date|Wide area|network|ERP|Monitoring|Service|desk|Document|archive|File|shares|Actual"
	if got := strings.Join(said, "|"); got != want {
		t.Errorf("named are %s, want %s", got, want)
	}
}

func TestAChartOfSeveralSeriesNamesThem(t *testing.T) {
	two := Lines(Frame{Title: "Cost"}, []string{"Jan", "Feb"}, []Series{{Name: "Run", Class: "c1", V: []float64{1, 2}}, {Name: "Change", Class: "c2", V: []float64{2, 1}}}, Over{})
	if got := string(two.Named(say)); !strings.Contains(got, `<span class="c2">Change</span>`) {
		t.Errorf("the second series has no name: %s", got)
	}
	one := Lines(Frame{Title: "Cost"}, []string{"Jan", "Feb"}, []Series{{Name: "Run", Class: "c1", V: []float64{1, 2}}}, Over{})
	if got := string(one.Named(say)); strings.Contains(got, `class="leg"`) {
		t.Errorf("one series needs no legend: %s", got)
	}
	if got := string(two.TableHTML(say)); !strings.Contains(got, `role="region" aria-label="Cost, as a table"`) || strings.Contains(got, "<svg") {
		t.Errorf("the numbers alone: %s", got)
	}
}

// The content security policy forbids style attributes and inline script, and
// every class of a shape must be out of reach of the page's own rules.
func TestPicturesKeepTheRules(t *testing.T) {
	colours := regexp.MustCompile(`^(v-[a-z0-9]+|c[1-6]|ok|warn|bad|info|mute)$`)
	for name, s := range scenes() {
		text := string(s.HTML(say))
		root, err := html.Parse(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				switch {
				case a.Key == "style", strings.HasPrefix(a.Key, "on"), n.Data == "script":
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				case a.Key == "class" && regexp.MustCompile(`^(line|rect|text|circle|path|polyline|polygon)$`).MatchString(n.Data):
					for _, c := range strings.Fields(a.Val) {
						if !colours.MatchString(c) {
							t.Errorf("%s: <%s> has the class %s, which page rules may reach", name, n.Data, c)
						}
					}
				case a.Key == "href" && strings.HasPrefix(a.Val, "javascript"):
					t.Errorf("%s: a link runs script", name)
				}
			}
		}
		if regexp.MustCompile(`\bNaN\b|\bInf\b`).MatchString(text) || strings.Contains(text, "HANA <c") {
			t.Errorf("%s: unescaped or not a number", name)
		}
	}
}

func TestWhatIsUnknownIsNeitherZeroNorDrawn(t *testing.T) {
	s := scenes()["lines"]
	if got := s.Numbers.Rows[4][1]; got != "–" {
		t.Errorf("the table shows %q", got)
	}
	if n := len(s.Zones[4].Values); n != 1 {
		t.Errorf("the read-out names %d values, one is known", n)
	}
	lines := 0
	for _, sh := range s.Shapes {
		if p, ok := sh.(Poly); ok && p.Class == "v-ln c1" {
			lines++
		}
	}
	if lines != 2 {
		t.Errorf("the gap parts the line into %d pieces, want 2", lines)
	}
	for _, sh := range Columns(frame("", locale.En), []string{"a"}, []Series{{V: []float64{nan}}}, false).Shapes {
		if _, ok := sh.(Rect); ok {
			t.Error("an unknown column is drawn")
		}
	}
}

func TestTicksAreRoundAndSpanTheValues(t *testing.T) {
	for _, c := range []struct{ lo, hi float64 }{{0, 100}, {0, 0}, {-3, 7}, {0.001, 0.0042}, {6714, 6840}, {0, 1e12}, {-5, -5}, {99.9, 100}} {
		got := ticks(c.lo, c.hi, 5)
		if got[0] > c.lo || got[len(got)-1] < c.hi || len(got) < 2 || len(got) > 12 {
			t.Errorf("%v to %v: %v", c.lo, c.hi, got)
		}
	}
	if got := fmt.Sprint(ticks(0, .7, 5)); got != "[0 0.2 0.4 0.6000000000000001 0.8]" && got != "[0 0.2 0.4 0.6 0.8]" {
		t.Errorf("%s", got)
	}
}

func TestPlacedOnPaperEverythingLiesWithin(t *testing.T) {
	for name, s := range scenes() {
		p := s.Place(500)
		if !p.Fixed() || len(p.Zones) > 0 || len(p.Axis) > 0 {
			t.Errorf("%s: not placed", name)
		}
		for _, sh := range p.Shapes {
			x0, x1, y0, y1 := 0.0, 0.0, 0.0, 0.0
			switch v := sh.(type) {
			case Line:
				x0, x1, y0, y1 = v.X1, v.X2, v.Y1, v.Y2
			case Rect:
				x0, x1, y0, y1 = v.X, v.X+v.W, v.Y, v.Y+v.H
			case Dot:
				x0, x1, y0, y1 = v.X, v.X, v.Y, v.Y
			case Node:
				x0, x1, y0, y1 = v.X, v.X+v.W, v.Y, v.Y+v.H
			case Text:
				x0, x1, y0, y1 = v.X, v.X, v.Y, v.Y
			case Poly:
				x0, x1 = v.Points[0].X, v.Points[len(v.Points)-1].X
			}
			if math.Min(x0, x1) < -12 || math.Max(x0, x1) > p.W+1 || math.Min(y0, y1) < -.01 || math.Max(y0, y1) > p.H+1 {
				t.Errorf("%s: %T %+v outside %v × %v", name, sh, sh, p.W, p.H)
			}
		}
	}
}

func TestAnArrowFromASystemToWhatItNeedsGoesRight(t *testing.T) {
	s := scenes()["graph"]
	at := map[string]Node{}
	for _, sh := range s.Shapes {
		if n, ok := sh.(Node); ok {
			at[n.Name] = n
		}
	}
	if !(at["B2B webshop"].X < at["ERP · S/4HANA"].X && at["ERP · S/4HANA"].X < at["HANA <cluster>"].X) {
		t.Error("layers do not follow each other")
	}
	if got := s.Numbers.Rows[6]; got[1] != "gone" {
		t.Errorf("the table names what is not drawn: %v", got)
	}
}

func FuzzScenes(f *testing.F) {
	f.Add(3, 1.0, -2.0, "a")
	f.Add(0, math.Inf(1), math.NaN(), "")
	f.Add(40, 1e300, -1e300, "<script>")
	f.Fuzz(func(t *testing.T, n int, a, b float64, name string) {
		n = max(0, min(n, 60))
		v, labels := make([]float64, n), make([]string, n)
		for i := range v {
			labels[i] = name
			if i%2 == 0 {
				v[i] = a * float64(i)
			} else {
				v[i] = b
			}
		}
		fr := frame(name, locale.De)
		for _, s := range []Scene{
			Lines(fr, labels, []Series{{V: v, Low: v, High: v, Area: true}}, Over{Now: n / 2}), Columns(fr, labels, []Series{{V: v}, {V: v}}, true), Spark(v, "c1"),
			Waterfall(fr, []Step{{V: a, Total: true}, {V: b}, {V: a, Total: true, Label: name}}), Donut(fr, []Part{{name, a, ""}, {name, b, ""}}, name), Heat(fr, labels, labels[:min(n, 5)], [][]float64{v}),
			Rows(fr, []Bar{{name, a, "", ""}, {name, b, "", name}}), Scatter(fr, fr, []Mark{{Name: name, X: a, Y: b}, {X: b, Y: a}}), Stack(a, Part{V: b}), Bullet(fr, a, b, a, []Part{{name, b, "ok"}}),
			Gantt(fr, name, "2026-12-31", "", "", []Task{{Start: name, End: "2026-05-05"}}), Graph(fr, []Thing{{ID: name}, {ID: "b", Layer: n}}, []Arrow{{From: name, To: "b"}, {From: "b", To: name}}),
		} {
			out := string(s.HTML(say)) + string(template.HTML(s.SVG()))
			if strings.Contains(out, "NaN") && !strings.Contains(name, "NaN") || strings.Contains(out, "<script>") {
				t.Errorf("%s: %.300s", s.Kind, out)
			}
		}
	})
}

func TestGallery(t *testing.T) {
	if *gallery == "" {
		t.Skip("no -gallery file given")
	}
	css, err := os.ReadFile("../../../web/dist/app.css")
	if err != nil {
		t.Fatal(err)
	}
	js, _ := os.ReadFile("../../../web/dist/app.js")
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Charts</title><style>` + string(css) + `body{display:block}.g{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(32rem,100%),1fr));gap:1rem}</style><body><main><div class="g">`)
	for _, name := range []string{"lines", "forecast", "columns", "stacked", "rows", "waterfall", "spark", "stack", "uptime", "bullet", "donut", "heat", "risks", "scatter", "graph", "org", "gantt"} {
		s := scenes()[name]
		b.WriteString(`<section class="card"><header><h2>` + name + `</h2>` + string(s.LegendHTML()) + `</header><div class="cb">` + string(s.HTML(say)) + `</div></section>`)
	}
	b.WriteString(`</div></main><script>` + string(js) + `</script></body></html>`)
	if err := os.WriteFile(*gallery, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestALongWordUnderAColumnIsBrokenAndNotCut(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"Fremdleistungen", "Fremdleis-|tungen"},
		{"Telekommunikation", "Telekommu-|nikation"},
		{"Igénybe vett szolgáltatások", "Igénybe|vett|szolgál-|tatások"},
		{"Plan bis heute", "Plan bis|heute"},
		{"Hardware", "Hardware"},
	} {
		if got := strings.Join(folded(c.name, nameRoom(8)), "|"); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		for _, line := range folded(c.name, nameRoom(9)) {
			if strings.Contains(line, "…") || textWidth(line) > nameRoom(9) {
				t.Errorf("%s: %q is cut or too wide", c.name, line)
			}
		}
	}
	if got := folded("Rhythmmmmmmmmmmmmmmmmmmmmmmmmms", 60); len(got) != 1 || !strings.HasSuffix(got[0], "…") {
		t.Errorf("what has no syllable is shortened, got %q", got)
	}
}
