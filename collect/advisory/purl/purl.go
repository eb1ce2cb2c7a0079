// Package purl reads and writes package URLs (ECMA-427, github.com/package-url):
// pkg:type/namespace/name@version?qualifiers#subpath.
package purl

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// PURL is a package URL in its normal form.
type PURL struct {
	Type, Namespace, Name, Version string
	Qualifiers                     []Qualifier // in the order of their keys
	Subpath                        string
}

// Qualifier is one key and value.
type Qualifier struct{ Key, Value string }

// Qualifier returns the value of a key, "" if it is not there.
func (p PURL) Qualifier(key string) string {
	for _, q := range p.Qualifiers {
		if q.Key == key {
			return q.Value
		}
	}
	return ""
}

// With returns p with a qualifier set; an empty value takes it away.
func (p PURL) With(key, value string) PURL {
	p.Qualifiers = slices.DeleteFunc(slices.Clone(p.Qualifiers), func(q Qualifier) bool { return q.Key == key })
	if value != "" {
		p.Qualifiers = append(p.Qualifiers, Qualifier{key, value})
		slices.SortFunc(p.Qualifiers, func(a, b Qualifier) int { return strings.Compare(a.Key, b.Key) })
	}
	return p
}

const maxLength = 8192

// Parse reads a package URL. An error says which part is wrong.
func Parse(s string) (PURL, error) {
	var p PURL
	if len(s) > maxLength {
		return p, fmt.Errorf("a package URL of %d characters", len(s))
	}
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !strings.EqualFold(scheme, "pkg") {
		return p, fmt.Errorf("%.60q is no package URL: it begins with another scheme than pkg", s)
	}
	rest = strings.TrimLeft(rest, "/")
	var err error
	// The subpath is what follows the last #, the qualifiers what follows the
	// last ? before it.
	if i := strings.LastIndexByte(rest, '#'); i >= 0 {
		if p.Subpath, err = segments(rest[i+1:], true); err != nil {
			return p, fmt.Errorf("subpath: %w", err)
		}
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '?'); i >= 0 {
		if p.Qualifiers, err = qualifiers(rest[i+1:]); err != nil {
			return p, err
		}
		rest = rest[:i]
	}
	kind, rest, found := strings.Cut(rest, "/")
	if !found {
		return p, fmt.Errorf("%.60q has no name after its type", s)
	}
	if p.Type = strings.ToLower(kind); !validType(p.Type) {
		return p, fmt.Errorf("type %.40q has other characters than letters, digits, point, plus and hyphen, or begins with a digit", kind)
	}
	rest = strings.Trim(rest, "/")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 && !strings.Contains(rest[i:], "/") {
		if p.Version, err = url.PathUnescape(rest[i+1:]); err != nil {
			return p, fmt.Errorf("version: %w", err)
		}
		rest = rest[:i]
	}
	namespace, name := "", rest
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		namespace, name = rest[:i], rest[i+1:]
	}
	if p.Namespace, err = segments(namespace, false); err != nil {
		return p, fmt.Errorf("namespace: %w", err)
	}
	if p.Name, err = url.PathUnescape(name); err != nil {
		return p, fmt.Errorf("name: %w", err)
	}
	if p.Name == "" {
		return p, errors.New("the name is empty")
	}
	p.normalise()
	return p, nil
}

func validType(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

func segments(s string, subpath bool) (string, error) {
	var parts []string
	for part := range strings.SplitSeq(s, "/") {
		if part == "" {
			continue
		}
		t, err := url.PathUnescape(part)
		if err != nil {
			return "", err
		}
		if subpath && (t == "." || t == "..") {
			continue
		}
		if strings.Contains(t, "/") && subpath {
			return "", fmt.Errorf("%.40q holds a slash", part)
		}
		parts = append(parts, t)
	}
	return strings.Join(parts, "/"), nil
}

func qualifiers(s string) ([]Qualifier, error) {
	var all []Qualifier
	for pair := range strings.SplitSeq(s, "&") {
		if pair == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		key = strings.ToLower(key)
		if !found || !validKey(key) {
			return nil, fmt.Errorf("qualifier %.60q is not key=value", pair)
		}
		v, err := url.PathUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("qualifier %s: %w", key, err)
		}
		if v == "" {
			continue
		}
		if slices.ContainsFunc(all, func(q Qualifier) bool { return q.Key == key }) {
			return nil, fmt.Errorf("qualifier %s stands twice", key)
		}
		all = append(all, Qualifier{key, v})
	}
	slices.SortFunc(all, func(a, b Qualifier) int { return strings.Compare(a.Key, b.Key) })
	return all, nil
}

func validKey(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}

// lowerNames, lowerSpaces and lowerVersions are the types whose names, namespaces
// and versions do not mind case (the purl-spec's type definitions).
var (
	lowerNames    = set("alpm apk bitbucket bitnami brew chrome-extension composer deb github hex luarocks oci otp pub pypi vscode-extension")
	lowerSpaces   = set("alpm apk bitbucket brew composer deb github hex luarocks qpkg rpm vscode-extension yocto")
	lowerVersions = set("huggingface oci pypi vscode-extension")
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func (p *PURL) normalise() {
	if lowerSpaces[p.Type] {
		p.Namespace = strings.ToLower(p.Namespace)
	}
	if lowerNames[p.Type] {
		p.Name = strings.ToLower(p.Name)
	}
	if p.Type == "pypi" {
		p.Name = strings.ReplaceAll(p.Name, "_", "-")
	}
	if p.Type == "pub" {
		p.Name = strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, p.Name)
	}
	if lowerVersions[p.Type] {
		p.Version = strings.ToLower(p.Version)
	}
}

// String writes the package URL in its canonical form.
func (p PURL) String() string {
	var b strings.Builder
	b.WriteString("pkg:" + p.Type + "/")
	for part := range strings.SplitSeq(p.Namespace, "/") {
		if part != "" {
			b.WriteString(escape(part) + "/")
		}
	}
	b.WriteString(escape(p.Name))
	if p.Version != "" {
		b.WriteString("@" + escape(p.Version))
	}
	sep := byte('?')
	for _, q := range p.Qualifiers {
		if q.Value == "" {
			continue
		}
		b.WriteByte(sep)
		b.WriteString(q.Key + "=" + escape(q.Value))
		sep = '&'
	}
	sep = '#'
	for part := range strings.SplitSeq(p.Subpath, "/") {
		if part == "" || part == "." || part == ".." {
			continue
		}
		b.WriteByte(sep)
		b.WriteString(escape(part))
		sep = '/'
	}
	return b.String()
}

// escape writes everything in percent form but letters, digits and . - _ ~ :
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_~:", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(hex[c>>4]) + string(hex[c&15]))
	}
	return b.String()
}
