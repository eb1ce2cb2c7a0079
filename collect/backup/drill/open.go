package drill

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/repository"
)

// open finds out what is drilled: an artefact of a repository, or a file or folder
// that another tool wrote.
func (d *run) open() error {
	path, err := filepath.Abs(d.Path)
	if err != nil {
		return err
	}
	if filepath.Base(path) == repository.ManifestName {
		path = filepath.Dir(path)
	}
	d.report.Artefact.Path = path
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // L0 says so
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		d.file = path
		if d.form, err = d.recognise(path); err != nil {
			return err
		}
		d.report.Artefact.Form = d.form
		d.report.Artefact.Size, d.report.Artefact.Made = info.Size(), info.ModTime().UTC()
		return nil
	}
	if _, err := os.Stat(filepath.Join(path, repository.ManifestName)); err != nil {
		return backup.NewWrong("artefact", "%s holds no %s; name the folder of an artefact, or a dump file", path, repository.ManifestName)
	}
	d.artefact = repository.Load(path)
	if d.artefact.Drill != nil && !d.artefact.Drill.Passed && d.artefact.Manifest != nil {
		d.artefact.Broken = "" // an earlier drill's verdict is not this one's
	}
	d.report.Artefact.ID, d.report.Artefact.Source = filepath.Base(path), filepath.Base(filepath.Dir(path))
	if m := d.artefact.Manifest; m != nil {
		d.form = m.Form
		a := &d.report.Artefact
		a.ID, a.Source, a.Form, a.Made, a.Size, a.Manifest, a.Encrypted, a.Gaps = m.ID, m.Source, m.Form, m.At(), m.Size, m.Sum, m.Encrypted, m.Gaps
		a.Tool = &m.Tool
		all, err := (&repository.Repository{Dir: filepath.Dir(filepath.Dir(path))}).List()
		if err != nil {
			return err
		}
		for _, other := range all {
			if o := other.Manifest; o != nil && other.Broken == "" && o.Source == m.Source && o.Form == m.Form && o.Encrypted == m.Encrypted && o.ID != m.ID {
				d.history = append(d.history, other)
			}
		}
	}
	return nil
}

// recognise tells a file's form by its first bytes.
func (d *run) recognise(path string) (repository.Form, error) {
	r, err := archive.Open(path, d.Keys)
	if err != nil {
		return "", backup.NewWrong("artefact", "%s: %v", path, err)
	}
	defer r.Close()
	head := make([]byte, 4096)
	n, err := io.ReadFull(bufio.NewReader(r), head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", backup.NewWrong("artefact", "%s: %v", path, err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PGDMP")):
		return repository.Custom, nil
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return repository.Whole, nil
	case bytes.Contains(head, []byte("-- PostgreSQL database dump")), bytes.Contains(head, []byte("-- PostgreSQL database cluster dump")):
		return repository.Plain, nil
	case bytes.Contains(head, []byte("-- MariaDB dump")), bytes.Contains(head, []byte("-- MySQL dump")):
		return repository.SQL, nil
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return repository.Tar, nil
	}
	return "", backup.NewWrong("artefact", "%s is of no form that is known: a dump of PostgreSQL (custom or plain), MariaDB or MySQL, a SQLite database, a tar archive, each also as .zst, .gz or .age", path)
}

// part is one stored file with what is known of it.
type part struct {
	repository.File
	path string
}

// parts are the stored files.
func (d *run) parts() []part {
	if d.file != "" {
		return []part{{repository.File{Name: filepath.Base(d.file), Role: "data", Size: d.report.Artefact.Size, Plain: -1}, d.file}}
	}
	var list []part
	for _, f := range d.artefact.Manifest.Files {
		list = append(list, part{f, filepath.Join(d.artefact.Dir, f.Name)})
	}
	return list
}

// part returns the file with a role.
func (d *run) part(role string) (part, bool) {
	for _, p := range d.parts() {
		if p.Role == role {
			return p, true
		}
	}
	return part{}, false
}

// reader opens a stored file: decrypted and unpacked.
func (d *run) reader(p part) (*archive.Reader, error) { return archive.Open(p.path, d.Keys) }

// plainSize estimates what a stored file takes when it is unpacked.
func (p part) plainSize() int64 {
	switch {
	case p.Plain >= 0:
		return p.Plain
	case strings.HasSuffix(p.Name, ".zst"), strings.HasSuffix(p.Name, ".gz"), strings.HasSuffix(p.Name, ".age"):
		return p.Size * 8
	}
	return p.Size
}
