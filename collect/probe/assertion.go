package probe

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
)

// assertion is what a value of a JSON body must be: path=value, path!=value,
// path~expression, path!~expression, path<number, <=, >, >=.
type assertion struct {
	path, sign, want string
	re               *regexp.Regexp
	number           *big.Rat
}

var assertionForm = regexp.MustCompile(`^([^=!~<>]+)(!=|!~|<=|>=|=|~|<|>)(.*)$`)

// readAssertion reads one; the error says what is wrong with it.
func readAssertion(s string) (a assertion, err error) {
	g := assertionForm.FindStringSubmatch(s)
	if g == nil {
		return a, fmt.Errorf("JSON check %q is not path=value, nor with one of != ~ !~ < <= > >= between", s)
	}
	a = assertion{path: strings.TrimSpace(g[1]), sign: g[2], want: strings.TrimSpace(g[3])}
	switch a.sign {
	case "~", "!~":
		if a.re, err = regexp.Compile(a.want); err != nil {
			return a, fmt.Errorf("JSON check %q: %w", s, err)
		}
	case "<", "<=", ">", ">=":
		var ok bool
		if a.number, ok = number(a.want); !ok {
			return a, fmt.Errorf("JSON check %q compares with a number, which %q is not", s, a.want)
		}
	}
	return a, nil
}

// String is the assertion without its path.
func (a assertion) String() string {
	if a.sign == "=" {
		return a.want
	}
	return a.sign + " " + a.want
}

// number reads a number of at most 64 characters, so that no exponent can grow.
func number(s string) (*big.Rat, bool) {
	if len(s) > 64 || !numberForm.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

var numberForm = regexp.MustCompile(`^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,3})?$`)

func (a assertion) holds(got string) bool {
	switch a.sign {
	case "=":
		return got == a.want
	case "!=":
		return got != a.want
	case "~":
		return a.re.MatchString(got)
	case "!~":
		return !a.re.MatchString(got)
	}
	n, ok := number(got)
	if !ok {
		return false
	}
	c := n.Cmp(a.number)
	return a.sign == "<" && c < 0 || a.sign == "<=" && c <= 0 || a.sign == ">" && c > 0 || a.sign == ">=" && c >= 0
}
