package version

import "strings"

// mavenToken is a part of a Maven version with the sign before it.
type mavenToken struct {
	hyphen bool
	value  string
}

// null reports whether the token says nothing at the end of a stretch.
func (t mavenToken) null() bool {
	return strings.Trim(t.value, "0") == "" || t.value == "final" || t.value == "ga" || t.value == "release"
}

// mavenQualifiers are the words Maven knows, oldest first; "" is the release.
var mavenQualifiers = map[string]int{"alpha": 1, "beta": 2, "milestone": 3, "rc": 4, "cr": 4, "snapshot": 5, "": 6, "final": 6, "ga": 6, "release": 6, "sp": 7}

// compareMaven orders as the "Version order specification" of the POM
// reference says.
func compareMaven(a, b string) int {
	x, y := mavenTokens(a), mavenTokens(b)
	for i := range max(len(x), len(y)) {
		var s, t mavenToken
		switch {
		case i >= len(x):
			t = y[i]
			s = mavenPadding(t)
		case i >= len(y):
			s = x[i]
			t = mavenPadding(s)
		default:
			s, t = x[i], y[i]
		}
		if d := compareMavenTokens(s, t); d != 0 {
			return d
		}
	}
	return 0
}

// mavenPadding is the null value that stands where the other version has t.
func mavenPadding(t mavenToken) mavenToken {
	if t.hyphen || !number(t.value) {
		return mavenToken{hyphen: t.hyphen}
	}
	return mavenToken{value: "0"}
}

func compareMavenTokens(a, b mavenToken) int {
	ra, rb := a.kind(), b.kind()
	if ra != rb {
		return sign(ra - rb)
	}
	if ra > 1 {
		return compareNumbers(a.value, b.value)
	}
	qa, knownA := mavenQualifiers[a.value]
	qb, knownB := mavenQualifiers[b.value]
	switch {
	case knownA && knownB:
		return sign(qa - qb)
	case knownA:
		return -1
	case knownB:
		return 1
	}
	return strings.Compare(a.value, b.value)
}

// kind ranks .word below -word below -number below .number.
func (t mavenToken) kind() int {
	switch isNumber := number(t.value); {
	case !isNumber && !t.hyphen:
		return 0
	case !isNumber:
		return 1
	case t.hyphen:
		return 2
	}
	return 3
}

func mavenTokens(v string) []mavenToken {
	v = strings.ToLower(strings.TrimSpace(v))
	var tokens []mavenToken
	separator := func(c byte) bool { return c == '.' || c == '-' || c == '_' }
	hyphen := false
	for {
		n := stretch(v, digit)
		if n == 0 {
			n = stretch(v, func(c byte) bool { return !digit(c) && !separator(c) })
		}
		word := v[:n]
		v = v[n:]
		meets := v != "" && !separator(v[0]) // digits meet letters: as if a hyphen stood there
		if meets {
			switch word {
			case "a":
				word = "alpha"
			case "b":
				word = "beta"
			case "m":
				word = "milestone"
			}
		}
		if word == "" {
			word = "0"
		}
		tokens = append(tokens, mavenToken{hyphen, word})
		if v == "" {
			break
		}
		hyphen = meets
		if !meets {
			hyphen = v[0] != '.'
			v = v[1:]
		}
	}
	// Null values at the end, and before each hyphen, are dropped.
	kept := tokens[:0:0]
	for i, t := range tokens {
		if t.hyphen {
			kept = trimMaven(kept)
		}
		kept = append(kept, tokens[i])
	}
	kept = trimMaven(kept)
	if len(kept) == 0 {
		return []mavenToken{{value: "0"}}
	}
	return kept
}

func trimMaven(t []mavenToken) []mavenToken {
	for len(t) > 1 && t[len(t)-1].null() {
		t = t[:len(t)-1]
	}
	return t
}
