package match

import (
	"strings"

	"steward/collect/advisory/software"
	"steward/collect/advisory/version"
)

// kernelNames are the rpm packages that are the kernel itself, by the word that
// the running kernel's name ends in where it has one.
var kernelNames = []string{"kernel", "kernel-core", "kernel-modules", "kernel-modules-core", "kernel-modules-extra", "kernel-default", "kernel-rt", "kernel-rt-core", "kernel-rt-modules", "kernel-uek", "kernel-uek-core", "kernel-64k-core", "kernel-debug-core"}

// runs reports whether a kernel's package is the running kernel's; nil for all
// other packages and where the running kernel is not known. Several kernels are
// installed at a time, and a new one runs only after a restart.
func (r *run) runs(p *software.Package) *bool {
	if r.t.Kernel == "" {
		return nil
	}
	switch p.Manager {
	case "rpm":
		name := false
		for _, n := range kernelNames {
			name = name || n == p.Name
		}
		if !name {
			return nil
		}
		v := version.WithoutEpoch(p.Version)
		yes := strings.HasPrefix(r.t.Kernel, v+".") || r.t.Kernel == v || strings.HasPrefix(r.t.Kernel, v+"+") || strings.HasPrefix(r.t.Kernel, v+"-")
		if strings.HasSuffix(p.Name, "-default") { // SUSE's uname leaves out the rebuild's number
			if i := strings.LastIndexByte(v, '.'); i > 0 {
				yes = yes || r.t.Kernel == v[:i]+"-default"
			}
		}
		return &yes
	case "deb":
		for _, prefix := range []string{"linux-image-unsigned-", "linux-image-", "linux-modules-extra-", "linux-modules-"} {
			rest, found := strings.CutPrefix(p.Name, prefix)
			if found && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
				return new(rest == r.t.Kernel || rest == r.t.Kernel+"-unsigned")
			}
		}
	}
	return nil
}

// livePatches are the prefixes of packages that mend a running kernel in
// memory: Red Hat's and its kin's, SUSE's, Ksplice's.
var livePatches = []string{"kpatch-patch-", "kernel-livepatch-", "uptrack-updates-"}

// livePatched names the live patches installed for the running kernel; their
// names hold its version, with _ for what a name cannot hold.
func (r *run) livePatched() string {
	plain := strings.NewReplacer("_", "", "-", "", ".", "")
	kernel := plain.Replace(r.t.Kernel)
	for i := range r.t.Packages {
		p := &r.t.Packages[i]
		for _, prefix := range livePatches {
			of, found := strings.CutPrefix(p.Name, prefix)
			if of = strings.TrimSuffix(plain.Replace(of), "default"); found && of != "" && strings.HasPrefix(kernel, of) {
				return p.Name + " " + p.Version
			}
		}
	}
	return ""
}

// kernelNotes says of kernels what the matches alone do not: that a mended one
// waits for a restart, or that only one which does not run is affected.
func (r *run) kernelNotes() {
	// open are the versions of a kernel's package that an advisory affects.
	open := map[string]map[string]bool{}
	for i := range r.matches {
		m := r.matches[i]
		if m.Package.Running != nil && m.Status == Affected {
			k := m.Advisory.ID + "\x00" + m.Package.Name
			if open[k] == nil {
				open[k] = map[string]bool{}
			}
			open[k][m.Package.Version] = true
		}
	}
	installed := map[string][]string{}
	for i := range r.t.Packages {
		if p := &r.t.Packages[i]; r.runs(p) != nil {
			installed[p.Name] = append(installed[p.Name], p.Version)
		}
	}
	live := ""
	if len(installed) > 0 {
		live = r.livePatched()
	}
	for i := range r.matches {
		m := r.matches[i]
		if m.Package.Running == nil || m.Status != Affected {
			continue
		}
		if live != "" && *m.Package.Running {
			m.Notes = append(m.Notes, "live patches are installed ("+live+"): the running kernel may be mended in memory, which its version does not tell")
		}
		if !*m.Package.Running {
			m.Notes = append(m.Notes, "this kernel is installed and does not run; removing it ends the match")
			continue
		}
		for _, v := range installed[m.Package.Name] {
			if !open[m.Advisory.ID+"\x00"+m.Package.Name][v] {
				m.Notes = append(m.Notes, "kernel "+v+" is installed and mends this; it runs after a restart")
				break
			}
		}
	}
}
