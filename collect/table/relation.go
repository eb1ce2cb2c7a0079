package table

import (
	"cmp"
	"slices"
	"strings"
)

// Relation says that the values of a column are found in the key of another
// table: it refers to it.
type Relation struct {
	From     string  `json:"from" doc:"table.column"`
	To       string  `json:"to" doc:"table.column"`
	Share    float64 `json:"share" doc:"of the different values, how many are found there"`
	Declared bool    `json:"declared,omitempty" doc:"the database itself says so; else inferred from names and values"`
	Missing  int64   `json:"missing" doc:"different values that are not found"`
}

// Values are the different values of a table's columns, kept while they are few
// enough to be exact, for finding relations.
type Values struct {
	Table   string
	columns []valueSet
}

type valueSet struct {
	name   string
	kind   Kind
	unique bool
	set    hashSet
}

// values takes the sets out of the statistics.
func (p *Profile) values(table string, stats []stat) Values {
	v := Values{Table: table}
	for i, c := range p.Columns {
		if c.Exact && c.Distinct > 0 && c.Kind != Float && c.Kind != Bool {
			v.columns = append(v.columns, valueSet{c.Name, c.Kind, c.Unique, stats[i].different.set})
		}
	}
	return v
}

// Relations finds, among tables, columns whose values nearly all (95 %) stand
// in a key of another table, or of the same, and whose names say so: the same
// name, or table and key together (customer_id, CustomerId to customer.id).
func Relations(tables []Values) []Relation {
	var list []Relation
	for _, to := range tables {
		for _, key := range to.columns {
			if !key.unique {
				continue
			}
			for _, from := range tables {
				for _, c := range from.columns {
					if c.kind != key.kind || from.Table == to.Table && c.name == key.name || !refers(c.name, to.Table, key.name) {
						continue
					}
					if from.Table != to.Table && c.unique && !key.ownKey(to.Table) {
						continue // two keys of one name: the table it is named after has it
					}
					missing := int64(0)
					for _, h := range c.set.slots {
						if h != 0 && !key.set.has(h) {
							missing++
						}
					}
					share := 1 - float64(missing)/float64(c.set.n)
					if share >= 0.95 {
						list = append(list, Relation{From: from.Table + "." + c.name, To: to.Table + "." + key.name, Share: share, Missing: missing})
					}
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b Relation) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return list
}

func (k valueSet) ownKey(table string) bool {
	n := plain(k.name)
	return n == "id" || n == plain(table)+"id" || n == singular(plain(table))+"id"
}

// plain drops case and signs: customer_id and CustomerID are one.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

func singular(s string) string {
	if t, ok := strings.CutSuffix(s, "ies"); ok {
		return t + "y"
	}
	return strings.TrimSuffix(s, "s")
}

func refers(column, table, key string) bool {
	c, t, k := plain(column), plain(table), plain(key)
	if c == k && c != "id" {
		return true
	}
	for _, base := range []string{t, singular(t)} {
		if c == base+k || c == base || strings.HasSuffix(c, base+k) {
			return true
		}
	}
	return false
}
