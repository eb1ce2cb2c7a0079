package pdf

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"steward/kernel/report"
	"steward/lib/chart"
	"steward/lib/locale"
)

// document holds every sort of block, with what people may type.
func document(text string) *report.Document {
	frame := chart.Frame{Title: text, Lang: locale.En}
	rows := make([][]report.Cell, 120)
	for i := range rows {
		rows[i] = []report.Cell{{Text: text, State: "bad"}, {Text: "12", Value: 12.0}, report.T(strings.Repeat("long ", i))}
	}
	return &report.Document{Lang: locale.En, Organisation: text, Title: "Monthly report", Period: "January 2026", Facts: [][2]string{{"For", text}}, Foot: text, Producer: "Steward",
		At: time.Date(2026, 1, 31, 23, 0, 0, 0, time.UTC),
		Sections: []report.Built{{Key: "a", Title: text, Blocks: []report.Block{
			report.Heading{Text: text}, report.Paragraph{Text: text, Lead: true}, report.Notes{{Title: text, Lines: []string{text, text}, Numbered: true}}, report.Keys{{Label: text, Value: report.T(text), Note: text}},
			report.Table{Columns: []report.Column{{Title: text}, {Title: text, Number: true}, {Title: ""}}, Rows: rows},
			report.Chart{Scene: chart.Waterfall(frame, []chart.Step{{Label: text, V: 3, Total: true}, {Label: "b", V: -1}}), Caption: text},
			report.Chart{Scene: chart.Donut(frame, []chart.Part{{Name: text, V: 3}, {Name: "b", V: 1}}, "4")},
			report.Chart{Scene: chart.Graph(frame, []chart.Thing{{ID: "a", Name: text}, {ID: "b", Name: text, Layer: 1}}, []chart.Arrow{{From: "a", To: "b"}})},
			report.Charts{{Scene: chart.Lines(frame, []string{"a", "b", "c"}, []chart.Series{{Name: text, V: []float64{1, math.NaN(), 3}, Area: true}}, chart.Over{})}}}}}}
}

func set(t testing.TB, d *report.Document) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, d); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestEveryBlockIsSetAndTheSameDocumentIsTheSameFile(t *testing.T) {
	first := set(t, document("Größe, Őrség, Łódź"))
	if !bytes.HasPrefix(first, []byte("%PDF-")) || bytes.Count(first, []byte("/Type /Page\n")) < 5 {
		t.Errorf("got %d pages, want the long table to need several", bytes.Count(first, []byte("/Type /Page\n")))
	}
	if !bytes.Equal(first, set(t, document("Größe, Őrség, Łódź"))) {
		t.Error("the second time it is another file")
	}
}

func TestWhatTheFontsLackIsReplaced(t *testing.T) {
	for in, want := range map[string]string{"Łódź – 5 €": "Łódź – 5 €", "东京": "??", "a\tb\x00c": "a bc", "👍 ok": "? ok"} {
		if got := known(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzWrite(f *testing.F) {
	for _, s := range []string{"", "x", "東京 👍\x00\n\n", strings.Repeat("Donaudampfschifffahrt", 60), "\xff\xfe", "(a) \\ <b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 5000 {
			return
		}
		set(t, document(s))
	})
}
