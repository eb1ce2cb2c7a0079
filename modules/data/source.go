package data

import (
	"path/filepath"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/modules/systems"
)

// Source is where business data comes from: a file somebody delivers, or a table
// of a database that is read for reading only.
type Source struct {
	records.Base[Source]
	Name        string
	Kind        Kind
	System      records.Opt[records.ID[systems.System]]
	Owner       records.Opt[records.ID[org.Person]]
	Unit        records.Opt[records.ID[org.Unit]]
	Path        records.Opt[string]
	Address     records.Opt[string]
	Relation    records.Opt[string]
	Query       records.Opt[string]
	EveryHours  records.Opt[int64]
	KeyColumns  records.Opt[string]
	MaxBad      int64
	SumColumn   records.Opt[string]
	UnitColumn  records.Opt[string]
	Condition   records.Opt[Condition]
	DeliveredAt records.Opt[records.Moment]
	Notes       records.Opt[string]
	Problem     records.Opt[string] // an unread as JSON, while the database cannot be read
}

// Kind says what a source is.
type Kind string

const (
	CSV      Kind = "csv"
	Workbook Kind = "xlsx"
	SQLite   Kind = "sqlite"
	HandedIn Kind = "sqlite-file"
	Postgres Kind = "postgres"
)

// file says whether deliveries are files that somebody uploads.
func (k Kind) file() bool { return k == CSV || k == Workbook || k == HandedIn }

// tables says whether there are tables to choose from, or to ask by a query.
func (k Kind) tables() bool { return k != CSV && k != Workbook }

// Condition says whether what is shown of a source can be relied on.
type Condition string

const (
	Empty   Condition = "empty"   // nothing was delivered yet
	Fresh   Condition = "fresh"   // delivered in time, as expected
	Late    Condition = "late"    // the next delivery is overdue
	Changed Condition = "changed" // the columns of the last delivery are others
	Faulty  Condition = "faulty"  // the last delivery cannot be relied on
)

// Sources are the organisation's business sources.
var Sources = records.Define("data.source", "Data source", "Data sources", "SRC", func(s *Source, f *records.Fields) {
	f.Title(&s.Name, "Name")
	records.Choices(f, &s.Kind, "Kind", CSV, Workbook, HandedIn, SQLite, Postgres).Called("csv", "CSV file").Called("xlsx", "Workbook (XLSX)").Called("sqlite-file", "SQLite file, uploaded").Called("sqlite", "SQLite database").Called("postgres", "PostgreSQL database").List()
	records.Choices(f, &s.Condition, "Condition", Empty, Fresh, Late, Changed, Faulty).State("empty", "mute").State("fresh", "ok").State("late", "warn").State("changed", "bad").State("faulty", "bad").
		Called("empty", "Nothing delivered").Called("fresh", "In order").Called("changed", "Columns changed").Computed().List()
	records.Linked(f, &s.System, "Information system").Help("The system the data comes from: figures open down to it, its owner, database and hosts.").List()
	records.Linked(f, &s.Owner, "Owner").Help("Answers for the data.").ScopeOf(access.Owned).List()
	records.Linked(f, &s.Unit, "Department").Help("Its head sees the data and every figure made of it.").ScopeOf(access.Unit)
	f.Group("Connection")
	records.Str(f, &s.Path, "SQLite file").Max(1000).Help("Path on the server. It is opened for reading only.")
	records.Sealed(f, &s.Address, "PostgreSQL address").Max(1000).Help("postgres://reader:password@host/database. Kept sealed and never shown; use an account that may only read.")
	records.Str(f, &s.Relation, "Table or sheet").Max(300)
	records.Long(f, &s.Query, "Query").Max(20000).Help("A SELECT in place of a table; it is run for reading only.")
	f.Group("Quality")
	records.Whole(f, &s.EveryHours, "Delivered every").Unit("hours").Between(1, 24*400).Help("Later than this, figures are marked as late. Databases are read again this often.")
	records.Str(f, &s.KeyColumns, "Columns that name a row").Max(500).Help("Separated by commas. A delivery with the same row twice is faulty.")
	records.Whole(f, &s.MaxBad, "Bad rows allowed").Unit("%").Between(0, 100).Help("Rows that do not fit are kept aside. With more of them a delivery is faulty.")
	records.Str(f, &s.SumColumn, "Control sum over").Max(300).Help("A column whose sum the deliverer states.")
	records.Str(f, &s.UnitColumn, "Rows belong to the department in").Max(300).Help("A column with names of departments. Whoever does not see all data or own the source then sees the rows of the own departments only.")
	f.Group("")
	records.When(f, &s.DeliveredAt, "Last delivery").Computed().List()
	records.Long(f, &s.Notes, "Notes")
	records.Long(f, &s.Problem, "Problem").Computed().Hidden()
}).Icon("transfer").SortedBy("name").Versioned().Check(checkSource)

// checkSource keeps the connection complete, and in the hands of those who see
// all business data: a path or an address makes the program read what is there.
func checkSource(u *records.Tx, before, s *Source) error {
	switch {
	case s.Kind == SQLite && !s.Path.Set:
		return fail.Field(&s.Path, "path-missing", "Say which SQLite file is to be read.")
	case s.Kind == Postgres && !s.Address.Set && (before == nil || before.Kind != Postgres):
		return fail.Field(&s.Address, "address-missing", "Give the address of the PostgreSQL database.")
	case s.Address.Set && (before == nil || s.Address != before.Address) && !strings.HasPrefix(s.Address.V, "postgres://") && !strings.HasPrefix(s.Address.V, "postgresql://"):
		return fail.Field(&s.Address, "address-form", "The address begins with postgres://.")
	case s.Kind.tables() && !s.Relation.Set && !s.Query.Set:
		return fail.Field(&s.Relation, "relation-missing", "Name a table, or give a query.")
	case s.Path.Set && !filepath.IsAbs(s.Path.V):
		return fail.Field(&s.Path, "path-absolute", "Give the whole path, beginning at the root of the file system.")
	}
	if u.Actor.Kind == access.SystemKind || !s.Kind.tables() {
		return nil
	}
	if before != nil && before.Kind == s.Kind && before.Path == s.Path && before.Query == s.Query && before.Relation == s.Relation && (!s.Address.Set || s.Address == before.Address) {
		return nil
	}
	for _, scope := range access.HeldScopes(u.Actor, access.Edit, access.Data, access.Ordinary, u.Now) {
		if scope == access.All {
			return nil
		}
	}
	e := fail.Field(&s.Kind, "connection-forbidden", "Only who may edit all business data may say what is read from databases.")
	e.Kind = fail.Forbidden
	return e
}

// address unseals a source's database address.
func address(v *storage.View, id records.ID[Source]) (string, error) {
	var sealed *string
	if _, err := v.Row("SELECT address FROM data_source WHERE id = $1", []any{string(id)}, &sealed); err != nil || sealed == nil {
		return "", err
	}
	return records.RegistryOf(v).Open(*sealed)
}
