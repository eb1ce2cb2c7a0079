package sbom

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory/software"
)

// component is a CycloneDX component; the names serve JSON and XML.
type component struct {
	Type       string      `json:"type" xml:"type,attr"`
	Ref        string      `json:"bom-ref,omitempty" xml:"bom-ref,attr"`
	Group      string      `json:"group,omitempty" xml:"group"`
	Name       string      `json:"name" xml:"name"`
	Version    string      `json:"version,omitempty" xml:"version"`
	PURL       string      `json:"purl,omitempty" xml:"purl"`
	Publisher  string      `json:"publisher,omitempty" xml:"publisher"`
	Properties []property  `json:"properties,omitempty" xml:"properties>property"`
	Components []component `json:"components,omitempty" xml:"components>component"`
}

type property struct {
	Name  string `json:"name" xml:"name,attr"`
	Value string `json:"value" xml:",chardata"`
}

type bomMetadata struct {
	Timestamp  string     `json:"timestamp,omitempty" xml:"timestamp"`
	Tools      *bomTools  `json:"tools,omitempty" xml:"-"`
	Component  *component `json:"component,omitempty" xml:"component"`
	Properties []property `json:"properties,omitempty" xml:"properties>property"`
}

type bomTools struct {
	Components []component `json:"components,omitempty"`
}

// UnmarshalJSON passes over tools: their form changed with 1.5, and they say
// nothing of what is described.
func (*bomTools) UnmarshalJSON([]byte) error { return nil }

type bom struct {
	Schema     string       `json:"$schema,omitempty"`
	Format     string       `json:"bomFormat"`
	Spec       string       `json:"specVersion"`
	Serial     string       `json:"serialNumber,omitempty"`
	Version    int          `json:"version"`
	Metadata   *bomMetadata `json:"metadata,omitempty"`
	Components []component  `json:"components"`
}

func readCycloneDXJSON(doc []byte) (software.Target, error) {
	var b bom
	if err := json.Unmarshal(doc, &b); err != nil {
		return software.Target{}, fmt.Errorf("CycloneDX: %w", err)
	}
	if b.Format != "CycloneDX" {
		return software.Target{}, fmt.Errorf("bomFormat is %.40q; CycloneDX is read", b.Format)
	}
	return b.target()
}

func readCycloneDXXML(doc []byte) (software.Target, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	d.Entity = map[string]string{} // no entities but XML's own
	for {
		t, err := d.Token()
		if err != nil {
			if err == io.EOF {
				err = errors.New("no element bom")
			}
			return software.Target{}, fmt.Errorf("CycloneDX, byte %d: %w", d.InputOffset(), err)
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		_, spec, found := strings.Cut(start.Name.Space, "cyclonedx.org/schema/bom/")
		if start.Name.Local != "bom" || !found {
			return software.Target{}, fmt.Errorf("the first element is %.40q of %.80q; CycloneDX's is bom", start.Name.Local, start.Name.Space)
		}
		var x struct {
			Metadata   *bomMetadata `xml:"metadata"`
			Components []component  `xml:"components>component"`
		}
		if err := d.DecodeElement(&x, &start); err != nil {
			return software.Target{}, fmt.Errorf("CycloneDX, byte %d: %w", d.InputOffset(), err)
		}
		b := bom{Spec: spec, Metadata: x.Metadata, Components: x.Components}
		return b.target()
	}
}

var cycloneVersions = []string{"1.2", "1.3", "1.4", "1.5", "1.6", "1.7"}

func (b *bom) target() (software.Target, error) {
	if !slices.Contains(cycloneVersions, b.Spec) {
		return software.Target{}, fmt.Errorf("is CycloneDX %.20q; 1.4 to 1.6 are read", b.Spec)
	}
	var parts []part
	var gather func(all []component, depth int) error
	gather = func(all []component, depth int) error {
		if depth > 50 {
			return errors.New("components lie more than 50 deep")
		}
		for _, c := range all {
			p := part{name: strings.TrimSpace(c.Name), version: strings.TrimSpace(c.Version), group: strings.TrimSpace(c.Group), ref: c.Ref, kind: c.Type, extra: own(c.Properties)}
			if p.extra["vendor"] == "" {
				p.extra["vendor"] = strings.TrimSpace(c.Publisher)
			}
			if c.PURL != "" {
				p.purls = []string{strings.TrimSpace(c.PURL)}
			}
			if parts = append(parts, p); len(parts) > maxPackages {
				return fmt.Errorf("more than %d components", maxPackages)
			}
			if err := gather(c.Components, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := gather(b.Components, 0); err != nil {
		return software.Target{}, err
	}
	name, properties := "", map[string]string{}
	if b.Metadata != nil {
		properties = own(b.Metadata.Properties)
		if c := b.Metadata.Component; c != nil {
			name = c.Name
			if c.Type == "operating-system" {
				parts = append(parts, part{name: c.Name, version: c.Version, kind: c.Type})
			}
		}
	}
	return build("cyclonedx", name, parts, properties)
}

func own(all []property) map[string]string {
	m := map[string]string{}
	for _, p := range all {
		if key, found := strings.CutPrefix(p.Name, prefix); found {
			m[key] = strings.TrimSpace(p.Value)
		}
	}
	return m
}

// Tool is what documents say made them.
type Tool struct{ Name, Version string }

// WriteCycloneDX writes a target as CycloneDX 1.6, JSON. Serial is a UUID for
// the document, at the moment it describes.
func WriteCycloneDX(w io.Writer, t *software.Target, tool Tool, serial string, at time.Time) error {
	b := bom{Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Serial: "urn:uuid:" + serial, Version: 1,
		Metadata: &bomMetadata{Timestamp: at.UTC().Format(time.RFC3339), Tools: &bomTools{[]component{{Type: "application", Name: tool.Name, Version: tool.Version}}}}}
	if t.Name != "" {
		b.Metadata.Component = &component{Type: "device", Ref: "target", Name: t.Name}
	}
	for _, g := range general(t) {
		b.Metadata.Properties = append(b.Metadata.Properties, property{g[0], g[1]})
	}
	b.Components = []component{}
	if t.System != "" {
		b.Components = append(b.Components, component{Type: "operating-system", Ref: "system", Name: t.System})
	}
	for _, p := range identify(t) {
		kind := "library"
		if p.Ecosystem == "" {
			kind = "application"
		}
		c := component{Type: kind, Ref: p.ref, Name: p.Name, Version: p.Version, PURL: p.url.String(), Publisher: p.Vendor}
		if p.url.Type == "generic" {
			c.Properties = append(c.Properties, property{prefix + "manager", p.Manager})
		}
		b.Components = append(b.Components, c)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(b)
}
