package sbom

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory/software"
)

// spdxDocument is an SPDX 2.2 or 2.3 document in JSON.
type spdxDocument struct {
	Version       string             `json:"spdxVersion"`
	License       string             `json:"dataLicense"`
	ID            string             `json:"SPDXID"`
	Name          string             `json:"name"`
	Namespace     string             `json:"documentNamespace"`
	Creation      spdxCreation       `json:"creationInfo"`
	Comment       string             `json:"comment,omitempty"`
	Describes     []string           `json:"documentDescribes,omitempty"`
	Packages      []spdxPackage      `json:"packages"`
	Relationships []spdxRelationship `json:"relationships,omitempty"`
}

type spdxCreation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

type spdxPackage struct {
	ID       string   `json:"SPDXID"`
	Name     string   `json:"name"`
	Version  string   `json:"versionInfo,omitempty"`
	Supplier string   `json:"supplier,omitempty"`
	Location string   `json:"downloadLocation"`
	Analysed *bool    `json:"filesAnalyzed,omitempty"`
	Purpose  string   `json:"primaryPackagePurpose,omitempty"`
	Comment  string   `json:"comment,omitempty"`
	Refs     []spdxRf `json:"externalRefs,omitempty"`
}

type spdxRf struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

type spdxRelationship struct {
	From string `json:"spdxElementId"`
	Type string `json:"relationshipType"`
	To   string `json:"relatedSpdxElement"`
}

func readSPDXJSON(doc []byte) (software.Target, error) {
	var d spdxDocument
	if err := json.Unmarshal(doc, &d); err != nil {
		return software.Target{}, fmt.Errorf("SPDX: %w", err)
	}
	return d.target()
}

func (d *spdxDocument) target() (software.Target, error) {
	if d.Version != "SPDX-2.2" && d.Version != "SPDX-2.3" && d.Version != "SPDX-2.1" {
		return software.Target{}, fmt.Errorf("is %.20q; SPDX-2.2 and SPDX-2.3 are read", d.Version)
	}
	if d.ID != "SPDXRef-DOCUMENT" {
		return software.Target{}, errors.New("the document's SPDXID is not SPDXRef-DOCUMENT")
	}
	properties := lines(d.Comment)
	described := slices.Clone(d.Describes)
	for _, r := range d.Relationships {
		if r.From == d.ID && r.Type == "DESCRIBES" {
			described = append(described, r.To)
		}
	}
	name := d.Name
	var parts []part
	for _, p := range d.Packages {
		x := part{name: p.Name, version: none(p.Version), ref: p.ID, extra: lines(p.Comment)}
		x.extra["vendor"] = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(none(p.Supplier), "Organization:"), "Person:"))
		switch p.Purpose {
		case "OPERATING-SYSTEM", "OPERATING_SYSTEM":
			x.kind = "operating-system"
		case "FILE":
			x.kind = "file"
		}
		for _, r := range p.Refs {
			if r.Type == "purl" || strings.HasSuffix(r.Type, "/purl") {
				x.purls = append(x.purls, r.Locator)
			}
		}
		if len(x.purls) == 0 && slices.Contains(described, p.ID) && x.kind == "" {
			name = p.Name // what the document is about, not a part of it
			continue
		}
		parts = append(parts, x)
	}
	return build("spdx", name, parts, properties)
}

// none turns SPDX's words for nothing into nothing.
func none(s string) string {
	if s == "NOASSERTION" || s == "NONE" {
		return ""
	}
	return s
}

// lines reads steward's own properties out of a comment: "steward:key=value"
// a line.
func lines(comment string) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(comment) {
		if rest, found := strings.CutPrefix(strings.TrimSpace(line), prefix); found {
			if key, value, ok := strings.Cut(rest, "="); ok {
				m[key] = value
			}
		}
	}
	return m
}

// oneLine keeps line breaks out of values.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// WriteSPDX writes a target as SPDX 2.3, JSON.
func WriteSPDX(w io.Writer, t *software.Target, tool Tool, serial string, at time.Time) error {
	d := spdxDocument{Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: t.Name, Namespace: "urn:uuid:" + serial,
		Creation: spdxCreation{Created: at.UTC().Format("2006-01-02T15:04:05Z"), Creators: []string{"Tool: " + tool.Name + "-" + tool.Version}}}
	if d.Name == "" {
		d.Name = "unnamed"
	}
	var comment []string
	for _, g := range general(t) {
		comment = append(comment, g[0]+"="+oneLine(g[1]))
	}
	d.Comment = strings.Join(comment, "\n")
	no := new(false)
	const root = "SPDXRef-target"
	d.Packages = []spdxPackage{{ID: root, Name: d.Name, Location: "NOASSERTION", Analysed: no, Purpose: "DEVICE"}}
	d.Relationships = []spdxRelationship{{d.ID, "DESCRIBES", root}}
	if t.System != "" {
		d.Packages = append(d.Packages, spdxPackage{ID: "SPDXRef-system", Name: t.System, Location: "NOASSERTION", Analysed: no, Purpose: "OPERATING_SYSTEM"})
		d.Relationships = append(d.Relationships, spdxRelationship{root, "CONTAINS", "SPDXRef-system"})
	}
	for i, p := range identify(t) {
		x := spdxPackage{ID: fmt.Sprintf("SPDXRef-package-%d", i+1), Name: p.Name, Version: p.Version, Location: "NOASSERTION", Analysed: no,
			Refs: []spdxRf{{"PACKAGE-MANAGER", "purl", p.url.String()}}}
		if v := oneLine(p.Vendor); v != "" {
			x.Supplier = "Organization: " + v
		}
		if p.url.Type == "generic" {
			x.Comment = prefix + "manager=" + oneLine(p.Manager)
		}
		d.Packages = append(d.Packages, x)
		d.Relationships = append(d.Relationships, spdxRelationship{root, "CONTAINS", x.ID})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(d)
}
