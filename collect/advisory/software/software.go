// Package software holds the packages of one machine or one bill of materials
// in the form they are matched in: each with the ecosystem whose advisories
// speak of it, or with the reason why none does.
package software

import (
	"regexp"
	"strings"

	"steward/collect/fact"
)

// Target is what packages were found on.
type Target struct {
	Name      string // host name, or the name of the document
	Document  string // inventory, cyclonedx, spdx
	System    string // the operating system as it calls itself
	Ecosystem string // key of its advisories, e.g. AlmaLinux:8; "" if it is not known which
	Kernel    string // the running kernel, as uname -r says
	Packages  []Package
	Restart   *fact.Restart // what must be restarted for updates to take effect

	// NoEpochs is set where the inventory leaves out epochs of rpm versions, as
	// the GLPI, FusionInventory and OCS agents do; a missing epoch then says
	// nothing. NoSources is set where it does not tell source packages.
	NoEpochs, NoSources bool
}

// Package is one installed package.
type Package struct {
	Ecosystem     string // key, e.g. AlmaLinux:8 or npm; "" if no feed can speak of it
	Why           string // why there is no ecosystem
	Name          string
	Version       string
	Arch          string
	Manager       string
	Source        string // name of the source package; "" if it is named alike (or not told: Target.NoSources)
	SourceVersion string // "" if it is the same
	Module        string // module stream, e.g. nodejs:18
	Vendor        string
	Ref           string // package URL or the document's own reference
}

// product is how a distribution is recognised and called.
type product struct {
	key       string // in fact.System.Product
	words     string // in the system's name, lower case
	ecosystem string // of OSV
	release   *regexp.Regexp
	purlType  string
	namespace string // of package URLs
	distro    string // of package URLs
	manager   string
}

var (
	major      = regexp.MustCompile(`\d+`)
	majorMinor = regexp.MustCompile(`\d+\.\d+`)
	either     = regexp.MustCompile(`\d+(?:\.\d+)?`)
)

// products, of which the first that fits counts. A distribution that rebuilds
// another is not that other: CentOS is not Red Hat here.
var products = []product{
	{"almalinux", "almalinux", "AlmaLinux", major, "rpm", "almalinux", "almalinux", "rpm"},
	{"rocky", "rocky", "Rocky Linux", major, "rpm", "rocky", "rocky", "rpm"},
	{"oracle", "oracle linux", "Oracle Linux", major, "rpm", "oracle", "ol", "rpm"},
	{"centos-stream", "centos stream", "CentOS Stream", major, "rpm", "centos", "centos-stream", "rpm"},
	{"centos", "centos", "CentOS", major, "rpm", "centos", "centos", "rpm"},
	{"rhel", "red hat", "Red Hat", major, "rpm", "redhat", "rhel", "rpm"},
	{"fedora", "fedora", "Fedora", major, "rpm", "fedora", "fedora", "rpm"},
	{"amazon", "amazon linux", "Amazon Linux", either, "rpm", "amazon", "amzn", "rpm"},
	{"opensuse", "tumbleweed", "openSUSE", regexp.MustCompile(`(?i)tumbleweed`), "rpm", "opensuse", "opensuse-tumbleweed", "rpm"},
	{"opensuse", "opensuse", "openSUSE", majorMinor, "rpm", "opensuse", "opensuse-leap", "rpm"},
	{"sles", "suse linux enterprise", "SUSE", regexp.MustCompile(`\d+(?:\.\d+| SP\d+)?`), "rpm", "suse", "sles", "rpm"},
	{"", "mageia", "Mageia", major, "rpm", "mageia", "mageia", "rpm"},
	{"", "openeuler", "openEuler", regexp.MustCompile(`\d+\.\d+(?: ?[-(]?LTS(?:-SP\d)?\)?)?`), "rpm", "openeuler", "openeuler", "rpm"},
	{"", "photon", "Photon OS", majorMinor, "rpm", "photon", "photon", "rpm"},
	{"", "azure linux", "Azure Linux", major, "rpm", "azurelinux", "azurelinux", "rpm"},
	{"", "linux mint", "", nil, "deb", "linuxmint", "linuxmint", "deb"},
	{"", "raspbian", "", nil, "deb", "raspbian", "raspbian", "deb"},
	{"ubuntu", "ubuntu", "Ubuntu", majorMinor, "deb", "ubuntu", "ubuntu", "deb"},
	{"debian", "debian", "Debian", major, "deb", "debian", "debian", "deb"},
	{"alpine", "alpine", "Alpine", majorMinor, "apk", "alpine", "alpine", "apk"},
	{"", "wolfi", "Wolfi", nil, "apk", "wolfi", "wolfi", "apk"},
	{"", "chainguard", "Chainguard", nil, "apk", "chainguard", "chainguard", "apk"},
}

// distribution finds the product and release of a system by its key, its name
// and its version, of which any may be empty.
func distribution(key, name, version string) (product, string) {
	key, low := otherName(strings.ToLower(key)), otherName(strings.ToLower(name))
	for _, p := range products {
		if p.key != "" && p.key == key && !(p.key == "opensuse" && strings.Contains(low, "tumbleweed") != (p.words == "tumbleweed")) ||
			key == "" && (strings.Contains(low, p.words) || low == p.key && p.words != "tumbleweed" && low != "") {
			if p.release == nil {
				return p, ""
			}
			r := p.release.FindString(version)
			if r == "" {
				r = p.release.FindString(name)
			}
			return p, strings.ToLower(strings.ReplaceAll(r, " SP", "."))
		}
	}
	return product{}, ""
}

// otherNames are what other makers of bills of materials call distributions.
var otherNames = [][2]string{{"alma", "almalinux"}, {"redhat", "rhel"}, {"ol", "oracle"}, {"amzn", "amazon"}, {"opensuse.leap", "opensuse-leap"}, {"opensuse.tumbleweed", "opensuse-tumbleweed"},
	{"suse linux enterprise server", "sles"}, {"suse.linux.enterprise.server", "sles"}}

// otherName replaces such a name, alone or before a release (alma-8.10).
func otherName(s string) string {
	for _, n := range otherNames {
		if s == n[0] || strings.HasPrefix(s, n[0]+"-") {
			return n[1] + s[len(n[0]):]
		}
	}
	return s
}

// EcosystemOf is the key of the advisories for a system, "" if it is not
// known. Version is the release, e.g. 8.10; key is that of fact.System.Product
// or empty, and then the name tells.
func EcosystemOf(key, name, version string) string {
	p, release := distribution(key, name, version)
	return p.ecosystemKey(release)
}

func (p product) ecosystemKey(release string) string {
	switch {
	case p.ecosystem == "":
		return ""
	case p.release == nil:
		return p.ecosystem
	case release == "":
		return ""
	case p.ecosystem == "Alpine":
		return "Alpine:v" + release
	case release == "tumbleweed":
		return "openSUSE:Tumbleweed"
	}
	return p.ecosystem + ":" + release
}

// FromInventory takes the packages of an inventory. Name is what the machine
// is called where the inventory does not say. Given is the key of the
// ecosystem, if a person said it; else the inventory's system tells.
func FromInventory(inv fact.Inventory, name, given string) Target {
	t := Target{Name: name, Document: "inventory", Ecosystem: given}
	id := inv.Identity.Value
	for _, n := range []string{id.FQDN, id.Hostname} {
		if n != "" {
			t.Name = n
			break
		}
	}
	s := inv.System.Value
	t.System, t.Kernel = s.Name, s.Kernel
	version := s.Full
	if version == "" {
		version = s.Release
	}
	p, release := distribution(s.Product, s.Name, version)
	if given == "" {
		t.Ecosystem = p.ecosystemKey(release)
	}
	manager := p.manager
	if given != "" {
		manager = managerOf(given)
	}
	if inv.Restart.Seen {
		r := inv.Restart.Value
		t.Restart = &r
	}
	own := strings.HasPrefix(inv.Collector, "steward")
	t.NoSources = !own
	t.NoEpochs = !own
	for _, f := range inv.Packages.Value {
		q := Package{Name: f.Name, Version: f.Version, Arch: f.Arch, Manager: f.Manager, Source: f.Source, SourceVersion: f.SrcVer, Module: f.Module, Vendor: f.Vendor}
		switch {
		case f.Manager == manager && t.Ecosystem != "":
			q.Ecosystem = t.Ecosystem
		case f.Manager == "deb" || f.Manager == "rpm" || f.Manager == "apk":
			q.Why = "the distribution or its release is not known"
			if t.System != "" && t.Ecosystem == "" {
				q.Why = "no advisories are known of " + t.System
			} else if t.Ecosystem != "" {
				q.Why = f.Manager + " packages are not those of " + t.Ecosystem
			}
		default:
			q.Why = "no feed speaks of packages of kind " + f.Manager
		}
		if f.Source != "" || f.SrcVer != "" {
			t.NoSources = false
		}
		if f.Manager == "rpm" && hasEpoch(f.Version) {
			t.NoEpochs = false
		}
		t.Packages = append(t.Packages, q)
	}
	return t
}

// managerOf is the package manager of a distribution's ecosystem.
func managerOf(ecosystem string) string {
	base, _, _ := strings.Cut(ecosystem, ":")
	for _, p := range products {
		if p.ecosystem == base {
			return p.manager
		}
	}
	return ""
}

func hasEpoch(version string) bool {
	e, _, found := strings.Cut(version, ":")
	return found && strings.Trim(e, "0123456789") == "" && e != ""
}

// Assume takes a person's word for the ecosystem of packages of the system's
// package manager whose distribution the document does not tell.
func (t *Target) Assume(ecosystem string) {
	t.Ecosystem = ecosystem
	for i := range t.Packages {
		if p := &t.Packages[i]; p.Manager == managerOf(ecosystem) && p.Ecosystem == "" {
			p.Ecosystem, p.Why = ecosystem, ""
		}
	}
}
