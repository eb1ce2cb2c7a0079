package repository

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/hold"
)

// Repository is a folder of artefacts.
type Repository struct{ Dir string }

const (
	repositoryFile = "steward-repository.json"
	partial        = ".partial-"
	removing       = ".removing-"
	holdFile       = "hold"
	drillFile      = "last-drill.json"
)

// Open opens the repository at dir, making it when create is set and nothing, or
// an empty folder, is there. A folder with other things in it is refused.
func Open(dir string, create bool) (*Repository, error) {
	if dir == "" {
		return nil, backup.NewWrong("--repository", "is missing; name the folder that backups are kept in")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, repositoryFile)
	if _, err := os.Stat(file); err == nil {
		return &Repository{dir}, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if !create {
		return nil, backup.NewWrong("--repository", "%s is not a repository: it has no %s", dir, repositoryFile)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if list, err := os.ReadDir(dir); err != nil {
		return nil, err
	} else if len(list) > 0 {
		return nil, backup.NewWrong("--repository", "%s holds other things; name an empty folder or a repository", dir)
	}
	return &Repository{dir}, os.WriteFile(file, []byte("{\"version\":1}\n"), 0o600)
}

// Draft is an artefact that is being made.
type Draft struct {
	Dir    string
	Source string
	Moment time.Time
	repo   *Repository
	hold   *hold.Hold
}

// Begin makes a draft. Drafts that processes left behind are removed first.
func (r *Repository) Begin(source string, at time.Time) (*Draft, error) {
	r.sweep()
	parent := filepath.Join(r.Dir, source)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	dir := filepath.Join(parent, partial+token())
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	h, err := hold.Exclusive(filepath.Join(dir, holdFile))
	if err != nil {
		return nil, err
	}
	return &Draft{dir, source, at, r, h}, nil
}

func token() string {
	b := make([]byte, 4)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Publish writes the manifest and gives the artefact its name. From then on it is there.
func (d *Draft) Publish(m *Manifest) (Artefact, error) {
	m.Version, m.Source = 1, d.Source
	m.ID = fmt.Sprintf("%s-%s-%s", d.Moment.UTC().Format("20060102T150405Z"), m.Form, token())
	m.Size, m.Plain = 0, 0
	for _, f := range m.Files {
		m.Size += f.Size
		m.Plain += f.Plain
	}
	b, err := m.seal()
	if err != nil {
		return Artefact{}, err
	}
	if err := writeWhole(filepath.Join(d.Dir, ManifestName), b); err != nil {
		return Artefact{}, err
	}
	dir := filepath.Join(d.repo.Dir, d.Source, m.ID)
	if err := d.hold.Release(); err != nil { // before the move: an open file cannot be moved everywhere
		return Artefact{}, err
	}
	if err := os.Rename(d.Dir, dir); err != nil {
		return Artefact{}, err
	}
	return Artefact{Dir: dir, Manifest: m}, syncFolder(filepath.Dir(dir))
}

// Discard removes the draft; after Publish it does nothing.
func (d *Draft) Discard() {
	d.hold.Release()
	os.RemoveAll(d.Dir)
}

// sweep removes what processes that are gone left half made or half removed.
func (r *Repository) sweep() {
	for _, kind := range []string{partial, removing} {
		found, _ := filepath.Glob(filepath.Join(r.Dir, "*", kind+"*"))
		for _, dir := range found {
			if h, err := hold.Exclusive(filepath.Join(dir, holdFile)); err == nil {
				h.Release()
				os.RemoveAll(dir)
			}
		}
	}
}

// Artefact is one backup in a repository.
type Artefact struct {
	Dir      string
	Manifest *Manifest // nil: Broken says why
	Broken   string    // why it is not good, as far as that is seen without reading its files
	Drill    *Drilled  // the last drill on it
}

// Drilled is what is remembered of the last drill on an artefact.
type Drilled struct {
	At     time.Time `json:"at"`
	Asked  string    `json:"asked" doc:"the level asked for"`
	Level  string    `json:"level" doc:"the level reached"`
	Passed bool      `json:"passed"`
	Round  int       `json:"round" doc:"how many drills there were: rotates what restic reads"`
}

// At is the moment whose state the artefact holds, from its name when the
// manifest cannot be read.
func (a Artefact) At() time.Time {
	if a.Manifest != nil {
		return a.Manifest.At()
	}
	stamp, _, _ := strings.Cut(filepath.Base(a.Dir), "-")
	at, _ := time.Parse("20060102T150405Z", stamp)
	return at
}

// Source is the name of the artefact's source.
func (a Artefact) Source() string { return filepath.Base(filepath.Dir(a.Dir)) }

// Held reports whether somebody works on the artefact.
func (a Artefact) Held() bool {
	h, err := hold.Exclusive(filepath.Join(a.Dir, holdFile))
	h.Release()
	return errors.Is(err, hold.ErrHeld)
}

// Hold keeps the artefact from being removed until the hold is released.
func (a Artefact) Hold() (*hold.Hold, error) { return hold.Shared(filepath.Join(a.Dir, holdFile)) }

// List returns the repository's artefacts by source and, within one, oldest first.
func (r *Repository) List() ([]Artefact, error) {
	var all []Artefact
	sources, err := os.ReadDir(r.Dir)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		if !s.IsDir() || s.Name() == ResticFolder {
			continue
		}
		list, err := os.ReadDir(filepath.Join(r.Dir, s.Name()))
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
				all = append(all, Load(filepath.Join(r.Dir, s.Name(), d.Name())))
			}
		}
	}
	slices.SortFunc(all, func(a, b Artefact) int {
		return cmp.Or(cmp.Compare(a.Source(), b.Source()), a.At().Compare(b.At()), cmp.Compare(a.Dir, b.Dir))
	})
	return all, nil
}

// ResticFolder is where a repository keeps restic's.
const ResticFolder = "restic"

// Load reads the artefact in a folder; what is wrong with it is told in Broken.
func Load(dir string) Artefact {
	a := Artefact{Dir: dir}
	m, err := readManifest(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		a.Broken = "it has no " + ManifestName
		return a
	case err != nil:
		a.Broken = err.Error()
		return a
	}
	a.Manifest = m
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		switch {
		case err != nil:
			a.Broken = f.Name + " is not there"
		case info.Size() != f.Size:
			a.Broken = fmt.Sprintf("%s has %d bytes, not %d", f.Name, info.Size(), f.Size)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, drillFile)); err == nil {
		var d Drilled
		if json.Unmarshal(b, &d) == nil {
			a.Drill = &d
		}
	}
	if a.Broken == "" && a.Drill != nil && !a.Drill.Passed {
		a.Broken = "the drill of " + a.Drill.At.UTC().Format(time.RFC3339) + " failed on it"
	}
	return a
}

// Remember notes the last drill on the artefact.
func (a Artefact) Remember(d Drilled) error {
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(a.Dir, drillFile), append(b, '\n'))
}

// Remove removes an artefact, unless somebody holds it (hold.ErrHeld). before, if
// given, is called when nobody else can reach the artefact any more.
func (r *Repository) Remove(a Artefact, before func() error) error {
	h, err := hold.Exclusive(filepath.Join(a.Dir, holdFile))
	if err != nil {
		return err
	}
	defer h.Release()
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	gone := filepath.Join(filepath.Dir(a.Dir), removing+filepath.Base(a.Dir))
	if err := os.Rename(a.Dir, gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}

func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && filepath.Separator == '/' {
		return err
	}
	return nil
}
