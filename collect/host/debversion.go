package host

import "strings"

// compareDeb orders two Debian versions as dpkg does (deb-version(7)):
// negative when a is older.
func compareDeb(a, b string) int {
	ea, ua, ra := splitDeb(a)
	eb, ub, rb := splitDeb(b)
	if d := compareDigits(ea, eb); d != 0 {
		return d
	}
	if d := compareDebPart(ua, ub); d != 0 {
		return d
	}
	return compareDebPart(ra, rb)
}

func splitDeb(v string) (epoch, upstream, revision string) {
	if e, rest, found := strings.Cut(v, ":"); found {
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
			d := debOrder(a) - debOrder(b)
			if d != 0 {
				return d
			}
			a, b = a[1:], b[1:]
		}
		na, nb := leadingDigits(a), leadingDigits(b)
		if d := compareDigits(a[:na], b[:nb]); d != 0 {
			return d
		}
		a, b = a[na:], b[nb:]
	}
	return 0
}

// debOrder is the rank of the first character of s; the end and a digit are 0.
func debOrder(s string) int {
	switch {
	case s == "" || digit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z':
		return int(s[0])
	}
	return int(s[0]) + 256
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func leadingDigits(s string) int {
	i := 0
	for i < len(s) && digit(s[i]) {
		i++
	}
	return i
}

// compareDigits compares two strings of digits as numbers of any size.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
