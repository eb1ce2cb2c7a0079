// Package osv reads advisories in the Open Source Vulnerability format
// (ossf.github.io/osv-schema, version 1.7), one record at a time.
package osv

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/collect/advisory"
)

type record struct {
	SchemaVersion    string          `json:"schema_version"`
	ID               string          `json:"id"`
	Modified         string          `json:"modified"`
	Published        string          `json:"published"`
	Withdrawn        string          `json:"withdrawn"`
	Aliases          []string        `json:"aliases"`
	Upstream         []string        `json:"upstream"`
	Related          []string        `json:"related"`
	Summary          string          `json:"summary"`
	Details          string          `json:"details"`
	Severity         []severity      `json:"severity"`
	Affected         []affected      `json:"affected"`
	References       []reference     `json:"references"`
	DatabaseSpecific json.RawMessage `json:"database_specific"`
}

type severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
		Purl      string `json:"purl"`
	} `json:"package"`
	Severity          []severity      `json:"severity"`
	Ranges            []ranges        `json:"ranges"`
	Versions          []string        `json:"versions"`
	EcosystemSpecific json.RawMessage `json:"ecosystem_specific"`
	DatabaseSpecific  json.RawMessage `json:"database_specific"`
}

type ranges struct {
	Type   string  `json:"type"`
	Repo   string  `json:"repo"`
	Events []event `json:"events"`
}

type event struct {
	Introduced   *string `json:"introduced"`
	Fixed        *string `json:"fixed"`
	LastAffected *string `json:"last_affected"`
	Limit        *string `json:"limit"`
}

// ErrNotOSV is a document that is JSON, but no OSV record.
var ErrNotOSV = errors.New("is no OSV record: it has no id")

// Parse reads one record. An error names the field; nothing of a damaged
// record is kept.
func Parse(doc []byte) (advisory.Advisory, error) {
	var r record
	if err := json.Unmarshal(doc, &r); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return advisory.Advisory{}, fmt.Errorf("%s is a %s where the schema wants another kind (byte %d)", kind.Field, kind.Value, kind.Offset)
		}
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return advisory.Advisory{}, fmt.Errorf("no JSON at byte %d: %w", syntax.Offset, err)
		}
		return advisory.Advisory{}, err
	}
	if r.ID == "" {
		return advisory.Advisory{}, ErrNotOSV
	}
	if len(r.ID) > 200 {
		return advisory.Advisory{}, fmt.Errorf("id of %d characters", len(r.ID))
	}
	a := advisory.Advisory{ID: r.ID, Kind: advisory.KindOf(r.ID), Title: firstLine(r.Summary, r.Details), Aliases: r.Aliases, Upstream: r.Upstream, Related: r.Related, URL: link(r)}
	var err error
	for _, t := range []struct {
		name, text string
		to         *time.Time
	}{{"modified", r.Modified, &a.Modified}, {"published", r.Published, &a.Published}, {"withdrawn", r.Withdrawn, &a.Withdrawn}} {
		if t.text == "" {
			continue
		}
		if *t.to, err = time.Parse(time.RFC3339Nano, t.text); err != nil {
			return advisory.Advisory{}, fmt.Errorf("%s: %q is not a moment of RFC 3339", t.name, t.text)
		}
	}
	a.Scores, a.Rating = severities(r.Severity)
	var general struct {
		Severity string `json:"severity"`
	}
	_ = json.Unmarshal(r.DatabaseSpecific, &general) // free form: what does not fit says nothing
	if a.Rating == "" {
		a.Rating = strings.ToLower(general.Severity)
	}
	if a.Rating == "" {
		a.Rating = advisory.RatingOf(a.Title)
	}
	streams := advisory.StreamsOf(a.Title)
	for i, x := range r.Affected {
		aff, err := affect(x)
		if err != nil {
			return advisory.Advisory{}, fmt.Errorf("affected[%d]%w", i, err)
		}
		if aff.Ecosystem == "" { // only commits: nothing that is installed can be held against it
			continue
		}
		if slices.ContainsFunc(aff.Ranges, isModular) {
			aff.Streams = streams
		}
		a.Affected = append(a.Affected, aff)
	}
	return a, nil
}

func isModular(r advisory.Range) bool {
	return slices.ContainsFunc(r.Events, func(e advisory.Event) bool { return advisory.Modular(e.Version) })
}

func affect(x affected) (advisory.Affect, error) {
	a := advisory.Affect{Ecosystem: x.Package.Ecosystem, Name: x.Package.Name, Versions: x.Versions}
	if (a.Ecosystem == "") != (a.Name == "") {
		return a, fmt.Errorf(".package needs both ecosystem and name; it has %q and %q", a.Ecosystem, a.Name)
	}
	a.Scores, a.Rating = severities(x.Severity)
	for j, r := range x.Ranges {
		out := advisory.Range{Type: advisory.RangeType(r.Type), Repo: r.Repo}
		switch out.Type {
		case advisory.Ecosystem, advisory.SemVer, advisory.Git:
		default:
			return a, fmt.Errorf(".ranges[%d].type is %q; the schema knows ECOSYSTEM, SEMVER and GIT", j, r.Type)
		}
		begins := false
		for k, e := range r.Events {
			var n int
			for kind, v := range []*string{e.Introduced, e.Fixed, e.LastAffected, e.Limit} {
				if v == nil {
					continue
				}
				if *v == "" {
					return a, fmt.Errorf(".ranges[%d].events[%d] has an empty version", j, k)
				}
				n++
				begins = begins || advisory.EventKind(kind) == advisory.Introduced
				out.Events = append(out.Events, advisory.Event{Kind: advisory.EventKind(kind), Version: *v})
			}
			if n == 0 {
				return a, fmt.Errorf(".ranges[%d].events[%d] is none of introduced, fixed, last_affected, limit", j, k)
			}
		}
		if !begins {
			return a, fmt.Errorf(".ranges[%d] has no introduced event, so it says nothing", j)
		}
		a.Ranges = append(a.Ranges, out)
	}
	specific(&a, x.EcosystemSpecific)
	if a.Rating == "" {
		var db struct {
			Severity string `json:"severity"`
		}
		_ = json.Unmarshal(x.DatabaseSpecific, &db)
		a.Rating = strings.ToLower(db.Severity)
	}
	return a, nil
}

// severities parts vectors from words (Ubuntu writes "medium" as a score).
func severities(all []severity) (scores []advisory.Score, rating string) {
	for _, s := range all {
		switch {
		case strings.HasPrefix(s.Type, "CVSS"):
			scores = append(scores, advisory.Score{Type: s.Type, Vector: s.Score})
		case rating == "" && len(s.Score) < 40:
			rating = strings.ToLower(s.Score)
		}
	}
	return scores, rating
}

// link is the page to read: the first of kind ADVISORY whose address holds the
// id, else the first ADVISORY, else the first WEB.
func link(r record) string {
	id := strings.ReplaceAll(r.ID, ":", "-")
	var best string
	rank := 0
	for _, ref := range r.References {
		n := 0
		switch {
		case ref.Type == "ADVISORY" && (strings.Contains(ref.URL, r.ID) || strings.Contains(ref.URL, id)):
			n = 3
		case ref.Type == "ADVISORY":
			n = 2
		case ref.Type == "WEB":
			n = 1
		}
		if n > rank && len(ref.URL) < 2000 {
			best, rank = ref.URL, n
		}
	}
	return best
}

func firstLine(summary, details string) string {
	s := summary
	if s == "" {
		s, _, _ = strings.Cut(strings.TrimSpace(details), "\n")
	}
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > 300 {
		s = string(r[:299]) + "…"
	}
	return s
}
