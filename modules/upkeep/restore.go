package upkeep

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

var (
	tableEntry = regexp.MustCompile(`^tables/([a-z0-9_]+)\.jsonl$`)
	fileEntry  = regexp.MustCompile(`^files/([0-9a-f]{64})$`)
)

// maxLine bounds one row of a backup.
const maxLine = 64 << 20

func damaged(err error) error {
	return fail.New(fail.Invalid, "upkeep.damaged", "This is not a whole Steward backup: it was cut off, altered, or is something else.").Because(err)
}

// each reads a backup entry by entry.
func each(path string, table func(name string, r io.Reader) error, file func(hash string, r io.Reader) error) (Manifest, error) {
	var m Manifest
	f, err := os.Open(path)
	if err != nil {
		return m, fail.New(fail.Invalid, "upkeep.open", "The backup cannot be opened.").Because(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f, zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return m, damaged(err)
	}
	defer z.Close()
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, damaged(err)
		}
		switch {
		case h.Name == "manifest.json":
			if err := json.NewDecoder(io.LimitReader(r, 16<<20)).Decode(&m); err != nil {
				return m, damaged(err)
			}
		case tableEntry.MatchString(h.Name):
			err = table(tableEntry.FindStringSubmatch(h.Name)[1], r)
		case fileEntry.MatchString(h.Name):
			err = file(fileEntry.FindStringSubmatch(h.Name)[1], r)
		default:
			err = damaged(fmt.Errorf("unexpected entry %q", h.Name))
		}
		if err != nil {
			return m, err
		}
	}
	switch {
	case m.Format == 0:
		return m, damaged(errors.New("no manifest"))
	case m.Format > format:
		return m, fail.New(fail.Invalid, "upkeep.newer", "This backup was made by a newer version of Steward. Restore it with that version.")
	}
	return m, nil
}

// Check reads a whole backup and holds every part against its manifest.
func Check(path string) (Manifest, error) {
	sums, rows, files, other := map[string]string{}, map[string]int64{}, 0, map[string]string{}
	m, err := each(path, func(name string, r io.Reader) error {
		h := sha256.New()
		n := &lineCounter{}
		if _, err := io.Copy(io.MultiWriter(h, n), r); err != nil {
			return damaged(err)
		}
		sums[name], rows[name] = hex.EncodeToString(h.Sum(nil)), n.lines
		return nil
	}, func(hash string, r io.Reader) error {
		h := sha256.New()
		if _, err := io.Copy(h, r); err != nil {
			return damaged(err)
		}
		files++
		if sum := hex.EncodeToString(h.Sum(nil)); sum != hash {
			other[hash] = sum
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	for name, t := range m.Tables {
		if sums[name] != t.Sum || rows[name] != t.Rows {
			return m, damaged(fmt.Errorf("table %s differs from the manifest", name))
		}
	}
	for _, d := range m.Damaged { // when it was made; the backup has the same of it
		if other[d.Hash] == d.Sum {
			delete(other, d.Hash)
		}
	}
	for hash := range other {
		return m, damaged(fmt.Errorf("file %s has other content", hash))
	}
	if len(sums) != len(m.Tables) || files != m.Files {
		return m, damaged(errors.New("parts are missing or were added"))
	}
	return m, nil
}

type lineCounter struct{ lines int64 }

func (c *lineCounter) Write(b []byte) (int, error) {
	c.lines += int64(bytes.Count(b, []byte{'\n'}))
	return len(b), nil
}

// Restore brings a backup into an empty database and its files below folder, with the
// schema that the backup was made with; opening the program upgrades it. The backup is
// checked as a whole before anything is written, and the database takes all of it or
// nothing.
func Restore(ctx context.Context, db *storage.Database, folder, from string, sets ...storage.Migrations) (Manifest, error) {
	m, err := Check(from)
	if err != nil {
		return m, err
	}
	if err := m.prepare(ctx, db, sets); err != nil {
		return m, err
	}
	err = db.View(ctx, access.System(), func(v *storage.View) error {
		for name, t := range m.Tables {
			have, err := v.Columns(name)
			if err != nil {
				return err
			}
			for _, c := range t.Columns {
				if _, ok := have[c]; !ok {
					return fail.New(fail.Invalid, "upkeep.other-version", "The backup holds {what}, which this version of Steward does not know. Restore it with the version that made it, then upgrade.").With("what", name+"."+c)
				}
			}
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	err = Load(ctx, db, func(insert func(string, []string, [][]any) error) error {
		_, err := each(from, func(name string, r io.Reader) error { return loadTable(ctx, name, m.Tables[name].Columns, r, insert) },
			func(hash string, r io.Reader) error { return keepFile(folder, hash, r) })
		return err
	})
	return m, err
}

// prepare gives an empty database the schema that the backup was made with; one that
// does not tell it must fit today's.
func (m *Manifest) prepare(ctx context.Context, db *storage.Database, sets []storage.Migrations) error {
	there := false
	err := db.View(ctx, access.System(), func(v *storage.View) error {
		columns, err := v.Columns("history")
		if err != nil || len(columns) == 0 {
			return err
		}
		_, err = v.Row("SELECT EXISTS (SELECT 1 FROM history)", nil, &there)
		return err
	})
	if err != nil {
		return err
	}
	if there {
		return fail.New(fail.Conflict, "upkeep.not-empty", "The database already holds an installation. Restore into an empty one.")
	}
	if len(m.Schema) == 0 {
		return db.Migrate(ctx, sets...)
	}
	if err := db.MigrateTo(ctx, m.Schema, sets...); err != nil {
		return err
	}
	have, err := schemaOf(ctx, db)
	for module, number := range m.Schema {
		if err == nil && have[module] < number {
			err = fail.New(fail.Invalid, "upkeep.newer", "This backup was made by a newer version of Steward. Restore it with that version.")
		}
	}
	return err
}

func loadTable(ctx context.Context, name string, columns []string, r io.Reader, insert func(string, []string, [][]any) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	// PostgreSQL takes 65,535 values a statement, SQLite 32,766.
	most := max(1, min(500, 30_000/max(1, len(columns))))
	var rows [][]any
	for lines.Scan() {
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.UseNumber()
		var row []any
		if err := dec.Decode(&row); err != nil || len(row) != len(columns) {
			return damaged(fmt.Errorf("a row of %s: %w", name, err))
		}
		for i, v := range row {
			if n, ok := v.(json.Number); ok {
				if whole, err := n.Int64(); err == nil && !strings.ContainsAny(n.String(), ".eE") {
					row[i] = whole
				} else if row[i], err = n.Float64(); err != nil {
					return damaged(err)
				}
			}
		}
		if rows = append(rows, row); len(rows) == most {
			if err := insert(name, columns, rows); err != nil {
				return err
			}
			rows = rows[:0]
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return damaged(err)
	}
	return insert(name, columns, rows)
}

// keepFile puts one file where it belongs; what has the name is whole, or was damaged
// when the backup was made.
func keepFile(folder, hash string, r io.Reader) error {
	dir := filepath.Join(folder, hash[:2])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, "incoming-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, hash))
}
