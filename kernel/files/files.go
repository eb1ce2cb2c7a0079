// Package files keeps attachments: their bytes in a folder, named by their
// content's hash, and their names beside the record they belong to. The rights
// to a file are the rights to its record.
package files

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the tables of this package.
func Migrations() storage.Migrations { return storage.Embedded("kernel.files", migrations) }

// MaxSize is the largest file taken from outside, in bytes.
const MaxSize = 50 << 20

// Folder keeps files below a folder of the data directory.
type Folder struct{ Path string }

// File is one attachment of a record.
type File struct {
	ID, Name, Hash string
	Size           int64
	At             records.Moment
	By             string
}

// Put writes the bytes and returns their hash; the same bytes are kept once.
// Nothing is left behind when reading or writing fails.
func (f Folder) Put(ctx context.Context, from io.Reader) (hash string, size int64, err error) {
	return f.PutUpTo(ctx, from, MaxSize)
}

// PutUpTo is Put for what the program makes itself, of which more than MaxSize
// may be kept.
func (f Folder) PutUpTo(ctx context.Context, from io.Reader, most int64) (hash string, size int64, err error) {
	defer func() { err = storage.OfDisk(err) }()
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return "", 0, err
	}
	tmp, err := os.CreateTemp(f.Path, "incoming-")
	if err != nil {
		return "", 0, err
	}
	defer os.Remove(tmp.Name())
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(tmp, h), io.LimitReader(from, most+1))
	err = errors.Join(err, tmp.Sync(), tmp.Close(), ctx.Err())
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fail.Named("file", "kernel.files.cut", "The file did not arrive whole; send it again.").Because(err)
	}
	if err != nil {
		return "", 0, err
	}
	if size > most {
		return "", 0, fail.New(fail.TooLarge, "kernel.files.too-large", "The file is larger than {max} MB.").With("max", most>>20)
	}
	hash = hex.EncodeToString(h.Sum(nil))
	dir := filepath.Join(f.Path, hash[:2])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", 0, err
	}
	return hash, size, os.Rename(tmp.Name(), filepath.Join(dir, hash))
}

// Open reads kept bytes by their hash.
func (f Folder) Open(hash string) (*os.File, error) {
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return nil, records.NotFound()
	}
	file, err := os.Open(filepath.Join(f.Path, hash[:2], hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail.New(fail.NotFound, "kernel.files.gone", "The file's content is missing from the data folder; restore it from a backup.")
	}
	return file, err
}

// Attach notes a file that Put kept as an attachment of a record that the actor
// may edit.
func Attach(u *records.Tx, d *records.Def, record, name, hash string, size int64) error {
	name = filepath.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == ".." || name == "/" || name == "" || utf8.RuneCountInString(name) > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return fail.Named("file", "kernel.files.name", "The file's name is missing, too long, or holds control characters.")
	}
	rec, err := d.Get(u, record)
	if err != nil {
		return err
	}
	if ok, err := d.May(u, access.Edit, rec.V); err != nil || !ok {
		if err == nil {
			err = fail.New(fail.Forbidden, "kernel.records.may-not-edit", "You may see this record but not change it.")
		}
		return err
	}
	_, err = u.Exec("INSERT INTO record_file (id, type, record, name, hash, size, at, by_person, by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		records.NewID(u.Now), d.Name, record, name, hash, size, u.Now.UnixMicro(), u.Actor.Person, u.Actor.Name)
	if err != nil {
		return err
	}
	return d.Note(u, record, rec.Meta().Version, "attach", map[string]any{"file": []any{nil, name}})
}

// Of lists a record's attachments, newest first. The caller has read the record.
func Of(r records.Reader, d *records.Def, record string) ([]File, error) {
	var out []File
	err := r.Reading().Each("SELECT id, name, hash, size, at, by_name FROM record_file WHERE type = $1 AND record = $2 ORDER BY at DESC, id DESC", []any{d.Name, record}, func(rows *sql.Rows) error {
		var f File
		err := rows.Scan(&f.ID, &f.Name, &f.Hash, &f.Size, (*int64)(&f.At), &f.By)
		out = append(out, f)
		return err
	})
	return out, err
}
