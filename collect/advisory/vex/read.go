package vex

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"steward/collect/advisory"
)

// statuses are the words of OpenVEX.
var statuses = map[string]advisory.Status{"not_affected": advisory.NotAffected, "affected": advisory.Affected, "fixed": advisory.Fixed, "under_investigation": advisory.Investigating}

// text is a JSON value that is a text, or an object with the id under @id.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
		return nil
	}
	var o struct {
		ID   string `json:"@id"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	if *t = text(o.Name); o.Name == "" {
		*t = text(o.ID)
	}
	return nil
}

type openProduct struct {
	ID          string `json:"@id"`
	Identifiers struct {
		PURL string `json:"purl"`
	} `json:"identifiers"`
	Components []openProduct `json:"subcomponents"`
}

// UnmarshalJSON takes a bare id too, as the first version of the form had it.
func (p *openProduct) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &p.ID) == nil {
		return nil
	}
	type plain openProduct
	return json.Unmarshal(b, (*plain)(p))
}

func (p openProduct) id() string {
	if p.Identifiers.PURL != "" {
		return p.Identifiers.PURL
	}
	return p.ID
}

// ParseOpenVEX reads an OpenVEX document (github.com/openvex/spec, 0.2.0).
func ParseOpenVEX(doc []byte) ([]Statement, error) {
	var in struct {
		Context    string `json:"@context"`
		ID         string `json:"@id"`
		Author     string `json:"author"`
		Timestamp  string `json:"timestamp"`
		Statements []struct {
			Vulnerability json.RawMessage `json:"vulnerability"`
			Timestamp     string          `json:"timestamp"`
			Products      []openProduct   `json:"products"`
			Status        string          `json:"status"`
			Justification string          `json:"justification"`
			Impact        string          `json:"impact_statement"`
			Action        string          `json:"action_statement"`
			Components    []openProduct   `json:"subcomponents"`
		} `json:"statements"`
	}
	if err := json.Unmarshal(doc, &in); err != nil {
		return nil, err
	}
	if !strings.Contains(in.Context, "openvex") {
		return nil, errors.New("is no OpenVEX document: @context does not say so")
	}
	when, err := moment(in.Timestamp)
	if err != nil {
		return nil, fmt.Errorf("timestamp: %w", err)
	}
	var all []Statement
	for i, s := range in.Statements {
		status, known := statuses[s.Status]
		if !known {
			return nil, fmt.Errorf("statements[%d].status is %.40q; not_affected, affected, fixed and under_investigation are known", i, s.Status)
		}
		if status == advisory.NotAffected && s.Justification == "" && s.Impact == "" {
			return nil, fmt.Errorf("statements[%d] says not_affected without justification or impact_statement; the form wants one", i)
		}
		out := Statement{Status: status, Justification: s.Justification, Text: s.Impact, Author: in.Author, Document: in.ID, At: when}
		if out.Text == "" {
			out.Text = s.Action
		}
		if s.Timestamp != "" {
			if out.At, err = moment(s.Timestamp); err != nil {
				return nil, fmt.Errorf("statements[%d].timestamp: %w", i, err)
			}
		}
		var v struct {
			Aliases []string `json:"aliases"`
		}
		_ = json.Unmarshal(s.Vulnerability, &v) // a bare text has no aliases
		var name text
		if len(s.Vulnerability) > 0 {
			if err := json.Unmarshal(s.Vulnerability, &name); err != nil {
				return nil, fmt.Errorf("statements[%d].vulnerability: %w", i, err)
			}
		}
		if name == "" {
			return nil, fmt.Errorf("statements[%d] names no vulnerability", i)
		}
		out.Vulnerabilities = append([]string{string(name)}, v.Aliases...)
		for _, p := range s.Products {
			product := Product{ID: p.id()}
			for _, c := range append(p.Components, s.Components...) {
				product.Components = append(product.Components, c.id())
			}
			out.Products = append(out.Products, product)
		}
		if len(out.Products) == 0 {
			return nil, fmt.Errorf("statements[%d] names no product", i)
		}
		all = append(all, out)
	}
	return all, nil
}

// states are CycloneDX's words for the state of an analysis.
var states = map[string]advisory.Status{"not_affected": advisory.NotAffected, "false_positive": advisory.NotAffected, "resolved": advisory.Fixed,
	"resolved_with_pedigree": advisory.Fixed, "in_triage": advisory.Investigating, "exploitable": advisory.Affected}

// ParseCycloneDX reads the vulnerabilities of a CycloneDX document (1.4 to 1.6,
// JSON). A reference of an affected part is looked up among the document's
// components; one that is a package URL, or a BOM-Link that ends in one, stands
// for itself.
func ParseCycloneDX(doc []byte) ([]Statement, error) {
	type component struct {
		Ref        string          `json:"bom-ref"`
		PURL       string          `json:"purl"`
		Components json.RawMessage `json:"components"`
	}
	var in struct {
		Format   string `json:"bomFormat"`
		Serial   string `json:"serialNumber"`
		Metadata struct {
			Timestamp string    `json:"timestamp"`
			Component component `json:"component"`
			Supplier  struct {
				Name string `json:"name"`
			} `json:"supplier"`
		} `json:"metadata"`
		Components      []component `json:"components"`
		Vulnerabilities []struct {
			ID         string `json:"id"`
			Updated    string `json:"updated"`
			References []struct {
				ID string `json:"id"`
			} `json:"references"`
			Analysis struct {
				State         string `json:"state"`
				Justification string `json:"justification"`
				Detail        string `json:"detail"`
			} `json:"analysis"`
			Affects []struct {
				Ref string `json:"ref"`
			} `json:"affects"`
		} `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(doc, &in); err != nil {
		return nil, err
	}
	if in.Format != "CycloneDX" {
		return nil, errors.New("is no CycloneDX document: bomFormat does not say so")
	}
	refs := map[string]string{}
	var gather func(all []component, depth int) error
	gather = func(all []component, depth int) error {
		for _, c := range all {
			if c.Ref != "" && c.PURL != "" {
				refs[c.Ref] = c.PURL
			}
			if len(c.Components) == 0 {
				continue
			}
			var inner []component
			if err := json.Unmarshal(c.Components, &inner); err != nil {
				return err
			}
			if depth < 30 {
				if err := gather(inner, depth+1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := gather(append([]component{in.Metadata.Component}, in.Components...), 0); err != nil {
		return nil, fmt.Errorf("components: %w", err)
	}
	when, err := moment(in.Metadata.Timestamp)
	if err != nil {
		return nil, fmt.Errorf("metadata.timestamp: %w", err)
	}
	var all []Statement
	for i, v := range in.Vulnerabilities {
		status, known := states[v.Analysis.State]
		if !known {
			if v.Analysis.State != "" {
				return nil, fmt.Errorf("vulnerabilities[%d].analysis.state is %.40q, which CycloneDX does not know", i, v.Analysis.State)
			}
			continue // no analysis, no statement
		}
		s := Statement{Vulnerabilities: []string{v.ID}, Status: status, Justification: v.Analysis.Justification, Text: v.Analysis.Detail, Author: in.Metadata.Supplier.Name, Document: in.Serial, At: when}
		for _, r := range v.References {
			s.Vulnerabilities = append(s.Vulnerabilities, r.ID)
		}
		if v.Updated != "" {
			if s.At, err = moment(v.Updated); err != nil {
				return nil, fmt.Errorf("vulnerabilities[%d].updated: %w", i, err)
			}
		}
		for _, a := range v.Affects {
			id := a.Ref
			if p := refs[id]; p != "" {
				id = p
			} else if _, link, found := strings.Cut(id, "#"); found && strings.HasPrefix(id, "urn:cdx:") {
				id = link
				if plain, err := url.PathUnescape(link); err == nil && !strings.HasPrefix(link, "pkg:") {
					id = plain
				}
			}
			s.Products = append(s.Products, Product{ID: id})
		}
		all = append(all, s)
	}
	return all, nil
}

func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fmt.Errorf("%.40q is not a moment of RFC 3339", s)
	}
	return t.UTC(), nil
}
