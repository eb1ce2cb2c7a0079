package storage

import (
	"encoding/json"
	"strings"
)

// Dialect is which of the two databases it is, with the few expressions that differ.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// SkipLocked is appended to a SELECT that claims rows for one worker of many.
// SQLite has one writer at a time and needs nothing.
func (d Dialect) SkipLocked() string {
	if d == Postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// Collate makes a text column compare by bytes on both databases, so that both
// give the same order. The keys compared are folded in Go.
func (d Dialect) Collate() string {
	if d == Postgres {
		return ` COLLATE "C"`
	}
	return ""
}

// Among is the condition that the expression is one of those bound at mark, which
// List has made one value of: thousands of single values take long to parse.
func (d Dialect) Among(expr, mark string) string {
	if d == Postgres {
		return expr + " = ANY(" + mark + ")"
	}
	return expr + " IN (SELECT value FROM json_each(" + mark + "))"
}

// Member is a member of the JSON object that a text column holds, read as one of the
// column types; texts compare by bytes. The path's names hold letters, digits and _ alone.
func (d Dialect) Member(column, typ string, path ...string) string {
	if d == SQLite {
		return "json_extract(" + column + ", '$." + strings.Join(path, ".") + "')"
	}
	member := "CAST(CAST(" + column + " AS jsonb) #>> '{" + strings.Join(path, ",") + "}' AS " + typ + ")"
	if typ == "TEXT" {
		member += d.Collate()
	}
	return member
}

// List makes one value of texts or of whole numbers; nil of anything else.
func (d Dialect) List(values []any) any {
	var texts []string
	var whole []int64
	for _, v := range values {
		switch x := v.(type) {
		case string:
			texts = append(texts, x)
		case int64:
			whole = append(whole, x)
		}
	}
	var list any = texts
	if len(whole) == len(values) {
		list = whole
	} else if len(texts) != len(values) {
		return nil
	}
	if d == Postgres {
		return list
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return nil
	}
	return string(raw)
}
