// Package fail holds what can go wrong in words for the person who meets it.
// An error has a kind, a sentence with a word key and named arguments (rendered
// in the reader's language at the edge), the field it concerns, and a cause for
// the log. Anything that is not a *fail.Error is an internal error.
package fail

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what went wrong, independent of how it is shown.
type Kind string

const (
	Invalid         Kind = "invalid"         // the input is wrong; the person can mend it (422, exit 2)
	Conflict        Kind = "conflict"        // true when it was typed, no longer true (409)
	NotFound        Kind = "not-found"       // not there, or not for this person to see (404)
	Forbidden       Kind = "forbidden"       // seen, but not to be done by this person (403)
	Unauthenticated Kind = "unauthenticated" // not signed in, or not with what was given (401)
	TooLarge        Kind = "too-large"       // more than a stated limit (413)
	TooMany         Kind = "too-many"        // too often; try later (429)
	Unavailable     Kind = "unavailable"     // the program cannot do it now: full disk, lost database (503)
)

// Error is a failure with a sentence fit for the person.
type Error struct {
	Kind Kind
	// Key names the sentence in the catalogues; Text is its English source,
	// with {name} placeholders filled from Args.
	Key, Text string
	Args      map[string]any
	// Field is the field's name as the API spells it. At is the field's address
	// inside the record being written, which the write path turns into Field.
	Field string
	At    any
	// Also holds further problems found in the same input.
	Also  []*Error
	Cause error
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(Fill(e.Text, e.Args))
	for _, a := range e.Also {
		b.WriteString("; " + a.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Cause }

// With returns e with an argument for its sentence.
func (e *Error) With(name string, value any) *Error {
	if e.Args == nil {
		e.Args = map[string]any{}
	}
	e.Args[name] = value
	return e
}

// Because returns e with the cause that goes to the log.
func (e *Error) Because(cause error) *Error { e.Cause = cause; return e }

// All returns e and everything in Also, flat.
func (e *Error) All() []*Error {
	out := []*Error{e}
	for _, a := range e.Also {
		out = append(out, a.All()...)
	}
	return out
}

// New makes an error of a kind. key is the sentence's name in the catalogues.
func New(k Kind, key, text string) *Error { return &Error{Kind: k, Key: key, Text: text} }

// Field makes an Invalid error about the field at the given address in the
// record being written: fail.Field(&c.Ends, "active-needs-end", "An active contract needs an end date.").
// The key is completed with the record type's name by the write path.
func Field(at any, key, text string) *Error {
	return &Error{Kind: Invalid, Key: key, Text: text, At: at}
}

// Named makes an Invalid error about a field by its API name.
func Named(field, key, text string) *Error {
	return &Error{Kind: Invalid, Key: key, Text: text, Field: field}
}

// Join collects problems into one error of the first one's kind; nil without any.
func Join(problems []*Error) error {
	if len(problems) == 0 {
		return nil
	}
	first := *problems[0]
	first.Also = append(append([]*Error{}, first.Also...), problems[1:]...)
	return &first
}

// Is reports whether err is a failure of kind k.
func Is(err error, k Kind) bool {
	e := As(err)
	return e != nil && e.Kind == k
}

// As returns the *Error in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Fill puts args into text's {name} placeholders; an unknown one stays as it is.
func Fill(text string, args map[string]any) string {
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '{')
		if i < 0 {
			break
		}
		j := strings.IndexByte(text[i:], '}')
		if j < 0 {
			break
		}
		b.WriteString(text[:i])
		if v, ok := args[text[i+1:i+j]]; ok {
			fmt.Fprint(&b, v)
		} else {
			b.WriteString(text[i : i+j+1])
		}
		text = text[i+j+1:]
	}
	b.WriteString(text)
	return b.String()
}
