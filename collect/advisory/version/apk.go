package version

import (
	"fmt"
	"slices"
	"strings"
)

// apkToken is one part of an apk version.
type apkToken struct {
	kind  int
	value string
	rank  int // of a suffix
}

// Kinds of part. Where two versions agree so far, the one whose next part has
// the higher kind is newer (apk-tools, src/version.c).
const (
	apkPre = iota // a suffix that comes before the release: _alpha, _beta, _pre, _rc
	apkEnd
	apkRevision
	apkHash
	apkSuffixNumber
	apkPost // a suffix that comes after the release: _cvs, _svn, _git, _hg, _p
	apkLetter
	apkNumber
	apkFirst
)

var apkSuffixes = []string{"alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"}

// compareAPK orders two Alpine versions:
// number{.number}…[letter]{_suffix[number]}…[~hash][-rN].
func compareAPK(a, b string) (int, error) {
	ta, err := apkTokens(a)
	if err != nil {
		return 0, err
	}
	tb, err := apkTokens(b)
	if err != nil {
		return 0, err
	}
	for i := range min(len(ta), len(tb)) {
		x, y := ta[i], tb[i]
		if x.kind != y.kind {
			return sign(x.kind - y.kind), nil
		}
		var d int
		switch x.kind {
		case apkEnd:
			return 0, nil
		case apkPre, apkPost:
			d = x.rank - y.rank
		case apkNumber:
			// A part with a leading zero is a decimal fraction: 1.09 < 1.1.
			if x.value[0] == '0' || y.value[0] == '0' {
				d = strings.Compare(x.value, y.value)
			} else {
				d = compareNumbers(x.value, y.value)
			}
		case apkFirst, apkSuffixNumber, apkRevision:
			d = compareNumbers(x.value, y.value)
		default:
			d = strings.Compare(x.value, y.value)
		}
		if d != 0 {
			return sign(d), nil
		}
	}
	return 0, nil
}

func apkTokens(v string) ([]apkToken, error) {
	bad := func(at string) ([]apkToken, error) {
		return nil, fmt.Errorf("%q is not an apk version: it goes wrong at %q", v, at)
	}
	n := stretch(v, digit)
	if n == 0 {
		return bad(v)
	}
	tokens := []apkToken{{kind: apkFirst, value: v[:n]}}
	s := v[n:]
	for strings.HasPrefix(s, ".") {
		n := stretch(s[1:], digit)
		if n == 0 {
			return bad(s)
		}
		tokens = append(tokens, apkToken{kind: apkNumber, value: s[1 : 1+n]})
		s = s[1+n:]
	}
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		tokens = append(tokens, apkToken{kind: apkLetter, value: s[:1]})
		s = s[1:]
		if n := stretch(s, digit); n > 0 { // not by the rule, but in old lists: 5.1p1
			tokens = append(tokens, apkToken{kind: apkSuffixNumber, value: s[:n]})
			s = s[n:]
		}
	}
	for strings.HasPrefix(s, "_") {
		n := stretch(s[1:], letter)
		rank := slices.Index(apkSuffixes, s[1:1+n])
		if n == 0 || rank < 0 {
			return bad(s)
		}
		kind := apkPre
		if rank > 4 {
			kind = apkPost
		}
		tokens = append(tokens, apkToken{kind: kind, rank: rank})
		s = s[1+n:]
		if n = stretch(s, digit); n > 0 {
			tokens = append(tokens, apkToken{kind: apkSuffixNumber, value: s[:n]})
			s = s[n:]
		}
	}
	if strings.HasPrefix(s, "~") {
		n := stretch(s[1:], func(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' })
		if n == 0 {
			return bad(s)
		}
		tokens = append(tokens, apkToken{kind: apkHash, value: s[1 : 1+n]})
		s = s[1+n:]
	}
	if rest, found := strings.CutPrefix(s, "-r"); found {
		if !number(rest) {
			return bad(s)
		}
		tokens, s = append(tokens, apkToken{kind: apkRevision, value: rest}), ""
	}
	if s != "" {
		return bad(s)
	}
	return append(tokens, apkToken{kind: apkEnd}), nil
}
