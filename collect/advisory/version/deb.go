package version

import "strings"

// CompareDeb orders two Debian versions: Debian Policy 5.6.12, deb-version(7).
func CompareDeb(a, b string) int {
	ea, ua, ra := splitDeb(a)
	eb, ub, rb := splitDeb(b)
	if d := compareNumbers(ea, eb); d != 0 {
		return d
	}
	if d := compareDebPart(ua, ub); d != 0 {
		return d
	}
	return compareDebPart(ra, rb)
}

// splitDeb parts [epoch:]upstream[-revision]. What stands before a colon and
// is no number belongs to the upstream version.
func splitDeb(v string) (epoch, upstream, revision string) {
	if e, rest, found := strings.Cut(v, ":"); found && number(e) {
		epoch, v = e, rest
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}

// compareDebPart compares in turns a stretch without digits, where ~ sorts
// before everything, even the end, and letters before the rest, and a number.
func compareDebPart(a, b string) int {
	for a != "" || b != "" {
		for a != "" && !digit(a[0]) || b != "" && !digit(b[0]) {
			if d := debRank(a) - debRank(b); d != 0 {
				return sign(d)
			}
			a, b = a[1:], b[1:]
		}
		na, nb := stretch(a, digit), stretch(b, digit)
		if d := compareNumbers(a[:na], b[:nb]); d != 0 {
			return d
		}
		a, b = a[na:], b[nb:]
	}
	return 0
}

// debRank is the rank of the first character of s; the end and a digit are 0.
func debRank(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case letter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}
