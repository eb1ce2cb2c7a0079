package upkeep

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// format is the version of the file's layout.
const format = 1

// Manifest is the backup's table of contents, its last entry.
type Manifest struct {
	Format int       `json:"format"`
	Made   time.Time `json:"made"`
	// Schema is the number of each module's last migration: what the tables fit.
	Schema map[string]int   `json:"schema"`
	Tables map[string]Table `json:"tables"`
	Files  int              `json:"files"`
	// Damaged are kept files that were damaged already when the backup was made. It holds
	// what was left of them.
	Damaged []Damage `json:"damaged,omitempty"`
	// Keys are the public keys that the audit log's checkpoints are signed with.
	Keys []string `json:"keys"`
}

// Table is what a backup holds of one table.
type Table struct {
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Sum     string   `json:"sum"` // SHA-256 of the table's part
}

// Write makes a backup of the database and the files below folder; "" is without them.
// The file appears under its name only when it is whole and has been read back. That a
// kept file is damaged keeps no backup from being made: the manifest names it.
func Write(ctx context.Context, db *storage.Database, folder, to string, keys ...string) (Manifest, error) {
	m := Manifest{Format: format, Made: db.Now(), Tables: map[string]Table{}, Keys: keys}
	if _, err := os.Stat(to); err == nil {
		return m, fail.New(fail.Conflict, "upkeep.exists", "{file} already exists; name another file.").With("file", to)
	}
	draft, err := os.CreateTemp(filepath.Dir(to), ".steward-backup-")
	if err != nil {
		return m, err
	}
	defer os.Remove(draft.Name())
	defer draft.Close()
	z, err := zstd.NewWriter(draft)
	if err != nil {
		return m, err
	}
	w := tar.NewWriter(z)
	if m.Schema, err = schemaOf(ctx, db); err != nil {
		return m, err
	}
	if err := tables(ctx, db, filepath.Dir(to), w, &m); err != nil {
		return m, err
	}
	if err := m.attachments(ctx, db, folder, w); err != nil {
		return m, err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	if err := entry(w, "manifest.json", raw, m.Made); err != nil {
		return m, err
	}
	if err := errors.Join(w.Close(), z.Close(), draft.Sync()); err != nil {
		return m, err
	}
	if _, err := Check(draft.Name()); err != nil {
		return m, fmt.Errorf("the backup could not be read back: %v", err)
	}
	return m, os.Rename(draft.Name(), to)
}

// schemaOf is the number of each module's last migration.
func schemaOf(ctx context.Context, db *storage.Database) (map[string]int, error) {
	at := map[string]int{}
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		return v.Each("SELECT module, MAX(number) FROM schema_migration GROUP BY module", nil, func(rows *sql.Rows) error {
			var module string
			var number int
			err := rows.Scan(&module, &number)
			at[module] = number
			return err
		})
	})
	return at, err
}

// tables writes each table to a temporary file first, since a tar entry's size
// stands before it; it lies beside the backup, where there is to be room for all.
func tables(ctx context.Context, db *storage.Database, beside string, w *tar.Writer, m *Manifest) error {
	var part *tablePart
	flush := func() error {
		if part == nil {
			return nil
		}
		defer part.remove()
		t, err := part.finish(w, m.Made)
		m.Tables[part.name] = t
		part = nil
		return err
	}
	err := Dump(ctx, db, func(name string, columns []string) error {
		if err := flush(); err != nil {
			return err
		}
		var err error
		part, err = newPart(beside, name, columns)
		return err
	}, func(values []any) error { return part.row(values) })
	if err != nil {
		if part != nil {
			part.remove()
		}
		return err
	}
	return flush()
}

type tablePart struct {
	name    string
	columns []string
	file    *os.File
	buf     *bufio.Writer
	sum     hash.Hash
	out     io.Writer
	rows    int64
}

func newPart(beside, name string, columns []string) (*tablePart, error) {
	f, err := os.CreateTemp(beside, ".steward-table-")
	if err != nil {
		return nil, err
	}
	p := &tablePart{name: name, columns: columns, file: f, buf: bufio.NewWriterSize(f, 1<<16), sum: sha256.New()}
	p.out = io.MultiWriter(p.buf, p.sum)
	return p, nil
}

func (p *tablePart) row(values []any) error {
	raw, err := json.Marshal(values)
	if err != nil {
		return err
	}
	p.rows++
	_, err = p.out.Write(append(raw, '\n'))
	return err
}

func (p *tablePart) finish(w *tar.Writer, at time.Time) (Table, error) {
	t := Table{Columns: p.columns, Rows: p.rows, Sum: hex.EncodeToString(p.sum.Sum(nil))}
	if err := p.buf.Flush(); err != nil {
		return t, err
	}
	size, err := p.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return t, err
	}
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return t, err
	}
	if err := w.WriteHeader(&tar.Header{Name: "tables/" + p.name + ".jsonl", Mode: 0o600, Size: size, ModTime: at}); err != nil {
		return t, err
	}
	_, err = io.Copy(w, p.file)
	return t, err
}

func (p *tablePart) remove() {
	p.file.Close()
	os.Remove(p.file.Name())
}

// attachments writes the kept files, also those that are damaged.
func (m *Manifest) attachments(ctx context.Context, db *storage.Database, folder string, w *tar.Writer) error {
	if folder == "" {
		return nil
	}
	return db.View(ctx, access.System(), func(v *storage.View) (err error) {
		_, m.Damaged, err = examine(v, folder, func(hash string, size int64, r io.Reader) error {
			m.Files++
			if err := w.WriteHeader(&tar.Header{Name: "files/" + hash, Mode: 0o600, Size: size, ModTime: m.Made}); err != nil {
				return err
			}
			_, err := io.Copy(w, r)
			return err
		})
		return err
	})
}

func entry(w *tar.Writer, name string, body []byte, at time.Time) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), ModTime: at}); err != nil {
		return err
	}
	_, err := w.Write(body)
	return err
}
