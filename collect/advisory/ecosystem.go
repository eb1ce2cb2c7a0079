package advisory

import (
	"regexp"
	"strings"
)

// Key is an ecosystem as packages are matched in it: the distribution and the
// release of which a machine can know that it runs it, or a registry. Feeds
// part it further.
type Key struct {
	Name    string // AlmaLinux:8, Ubuntu:22.04, SUSE:15.5, npm …
	Channel string // what a machine must have besides to get the fix: Pro, FIPS, LTSS, EUS …; empty: nothing
}

var (
	ubuntuForm = regexp.MustCompile(`^Ubuntu:(?:(Pro)(?::(FIPS|FIPS-updates|FIPS-preview|Realtime))?:)?(\d\d\.\d\d)(?::LTS)?(?::.*)?$`)
	redHatForm = regexp.MustCompile(`^Red Hat:(enterprise_linux|rhel_[a-z0-9]+|rhel)(?:_eus)?:(\d+(?:\.\d+)?)(?:::.*)?$`)
	suseForm   = regexp.MustCompile(`^SUSE:(?:SUSE )?Linux Enterprise (?:[A-Za-z ]+? )?(\d+)(?: SP(\d+))?(?:[ -](LTSS(?: Extended Security| Core)?|ESPOS|BCL|TERADATA|CLIENT-TOOLS|LTSS-ERICSSON))?$`)
	microForm  = regexp.MustCompile(`^(SUSE|openSUSE):(?:SUSE )?(?:Linux (?:Enterprise )?Micro|Leap Micro) (\d+(?:\.\d+)?)$`)
	leapForm   = regexp.MustCompile(`^openSUSE:(?:openSUSE )?Leap (\d+(?:\.\d+)?)(?: NonFree)?$`)
	dottedForm = regexp.MustCompile(`^(AlmaLinux|Rocky Linux|Mageia|Photon OS|Azure Linux|Oracle Linux|CentOS|Fedora|TuxCare):(\d+)`)
)

// KeyOf is the key of an ecosystem as feeds write it. Names that fit no known
// form are their own key.
func KeyOf(ecosystem string) Key {
	base, rest, _ := strings.Cut(ecosystem, ":")
	switch base {
	case "Ubuntu":
		if m := ubuntuForm.FindStringSubmatch(ecosystem); m != nil {
			return Key{"Ubuntu:" + m[3], strings.TrimSpace(m[1] + " " + m[2])}
		}
	case "Red Hat":
		if m := redHatForm.FindStringSubmatch(ecosystem); m != nil {
			if m[1] == "enterprise_linux" {
				major, _, _ := strings.Cut(m[2], ".")
				return Key{"Red Hat:" + major, ""}
			}
			return Key{"Red Hat:" + m[2], strings.ToUpper(strings.TrimPrefix(m[1], "rhel_"))}
		}
	case "SUSE", "openSUSE":
		if m := microForm.FindStringSubmatch(ecosystem); m != nil {
			return Key{m[1] + " Micro:" + m[2], ""}
		}
		if m := leapForm.FindStringSubmatch(ecosystem); m != nil {
			return Key{"openSUSE:" + m[1], ""}
		}
		if m := suseForm.FindStringSubmatch(ecosystem); m != nil {
			k := Key{"SUSE:" + m[1], m[3]}
			if m[2] != "" {
				k.Name += "." + m[2]
			}
			return k
		}
		if strings.HasPrefix(rest, "Tumbleweed") || strings.HasPrefix(rest, "openSUSE Tumbleweed") {
			return Key{"openSUSE:Tumbleweed", ""}
		}
	case "Alpine":
		if rest != "" && rest[0] != 'v' {
			return Key{"Alpine:v" + rest, ""}
		}
	case "Maven", "Packagist", "VSCode", "npm", "PyPI", "Go", "crates.io", "NuGet", "RubyGems", "Hex", "Pub":
		return Key{base, ""} // what follows is a registry's address
	default:
		if m := dottedForm.FindStringSubmatch(ecosystem); m != nil && base != "Photon OS" {
			return Key{m[1] + ":" + m[2], ""}
		}
	}
	return Key{ecosystem, ""}
}

// Base is an ecosystem without its release.
func Base(ecosystem string) string {
	base, _, _ := strings.Cut(ecosystem, ":")
	return base
}

// NamesSource reports whether a distribution's advisories name source packages
// (openssl) rather than the binary ones that are installed (libssl3).
func NamesSource(ecosystem string) bool {
	switch Base(ecosystem) {
	case "Debian", "Ubuntu", "Alpine", "Alpaquita", "Rocky Linux", "Red Hat", "SUSE", "openSUSE", "SUSE Micro", "openSUSE Micro", "openEuler", "Mageia", "Echo", "Azure Linux", "Wolfi", "Chainguard", "MinimOS":
		return true
	}
	return false
}

// NamesBinary reports whether a distribution's advisories may name binary
// packages; some name both.
func NamesBinary(ecosystem string) bool {
	switch Base(ecosystem) {
	case "Debian", "Ubuntu", "Alpine", "Alpaquita", "Echo":
		return false
	}
	return true
}

// NormalName is a package's name as its registry compares it.
func NormalName(ecosystem, name string) string {
	switch Base(ecosystem) {
	case "PyPI":
		return pypiName(name)
	case "NuGet", "Packagist", "Pub", "Hex", "VSCode", "GitHub Actions":
		return strings.ToLower(name)
	case "SwiftURL":
		name = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(name), "/"), ".git")
		return strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
	}
	return name
}

// pypiName is PEP 503: lower case, and any run of . - _ is one hyphen.
func pypiName(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(name) {
		if r == '.' || r == '-' || r == '_' {
			dash = true
			continue
		}
		if dash && b.Len() > 0 {
			b.WriteByte('-')
		}
		dash = false
		b.WriteRune(r)
	}
	return b.String()
}
