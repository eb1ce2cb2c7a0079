package audit

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"steward/kernel/access"
	"steward/kernel/storage"
)

// Report is what Verify found.
type Report struct {
	Sealed   int64 // entries in the log
	Unsealed int64 // committed, not yet in the log, so not yet protected
	Erased   int64 // lawfully, each told of by an entry
	// Checkpoints is how many signed ones hold, SignedAt when the last was signed.
	Checkpoints int
	SignedAt    time.Time

	// Altered are sealed entries that are not what was sealed, Missing those that are
	// gone, Forged those that claim a number which the log does not have or an erasure
	// of which no entry tells. Up to 100 of each; the counts are in full.
	Altered, Missing, Forged                []Finding
	AlteredCount, MissingCount, ForgedCount int64
	// Log are faults of the log itself: hashes or checkpoints that do not fit.
	Log []string
}

// Finding is an entry with something wrong.
type Finding struct {
	Seq                   int64
	ID, Type, Record      string // unknown for a missing one
	At                    time.Time
	Actor, ActorName, Act string
}

// Clean reports whether everything sealed is as it was sealed.
func (r *Report) Clean() bool {
	return r.AlteredCount+r.MissingCount+r.ForgedCount == 0 && len(r.Log) == 0
}

const mostFindings = 100

// Verify compares the history with the log, the log with its checkpoints, and these
// with the public key, or with one of several, a line each: an installation that was
// restored elsewhere has a new one. known are checkpoints kept elsewhere, with which the log must
// agree too. It reads everything once, a page at a time.
func Verify(ctx context.Context, db *storage.Database, public string, known ...string) (*Report, error) {
	var keys []note.Verifier
	lines := strings.Fields(public)
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) { // one may be there twice: the old key files were put back after a restore
		key, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("audit public key: %w", err)
		}
		keys = append(keys, key)
	}
	verifier := note.VerifierList(keys...)
	r := &Report{}
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		promised, err := r.checkpoints(v, verifier, known)
		if err != nil {
			return err
		}
		if r.Sealed, err = size(v); err != nil {
			return err
		}
		if err := r.walk(v, promised); err != nil {
			return err
		}
		return r.outside(v)
	})
	return r, err
}

// promise is what a checkpoint says of the log at a size.
type promise struct {
	root tlog.Hash
	from string
}

// checkpoints reads all, the database's and the known, and checks their signatures.
func (r *Report) checkpoints(v *storage.View, verifier note.Verifiers, known []string) (map[int64][]promise, error) {
	out := map[int64][]promise{}
	add := func(text, from string) bool {
		n, root, err := readCheckpoint(text, verifier)
		if err != nil {
			r.fault("%s is not signed by the key, or broken: %v", from, err)
			return false
		}
		out[n] = append(out[n], promise{root, from})
		return true
	}
	err := v.Each("SELECT size, note, signed_at FROM audit_checkpoint ORDER BY size", nil, func(rows *sql.Rows) error {
		var n, at int64
		var text string
		if err := rows.Scan(&n, &text, &at); err != nil {
			return err
		}
		if add(text, fmt.Sprintf("the checkpoint at %d", n)) {
			r.Checkpoints++
			r.SignedAt = time.UnixMicro(at).UTC()
		}
		return nil
	})
	for i, text := range known {
		if text != "" {
			add(text, fmt.Sprintf("checkpoint %d of those kept elsewhere", i+1))
		}
	}
	return out, err
}

// walk goes through the log and the history side by side.
func (r *Report) walk(v *storage.View, promised map[int64][]promise) error {
	const page = 2000
	left := frontier{}
	for from := int64(0); from < r.Sealed; from += page {
		to := min(from+page, r.Sealed)
		stored, err := storedHashes(v, tlog.StoredHashCount(from), tlog.StoredHashCount(to))
		if err != nil {
			return err
		}
		entries, err := between(v, from, to)
		if err != nil {
			return err
		}
		for n := from; n < to; n++ {
			leaf, ok := stored[tlog.StoredHashIndex(0, n)]
			if !ok {
				r.fault("the log's leaf %d is missing or unreadable", n)
			}
			switch {
			case len(entries) == 0 || entries[0].seq != n:
				r.MissingCount++
				note1(&r.Missing, Finding{Seq: n})
			default:
				if err := r.compare(v, &entries[0], leaf); err != nil {
					return err
				}
				entries = entries[1:]
			}
			above, err := left.add(n, leaf)
			if err != nil {
				return err
			}
			for i, h := range above {
				if stored[tlog.StoredHashIndex(0, n)+int64(i)] != h && ok {
					r.fault("the log's hash %d does not follow from those below it", tlog.StoredHashIndex(0, n)+int64(i))
				}
			}
			for _, p := range promised[n+1] {
				root, err := tlog.TreeHash(n+1, &left)
				if err != nil {
					return err
				}
				if root != p.root {
					r.fault("%s does not fit the log: entries before number %d were exchanged together with their hashes", p.from, n+1)
				}
			}
			delete(promised, n+1)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(promised)) {
		for _, p := range promised[n] {
			r.fault("%s speaks of %d entries; the log has only %d", p.from, n, r.Sealed)
		}
	}
	return nil
}

// compare checks one entry against its leaf.
func (r *Report) compare(v *storage.View, e *entry, leaf tlog.Hash) error {
	if e.erasedTo.Valid {
		told, kept, err := r.told(v, e)
		if err != nil {
			return err
		}
		if !told {
			r.ForgedCount++
			note1(&r.Forged, e.finding())
			return nil
		}
		r.Erased++
		if e.Changes+e.Salt+e.ActorName != "" && e.content() != kept {
			r.AlteredCount++
			note1(&r.Altered, e.finding())
			return nil
		}
	}
	if e.leaf() != leaf {
		r.AlteredCount++
		note1(&r.Altered, e.finding())
	}
	return nil
}

// told reports whether an entry tells of the erasure of e, and the digest of what stayed.
func (r *Report) told(v *storage.View, e *entry) (told bool, kept string, err error) {
	var t entry
	_, err = v.Row("SELECT act, changes FROM history WHERE id = $1", []any{e.erasedBy.String}, &t.Act, &t.Changes)
	told, kept = t.tellsOf(e.ID)
	return told, kept, err
}

// outside looks at what is not in the log.
func (r *Report) outside(v *storage.View) error {
	if _, err := v.Row("SELECT COUNT(*) FROM history WHERE seq IS NULL", nil, &r.Unsealed); err != nil {
		return err
	}
	var beyond int64
	if _, err := v.Row("SELECT COUNT(*) FROM history WHERE seq < 0 OR seq >= $1", []any{r.Sealed}, &beyond); err != nil {
		return err
	}
	r.ForgedCount += beyond
	return v.Each("SELECT "+columns+" FROM history h LEFT JOIN audit_erased e ON e.history = h.id WHERE h.seq < 0 OR h.seq >= $1 ORDER BY h.seq LIMIT $2",
		[]any{r.Sealed, mostFindings}, func(rows *sql.Rows) error {
			var e entry
			err := rows.Scan(e.into()...)
			note1(&r.Forged, e.finding())
			return err
		})
}

func (e *entry) finding() Finding {
	return Finding{e.seq, e.ID, e.Type, e.Record, time.UnixMicro(e.At).UTC(), e.Actor, e.ActorName, e.Act}
}

func note1(list *[]Finding, f Finding) {
	if len(*list) < mostFindings {
		*list = append(*list, f)
	}
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Log) < mostFindings {
		r.Log = append(r.Log, fmt.Sprintf(format, args...))
	}
}

// storedHashes reads a stretch of the log's hashes; what is missing or unreadable is
// left out.
func storedHashes(v *storage.View, from, to int64) (map[int64]tlog.Hash, error) {
	out := make(map[int64]tlog.Hash, to-from)
	err := v.Each("SELECT idx, hash FROM audit_hash WHERE idx >= $1 AND idx < $2", []any{from, to}, func(rows *sql.Rows) error {
		var idx int64
		var text string
		if err := rows.Scan(&idx, &text); err != nil {
			return err
		}
		if h, err := tlog.ParseHash(text); err == nil {
			out[idx] = h
		}
		return nil
	})
	return out, err
}

// frontier keeps those of the log's hashes that later ones are made of: the whole
// subtrees to the left, about as many as the log's length has binary digits.
type frontier map[int64]tlog.Hash

// ReadHashes is a tlog.HashReader's.
func (f *frontier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		h, ok := (*f)[idx]
		if !ok {
			return nil, fmt.Errorf("audit log: hash %d was dropped too early", idx)
		}
		out[i] = h
	}
	return out, nil
}

// add appends leaf n and returns the hashes stored for it, its own first.
func (f *frontier) add(n int64, leaf tlog.Hash) ([]tlog.Hash, error) {
	above, err := tlog.StoredHashesForRecordHash(n, leaf, f)
	if err != nil {
		return nil, err
	}
	first := tlog.StoredHashIndex(0, n)
	top := len(above) - 1
	// The halves of the subtree that is now whole are needed no more.
	for level, at := 0, n; level < top; level, at = level+1, at>>1 {
		delete(*f, tlog.StoredHashIndex(level, at))
		delete(*f, tlog.StoredHashIndex(level, at^1))
	}
	(*f)[first+int64(top)] = above[top]
	return above, nil
}
