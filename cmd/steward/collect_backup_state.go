package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"steward/collect/backup/hold"
	"steward/collect/backup/making"
	"steward/collect/backup/program"
	"steward/collect/backup/read"
	"steward/collect/backup/repository"
	"steward/collect/backup/retention"
)

// pruned is the data of a 'backup-retention' observation.
type pruned struct {
	retention.Decision
	Removed bool `json:"removed"`
}

func (r *backupRun) list(args []string) error {
	fs := newFlags("collect backup list")
	dir := fs.String("repository", "", "")
	if rest, err := parse(fs, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return wrongUse("list takes no target; %q is one", rest[0])
	}
	repo, err := repository.Open(*dir, false)
	if err != nil {
		return err
	}
	result, err := read.Own(repo)
	if err != nil {
		return err
	}
	return r.states(result, repo.Dir, "manifest")
}

// states prints each copy and each source's state.
func (r *backupRun) states(result *read.Result, source, method string) error {
	for _, c := range result.Copies {
		if err := r.fact("backup-copy", c.Source, source, method, c); err != nil {
			return err
		}
	}
	for _, s := range result.States(time.Now()) {
		if err := r.fact("backup-state", s.Source, source, method, s); err != nil {
			return err
		}
	}
	for _, g := range result.Gaps {
		if err := r.fact("gap", source, source, method, g); err != nil {
			return err
		}
	}
	return nil
}

func (r *backupRun) prune(args []string) error {
	fs := newFlags("collect backup prune")
	dir := fs.String("repository", "", "")
	keep := fs.String("keep", retention.Default.String(), "")
	name := fs.String("name", "", "")
	passphrase := fs.String("passphrase-file", "", "")
	dry := fs.Bool("dry-run", false, "")
	if rest, err := parse(fs, args); err != nil {
		return err
	} else if len(rest) > 0 {
		return wrongUse("prune takes no target; name the source with --name")
	}
	rules, err := retention.Parse(*keep)
	if err != nil {
		return err
	}
	repo, err := repository.Open(*dir, false)
	if err != nil {
		return err
	}
	return r.thin(repo, *name, rules, *dry, *passphrase)
}

// thin removes what the rules do not keep, of one source or of all.
func (r *backupRun) thin(repo *repository.Repository, source string, rules retention.Keep, dry bool, passphrase string) error {
	all, err := repo.List()
	if err != nil {
		return err
	}
	// Copies of one source in several forms are kept apart: a dump does not stand
	// in for the copy of a cluster.
	type series struct{ source, form string }
	copies, found := map[series][]retention.Copy{}, map[string]repository.Artefact{}
	var order []series
	for _, a := range all {
		if source != "" && a.Source() != source {
			continue
		}
		s := series{a.Source(), ""}
		if a.Manifest != nil {
			s.form = string(a.Manifest.Form)
		}
		if copies[s] == nil {
			order = append(order, s)
		}
		copies[s] = append(copies[s], retention.Copy{ID: a.Dir, At: a.At(), Good: a.Broken == "", Held: a.Held()})
		found[a.Dir] = a
	}
	for _, s := range order {
		for _, d := range retention.Plan(copies[s], rules, time.Local) {
			p := pruned{Decision: d}
			a := found[d.ID]
			if !d.Keep && !dry {
				switch err := r.remove(repo, a, passphrase); {
				case errors.Is(err, hold.ErrHeld):
					p.Keep, p.Reasons = true, []string{"held: somebody began to work on it"}
				case err != nil:
					return fmt.Errorf("remove %s: %w", a.Dir, err)
				default:
					p.Removed = true
				}
			}
			p.ID = filepath.Base(a.Dir)
			if err := r.fact("backup-retention", s.source, a.Dir, "retention "+rules.String(), p); err != nil {
				return err
			}
		}
	}
	return r.ctx.Err()
}

func (r *backupRun) remove(repo *repository.Repository, a repository.Artefact, passphrase string) error {
	if a.Manifest == nil || a.Manifest.Form != repository.Restic {
		return repo.Remove(a, nil)
	}
	if passphrase == "" {
		return wrongUse("--passphrase-file is missing: %s lies in restic's repository", a.Dir)
	}
	tool, err := program.Find(r.ctx, "restic", "restic")
	if err != nil {
		return err
	}
	in := making.Restic{Program: tool, Repository: filepath.Join(repo.Dir, repository.ResticFolder), PasswordFile: passphrase}
	return repo.Remove(a, func() error { return in.Forget(r.ctx, a.Manifest.ResticID) })
}

func (r *backupRun) read(args []string) error {
	fs := newFlags("collect backup read")
	zoneName := fs.String("zone", "Local", "")
	passphrase := fs.String("passphrase-file", "", "")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 2 {
		return wrongUse("name the tool (pgbackrest, barman, restic, borg, veeam) and its output: a file, - or, of restic and borg, a repository")
	}
	zone, err := time.LoadLocation(*zoneName)
	if err != nil {
		return wrongUse("--zone: %v", err)
	}
	tool, name := rest[0], rest[1]
	if info, err := os.Stat(name); name != "-" && err == nil && info.IsDir() {
		result, err := read.Repository(r.ctx, tool, name, *passphrase)
		if err != nil {
			return err
		}
		return r.states(result, name, "command")
	}
	in := io.Reader(os.Stdin)
	if r.s.in != nil {
		in = r.s.in
	}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return wrongUse("%v", err)
		}
		defer f.Close()
		in = f
	}
	result, err := read.Parse(tool, in, zone)
	if err != nil {
		return err
	}
	return r.states(result, name, "file")
}
