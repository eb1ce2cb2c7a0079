// Package version orders the versions of packages as the package managers
// themselves do: deb, rpm and apk, and the registries of programming languages.
// Which order applies follows from the ecosystem an advisory names, as the OSV
// schema lists them. The orders are own implementations of what the managers
// document; each file names its source.
package version

import (
	"fmt"
	"strings"
)

// Scheme is one order of versions.
type Scheme string

// The schemes. None means that versions can only be told apart, not ordered.
const (
	None      Scheme = ""
	Deb       Scheme = "deb"
	RPM       Scheme = "rpm"
	APK       Scheme = "apk"
	SemVer    Scheme = "semver"
	PyPI      Scheme = "pep440"
	Maven     Scheme = "maven"
	RubyGems  Scheme = "rubygems"
	NuGet     Scheme = "nuget"
	Packagist Scheme = "composer"
	Pub       Scheme = "pub"
	Dotted    Scheme = "dotted"
)

// schemes are the orders of the OSV ecosystems. An ecosystem that is not here
// has no order anybody documents; only the versions it lists can be told.
var schemes = map[string]Scheme{
	"Debian": Deb, "Ubuntu": Deb, "Echo": Deb,
	"AlmaLinux": RPM, "Rocky Linux": RPM, "Red Hat": RPM, "SUSE": RPM, "openSUSE": RPM, "openEuler": RPM, "Mageia": RPM,
	"Photon OS": RPM, "Azure Linux": RPM, "Amazon Linux": RPM, "Oracle Linux": RPM, "Fedora": RPM, "CentOS": RPM, "TuxCare": RPM,
	"Alpine": APK, "Wolfi": APK, "Chainguard": APK, "MinimOS": APK, "Alpaquita": APK, "BellSoft Hardened Containers": APK,
	"npm": SemVer, "Go": SemVer, "crates.io": SemVer, "Hex": SemVer, "SwiftURL": SemVer, "Bitnami": SemVer, "Julia": SemVer,
	"ConanCenter": SemVer, "GitHub Actions": SemVer, "Kubernetes": SemVer, "VSCode": SemVer,
	"PyPI": PyPI, "Maven": Maven, "RubyGems": RubyGems, "NuGet": NuGet, "Packagist": Packagist, "Pub": Pub,
	"CRAN": Dotted, "Bioconductor": Dotted, "Hackage": Dotted, "GHC": Dotted,
}

// SchemeOf is the order of an OSV ecosystem; what follows its first colon (a
// release or a registry) plays no part.
func SchemeOf(ecosystem string) Scheme {
	base, _, _ := strings.Cut(ecosystem, ":")
	return schemes[base]
}

// maxLength bounds what is compared: no package manager takes a longer version.
const maxLength = 1024

// Compare orders two versions: negative when a is older, 0 when neither is
// newer, positive when a is newer. An error says which of them is no version
// of the scheme; nothing may be concluded then.
func Compare(s Scheme, a, b string) (int, error) {
	for _, v := range []string{a, b} {
		if v == "" {
			return 0, fmt.Errorf("a version is missing")
		}
		if len(v) > maxLength {
			return 0, fmt.Errorf("version %.20q… is longer than %d characters", v, maxLength)
		}
	}
	switch s {
	case Deb:
		return CompareDeb(a, b), nil
	case RPM:
		return compareRPM(a, b), nil
	case APK:
		return compareAPK(a, b)
	case SemVer:
		return compareSemVer(a, b), nil
	case PyPI:
		return comparePyPI(a, b)
	case Maven:
		return compareMaven(a, b), nil
	case RubyGems:
		return compareRubyGems(a, b), nil
	case NuGet:
		return compareNuGet(a, b), nil
	case Packagist:
		return comparePackagist(a, b), nil
	case Pub:
		return comparePub(a, b), nil
	case Dotted:
		return compareDotted(a, b)
	}
	return 0, fmt.Errorf("no order of versions is known for this ecosystem")
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// stretch is the length of the beginning of s whose bytes all fit.
func stretch(s string, fits func(byte) bool) int {
	i := 0
	for i < len(s) && fits(s[i]) {
		i++
	}
	return i
}

func number(s string) bool { return s != "" && stretch(s, digit) == len(s) }

// compareNumbers compares two strings of digits as numbers of any size; an
// empty one is 0.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return sign(len(a) - len(b))
	}
	return strings.Compare(a, b)
}
