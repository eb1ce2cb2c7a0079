// Package repository keeps artefacts: a folder for each backup with its files and
// a manifest that says what they are. An artefact is there whole or not at all.
//
//	REPOSITORY/steward-repository.json
//	REPOSITORY/SOURCE/20261122T060350Z-custom-1a2b3c/manifest.json
//	REPOSITORY/SOURCE/20261122T060350Z-custom-1a2b3c/data.dump.age
package repository

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
	"steward/collect/backup/snapshot"
	"steward/collect/fact"
)

// Form is how an artefact holds its source.
type Form string

// The forms.
const (
	Custom  Form = "custom"  // pg_dump --format=custom
	Plain   Form = "plain"   // pg_dump, as SQL
	Base    Form = "base"    // pg_basebackup with the log that makes it whole
	SQL     Form = "sql"     // mariadb-dump
	Whole   Form = "file"    // a SQLite database
	Tar     Form = "archive" // a folder as tar
	Restic  Form = "restic"  // a snapshot in a restic repository beside
	Unknown Form = ""
)

// Forms in the order they are told to people.
var Forms = []Form{Custom, Plain, Base, SQL, Whole, Tar, Restic}

// Manifest says what an artefact is. It holds no content and no password, and is
// not encrypted: what it tells are names, sizes, counts and hashes.
type Manifest struct {
	Version   int                `json:"version" doc:"of this form: 1"`
	ID        string             `json:"id" doc:"the artefact's folder"`
	Source    string             `json:"source" doc:"name of the source in the repository"`
	Kind      backup.Kind        `json:"kind"`
	Address   string             `json:"address" doc:"of the source, without password"`
	Form      Form               `json:"form"`
	Tool      program.Program    `json:"tool"`
	Started   time.Time          `json:"started"`
	Ended     time.Time          `json:"ended"`
	Files     []File             `json:"files"`
	Encrypted string             `json:"encrypted,omitempty" doc:"age, when it is"`
	Size      int64              `json:"size" doc:"bytes stored"`
	Plain     int64              `json:"plain" doc:"bytes before packing"`
	Snapshot  *snapshot.Snapshot `json:"snapshot,omitempty" doc:"the source as it was dumped"`
	ResticID  string             `json:"restic,omitempty" doc:"the snapshot in the restic repository"`
	Gaps      []fact.Gap         `json:"gaps,omitempty" doc:"what is not in it, and why"`
	Sum       string             `json:"sum" doc:"SHA-256 of this manifest with an empty sum"`
}

// File is one file of an artefact.
type File struct {
	Name   string `json:"name"`
	Role   string `json:"role" doc:"data, globals, users, wal, manifest, tablespace"`
	Size   int64  `json:"size"`
	Plain  int64  `json:"plain"`
	SHA256 string `json:"sha256"`
}

// ManifestName is the manifest's file in an artefact's folder.
const ManifestName = "manifest.json"

// maxManifest bounds a manifest: 50,000 tables with everything fit.
const maxManifest = 128 << 20

// seal returns the manifest's bytes with its sum.
func (m *Manifest) seal() ([]byte, error) {
	m.Sum = ""
	bare, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(asRead(bare))
	m.Sum = hex.EncodeToString(sum[:])
	return json.MarshalIndent(m, "", " ")
}

// asRead is JSON as it is once it was read: what is not UTF-8 is written as \ufffd,
// and read again as that letter.
func asRead(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte(`\ufffd`), []byte("\ufffd"))
}

// ErrChanged says that a manifest is not as it was written.
var ErrChanged = errors.New("the manifest was changed or damaged: its sum does not fit")

// ParseManifest reads a manifest and checks it. It is ErrChanged when its sum does
// not fit, and a *backup.Wrong when it is none.
func ParseManifest(b []byte) (*Manifest, error) {
	if len(b) > maxManifest {
		return nil, backup.NewWrong("manifest", "is larger than %d MB", maxManifest>>20)
	}
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&m); err != nil {
		return nil, backup.NewWrong("manifest", "is not JSON of a backup: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, backup.NewWrong("manifest", "goes on after its end")
	}
	if m.Version != 1 {
		return nil, backup.NewWrong("manifest", "has version %d; known is 1", m.Version)
	}
	for _, f := range m.Files {
		if f.Name == "" || f.Name != filepath.Base(f.Name) || strings.ContainsAny(f.Name, `/\`) || f.Name == "." || f.Name == ".." {
			return nil, backup.NewWrong("manifest", "names the file %q, which is not one of its folder", f.Name)
		}
		if f.Size < 0 || f.Plain < 0 {
			return nil, backup.NewWrong("manifest", "gives %s a size below zero", f.Name)
		}
	}
	said := m.Sum
	if _, err := m.seal(); err != nil {
		return nil, err
	}
	if said != m.Sum {
		return nil, ErrChanged
	}
	// The sum is of what was understood; a changed name of an empty member is not.
	var written bytes.Buffer
	again, err := json.Marshal(&m)
	if err := errors.Join(err, json.Compact(&written, b)); err != nil {
		return nil, err
	}
	if !bytes.Equal(asRead(written.Bytes()), asRead(again)) {
		return nil, ErrChanged
	}
	return &m, nil
}

// File returns the file with a role, and whether there is one.
func (m *Manifest) File(role string) (File, bool) {
	for _, f := range m.Files {
		if f.Role == role {
			return f, true
		}
	}
	return File{}, false
}

// At is the moment whose state the artefact holds.
func (m *Manifest) At() time.Time {
	if m.Snapshot != nil && !m.Snapshot.At.IsZero() && m.Form != Base {
		return m.Snapshot.At
	}
	if m.Form == Base {
		return m.Ended // the log that makes it whole ends with it
	}
	return m.Started
}

func readManifest(folder string) (*Manifest, error) {
	f, err := os.Open(filepath.Join(folder, ManifestName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return m, nil
}
