package storage

import (
	"database/sql"
	"time"
)

type zero[T any] struct{ to *T }

// Zero scans a column that may be NULL: what is unknown is the zero value.
func Zero[T any](to *T) sql.Scanner { return zero[T]{to} }

// Scan is a sql.Scanner's.
func (z zero[T]) Scan(v any) error {
	var n sql.Null[T]
	err := n.Scan(v)
	*z.to = n.V
	return err
}

type instant struct{ to *time.Time }

// Instant scans a moment; what is unknown is the zero time.
func Instant(to *time.Time) sql.Scanner { return instant{to} }

// Scan is a sql.Scanner's.
func (i instant) Scan(v any) error {
	var n sql.Null[int64]
	err := n.Scan(v)
	*i.to = time.Time{}
	if n.Valid {
		*i.to = time.UnixMicro(n.V).UTC()
	}
	return err
}

// Null is what stores a value of which the zero means unknown; a moment in
// microseconds.
func Null[T comparable](v T) any {
	var none T
	if v == none {
		return nil
	}
	if t, ok := any(v).(time.Time); ok {
		return t.UnixMicro()
	}
	return v
}
