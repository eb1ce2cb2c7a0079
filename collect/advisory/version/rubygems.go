package version

import "strings"

// compareRubyGems orders as Gem::Version does: stretches of digits and letters
// in turn, letters older than numbers, zeros at the end of the numbers and of
// the whole mean nothing.
func compareRubyGems(a, b string) int {
	x, y := gemSegments(a), gemSegments(b)
	for i := range max(len(x), len(y)) {
		s, t := "0", "0"
		if i < len(x) {
			s = x[i]
		}
		if i < len(y) {
			t = y[i]
		}
		if d := compareLocal(s, t); d != 0 {
			return d
		}
	}
	return 0
}

func gemSegments(v string) []string {
	var numbers, rest []string
	other := func(c byte) bool { return !digit(c) && c != '.' && c != '-' }
	v = strings.ReplaceAll(strings.TrimSpace(v), "-", ".pre.")
	for v != "" {
		n := stretch(v, digit)
		if n == 0 {
			n = stretch(v, other)
		}
		if n == 0 {
			v = v[1:]
			continue
		}
		if s := v[:n]; number(s) && len(rest) == 0 {
			numbers = append(numbers, s)
		} else {
			rest = append(rest, s)
		}
		v = v[n:]
	}
	return append(withoutZeros(numbers), withoutZeros(rest)...)
}

func withoutZeros(s []string) []string {
	for len(s) > 0 && strings.Trim(s[len(s)-1], "0") == "" {
		s = s[:len(s)-1]
	}
	return s
}
