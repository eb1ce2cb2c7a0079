package database

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"steward/engine/calc"
)

// Check is one question to a database server, as data. Its query is one SQL
// statement that only reads; each row is an object it looked at, with a column
// "value" (none for Take count) and whatever tells the object apart. A row
// whose value is NULL could not be seen; its column "why" may say why.
//
// Where the server does not speak SQL, or answers to SHOW, Ask names what is
// asked first: each answer becomes a table, and Query is SQLite's SQL over them.
type Check struct {
	ID       string             `json:"id" doc:"names the check; versions of one check share it"`
	Engine   Engine             `json:"engine,omitempty" doc:"given once for a file"`
	Title    string             `json:"title" doc:"what is looked at, in a few words"`
	Group    string             `json:"group" doc:"availability, performance, capacity, maintenance, security, backup, replication"`
	Product  string             `json:"product,omitempty" doc:"only for this product of the engine: mysql or mariadb, redis or valkey"`
	Min      string             `json:"min,omitempty" doc:"first version it is for"`
	Max      string             `json:"max,omitempty" doc:"last version it is for: 16 means every 16.x"`
	Ask      map[string]Text    `json:"ask,omitempty" doc:"table name → what is asked to fill it"`
	Query    Text               `json:"query" doc:"SQL, as one text or as lines; {name} stands for a number of 'set'"`
	Instead  map[string]string  `json:"instead,omitempty" doc:"text of the query → what stands for it when the server refuses the query for want of a right or an object"`
	Set      map[string]float64 `json:"set,omitempty" doc:"numbers the query uses, which a person may change"`
	Take     string             `json:"take,omitempty" doc:"worst (the row's value that is worst, the default), count (of rows), sum (of values)"`
	Unit     string             `json:"unit" doc:"of the value: %, s, MB, count …"`
	Better   string             `json:"better,omitempty" doc:"lower (the default) or higher"`
	Warning  *float64           `json:"warning,omitempty" doc:"from here on it is a warning"`
	Critical *float64           `json:"critical,omitempty" doc:"from here on it is critical"`
	Severity string             `json:"severity" doc:"how much it matters when it speaks: low, medium, high"`
	Remedy   string             `json:"remedy" doc:"what to do about it"`
	Needs    string             `json:"needs,omitempty" doc:"the right or setting it needs beyond connecting"`
	Source   string             `json:"source" doc:"where the maker describes it"`
	Proven   string             `json:"proven,omitempty" doc:"live: the tests make the fault on a real server; recorded: on answers written after the maker's documentation"`
	Off      bool               `json:"off,omitempty" doc:"true: a person's file turns the check off"`
}

// Text is a text that may be written as a list of lines.
type Text string

// UnmarshalJSON takes a string or a list of strings.
func (t *Text) UnmarshalJSON(b []byte) error {
	var lines []string
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("[")) {
		if err := json.Unmarshal(b, &lines); err != nil {
			return err
		}
		*t = Text(strings.Join(lines, "\n"))
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

// Groups are what checks are grouped by.
var Groups = []string{"availability", "performance", "capacity", "maintenance", "security", "backup", "replication"}

// checkFile is the form of a file of checks.
type checkFile struct {
	Engine Engine            `json:"engine"`
	Checks []json.RawMessage `json:"checks"`
}

//go:embed checks/*.json
var shipped embed.FS

// Checks are those shipped, ordered by engine and as in their files.
var Checks = sync.OnceValue(func() []Check {
	sub, err := fs.Sub(shipped, "checks")
	if err == nil {
		var all []Check
		if all, err = addChecks(nil, sub); err == nil {
			return all
		}
	}
	panic("database: shipped checks: " + err.Error()) // embedded, so wrong only by a programmer's hand
})

// LoadChecks reads the checks of a person's folder of .json files over the
// shipped ones: one with a new id is added; one with a known id and engine
// changes what it names, such as a threshold, in every version of that check.
func LoadChecks(folder string) ([]Check, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, calc.Wrong("checks", "%s is not a folder", folder)
	}
	return addChecks(slices.Clone(Checks()), os.DirFS(folder))
}

const maxCheckFile = 4 << 20

func addChecks(all []Check, folder fs.FS) ([]Check, error) {
	names, err := fs.Glob(folder, "*.json")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, calc.Wrong("checks", "the folder holds no .json file")
	}
	slices.SortFunc(names, func(a, b string) int {
		rank := func(n string) int { return slices.Index(Engines, Engine(strings.TrimSuffix(n, ".json"))) }
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		if info, err := fs.Stat(folder, name); err == nil && info.Size() > maxCheckFile {
			return nil, calc.Wrong(name, "is larger than 4 MiB")
		}
		raw, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, calc.Wrong(name, "%v", errors.Unwrap(err))
		}
		if all, err = addCheckFile(all, filepath.Base(name), raw); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// addCheckFile adds or lays the checks of one file over those before.
func addCheckFile(before []Check, name string, raw []byte) ([]Check, error) {
	var file checkFile
	if err := strictly(raw, &file); err != nil {
		return nil, calc.Wrong(name, "%v", err)
	}
	if !slices.Contains(Engines, file.Engine) {
		return nil, calc.Wrong(name, "engine is %q; it must be one of %v", file.Engine, Engines)
	}
	all := slices.Clone(before)
	for i, item := range file.Checks {
		where := fmt.Sprintf("%s: checks[%d]", name, i)
		var id struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(item, &id); err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		known := false
		for j := range before {
			if before[j].ID != id.ID || before[j].Engine != file.Engine {
				continue
			}
			known = true
			c := before[j].clone()
			if err := strictly(item, &c); err != nil {
				return nil, calc.Wrong(where, "%v", err)
			}
			if c.Query != before[j].Query || !maps.Equal(c.Ask, before[j].Ask) {
				c.Proven = "own"
				if maps.Equal(c.Instead, before[j].Instead) {
					c.Instead = nil // it belongs to the query that was there
				}
			}
			if err := c.check(where); err != nil {
				return nil, err
			}
			all[j] = c
		}
		if known {
			continue
		}
		c := Check{Engine: file.Engine, Take: "worst", Better: "lower", Proven: "own"}
		if err := strictly(item, &c); err != nil {
			return nil, calc.Wrong(where, "%v", err)
		}
		if err := c.check(where); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func strictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("something follows the JSON")
	}
	return nil
}

// clone is a copy whose parts may be changed.
func (c Check) clone() Check {
	c.Ask, c.Set, c.Instead = maps.Clone(c.Ask), maps.Clone(c.Set), maps.Clone(c.Instead)
	if c.Warning != nil {
		c.Warning = new(*c.Warning)
	}
	if c.Critical != nil {
		c.Critical = new(*c.Critical)
	}
	return c
}

var (
	checkID   = regexp.MustCompile(`^[a-z][a-z0-9-]{2,60}$`)
	tableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)
	blank     = regexp.MustCompile(`\{([a-z_]+)\}`)
)

// check says what is wrong with a check and what would be right.
func (c *Check) check(where string) error {
	wrong := func(field, format string, args ...any) error {
		return calc.Wrong(where, "%s (%s) %s", field, cmp.Or(c.ID, "no id"), fmt.Sprintf(format, args...))
	}
	switch {
	case !checkID.MatchString(c.ID):
		return wrong("id", "must be 3 to 61 of a–z, 0–9 and -, beginning with a letter")
	case !slices.Contains(Engines, c.Engine):
		return wrong("engine", "is %q; it must be one of %v", c.Engine, Engines)
	case c.Title == "":
		return wrong("title", "is missing")
	case !slices.Contains(Groups, c.Group):
		return wrong("group", "is %q; it must be one of %s", c.Group, strings.Join(Groups, ", "))
	case !slices.Contains([]string{"worst", "count", "sum"}, c.Take):
		return wrong("take", "is %q; it must be worst, count or sum", c.Take)
	case !slices.Contains([]string{"lower", "higher"}, c.Better):
		return wrong("better", "is %q; it must be lower or higher", c.Better)
	case !slices.Contains([]string{"low", "medium", "high"}, c.Severity):
		return wrong("severity", "is %q; it must be low, medium or high", c.Severity)
	case c.Warning == nil && c.Critical == nil:
		return wrong("warning", "or critical must be given, else the check never speaks")
	case c.Warning != nil && c.Critical != nil && c.worse(*c.Warning, *c.Critical):
		return wrong("critical", "%v is reached before warning %v", *c.Critical, *c.Warning)
	case c.Unit == "":
		return wrong("unit", "is missing; use count where there is none")
	case c.Remedy == "":
		return wrong("remedy", "is missing")
	case c.Proven != "live" && c.Proven != "recorded" && c.Proven != "own":
		return wrong("proven", "is %q; it is live, recorded or own", c.Proven)
	case !validVersion(c.Min) || !validVersion(c.Max):
		return wrong("min and max", "are versions such as 15 or 10.11")
	}
	if len(c.Ask) == 0 && (c.Engine == Redis || c.Engine == MongoDB) {
		return wrong("ask", "is missing: %s does not speak SQL, so say what fills the tables of the query", c.Engine)
	}
	for table, ask := range c.Ask {
		if !tableName.MatchString(table) {
			return wrong("ask", "%q is no name of a table: use a–z, 0–9 and _", table)
		}
		if err := guardAsk(c.Engine, string(ask)); err != nil {
			return wrong("ask."+table, "%v", err)
		}
	}
	for _, m := range blank.FindAllStringSubmatch(string(c.Query), -1) {
		if _, ok := c.Set[m[1]]; !ok {
			return wrong("query", "uses {%s}, which 'set' does not give", m[1])
		}
	}
	dialect := c.Engine
	if len(c.Ask) > 0 {
		dialect = SQLite
	}
	if err := guardSQL(dialect, c.text()); err != nil {
		return wrong("query", "%v", err)
	}
	for part := range c.Instead {
		if !strings.Contains(string(c.Query), part) {
			return wrong("instead", "%q does not stand in the query", part)
		}
	}
	if err := guardSQL(dialect, c.otherText()); err != nil {
		return wrong("instead", "%v", err)
	}
	return nil
}

// text is the query with its numbers put in.
func (c *Check) text() string {
	return blank.ReplaceAllStringFunc(string(c.Query), func(name string) string {
		return strconv.FormatFloat(c.Set[name[1:len(name)-1]], 'f', -1, 64)
	})
}

// otherText is what is asked when the server refuses the query: it does without
// what the script of --role makes.
func (c *Check) otherText() string {
	other := *c
	for _, part := range slices.Sorted(maps.Keys(c.Instead)) {
		other.Query = Text(strings.ReplaceAll(string(other.Query), part, c.Instead[part]))
	}
	return other.text()
}

// worse reports whether a is worse than b.
func (c *Check) worse(a, b float64) bool {
	if c.Better == "higher" {
		return a < b
	}
	return a > b
}

// state judges a value.
func (c *Check) state(v float64) string {
	reached := func(limit *float64) bool { return limit != nil && (v == *limit || c.worse(v, *limit)) }
	switch {
	case reached(c.Critical):
		return Critical
	case reached(c.Warning):
		return Warning
	}
	return OK
}

// fits reports whether the check is for the server.
func (c *Check) fits(s Server) bool {
	return c.Engine == s.Engine && !c.Off &&
		(c.Product == "" || c.Product == s.Product) &&
		(c.Min == "" || compareVersions(s.Version, c.Min) >= 0) &&
		(c.Max == "" || compareVersions(cutVersion(s.Version, c.Max), c.Max) <= 0)
}
