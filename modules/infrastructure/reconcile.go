package infrastructure

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// authority ranks sources: what runs on the machine itself knows it best.
func authority(source string) int {
	if strings.HasPrefix(source, "agent:") {
		return 2
	}
	return 1
}

// reconcile brings the host's fields in line with what its sources know; a
// new host is made.
func (in *ingestion) reconcile(updates []Update) error {
	mine := observe(in.full)
	if at, any := oldest(updates); any {
		mine["security_since"] = int64(at)
	} else if updates == nil && in.last.known["security_since"] != nil {
		mine["security_since"] = in.last.known["security_since"]
	}
	was := in.last.known
	in.last.known = mine
	if in.host == "" {
		h := &Host{State: Live, Kind: Other, Name: "?"}
		in.apply(h, values{"name": "?", "kind": string(Other)}, mine)
		if h.Name == "?" {
			h.Name = strings.TrimSpace("Unnamed " + line(in.full.Platform, 40))
		}
		if err := Hosts.Create(in.u, h); err != nil {
			return err
		}
		in.host, in.via, in.diff.New = h.ID, h.ID, true
		return nil
	}
	effective, err := in.effective(mine)
	if err != nil {
		return err
	}
	h, err := Hosts.Get(in.u, in.host)
	if err != nil {
		return err
	}
	if h.ArchivedAt.Set && !h.MergedInto.Set { // it was put away, and is there
		if err := Hosts.Restore(in.u, in.host); err != nil {
			return err
		}
	}
	version := h.Version
	err = Hosts.Update(in.u, in.host, func(h *Host) error {
		h.State = Live
		in.apply(h, was, effective)
		return nil
	})
	if err != nil {
		return err
	}
	if h, err = Hosts.Get(in.u, in.host); err == nil && h.Version != version {
		in.diff.Fields = 1
	}
	return err
}

// apply sets the collected fields. Name and kind, which people may change, follow
// the machine only while they are what it said before.
func (in *ingestion) apply(h *Host, was, now values) {
	d := Hosts.Def()
	for _, name := range observed {
		switch name {
		case "name", "kind":
			if now[name] != nil && d.Value(h, name) == was[name] {
				d.SetValue(h, name, now[name])
			}
		default:
			d.SetValue(h, name, now[name])
		}
	}
}

// effective are the values that hold: of each field what the source of most
// authority knows, of equal ones the one that spoke last.
func (in *ingestion) effective(mine values) (values, error) {
	type spoken struct {
		source string
		at     int64
		known  values
	}
	all := []spoken{{in.Source, in.u.Now.UnixMicro(), mine}}
	err := in.u.Each("SELECT source, at, known FROM infrastructure_host_source WHERE host = $1 AND NOT (via = $2 AND source = $3)", []any{string(in.host), string(in.via), in.Source}, func(rows *sql.Rows) error {
		var s spoken
		var raw string
		if err := rows.Scan(&s.source, &s.at, &raw); err != nil {
			return err
		}
		var err error
		s.known, err = readValues(raw)
		all = append(all, s)
		return err
	})
	if err != nil || len(all) == 1 {
		return mine, err
	}
	slices.SortStableFunc(all, func(a, b spoken) int {
		return cmp.Or(cmp.Compare(authority(a.source), authority(b.source)), cmp.Compare(a.at, b.at), strings.Compare(a.source, b.source))
	})
	out := values{}
	for _, s := range all {
		maps.Copy(out, s.known)
	}
	return out, nil
}

// keep stores what the source said, and that it was heard.
func (in *ingestion) keep() error {
	have := map[string]string{}
	for name, hash := range in.Hashes {
		if !slices.Contains(in.diff.Want, name) {
			have[name] = hash
		}
	}
	whole := in.whole
	if len(in.diff.Want) > 0 {
		whole = "" // not everything it names is here yet
	}
	if in.last.hashes["identity"] != in.Hashes["identity"] || in.last.hashes["hardware"] != in.Hashes["hardware"] {
		if err := believe(in.u, in.via, in.host, in.Source, in.evidence); err != nil {
			return err
		}
	}
	known, err := json.Marshal(in.last.known)
	if err != nil {
		return err
	}
	hashes, err := json.Marshal(have)
	if err != nil {
		return err
	}
	drop := slices.DeleteFunc(in.full.Present(), func(s string) bool { return slices.Contains(small, s) })
	sections := in.full.Without(drop...)
	sections.Volatile = in.last.sections.Volatile
	raw, err := json.Marshal(sections)
	if err != nil {
		return err
	}
	now := in.u.Now.UnixMicro()
	_, err = in.u.Exec(`INSERT INTO infrastructure_host_source (via, source, host, at, collector, identity_hash, hashes, known, sections) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (via, source) DO UPDATE SET at = $4, collector = $5, identity_hash = $6, hashes = $7, known = $8, sections = $9`,
		string(in.via), in.Source, string(in.host), now, line(in.Inventory.Collector, 200), in.Hashes["identity"], string(hashes), string(known), strings.ReplaceAll(string(raw), `\u0000`, ""))
	if err != nil {
		return err
	}
	_, err = in.u.Exec(`INSERT INTO infrastructure_host_seen (via, source, host, seen_at, reported_at, sequence, report_hash, volatile) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (via, source) DO UPDATE SET seen_at = $4, reported_at = $5, sequence = $6, report_hash = $7, volatile = $8`,
		string(in.via), in.Source, string(in.host), now, in.Inventory.At.UnixMicro(), in.Sequence, whole, in.volatile())
	return err
}
