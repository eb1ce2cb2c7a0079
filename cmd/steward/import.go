package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"steward/kernel/fail"
	"steward/modules/importing"
)

func importCommand() command {
	return command{
		name: "import", summary: "take records in from CSV or Excel",
		help: `Usage: steward import --data DIR --type TYPE --file FILE [--map COLUMN=FIELD,…] [--match FIELD,…] [--lang LANG] [--dry-run] [--json]

Columns whose names are fields, or labels of fields in any language, need no --map; COLUMN= leaves one out.
Rows are about the record with the same --match fields (number, a unique field or the name if not given); others are new.
Rows that are wrong are left out and told; the exit code is then 2. --dry-run writes nothing.

Example: steward import --data ./data --type vendors.vendor --file vendors.csv --map 'Supplier=name' --match name --dry-run`,
		run: runImport,
	}
}

func runImport(ctx context.Context, s streams, args []string) error {
	fs := newFlags("import")
	at := placeFlags(fs)
	t := importing.Task{}
	fs.StringVar(&t.Type, "type", "", "record type, such as vendors.vendor")
	file := fs.String("file", "", "CSV or .xlsx file")
	columns := fs.String("map", "", "COLUMN=FIELD, with commas between")
	match := fs.String("match", "", "fields that tell which record a row is about")
	fs.StringVar(&t.Lang, "lang", "", "how numbers and days are written: en, de, sv, pl or hu; the organisation's if not given")
	fs.BoolVar(&t.DryRun, "dry-run", false, "say what would happen and write nothing")
	asJSON := fs.Bool("json", false, "print JSON")
	if rest, err := parse(fs, args); err != nil || len(rest) > 0 {
		if err == nil {
			err = wrongUse("import takes no argument %q; name the file by --file", rest[0])
		}
		return err
	}
	if t.Type == "" || *file == "" {
		return wrongUse("say what to import and from where: --type and --file")
	}
	t.Name, t.Map = *file, map[string]string{}
	for part := range strings.SplitSeq(*columns, ",") {
		column, field, ok := strings.Cut(part, "=")
		if part != "" && (!ok || column == "") {
			return wrongUse("--map wants COLUMN=FIELD, such as Supplier=name; got %q", part)
		}
		if part != "" {
			t.Map[column] = strings.TrimSpace(field)
		}
	}
	if *match != "" {
		t.Match = strings.Split(*match, ",")
	}
	f, err := os.Open(*file)
	if err != nil {
		return wrongUse("the file cannot be opened: %v", err)
	}
	defer f.Close()
	p, err := at.openExisting(ctx, s.err)
	if err != nil {
		return err
	}
	defer p.Close()
	out, err := importing.Do(ctx, p, t, f, func(done, total int64) {
		if !*asJSON {
			fmt.Fprintf(s.err, "\r%d of %d rows", done, total)
		}
	})
	if !*asJSON && out.Import != "" {
		fmt.Fprintln(s.err)
	}
	if fail.Is(err, fail.Invalid) || fail.Is(err, fail.TooLarge) {
		return usage{err.Error()}
	}
	if err != nil {
		return err
	}
	if *asJSON {
		err = json.NewEncoder(s.out).Encode(out)
	} else {
		done := ""
		if t.DryRun {
			done = "would be "
		}
		_, err = fmt.Fprintf(s.out, "%s%d new, %d changed, %d unchanged, %d wrong\n", done, out.New, out.Changed, out.Unchanged, out.Wrong)
		for _, one := range out.Problems {
			fmt.Fprintf(s.out, "line %d: %s\n", one.Line, one.Problem)
		}
	}
	if err == nil && out.Wrong > 0 {
		return wrongUse("%d rows were left out; the lines above say why", out.Wrong)
	}
	return err
}
