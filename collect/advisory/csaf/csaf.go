// Package csaf reads advisories and VEX documents in the Common Security
// Advisory Framework 2.0 (OASIS): the product tree, its relationships, and what
// each vulnerability says of each product. Products become packages by their
// package URL, or on Red Hat's and SUSE's platforms by the name of the rpm file;
// what is neither is counted and not guessed at.
package csaf

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
	"steward/collect/advisory/vex"
)

// Document is what a CSAF document says.
type Document struct {
	ID         string
	Title      string
	Publisher  string
	Category   string
	Released   time.Time
	Advisories []advisory.Advisory // what can be matched with packages
	Statements []vex.Statement     // everything, by product
	Unplaced   map[string]int      // products that are no package of a known ecosystem, by name
}

type document struct {
	Document struct {
		Version   string `json:"csaf_version"`
		Category  string `json:"category"`
		Title     string `json:"title"`
		Publisher struct {
			Name string `json:"name"`
		} `json:"publisher"`
		Severity struct {
			Text string `json:"text"`
		} `json:"aggregate_severity"`
		References []struct {
			Category string `json:"category"`
			URL      string `json:"url"`
		} `json:"references"`
		Tracking struct {
			ID       string `json:"id"`
			Released string `json:"current_release_date"`
			Initial  string `json:"initial_release_date"`
			Status   string `json:"status"`
		} `json:"tracking"`
	} `json:"document"`
	Tree            tree            `json:"product_tree"`
	Vulnerabilities []vulnerability `json:"vulnerabilities"`
}

type vulnerability struct {
	CVE   string `json:"cve"`
	Title string `json:"title"`
	IDs   []struct {
		Text string `json:"text"`
	} `json:"ids"`
	Status map[string][]string `json:"product_status"`
	Flags  []struct {
		Label    string   `json:"label"`
		Products []string `json:"product_ids"`
		Groups   []string `json:"group_ids"`
	} `json:"flags"`
	Threats []struct {
		Category string   `json:"category"`
		Details  string   `json:"details"`
		Products []string `json:"product_ids"`
		Groups   []string `json:"group_ids"`
	} `json:"threats"`
	Remediations []struct {
		Category string   `json:"category"`
		Details  string   `json:"details"`
		Products []string `json:"product_ids"`
		Groups   []string `json:"group_ids"`
	} `json:"remediations"`
	Scores []struct {
		V2       cvssObject `json:"cvss_v2"`
		V3       cvssObject `json:"cvss_v3"`
		V4       cvssObject `json:"cvss_v4"`
		Products []string   `json:"products"`
	} `json:"scores"`
}

type cvssObject struct {
	Vector string `json:"vectorString"`
}

// statuses are the lists of product_status and what they mean. What is
// recommended has the fix too (CSAF 2.0, 3.2.3.9.7); SUSE lists nothing else.
var statuses = map[string]advisory.Status{
	"first_affected": advisory.Affected, "known_affected": advisory.Affected, "last_affected": advisory.Affected,
	"first_fixed": advisory.Fixed, "fixed": advisory.Fixed, "recommended": advisory.Fixed,
	"known_not_affected": advisory.NotAffected, "under_investigation": advisory.Investigating,
}

// Is reports whether a JSON document says that it is CSAF.
func Is(doc []byte) bool {
	var d struct {
		Document struct {
			Version string `json:"csaf_version"`
		} `json:"document"`
	}
	return json.Unmarshal(doc, &d) == nil && d.Document.Version != ""
}

// Parse reads one document. An error names the place.
func Parse(doc []byte) (Document, error) {
	var in document
	if err := json.Unmarshal(doc, &in); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return Document{}, fmt.Errorf("%s is a %s where the schema wants another kind (byte %d)", kind.Field, kind.Value, kind.Offset)
		}
		return Document{}, err
	}
	d := in.Document
	switch {
	case d.Version == "":
		return Document{}, errors.New("is no CSAF document: document.csaf_version is missing")
	case d.Version != "2.0" && d.Version != "2.1":
		return Document{}, fmt.Errorf("is CSAF %.20q; 2.0 is read", d.Version)
	case d.Tracking.ID == "":
		return Document{}, errors.New("document.tracking.id is missing")
	}
	out := Document{ID: d.Tracking.ID, Title: d.Title, Publisher: d.Publisher.Name, Category: d.Category, Unplaced: map[string]int{}}
	var err error
	if out.Released, err = date(d.Tracking.Released); err != nil {
		return Document{}, fmt.Errorf("document.tracking.current_release_date: %w", err)
	}
	published, err := date(d.Tracking.Initial)
	if err != nil {
		return Document{}, fmt.Errorf("document.tracking.initial_release_date: %w", err)
	}
	products, err := in.Tree.products()
	if err != nil {
		return Document{}, err
	}
	base := advisory.Advisory{Kind: advisory.KindOf(out.ID), Title: strings.TrimSpace(d.Title), Rating: strings.ToLower(d.Severity.Text), Published: published, Modified: out.Released}
	for _, r := range d.References {
		if r.Category == "self" && base.URL == "" {
			base.URL = r.URL
		}
	}
	// Vulnerabilities that say the same of the same packages are one advisory.
	type group struct {
		advisory.Advisory
		same string
	}
	var groups []group
	for i := range in.Vulnerabilities {
		v := &in.Vulnerabilities[i]
		affects, err := v.affects(products, out.Unplaced)
		if err != nil {
			return Document{}, fmt.Errorf("vulnerabilities[%d]: %w", i, err)
		}
		out.Statements = append(out.Statements, v.statements(&out, products)...)
		if len(affects) == 0 {
			continue
		}
		same, err := json.Marshal(affects)
		if err != nil {
			return Document{}, err
		}
		if g := slices.IndexFunc(groups, func(g group) bool { return g.same == string(same) }); g >= 0 {
			groups[g].Aliases = append(groups[g].Aliases, v.ids()...)
			groups[g].Scores = append(groups[g].Scores, v.scores()...)
			continue
		}
		a := base
		a.Aliases, a.Scores, a.Affected = v.ids(), v.scores(), affects
		groups = append(groups, group{a, string(same)})
	}
	for _, g := range groups {
		g.ID = out.ID
		if len(groups) > 1 && len(g.Aliases) > 0 {
			g.ID += "/" + g.Aliases[0]
		}
		g.Aliases = slices.DeleteFunc(g.Aliases, func(id string) bool { return id == g.ID })
		out.Advisories = append(out.Advisories, g.Advisory)
	}
	return out, nil
}

func date(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("%.40q is not a moment of RFC 3339", s)
	}
	return t.UTC(), nil
}

func (v *vulnerability) ids() []string {
	var ids []string
	if v.CVE != "" {
		ids = append(ids, v.CVE)
	}
	for _, id := range v.IDs {
		if id.Text != "" && len(id.Text) < 100 {
			ids = append(ids, id.Text)
		}
	}
	return ids
}

func (v *vulnerability) scores() []advisory.Score {
	var all []advisory.Score
	add := func(kind, vector string) {
		s := advisory.Score{Type: kind, Vector: vector}
		if vector != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for _, s := range v.Scores {
		add("CVSS_V4", s.V4.Vector)
		add("CVSS_V3", s.V3.Vector)
		add("CVSS_V2", s.V2.Vector)
	}
	return all
}

// said is the first text of a list that names the product, or names none.
func said(id string, products *products, in, groups []string) bool {
	if slices.Contains(in, id) || len(in) == 0 && len(groups) == 0 {
		return true
	}
	return slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(products.groups[g], id) })
}

// why is the reason a product is not affected: the flag, then the impact.
func (v *vulnerability) why(id string, p *products) (flag, text string) {
	for _, f := range v.Flags {
		if said(id, p, f.Products, f.Groups) {
			flag = f.Label
			break
		}
	}
	for _, t := range v.Threats {
		if t.Category == "impact" && !ratings[strings.ToLower(t.Details)] && said(id, p, t.Products, t.Groups) {
			text = t.Details
			break
		}
	}
	return flag, text
}

// ratings are the words that Red Hat and SUSE write as the impact.
var ratings = map[string]bool{"critical": true, "important": true, "high": true, "moderate": true, "medium": true, "low": true, "none": true}

// rating is the vendor's word for how grave it is for a product.
func (v *vulnerability) rating(id string, p *products) string {
	for _, t := range v.Threats {
		if word := strings.ToLower(t.Details); t.Category == "impact" && ratings[word] && said(id, p, t.Products, t.Groups) {
			return word
		}
	}
	return ""
}

func (v *vulnerability) noFix(id string, p *products) string {
	for _, r := range v.Remediations {
		if (r.Category == "no_fix_planned" || r.Category == "none_available") && said(id, p, r.Products, r.Groups) {
			text := strings.ReplaceAll(r.Category, "_", " ")
			if r.Details != "" && len(r.Details) < 200 {
				text += ": " + r.Details
			}
			return text
		}
	}
	return ""
}

// statements are what the vulnerability says of every product, packages or not.
func (v *vulnerability) statements(d *Document, p *products) []vex.Statement {
	var all []vex.Statement
	for _, name := range slices.Sorted(maps.Keys(v.Status)) {
		status, known := statuses[name]
		if !known {
			continue
		}
		for _, id := range v.Status[name] {
			flag, text := v.why(id, p)
			s := vex.Statement{Vulnerabilities: v.ids(), Status: status, Author: d.Publisher, Document: d.ID, At: d.Released}
			if status == advisory.NotAffected {
				s.Justification, s.Text = flag, text
			}
			component, platform := p.parts(id)
			if component == nil {
				continue
			}
			product := vex.Product{ID: component.id()}
			if platform != nil {
				product = vex.Product{ID: platform.id(), Components: []string{component.id()}}
			}
			s.Products = []vex.Product{product}
			all = append(all, s)
		}
	}
	return all
}
