// Package cvss scores vectors of the Common Vulnerability Scoring System,
// versions 2.0, 3.0, 3.1 and 4.0 (FIRST). The arithmetic is go-cvss's; this
// package tells the versions apart and says which score a vector gives.
package cvss

import (
	"fmt"
	"strings"

	cvss20 "github.com/pandatix/go-cvss/20"
	cvss30 "github.com/pandatix/go-cvss/30"
	cvss31 "github.com/pandatix/go-cvss/31"
	cvss40 "github.com/pandatix/go-cvss/40"
)

// Result is a vector with its scores. Score is the one that counts: the
// environmental score if the vector has environmental metrics, else the
// temporal (threat) score if it has these, else the base score.
type Result struct {
	Version       string   `json:"version" doc:"2.0, 3.0, 3.1 or 4.0"`
	Vector        string   `json:"vector"`
	Score         float64  `json:"score" doc:"0 to 10: the most specific score the vector has"`
	Severity      string   `json:"severity" doc:"none, low, medium, high, critical (version 2: low, medium, high)"`
	Base          *float64 `json:"base,omitempty" doc:"base score (versions 2 and 3)"`
	Temporal      *float64 `json:"temporal,omitempty" doc:"temporal score (versions 2 and 3)"`
	Environmental *float64 `json:"environmental,omitempty" doc:"environmental score (versions 2 and 3)"`
	Kind          string   `json:"kind,omitempty" doc:"what the score of version 4 stands on: CVSS-B, CVSS-BT, CVSS-BE or CVSS-BTE"`
}

// three are the methods versions 2 and 3 share.
type three interface {
	BaseScore() float64
	TemporalScore() float64
	EnvironmentalScore() float64
}

// Parse scores a vector. An error names the metric that is wrong or missing.
func Parse(vector string) (r Result, err error) {
	// The library refuses what is wrong, but nothing outside may stop a program.
	defer func() {
		if p := recover(); p != nil {
			r, err = Result{}, fmt.Errorf("%.200q is no CVSS vector", vector)
		}
	}()
	v := strings.Trim(strings.TrimSpace(vector), "()")
	if len(v) > 1000 {
		return Result{}, fmt.Errorf("a vector of %d characters", len(v))
	}
	switch {
	case strings.HasPrefix(v, "CVSS:4.0/"):
		c, err := cvss40.ParseVector(v)
		if err != nil {
			return Result{}, wrong(vector, err)
		}
		return Result{Version: "4.0", Vector: v, Score: c.Score(), Severity: Severity(c.Score()), Kind: c.Nomenclature()}, nil
	case strings.HasPrefix(v, "CVSS:3.1/"):
		c, err := cvss31.ParseVector(v)
		if err != nil {
			return Result{}, wrong(vector, err)
		}
		return scored("3.1", v, c), nil
	case strings.HasPrefix(v, "CVSS:3.0/"):
		c, err := cvss30.ParseVector(v)
		if err != nil {
			return Result{}, wrong(vector, err)
		}
		return scored("3.0", v, c), nil
	case strings.HasPrefix(v, "CVSS:"):
		return Result{}, fmt.Errorf("%.60q is of a version of CVSS that is not known; 2.0, 3.0, 3.1 and 4.0 are", vector)
	}
	c, err := cvss20.ParseVector(strings.TrimPrefix(v, "CVSS2#"))
	if err != nil {
		return Result{}, wrong(vector, err)
	}
	r = scored("2.0", v, c)
	switch { // NVD's bands; version 2 itself has none
	case r.Score >= 7:
		r.Severity = "high"
	case r.Score >= 4:
		r.Severity = "medium"
	default:
		r.Severity = "low"
	}
	return r, nil
}

func wrong(vector string, err error) error {
	return fmt.Errorf("%.200q is no CVSS vector: %w", vector, err)
}

func scored(version, vector string, c three) Result {
	r := Result{Version: version, Vector: vector, Base: new(c.BaseScore())}
	r.Score = *r.Base
	temporal, environmental := parts(vector)
	if temporal {
		r.Temporal = new(c.TemporalScore())
		r.Score = *r.Temporal
	}
	if environmental {
		r.Environmental = new(c.EnvironmentalScore())
		r.Score = *r.Environmental
	}
	r.Severity = Severity(r.Score)
	return r
}

// parts reports whether a vector of version 2 or 3 has temporal and
// environmental metrics.
func parts(vector string) (temporal, environmental bool) {
	for m := range strings.SplitSeq(vector, "/") {
		name, _, _ := strings.Cut(m, ":")
		switch name {
		case "E", "RL", "RC":
			temporal = true
		case "CDP", "TD", "CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA":
			environmental = true
		}
	}
	return temporal, environmental
}

// Severity is the word for a score by the scale of versions 3 and 4.
func Severity(score float64) string {
	switch {
	case score >= 9:
		return "critical"
	case score >= 7:
		return "high"
	case score >= 4:
		return "medium"
	case score > 0:
		return "low"
	}
	return "none"
}
