package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/lib/locale"
	"steward/modules/reports"
)

func reportCommand() command {
	return command{
		name: "report", summary: "make the monthly management report",
		help: `Usage: steward report monthly --data DIR --month YYYY-MM --out FILE [--format pdf|xlsx|html] [--lang en|de|sv|pl|hu] [--user NAME] [--json]

Writes the month's report as a file; "-" is standard output. Without --user it is Steward's
full view, without closed personal categories; with it, what that person may see. A month
that is not closed yet is marked as preliminary. The language is the organisation's unless
given. The same month from the same data is the same file, byte for byte.

Example: steward report monthly --data ./data --month 2026-11 --format pdf --lang de --out november.pdf`,
		run: runReport,
	}
}

func runReport(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 || args[0] != "monthly" {
		return wrongUse("say `steward report monthly …`; see --help")
	}
	fs := newFlags("report monthly")
	at := placeFlags(fs)
	month := fs.String("month", "", "month, as in 2026-11")
	format := fs.String("format", "pdf", "pdf, xlsx or html")
	lang := fs.String("lang", "", "en, de, sv, pl or hu")
	out := fs.String("out", "", "file to write; - is standard output")
	user := fs.String("user", "", "sign-in name of the person under whose rights it is made")
	asJSON := fs.Bool("json", false, "answer as JSON")
	err := parseFlags(fs, args[1:])
	if err != nil {
		return err
	}
	o := reports.Options{Lang: locale.Lang(*lang)}
	if *month == "" {
		return wrongUse("say which month: --month 2026-11")
	}
	if o.Month, err = figures.ParseMonth(*month); err != nil {
		return usage{err.Error()}
	}
	kind, err := reports.ParseFormat(*format)
	if err != nil {
		return usage{err.Error()}
	}
	if *lang != "" && !o.Lang.Valid() {
		return wrongUse("--lang %s is none of en, de, sv, pl and hu", *lang)
	}
	if *out == "" {
		return wrongUse("say where to write it: --out FILE")
	}
	if *out == "-" && *asJSON {
		return wrongUse("--json answers on standard output, where --out - writes the report; name a file")
	}
	p, err := at.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	var file bytes.Buffer
	err = p.DB.View(ctx, access.System(), func(v *storage.View) error {
		if o.Lang == "" {
			organisation, _, err := org.Get(v)
			if err != nil {
				return err
			}
			o.Lang = locale.Lang(organisation.Lang)
		}
		if *user != "" {
			a, err := signin.AccountNamed(v, *user)
			if fail.Is(err, fail.NotFound) {
				return wrongUse("nobody signs in as %q", *user)
			}
			if err != nil {
				return err
			}
			actor, err := signin.ActorOf(v, a.Person)
			if err != nil {
				return err
			}
			v.Actor, o.For = actor, actor.Name
		}
		d, err := reports.Monthly(v, p.Words, o)
		if err != nil {
			return err
		}
		return reports.Write(&file, d, kind)
	})
	if fail.Is(err, fail.Invalid) {
		return usage{err.Error()}
	}
	if err != nil {
		return err
	}
	if *out == "-" {
		_, err = s.out.Write(file.Bytes())
		return err
	}
	if err := replaceFile(*out, file.Bytes()); err != nil {
		return err
	}
	return told(s.out, *asJSON, struct {
		File     string `json:"file"`
		Bytes    int    `json:"bytes"`
		Month    string `json:"month"`
		Format   string `json:"format"`
		Language string `json:"language"`
	}{*out, file.Len(), *month, *format, string(o.Lang)}, "Wrote %s: the report of %s in %s.\n", *out, *month, o.Lang)
}

// replaceFile writes a file whole or not at all: beside its place first, then
// into it.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
