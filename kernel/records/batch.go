package records

import (
	"fmt"
	"strings"
)

// bulk is what a batch of writes puts off to its end.
type bulk struct {
	numbers map[string]int64 // the next number of a type
	last    map[string]int64 // the last one taken for it
	entries []searchEntry
}

type searchEntry struct {
	typ, id, title, body string
	archived             bool
}

type bulkKey struct{}

// Batch runs fn, which creates up to n records of the type, with their numbers
// taken and their search entries written at once. SQLite writes its index of
// words out before each single entry, which for many is most of the work. Numbers
// that are not used stay unused.
func (d *Def) Batch(u *Tx, n int, fn func(u *Tx) error) error {
	b := &bulk{numbers: map[string]int64{}, last: map[string]int64{}}
	if n > 0 {
		var last int64
		if _, err := u.Row("INSERT INTO record_number (type, last) VALUES ($1, $2) ON CONFLICT (type) DO UPDATE SET last = record_number.last + $2 RETURNING last", []any{d.Name, n}, &last); err != nil {
			return err
		}
		b.numbers[d.Name], b.last[d.Name] = last-int64(n)+1, last
	}
	if err := fn(u.Keeping(bulkKey{}, b)); err != nil {
		return err
	}
	const chunk = 100
	for len(b.entries) > 0 {
		part := b.entries[:min(chunk, len(b.entries))]
		b.entries = b.entries[len(part):]
		if err := writeEntries(u, part); err != nil {
			return err
		}
	}
	return nil
}

// bulkOf is the batch that the transaction is in, or nil.
func bulkOf(u *Tx) *bulk {
	b, _ := u.Kept(bulkKey{}).(*bulk)
	return b
}

// next is the next number of a batch; 0 when it has none left.
func (b *bulk) next(typ string) int64 {
	n := b.numbers[typ]
	if n == 0 || n > b.last[typ] {
		return 0
	}
	b.numbers[typ]++
	return n
}

// writeEntries writes search entries, each record at most once.
func writeEntries(u *Tx, entries []searchEntry) error {
	at := map[[2]string]int{}
	var once []searchEntry
	for _, e := range entries {
		key := [2]string{e.typ, e.id}
		if i, ok := at[key]; ok {
			once[i] = e
			continue
		}
		at[key] = len(once)
		once = append(once, e)
	}
	var rows []string
	var args []any
	for _, e := range once {
		n := len(args)
		rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4, n+5, n+6))
		args = append(args, e.typ, e.id, e.title, Key(e.title), e.body, e.archived)
	}
	_, err := u.Exec("INSERT INTO search_entry (type, record, title, title_key, body, archived) VALUES "+strings.Join(rows, ", ")+
		" ON CONFLICT (type, record) DO UPDATE SET title = excluded.title, title_key = excluded.title_key, body = excluded.body, archived = excluded.archived", args...)
	return err
}
