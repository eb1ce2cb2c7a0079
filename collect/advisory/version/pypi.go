package version

import (
	"fmt"
	"slices"
	"strings"
)

// pep440 is a Python version as PEP 440 (now the "Version specifiers" page of
// the packaging specifications) parts it. -1 in a rank says that the part is
// not there.
type pep440 struct {
	epoch     string
	release   []string
	preRank   int // dev only, a, b, rc, none
	pre       string
	post, dev *string
	local     []string
}

// Ranks of what stands before a release; a version with neither is newest.
const (
	pepDevOnly = iota
	pepAlpha
	pepBeta
	pepCandidate
	pepFinal
)

var pepPre = map[string]int{"a": pepAlpha, "alpha": pepAlpha, "b": pepBeta, "beta": pepBeta, "c": pepCandidate, "rc": pepCandidate, "pre": pepCandidate, "preview": pepCandidate}

func comparePyPI(a, b string) (int, error) {
	x, err := parsePyPI(a)
	if err != nil {
		return 0, err
	}
	y, err := parsePyPI(b)
	if err != nil {
		return 0, err
	}
	if d := compareNumbers(x.epoch, y.epoch); d != 0 {
		return d, nil
	}
	if d := compareNumberLists(x.release, y.release); d != 0 {
		return d, nil
	}
	if d := x.preRank - y.preRank; d != 0 {
		return sign(d), nil
	}
	if d := compareNumbers(x.pre, y.pre); d != 0 {
		return d, nil
	}
	if d := compareOptional(x.post, y.post, -1); d != 0 {
		return d, nil
	}
	if d := compareOptional(x.dev, y.dev, 1); d != 0 {
		return d, nil
	}
	return slices.CompareFunc(x.local, y.local, compareLocal), nil
}

// compareOptional orders two numbers of which either may be missing; missing
// is the rank of one that is not there.
func compareOptional(a, b *string, missing int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return missing
	case b == nil:
		return -missing
	}
	return compareNumbers(*a, *b)
}

// compareLocal orders two segments of local versions: a number is newer than
// letters.
func compareLocal(a, b string) int {
	na, nb := number(a), number(b)
	switch {
	case na && nb:
		return compareNumbers(a, b)
	case na:
		return 1
	case nb:
		return -1
	}
	return strings.Compare(a, b)
}

func parsePyPI(v string) (pep440, error) {
	p := pep440{preRank: pepFinal}
	s := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(v)), "v")
	bad := fmt.Errorf("%q is not a Python version (PEP 440)", v)
	if e, rest, found := strings.Cut(s, "!"); found {
		if !number(e) {
			return p, bad
		}
		p.epoch, s = e, rest
	}
	for {
		n := stretch(s, digit)
		if n == 0 {
			return p, bad
		}
		p.release, s = append(p.release, s[:n]), s[n:]
		if len(s) < 2 || s[0] != '.' || !digit(s[1]) {
			break
		}
		s = s[1:]
	}
	s, local, hasLocal := strings.Cut(s, "+")
	// word takes [sep]letters[sep][digits] if fits knows the letters.
	word := func(fits func(string) bool) (string, string, bool) {
		t := strings.TrimLeft(s, "-_.")
		if len(s)-len(t) > 1 {
			return "", "", false
		}
		n := stretch(t, letter)
		if !fits(t[:n]) {
			return "", "", false
		}
		name, rest := t[:n], t[n:]
		u := rest
		if u != "" && strings.IndexByte("-_.", u[0]) >= 0 {
			u = u[1:]
		}
		if n := stretch(u, digit); n > 0 {
			s = u[n:]
			return name, u[:n], true
		}
		s = rest
		return name, "0", true
	}
	if name, n, ok := word(func(w string) bool { return pepPre[w] > 0 }); ok {
		p.preRank, p.pre = pepPre[name], n
	}
	if n := stretch(strings.TrimPrefix(s, "-"), digit); strings.HasPrefix(s, "-") && n > 0 {
		post := s[1 : 1+n]
		p.post, s = &post, s[1+n:]
	} else if _, n, ok := word(func(w string) bool { return w == "post" || w == "rev" || w == "r" }); ok {
		p.post = &n
	}
	if _, n, ok := word(func(w string) bool { return w == "dev" }); ok {
		p.dev = &n
	}
	if s != "" {
		return p, bad
	}
	if p.dev != nil && p.post == nil && p.preRank == pepFinal {
		p.preRank = pepDevOnly
	}
	if hasLocal {
		p.local = strings.FieldsFunc(local, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
		for _, l := range p.local {
			if stretch(l, func(c byte) bool { return digit(c) || letter(c) }) != len(l) {
				return p, bad
			}
		}
		if len(p.local) == 0 {
			return p, bad
		}
	}
	return p, nil
}
