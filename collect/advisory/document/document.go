// Package document reads what packages can be matched from, whatever it is: an
// inventory of `steward collect host`, a document of a GLPI, FusionInventory or
// OCS agent, a bill of materials in CycloneDX or SPDX, or a plain list as a
// package manager prints it.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"steward/collect/advisory/feed"
	"steward/collect/advisory/sbom"
	"steward/collect/advisory/software"
	"steward/collect/agents"
	"steward/collect/fact"
)

// maxBytes is the most a document may have, unpacked.
const maxBytes = 512 << 20

// Read reads all targets of a file; "-" is standard input. Ecosystem is the key
// of the machine's advisories if a person said it, else the document tells.
func Read(path, ecosystem string) ([]software.Target, error) {
	doc, err := feed.File(path, feed.Limits{Document: maxBytes})
	if err != nil {
		return nil, err
	}
	all, err := Parse(doc, path, ecosystem)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// Parse is Read of a document in memory. Name is what a target is called that
// the document does not name.
func Parse(doc []byte, name, ecosystem string) ([]software.Target, error) {
	head := bytes.TrimLeft(bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(head) == 0:
		return nil, errors.New("the document is empty")
	case sbom.Is(head):
		t, err := sbom.Read(head, name)
		if err != nil {
			return nil, err
		}
		if ecosystem != "" {
			t.Assume(ecosystem)
		}
		return []software.Target{t}, nil
	case head[0] == '{':
		if all, ok, err := facts(head, name, ecosystem); ok || err != nil {
			return all, err
		}
	}
	if head[0] != '<' && head[0] != '{' {
		if t, ok, err := list(head, name, ecosystem); ok || err != nil {
			return []software.Target{t}, err
		}
	}
	// The agents' parser knows their other forms and packings.
	d, err := agents.Parse(bytes.NewReader(doc), "", agents.Options{})
	if err != nil {
		return nil, fmt.Errorf("is neither an inventory, nor a bill of materials (CycloneDX, SPDX), nor a list of packages: %w", err)
	}
	if !d.HasInventory() || len(d.Equipment) > 0 || !d.Inventory.Packages.Seen {
		return nil, errors.New("is an agent's document without a list of software")
	}
	return []software.Target{software.FromInventory(d.Inventory, name, ecosystem)}, nil
}

// facts reads one fact.Inventory, or the lines of observations that collectors
// print, of which inventories count. Ok is false if it is neither.
func facts(doc []byte, name, ecosystem string) (all []software.Target, ok bool, err error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	for n := 1; d.More(); n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			if n == 1 {
				return nil, false, nil // the agents' parser says what is wrong with it
			}
			return nil, true, fmt.Errorf("document %d: %w", n, err)
		}
		var head struct {
			Kind      string          `json:"kind"`
			Target    string          `json:"target"`
			Data      json.RawMessage `json:"data"`
			Version   int             `json:"version"`
			Collector string          `json:"collector"`
		}
		if json.Unmarshal(raw, &head) != nil {
			return nil, n > 1, nil
		}
		body, target := raw, name
		switch {
		case head.Kind != "" && head.Data != nil:
			if head.Kind != agents.Computer && head.Kind != agents.Phone {
				continue
			}
			body = head.Data
			if head.Target != "" {
				target = head.Target
			}
		case head.Version > 0 && head.Collector != "":
		default:
			return nil, n > 1, nil
		}
		var inv fact.Inventory
		if err := json.Unmarshal(body, &inv); err != nil {
			return nil, true, fmt.Errorf("inventory of %s: %w", target, err)
		}
		if inv.Version != fact.InventoryVersion {
			return nil, true, fmt.Errorf("inventory of %s is of version %d; version %d is read", target, inv.Version, fact.InventoryVersion)
		}
		all = append(all, software.FromInventory(inv, target, ecosystem))
	}
	if len(all) == 0 {
		return nil, true, errors.New("holds no inventory of a machine")
	}
	return all, true, nil
}
