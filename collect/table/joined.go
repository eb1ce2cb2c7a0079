package table

import (
	"fmt"
	"slices"
	"strings"
)

// Limits of what is brought along, so that a wide database stays readable.
const (
	joinedDeep    = 3
	joinedTables  = 12
	joinedColumns = 150
)

// Joined is a SELECT of a table's rows with the columns of the tables that it
// refers to, and of those that these refer to, three steps far. Each row stays one
// row: only declared keys are followed, from the row to the one it names. Columns
// brought along are named table.column; keys among them are left out. with
// names the tables brought along; it is empty where the table refers to nothing.
func (s *Survey) Joined(table string) (query string, with []string, err error) {
	base := s.find(table)
	if base == nil {
		return "", nil, usual(NoSuchTable, "table", "there is no table %q", table)
	}
	j := joining{survey: s, names: map[string]bool{base.Name: true}}
	j.columns = append(j.columns, "t0.*")
	j.from = append(j.from, base.quoted+" t0")
	j.follow(base, "t0", []string{base.Name})
	return "SELECT " + strings.Join(j.columns, ", ") + "\nFROM " + strings.Join(j.from, "\n"), j.with, nil
}

type joining struct {
	survey  *Survey
	columns []string
	from    []string
	with    []string
	names   map[string]bool // names of tables as columns show them
}

func (j *joining) column(alias, column, as string) {
	if len(j.columns) < joinedColumns {
		j.columns = append(j.columns, alias+"."+quoteName(column)+" AS "+quoteName(as))
	}
}

func (j *joining) follow(t *SurveyTable, alias string, path []string) {
	if len(path) > joinedDeep {
		return
	}
	type found struct {
		table *SurveyTable
		alias string
	}
	var next []found
	for _, f := range t.Refers {
		to := j.survey.find(f.To)
		if to == nil || !to.Readable || slices.Contains(path, to.Name) || len(j.with) == joinedTables || len(f.Columns) != len(f.Keys) || !sameNames(f.Keys, to.key()) {
			continue // around in a circle, or not surely one row
		}
		shown := to.Name
		if j.names[shown] { // a second way to the same table
			shown += " (" + strings.Join(f.Columns, ", ") + ")"
		}
		if j.names[shown] {
			continue
		}
		j.names[shown] = true
		j.with = append(j.with, shown)
		as := fmt.Sprintf("t%d", len(j.with))
		on := make([]string, len(f.Columns))
		for i := range f.Columns {
			on[i] = as + "." + quoteName(f.Keys[i]) + " = " + alias + "." + quoteName(f.Columns[i])
		}
		j.from = append(j.from, "LEFT JOIN "+to.quoted+" "+as+" ON "+strings.Join(on, " AND "))
		for _, c := range to.Columns {
			if !slices.Contains(f.Keys, c.Name) && !to.refersBy(c.Name) {
				j.column(as, c.Name, shown+"."+c.Name)
			}
		}
		next = append(next, found{to, as})
	}
	for _, n := range next {
		j.follow(n.table, n.alias, append(slices.Clone(path), n.table.Name))
	}
}

func sameNames(a, b []string) bool {
	if len(a) != len(b) || len(a) == 0 {
		return false
	}
	for _, x := range a {
		if !slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) }) {
			return false
		}
	}
	return true
}

// refersBy says whether a column only names a row of another table.
func (t *SurveyTable) refersBy(column string) bool {
	return slices.ContainsFunc(t.Refers, func(f ForeignKey) bool { return slices.Contains(f.Columns, column) })
}
