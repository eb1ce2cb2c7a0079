// Package locale writes and reads numbers, money, dates and durations as the
// readers of the product's five languages do, and folds text to the key it is
// searched and sorted by.
//
// The tables are our own, after CLDR 48: golang.org/x/text puts every currency
// before its number, knows no dates and ignores the Polish and Hungarian rule
// for four digits. Everything is a pure function of its arguments, so reports
// are the same on every machine.
//
// What cannot be known is written "–" by the caller, never 0; a negative
// number carries the minus sign U+2212; spaces inside a number, and between a
// number and its unit, do not break.
package locale

import (
	"strconv"
	"strings"
)

// Lang is one of the product's languages, as in <html lang>.
type Lang string

const (
	En Lang = "en" // international English: day before month, 24 hours
	De Lang = "de"
	Sv Lang = "sv"
	Pl Lang = "pl"
	Hu Lang = "hu"
)

// Langs lists the languages, the source language first.
func Langs() []Lang { return []Lang{En, De, Sv, Pl, Hu} }

// Name is the language's name in itself.
func (l Lang) Name() string { return l.table().name }

// Valid reports whether l is one of Langs.
func (l Lang) Valid() bool { return tables[l] != nil }

// Parse reads a language tag: "de", "de-AT", "DE_at". It reports false for a
// language the product does not speak.
func Parse(tag string) (Lang, bool) {
	base, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"), "-")
	l := Lang(strings.ToLower(base))
	return l, l.Valid()
}

// Match picks the language for an Accept-Language header: the product's
// language with the highest weight, the first of equals; English without any.
func Match(accept string) Lang {
	best, weight := En, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil || f < 0 || f > 1 {
				continue
			}
			q = f
		}
		if l, ok := Parse(tag); ok && q > weight {
			best, weight = l, q
		}
	}
	return best
}

// table returns the language's facts; a language we do not know reads English.
func (l Lang) table() *facts {
	if t := tables[l]; t != nil {
		return t
	}
	return tables[En]
}
