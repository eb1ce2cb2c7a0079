package version

import (
	"slices"
	"strings"
)

// release is a version of numbers with what comes before and after it.
type release struct {
	numbers []string
	pre     string // after the first hyphen
	build   string // after the plus
}

// parseRelease reads a version as SemVer 2.0.0 writes it, and also what
// registries hold besides: a leading v (or go, as
// the Go distribution writes its own version), fewer or more numbers than three, and
// a qualifier without a hyphen (1.0.0alpha).
func parseRelease(v string) release {
	v = strings.TrimLeft(strings.TrimSpace(v), "vV=")
	if rest, found := strings.CutPrefix(v, "go"); found && rest != "" && digit(rest[0]) {
		v = rest
	}
	var r release
	v, r.build, _ = strings.Cut(v, "+")
	for {
		n := stretch(v, digit)
		if n == 0 {
			break
		}
		r.numbers = append(r.numbers, v[:n])
		v = v[n:]
		if !strings.HasPrefix(v, ".") || len(v) < 2 || !digit(v[1]) {
			break
		}
		v = v[1:]
	}
	r.pre = strings.TrimLeft(v, "-.")
	if len(r.numbers) == 0 && r.pre == "" { // only a sign: no version, the oldest
		r.pre = v
	}
	return r
}

// compareSemVer orders by SemVer 2.0.0, §11; the build plays no part.
func compareSemVer(a, b string) int {
	ra, rb := parseRelease(a), parseRelease(b)
	if d := compareNumberLists(ra.numbers, rb.numbers); d != 0 {
		return d
	}
	return comparePre(ra.pre, rb.pre)
}

func compareNumberLists(a, b []string) int {
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if d := compareNumbers(x, y); d != 0 {
			return d
		}
	}
	return 0
}

// comparePre orders what follows the hyphen: none is newest.
func comparePre(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), compareIdentifiers)
}

func compareIdentifiers(a, b string) int {
	na, nb := number(a), number(b)
	switch {
	case na && nb:
		return compareNumbers(a, b)
	case na:
		return -1
	case nb:
		return 1
	}
	return strings.Compare(a, b)
}

// compareNuGet orders as NuGet does (NuGet documentation, "Package
// versioning"): up to four numbers, then SemVer without regard to case.
func compareNuGet(a, b string) int {
	return compareSemVer(strings.ToLower(a), strings.ToLower(b))
}

// comparePub orders as Dart's pub does (pub_semver): SemVer, but a build is
// newer than the same version without, and builds are ordered.
func comparePub(a, b string) int {
	ra, rb := parseRelease(a), parseRelease(b)
	if d := compareNumberLists(ra.numbers, rb.numbers); d != 0 {
		return d
	}
	if d := comparePre(ra.pre, rb.pre); d != 0 {
		return d
	}
	switch {
	case ra.build == rb.build:
		return 0
	case ra.build == "":
		return -1
	case rb.build == "":
		return 1
	}
	return slices.CompareFunc(strings.Split(ra.build, "."), strings.Split(rb.build, "."), compareIdentifiers)
}
