package privacy

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/org"
	"steward/kernel/storage"
	"steward/modules/upkeep"
)

// LedgerFile is the list of erasures in the data folder, outside every backup: a line
// each, with nothing of the person but the record's id and number. What an older backup
// brings back is erased again by it.
const LedgerFile = "erasures.jsonl"

// Erasure is a line of the ledger.
type Erasure struct {
	Person string    `json:"person"`
	Number string    `json:"number"`
	At     time.Time `json:"at"`
}

// mostLedger bounds a ledger, in bytes: some half a million erasures.
const mostLedger = 64 << 20

var idForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// ReadLedger reads a list of erasures. An error names the line and what would be right.
func ReadLedger(path string) ([]Erasure, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := parseLedger(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// ownLedger is the data folder's list; empty before the first erasure.
func ownLedger(folder string) ([]Erasure, error) {
	list, err := ReadLedger(filepath.Join(folder, LedgerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return list, err
}

func parseLedger(r io.Reader) (out []Erasure, err error) {
	raw, err := io.ReadAll(io.LimitReader(r, mostLedger+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > mostLedger {
		return nil, fmt.Errorf("the list of erasures is larger than %d MB", mostLedger>>20)
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var e Erasure
		if err := json.Unmarshal(line, &e); err != nil || !idForm.MatchString(e.Person) || e.At.IsZero() {
			return nil, fmt.Errorf(`line %d is no erasure: one is {"person":"ID","number":"PER-0012","at":"2026-11-22T12:00:00Z"}`, n)
		}
		out = append(out, e)
	}
	return out, lines.Err()
}

// done are the erasures that the database knows.
func done(v *storage.View) (out []Erasure, err error) {
	err = v.Each("SELECT e.person, p.number, e.done_at FROM privacy_erasure e JOIN org_person p ON p.id = e.person WHERE e.state = 'done' ORDER BY e.done_at, e.person", nil, func(rows *sql.Rows) error {
		var e Erasure
		var number, at int64
		err := rows.Scan(&e.Person, &number, &at)
		e.Number, e.At = org.Persons.Def().HumanNumber(number), time.UnixMicro(at).UTC()
		out = append(out, e)
		return err
	})
	return out, err
}

// keepLedger adds to the file what the database knows and the file does not.
func keepLedger(ctx context.Context, db *storage.Database, folder string) error {
	list, err := ownLedger(folder)
	if err != nil {
		return err
	}
	var known []Erasure
	if err := db.View(ctx, access.System(), func(v *storage.View) (err error) { known, err = done(v); return err }); err != nil {
		return err
	}
	before := len(list)
	for _, e := range known {
		if !slices.ContainsFunc(list, func(l Erasure) bool { return l.Person == e.Person }) {
			list = append(list, e)
		}
	}
	if len(list) == before {
		return nil
	}
	return writeLedger(filepath.Join(folder, LedgerFile), list)
}

// writeLedger puts a list in the place of the one before, whole or not at all.
func writeLedger(path string, list []Erasure) error {
	var b bytes.Buffer
	for _, e := range list {
		raw, err := json.Marshal(e)
		if err != nil {
			return err
		}
		b.Write(append(raw, '\n'))
	}
	draft, err := os.CreateTemp(filepath.Dir(path), LedgerFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(b.Bytes())
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}

// after follows an erasure that was committed: the ledger is kept, and the contents of
// files that nothing names any more are thrown away. What fails is made good by the hourly
// job and the nightly sweep.
func (in *installed) after(db *storage.Database, hashes []string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if in.folder == "" {
		return
	}
	err := keepLedger(ctx, db, in.folder)
	if err == nil && len(hashes) > 0 {
		err = db.View(ctx, access.System(), func(v *storage.View) error { return upkeep.Discard(v, in.files.Path, hashes) })
	}
	if err != nil {
		slog.Error("an erasure's list or files could not be kept up", "error", err)
	}
}

// Again erases the persons of a list that the database still holds, as after a restore
// of a backup that is older than their erasure. It returns their numbers.
func Again(ctx context.Context, p *app.Program, list []Erasure) (again []string, err error) {
	for _, e := range list {
		err := p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
			u.Origin = "restore"
			var there int
			found, err := u.Row("SELECT 1 FROM org_person WHERE id = $1", []any{e.Person}, &there)
			if err != nil || !found {
				return err
			}
			if at, err := erasedAt(&u.View, e.Person); err != nil || at != 0 {
				return err
			}
			if _, err := erase(u, e.Person, "Erased again after a restore; first erased on "+e.At.Format(time.DateOnly)+"."); err != nil {
				return err
			}
			again = append(slices.DeleteFunc(again, func(n string) bool { return n == e.Number }), e.Number)
			return nil
		})
		if err != nil {
			return again, fmt.Errorf("erase %s again: %w", e.Number, err)
		}
	}
	return again, nil
}

// AgainAfterRestore erases again what the data folder's list and another one name, and
// joins both into the data folder's; other is "" for none.
func AgainAfterRestore(ctx context.Context, p *app.Program, other string) ([]string, error) {
	list, err := ownLedger(p.Data)
	if err != nil {
		return nil, err
	}
	if other != "" {
		more, err := ReadLedger(other)
		if err != nil {
			return nil, err
		}
		before := len(list)
		for _, e := range more {
			if !slices.ContainsFunc(list, func(l Erasure) bool { return l.Person == e.Person }) {
				list = append(list, e)
			}
		}
		if len(list) > before {
			if err := writeLedger(filepath.Join(p.Data, LedgerFile), list); err != nil {
				return nil, err
			}
		}
	}
	again, err := Again(ctx, p, list)
	return again, errors.Join(err, keepLedger(ctx, p.DB, p.Data))
}

const ledgerKind = "privacy.ledger"

// ledgerJob keeps the list of erasures up to what the database knows, should it have
// failed when one was made.
func ledgerJob(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
	run := func(ctx context.Context, run *jobs.Run) error { return keepLedger(ctx, p.DB, p.Data) }
	return []jobs.Kind{{Name: ledgerKind, Run: run, Attempts: 3}}, []jobs.Schedule{{Name: ledgerKind, Kind: ledgerKind, When: jobs.Every(time.Hour)}}
}

// started erases again what a database brought back in some other way than a restore by
// this program still holds of the persons on the list.
func started(ctx context.Context, p *app.Program) error {
	again, err := AgainAfterRestore(ctx, p, "")
	if len(again) > 0 {
		p.Log.Warn("persons whom the database still held were erased again", slog.Any("persons", again))
	}
	return err
}
