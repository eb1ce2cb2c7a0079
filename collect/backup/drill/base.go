package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/program"
	"steward/collect/backup/scratch"
	"steward/collect/backup/snapshot"
)

// layOut unpacks a copy of a cluster into the room, as it lay at the source but
// for its tablespaces, which lie in the room too.
func (d *run) layOut(ctx context.Context) (string, error) {
	data := d.room.Path("data")
	if _, err := os.Stat(data); err == nil {
		return data, nil
	}
	var need int64 = 200 << 20
	for _, p := range d.parts() {
		need += p.plainSize()
	}
	if err := d.space(need, "the copy of the cluster"); err != nil {
		return "", err
	}
	var stored int64
	for _, p := range d.parts() {
		stored += p.Size
	}
	err := d.phase("unpack", stored, func() error {
		for _, p := range d.parts() {
			folder := ""
			switch p.Role {
			case "data":
				folder = data
			case "wal":
				folder = filepath.Join(data, "pg_wal")
			case "tablespace":
				oid, _, _ := strings.Cut(archive.PlainName(p.Name), ".")
				folder = d.room.Path("tablespaces", oid)
			default:
				continue
			}
			if err := d.unpack(ctx, p, folder); err != nil {
				return err
			}
		}
		return d.linkTablespaces(data)
	})
	if err != nil {
		return "", err
	}
	if m, there := d.part("manifest"); there {
		path, err := d.bring(ctx, m)
		if err != nil {
			return "", err
		}
		if err := os.Rename(path, filepath.Join(data, "backup_manifest")); err != nil {
			return "", err
		}
	}
	return data, errors.Join(os.Chmod(data, 0o700), d.room.Owner.Own(d.room.Dir))
}

func (d *run) unpack(ctx context.Context, p part, folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	r, err := d.reader(p)
	if err != nil {
		return err
	}
	defer r.Close()
	most := p.plainSize()
	if p.Plain < 0 {
		if free, known := d.free(d.room.Dir); known {
			most = free * 9 / 10
		}
	}
	if err := archive.Unpack(ctx, r, folder, most); err != nil {
		return fmt.Errorf("unpack %s: %w", p.Name, err)
	}
	return nil
}

// linkTablespaces puts the links of pg_tblspc at the folders in the room. The
// server would make them anew from tablespace_map, at the source's own paths.
func (d *run) linkTablespaces(data string) error {
	found, err := filepath.Glob(d.room.Path("tablespaces", "*"))
	if err != nil || len(found) == 0 {
		return err
	}
	links := filepath.Join(data, "pg_tblspc")
	if err := os.MkdirAll(links, 0o700); err != nil {
		return err
	}
	for _, folder := range found {
		link := filepath.Join(links, filepath.Base(folder))
		if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.Symlink(folder, link); err != nil {
			return err
		}
	}
	return nil
}

// verifyBase has pg_verifybackup check every file against the manifest that the
// server wrote, and read the log that makes the copy whole.
func (d *run) verifyBase(ctx context.Context) error {
	if err := d.enter(ctx); err != nil {
		return err
	}
	data, err := d.layOut(ctx)
	if err != nil {
		return d.unlessDamaged(ctx, err)
	}
	if _, err := os.Stat(filepath.Join(data, "backup_manifest")); err != nil {
		d.report.add(L2, "readable", Unknown, "pg_verifybackup finds nothing", "the copy has no backup_manifest")
		return nil
	}
	tool, err := program.Postgres(ctx, "pg_verifybackup", d.major(), false)
	if err == nil {
		tool, err = tool.Ask(ctx)
	}
	if err != nil {
		d.report.add(L2, "readable", Unknown, "pg_verifybackup finds nothing", err.Error())
		return nil
	}
	d.version(tool.Name + " " + tool.Version)
	_, err = program.Run(ctx, program.Call{Program: tool, As: d.room.Owner, Dir: d.room.Dir, Args: []string{data}})
	return d.readable(ctx, "pg_verifybackup finds nothing", err)
}

// unlessDamaged makes a failure to unpack an assertion, and a lack of room an error.
func (d *run) unlessDamaged(ctx context.Context, err error) error {
	var wrong *backup.Wrong
	if ctx.Err() != nil || errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "unpack ") {
		return err
	}
	return d.readable(ctx, "tar reads it to its end", err)
}

// restoreBase starts the copy of a cluster as a scratch server, which recovers by
// the log that came with it or by the archived log, and looks at what it holds.
func (d *run) restoreBase(ctx context.Context) error {
	data, err := d.layOut(ctx)
	if err != nil {
		return err
	}
	super, database := d.superuser(), ""
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil {
		database = m.Snapshot.Identity.Database
	}
	recovery, err := d.recovery(ctx)
	if err != nil {
		return err
	}
	// tablespace_map would lead to the source's own folders.
	if text, err := os.ReadFile(filepath.Join(data, "tablespace_map")); err == nil {
		if err := os.WriteFile(filepath.Join(data, "tablespace_map"), []byte(d.mapHere(string(text))), 0o600); err != nil {
			return err
		}
	}
	var p *scratch.Postgres
	err = d.phase("recovery", 0, func() (err error) {
		p, err = d.room.AdoptPostgres(ctx, data, super, recovery)
		return err
	})
	if err != nil {
		return d.restoreFailed(ctx, err)
	}
	d.report.judge(L3, "restore", true, "the copy starts and recovers", "it does")
	if err := d.neverTheSource(ctx, p, true); err != nil {
		return err
	}
	if err := d.sameSystem(ctx, p); err != nil {
		return err
	}
	if database == "" {
		names, err := databases(ctx, p)
		if err != nil {
			return err
		}
		if database = "postgres"; len(names) > 0 {
			database = names[len(names)-1]
		}
	}
	if err := d.examine(ctx, p, database); err != nil {
		return err
	}
	return d.checksums(ctx, p)
}

// mapHere rewrites 'OID PATH' lines to the folders in the room.
func (d *run) mapHere(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if oid, _, found := strings.Cut(strings.TrimSpace(line), " "); found {
			fmt.Fprintf(&b, "%s %s\n", oid, d.room.Path("tablespaces", filepath.Base(oid)))
		}
	}
	return b.String()
}

// sameSystem holds the copy's own identifier against the manifest's and the source's.
func (d *run) sameSystem(ctx context.Context, p *scratch.Postgres) error {
	c, err := p.Target("template1").Postgres(ctx, true)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	var system string
	if err := c.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&system); err != nil {
		return err
	}
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil && m.Snapshot.Identity.System != "" {
		d.report.judge(L3, "generation", system == m.Snapshot.Identity.System, "system "+m.Snapshot.Identity.System+", as the manifest has it", "system "+system)
	}
	if d.source != nil && d.source.Identity.System != "" {
		d.report.judge(L3, "generation", system == d.source.Identity.System, "system "+d.source.Identity.System+", as the source is", "system "+system)
	}
	return nil
}

// checksums has pg_checksums read every page; the server must be down for that.
func (d *run) checksums(ctx context.Context, p *scratch.Postgres) error {
	if m := d.artefact.Manifest; m == nil || m.Snapshot == nil || !m.Snapshot.Identity.Checksum || d.Level >= L4 && len(d.Queries) > 0 {
		return nil // the queries of L4 need the server
	}
	if err := p.Stop(); err != nil {
		return err
	}
	_, err := p.Tool(ctx, "pg_checksums", "template1", program.Call{Args: []string{"--check", "--pgdata=" + p.Data}})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	found := "all fit"
	if err != nil {
		found = err.Error()
	}
	d.report.judge(L3, "checksums", err == nil, "the checksum of every page", found)
	return nil
}

// recovery prepares the archived log in the room and finds out how far to follow it.
func (d *run) recovery(ctx context.Context) (scratch.Recovery, error) {
	log, err := d.logFolder()
	if err != nil || log == "" {
		if d.Until != "" {
			err = backup.NewWrong("--until", "needs --log FOLDER, where the archived log lies")
		}
		return scratch.Recovery{}, err
	}
	r := scratch.Recovery{Log: d.room.Path("log")}
	if err := d.copyLog(ctx, log, r.Log); err != nil {
		return r, err
	}
	kind, value, found := strings.Cut(d.Until, ":")
	switch {
	case d.Until == "":
	case found && kind == "lsn":
		if !isLSN(value) {
			return r, backup.NewWrong("--until", "%q is no position in the log; right is lsn:0/3000148", d.Until)
		}
		r.Until = "lsn " + value
	case found && kind == "marker":
		at, err := d.markerMoment(ctx, value)
		if err != nil {
			return r, err
		}
		r.Until = "time " + at.UTC().Format("2006-01-02 15:04:05.999999+00")
	default:
		at, err := time.Parse(time.RFC3339Nano, d.Until)
		if err != nil {
			return r, backup.NewWrong("--until", "%q is neither lsn:…, nor marker:ID, nor a moment such as 2026-11-22T06:00:00Z", d.Until)
		}
		r.Until = "time " + at.UTC().Format("2006-01-02 15:04:05.999999+00")
	}
	return r, nil
}

func isLSN(s string) bool {
	a, b, found := strings.Cut(s, "/")
	hex := func(s string) bool {
		return len(s) > 0 && len(s) <= 8 && strings.Trim(strings.ToUpper(s), "0123456789ABCDEF") == ""
	}
	return found && hex(a) && hex(b)
}

// copyLog copies segments and histories: the scratch server's user may read
// nothing outside of its room.
func (d *run) copyLog(ctx context.Context, from, to string) error {
	if _, err := d.room.Folder("log"); err != nil {
		return err
	}
	list, err := os.ReadDir(from)
	if err != nil {
		return backup.NewWrong("--log", "%v", err)
	}
	var size int64
	var names []string
	for _, f := range list {
		info, err := f.Info()
		if err != nil {
			return err
		}
		if name := f.Name(); info.Mode().IsRegular() && len(name) >= 16 && strings.Trim(strings.TrimSuffix(strings.TrimSuffix(name, ".history"), ".partial"), "0123456789ABCDEF") == "" || info.Mode().IsRegular() && strings.HasSuffix(f.Name(), ".history") {
			size += info.Size()
			names = append(names, f.Name())
		}
	}
	if len(names) == 0 {
		return backup.NewWrong("--log", "%s holds no log of PostgreSQL", from)
	}
	if err := d.space(size, "the archived log"); err != nil {
		return err
	}
	return d.phase("fetch log", size, func() error {
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			b, err := os.ReadFile(filepath.Join(from, name)) // a segment has 16 MB, at most 1 GB
			if err != nil {
				return err
			}
			// A segment that was still being received is what there is of the newest log.
			if err := os.WriteFile(filepath.Join(to, strings.TrimSuffix(name, ".partial")), b, 0o600); err != nil {
				return err
			}
		}
		return d.room.Owner.Own(to)
	})
}

// markerMoment is a moment after a heartbeat was committed and before the next one.
func (d *run) markerMoment(ctx context.Context, id string) (time.Time, error) {
	if d.Source == nil || d.Source.Kind != backup.PostgreSQL {
		return time.Time{}, backup.NewWrong("--until", "marker: needs --source, which is asked when the marker was written")
	}
	c, err := d.Source.Postgres(ctx, true)
	if err != nil {
		return time.Time{}, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	var at string
	err = c.QueryRow(ctx, "SELECT at FROM "+snapshot.MarkerTable+" WHERE id = $1", id).Scan(&at)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, backup.NewWrong("--until", "the source knows no marker %s", id)
	}
	if err != nil {
		return time.Time{}, err
	}
	moment, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return time.Time{}, fmt.Errorf("the marker's moment: %w", err)
	}
	// Its commit follows its moment by a little; the next marker may follow soon.
	wait := time.Second
	var next string
	err = c.QueryRow(ctx, "SELECT at FROM "+snapshot.MarkerTable+" WHERE at > $1 ORDER BY at LIMIT 1", at).Scan(&next)
	switch {
	case err == nil:
		if n, err := time.Parse(time.RFC3339Nano, next); err == nil {
			wait = min(wait, n.Sub(moment)/2)
		}
	case !errors.Is(err, pgx.ErrNoRows):
		return time.Time{}, err
	}
	return moment.Add(wait), nil
}

// pointInTime says whether the point asked for was reached and not passed.
func (d *run) pointInTime() {
	kind, value, _ := strings.Cut(d.Until, ":")
	m := d.restored.state.Marker
	switch {
	case kind == "marker" && m == nil:
		d.report.judge(L4, "point in time", false, "marker "+value+" is the newest", "the copy has no marker")
	case kind == "marker":
		d.report.judge(L4, "point in time", m.ID == value, "marker "+value+" is the newest", "the newest is "+m.ID)
	case kind != "lsn" && kind != "position" && m != nil:
		until, err := time.Parse(time.RFC3339Nano, d.Until)
		d.report.judge(L4, "point in time", err == nil && !m.At.After(until), "no marker after "+d.Until, "the newest is of "+m.At.Format(time.RFC3339Nano))
	default:
		d.report.judge(L4, "point in time", true, d.Until, "the log was followed so far without an error; there is no marker to prove it by")
	}
}
