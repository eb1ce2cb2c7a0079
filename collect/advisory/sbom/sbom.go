// Package sbom reads and writes bills of materials: CycloneDX 1.4 to 1.6 (JSON
// and XML read, 1.6 JSON written) and SPDX 2.2 and 2.3 (JSON and tag-value read,
// 2.3 JSON written). An inventory written and read again holds the same packages
// for matching: package URLs carry what decides (distribution, epoch, source
// package, module stream), properties and annotations the rest.
package sbom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"steward/collect/advisory/purl"
	"steward/collect/advisory/software"
)

// maxPackages bounds a bill of materials.
const maxPackages = 2_000_000

// Forms that are written.
const (
	CycloneDX = "cyclonedx"
	SPDX      = "spdx"
)

// Is reports whether a document looks like a bill of materials.
func Is(doc []byte) bool { return formOf(doc) != "" }

// formOf tells the forms apart by their first fields.
func formOf(doc []byte) string {
	head := doc[:min(len(doc), 64<<10)]
	switch {
	case len(head) == 0:
		return ""
	case head[0] == '<':
		if bytes.Contains(head, []byte("cyclonedx.org/schema/bom")) {
			return "cyclonedx-xml"
		}
	case bytes.HasPrefix(head, []byte("SPDXVersion:")), head[0] == '#' && bytes.Contains(head, []byte("\nSPDXVersion:")):
		return "spdx-tag"
	case head[0] == '{':
		var top struct {
			Format string          `json:"bomFormat"`
			SPDX   string          `json:"spdxVersion"`
			Graph  json.RawMessage `json:"@graph"`
		}
		// Wrong kinds of value elsewhere are for the reader to say.
		err := json.Unmarshal(doc, &top)
		var kind *json.UnmarshalTypeError
		if err != nil && !errors.As(err, &kind) {
			return ""
		}
		switch {
		case top.Format != "":
			return "cyclonedx-json"
		case top.SPDX != "":
			return "spdx-json"
		case top.Graph != nil:
			return "spdx-3"
		}
	}
	return ""
}

// Read reads a bill of materials. Name is what it is called if it has no name.
func Read(doc []byte, name string) (software.Target, error) {
	var t software.Target
	var err error
	switch formOf(doc) {
	case "cyclonedx-json":
		t, err = readCycloneDXJSON(doc)
	case "cyclonedx-xml":
		t, err = readCycloneDXXML(doc)
	case "spdx-json":
		t, err = readSPDXJSON(doc)
	case "spdx-tag":
		t, err = readSPDXTag(doc)
	case "spdx-3":
		return t, errors.New("is SPDX 3; 2.2 and 2.3 are read")
	default:
		return t, errors.New("is no bill of materials in CycloneDX or SPDX")
	}
	if err != nil {
		return t, err
	}
	if t.Name == "" {
		t.Name = name
	}
	return t, nil
}

// part is a component as both forms have it.
type part struct {
	name, version, group string
	purls                []string
	ref                  string
	kind                 string            // operating-system, library, application, file …
	extra                map[string]string // steward's own properties, without their prefix
}

// prefix of the properties that carry what package URLs cannot.
const prefix = "steward:"

// build makes the target of the parts. General are the document's properties.
func build(form string, name string, parts []part, general map[string]string) (software.Target, error) {
	if len(parts) > maxPackages {
		return software.Target{}, fmt.Errorf("more than %d packages", maxPackages)
	}
	t := software.Target{Name: name, Document: form, System: general["system"], Kernel: general["kernel"], NoEpochs: general["epochs"] == "unknown", NoSources: general["sources"] == "unknown"}
	t.Ecosystem = general["ecosystem"]
	for _, p := range parts {
		if p.kind == "operating-system" {
			if t.System == "" {
				t.System = strings.TrimSpace(p.name + " " + p.version)
			}
			if t.Ecosystem == "" {
				if t.Ecosystem = software.EcosystemOf(p.name, p.name, p.version); t.Ecosystem == "" {
					t.Ecosystem = software.EcosystemOf("", p.name, p.version)
				}
			}
		}
	}
	for _, p := range parts {
		if p.kind == "operating-system" || p.kind == "file" || p.name == "" && len(p.purls) == 0 {
			continue
		}
		t.Packages = append(t.Packages, p.asPackage(&t))
	}
	return t, nil
}

func (p *part) asPackage(t *software.Target) software.Package {
	for _, link := range p.purls {
		u, err := purl.Parse(link)
		if err != nil {
			continue
		}
		if u.Version == "" && p.version != "" {
			u.Version = p.version
		}
		q := software.FromPURL(u, t.Ecosystem)
		q.Vendor = p.extra["vendor"]
		if m := p.extra["manager"]; m != "" && u.Type == "generic" {
			q.Manager = m
			q.Why = "no feed speaks of packages of kind " + m
		}
		return q
	}
	name := p.name
	if p.group != "" {
		name = p.group + "/" + p.name
	}
	return software.Package{Name: name, Version: p.version, Manager: "unknown", Ref: p.ref, Why: "no package URL tells what it is"}
}

// general are the properties of a target that a document carries.
func general(t *software.Target) [][2]string {
	var all [][2]string
	add := func(key, value string) {
		if value != "" {
			all = append(all, [2]string{prefix + key, value})
		}
	}
	add("ecosystem", t.Ecosystem)
	if t.NoEpochs {
		add("epochs", "unknown")
	}
	add("kernel", t.Kernel)
	if t.NoSources {
		add("sources", "unknown")
	}
	add("system", t.System)
	return all
}

// identified is a package with its package URL and a reference that no other
// package of the document has.
type identified struct {
	*software.Package
	url purl.PURL
	ref string
}

// identify gives each package a reference, in the order of package URLs.
func identify(t *software.Target) []identified {
	all := make([]identified, len(t.Packages))
	for i := range t.Packages {
		p := &t.Packages[i]
		all[i] = identified{Package: p, url: t.PURL(p)}
		all[i].ref = all[i].url.String()
	}
	slices.SortStableFunc(all, func(a, b identified) int { return strings.Compare(a.ref, b.ref) })
	seen := map[string]int{}
	for i := range all {
		ref := all[i].ref
		if seen[ref]++; seen[ref] > 1 {
			all[i].ref = fmt.Sprintf("%s#%d", ref, seen[ref])
		}
	}
	return all
}
