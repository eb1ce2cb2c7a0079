package read

import (
	"encoding/json"
	"fmt"
	"strings"

	"steward/collect/backup"
)

// PgBackRest reads `pgbackrest info --output=json`
// (https://pgbackrest.org/command.html#command-info).
func PgBackRest(b []byte) (*Result, error) {
	var stanzas []struct {
		Name   string `json:"name"`
		Backup []struct {
			Label  string   `json:"label"`
			Type   string   `json:"type"`
			Error  *bool    `json:"error"` // told since 2.36: a page checksum was wrong
			Broken []string `json:"error-list"`
			Info   struct {
				Size       *int64 `json:"size"`
				Repository struct {
					Delta *int64 `json:"delta"`
				} `json:"repository"`
			} `json:"info"`
			Timestamp struct {
				Start int64 `json:"start"`
				Stop  int64 `json:"stop"`
			} `json:"timestamp"`
		} `json:"backup"`
		Status struct {
			Code    int    `json:"code"`
			Message string `json:"message"`
		} `json:"status"`
		Repo []struct {
			Key    int `json:"key"`
			Status struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			} `json:"status"`
		} `json:"repo"`
	}
	if err := json.Unmarshal(b, &stanzas); err != nil {
		return nil, backup.NewWrong("pgbackrest", "did not print the JSON of 'pgbackrest info --output=json': %v", err)
	}
	r := &Result{Tool: "pgbackrest"}
	for i, s := range stanzas {
		if s.Name == "" {
			return nil, backup.NewWrong("pgbackrest", "stanza %d has no name", i)
		}
		if s.Status.Code != 0 {
			r.failed(s.Name, "%s", s.Status.Message)
		}
		for _, repo := range s.Repo {
			if repo.Status.Code != 0 && repo.Status.Message != s.Status.Message {
				r.failed(s.Name, "repository %d: %s", repo.Key, repo.Status.Message)
			}
		}
		for _, k := range s.Backup {
			c := Copy{ID: k.Label, Source: s.Name, Kind: kindWord(k.Type), Start: moment(k.Timestamp.Start), End: moment(k.Timestamp.Stop), Size: told(k.Info.Size), Stored: told(k.Info.Repository.Delta), Good: true}
			if k.Error != nil && *k.Error {
				c.Good = false
				c.Wrong = "pages with wrong checksums"
				if n := len(k.Broken); n > 0 {
					c.Wrong = fmt.Sprintf("%s in %d files: %s", c.Wrong, n, strings.Join(k.Broken[:min(n, 5)], ", "))
				}
			}
			r.Copies = append(r.Copies, c)
		}
	}
	return r, nil
}

func kindWord(s string) string {
	switch strings.ToLower(s) {
	case "diff":
		return "differential"
	case "incr", "increment":
		return "incremental"
	}
	return strings.ToLower(s)
}

// told is a size, or -1 when it was not told or cannot be one.
func told(n *int64) int64 {
	if n == nil || *n < 0 {
		return -1
	}
	return *n
}
