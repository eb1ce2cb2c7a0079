package read

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/backup"
)

// Barman reads `barman list-backups all --format json`, an object of lists by
// server, and `barman show-backup SERVER ID --format json`, an object of one
// backup by server.
func Barman(b []byte, zone *time.Location) (*Result, error) {
	var servers map[string]json.RawMessage
	if err := json.Unmarshal(b, &servers); err != nil {
		return nil, backup.NewWrong("barman", "did not print the JSON of 'barman list-backups all --format json': %v", err)
	}
	r := &Result{Tool: "barman"}
	for _, server := range slices.Sorted(maps.Keys(servers)) {
		if strings.HasPrefix(server, "_") { // _INFO, _WARNING, _ERROR: Barman's own messages
			var said []string
			if json.Unmarshal(servers[server], &said) == nil && server != "_INFO" {
				for _, s := range said {
					r.failed("", "%s", s)
				}
			}
			continue
		}
		var list []barmanBackup
		if err := json.Unmarshal(servers[server], &list); err != nil {
			var one barmanBackup
			if err := json.Unmarshal(servers[server], &one); err != nil || one.ID == "" {
				return nil, backup.NewWrong("barman", "server %s holds neither a list of backups nor one", server)
			}
			list = []barmanBackup{one}
		}
		if len(list) == 0 {
			r.failed(server, "it has no backup")
		}
		for _, k := range list {
			r.Copies = append(r.Copies, k.copy(server, zone))
		}
	}
	return r, nil
}

type barmanBackup struct {
	ID      string          `json:"backup_id"`
	Status  string          `json:"status"`
	Error   string          `json:"error"`
	End     json.RawMessage `json:"end_time_timestamp"` // a number in a text
	Size    json.RawMessage `json:"size_bytes"`
	WAL     json.RawMessage `json:"wal_size_bytes"`
	Keep    string          `json:"retention_status"`
	Details struct {
		Begin json.RawMessage `json:"begin_time_timestamp"`
		End   json.RawMessage `json:"end_time_timestamp"`
		Disk  json.RawMessage `json:"disk_usage_bytes"`
	} `json:"base_backup_information"`
}

func (k barmanBackup) copy(server string, zone *time.Location) Copy {
	c := Copy{ID: k.ID, Source: server, Kind: "full", Start: barmanID(k.ID, zone), Size: -1, Stored: -1}
	for _, v := range []json.RawMessage{k.End, k.Details.End} {
		if n, ok := loose(v); ok {
			c.End = moment(n)
		}
	}
	if n, ok := loose(k.Details.Begin); ok {
		c.Start = moment(n)
	}
	for _, v := range []json.RawMessage{k.Size, k.Details.Disk} {
		if n, ok := loose(v); ok && n >= 0 {
			c.Size, c.Stored = n, n
		}
	}
	switch k.Status {
	case "DONE":
		c.Good = true
	case "WAITING_FOR_WALS":
		c.Wrong = "copied, and the log that makes it whole has not come yet"
	default:
		c.Wrong = "status " + k.Status
		if k.Error != "" {
			c.Wrong += ": " + k.Error
		}
	}
	return c
}

// loose reads a whole number that may stand in a text.
func loose(v json.RawMessage) (int64, bool) {
	s := strings.Trim(strings.TrimSpace(string(v)), `"`)
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

var barmanStamp = regexp.MustCompile(`^\d{8}T\d{6}$`)

// barmanID is the moment in a backup's id, which is in the server's own zone.
func barmanID(id string, zone *time.Location) time.Time {
	if !barmanStamp.MatchString(id) {
		return time.Time{}
	}
	at, err := time.ParseInLocation("20060102T150405", id, zone)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
