package table

import "fmt"

// Invalid is a source or an option that cannot be used as it is: where, and
// what would be right. Trouble is its kind where that is a usual one.
type Invalid struct {
	Where, Problem string
	Trouble        Trouble
}

func (e *Invalid) Error() string {
	if e.Where == "" {
		return e.Problem
	}
	return e.Where + ": " + e.Problem
}

// Wrong returns an Invalid for the place where, its problem formatted.
func Wrong(where, format string, args ...any) error {
	return &Invalid{Where: where, Problem: fmt.Sprintf(format, args...)}
}

// usual is Wrong of a usual kind.
func usual(t Trouble, where, format string, args ...any) error {
	return &Invalid{Where: where, Problem: fmt.Sprintf(format, args...), Trouble: t}
}
