package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/repository"
)

// l1: it is what was written, can be decrypted, and is of this system and generation.
func (d *run) l1(ctx context.Context) error {
	if d.file != "" {
		d.report.add(L1, "manifest", Unknown, "", "the file was made by another tool and has no manifest; its hash says only what was drilled")
	} else {
		d.report.judge(L1, "manifest", true, "its own sum", d.artefact.Manifest.Sum)
	}
	d.report.Artefact.SHA256 = map[string]string{}
	for _, p := range d.parts() {
		if err := d.hash(ctx, p); err != nil {
			return err
		}
	}
	d.generation()
	return nil
}

// hash reads a stored file to its end: decrypted, unpacked, hashed as stored.
func (d *run) hash(ctx context.Context, p part) error {
	r, err := d.reader(p)
	if errors.Is(err, archive.ErrNoKey) {
		return backup.NewWrong("artefact", "cannot be read: %v", err)
	}
	if err != nil {
		d.report.judge(L1, "hash", false, "a file that can be opened", p.Name+": "+err.Error())
		return nil
	}
	defer r.Close()
	plain, err := io.Copy(io.Discard, stopping{ctx, r})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	sum, serr := r.Sum()
	if serr != nil {
		return serr
	}
	d.report.Artefact.SHA256[p.Name] = sum
	if d.file == "" {
		d.report.judge(L1, "hash", sum == p.SHA256, p.SHA256, p.Name+": "+sum)
	}
	what := "unpacked"
	if strings.HasSuffix(p.Name, ".age") {
		what = "decrypted and unpacked"
	}
	switch {
	case err != nil:
		d.report.judge(L1, "decrypt", false, what+" to its end", fmt.Sprintf("%s: after %d bytes: %v", p.Name, plain, err))
	case p.Plain >= 0 && plain != p.Plain:
		d.report.judge(L1, "decrypt", false, fmt.Sprintf("%d bytes", p.Plain), fmt.Sprintf("%s: %d bytes", p.Name, plain))
	case d.file == "":
		d.report.judge(L1, "decrypt", true, fmt.Sprintf("%d bytes", p.Plain), fmt.Sprintf("%s: %s, %d bytes", p.Name, what, plain))
	}
	return nil
}

// generation holds the artefact's system and generation against the source's.
func (d *run) generation() {
	switch {
	case d.source == nil:
		d.report.add(L1, "generation", Unknown, "", "no --source was given to hold its system and generation against")
		return
	case d.artefact.Manifest == nil || d.artefact.Manifest.Snapshot == nil:
		d.report.add(L1, "generation", Unknown, "", "there is no manifest that tells which system it is of; markers in the copy may tell at L3")
		return
	}
	was, is := d.artefact.Manifest.Snapshot.Identity, d.source.Identity
	if d.artefact.Manifest.Kind != d.source.Engine {
		d.report.judge(L1, "generation", false, "a backup of "+string(d.source.Engine), "it is of "+string(d.artefact.Manifest.Kind))
		return
	}
	var wrong []string
	unknown := ""
	switch {
	case was.System == "" || is.System == "":
		unknown = "the system's own id could not be read on both sides"
	case was.System != is.System:
		wrong = append(wrong, fmt.Sprintf("it is of the system %s, the source is %s", was.System, is.System))
	}
	if d.source.Engine == backup.PostgreSQL && was.Database != is.Database && d.form != repository.Base {
		wrong = append(wrong, fmt.Sprintf("it is of the database %s, the source is %s", was.Database, is.Database))
	}
	if d.source.Engine == backup.MariaDB && was.Database != is.Database {
		wrong = append(wrong, fmt.Sprintf("it is of the database %s, the source is %s", was.Database, is.Database))
	}
	switch {
	case len(wrong) > 0 || was.Timeline == 0 || is.Timeline == 0:
	case d.source.Engine == backup.SQLite && was.Timeline > is.Timeline:
		wrong = append(wrong, fmt.Sprintf("it saw change %d, the source is at change %d: the source was replaced by an older file", was.Timeline, is.Timeline))
	case d.source.Engine == backup.PostgreSQL && was.Timeline != is.Timeline:
		wrong = append(wrong, fmt.Sprintf("it is of timeline %d, the source is on %d: it failed over or was restored in between, and this generation has no backup", was.Timeline, is.Timeline))
	}
	if unknown != "" && len(wrong) == 0 {
		d.report.add(L1, "generation", Unknown, "", unknown)
		return
	}
	d.report.judge(L1, "generation", len(wrong) == 0, fmt.Sprintf("system %s, generation %d", is.System, is.Timeline), fmt.Sprintf("system %s, generation %d", was.System, was.Timeline), wrong...)
}

// stopping ends a long copy when the context ends.
type stopping struct {
	ctx context.Context
	r   io.Reader
}

func (s stopping) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// logFolder is the folder of the archived log, absolute; "" when none was given.
func (d *run) logFolder() (string, error) {
	if d.Log == "" {
		return "", nil
	}
	return filepath.Abs(d.Log)
}
