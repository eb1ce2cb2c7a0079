package csaf

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"steward/collect/advisory/purl"
	"steward/collect/advisory/software"
)

type tree struct {
	Branches  []branch  `json:"branches"`
	FullNames []product `json:"full_product_names"`
	Groups    []struct {
		ID       string   `json:"group_id"`
		Products []string `json:"product_ids"`
	} `json:"product_groups"`
	Relationships []struct {
		Category  string  `json:"category"`
		Product   product `json:"full_product_name"`
		Component string  `json:"product_reference"`
		Platform  string  `json:"relates_to_product_reference"`
	} `json:"relationships"`
}

type branch struct {
	Category string   `json:"category"`
	Name     string   `json:"name"`
	Product  *product `json:"product"`
	Branches []branch `json:"branches"`
}

type product struct {
	Name   string `json:"name"`
	ID     string `json:"product_id"`
	Helper struct {
		PURL  string   `json:"purl"`
		PURLs []string `json:"purls"` // CSAF 2.1
		CPE   string   `json:"cpe"`
	} `json:"product_identification_helper"`

	versions string // a range in vers form, of a branch product_version_range
}

// id is what identifies the product outside of the document.
func (p *product) id() string {
	switch {
	case p.Helper.PURL != "":
		return p.Helper.PURL
	case len(p.Helper.PURLs) > 0:
		return p.Helper.PURLs[0]
	}
	return p.Name
}

type products struct {
	byID   map[string]*product
	parent map[string][2]string // component and platform of a product that is a relationship
	groups map[string][]string
}

// Limits of a product tree; Red Hat's largest documents stay below a tenth.
const (
	maxProducts = 2_000_000
	maxDepth    = 30
)

func (t *tree) products() (*products, error) {
	p := &products{byID: map[string]*product{}, parent: map[string][2]string{}, groups: map[string][]string{}}
	add := func(x *product) error {
		if x.ID == "" {
			return fmt.Errorf("product_tree: product %.80q has no product_id", x.Name)
		}
		if p.byID[x.ID] = x; len(p.byID) > maxProducts {
			return fmt.Errorf("product_tree: more than %d products", maxProducts)
		}
		return nil
	}
	var walk func(all []branch, depth int) error
	walk = func(all []branch, depth int) error {
		if depth > maxDepth {
			return errors.New("product_tree: branches lie more than 30 deep")
		}
		for i := range all {
			b := &all[i]
			if b.Product != nil {
				if b.Category == "product_version_range" && strings.HasPrefix(b.Name, "vers:") {
					b.Product.versions = b.Name
				}
				if err := add(b.Product); err != nil {
					return err
				}
			}
			if err := walk(b.Branches, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(t.Branches, 0); err != nil {
		return nil, err
	}
	for i := range t.FullNames {
		if err := add(&t.FullNames[i]); err != nil {
			return nil, err
		}
	}
	for i := range t.Relationships {
		r := &t.Relationships[i]
		if err := add(&r.Product); err != nil {
			return nil, err
		}
		p.parent[r.Product.ID] = [2]string{r.Component, r.Platform}
	}
	for _, g := range t.Groups {
		p.groups[g.ID] = g.Products
	}
	return p, nil
}

// parts returns the component and the platform of a product; the platform is
// nil if it stands alone. A component may itself be a relationship (an rpm of a
// module of a platform): then the innermost is the component and the outermost
// the platform.
func (p *products) parts(id string) (component, platform *product) {
	component = p.byID[id]
	for range 10 {
		pair, ok := p.parent[id]
		if !ok {
			return component, platform
		}
		id = pair[0]
		component = p.byID[id]
		outer := pair[1]
		for range 10 {
			next, ok := p.parent[outer]
			if !ok {
				break
			}
			outer = next[1]
		}
		if platform == nil {
			platform = p.byID[outer]
		}
	}
	return component, platform
}

// stream is the module stream among the parts a product is related through.
// Relationships may run in circles in a damaged document, so no more than
// sixteen products are looked at.
func (p *products) stream(id string) string {
	next := []string{id}
	for i := 0; i < len(next) && i < 16; i++ {
		pair, ok := p.parent[next[i]]
		if !ok {
			continue
		}
		for _, part := range pair {
			if x := p.byID[part]; x != nil && strings.HasPrefix(x.Helper.PURL, "pkg:rpmmod/") {
				if u, err := purl.Parse(x.Helper.PURL); err == nil {
					s, _, _ := strings.Cut(u.Version, ":")
					return strings.ToLower(u.Name + ":" + s)
				}
			}
			next = append(next, part)
		}
	}
	return ""
}

// pack is a product as a package.
type pack struct {
	ecosystem, name, version, arch, stream, versions string
}

var (
	nevraForm  = regexp.MustCompile(`^(.+)-(?:(\d+):)?([^-:]+)-([^-:]+)\.([a-z0-9_]+)$`)
	redHatCPE  = regexp.MustCompile(`^cpe:/[oa]:redhat:([^:]+:.*)$`)
	simpleName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)
)

// asPackage makes a package of a product, if it is one of a known ecosystem.
func (p *products) asPackage(id string) (pack, bool) {
	component, platform := p.parts(id)
	if component == nil {
		return pack{}, false
	}
	var out pack
	system := ""
	if platform != nil {
		system = ecosystemOf(platform)
	}
	out.versions, out.stream = component.versions, p.stream(id)
	links := append([]string{component.Helper.PURL}, component.Helper.PURLs...)
	if i := slices.IndexFunc(links, func(s string) bool { return s != "" }); i >= 0 {
		u, err := purl.Parse(links[i])
		if err != nil || u.Type == "oci" || u.Type == "rpmmod" {
			return pack{}, false
		}
		s := software.FromPURL(u, "")
		out.ecosystem, out.name, out.version, out.arch = s.Ecosystem, s.Name, s.Version, s.Arch
		if u.Type == "rpm" || u.Type == "deb" || u.Type == "apk" {
			if system != "" {
				out.ecosystem = system
			}
			if s.Module != "" && out.stream == "" {
				out.stream = strings.ToLower(s.Module)
			}
		}
		return out, out.ecosystem != ""
	}
	if system == "" {
		return pack{}, false
	}
	out.ecosystem = system
	name := component.Name
	if m := nevraForm.FindStringSubmatch(name); m != nil {
		out.name, out.version, out.arch = m[1], m[3]+"-"+m[4], m[5]
		if m[2] != "" && m[2] != "0" {
			out.version = m[2] + ":" + out.version
		}
		return out, true
	}
	if i := strings.LastIndexByte(name, '/'); i >= 0 { // nodejs:16/nodejs
		if out.stream == "" && strings.Contains(name[:i], ":") {
			out.stream = strings.ToLower(name[:i])
		}
		name = name[i+1:]
	}
	out.name = name
	return out, simpleName.MatchString(name)
}

// ecosystemOf is the ecosystem of a platform: Red Hat's by the CPE it gives it
// itself, which is how the OSV schema writes Red Hat's ecosystems; the others by
// the product name, which must be that of a known distribution.
func ecosystemOf(p *product) string {
	if m := redHatCPE.FindStringSubmatch(p.Helper.CPE); m != nil {
		return "Red Hat:" + m[1]
	}
	switch {
	case strings.HasPrefix(p.Name, "SUSE Linux"):
		return "SUSE:" + strings.TrimPrefix(p.Name, "SUSE ")
	case strings.HasPrefix(p.Name, "openSUSE"):
		return "openSUSE:" + p.Name
	}
	return software.EcosystemOf("", p.Name, "")
}
