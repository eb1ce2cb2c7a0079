package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/archive"
	"steward/collect/backup/drill"
	"steward/collect/backup/evidence"
	"steward/collect/backup/making"
	"steward/collect/backup/read"
	"steward/collect/backup/repository"
	"steward/collect/backup/retention"
	"steward/collect/backup/snapshot"
	"steward/collect/fact"
)

const backupHelp = `Usage: steward collect backup make TARGET --repository DIR [flags]
       steward collect backup list --repository DIR
       steward collect backup prune --repository DIR [--keep RULES] [--dry-run]
       steward collect backup mark TARGET
       steward collect backup read pgbackrest|barman|restic|borg|veeam FILE|DIR|-
       steward collect backup drill ARTEFACT --level L0…L4 [--source TARGET] [flags]
       steward collect backup verify-evidence FILE --key PUBLIC

A TARGET is postgres://user@host/database, mysql://user@host/database, a SQLite
file or a folder. Nothing is written to it, except the marker row when --marker
or mark asks for it. Passwords come from --password-file (or PGPASSFILE).

make     --form custom|plain|base|sql|file|archive|restic   the usual one if left out
         --name NAME             of the source in the repository
         --encrypt-to RECIPIENT  age recipient or file of them; repeatable
         --passphrase-file FILE  encrypt with a passphrase instead (restic: its password)
         --keep RULES            prune this source afterwards, as in daily=7,weekly=4
         --no-fingerprint        count rows only
         --marker                write a heartbeat into the table steward_marker first
drill    --level L3              L0 present, L1 intact, L2 readable, L3 restored, L4 used
         --rpo 24h --rto 4h      targets
         --min-size BYTES        smallest size believed
         --identity FILE, --passphrase-file FILE   to decrypt
         --globals FILE          roles of a dump that has none beside it
         --queries FILE          own questions: [{"name","sql","equals"|"min","max"}]
         --log DIR --until lsn:X|position:FILE:N|marker:ID|MOMENT   follow the archived log
                         of PostgreSQL or MariaDB
         --superuser NAME        of a copied cluster without manifest
         --scratch DIR           where the scratch instance is made
         --tolerance 0.1         how far rows may differ from a live source
         --evidence FILE --signing-key FILE --by NAME   signed evidence; the key is made at first use
read     --zone NAME             zone of moments without one (the machine's)
         --passphrase-file FILE  of a restic or borg repository

RULES are last, hourly, daily, weekly, monthly, yearly; the last good one and one
in use always stay. Without --keep, prune keeps ` + "hourly=24,daily=7,weekly=4,monthly=12,yearly=5" + `.
A drill that finds something wrong ends with 1.

Example: steward collect backup make postgres://backup@db/shop --repository /backup --password-file pw
Example: steward collect backup drill /backup/shop/20261122T060350Z-custom-1a2b3c4d --level L3 --evidence drill.json --signing-key key`

func backupCollector() collector {
	return collector{
		name: "backup", summary: "backups: made, kept, read from other tools, and proven by a restore", help: backupHelp,
		schema: func() []byte {
			return factSchema("collect backup", map[string]any{"backup": repository.Manifest{}, "backup-state": read.State{}, "backup-copy": read.Copy{}, "backup-retention": pruned{},
				"backup-marker": snapshot.Marker{}, "backup-drill": drill.Report{}, "backup-evidence": verified{}, "gap": fact.Gap{}})
		},
		run: runCollectBackup,
	}
}

// backupRun is one call of `collect backup`.
type backupRun struct {
	ctx  context.Context
	s    streams
	emit fact.Emit
	said time.Time
}

func runCollectBackup(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	verbs := map[string]func(*backupRun, []string) error{"make": (*backupRun).make, "list": (*backupRun).list, "prune": (*backupRun).prune, "mark": (*backupRun).mark,
		"read": (*backupRun).read, "drill": (*backupRun).drill, "verify-evidence": (*backupRun).verify}
	if len(args) == 0 || verbs[args[0]] == nil {
		return wrongUse("say what to do: make, list, prune, mark, read, drill or verify-evidence; `steward collect backup --help` tells more")
	}
	r := &backupRun{ctx: ctx, s: s, emit: emit}
	err := verbs[args[0]](r, args[1:])
	var wrong *backup.Wrong
	if errors.As(err, &wrong) {
		return wrongUse("%s", err)
	}
	return err
}

func (r *backupRun) fact(kind, target, source, method string, data any) error {
	return r.emit(fact.Observation{Kind: kind, Target: target, At: time.Now().UTC(), Source: source, Method: method, Data: data})
}

// progress writes a line at most twice a second: tools say a lot.
func (r *backupRun) progress(line string) {
	if now := time.Now(); now.Sub(r.said) >= 500*time.Millisecond {
		r.said = now
		fmt.Fprintln(r.s.err, line)
	}
}

// target reads a target with its password from a file.
func target(address, passwordFile string) (backup.Target, error) {
	password := ""
	if passwordFile != "" {
		b, err := os.ReadFile(passwordFile)
		if err != nil {
			return backup.Target{}, wrongUse("--password-file: %v", err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		password = strings.TrimSuffix(line, "\r")
	}
	return backup.ParseTarget(address, password)
}

func (r *backupRun) make(args []string) error {
	fs := newFlags("collect backup make")
	var o making.Options
	var to several
	dir := fs.String("repository", "", "")
	password := fs.String("password-file", "", "")
	keep := fs.String("keep", "", "")
	form := fs.String("form", "", "")
	fs.StringVar(&o.Name, "name", "", "")
	fs.Var(&to, "encrypt-to", "")
	fs.StringVar(&o.Passphrase, "passphrase-file", "", "")
	fs.BoolVar(&o.NoPrints, "no-fingerprint", false, "")
	fs.BoolVar(&o.Marker, "marker", false, "")
	targets, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(targets) != 1 {
		return wrongUse("name one target; %d were given", len(targets))
	}
	rules := retention.Keep{}
	if *keep != "" {
		if rules, err = retention.Parse(*keep); err != nil {
			return err
		}
	}
	if o.Target, err = target(targets[0], *password); err != nil {
		return err
	}
	if o.To, err = archive.Recipients(to); err != nil {
		return err
	}
	o.Form = repository.Form(*form)
	if o.Passphrase != "" && o.Form != repository.Restic {
		if len(o.To) > 0 {
			return wrongUse("--passphrase-file and --encrypt-to do not go together; a file has either a passphrase or recipients")
		}
		passphrase, err := archive.Passphrase(o.Passphrase)
		if err != nil {
			return err
		}
		recipient, err := archive.WithPassphrase(passphrase, 0)
		if err != nil {
			return err
		}
		o.To = append(o.To, recipient)
	}
	if o.Repository, err = repository.Open(*dir, true); err != nil {
		return err
	}
	if !o.Marker && o.Target.Kind != backup.Folder {
		fmt.Fprintln(r.s.err, "no marker row is written (--marker is off): a drill measures the loss by the backup's own moment")
	}
	o.Progress = r.progress
	a, err := making.Make(r.ctx, o)
	if err != nil {
		return err
	}
	if err := r.fact("backup", o.Target.Shown, a.Dir, a.Manifest.Tool.Name, a.Manifest); err != nil {
		return err
	}
	for _, g := range a.Manifest.Gaps {
		if err := r.fact("gap", o.Target.Shown, a.Dir, a.Manifest.Tool.Name, g); err != nil {
			return err
		}
	}
	if *keep == "" {
		return nil
	}
	return r.thin(o.Repository, a.Manifest.Source, rules, false, o.Passphrase)
}

func (r *backupRun) mark(args []string) error {
	fs := newFlags("collect backup mark")
	password := fs.String("password-file", "", "")
	targets, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(targets) != 1 {
		return wrongUse("name one target; %d were given", len(targets))
	}
	t, err := target(targets[0], *password)
	if err != nil {
		return err
	}
	m, err := making.Mark(r.ctx, t)
	if err != nil {
		return err
	}
	return r.fact("backup-marker", t.Shown, snapshot.MarkerTable, "sql", m)
}

func (r *backupRun) drill(args []string) error {
	fs := newFlags("collect backup drill")
	o := drill.Options{Progress: r.progress}
	level := fs.String("level", "L3", "")
	source := fs.String("source", "", "")
	password := fs.String("password-file", "", "")
	identity := fs.String("identity", "", "")
	queries := fs.String("queries", "", "")
	file := fs.String("evidence", "", "")
	keyFile := fs.String("signing-key", "", "")
	fs.StringVar(&o.Passphrase, "passphrase-file", "", "")
	fs.DurationVar(&o.RPO, "rpo", 0, "")
	fs.DurationVar(&o.RTO, "rto", 0, "")
	fs.Int64Var(&o.MinSize, "min-size", 0, "")
	fs.StringVar(&o.Globals, "globals", "", "")
	fs.StringVar(&o.Log, "log", "", "")
	fs.StringVar(&o.Until, "until", "", "")
	fs.StringVar(&o.Superuser, "superuser", "", "")
	fs.StringVar(&o.Scratch, "scratch", "", "")
	fs.StringVar(&o.By, "by", "", "")
	fs.Float64Var(&o.Tolerance, "tolerance", 0, "")
	fs.IntVar(&o.Jobs, "jobs", 0, "")
	paths, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(paths) != 1 {
		return wrongUse("name one artefact; %d were given", len(paths))
	}
	o.Path = paths[0]
	if o.Level, err = drill.ParseLevel(*level); err != nil {
		return err
	}
	if *source != "" {
		t, err := target(*source, *password)
		if err != nil {
			return err
		}
		o.Source = &t
	}
	if o.Keys, err = archive.Identities(*identity, o.Passphrase); err != nil {
		return err
	}
	if *queries != "" {
		b, err := os.ReadFile(*queries)
		if err != nil {
			return wrongUse("--queries: %v", err)
		}
		if o.Queries, err = drill.ParseQueries(b); err != nil {
			return err
		}
	}
	var key evidence.Key
	if *file != "" {
		if *keyFile == "" {
			return wrongUse("--evidence needs --signing-key FILE; the key is made when there is none")
		}
		made := false
		if key, made, err = evidence.LoadKey(*keyFile); err != nil {
			return err
		}
		if made {
			fmt.Fprintf(r.s.err, "a signing key was made: %s; its public key is %s, in %s.pub\n", *keyFile, key.Public(), *keyFile)
		}
	}
	report, err := drill.Run(r.ctx, o)
	if err != nil {
		return err
	}
	if *file != "" {
		if err := evidence.Write(*file, report, key); err != nil {
			return fmt.Errorf("write the evidence: %w", err)
		}
	}
	if err := r.fact("backup-drill", report.Artefact.Path, report.Source, "restore drill "+report.Asked.String(), report); err != nil {
		return err
	}
	if report.Passed {
		return nil
	}
	var failed []string
	for _, a := range report.Failures() {
		failed = append(failed, fmt.Sprintf("%s %s: %s", a.Level, a.Name, a.Found))
	}
	return fmt.Errorf("reached %s (%s), asked for %s: %s", report.Reached, report.Words, report.Asked, strings.Join(failed, "; "))
}

// verified is the data of a 'backup-evidence' observation.
type verified struct {
	Valid   bool      `json:"valid" doc:"the signature fits the key"`
	Reached string    `json:"reached"`
	Tested  bool      `json:"tested"`
	Passed  bool      `json:"passed"`
	Started time.Time `json:"started"`
	By      string    `json:"by"`
	Path    string    `json:"artefact"`
}

func (r *backupRun) verify(args []string) error {
	fs := newFlags("collect backup verify-evidence")
	keyText := fs.String("key", "", "")
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(files) != 1 || *keyText == "" {
		return wrongUse("name one evidence file, and the public key with --key (its text, or the .pub file)")
	}
	text := *keyText
	if f, err := os.Open(text); err == nil {
		b, rerr := io.ReadAll(io.LimitReader(f, 1<<16))
		f.Close()
		if rerr != nil {
			return rerr
		}
		text = string(b)
	}
	public, err := evidence.ParsePublic(text)
	if err != nil {
		return err
	}
	b, err := evidence.Read(files[0])
	if err != nil {
		return wrongUse("%v", err)
	}
	payload, err := evidence.Verify(b, public)
	if err != nil {
		return err
	}
	report, err := drill.ParseReport(payload)
	if err != nil {
		return err
	}
	return r.fact("backup-evidence", files[0], files[0], "Ed25519", verified{true, report.Reached.String(), report.Tested, report.Passed, report.Started, report.By, report.Artefact.Path})
}
