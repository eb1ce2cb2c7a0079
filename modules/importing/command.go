package importing

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/locale"
)

// Task is an import from the command line, done by Steward itself.
type Task struct {
	Type   string            // vendors.vendor
	Name   string            // of the file
	Map    map[string]string // column to field, beside what the head says by itself; "" leaves a column out
	Match  []string          // nil: guessed
	Lang   string            // of numbers and days; "": the organisation's
	DryRun bool
}

// Result is what a task did, or would do.
type Result struct {
	Import string `json:"import,omitempty"` // its id; history names it as the origin
	Totals
	Problems []LineProblem `json:"problems"` // the first 1000
}

// LineProblem is a row that was left out.
type LineProblem struct {
	Line    int    `json:"line"`
	Problem string `json:"problem"`
}

// Do carries a task out.
func Do(ctx context.Context, p *app.Program, t Task, from io.Reader, progress func(done, total int64)) (Result, error) {
	i := importer{p}
	d := p.Registry.Def(t.Type)
	if d == nil || d.IsInternal || d.Unwritten() {
		return Result{}, fail.Named("type", "importing.type", "There is no record type {type} to import.").With("type", t.Type)
	}
	hash, _, err := p.Files.Put(ctx, from)
	if err != nil {
		return Result{}, err
	}
	var im *Import
	var pre Preview
	out := Result{Problems: []LineProblem{}}
	err = p.DB.View(ctx, access.System(), func(v *storage.View) error {
		o, _, err := org.Get(v)
		if err != nil {
			return err
		}
		if t.Lang == "" {
			t.Lang = o.Lang
		}
		head, sheet, err := i.head(hash, locale.Lang(t.Lang))
		if err != nil {
			return err
		}
		plan, err := Guess(v, d, head, i.say)
		if err != nil {
			return err
		}
		plan.Lang, plan.Sheet = t.Lang, sheet
		for column, field := range t.Map {
			n := slices.Index(head, column)
			if n < 0 {
				return fail.Named("map", "importing.no-column", "The file has no column {column}.").With("column", column)
			}
			for other := range plan.Fields {
				if plan.Fields[other] == field {
					plan.Fields[other] = ""
				}
			}
			plan.Fields[n] = field
		}
		if t.Match != nil {
			plan.Match = t.Match
		}
		im = &Import{Type: d.Name, File: hash, Name: filepath.Base(t.Name), Plan: plan}
		pre, err = i.preview(v, d, im)
		for _, one := range pre.Wrongs {
			out.Problems = append(out.Problems, LineProblem{one.line, (&reading{plan: plan}).told(one)})
		}
		out.Totals = pre.Totals
		return err
	})
	if err != nil || t.DryRun {
		return out, err
	}
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "command"
		im, err = start(u, d, hash, clean(im.Name), im.Plan)
		im.Total = pre.Rows
		return err
	})
	if err != nil {
		return out, err
	}
	out.Import = im.ID
	if err := i.carry(ctx, access.System(), im, func(*records.Tx) error { progress(im.Rows, im.Total); return nil }); err != nil {
		return out, fmt.Errorf("import %s stopped: %w", im.ID, err)
	}
	out.Totals, out.Problems = im.Totals, []LineProblem{}
	err = p.DB.View(ctx, access.System(), func(v *storage.View) error {
		list, err := problems(v, im, 1000)
		for _, one := range list {
			out.Problems = append(out.Problems, LineProblem{one.Line, because(one.Problem, inEnglish)})
		}
		return err
	})
	return out, err
}
