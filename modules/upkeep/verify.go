package upkeep

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/audit"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// Proof is what Verify found.
type Proof struct {
	Faults []string      `json:"faults"` // in the database, links and files
	Links  int64         `json:"links"`  // checked
	Files  int64         `json:"files"`  // checked
	Audit  *audit.Report `json:"audit"`
}

// Clean says whether nothing is wrong.
func (p *Proof) Clean() bool { return len(p.Faults) == 0 && p.Audit.Clean() }

// mostFaults is how many faults are named; what follows is the same again.
const mostFaults = 200

// Verify checks the database, the tables against the definitions, the links
// that no foreign key holds, the content of all files, and the audit log.
func Verify(ctx context.Context, p *app.Program) (*Proof, error) {
	r := &Proof{Faults: []string{}}
	err := p.DB.View(ctx, access.System(), func(v *storage.View) error {
		faults, err := Integrity(v)
		if err != nil {
			return err
		}
		drift, err := p.Registry.Drift(v)
		if err != nil {
			return err
		}
		r.Faults = append(append(r.Faults, faults...), drift...)
		if err := r.links(v, p); err != nil {
			return err
		}
		return r.contents(v, p)
	})
	if err != nil {
		return nil, err
	}
	kept, err := audit.KeptCheckpoint(p.Data)
	if err != nil {
		return nil, err
	}
	var known []string
	if kept != "" {
		known = append(known, kept)
	}
	r.Audit, err = audit.Verify(ctx, p.DB, strings.Join(AuditKeys(p), "\n"), known...)
	return r, err
}

// knownKeys is the file of public keys that signed the log before it was
// restored here.
const knownKeys = "audit.known"

// AuditKeys are the public keys that may have signed the audit log: this
// installation's and those of the ones it was restored from.
func AuditKeys(p *app.Program) []string {
	raw, err := os.ReadFile(filepath.Join(p.Data, knownKeys))
	if err != nil {
		return []string{p.Audit.Public}
	}
	return append([]string{p.Audit.Public}, strings.Fields(string(raw))...)
}

// KnowAuditKeys keeps the public keys of the installation that was restored.
func KnowAuditKeys(p *app.Program, keys []string) error {
	all := AuditKeys(p)
	for _, k := range keys {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return os.WriteFile(filepath.Join(p.Data, knownKeys), []byte(strings.Join(all[1:], "\n")+"\n"), 0o600)
}

// links checks every link and reference, by type and field.
func (r *Proof) links(v *storage.View, p *app.Program) error {
	for _, d := range p.Registry.Defs() {
		for _, f := range d.Fields {
			for _, t := range p.Registry.Targets(f) {
				id, cond := "t."+f.Name, ""
				if f.Kind == records.RefKind {
					prefix := t.Name + "/"
					id = fmt.Sprintf("substr(t.%s, %d)", f.Name, len(prefix)+1)
					cond = fmt.Sprintf(" AND substr(t.%s, 1, %d) = '%s'", f.Name, len(prefix), prefix)
				}
				var n int64
				if _, err := v.Row("SELECT COUNT(*) FROM "+d.Table+" t WHERE t."+f.Name+" IS NOT NULL"+cond, nil, &n); err != nil {
					return err
				}
				r.Links += n
				err := v.Each("SELECT t.id FROM "+d.Table+" t WHERE t."+f.Name+" IS NOT NULL"+cond+" AND NOT EXISTS (SELECT 1 FROM "+t.Table+" o WHERE o.id = "+id+") LIMIT 20", nil, func(rows *sql.Rows) error {
					var from string
					err := rows.Scan(&from)
					r.fault("%s %s: %s leads to no %s", d.Name, from, f.Name, t.Name)
					return err
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// contents reads every file that is kept, attachments and others such as deliveries,
// and compares it with the hash that names it.
func (r *Proof) contents(v *storage.View, p *app.Program) error {
	attached := map[string]bool{}
	err := v.Each("SELECT DISTINCT hash FROM record_file", nil, func(rows *sql.Rows) error {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return err
		}
		attached[hash] = true
		return r.content(p, hash)
	})
	if err != nil {
		return err
	}
	return filepath.WalkDir(p.Files.Path, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was kept yet, or it was thrown away meanwhile
		}
		if hash := d.Name(); err == nil && d.Type().IsRegular() && len(hash) == 2*sha256.Size && !attached[hash] {
			err = r.content(p, hash)
		}
		return err
	})
}

func (r *Proof) content(p *app.Program, hash string) error {
	r.Files++
	f, err := p.Files.Open(hash)
	if err != nil {
		r.fault("the content of file %s is missing", hash)
		return nil
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != hash {
		r.fault("the content of file %s was altered", hash)
	}
	return nil
}

func (r *Proof) fault(format string, args ...any) {
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}
