package backup

import "fmt"

// Wrong is wrong input: Place names the flag, file or field, Text says what is
// wrong with it and what would be right.
type Wrong struct{ Place, Text string }

func (w *Wrong) Error() string { return w.Place + " " + w.Text }

// NewWrong returns a *Wrong.
func NewWrong(place, format string, args ...any) error {
	return &Wrong{place, fmt.Sprintf(format, args...)}
}
