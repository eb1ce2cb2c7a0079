package protection

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Lynis is what a Lynis run found (lynis-report.dat).
type Lynis struct {
	Version     string         `json:"version,omitempty"`
	At          string         `json:"at,omitempty" doc:"as Lynis wrote it, local time"`
	Index       *int           `json:"hardening_index,omitempty" doc:"0 to 100, by Lynis' own measure"`
	Tests       *int           `json:"tests_done,omitempty"`
	Warnings    []LynisFinding `json:"warnings,omitempty"`
	Suggestions []LynisFinding `json:"suggestions,omitempty"`
	Vulnerable  []string       `json:"vulnerable_packages,omitempty"`
}

// LynisFinding is one warning or suggestion.
type LynisFinding struct {
	Test    string `json:"test"`
	Text    string `json:"text"`
	Details string `json:"details,omitempty"`
}

// maxFindings bounds what is kept of a report.
const maxFindings = 10_000

// ParseLynis reads lynis-report.dat: KEY=VALUE lines, KEY[]=VALUE for lists.
func ParseLynis(b []byte) Lynis {
	var l Lynis
	for line := range bytes.Lines(b) {
		key, value, found := strings.Cut(strings.ToValidUTF8(strings.TrimSpace(string(line)), ""), "=")
		if !found {
			continue
		}
		finding := func() LynisFinding {
			f := append(strings.Split(value, "|"), "", "")
			return LynisFinding{Test: f[0], Text: f[1], Details: strings.Trim(f[2], "-")}
		}
		switch key {
		case "lynis_version":
			l.Version = value
		case "report_datetime_end", "report_datetime_start":
			if l.At == "" || key == "report_datetime_end" {
				l.At = value
			}
		case "hardening_index":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 && n <= 100 {
				l.Index = &n
			}
		case "lynis_tests_done":
			if n, err := strconv.Atoi(value); err == nil && n >= 0 {
				l.Tests = &n
			}
		case "warning[]":
			if len(l.Warnings) < maxFindings {
				l.Warnings = append(l.Warnings, finding())
			}
		case "suggestion[]":
			if len(l.Suggestions) < maxFindings {
				l.Suggestions = append(l.Suggestions, finding())
			}
		case "vulnerable_package[]":
			name, _, _ := strings.Cut(value, "|")
			if len(l.Vulnerable) < maxFindings {
				l.Vulnerable = append(l.Vulnerable, name)
			}
		}
	}
	return l
}

// OpenSCAP is the result of an XCCDF evaluation.
type OpenSCAP struct {
	Target  string         `json:"target,omitempty"`
	Profile string         `json:"profile,omitempty"`
	Ended   string         `json:"ended,omitempty" doc:"as the scanner wrote it"`
	Score   *float64       `json:"score,omitempty"`
	Most    *float64       `json:"score_most,omitempty" doc:"the highest score possible"`
	Counts  map[string]int `json:"counts" doc:"rules by result: pass, fail, error, notapplicable, notchecked …"`
	Failed  []SCAPRule     `json:"failed,omitempty" doc:"rules that failed or could not be decided"`
}

// SCAPRule is one rule and its result.
type SCAPRule struct {
	ID       string   `json:"id"`
	Title    string   `json:"title,omitempty"`
	Severity string   `json:"severity,omitempty"`
	Result   string   `json:"result"`
	IDs      []string `json:"ids,omitempty" doc:"CCE and other identifiers"`
}

// ParseOpenSCAP reads an XCCDF result (1.1 or 1.2), alone or within an ARF
// report. It reads as a stream: such files have tens of megabytes.
func ParseOpenSCAP(in io.Reader) (OpenSCAP, error) {
	s := OpenSCAP{Counts: map[string]int{}}
	titles := map[string]string{}
	var rule []string // ids of the Rule elements open around the reader
	found := false
	d := xml.NewDecoder(io.LimitReader(in, 512<<20))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return s, fmt.Errorf("not whole XML: %w", err)
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "Rule" && len(rule) > 0 {
			rule = rule[:len(rule)-1]
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		text := func() string {
			var t string
			d.DecodeElement(&t, &start)
			return strings.TrimSpace(t)
		}
		switch start.Name.Local {
		case "Rule":
			rule = append(rule, attribute(start, "id"))
		case "title":
			if len(rule) > 0 && len(titles) < maxFindings {
				titles[rule[len(rule)-1]] = strings.Join(strings.Fields(text()), " ")
			}
		case "TestResult":
			found = true
			s.Ended = attribute(start, "end-time")
		case "target":
			if found && s.Target == "" {
				s.Target = text()
			}
		case "profile":
			if found {
				s.Profile = attribute(start, "idref")
			}
		case "score":
			if n, err := strconv.ParseFloat(attribute(start, "maximum"), 64); err == nil {
				s.Most = &n
			}
			if n, err := strconv.ParseFloat(text(), 64); err == nil {
				s.Score = &n
			}
		case "rule-result":
			var r struct {
				ID       string   `xml:"idref,attr"`
				Severity string   `xml:"severity,attr"`
				Result   string   `xml:"result"`
				Idents   []string `xml:"ident"`
			}
			if err := d.DecodeElement(&r, &start); err != nil {
				return s, fmt.Errorf("not whole XML: %w", err)
			}
			r.Result = strings.TrimSpace(r.Result)
			if len(s.Counts) < 50 {
				s.Counts[r.Result]++
			}
			if (r.Result == "fail" || r.Result == "error" || r.Result == "unknown") && len(s.Failed) < maxFindings {
				s.Failed = append(s.Failed, SCAPRule{ID: r.ID, Severity: r.Severity, Result: r.Result, IDs: r.Idents})
			}
		}
	}
	if !found {
		return s, errors.New("there is no TestResult in it; give the file that `oscap xccdf eval --results` wrote")
	}
	for i := range s.Failed {
		s.Failed[i].Title = titles[s.Failed[i].ID]
	}
	if t, err := time.Parse(time.RFC3339, s.Ended); err == nil {
		s.Ended = t.UTC().Format(time.RFC3339)
	}
	return s, nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
