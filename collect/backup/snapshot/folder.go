package snapshot

import (
	"context"
	"crypto/md5"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/fact"
)

// Tree adds up the entries of a folder, one line for each name at its top.
type Tree struct {
	path    string
	at      time.Time
	files   map[string]*branch
	bytes   int64
	skipped []fact.Gap
	more    int
}

type branch struct {
	kind  string
	files int64
	sum   sum
}

// maxGaps bounds the list of what could not be read; the rest is counted.
const maxGaps = 1000

// NewTree begins the snapshot of the folder at path.
func NewTree(path string) *Tree {
	return &Tree{path: path, at: time.Now().UTC(), files: map[string]*branch{}}
}

// Add adds an entry: its path, kind, permissions, size and content count; owner
// and time do not.
func (t *Tree) Add(e archive.Entry) error {
	top, _, below := strings.Cut(e.Path, "/")
	b := t.files[top]
	if b == nil {
		b = &branch{kind: "file"}
		t.files[top] = b
	}
	if below || e.Mode.IsDir() {
		b.kind = "folder"
	}
	if !e.Mode.IsDir() {
		b.files++
		t.bytes += e.Size
	}
	mode := e.Mode.Perm()
	if e.Link != "" {
		mode = 0 // a link has none of its own
	}
	if e.Mode.IsDir() {
		mode |= 0o700 // a restored folder is always its owner's to enter
	}
	h := md5.New()
	fmt.Fprintf(h, "%q %o %v %d %q %x", e.Path, mode, e.Mode.Type(), e.Size, e.Link, e.SHA256)
	b.sum.add(h.Sum(nil))
	return nil
}

// Skip notes what was not read.
func (t *Tree) Skip(path, why string) {
	if len(t.skipped) < maxGaps {
		t.skipped = append(t.skipped, fact.Gap{What: path, Why: why})
		return
	}
	t.more++
}

// Snapshot is what was added up.
func (t *Tree) Snapshot() *Snapshot {
	host, _ := os.Hostname()
	s := &Snapshot{Engine: backup.Folder, At: t.at, Exact: true, How: "each file's content as it was read", Bytes: t.bytes, Tables: []Table{}, Gaps: t.skipped,
		Identity: Identity{System: host + ":" + t.path, Host: host, Folder: t.path}}
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		b := t.files[name]
		s.Tables = append(s.Tables, Table{Name: name, Kind: b.kind, Rows: b.files, Print: b.sum.String()})
	}
	if t.more > 0 {
		s.Gaps = append(s.Gaps, fact.Gap{What: fmt.Sprintf("%d more entries", t.more), Why: "they could not be read either"})
	}
	return s
}

// Folder takes the state of a folder as it lies there.
func Folder(ctx context.Context, path string) (*Snapshot, error) {
	t := NewTree(path)
	if err := archive.Walk(ctx, path, t.Add, t.Skip); err != nil {
		return nil, err
	}
	return t.Snapshot(), nil
}
