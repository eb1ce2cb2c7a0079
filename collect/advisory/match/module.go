package match

import (
	"slices"
	"strings"

	"steward/collect/advisory"
	"steward/collect/advisory/software"
	"steward/collect/advisory/version"
)

// installedStreams are the module streams of a machine: a machine has at most
// one stream of a module. Where the inventory does not tell them (agents do
// not), the upstream version of a module's main package stands in their place,
// with "=" before it: "=16.20.2".
func installedStreams(packages []software.Package) map[string]string {
	streams := map[string]string{}
	for _, p := range packages {
		if module, stream, ok := strings.Cut(strings.ToLower(p.Module), ":"); ok {
			streams[module] = stream
		}
	}
	for _, p := range packages {
		if !advisory.Modular(p.Version) || p.Module != "" {
			continue
		}
		name := strings.ToLower(p.Name)
		_, upstream, _ := version.SplitRPM(p.Version)
		for _, suffix := range []string{"", "-libs", "-server", "-base", "-common", "-core"} {
			module, found := strings.CutSuffix(name, suffix)
			if _, told := streams[module]; found && !told {
				streams[module] = "=" + upstream
			}
		}
	}
	return streams
}

// otherStream reports whether none of the streams an advisory names is the
// package's, and whether that could be told at all.
func (r *run) otherStream(p *software.Package, streams []string) (other, known bool) {
	if len(streams) == 0 {
		return false, false
	}
	if p.Module != "" {
		return !slices.Contains(streams, strings.ToLower(p.Module)), true
	}
	told := 0
	for _, s := range streams {
		module, stream, _ := strings.Cut(s, ":")
		installed, ok := r.streams[module]
		if !ok {
			continue
		}
		upstream, guessed := strings.CutPrefix(installed, "=")
		switch {
		case !guessed && installed == stream, guessed && (upstream == stream || strings.HasPrefix(upstream, stream+".")):
			return false, true
		case guessed && strings.Trim(stream, "0123456789.") != "": // rhel8, DL1: a version tells nothing
			continue
		}
		told++
	}
	return told > 0 && told == len(streams), told > 0
}

// vendors are words in the vendor field of packages that a distribution or its
// kin built. A converted machine keeps packages of the one it was.
var vendors = []string{"almalinux", "rocky", "red hat", "centos", "oracle", "cloudlinux", "scientific linux", "suse", "debian", "ubuntu", "alpine", "amazon", "mageia", "openeuler", "vmware", "microsoft"}

// isForeign reports whether a package of rpm was built by none of them (EPEL's
// vendor is the Fedora Project, Remi's is Remi). An advisory's versions say
// nothing of such a build.
func (r *run) isForeign(p *software.Package) bool {
	if p.Vendor == "" || p.Manager != "rpm" || !rebuildsRHEL(p.Ecosystem) {
		return false
	}
	foreign, seen := r.foreign[p.Vendor]
	if !seen {
		low := strings.ToLower(p.Vendor)
		foreign = !slices.ContainsFunc(vendors, func(v string) bool { return strings.Contains(low, v) })
		r.foreign[p.Vendor] = foreign
	}
	return foreign
}
