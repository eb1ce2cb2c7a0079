package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"steward/collect/database"
	"steward/collect/fact"
)

func databaseCollector() collector {
	return collector{
		name: "database", summary: "databases: checks, structure, sizes, slow statements, end of support",
		help: `Usage: steward collect database TARGET… [flags]

Asks database servers how they are, by reading only. A target is one of
  postgres://user@host/database      mysql://user@host/database   sqlite:PATH
  sqlserver://user@host?database=d   oracle://user@host/service
  mongodb://user@host,host2/         redis://user@host:6379  (rediss:// encrypted)
Prints 'database', a 'check' each (ok, warning, critical, unknown, with evidence and
remedy), 'table', 'size', 'statement', and 'gap' for what could not be seen.

  --password-file FILE, --password-env NAME   the password; better than in the address
  --what LIST         of checks, structure, sizes, statements; all if not given
  --only LIST         only these checks or groups, such as security,pg-archive
  --checks FOLDER     .json files with checks of your own; one with a shipped id
                      changes what it names: {"engine":"postgresql","checks":
                      [{"id":"pg-connections","warning":90}]}
  --since FILE        an earlier output: names what changed in the structure, and growth
  --statements N      how many slow statements; 10
  --timeout 10s, --lock-timeout 1s, --connect-timeout 10s
  --role              print the script that makes the role with the least rights; the
                      target may be an engine's name
  --list              print the checks as JSON; with an engine's name those of it
  --structure svg|markdown|json [--out FILE] [--tables PATTERN]
                      the tables as a diagram, a document or data; PATTERN as 'sales.*'

Ends with 1 when a target could not be reached.

Example: steward collect database postgres://steward@db1/shop --password-file pw`,
		schema: func() []byte {
			return factSchema("collect database", map[string]any{
				"database": database.Server{}, "check": database.Result{}, "table": database.Table{}, "size": database.Size{}, "statement": database.Statement{},
				"change": database.Change{}, "growth": database.Growth{}, "gap": fact.Gap{},
			})
		},
		run: runDatabase,
	}
}

// databaseRun is one call of `collect database`.
type databaseRun struct {
	options                   database.Options
	passwordFile, passwordEnv string
	what, only, checks, since string
	structure, out, pattern   string
	role, list                bool
}

func runDatabase(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect database")
	var r databaseRun
	fs.StringVar(&r.passwordFile, "password-file", "", "")
	fs.StringVar(&r.passwordEnv, "password-env", "", "")
	fs.StringVar(&r.what, "what", "", "")
	fs.StringVar(&r.only, "only", "", "")
	fs.StringVar(&r.checks, "checks", "", "")
	fs.StringVar(&r.since, "since", "", "")
	fs.IntVar(&r.options.Top, "statements", 10, "")
	fs.DurationVar(&r.options.Statement, "timeout", 0, "")
	fs.DurationVar(&r.options.Lock, "lock-timeout", 0, "")
	fs.DurationVar(&r.options.Connect, "connect-timeout", 0, "")
	fs.BoolVar(&r.role, "role", false, "")
	fs.BoolVar(&r.list, "list", false, "")
	fs.StringVar(&r.structure, "structure", "", "")
	fs.StringVar(&r.out, "out", "", "")
	fs.StringVar(&r.pattern, "tables", "", "")
	targets, err := parse(fs, args)
	if err != nil {
		return err
	}
	if r.role || r.list {
		return r.print(s, targets)
	}
	if len(targets) == 0 {
		return wrongUse("name a database, such as postgres://user@host/database; `steward collect database --help` shows the forms")
	}
	if r.options.Top < 1 || r.options.Top > 1000 {
		return wrongUse("--statements is %d; 1 to 1000", r.options.Top)
	}
	if err := r.prepare(); err != nil {
		return err
	}
	password, err := r.password()
	if err != nil {
		return err
	}
	var list []database.Target
	for _, t := range targets {
		target, err := database.ParseTarget(t, password)
		if err != nil {
			return err
		}
		list = append(list, target)
	}
	if r.structure != "" {
		return r.draw(ctx, s, list)
	}
	failed := 0
	for _, t := range list {
		err := database.Run(ctx, t, r.options, emit)
		var down *database.Unreachable
		switch {
		case errors.As(err, &down):
			failed++
			fmt.Fprintf(s.err, "steward collect database: %v\n", down)
		case err != nil:
			return err
		case len(list) > 1:
			fmt.Fprintf(s.err, "steward collect database: %s asked\n", t)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d could not be reached; the gaps say why", failed, len(list))
	}
	return nil
}

// prepare reads the files that flags name.
func (r *databaseRun) prepare() error {
	if r.what != "" {
		r.options.Parts = strings.Split(r.what, ",")
		for _, p := range r.options.Parts {
			if !slices.Contains(database.Parts, p) {
				return wrongUse("--what names %q; it may name %s", p, strings.Join(database.Parts, ", "))
			}
		}
	}
	r.options.Checks = database.Checks()
	if r.checks != "" {
		var err error
		if r.options.Checks, err = database.LoadChecks(r.checks); err != nil {
			return err
		}
	}
	if r.only != "" {
		want := strings.Split(r.only, ",")
		var some []database.Check
		for _, w := range want {
			found := w == "support" || slices.ContainsFunc(r.options.Checks, func(c database.Check) bool { return c.ID == w || c.Group == w })
			if !found {
				return wrongUse("--only names %q, which is neither a check nor one of the groups %s; --list prints the checks", w, strings.Join(database.Groups, ", "))
			}
		}
		for _, c := range r.options.Checks {
			if slices.Contains(want, c.ID) || slices.Contains(want, c.Group) {
				some = append(some, c)
			}
		}
		r.options.Checks = append([]database.Check{}, some...)
	}
	if r.since != "" {
		raw, err := os.ReadFile(r.since)
		if err != nil {
			return wrongUse("%v", err)
		}
		if r.options.Earlier, err = database.ReadEarlier(raw); err != nil {
			return wrongUse("%s: %v", r.since, err)
		}
	}
	return nil
}

// password reads the password from where the flags say; it is never shown.
func (r *databaseRun) password() (string, error) {
	switch {
	case r.passwordFile != "" && r.passwordEnv != "":
		return "", wrongUse("give --password-file or --password-env, not both")
	case r.passwordFile != "":
		raw, err := os.ReadFile(r.passwordFile)
		if err != nil {
			return "", wrongUse("%v", err)
		}
		line, _, _ := strings.Cut(string(raw), "\n")
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			return "", wrongUse("%s is empty; its first line is the password", r.passwordFile)
		}
		return line, nil
	case r.passwordEnv != "":
		v := os.Getenv(r.passwordEnv)
		if v == "" {
			return "", wrongUse("the environment has no %s", r.passwordEnv)
		}
		return v, nil
	}
	return "", nil
}

// print writes the scripts of roles, or the checks.
func (r *databaseRun) print(s streams, targets []string) error {
	var engines []database.Engine
	for _, t := range targets {
		e := database.Engine(t)
		if t == "mariadb" {
			e = database.MySQL
		}
		if !slices.Contains(database.Engines, e) {
			target, err := database.ParseTarget(t, "")
			if err != nil {
				return wrongUse("name an engine (%s) or a target: %v", strings.Trim(fmt.Sprint(database.Engines), "[]"), err)
			}
			e = target.Engine
		}
		engines = append(engines, e)
	}
	if r.list {
		list := database.Checks()
		if r.checks != "" {
			var err error
			if list, err = database.LoadChecks(r.checks); err != nil {
				return err
			}
		}
		some := []database.Check{}
		for _, c := range list {
			if len(engines) == 0 || slices.Contains(engines, c.Engine) {
				some = append(some, c)
			}
		}
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(some)
	}
	if len(engines) == 0 {
		return wrongUse("name the engine whose role to print: %s", strings.Trim(fmt.Sprint(database.Engines), "[]"))
	}
	for _, e := range engines {
		if _, err := fmt.Fprint(s.out, database.RoleScript(e)); err != nil {
			return err
		}
	}
	return nil
}

// draw writes one target's structure.
func (r *databaseRun) draw(ctx context.Context, s streams, targets []database.Target) error {
	write, ok := map[string]func(*bytes.Buffer, *database.Structure) error{
		"svg":      func(b *bytes.Buffer, d *database.Structure) error { return database.WriteSVG(b, d) },
		"markdown": func(b *bytes.Buffer, d *database.Structure) error { return database.WriteMarkdown(b, d) },
		"json": func(b *bytes.Buffer, d *database.Structure) error {
			e := json.NewEncoder(b)
			e.SetIndent("", "  ")
			return e.Encode(d)
		},
	}[r.structure]
	switch {
	case !ok:
		return wrongUse("--structure is %q; svg, markdown or json", r.structure)
	case len(targets) != 1:
		return wrongUse("--structure is of one target; %d are named", len(targets))
	case targets[0].Engine == database.Redis:
		return wrongUse("a Redis has no tables to draw")
	}
	if _, err := path.Match(r.pattern, ""); err != nil {
		return wrongUse("--tables %q is no pattern; * stands for any letters, as in 'sales.*'", r.pattern)
	}
	d, gaps, err := database.ReadStructure(ctx, targets[0], r.options)
	for _, g := range gaps {
		fmt.Fprintf(s.err, "steward collect database: not seen: %s: %s %s\n", g.What, g.Why, g.Needs)
	}
	if err != nil {
		return err
	}
	if r.pattern != "" {
		d.Tables = slices.DeleteFunc(d.Tables, func(t database.Table) bool {
			full, _ := path.Match(r.pattern, t.FullName())
			short, _ := path.Match(r.pattern, t.Name)
			return !full && !short
		})
	}
	if r.options.Earlier != nil {
		for _, c := range r.options.Earlier.Changes(d) {
			fmt.Fprintf(s.err, "%s\n", c)
		}
	}
	var b bytes.Buffer
	if err := write(&b, d); err != nil {
		return err
	}
	if r.out == "" || r.out == "-" {
		_, err := s.out.Write(b.Bytes())
		return err
	}
	return os.WriteFile(r.out, b.Bytes(), 0o644)
}
