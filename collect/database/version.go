package database

import (
	"cmp"
	"strings"
)

// compareVersions orders versions part by part; a missing part is 0, and what
// follows the digits of a part is left out.
func compareVersions(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		var x, y int
		if i < len(as) {
			x = leadingNumber(as[i])
		}
		if i < len(bs) {
			y = leadingNumber(bs[i])
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// cutVersion gives v as many parts as like has, so that 16.4 is within 16.
func cutVersion(v, like string) string {
	parts := strings.Split(v, ".")
	return strings.Join(parts[:min(len(parts), strings.Count(like, ".")+1)], ".")
}

func leadingNumber(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1e8 {
			break
		}
		n = n*10 + int(r-'0')
	}
	return n
}

// cleanVersion is the number at the head of what a server says of its version.
func cleanVersion(s string) string {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end >= 0 {
		s = s[:end]
	}
	return strings.Trim(s, ".")
}

func validVersion(s string) bool { return s == "" || cleanVersion(s) == s }
