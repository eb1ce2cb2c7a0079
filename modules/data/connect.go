package data

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"steward/collect/table"
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/modules/systems"
)

// mostTables is how many tables are listed at once; more are found by their name.
const mostTables = 60

// connection is a database that somebody looks at, as the form carries it: sealed,
// since it holds a password.
type connection struct {
	Kind          Kind
	Path, Address string
	Hash, Name    string // of a file that was handed in
	Person        string
	From          records.ID[Source] // whose address it is; "" when it was typed
}

const connectPurpose = "data-connect"

type connectPage struct {
	Problem    string
	Said       string // what the server said itself
	Path       string
	Host, Port string
	Database   string
	Account    string
	Modes      []option
	Looked     string // the sealed connection; "" before a database was looked at
	Where      []fact
	Warnings   []string
	Grant      string // SQL that makes an account that may only read
	Find       string
	Tables     []tableRow
	More       string
	Prefix     string
	Systems    []choice
	Units      []choice
	Every      string
	HandedIn   bool // the tables are those of a file that was uploaded
}

type tableRow struct {
	Name, Comment, Rows, Columns, Size, List, With string
	View, Readable, On, WithOn                     bool
}

var connectTemplate = web.MustPage[connectPage](embedded, "pages/connect.html")

// mayConnect refuses who may not say what is read from databases.
func mayConnect(r *web.Request) error {
	if Sources.Def().MayAny(r.View, access.Add) && slices.Contains(access.HeldScopes(r.Actor, access.Edit, access.Data, access.Ordinary, r.View.Now), access.All) {
		return nil
	}
	return fail.New(fail.Forbidden, "data.source.connection-forbidden", "Only who may edit all business data may say what is read from databases.")
}

// showConnect asks for a database; with a source in the address it looks at that one's.
func showConnect(w http.ResponseWriter, r *web.Request) error {
	id := records.ID[Source](r.URL.Query().Get("source"))
	var c connection
	p := connectPage{Modes: modes(r, "prefer")}
	err := r.Reopen(func() error {
		if err := mayConnect(r); err != nil || id == "" {
			return err
		}
		s, err := Sources.Get(r.View, id)
		if err != nil {
			return err
		}
		if s.Kind.file() {
			return fail.New(fail.Conflict, "data.file-source", "This source takes files; upload one.")
		}
		c = connection{Kind: s.Kind, Path: s.Path.V, Person: r.Actor.Person, From: id}
		if c.Kind == Postgres {
			c.Address, err = address(r.View, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	if sealed := r.URL.Query().Get("file"); sealed != "" {
		if c, err = opened(r, sealed); err == nil {
			return lookAt(w, r, c, p)
		}
	}
	if id == "" || err != nil {
		problem := err
		return r.Reopen(func() error { return showTables(w, r, p, problem) })
	}
	return lookAt(w, r, c, p)
}

// takeConnect looks at a database, or makes sources of the tables chosen there.
func takeConnect(w http.ResponseWriter, r *web.Request) error {
	if err := r.Reopen(func() error { return mayConnect(r) }); err != nil {
		return err
	}
	p := connectPage{Path: r.PostFormValue("path"), Host: r.PostFormValue("host"), Port: r.PostFormValue("port"), Database: r.PostFormValue("database"), Account: r.PostFormValue("account"),
		Modes: modes(r, r.PostFormValue("tls")), Find: strings.TrimSpace(r.PostFormValue("find")), Prefix: r.PostFormValue("prefix"), Every: r.PostFormValue("every")}
	if r.PostFormValue("connection") == "" {
		c, err := typedConnection(r)
		if err != nil {
			return r.Reopen(func() error { return showTables(w, r, p, err) })
		}
		return lookAt(w, r, c, p)
	}
	c, err := opened(r, r.PostFormValue("connection"))
	if err != nil {
		return r.Reopen(func() error { return showTables(w, r, p, err) })
	}
	if r.PostFormValue("do") != "make" {
		return lookAt(w, r, c, p)
	}
	return makeSources(w, r, c, p)
}

// typedConnection is the database that the form names.
func typedConnection(r *web.Request) (connection, error) {
	c := connection{Kind: Kind(r.PostFormValue("kind")), Person: r.Actor.Person}
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	switch c.Kind {
	case SQLite:
		c.Path = text("path")
		if c.Path == "" {
			return c, fail.Named("path", "data.source.path-missing", "Say which SQLite file is to be read.")
		}
		if !filepath.IsAbs(c.Path) {
			return c, fail.Named("path", "data.source.path-absolute", "Give the whole path, beginning at the root of the file system.")
		}
		return c, nil
	case Postgres:
	default:
		return c, fail.Named("kind", "data.connect.kind", "Choose a SQLite file or a PostgreSQL database.")
	}
	host := text("host")
	if strings.HasPrefix(host, "postgres://") || strings.HasPrefix(host, "postgresql://") {
		if _, err := url.Parse(host); err != nil {
			return c, fail.Named("host", "data.connect.address", "The address cannot be read. In account and password, write @ / : % # as %40 %2F %3A %25 %23.")
		}
		c.Address = host // the whole address was put there
		return c, nil
	}
	for _, x := range []struct{ name, value string }{{"host", host}, {"database", text("database")}, {"account", text("account")}} {
		if x.value == "" {
			return c, fail.Named(x.name, "data.connect.missing", "Give host, database and account.")
		}
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), text("port")
	}
	if port == "" {
		port = "5432"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return c, fail.Named("port", "data.connect.port-number", "A port is a number from 1 to 65535; PostgreSQL's is usually 5432.")
	}
	mode := text("tls")
	if !slices.Contains([]string{"require", "verify-full", "disable"}, mode) {
		mode = "prefer"
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(text("account"), r.PostFormValue("password")), Host: net.JoinHostPort(name, port), Path: "/" + text("database"), RawQuery: url.Values{"sslmode": {mode}}.Encode()}
	c.Address = u.String()
	return c, nil
}

func modes(r *web.Request, on string) (out []option) {
	for _, m := range [][2]string{
		{"prefer", r.T("data.connect.tls.prefer", "encrypted where the server can")}, {"require", r.T("data.connect.tls.require", "encrypted")},
		{"verify-full", r.T("data.connect.tls.verify", "encrypted, and the certificate must be valid")}, {"disable", r.T("data.connect.tls.disable", "not encrypted")},
	} {
		out = append(out, option{m[0], m[1], m[0] == on})
	}
	return out
}

// survey looks at the database outside of any transaction.
func (c connection) survey(r *web.Request) (s *table.Survey, err error) {
	if c.Kind == HandedIn {
		return c.surveyHandedIn(r)
	}
	if c.Kind == SQLite {
		err = r.Reopen(func() error {
			st, err := storeOf(r.View)
			if err == nil {
				err = st.outside(c.Path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		s, err = table.LookAt(r.Context(), table.Source{Format: "sqlite", Target: c.Path})
	} else {
		s, err = table.LookAt(r.Context(), table.Source{Format: "postgres", Target: c.Address})
	}
	if err != nil {
		return nil, refusal(err)
	}
	return s, nil
}

func lookAt(w http.ResponseWriter, r *web.Request, c connection, p connectPage) error {
	s, err := c.survey(r)
	if err == nil && len(s.Tables) == 0 {
		err = fail.Named("file", "data.connect.none", "The database holds no table that this account may see.")
	}
	if err != nil && c.Kind == HandedIn {
		return r.Reopen(func() error { return refuseUpload(w, r, uploadPage{}, err) })
	}
	if err != nil {
		return r.Reopen(func() error { return showTables(w, r, p, err) })
	}
	return r.Reopen(func() error {
		if err := p.fill(r, c, s); err != nil {
			return err
		}
		return showTables(w, r, p, nil)
	})
}

// showTables answers with the page, and with what is wrong if something is.
func showTables(w http.ResponseWriter, r *web.Request, p connectPage, problem error) error {
	code := http.StatusOK
	if e := fail.As(problem); e != nil && e.Kind == fail.Invalid {
		p.Problem, p.Said, code = r.Say(e), serverSaid(e), web.Status(e.Kind)
	} else if problem != nil {
		return problem
	}
	return connectTemplate.Status(w, r, code, web.Shell{Title: r.T("data.connect.title", "Connect a database")}, p)
}

// fill lists what the database holds.
func (p *connectPage) fill(r *web.Request, c connection, s *table.Survey) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}
	p.Looked = r.Site.Key.Seal(connectPurpose, raw)
	p.Where = []fact{{r.T("data.connect.database", "Database"), s.Database}, {r.T("data.connect.version", "Server"), s.Version}}
	if c.Kind == HandedIn {
		st, err := storeOf(r.View)
		if err != nil {
			return err
		}
		if p.HandedIn = true; st.writtenAhead(c.Hash) {
			p.Warnings = append(p.Warnings, r.T("data.connect.wal", "This database keeps what was written last in a second file (-wal) beside it. Close the program that writes to it before you take the file, else the last changes are missing."))
		}
	}
	if c.Kind != Postgres {
		p.Where = append(p.Where, fact{r.T("data.connect.opened", "Opened"), r.T("data.connect.reading", "for reading only")})
	} else {
		p.Where = append(p.Where, fact{r.T("data.connect.account", "Account"), s.Account})
		p.warn(r, s)
	}
	if p.Prefix == "" && r.Method == http.MethodGet || r.PostFormValue("connection") == "" {
		p.Prefix = strings.TrimSuffix(filepath.Base(s.Database), filepath.Ext(s.Database))
	}
	left := 0
	for _, t := range s.Tables {
		if p.Find != "" && !strings.Contains(strings.ToLower(t.Name), strings.ToLower(p.Find)) {
			continue
		}
		if len(p.Tables) == mostTables {
			left++
			continue
		}
		p.Tables = append(p.Tables, rowOf(r, s, t))
	}
	if left > 0 {
		p.More = r.T("data.connect.more", "{count} more {count|table|tables} not shown; search by name", "count", left)
	}
	if p.Systems, err = systemChoices(r); err != nil {
		return err
	}
	p.Units, err = unitChoices(r)
	return err
}

// warn says what is not as safe as it could be.
func (p *connectPage) warn(r *web.Request, s *table.Survey) {
	switch {
	case s.WritesAll:
		p.Warnings = append(p.Warnings, r.T("data.connect.superuser", "The account “{name}” is a superuser of the server and may change everything. Steward only reads; even so, give it an account that may do no more.", "name", s.Account))
	case s.WriteMany > 0:
		p.Warnings = append(p.Warnings, r.T("data.connect.writes", "The account “{name}” may write to {count} {count|table|tables}: {tables}. Steward only reads; even so, give it an account that may do no more.", "name", s.Account, "count", s.WriteMany, "tables", strings.Join(s.Writes, ", ")))
	default:
		p.Where = append(p.Where, fact{r.T("data.connect.rights", "Rights"), r.T("data.connect.only-reads", "may only read")})
	}
	if len(p.Warnings) > 0 {
		p.Grant = "CREATE ROLE steward_reader LOGIN PASSWORD '…';\nGRANT CONNECT ON DATABASE \"" + strings.ReplaceAll(s.Database, `"`, `""`) + "\" TO steward_reader;\nGRANT pg_read_all_data TO steward_reader;"
	}
	encrypted := r.T("kernel.web.yes", "Yes")
	if !s.Encrypted {
		encrypted = r.T("kernel.web.no", "No")
		if !s.Local {
			p.Warnings = append(p.Warnings, r.T("data.connect.plain", "The connection is not encrypted: password and data can be read on their way."))
		}
	}
	p.Where = append(p.Where, fact{r.T("data.connect.encrypted", "Encrypted"), encrypted})
}

func rowOf(r *web.Request, s *table.Survey, t table.SurveyTable) tableRow {
	row := tableRow{Name: t.Name, Comment: t.Comment, Rows: web.Unknown, Columns: r.Lang.Int(int64(len(t.Columns))), Size: web.Unknown, View: t.View, Readable: t.Readable,
		On: slices.Contains(r.PostForm["table"], t.Name), WithOn: slices.Contains(r.PostForm["with"], t.Name)}
	if t.Rows >= 0 {
		row.Rows = r.Lang.Int(t.Rows)
		if t.About {
			row.Rows = r.T("data.connect.about-rows", "about {rows}", "rows", row.Rows)
		}
	}
	if t.Bytes >= 0 {
		row.Size = r.Lang.Size(t.Bytes)
	}
	var cols []string
	for _, c := range t.Columns {
		text := c.Name + " " + c.Type
		if c.Key {
			text += " · " + r.T("data.profile.key", "key")
		}
		if c.Comment != "" {
			text += " (" + c.Comment + ")"
		}
		cols = append(cols, text)
	}
	for _, f := range t.Refers {
		cols = append(cols, strings.Join(f.Columns, ", ")+" → "+f.To)
	}
	row.List = strings.Join(cols, "; ")
	if _, with, err := s.Joined(t.Name); err == nil && t.Readable {
		row.With = strings.Join(with, ", ")
	}
	return row
}

// makeSources makes a source of each table chosen, and reads one at once; several
// are read by jobs.
func makeSources(w http.ResponseWriter, r *web.Request, c connection, p connectPage) error {
	again := func(problem error) error {
		s, err := c.survey(r)
		if err != nil {
			problem = err
		}
		return r.Reopen(func() error {
			if err == nil {
				if err := p.fill(r, c, s); err != nil {
					return err
				}
			}
			return showTables(w, r, p, problem)
		})
	}
	chosen := r.PostForm["table"]
	if len(chosen) == 0 {
		return again(fail.Named("table", "data.connect.choose", "Choose at least one table."))
	}
	if len(chosen) > 50 {
		return again(fail.Named("table", "data.connect.many", "Choose at most 50 tables at once."))
	}
	every := records.Opt[int64]{}
	if v := strings.TrimSpace(p.Every); v != "" {
		n, err := r.Lang.ParseInt(v)
		if err != nil {
			return again(fail.Named("every", "data.every-number", "Say in whole hours how often data is delivered."))
		}
		every = records.Some(n)
	}
	survey, err := c.survey(r)
	if err != nil {
		return again(err)
	}
	var list []*Source
	for _, name := range chosen {
		s, err := c.source(survey, name, slices.Contains(r.PostForm["with"], name))
		if err != nil {
			return again(refusal(err))
		}
		if prefix := strings.TrimSpace(p.Prefix); prefix != "" {
			s.Name = prefix + ": " + s.Name
		}
		s.EveryHours = every
		if v := r.PostFormValue("system"); v != "" {
			s.System = records.Some(records.ID[systems.System](v))
		}
		if v := r.PostFormValue("unit"); v != "" {
			s.Unit = records.Some(records.ID[org.Unit](v))
		}
		if r.Actor.Person != "" {
			s.Owner = records.Some(records.ID[org.Person](r.Actor.Person))
		}
		list = append(list, s)
	}
	if c.Kind == HandedIn {
		err := takeTables(w, r, c, list)
		if fail.Is(err, fail.Invalid) {
			return again(err)
		}
		return err
	}
	err = r.Update(func(u *records.Tx) error {
		for _, s := range list {
			if err := Sources.Create(u, s); err != nil {
				return err
			}
			if len(list) > 1 {
				if err := enqueueRead(u, s.ID, false); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if e := fail.As(err); e != nil && e.Kind == fail.Invalid {
		return again(err)
	} else if err != nil {
		return err
	}
	r.Toast(w, "saved")
	if len(list) > 1 {
		return r.Redirect(w, Sources.Def().Path(""))
	}
	// What cannot be read is said on the source's page.
	if err := readDatabase(r.Context(), r.Site.DB, readArgs{Source: list[0].ID}); fail.As(err) == nil && err != nil {
		return err
	}
	return r.Redirect(w, Sources.Path(list[0].ID))
}

// source is a source of one table; with the columns of what it refers to when asked.
func (c connection) source(survey *table.Survey, name string, joined bool) (*Source, error) {
	query, with, err := survey.Joined(name)
	if err != nil {
		return nil, err
	}
	s := &Source{Name: name, Kind: c.Kind, Relation: records.Some(name)}
	if joined && len(with) > 0 {
		s.Query = records.Some(query)
	}
	switch c.Kind {
	case SQLite:
		s.Path = records.Some(c.Path)
	case Postgres:
		s.Address = records.Some(c.Address)
	}
	return s, nil
}

func systemChoices(r *web.Request) (out []choice, err error) {
	all, err := systems.Systems.List(r.View, records.Query{Sort: "name"})
	for _, x := range all {
		out = append(out, choice{string(x.ID), x.Name})
	}
	return out, err
}

func unitChoices(r *web.Request) (out []choice, err error) {
	all, err := org.Units.List(r.View, records.Query{Sort: "name"})
	for _, x := range all {
		out = append(out, choice{string(x.ID), x.Name})
	}
	return out, err
}
