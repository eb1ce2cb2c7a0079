package signin

import (
	"database/sql"
	"time"
)

// micros scans a moment; unknown is the zero time.
type micros struct{ at *time.Time }

// Scan is a sql.Scanner's.
func (m micros) Scan(v any) error {
	var n sql.NullInt64
	if err := n.Scan(v); err != nil {
		return err
	}
	*m.at = time.Time{}
	if n.Valid {
		*m.at = moment(n.Int64)
	}
	return nil
}

// text scans text; unknown is "".
type text struct{ to *string }

// Scan is a sql.Scanner's.
func (t text) Scan(v any) error {
	var s sql.NullString
	err := s.Scan(v)
	*t.to = s.String
	return err
}
