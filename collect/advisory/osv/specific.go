package osv

import (
	"encoding/json"
	"slices"
	"strings"

	"steward/collect/advisory"
)

// specific reads what single ecosystems add that matters to matching. The
// field is free form by the schema: what is not known says nothing.
func specific(a *advisory.Affect, raw json.RawMessage) {
	if len(raw) == 0 {
		return
	}
	var s struct {
		Urgency  string            `json:"urgency"`  // Debian
		Binaries []json.RawMessage `json:"binaries"` // Ubuntu, SUSE, openSUSE
		Affects  struct {          // crates.io
			Arch []string `json:"arch"`
		} `json:"affects"`
	}
	if json.Unmarshal(raw, &s) == nil {
		if s.Urgency != "" && a.Rating == "" && s.Urgency != "not yet assigned" {
			a.Rating = strings.TrimRight(s.Urgency, "*")
		}
		if s.Urgency == "end-of-life" {
			a.NoFix, a.Rating = "end of life", ""
		}
		for _, b := range s.Binaries {
			a.Binaries = append(a.Binaries, binaries(b)...)
		}
		a.Arches = s.Affects.Arch
	}
	if advisory.Base(a.Ecosystem) == "openEuler" {
		var byArch map[string]json.RawMessage
		if json.Unmarshal(raw, &byArch) == nil {
			for arch, list := range byArch {
				var files []string
				if arch == "src" || json.Unmarshal(list, &files) != nil {
					continue
				}
				for _, f := range files {
					if name, version, ok := splitRPMFile(f); ok {
						a.Binaries = append(a.Binaries, advisory.Binary{Name: name, Fixed: version})
					}
				}
			}
		}
	}
	slices.SortFunc(a.Binaries, func(x, y advisory.Binary) int {
		return strings.Compare(x.Name+"\x00"+x.Fixed, y.Name+"\x00"+y.Fixed)
	})
	a.Binaries = slices.Compact(a.Binaries)
}

// binaries reads {"binary_name": …, "binary_version": …} as Ubuntu writes it
// now, or {name: version, …} as SUSE does and Ubuntu did.
func binaries(raw json.RawMessage) []advisory.Binary {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	text := func(k string) (s string) { _ = json.Unmarshal(m[k], &s); return s }
	if name := text("binary_name"); name != "" {
		return []advisory.Binary{{Name: name, Fixed: text("binary_version")}}
	}
	var all []advisory.Binary
	for name := range m {
		if v := text(name); v != "" {
			all = append(all, advisory.Binary{Name: name, Fixed: v})
		}
	}
	return all
}

// splitRPMFile parts openssl-1.1.1f-4.oe1.x86_64.rpm.
func splitRPMFile(f string) (name, version string, ok bool) {
	f, ok = strings.CutSuffix(f, ".rpm")
	if !ok {
		return "", "", false
	}
	if i := strings.LastIndexByte(f, '.'); i > 0 {
		f = f[:i]
	}
	i := strings.LastIndexByte(f, '-')
	if i <= 0 {
		return "", "", false
	}
	j := strings.LastIndexByte(f[:i], '-')
	if j <= 0 {
		return "", "", false
	}
	return f[:j], f[j+1:], true
}
