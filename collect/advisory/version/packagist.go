package version

import "strings"

// comparePackagist orders as Composer does, by PHP's version_compare: parts at
// points, hyphens, underscores, pluses and where digits meet letters; dev <
// alpha < beta < rc < a number < patch.
func comparePackagist(a, b string) int {
	return comparePHP(phpParts(a), phpParts(b))
}

func phpParts(v string) []string {
	v = strings.TrimLeft(strings.TrimSpace(v), "vV")
	separator := func(c byte) bool { return c == '.' || c == '-' || c == '_' || c == '+' }
	other := func(c byte) bool { return !digit(c) && !separator(c) }
	var parts []string
	for v != "" {
		n := stretch(v, digit)
		if n == 0 {
			n = stretch(v, other)
		}
		if n == 0 {
			v = v[1:]
			continue
		}
		parts = append(parts, v[:n])
		v = v[n:]
	}
	return parts
}

func comparePHP(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if i >= len(a) {
			return -phpTail(b[i])
		}
		if i >= len(b) {
			return phpTail(a[i])
		}
		x, y := a[i], b[i]
		if number(x) && number(y) {
			if d := compareNumbers(x, y); d != 0 {
				return d
			}
		} else if d := phpRank(x) - phpRank(y); d != 0 {
			return sign(d)
		}
	}
	return 0
}

// phpTail orders a version that goes on with part against one that ends here.
func phpTail(part string) int {
	if number(part) {
		return 1
	}
	if d := phpRank(part) - phpNumber; d != 0 {
		return sign(d)
	}
	return 0
}

const phpNumber = 5

func phpRank(part string) int {
	if number(part) {
		return phpNumber
	}
	for _, w := range []struct {
		prefix string
		rank   int
	}{{"dev", 1}, {"a", 2}, {"b", 3}, {"RC", 4}, {"rc", 4}, {"p", 6}} {
		if strings.HasPrefix(part, w.prefix) {
			return w.rank
		}
	}
	return 0
}
