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
	s := words.T("test.all", "{name}: {count} {count|contract|contracts} for {sum}, about {guess}, by {day}, {state}, {share} since {at}").With(
		"name", "Müller {x}", "count", 2, "sum", words.Money{Minor: 123450, Currency: "EUR"}, "guess", words.Money{Minor: 123450, Currency: "EUR", Whole: true}, "day", words.Day("2026-12-31"), "state", state.With(), "share", 1.5,
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
	if want := "Müller {x}: 2 contracts for 1.234,50\u00a0€, about 1.235\u00a0€, by"; len(before) < len(want) || before[:len(want)] != want {
		t.Errorf("got %q, want it to begin with %q", before, want)
	}
}

func TestAMonthIsSaidAsTheReaderWritesMonths(t *testing.T) {
	raw, err := json.Marshal(words.T("test.in", "rows of {month}").With("month", words.Month("2026-10")))
	if err != nil {
		t.Fatal(err)
	}
	var s words.Said
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	for l, want := range map[locale.Lang]string{locale.En: "rows of October 2026", locale.Hu: "rows of 2026. október"} {
		if got := s.In(words.New(), l); got != want {
			t.Errorf("%s: %q, want %q", l, got, want)
		}
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
