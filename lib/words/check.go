package words

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"steward/lib/locale"
)

// Problem is a word that is not as it should be in a language.
type Problem struct {
	Lang locale.Lang // "" for a problem of the English source
	Key  string
	What string
}

func (p Problem) String() string {
	if p.Lang == "" {
		return p.Key + ": " + p.What
	}
	return fmt.Sprintf("%s %s: %s", p.Lang, p.Key, p.What)
}

// Check compares the catalogue with all the words the program declares: what
// has no translation, is outdated, is not used, uses other arguments than its
// English, or gives the wrong number of forms. It also finds keys with two
// English texts. A test fails for each.
func (c *Catalogue) Check(declared []Word) []Problem {
	words, out := unique(declared)
	for _, l := range locale.Langs()[1:] {
		for _, w := range words {
			e, ok := c.entries[l][w.Key]
			switch {
			case !ok || e.Text == "":
				out = append(out, Problem{l, w.Key, "has no translation of " + plain(w.English) + "; run make words and fill it in"})
				continue
			case e.English != w.English:
				out = append(out, Problem{l, w.Key, "the English changed to " + plain(w.English) + "; run make words"})
				continue
			case e.Was != "":
				out = append(out, Problem{l, w.Key, "outdated: the English was " + plain(e.Was) + "; look at the text and remove \"was\""})
			}
			if want, got := c.message(w.English).names(), e.message.names(); !slices.Equal(want, got) {
				out = append(out, Problem{l, w.Key, fmt.Sprintf("uses the arguments %v, the English %v", got, want)})
			}
			out = append(out, formProblems(l, w.Key, e.message)...)
		}
		var unused []string
		for key := range c.entries[l] {
			if _, found := slices.BinarySearchFunc(words, key, func(w Word, k string) int { return strings.Compare(w.Key, k) }); !found {
				unused = append(unused, key)
			}
		}
		sort.Strings(unused)
		for _, key := range unused {
			out = append(out, Problem{l, key, "is not used; run make words"})
		}
	}
	for _, w := range words {
		out = append(out, formProblems(locale.En, w.Key, c.message(w.English))...)
	}
	return out
}

func formProblems(l locale.Lang, key string, m message) []Problem {
	least, most := 2, 2
	if l == locale.Pl {
		least, most = 3, 4
	}
	var out []Problem
	for _, p := range m {
		if n := len(p.forms); p.forms != nil && (n < least || n > most) {
			lang := l
			if l == locale.En {
				lang = ""
			}
			out = append(out, Problem{lang, key, fmt.Sprintf("%s gives %d forms, needs %s", p.text, n, formNames(l))})
		}
	}
	return out
}

func formNames(l locale.Lang) string {
	if l == locale.Pl {
		return "one|few|many"
	}
	return "one|other"
}

// unique sorts words by key, each once; a key with two English texts is a
// problem, named with the places.
func unique(declared []Word) ([]Word, []Problem) {
	words := slices.Clone(declared)
	slices.SortStableFunc(words, func(a, b Word) int { return strings.Compare(a.Key, b.Key) })
	var out []Word
	var problems []Problem
	for _, w := range words {
		if n := len(out); n > 0 && out[n-1].Key == w.Key {
			if out[n-1].English != w.English {
				problems = append(problems, Problem{"", w.Key, fmt.Sprintf("has two texts: %s%s and %s%s", plain(out[n-1].English), place(out[n-1]), plain(w.English), place(w))})
			}
			continue
		}
		out = append(out, w)
	}
	return out, problems
}

func place(w Word) string {
	if w.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", w.File, w.Line)
}

// Complete puts the record's name before the keys of errors about a field:
// name returns the record's name ("vendors.contract") for the folder a word's
// file is in and the Go type, or "" when it is not known, which is an error.
func Complete(words []Word, name func(dir, goType string) string) ([]Word, error) {
	out := slices.Clone(words)
	for i, w := range out {
		if w.Record == "" {
			continue
		}
		dir := ""
		if j := strings.LastIndexByte(w.File, '/'); j >= 0 {
			dir = w.File[:j]
		}
		n := name(dir, w.Record)
		if n == "" {
			return nil, fmt.Errorf("%s:%d: no record type %s for the error %q", w.File, w.Line, w.Record, w.Key)
		}
		out[i].Key, out[i].Record = n+"."+w.Key, ""
	}
	return out, nil
}
