// Package kev reads CISA's catalogue of Known Exploited Vulnerabilities, JSON
// or CSV: the weaknesses that are used against organisations, with the day by
// which US agencies must have mended each.
package kev

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Entry is one weakness known to be exploited.
type Entry struct {
	CVE        string `json:"cve"`
	Vendor     string `json:"vendor,omitempty"`
	Product    string `json:"product,omitempty"`
	Name       string `json:"name,omitempty"`
	Added      string `json:"added,omitempty" doc:"day it was put on the list, YYYY-MM-DD"`
	Due        string `json:"due,omitempty" doc:"day by which US agencies must have mended it, YYYY-MM-DD"`
	Action     string `json:"action,omitempty" doc:"what CISA asks for"`
	Ransomware string `json:"ransomware,omitempty" doc:"Known if ransomware gangs use it, else Unknown"`
}

// Catalogue is the whole list.
type Catalogue struct {
	Version  string    `json:"version,omitempty"`
	Released time.Time `json:"released,omitzero"`
	Entries  []Entry   `json:"entries"`
}

// maxEntries is a hundred times the list of 2025.
const maxEntries = 200_000

// Parse reads the catalogue; its first letter tells JSON from CSV.
func Parse(doc []byte) (Catalogue, error) {
	doc = bytes.TrimPrefix(bytes.TrimSpace(doc), []byte("\xef\xbb\xbf"))
	var c Catalogue
	var err error
	switch {
	case len(doc) == 0:
		return c, errors.New("the catalogue is empty")
	case doc[0] == '{':
		c, err = parseJSON(doc)
	default:
		c, err = parseCSV(doc)
	}
	if err != nil {
		return Catalogue{}, err
	}
	if len(c.Entries) > maxEntries {
		return Catalogue{}, fmt.Errorf("%d entries; more than %d are refused", len(c.Entries), maxEntries)
	}
	for i, e := range c.Entries {
		if !strings.HasPrefix(e.CVE, "CVE-") {
			return Catalogue{}, fmt.Errorf("entry %d: %q is no CVE id", i+1, e.CVE)
		}
		for _, day := range []string{e.Added, e.Due} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				return Catalogue{}, fmt.Errorf("entry %d, %s: %q is no day (YYYY-MM-DD)", i+1, e.CVE, day)
			}
		}
	}
	return c, nil
}

func parseJSON(doc []byte) (Catalogue, error) {
	var in struct {
		Version  string `json:"catalogVersion"`
		Released string `json:"dateReleased"`
		Entries  []struct {
			CVE        string `json:"cveID"`
			Vendor     string `json:"vendorProject"`
			Product    string `json:"product"`
			Name       string `json:"vulnerabilityName"`
			Added      string `json:"dateAdded"`
			Due        string `json:"dueDate"`
			Action     string `json:"requiredAction"`
			Ransomware string `json:"knownRansomwareCampaignUse"`
		} `json:"vulnerabilities"`
	}
	if err := json.Unmarshal(doc, &in); err != nil {
		return Catalogue{}, err
	}
	if in.Entries == nil {
		return Catalogue{}, errors.New(`no list "vulnerabilities"; this is not the catalogue`)
	}
	c := Catalogue{Version: in.Version}
	c.Released, _ = time.Parse(time.RFC3339Nano, in.Released) // a catalogue without its day is still one
	for _, e := range in.Entries {
		c.Entries = append(c.Entries, Entry(e))
	}
	return c, nil
}

func parseCSV(doc []byte) (Catalogue, error) {
	r := csv.NewReader(bytes.NewReader(doc))
	head, err := r.Read()
	if err != nil {
		return Catalogue{}, err
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.TrimSpace(h)] = i
	}
	if _, ok := at["cveID"]; !ok {
		return Catalogue{}, errors.New("the first line has no column cveID; this is not the catalogue")
	}
	var c Catalogue
	for len(c.Entries) <= maxEntries {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return Catalogue{}, err
		}
		cell := func(name string) string {
			if i, ok := at[name]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		c.Entries = append(c.Entries, Entry{cell("cveID"), cell("vendorProject"), cell("product"), cell("vulnerabilityName"),
			cell("dateAdded"), cell("dueDate"), cell("requiredAction"), cell("knownRansomwareCampaignUse")})
	}
	return c, nil
}
