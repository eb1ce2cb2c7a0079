// Package epss reads the scores of the Exploit Prediction Scoring System of
// FIRST: how likely it is that a weakness is exploited within 30 days.
package epss

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Score is the forecast for one CVE.
type Score struct {
	Probability float32 // of being exploited in the next 30 days, 0 to 1
	Percentile  float32 // share of all scored CVEs that are no likelier, 0 to 1
}

// Table is one day's scores.
type Table struct {
	Model  string    // version of the model, e.g. v2025.03.14
	Day    time.Time // the day the scores are of
	Scores map[uint64]Score
}

// maxScores is twenty times the CVEs there are.
const maxScores = 6_000_000

// Number makes a CVE id a number, by which the tables are keyed.
func Number(cve string) (uint64, bool) {
	rest, found := strings.CutPrefix(cve, "CVE-")
	if !found || len(rest) < 6 || rest[4] != '-' {
		return 0, false
	}
	year, err := strconv.ParseUint(rest[:4], 10, 32)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(rest[5:], 10, 32)
	if err != nil {
		return 0, false
	}
	return year<<32 | n, true
}

// Parse reads the table: a first line "#model_version:…,score_date:…", then
// CSV with the columns cve, epss, percentile. Doc is unpacked.
func Parse(doc []byte) (Table, error) {
	t := Table{Scores: make(map[uint64]Score, bytes.Count(doc, []byte("\n")))}
	cve, prob, perc := -1, -1, -1
	n := 0
	for line := range bytes.Lines(doc) {
		n++
		s := strings.TrimSpace(strings.TrimPrefix(string(line), "\xef\xbb\xbf"))
		switch {
		case s == "":
			continue
		case s[0] == '#':
			if err := t.head(s[1:]); err != nil {
				return Table{}, fmt.Errorf("line %d: %w", n, err)
			}
			continue
		case cve < 0:
			for i, h := range strings.Split(s, ",") {
				switch strings.TrimSpace(h) {
				case "cve":
					cve = i
				case "epss":
					prob = i
				case "percentile":
					perc = i
				}
			}
			if cve < 0 || prob < 0 {
				return Table{}, fmt.Errorf("line %d: the columns cve and epss are wanted, it has %.80q", n, s)
			}
			continue
		}
		f := strings.Split(s, ",")
		if len(f) <= max(cve, prob, perc) {
			return Table{}, fmt.Errorf("line %d has %d columns", n, len(f))
		}
		id, ok := Number(f[cve])
		if !ok {
			return Table{}, fmt.Errorf("line %d: %.40q is no CVE id", n, f[cve])
		}
		var score Score
		var err error
		if score.Probability, err = share(f[prob]); err == nil && perc >= 0 {
			score.Percentile, err = share(f[perc])
		}
		if err != nil {
			return Table{}, fmt.Errorf("line %d, %s: %w", n, f[cve], err)
		}
		if t.Scores[id] = score; len(t.Scores) > maxScores {
			return Table{}, fmt.Errorf("more than %d scores", maxScores)
		}
	}
	if cve < 0 {
		return Table{}, errors.New("no line of column names; this is not a table of EPSS")
	}
	return t, nil
}

func share(s string) (float32, error) {
	f, err := strconv.ParseFloat(s, 32)
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("%.40q is no share between 0 and 1", s)
	}
	return float32(f), nil
}

func (t *Table) head(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		name, value, _ := strings.Cut(part, ":")
		switch strings.TrimSpace(name) {
		case "model_version":
			t.Model = value
		case "score_date":
			for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", time.DateOnly} {
				if d, err := time.Parse(form, value); err == nil {
					t.Day = d.UTC()
				}
			}
			if t.Day.IsZero() {
				return fmt.Errorf("score_date: %.40q is no moment", value)
			}
		}
	}
	return nil
}
