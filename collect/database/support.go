package database

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"
	"sync"
	"time"
)

//go:embed support.csv
var supportTable string

// SupportTableDate is the day on which the table of support periods was true.
const SupportTableDate = "2026-08-22"

// Support says until when a version is supported. A date is YYYY-MM-DD; an
// absent one was not announced.
type Support struct {
	Cycle    string `json:"cycle" doc:"the release line, e.g. 15 or 10.11"`
	Label    string `json:"label,omitempty" doc:"what the maker calls it"`
	Released string `json:"released,omitempty"`
	Active   string `json:"active_ends,omitempty" doc:"end of full support"`
	Security string `json:"security_ends,omitempty" doc:"end of the maker's fixes for everybody"`
	Extended string `json:"extended_ends,omitempty" doc:"end of paid or long-term fixes, which are a choice of the organisation"`
	Latest   string `json:"latest,omitempty" doc:"newest release of the line on the day of the table"`
	Days     *int   `json:"days_left,omitempty" doc:"days until the fixes for everybody end; negative: since they ended"`
	AsOf     string `json:"as_of" doc:"day on which the table was true"`
	Source   string `json:"source"`
}

type supportRow struct {
	product string
	Support
}

var supportRows = sync.OnceValue(func() []supportRow {
	r := csv.NewReader(strings.NewReader(supportTable))
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		panic("database: support.csv: " + err.Error()) // embedded, so wrong only by a programmer's hand
	}
	var rows []supportRow
	for _, f := range records[1:] {
		rows = append(rows, supportRow{f[0], Support{Cycle: f[1], Label: f[2], Released: f[3], Active: f[4], Security: f[5], Extended: f[6], Latest: f[7], AsOf: SupportTableDate, Source: "endoflife.date"}})
	}
	return rows
})

// SupportOf finds the support period of a product's version; nil if the table
// does not know it. Of an SQL Server line with service packs the one whose
// newest build has the most in common is taken: the first that is not older.
func SupportOf(product, version string, now time.Time) *Support {
	var best *Support
	for _, row := range supportRows() {
		line, pack, _ := strings.Cut(row.Cycle, "-")
		if row.product != product || version == "" || line == "" || compareVersions(cutVersion(version, line), line) != 0 {
			continue
		}
		if pack != "" || best != nil && strings.Contains(best.Cycle, "-") { // service packs: the oldest whose newest build is not below
			if compareVersions(row.Latest, version) < 0 || best != nil && compareVersions(row.Latest, best.Latest) > 0 {
				continue
			}
		} else if best != nil && len(row.Cycle) < len(best.Cycle) {
			continue
		}
		best = new(row.Support)
	}
	if best == nil {
		return nil
	}
	if end, err := time.Parse(time.DateOnly, best.Security); err == nil && !now.IsZero() {
		today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
		best.Days = new(int(end.Sub(today) / day))
	}
	return best
}

// supportResult is the check every engine has: whether the version is still
// supported, with the newest release of its line as evidence where it is behind.
func supportResult(s Server) Result {
	c := Check{
		ID: "support", Engine: s.Engine, Title: "Days of support left for this version", Group: "security", Unit: "d", Better: "higher",
		Warning: new(180.0), Critical: new(0.0), Severity: "high", Source: "https://endoflife.date", Proven: "live",
		Remedy: "Plan the upgrade to a supported release before the day; without fixes every flaw found later stays open.",
	}
	if s.Support == nil {
		return c.unknown(fmt.Sprintf("the table of support periods does not know version %q", s.Version), "")
	}
	r := c.result()
	r.State = OK
	e := Evidence{"version": s.Version, "table_as_of": s.Support.AsOf}
	switch {
	case s.Support.Days == nil:
		r.Why = "no end of support was announced"
	default:
		r.Value = new(float64(*s.Support.Days))
		r.State = c.state(*r.Value)
		e["ends"] = s.Support.Security
	}
	behind := s.Support.Latest != "" && compareVersions(s.Version, s.Support.Latest) < 0
	if behind {
		e["latest"] = s.Support.Latest
	}
	if r.State != OK {
		r.Remedy = c.Remedy
	}
	if r.State != OK || behind {
		r.Evidence = []Evidence{e}
	}
	return r
}
