// Package words turns the English text in definitions, templates and errors
// into the reader's language.
//
// The English text is the source and stands where it is used, beside its key.
// A translation is an entry in a catalogue, one JSON file a language, held by
// the module the key begins with. A message may hold {name} for an argument and
// {count|one form|other form} for a word that follows a number: English,
// German, Swedish and Hungarian give two forms, Polish three or four (one, few,
// many, and fractions, which default to many).
//
// What has no translation appears in English and is remembered, so that a
// missing word is a failing test (Check) and never an empty page.
package words

import (
	"sort"
	"sync"

	"steward/lib/locale"
)

// Args are a message's arguments by name.
type Args = map[string]any

// Word is a text the program says: its key, its English source, and where it
// stands in the source ("" and 0 when the program declared it).
type Word struct {
	Key     string `json:"key"`
	English string `json:"en"`
	// Record is the Go type of the record an error of fail.Field is about; such
	// a key is completed with the record's name (see Complete).
	Record string `json:"record,omitempty"`
	File   string `json:"-"`
	Line   int    `json:"-"`
}

// T declares a word in Go source: words.T("vendors.renew", "Renew").
func T(key, english string) Word { return Word{Key: key, English: english} }

// Catalogue holds the translations of all modules. It is filled at start and
// then read by many goroutines.
type Catalogue struct {
	entries map[locale.Lang]map[string]entry
	parsed  sync.Map // text → message: English sources and whatever else is said

	mu      sync.Mutex
	missing map[missingKey]bool
}

type missingKey struct {
	lang locale.Lang
	key  string
}

type entry struct {
	Entry
	message message
}

// New returns an empty catalogue, which says everything in English.
func New() *Catalogue {
	return &Catalogue{entries: map[locale.Lang]map[string]entry{}, missing: map[missingKey]bool{}}
}

// Text says the word in a language. Without a translation it is the English
// text, filled with the same arguments.
func (c *Catalogue) Text(l locale.Lang, key, english string, args Args) string {
	if l != locale.En && l.Valid() {
		if e, ok := c.entries[l][key]; ok && e.Text != "" {
			return e.message.fill(l, args)
		}
		c.miss(l, key)
	}
	// the reader's numbers, as on the rest of the page; where other languages
	// tell one from many, English does too
	return c.message(english).fill(l, args)
}

// Say is Text of a declared word.
func (c *Catalogue) Say(l locale.Lang, w Word, args Args) string {
	return c.Text(l, w.Key, w.English, args)
}

// For returns the function templates call as t, bound to a language:
// {{t "vendors.ends-in" "Ends in {days} {days|day|days}." "days" .Days}}.
// Arguments follow as name and value, in pairs.
func (c *Catalogue) For(l locale.Lang) func(key, english string, pairs ...any) string {
	return func(key, english string, pairs ...any) string {
		if len(pairs) == 0 {
			return c.Text(l, key, english, nil)
		}
		args := make(Args, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			if name, ok := pairs[i].(string); ok {
				args[name] = pairs[i+1]
			}
		}
		return c.Text(l, key, english, args)
	}
}

// Has reports whether a language has a translation for a key.
func (c *Catalogue) Has(l locale.Lang, key string) bool {
	e, ok := c.entries[l][key]
	return ok && e.Text != ""
}

// most bounds what is remembered: keys come from the program, but a mistaken
// caller could build them from data.
const most = 10000

func (c *Catalogue) miss(l locale.Lang, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.missing) < most {
		c.missing[missingKey{l, key}] = true
	}
}

// Missing lists what was asked for and not found, as "de vendors.renew".
func (c *Catalogue) Missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]string, 0, len(c.missing))
	for m := range c.missing {
		out = append(out, string(m.lang)+" "+m.key)
	}
	sort.Strings(out)
	return out
}

// message parses a text once. Texts are the program's own; the bound is as in
// miss.
func (c *Catalogue) message(text string) message {
	if m, ok := c.parsed.Load(text); ok {
		return m.(message)
	}
	m := parse(text)
	if len(text) < 4096 {
		c.parsed.Store(text, m)
	}
	return m
}
