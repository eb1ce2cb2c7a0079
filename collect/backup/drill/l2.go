package drill

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/making"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
)

// l2: the tool that made it can read all of it.
func (d *run) l2(ctx context.Context) error {
	switch d.form {
	case repository.Custom:
		return d.readCustom(ctx)
	case repository.Plain:
		return d.lastLine(ctx, "PostgreSQL database dump complete", "PostgreSQL database cluster dump complete")
	case repository.SQL:
		return d.lastLine(ctx, "-- Dump completed")
	case repository.Base:
		return d.verifyBase(ctx)
	case repository.Whole:
		return d.integrity(ctx)
	case repository.Tar:
		return d.listTar(ctx)
	case repository.Restic:
		return d.resticCheck(ctx)
	}
	return fmt.Errorf("there is no tool for the form %q", d.form)
}

// enter makes the room, once.
func (d *run) enter(ctx context.Context) error {
	if d.room != nil {
		return nil
	}
	var apart []string
	if d.source != nil {
		apart = append(apart, d.source.folder)
	}
	if d.artefact.Dir != "" {
		apart = append(apart, filepath.Dir(filepath.Dir(d.artefact.Dir)))
	}
	room, err := scratchRoom(ctx, d.Options, apart)
	if err != nil {
		return err
	}
	d.room = room
	d.report.Scratch = append(d.report.Scratch, "a folder of its own, "+room.Dir, "sockets in that folder only, TCP off")
	if room.NoNetwork {
		d.report.Scratch = append(d.report.Scratch, "as an unprivileged user in a network namespace without interfaces")
	}
	return nil
}

// space refuses to go on when the disk has less room than is needed.
func (d *run) space(need int64, what string) error {
	free, known := d.free(d.room.Dir)
	if !known {
		d.report.add(L2, "space", Unknown, fmt.Sprintf("%d bytes for %s", need, what), "free space is not known on this system")
		return nil
	}
	if free < need {
		return fmt.Errorf("%s has %d bytes free, and %d are needed for %s; name a larger disk with --scratch", d.room.Dir, free, need, what)
	}
	return nil
}

// fetch brings a stored file and times it, the first time.
func (d *run) fetch(ctx context.Context, p part) (path string, err error) {
	if path := d.room.Path(archive.PlainName(p.Name)); exists(path) {
		return path, nil
	}
	err = d.phase("unpack", p.Size, func() error {
		path, err = d.bring(ctx, p)
		return err
	})
	return path, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// bring writes a stored file, decrypted and unpacked, into the room.
func (d *run) bring(ctx context.Context, p part) (string, error) {
	path := d.room.Path(archive.PlainName(p.Name))
	r, err := d.reader(p)
	if err != nil {
		return "", err
	}
	defer r.Close()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer f.Close()
	most := int64(-1)
	if p.Plain >= 0 {
		most = p.Plain
	} else if free, known := d.free(d.room.Dir); known {
		most = free * 9 / 10
	}
	from := io.Reader(stopping{ctx, r})
	if most >= 0 {
		from = io.LimitReader(from, most+1)
	}
	n, err := io.Copy(f, from)
	if err != nil {
		return "", fmt.Errorf("unpack %s: %w", p.Name, err)
	}
	if most >= 0 && n > most {
		return "", fmt.Errorf("unpack %s: it is larger than the %d bytes there should be", p.Name, most)
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return path, d.room.Owner.Own(path)
}

// readCustom has pg_restore read a dump to its end. Its list alone is whole even
// when the data behind it is cut.
func (d *run) readCustom(ctx context.Context) error {
	p, _ := d.part("data")
	if err := d.enter(ctx); err != nil {
		return err
	}
	if err := d.space(p.plainSize()+1<<20, "the dump"); err != nil {
		return err
	}
	path, err := d.fetch(ctx, p)
	if err != nil {
		return err
	}
	tool, err := program.Postgres(ctx, "pg_restore", d.major(), false)
	if err == nil {
		tool, err = tool.Ask(ctx)
	}
	if err != nil {
		return err
	}
	d.version(tool.Name + " " + tool.Version)
	_, err = program.Run(ctx, program.Call{Program: tool, As: d.room.Owner, Dir: d.room.Dir, Args: []string{"--file=" + os.DevNull, path}})
	return d.readable(ctx, "pg_restore reads it to its end", err)
}

// readable turns a tool's failure into a failed assertion.
func (d *run) readable(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	found := "it does"
	if err != nil {
		found = err.Error()
	}
	d.report.judge(L2, "readable", err == nil, what, found)
	return nil
}

// major is the version of the server that the dump is of; 0 when it is not known.
func (d *run) major() int {
	if m := d.artefact.Manifest; m != nil && m.Snapshot != nil {
		return m.Snapshot.Identity.Major
	}
	if d.source != nil && d.source.Engine == backup.PostgreSQL {
		return d.source.Identity.Major
	}
	return 0
}

// lastLine looks for the line with which a dump ends. Loading a cut dump raises no
// error when it is cut between two statements.
func (d *run) lastLine(ctx context.Context, words ...string) error {
	p, _ := d.part("data")
	r, err := d.reader(p)
	if err != nil {
		return d.readable(ctx, "the dump's last line", err)
	}
	defer r.Close()
	const size = 8 << 10
	var last []byte
	buffer := make([]byte, 1<<20)
	for {
		n, err := stopping{ctx, r}.Read(buffer)
		last = append(last, buffer[max(0, n-size):n]...)
		last = last[max(0, len(last)-size):]
		if err == io.EOF {
			break
		}
		if err != nil {
			return d.readable(ctx, "the dump's last line", err)
		}
	}
	for _, w := range words {
		if bytes.Contains(last, []byte(w)) {
			d.report.judge(L2, "readable", true, "the dump's last line", w)
			return nil
		}
	}
	lines := strings.Split(strings.TrimSpace(string(last)), "\n")
	end := []rune(lines[len(lines)-1])
	d.report.judge(L2, "readable", false, "the dump's last line: "+words[0], fmt.Sprintf("it ends within a line of %d letters: it is cut", len(end)))
	return nil
}

// listTar reads a tar archive to its end.
func (d *run) listTar(ctx context.Context) error {
	p, _ := d.part("data")
	r, err := d.reader(p)
	if err != nil {
		return d.readable(ctx, "tar reads it to its end", err)
	}
	defer r.Close()
	n, err := archive.List(ctx, r)
	if err == nil {
		d.report.judge(L2, "readable", true, "tar reads it to its end", fmt.Sprintf("%d entries", n))
		return nil
	}
	return d.readable(ctx, "tar reads it to its end", err)
}

// resticParts is how many drills read the whole of a restic repository, a part each.
const resticParts = 4

func (d *run) resticCheck(ctx context.Context) error {
	r, err := d.resticRepository(ctx)
	if err != nil {
		return err
	}
	round := 0
	if d.artefact.Drill != nil {
		round = d.artefact.Drill.Round
	}
	subset := fmt.Sprintf("%d/%d", round%resticParts+1, resticParts)
	_, err = r.Run(ctx, nil, nil, "check", "--read-data-subset="+subset)
	return d.readable(ctx, "restic check, part "+subset+" of the data read", err)
}

func (d *run) resticRepository(ctx context.Context) (making.Restic, error) {
	if d.Passphrase == "" {
		return making.Restic{}, backup.NewWrong("--passphrase-file", "is missing: restic needs its password")
	}
	tool, err := program.Find(ctx, "restic", "restic")
	if err != nil {
		return making.Restic{}, err
	}
	d.version(tool.Name + " " + tool.Version)
	return making.Restic{Program: tool, Repository: filepath.Join(filepath.Dir(filepath.Dir(d.artefact.Dir)), repository.ResticFolder), PasswordFile: d.Passphrase}, nil
}
