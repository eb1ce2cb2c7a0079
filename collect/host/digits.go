package host

import "strings"

func digit(b byte) bool { return b >= '0' && b <= '9' }

// compareDigits compares two strings of digits as numbers of any size.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
