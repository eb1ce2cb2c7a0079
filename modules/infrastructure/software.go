package infrastructure

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/kernel/decisions"
	"steward/kernel/jobs"
	"steward/kernel/records"
)

// Software is one program of the catalogue: everything that is or was installed
// on a host, and whether it may be.
type Software struct {
	records.Base[Software]
	Name      string
	Manager   string
	Status    Status
	Source    records.Opt[string]
	Publisher records.Opt[string]
	Hosts     int64
	Notes     records.Opt[string]
}

// Status says whether software may be installed.
type Status string

const (
	Seen    Status = "seen" // found, and nobody has said
	Allowed Status = "allowed"
	Blocked Status = "blocked"
)

// Catalogue is the software of the organisation.
var Catalogue = records.Define("infrastructure.software", "Program", "Software", "SW", func(s *Software, f *records.Fields) {
	f.Title(&s.Name, "Name")
	records.Choices(f, &s.Status, "Status", Seen, Allowed, Blocked).State("seen", "info").State("allowed", "ok").State("blocked", "bad").List()
	records.Str(f, &s.Manager, "Kind of package").Filter().Help("As the machine's package manager is called: deb, rpm, msi …").List()
	records.Str(f, &s.Source, "Comes from").Filter().Computed().List()
	records.Str(f, &s.Publisher, "Publisher").Filter().Computed().List()
	records.Whole(f, &s.Hosts, "Hosts").Filter().Computed().List()
	records.Long(f, &s.Notes, "Notes")
}).Icon("package").SortedBy("name")

// catalogueJob brings the catalogue up to what the hosts report.
const catalogueJob = "infrastructure.catalogue"

// overlap is how far back the catalogue looks again: a report that was being
// written while it looked has a moment before its own.
const overlap = 10 * time.Minute

type catalogueArgs struct {
	Whole bool `json:"whole"` // count everything anew, not only what changed
}

func catalogueKind() jobs.Kind {
	return jobs.Kind{Name: catalogueJob, Attempts: 3, Run: func(ctx context.Context, run *jobs.Run) error {
		var args catalogueArgs
		if err := run.Args(&args); err != nil {
			return err
		}
		return refreshCatalogue(ctx, run, args.Whole)
	}}
}

type program struct{ name, manager string }

// fits says whether a record can bear the program's name as it is.
func (p program) fits() bool {
	return p.name != "" && p.name == line(p.name, 200) && p.manager != "" && p.manager == line(p.manager, 200)
}

func refreshCatalogue(ctx context.Context, run *jobs.Run, whole bool) error {
	var todo []program
	var began int64
	err := run.View(ctx, func(v *records.View) error {
		began = v.Now.UnixMicro()
		var since int64
		if !whole {
			if _, err := v.Row("SELECT at FROM infrastructure_mark WHERE name = 'catalogue'", nil, &since); err != nil {
				return err
			}
		}
		var err error
		todo, err = changedPrograms(v, since)
		return err
	})
	if err != nil {
		return err
	}
	// One that nothing is left of keeps its record, with no hosts.
	for i := 0; i < len(todo); i += 200 {
		part := todo[i:min(i+200, len(todo))]
		var found map[program]installed
		err := run.View(ctx, func(v *records.View) (err error) {
			found, err = recount(v, part)
			return err
		})
		if err == nil {
			err = run.Update(ctx, func(u *records.Tx) error { return catalogue(u, part, found) })
		}
		if err != nil {
			return err
		}
	}
	return run.Update(ctx, func(u *records.Tx) error {
		_, err := u.Exec("INSERT INTO infrastructure_mark (name, at) VALUES ('catalogue', $1) ON CONFLICT (name) DO UPDATE SET at = $1", began-overlap.Microseconds())
		if err == nil && len(todo) > 0 {
			err = decisions.Soon(u) // there may be software to allow or block
		}
		return err
	})
}

// changedPrograms are those of which a host has gained or lost one since.
func changedPrograms(v *records.View, since int64) ([]program, error) {
	hosts, err := v.Texts("SELECT record FROM fact_set WHERE name = 'package' AND changed_at > $1 ORDER BY record", since)
	if err != nil {
		return nil, err
	}
	seen := map[program]bool{}
	for _, host := range hosts {
		err := v.Each("SELECT DISTINCT name, manager FROM infrastructure_host_package WHERE parent = $1 AND changed_at > $2", []any{host, since}, func(rows *sql.Rows) error {
			var p program
			err := rows.Scan(&p.name, &p.manager)
			seen[p] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]program, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b program) int {
		return strings.Compare(a.name+"\x00"+a.manager, b.name+"\x00"+b.manager)
	})
	return out, nil
}

// installed is what the hosts say of a program together.
type installed struct {
	hosts          int64
	source, vendor sql.NullString
}

// named is a list of the programs' names for a statement, and its values.
func named(part []program) (in string, names []any) {
	marks := make([]string, len(part))
	for i, p := range part {
		names, marks[i] = append(names, p.name), fmt.Sprintf("$%d", i+1)
	}
	return strings.Join(marks, ", "), names
}

// recount counts some programs anew. Of common ones among many hosts that takes
// seconds, for which nobody's writing waits.
func recount(v *records.View, part []program) (map[program]installed, error) {
	in, names := named(part)
	found := map[program]installed{}
	err := v.Each(`SELECT p.name, p.manager, COUNT(DISTINCT p.parent), MAX(p.origin), MAX(p.vendor)
FROM infrastructure_host_package p
JOIN infrastructure_host h ON h.id = p.parent
WHERE p.name IN (`+in+`) AND p.gone_at IS NULL AND h.archived_at IS NULL
GROUP BY p.name, p.manager`, names, func(rows *sql.Rows) error {
		var p program
		var i installed
		err := rows.Scan(&p.name, &p.manager, &i.hosts, &i.source, &i.vendor)
		found[p] = i
		return err
	})
	return found, err
}

// catalogue keeps what was counted of some programs and makes the records that are
// missing.
func catalogue(u *records.Tx, part []program, found map[program]installed) error {
	in, names := named(part)
	type kept struct {
		id    string
		hosts int64
	}
	have := map[program]kept{}
	err := u.Each("SELECT name, manager, id, hosts FROM infrastructure_software WHERE name IN ("+in+")", names, func(rows *sql.Rows) error {
		var p program
		var k kept
		err := rows.Scan(&p.name, &p.manager, &k.id, &k.hosts)
		have[p] = k
		return err
	})
	if err != nil {
		return err
	}
	standing, err := standingRules(u)
	if err != nil {
		return err
	}
	for _, p := range part {
		is, was, known := found[p], kept{}, false
		was, known = have[p]
		switch {
		case known && was.hosts != is.hosts:
			// A count that follows from the facts: their change is in the hosts' history.
			if _, err := u.Exec("UPDATE infrastructure_software SET hosts = $1 WHERE id = $2", is.hosts, was.id); err != nil {
				return err
			}
		case !known && is.hosts > 0 && p.fits():
			s := &Software{Name: p.name, Manager: p.manager, Status: Seen, Hosts: is.hosts, Publisher: short(is.vendor.String)}
			s.Source = short(is.source.String)
			if !s.Source.Set && !packaged[p.manager] {
				s.Source = s.Publisher
			}
			if rule, ok := standing[s.Source.V]; ok && s.Source.Set {
				s.Status = rule
			}
			if err := Catalogue.Create(u, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// packaged are the managers whose publisher is the person who made the package:
// a hundred of them stand behind one distribution, so none is a source.
var packaged = map[string]bool{"deb": true, "rpm": true, "apk": true, "pacman": true, "pkg": true, "homebrew": true}

// short is a text that fits a field of a record.
func short(s string) records.Opt[string] {
	if s = line(s, 200); s == "" {
		return records.Opt[string]{}
	}
	return records.Some(s)
}

// standingRules are the sources whose software is allowed or blocked from now on.
func standingRules(r records.Reader) (map[string]Status, error) {
	out := map[string]Status{}
	err := r.Reading().Each("SELECT about, answer FROM infrastructure_ruling WHERE matter = 'software' AND answer IN ('always', 'never') ORDER BY at, id", nil, func(rows *sql.Rows) error {
		var about, answer string
		err := rows.Scan(&about, &answer)
		out[about] = Allowed
		if answer == "never" {
			out[about] = Blocked
		}
		return err
	})
	return out, err
}
