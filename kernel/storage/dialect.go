package storage

// Dialect is which of the two databases it is, with the few expressions that differ.
type Dialect string

const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// JSONText is the expression for the text value under a key of a JSON column;
// key must be a plain name (letters, digits, underscore).
func (d Dialect) JSONText(column, key string) string {
	if d == Postgres {
		return "(" + column + "::json ->> '" + key + "')"
	}
	return "(" + column + " ->> '" + key + "')"
}

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
