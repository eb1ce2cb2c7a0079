package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/making"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
	"steward/collect/backup/snapshot"
)

func scratchRoom(ctx context.Context, o Options, apart []string) (*scratch.Room, error) {
	return scratch.NewRoom(ctx, o.Scratch, apart...)
}

// l3: it is restored into the scratch instance and is what its source was.
func (d *run) l3(ctx context.Context) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	var err error
	switch d.form {
	case repository.Custom, repository.Plain:
		err = d.restorePostgres(ctx)
	case repository.Base:
		err = d.restoreBase(ctx)
	case repository.SQL:
		err = d.restoreMariaDB(ctx)
	case repository.Whole:
		err = d.restoreSQLite(ctx)
	case repository.Tar:
		err = d.restoreTar(ctx)
	case repository.Restic:
		err = d.restoreRestic(ctx)
	}
	if err != nil || d.restored == nil {
		return err
	}
	d.compare()
	if err := d.marker(ctx); err != nil {
		return err
	}
	d.times()
	return nil
}

// restoreFailed notes that the restore failed; there is nothing to compare then.
func (d *run) restoreFailed(ctx context.Context, err error) error {
	var wrong *backup.Wrong
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.As(err, &wrong) {
		return err // what was given to the drill is wrong, not the backup
	}
	found, detail := withoutContent(err)
	d.report.judge(L3, "restore", false, "without an error", found, detail...)
	return nil
}

// withoutContent is what a tool said was wrong, without the rows and statements it
// quotes: evidence must not hold what is in the database.
func withoutContent(err error) (string, []string) {
	var failed *program.Failed
	if !errors.As(err, &failed) {
		return err.Error(), nil
	}
	said := failed.Said
	var lines []string
	for line := range strings.Lines(said) {
		line = strings.TrimSpace(line)
		if !strings.Contains(line, "ERROR") && !strings.Contains(line, "FATAL") && !strings.Contains(line, "error:") || strings.HasPrefix(line, "(") || strings.Contains(line, "DETAIL:") {
			continue
		}
		if r := []rune(line); len(r) > 300 {
			line = string(r[:300]) + "…"
		}
		if lines = append(lines, line); len(lines) == 25 {
			break
		}
	}
	if len(lines) == 0 {
		return fmt.Sprintf("%s ended with %d", failed.Name, failed.Exit), nil
	}
	before, _, _ := strings.Cut(err.Error(), failed.Name) // which part of the work it was
	return fmt.Sprintf("%s%s ended with %d: %s", before, failed.Name, failed.Exit, lines[0]), lines
}

// compare holds the copy against what the source was.
func (d *run) compare() {
	want, terms := d.want()
	if want == nil {
		d.report.add(L3, "contents", Unknown, "", fmt.Sprintf("%d tables with %d rows were restored; there is neither a manifest nor a --source to say how many there should be", d.restored.state.TableCount(), d.restored.state.RowCount()))
		return
	}
	for _, c := range snapshot.Compare(want, d.restored.state, terms) {
		if c.Compared == 0 && len(c.Wrong) == 0 {
			if c.Unknown != "" {
				d.report.add(L3, c.Name, Unknown, "", c.Unknown)
			}
			continue
		}
		detail := c.Wrong
		if c.More > 0 {
			detail = append(detail, fmt.Sprintf("and %d more", c.More))
		}
		found := fmt.Sprintf("%d compared", c.Compared)
		if wrong := len(c.Wrong) + c.More; wrong > 0 {
			found += fmt.Sprintf(", %d wrong: %s", wrong, c.Wrong[0])
		}
		if c.Unknown != "" {
			found += "; " + c.Unknown
		}
		d.report.judge(L3, c.Name, len(c.Wrong) == 0, "as in "+against(terms), found, detail...)
	}
	for _, g := range want.Gaps {
		d.report.add(L3, "gap", Unknown, "", g.What+": "+g.Why)
	}
}

func against(t snapshot.Terms) string {
	if t.Live {
		return "the source as it is now"
	}
	return "the source's own snapshot"
}

// want is what the copy is held against: the manifest's snapshot, else the source
// as it is now.
func (d *run) want() (*snapshot.Snapshot, snapshot.Terms) {
	terms := snapshot.Terms{Physical: d.form == repository.Base, Tolerance: d.Tolerance}
	now := d.source != nil && d.source.full
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil && !(now && d.followsLog() && d.Until == "") {
		// Rolled forward, the copy is younger than the snapshot, and not younger
		// than the source.
		if terms.Live = d.followsLog(); terms.Live && now {
			terms.Later = d.source.Snapshot
		}
		return m.Snapshot, terms
	}
	if now {
		terms.Live = true
		return d.source.Snapshot, terms
	}
	return nil, terms
}

// marker looks at the newest heartbeat in the copy: it tells how much would be lost,
// and that the copy is of this source.
func (d *run) marker(ctx context.Context) error {
	m := d.restored.state.Marker
	d.report.Marker = m
	if m == nil || d.Source == nil {
		return nil
	}
	known, err := knowsMarker(ctx, *d.Source, m.ID)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	found := "marker " + m.ID + " of " + m.At.Format(time.RFC3339)
	switch {
	case err != nil:
		d.report.add(L3, "marker", Unknown, "the source knows it", found+": "+err.Error())
	case !known && d.now.Sub(m.At) > making.MarkersKept:
		d.report.add(L3, "marker", Unknown, "the source knows it", found+" is older than the source keeps them")
	default:
		if !known {
			found += ", which the source never wrote: the copy is of another system or generation"
		}
		d.report.judge(L3, "marker", known, "the source knows it", found)
	}
	return nil
}

// times states how much would be lost and how long the way back took.
func (d *run) times() {
	var at time.Time
	var method string
	switch {
	case d.restored.state.Marker != nil:
		at, method = d.restored.state.Marker.At, "age of the newest marker row in the copy when the drill began"
	case d.artefact.Manifest != nil:
		at, method = d.artefact.Manifest.At(), "age of the state in the copy when the drill began, by its manifest; no marker was found in it"
	default:
		at, method = d.report.Artefact.Made, "age of the file when the drill began; it has neither marker nor manifest"
	}
	d.report.RPO = span(d.now.Sub(at).Seconds(), d.RPO, method)
	var names []string
	total := 0.0
	for _, p := range d.report.Phases {
		names = append(names, p.Name)
		total += p.Seconds
	}
	d.report.RTO = span(total, d.RTO, "sum of: "+strings.Join(names, ", "))
	if m := d.artefact.Manifest; d.source != nil && m != nil && m.Snapshot != nil && m.Snapshot.Bytes > 0 && d.source.Bytes > 0 {
		d.report.RTONow = span(total*max(1, float64(d.source.Bytes)/float64(m.Snapshot.Bytes)), d.RTO, fmt.Sprintf("RTO times the growth of the source since: %d bytes of then, %d of now", m.Snapshot.Bytes, d.source.Bytes))
	}
	for _, s := range []struct {
		name string
		span *Span
	}{{"rpo", d.report.RPO}, {"rto", d.report.RTO}, {"rto today", d.report.RTONow}} {
		if s.span != nil && s.span.Met != nil {
			d.report.judge(L3, s.name, *s.span.Met, fmt.Sprintf("at most %.0f s", s.span.Target), fmt.Sprintf("%.1f s (%s)", s.span.Seconds, s.span.Method))
		}
	}
}

func span(seconds float64, target time.Duration, method string) *Span {
	s := &Span{Seconds: seconds, Method: method}
	if target > 0 {
		met := seconds <= target.Seconds()
		s.Target, s.Met = target.Seconds(), &met
	}
	return s
}
