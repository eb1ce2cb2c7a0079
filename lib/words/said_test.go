package words_test

import (
	"encoding/json"
	"testing"
	"time"

	"steward/lib/locale"
	"steward/lib/words"
)

func TestASentenceThatWasKeptIsSaidTheSameAfterwards(t *testing.T) {
	c := words.New()
	state := words.T("test.late", "late")
	s := words.T("test.all", "{name}: {count} {count|contract|contracts} for {sum} by {day}, {state}, {share} since {at}").With(
		"name", "Müller {x}", "count", 2, "sum", words.Money{Minor: 123450, Currency: "EUR"}, "day", words.Day("2026-12-31"), "state", state.With(), "share", 1.5,
		"at", time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC))
	before := s.In(c, locale.De)
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back words.Said
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if got := back.In(c, locale.De); got != before {
		t.Errorf("got  %q\nwant %q", got, before)
	}
	if want := "Müller {x}: 2 contracts for 1.234,50\u00a0€"; len(before) < len(want) || before[:len(want)] != want {
		t.Errorf("got %q, want it to begin with %q", before, want)
	}
}

func TestPlainTextIsTheSameInEveryLanguage(t *testing.T) {
	s := words.Plain("{count|a|b} as typed")
	for _, l := range locale.Langs() {
		if got := s.In(words.New(), l); got != "{count|a|b} as typed" {
			t.Errorf("%s: got %q", l, got)
		}
	}
}
