package version

import (
	"fmt"
	"slices"
	"strings"
)

// compareDotted orders numbers parted by points or hyphens, as R's
// package_version and Haskell's package versioning policy do: a longer version
// is newer than the same one shorter.
func compareDotted(a, b string) (int, error) {
	x, err := dotted(a)
	if err != nil {
		return 0, err
	}
	y, err := dotted(b)
	if err != nil {
		return 0, err
	}
	return slices.CompareFunc(x, y, compareNumbers), nil
}

func dotted(v string) ([]string, error) {
	parts := strings.FieldsFunc(v, func(r rune) bool { return r == '.' || r == '-' })
	for _, p := range parts {
		if !number(p) {
			return nil, fmt.Errorf("%q is not a version of numbers and points", v)
		}
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("%q is not a version", v)
	}
	return parts, nil
}
