package read

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"time"

	"steward/collect/backup"
	"steward/collect/fact"
)

// Restic reads `restic snapshots --json`, and after it, if there, the lines of
// `restic stats --json` and of a failed `restic check`.
func Restic(b []byte) (*Result, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	var snapshots []struct {
		ID       string    `json:"id"`
		Short    string    `json:"short_id"`
		Time     time.Time `json:"time"`
		Paths    []string  `json:"paths"`
		Hostname string    `json:"hostname"`
		Tags     []string  `json:"tags"`
		Summary  *struct { // since restic 0.17
			Start time.Time `json:"backup_start"`
			End   time.Time `json:"backup_end"`
			Added *int64    `json:"data_added_packed"`
			Bytes *int64    `json:"total_bytes_processed"`
		} `json:"summary"`
	}
	if err := d.Decode(&snapshots); err != nil {
		return nil, backup.NewWrong("restic", "did not print the JSON of 'restic snapshots --json': %v", err)
	}
	r := &Result{Tool: "restic"}
	sizes := map[string]int64{}
	for {
		var more struct {
			Snapshot string `json:"snapshot"`
			Size     *int64 `json:"total_size"`
			Error    string `json:"error"`
		}
		if err := d.Decode(&more); err == io.EOF {
			break
		} else if err != nil {
			return nil, backup.NewWrong("restic", "printed something after its snapshots that is not JSON: %v", err)
		}
		if more.Snapshot != "" && more.Size != nil {
			sizes[more.Snapshot] = told(more.Size)
		}
		if more.Error != "" {
			r.failed("", "%s", more.Error)
		}
	}
	untold := false
	for i, s := range snapshots {
		if s.ID == "" {
			return nil, backup.NewWrong("restic", "snapshot %d has no id", i)
		}
		c := Copy{ID: s.ID, Source: s.Hostname + ":" + strings.Join(s.Paths, ","), Kind: "full", Start: s.Time.UTC(), End: s.Time.UTC(), Size: -1, Stored: -1, Good: true}
		if s.Time.IsZero() {
			c.Start, c.End = time.Time{}, time.Time{}
		}
		if n, ok := sizes[s.ID]; ok {
			c.Size = n
		}
		if s.Summary != nil {
			c.Start, c.End, c.Size, c.Stored = s.Summary.Start.UTC(), s.Summary.End.UTC(), told(s.Summary.Bytes), told(s.Summary.Added)
		}
		untold = untold || c.Size < 0
		r.Copies = append(r.Copies, c)
	}
	if untold {
		r.Gaps = append(r.Gaps, fact.Gap{What: "sizes of some snapshots", Why: "restic before 0.17 does not tell them with the snapshots", Needs: "read the repository's folder, which asks 'restic stats' for each"})
	}
	// Restic shows a snapshot only once it is whole; one that left files out is not told.
	r.Gaps = append(r.Gaps, fact.Gap{What: "files a backup could not read", Why: "restic does not keep that with the snapshot", Needs: "the exit code of 'restic backup' (3)"})
	return r, nil
}
