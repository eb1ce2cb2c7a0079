package bundle

import (
	"encoding/json"
	"errors"
	"fmt"

	"steward/collect/advisory/csaf"
	"steward/collect/advisory/feed"
	"steward/collect/advisory/vex"
)

// Statements reads a VEX document: OpenVEX, CycloneDX or CSAF, which its first
// fields tell.
func Statements(path string) ([]vex.Statement, error) {
	doc, err := feed.File(path, feed.Default)
	if err != nil {
		return nil, err
	}
	all, err := ParseStatements(doc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// ParseStatements is Statements of a document in memory.
func ParseStatements(doc []byte) ([]vex.Statement, error) {
	var head struct {
		Context string          `json:"@context"`
		Format  string          `json:"bomFormat"`
		CSAF    json.RawMessage `json:"document"`
	}
	if err := json.Unmarshal(doc, &head); err != nil {
		return nil, err
	}
	switch {
	case head.Context != "":
		return vex.ParseOpenVEX(doc)
	case head.Format != "":
		return vex.ParseCycloneDX(doc)
	case head.CSAF != nil:
		d, err := csaf.Parse(doc)
		return d.Statements, err
	}
	return nil, errors.New("is neither OpenVEX nor CycloneDX nor CSAF")
}
