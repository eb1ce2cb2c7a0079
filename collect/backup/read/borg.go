package read

import (
	"encoding/json"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/fact"
)

// Borg reads `borg info --json REPOSITORY::ARCHIVE`, `borg info --json --last N
// REPOSITORY` or `borg list --json REPOSITORY`. Borg 1 writes moments without a
// zone, in that of the machine that asks.
func Borg(b []byte, zone *time.Location) (*Result, error) {
	var out struct {
		Archives []struct {
			ID       string `json:"id"`
			Name     string `json:"name"`
			Archive  string `json:"archive"`
			Hostname string `json:"hostname"`
			Start    string `json:"start"`
			End      string `json:"end"`
			Time     string `json:"time"`
			Comment  string `json:"comment"`
			Stats    *struct {
				Original     *int64 `json:"original_size"`
				Deduplicated *int64 `json:"deduplicated_size"`
			} `json:"stats"`
		} `json:"archives"`
		Repository struct {
			ID       string `json:"id"`
			Location string `json:"location"`
		} `json:"repository"`
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, backup.NewWrong("borg", "did not print the JSON of 'borg info --json' or 'borg list --json': %v", err)
	}
	if out.Repository.Location == "" && out.Repository.ID == "" {
		return nil, backup.NewWrong("borg", "tells no repository; right is the JSON of 'borg info --json'")
	}
	source := out.Repository.Location
	if source == "" {
		source = out.Repository.ID
	}
	r := &Result{Tool: "borg"}
	untold := false
	for i, a := range out.Archives {
		c := Copy{ID: a.Name, Source: source, Kind: "full", Size: -1, Stored: -1, Good: true}
		if c.ID == "" {
			c.ID = a.Archive
		}
		if c.ID == "" {
			return nil, backup.NewWrong("borg", "archive %d has no name", i)
		}
		var err error
		for _, m := range []struct {
			text string
			into *time.Time
		}{{a.Start, &c.Start}, {a.End, &c.End}} {
			if m.text == "" {
				continue
			}
			if *m.into, err = borgTime(m.text, zone); err != nil {
				return nil, backup.NewWrong("borg", "archive %s has the moment %q; right is 2026-11-22T06:00:00.000000", c.ID, m.text)
			}
		}
		// The ends of checkpoints are left behind when Borg was stopped.
		if isCheckpoint(c.ID) {
			c.Good, c.Wrong = false, "a checkpoint of a backup that was interrupted"
		}
		if a.Stats != nil {
			c.Size, c.Stored = told(a.Stats.Original), told(a.Stats.Deduplicated)
		}
		untold = untold || c.Size < 0
		r.Copies = append(r.Copies, c)
	}
	if len(r.Copies) == 0 {
		r.failed(source, "it has no archive")
	}
	if untold {
		r.Gaps = append(r.Gaps, fact.Gap{What: "sizes of archives", Why: "'borg list' does not tell them", Needs: "'borg info --json'"})
	}
	return r, nil
}

func isCheckpoint(name string) bool { return strings.Contains(name, ".checkpoint") }

func borgTime(s string, zone *time.Location) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return at.UTC(), nil
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", s, zone) // a fraction is read too
	return at.UTC(), err
}
