package upkeep

import (
	"cmp"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"steward/kernel/storage"
)

// Damage is a kept file that is no longer what was kept: its bytes do not fit the hash
// that names it, cannot be read, or are not there.
type Damage struct {
	Hash string `json:"hash"`
	What string `json:"what"` // altered, unreadable or missing
	// Of names some of what it belongs to, such as "plan.pdf of vendors.contract/ID".
	Of []string `json:"of,omitempty"`
	// Sum is the SHA-256 of the bytes that a backup holds in its place; none of a missing one.
	Sum string `json:"sum,omitempty"`
}

func (d Damage) String() string {
	s := "the content of file " + d.Hash + " "
	switch d.What {
	case missing:
		s += "is missing"
	case unreadable:
		s += "cannot be read"
	default:
		s += "was altered"
	}
	if len(d.Of) > 0 {
		s += ": " + strings.Join(d.Of, ", ")
	}
	return s
}

const (
	altered    = "altered"
	unreadable = "unreadable"
	missing    = "missing"
)

// mostUses is how many of a damaged file's uses are named.
const mostUses = 5

// keepers are the columns that name kept files by their hash, and how each tells of
// what it is of. What is not in a database of then is left out.
var keepers = []struct{ table, column, of string }{
	{"record_file", "hash", "name || ' of ' || type || '/' || record"},
	{"data_delivery", "original_file", "'original of data.delivery/' || id"},
	{"data_delivery", "cube_file", "'rows of data.delivery/' || id"},
	{"data_delivery", "bad_file", "'rows kept aside of data.delivery/' || id"},
	{"data_delivery", "report_file", "'report of data.delivery/' || id"},
	{"importing_run", "file", "name || ', imported to ' || type"},
}

var hashName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// examine reads every kept file below folder, hands what it reads to each (nil: to
// nobody) and returns how many there are and which of all that should be there are
// damaged, by hash. What each does not read to its end is read on.
func examine(v *storage.View, folder string, each func(hash string, size int64, r io.Reader) error) (n int64, found []Damage, err error) {
	seen := map[string]bool{}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was kept yet, or it was thrown away meanwhile
		}
		if err == nil {
			err = v.Err()
		}
		hash := filepath.Base(path)
		if err != nil || !d.Type().IsRegular() || !hashName.MatchString(hash) || path != filepath.Join(folder, hash[:2], hash) {
			return err
		}
		n, seen[hash] = n+1, true
		damage, err := examineOne(path, hash, each)
		if damage != nil {
			found = append(found, *damage)
		}
		return err
	})
	if err != nil {
		return n, nil, err
	}
	err = usesOf(v, func(hash, of string) {
		if !hashName.MatchString(hash) {
			return
		}
		i := slices.IndexFunc(found, func(d Damage) bool { return d.Hash == hash })
		if i < 0 && !seen[hash] {
			if _, err := os.Lstat(filepath.Join(folder, hash[:2], hash)); err == nil {
				return // kept since the folder was read
			}
			i, found = len(found), append(found, Damage{Hash: hash, What: missing})
		}
		if i >= 0 && len(found[i].Of) < mostUses {
			found[i].Of = append(found[i].Of, of)
		}
	})
	slices.SortFunc(found, func(a, b Damage) int { return cmp.Compare(a.Hash, b.Hash) })
	return n, found, err
}

// examineOne hands one file on and says what is wrong with it. A file that cannot be read
// to its end is handed on at its full size, with zeros for the rest.
func examineOne(path, hash string, each func(hash string, size int64, r io.Reader) error) (*Damage, error) {
	if each == nil {
		each = func(string, int64, io.Reader) error { return nil }
	}
	f, err := os.Open(path)
	if err != nil {
		return &Damage{Hash: hash, What: unreadable}, nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return &Damage{Hash: hash, What: unreadable}, nil
	}
	h := sha256.New()
	from := &padded{r: f}
	r := io.TeeReader(io.LimitReader(from, info.Size()), h)
	if err := each(hash, info.Size(), r); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return nil, err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	switch {
	case from.failed != nil && !errors.Is(from.failed, io.EOF):
		return &Damage{Hash: hash, What: unreadable, Sum: sum}, nil
	case sum != hash:
		return &Damage{Hash: hash, What: altered, Sum: sum}, nil
	}
	return nil, nil
}

// padded reads zeros after the reader's end or failure, and keeps why.
type padded struct {
	r      io.Reader
	failed error
}

func (p *padded) Read(b []byte) (n int, err error) {
	if p.failed == nil {
		n, p.failed = p.r.Read(b)
		return n, nil
	}
	clear(b)
	return len(b), nil
}

// usesOf calls use for every kept file that something in the database names.
func usesOf(v *storage.View, use func(hash, of string)) error {
	for _, k := range keepers {
		columns, err := v.Columns(k.table)
		if err != nil {
			return err
		}
		if _, ok := columns[k.column]; !ok {
			continue
		}
		err = v.Each(fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s IS NOT NULL ORDER BY 2", k.column, k.of, k.table, k.column), nil, func(rows *sql.Rows) error {
			var hash, of string
			err := rows.Scan(&hash, &of)
			use(hash, of)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
