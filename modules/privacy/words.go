package privacy

import (
	"maps"
	"slices"
	"strconv"

	"steward/lib/locale"
	"steward/lib/words"
)

// source speaks the source text, for programs.
type source struct{}

func (source) Text(_ locale.Lang, _, text string, args map[string]any) string {
	return words.Said{English: text, Args: args}.In(nil, locale.En)
}

func english(s words.Said) string { return s.In(source{}, locale.En) }

func itoa(n int) string { return strconv.Itoa(n) }

func sortedColumns(p *place) []string { return slices.Sorted(maps.Keys(p.columns)) }

func keysOf[V any](m map[string]V) func(func(string) bool) { return maps.Keys(m) }
