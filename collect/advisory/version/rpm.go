package version

import "strings"

// compareRPM orders two rpm versions [epoch:]version[-release] as rpm does. A
// version without release is older than any release of it.
func compareRPM(a, b string) int {
	ea, va, ra := SplitRPM(a)
	eb, vb, rb := SplitRPM(b)
	if d := compareNumbers(ea, eb); d != 0 {
		return d
	}
	if d := RPMVerCmp(va, vb); d != 0 {
		return d
	}
	if ra == "" || rb == "" {
		return sign(len(ra) - len(rb))
	}
	return RPMVerCmp(ra, rb)
}

// SplitRPM parts [epoch:]version[-release]; an epoch that is not written is
// empty.
func SplitRPM(v string) (epoch, version, release string) {
	if e, rest, found := strings.Cut(v, ":"); found && (number(e) || e == "" || e == "(none)") {
		if number(e) {
			epoch = e
		}
		v = rest
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}

// WithoutEpoch is an rpm or deb version without its epoch.
func WithoutEpoch(v string) string {
	if e, rest, found := strings.Cut(v, ":"); found && number(e) {
		return rest
	}
	return v
}

// RPMVerCmp compares as rpm's function of that name does (rpm.org, "Version
// comparison"): stretches of digits or letters in turn, numbers newer than
// letters, ~ older than the end, ^ newer than the end and older than all else.
func RPMVerCmp(a, b string) int {
	separator := func(c byte) bool { return !digit(c) && !letter(c) && c != '~' && c != '^' }
	for {
		a, b = a[stretch(a, separator):], b[stretch(b, separator):]
		ra, rb := rpmRank(a), rpmRank(b)
		if ra != rb {
			return sign(ra - rb)
		}
		var is func(byte) bool
		switch ra {
		case rpmEnd:
			return 0
		case rpmTilde, rpmCaret:
			a, b = a[1:], b[1:]
			continue
		case rpmLetters:
			is = letter
		case rpmNumber:
			is = digit
		}
		na, nb := stretch(a, is), stretch(b, is)
		d := strings.Compare(a[:na], b[:nb])
		if ra == rpmNumber {
			d = compareNumbers(a[:na], b[:nb])
		}
		if d != 0 {
			return d
		}
		a, b = a[na:], b[nb:]
	}
}

// What may come next in a version, oldest first.
const (
	rpmTilde = iota
	rpmEnd
	rpmCaret
	rpmLetters
	rpmNumber
)

func rpmRank(s string) int {
	switch {
	case s == "":
		return rpmEnd
	case s[0] == '~':
		return rpmTilde
	case s[0] == '^':
		return rpmCaret
	case letter(s[0]):
		return rpmLetters
	}
	return rpmNumber
}
