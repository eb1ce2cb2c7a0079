package software

import (
	"strings"

	"steward/collect/advisory/purl"
	"steward/collect/advisory/version"
)

// types are the kinds of package URL of the registries, and back.
var types = map[string]string{"npm": "npm", "pypi": "PyPI", "golang": "Go", "maven": "Maven", "gem": "RubyGems", "cargo": "crates.io", "nuget": "NuGet",
	"composer": "Packagist", "hex": "Hex", "pub": "Pub", "cran": "CRAN", "hackage": "Hackage", "swift": "SwiftURL", "conan": "ConanCenter", "bitnami": "Bitnami", "julia": "Julia",
	"github": "GitHub Actions", "vscode-extension": "VSCode", "opam": "opam"}

// PURL is the package's own package URL, made anew where the package came
// without one.
func (t *Target) PURL(p *Package) purl.PURL {
	if u, err := purl.Parse(p.Ref); err == nil {
		return u
	}
	u := purl.PURL{Type: p.Manager, Name: p.Name, Version: p.Version}
	d, release := distribution("", t.System, "")
	if t.Ecosystem != "" && p.Ecosystem == t.Ecosystem {
		base, rest, _ := strings.Cut(t.Ecosystem, ":")
		for _, q := range products {
			if q.ecosystem == base && (rest == "Tumbleweed") == (q.words == "tumbleweed") {
				d, release = q, strings.TrimPrefix(rest, "v")
			}
		}
	}
	switch p.Manager {
	case "rpm", "deb", "apk":
		u.Namespace = d.namespace
		if p.Manager == "rpm" {
			epoch, v, r := version.SplitRPM(p.Version)
			u.Version = v
			if r != "" {
				u.Version += "-" + r
			}
			u = u.With("epoch", epoch)
		}
		distro := d.distro
		if release != "" {
			distro += "-" + strings.ToLower(release)
		}
		u = u.With("arch", p.Arch).With("distro", strings.TrimSuffix(distro, "-tumbleweed-tumbleweed"))
		if d.distro == "opensuse-tumbleweed" {
			u = u.With("distro", d.distro)
		}
		if p.Source != "" || p.SourceVersion != "" {
			source := p.Source
			if source == "" {
				source = p.Name
			}
			if p.SourceVersion != "" {
				source += "@" + p.SourceVersion
			}
			u = u.With("upstream", source)
		}
		u = u.With("rpmmod", p.Module)
	case "pacman":
		u.Type, u.Namespace = "alpm", "arch"
		u = u.With("arch", p.Arch)
	case "npm", "pypi", "golang", "maven", "gem", "cargo", "nuget", "composer", "hex", "pub":
	default:
		u.Type = "generic"
		if kind := strings.ToLower(p.Manager); kind != "" {
			u = u.With("manager", kind)
		}
		u = u.With("arch", p.Arch)
	}
	return u
}

// FromPURL makes a package of a package URL. System is the ecosystem key of the
// document's operating system, for URLs that do not tell their distribution.
func FromPURL(u purl.PURL, system string) Package {
	p := Package{Name: u.Name, Version: u.Version, Manager: u.Type, Arch: u.Qualifier("arch"), Ref: u.String()}
	if e, ok := types[u.Type]; ok {
		p.Ecosystem = e
		switch {
		case u.Namespace == "":
		case u.Type == "maven":
			p.Name = u.Namespace + ":" + u.Name
		default:
			p.Name = u.Namespace + "/" + u.Name
		}
		if u.Type == "golang" && u.Subpath != "" && u.Name == "stdlib" {
			p.Name = "stdlib"
		}
		if p.Version == "" {
			p.Why = "the version is not told"
		}
		return p
	}
	switch u.Type {
	case "rpm", "deb", "apk":
		p.Module = u.Qualifier("rpmmod")
		if p.Module == "" {
			p.Module = u.Qualifier("modularitylabel")
		}
		if f := strings.SplitN(p.Module, ":", 3); len(f) > 2 {
			p.Module = f[0] + ":" + f[1]
		}
		if e := u.Qualifier("epoch"); e != "" && e != "0" && !hasEpoch(p.Version) && p.Version != "" {
			p.Version = e + ":" + p.Version
		}
		p.Source, p.SourceVersion = upstream(u.Type, u.Qualifier("upstream"))
		if p.Source == p.Name {
			p.Source = ""
		}
		p.Ecosystem, p.Why = distroOf(u, system)
	case "generic":
		if m := u.Qualifier("manager"); m != "" {
			p.Manager = m
		}
		p.Why = "no feed speaks of packages of kind " + p.Manager
	case "alpm":
		p.Manager = "pacman"
		p.Why = "no feed speaks of packages of kind pacman"
	default:
		p.Why = "no feed speaks of packages of kind " + u.Type
	}
	return p
}

// upstream parts the qualifier of that name: openssl@3.0.11-1 (deb, apk),
// openssl-3.0.7-27.el9.src.rpm (rpm, as Syft writes it).
func upstream(kind, s string) (name, version string) {
	if bare, found := strings.CutSuffix(s, ".src.rpm"); found && kind == "rpm" {
		i := strings.LastIndexByte(bare, '-')
		if i <= 0 {
			return "", ""
		}
		j := strings.LastIndexByte(bare[:i], '-')
		if j <= 0 {
			return "", ""
		}
		return bare[:j], bare[j+1:]
	}
	name, version, _ = strings.Cut(s, "@")
	return name, version
}

// distroOf is the ecosystem a package URL's distro or the document's system
// tells. A namespace alone (pkg:rpm/almalinux/…) does not tell the release.
func distroOf(u purl.PURL, system string) (ecosystem, why string) {
	if d := otherName(strings.ToLower(u.Qualifier("distro"))); d != "" {
		for _, p := range products {
			rest, found := strings.CutPrefix(d, p.distro)
			if !found && p.key != "" && p.words != "tumbleweed" {
				rest, found = strings.CutPrefix(d, p.key)
			}
			if !found || rest != "" && rest[0] != '-' && rest[0] != ':' || p.ecosystem == "" {
				continue
			}
			release := strings.TrimLeft(rest, "-:v")
			if p.words == "tumbleweed" {
				release = "tumbleweed"
			} else if p.release != nil {
				release = p.release.FindString(release)
			}
			if e := p.ecosystemKey(release); e != "" {
				return e, ""
			}
			if e := codename(p.ecosystem, strings.TrimLeft(rest, "-:")); e != "" {
				return e, ""
			}
		}
	}
	// The examples of the package URL specification name the release alone:
	// pkg:deb/debian/curl@7.50.3-1?distro=jessie.
	for _, p := range products {
		if p.namespace == u.Namespace && p.purlType == u.Type {
			if e := codename(p.ecosystem, strings.ToLower(u.Qualifier("distro"))); e != "" {
				return e, ""
			}
		}
	}
	if system != "" && managerOf(system) == u.Type {
		return system, ""
	}
	if u.Qualifier("distro") != "" {
		return "", "no advisories are known of " + u.Qualifier("distro")
	}
	return "", "the distribution or its release is not known"
}

// codename knows the releases that package URLs write by name.
func codename(ecosystem, name string) string {
	releases := map[string]map[string]string{
		"Debian": {"jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "forky": "14"},
		"Ubuntu": {"trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04", "jammy": "22.04", "noble": "24.04", "resolute": "26.04"},
	}
	if r := releases[ecosystem][name]; r != "" {
		return ecosystem + ":" + r
	}
	return ""
}
