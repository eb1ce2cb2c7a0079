package upkeep

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/audit"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// Proof is what Verify found.
type Proof struct {
	Faults  []string // in the database and its links
	Links   int64    // checked
	Files   int64    // checked
	Damaged []Damage // of the files kept
	Audit   *audit.Report
}

// MarshalJSON writes the proof for programs, with the names that the rest has.
func (p *Proof) MarshalJSON() ([]byte, error) {
	type finding struct {
		Seq       int64     `json:"seq"`
		ID        string    `json:"id,omitempty"`
		Type      string    `json:"type,omitempty"`
		Record    string    `json:"record,omitempty"`
		At        time.Time `json:"at,omitzero"`
		Actor     string    `json:"actor,omitempty"`
		ActorName string    `json:"actor_name,omitempty"`
		Act       string    `json:"act,omitempty"`
	}
	findings := func(list []audit.Finding) []finding {
		out := make([]finding, len(list))
		for i, f := range list {
			if out[i] = finding(f); f.ID == "" { // missing: the number is all that is known
				out[i] = finding{Seq: f.Seq}
			}
		}
		return out
	}
	a := p.Audit
	return json.Marshal(map[string]any{
		"clean": p.Clean(), "faults": p.Faults, "links": p.Links, "files": p.Files, "damaged": append([]Damage{}, p.Damaged...),
		"audit": map[string]any{
			"sealed": a.Sealed, "unsealed": a.Unsealed, "erased": a.Erased, "checkpoints": a.Checkpoints, "signed_at": a.SignedAt,
			"altered": findings(a.Altered), "altered_count": a.AlteredCount, "missing": findings(a.Missing), "missing_count": a.MissingCount,
			"forged": findings(a.Forged), "forged_count": a.ForgedCount, "faults": append([]string{}, a.Log...),
		},
	})
}

// Clean says whether nothing is wrong.
func (p *Proof) Clean() bool { return len(p.Faults)+len(p.Damaged) == 0 && p.Audit.Clean() }

// mostFaults is how many faults are named; what follows is the same again.
const mostFaults = 200

// Verify checks the database, the tables against the definitions, the links
// that no foreign key holds, the content of all files, and the audit log.
func Verify(ctx context.Context, p *app.Program) (*Proof, error) {
	r := &Proof{Faults: []string{}, Damaged: []Damage{}, Audit: &audit.Report{}}
	kept, err := audit.KeptCheckpoint(p.Data)
	if err != nil {
		return nil, err
	}
	var known []string
	if kept != "" {
		known = append(known, kept)
	}
	for _, check := range []struct {
		what string
		run  func(v *storage.View) error
	}{
		{"the database", func(v *storage.View) error {
			faults, err := Integrity(v)
			r.Faults = append(r.Faults, faults...)
			return err
		}},
		{"the tables", func(v *storage.View) error {
			drift, err := p.Registry.Drift(v)
			r.Faults = append(r.Faults, drift...)
			return err
		}},
		{"the links", func(v *storage.View) error { return r.links(v, p) }},
		{"the files", func(v *storage.View) (err error) {
			r.Files, r.Damaged, err = examine(v, p.Files.Path, nil)
			return err
		}},
	} {
		if err := r.note(check.what, p.DB.View(ctx, access.System(), check.run)); err != nil {
			return nil, err
		}
	}
	log, err := audit.Verify(ctx, p.DB, strings.Join(AuditKeys(p), "\n"), known...)
	if log != nil {
		r.Audit = log
	}
	return r, r.note("the history", err)
}

// note takes that a damaged database ended a check for a fault, so that the others are
// made too.
func (r *Proof) note(what string, err error) error {
	if e := fail.As(err); e != nil && e.Key == "kernel.storage.damaged" {
		r.fault("%s could not be checked to the end: %v", what, errors.Unwrap(e))
		return nil
	}
	return err
}

// KnownKeysFile holds the public keys that signed the log before it was restored here.
const KnownKeysFile = "audit.known"

// AuditKeys are the public keys that may have signed the audit log: this
// installation's and those of the ones it was restored from.
func AuditKeys(p *app.Program) []string {
	raw, err := os.ReadFile(filepath.Join(p.Data, KnownKeysFile))
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
	return os.WriteFile(filepath.Join(p.Data, KnownKeysFile), []byte(strings.Join(all[1:], "\n")+"\n"), 0o600)
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

func (r *Proof) fault(format string, args ...any) {
	if len(r.Faults) < mostFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Wrong names all that is wrong, a line each.
func (p *Proof) Wrong() []string {
	out := slices.Clone(p.Faults)
	for _, d := range p.Damaged {
		out = append(out, d.String())
	}
	out = append(out, p.Audit.Log...)
	for _, found := range []struct {
		what string
		list []audit.Finding
		all  int64
	}{{"altered", p.Audit.Altered, p.Audit.AlteredCount}, {"missing", p.Audit.Missing, p.Audit.MissingCount}, {"forged", p.Audit.Forged, p.Audit.ForgedCount}} {
		for _, f := range found.list {
			out = append(out, fmt.Sprintf("%s: entry %d%s", found.what, f.Seq, entryOf(f)))
		}
		if more := found.all - int64(len(found.list)); more > 0 {
			out = append(out, fmt.Sprintf("%s: %d more", found.what, more))
		}
	}
	return out
}

// entryOf says what an entry of the history tells of, as far as it is known.
func entryOf(f audit.Finding) string {
	if f.ID == "" {
		return ""
	}
	return fmt.Sprintf(", %s of %s/%s by %s, %s", f.Act, f.Type, f.Record, cmp.Or(f.ActorName, f.Actor, "Steward"), f.At.UTC().Format(time.RFC3339))
}
