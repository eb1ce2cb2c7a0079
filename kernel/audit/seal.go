package audit

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/storage"
)

// Sealer appends what was committed to the log and signs checkpoints.
type Sealer struct {
	DB  *storage.Database
	Key *Key
	// Witnesses are handed each new checkpoint after it was committed.
	Witnesses []func(checkpoint string) error
}

// batch is how many entries are sealed in a transaction.
const batch = 500

// JobKind names the sealer's job.
const JobKind = "audit.seal"

// Job is the sealer as background work. Its lease makes it the only one; should two
// run after all, the second fails on the log's primary key and changes nothing.
func (s *Sealer) Job() jobs.Kind {
	return jobs.Kind{Name: JobKind, Timeout: 10 * time.Minute, Attempts: 3, Run: func(ctx context.Context, _ *jobs.Run) error {
		_, err := s.Seal(ctx)
		return err
	}}
}

// Schedule seals each minute.
func Schedule() jobs.Schedule {
	return jobs.Schedule{Name: JobKind, Kind: JobKind, When: jobs.Every(time.Minute)}
}

// Seal seals all that is committed now, signs a checkpoint if the log has grown, and
// hands it to the witnesses. It returns how many entries were sealed.
func (s *Sealer) Seal(ctx context.Context) (sealed int, err error) {
	for n := batch; n == batch; sealed += n {
		err := s.DB.Update(ctx, access.System(), func(u *storage.Update) (err error) {
			u.Origin = "audit"
			n, err = sealBatch(u)
			return err
		})
		if err != nil {
			return sealed, fmt.Errorf("seal the history: %w", err)
		}
	}
	var checkpoint string
	err = s.DB.Update(ctx, access.System(), func(u *storage.Update) (err error) {
		u.Origin = "audit"
		checkpoint, err = s.sign(u)
		return err
	})
	if err != nil || checkpoint == "" {
		return sealed, err
	}
	for _, w := range s.Witnesses {
		if err := w(checkpoint); err != nil {
			return sealed, fmt.Errorf("hand the checkpoint to a witness: %w", err)
		}
	}
	return sealed, nil
}

// sealBatch numbers some entries and appends their leaves.
func sealBatch(u *storage.Update) (int, error) {
	next, err := size(&u.View)
	if err != nil {
		return 0, err
	}
	var ids []string
	err = u.Each(`WITH due AS (
			SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM (SELECT id FROM history WHERE seq IS NULL ORDER BY id LIMIT `+fmt.Sprint(batch)+`) AS first
		)
		UPDATE history SET seq = CAST($1 AS BIGINT) + due.n - 1 FROM due WHERE history.id = due.id AND history.seq IS NULL
		RETURNING history.id`, []any{next}, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	entries, err := between(&u.View, next, next+int64(len(ids)))
	if err != nil {
		return 0, err
	}
	if len(entries) != len(ids) {
		return 0, fmt.Errorf("audit log: numbers from %d on are taken already; run verify", next)
	}
	reader := &hashes{&u.View, map[int64]tlog.Hash{}}
	first := tlog.StoredHashCount(next)
	var add []tlog.Hash
	for i := range entries {
		more, err := tlog.StoredHashesForRecordHash(entries[i].seq, entries[i].leaf(), reader)
		if err != nil {
			return 0, err
		}
		for _, h := range more {
			reader.added[first+int64(len(add))] = h
			add = append(add, h)
		}
	}
	return len(entries), insert(u, first, add)
}

// between returns the entries numbered from (included) to (not included), in order.
func between(v *storage.View, from, to int64) (out []entry, err error) {
	err = v.Each("SELECT "+columns+" FROM history h LEFT JOIN audit_erased e ON e.history = h.id WHERE h.seq >= $1 AND h.seq < $2", []any{from, to}, func(rows *sql.Rows) error {
		var e entry
		err := rows.Scan(e.into()...)
		out = append(out, e)
		return err
	})
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.seq, b.seq) })
	return out, err
}

// sign signs the log as it is and keeps the checkpoint; "" if the last one still holds.
func (s *Sealer) sign(u *storage.Update) (string, error) {
	n, err := size(&u.View)
	if err != nil || n == 0 {
		return "", err
	}
	var there int
	if found, err := u.Row("SELECT 1 FROM audit_checkpoint WHERE size = $1", []any{n}, &there); err != nil || found {
		return "", err
	}
	root, err := tlog.TreeHash(n, &hashes{&u.View, nil})
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: checkpointText(n, root)}, s.Key.signer)
	if err != nil {
		return "", err
	}
	if _, err := u.Exec("INSERT INTO audit_checkpoint (size, note, signed_at) VALUES ($1, $2, $3)", n, string(signed), u.Now.UnixMicro()); err != nil {
		return "", err
	}
	return string(signed), thin(u)
}

// thin keeps all checkpoints of the last week and the last of each earlier day: a
// later one vouches for all before it.
func thin(u *storage.Update) error {
	const day = int64(24 * time.Hour / time.Microsecond)
	_, err := u.Exec(`DELETE FROM audit_checkpoint WHERE size IN (
			SELECT c.size FROM audit_checkpoint c
			WHERE c.signed_at < $1 AND c.signed_at >= $2 AND EXISTS (
				SELECT 1 FROM audit_checkpoint l WHERE l.size > c.size AND l.signed_at / $3 = c.signed_at / $3))`,
		u.Now.AddDate(0, 0, -7).UnixMicro(), u.Now.AddDate(0, 0, -9).UnixMicro(), day)
	return err
}

// checkpointText is a checkpoint's, https://c2sp.org/tlog-checkpoint.
func checkpointText(n int64, root tlog.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", keyName, n, root)
}

// readCheckpoint checks a checkpoint's signature and returns what it says.
func readCheckpoint(text string, v note.Verifiers) (n int64, root tlog.Hash, err error) {
	signed, err := note.Open([]byte(text), v)
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != keyName {
		return 0, root, fmt.Errorf("not a checkpoint of the history")
	}
	if _, err := fmt.Sscanf(lines[1], "%d", &n); err != nil || n < 1 {
		return 0, root, fmt.Errorf("not a checkpoint: its size is %q", lines[1])
	}
	root, err = tlog.ParseHash(lines[2])
	return n, root, err
}
