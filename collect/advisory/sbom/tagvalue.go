package sbom

import (
	"bytes"
	"fmt"
	"strings"

	"steward/collect/advisory/software"
)

// readSPDXTag reads the tag-value form: "Tag: value" a line, a value over
// several lines between <text> and </text>, a package from one PackageName to
// the next or to a file.
func readSPDXTag(doc []byte) (software.Target, error) {
	var d spdxDocument
	var p *spdxPackage
	inPackage := false
	number := 0
	var tag string
	var long *strings.Builder
	end := func() {
		if p != nil {
			d.Packages = append(d.Packages, *p)
		}
		p = nil
	}
	for raw := range bytes.Lines(doc) {
		number++
		line := strings.TrimRight(strings.ToValidUTF8(string(raw), "\uFFFD"), "\r\n")
		var value string
		switch {
		case long != nil:
			before, _, closed := strings.Cut(line, "</text>")
			long.WriteString("\n" + before)
			if long.Len() > 16<<20 {
				return software.Target{}, fmt.Errorf("line %d: the text of %s is longer than 16 MiB", number, tag)
			}
			if !closed {
				continue
			}
			value, long = long.String(), nil
		default:
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			var found bool
			tag, value, found = strings.Cut(line, ":")
			if !found {
				return software.Target{}, fmt.Errorf("line %d: %.60q is not Tag: value", number, line)
			}
			value = strings.TrimSpace(value)
			if rest, open := strings.CutPrefix(value, "<text>"); open {
				before, _, closed := strings.Cut(rest, "</text>")
				if !closed {
					long = &strings.Builder{}
					long.WriteString(rest)
					continue
				}
				value = before
			}
		}
		switch tag {
		case "PackageName":
			end()
			inPackage = true
			p = &spdxPackage{Name: value}
			if len(d.Packages) > maxPackages {
				return software.Target{}, fmt.Errorf("line %d: more than %d packages", number, maxPackages)
			}
		case "FileName", "SnippetSPDXID", "LicenseID":
			end()
			inPackage = false
		case "SPDXID":
			switch {
			case p != nil && p.ID == "":
				p.ID = value
			case p == nil && !inPackage && d.ID == "":
				d.ID = value
			}
		case "SPDXVersion":
			d.Version = value
		case "DocumentName":
			d.Name = value
		case "DocumentComment":
			d.Comment = value
		case "Relationship":
			if f := strings.Fields(value); len(f) == 3 {
				d.Relationships = append(d.Relationships, spdxRelationship{f[0], f[1], f[2]})
			}
		}
		if p == nil {
			continue
		}
		switch tag {
		case "PackageVersion":
			p.Version = value
		case "PackageSupplier":
			p.Supplier = value
		case "PackageComment":
			p.Comment = value
		case "PrimaryPackagePurpose":
			p.Purpose = value
		case "ExternalRef":
			if f := strings.Fields(value); len(f) == 3 {
				p.Refs = append(p.Refs, spdxRf{f[0], f[1], f[2]})
			}
		}
	}
	if long != nil {
		return software.Target{}, fmt.Errorf("the text of %s does not end", tag)
	}
	end()
	return d.target()
}
