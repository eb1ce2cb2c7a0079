// Package vex reads statements of whether a weakness applies to a product:
// OpenVEX, CycloneDX VEX and CSAF VEX documents. A statement of not_affected or
// fixed silences a match and gives the reason.
package vex

import (
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/purl"
)

// Statement says of one or more weaknesses how products relate to them.
type Statement struct {
	Vulnerabilities []string // ids and aliases
	Products        []Product
	Status          advisory.Status
	Justification   string // e.g. vulnerable_code_not_in_execute_path
	Text            string // impact or action, in words
	Author          string
	Document        string
	At              time.Time
}

// Product is what a statement is about.
type Product struct {
	ID         string   // a package URL, or what else identifies the product
	Components []string // if given, only these parts of it, by package URL
}

// Fits reports whether the statement is about a package found on a target.
// Target are the names the target goes by. A package URL in a statement that
// has no version means all versions; qualifiers it has must be the package's.
func (s *Statement) Fits(target []string, ref purl.PURL) bool {
	for _, p := range s.Products {
		if len(p.Components) == 0 {
			if covers(p.ID, ref) {
				return true
			}
			continue
		}
		if !slices.Contains(target, p.ID) && !slices.ContainsFunc(target, func(t string) bool { return samePURL(p.ID, t) }) {
			continue
		}
		if slices.ContainsFunc(p.Components, func(c string) bool { return covers(c, ref) }) {
			return true
		}
	}
	return false
}

// Of reports whether the statement is about any of the ids.
func (s *Statement) Of(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(s.Vulnerabilities, id) })
}

func covers(pattern string, ref purl.PURL) bool {
	p, err := purl.Parse(pattern)
	if err != nil || ref.Type == "" {
		return false
	}
	if p.Type != ref.Type || p.Namespace != ref.Namespace || p.Name != ref.Name {
		return false
	}
	if p.Version != "" && p.Version != ref.Version || p.Subpath != "" && p.Subpath != ref.Subpath {
		return false
	}
	for _, q := range p.Qualifiers {
		if ref.Qualifier(q.Key) != q.Value {
			return false
		}
	}
	return true
}

// samePURL reports whether a is the package URL b, or b of any version.
func samePURL(a, b string) bool {
	if !strings.HasPrefix(a, "pkg:") {
		return false
	}
	ref, err := purl.Parse(b)
	return err == nil && covers(a, ref)
}
