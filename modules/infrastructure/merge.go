package infrastructure

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// moved is a link that a merge turned from one host to the other.
type moved struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Field string `json:"field"`
}

// editable refuses whoever may not change the host; who does not see it, does
// not find it.
func editable(u *records.Tx, id records.ID[Host]) error {
	h, err := Hosts.Get(u, id)
	if err != nil {
		return err
	}
	ok, err := Hosts.Def().May(u, access.Edit, h)
	if err == nil && !ok {
		err = fail.New(fail.Forbidden, "infrastructure.merge.forbidden", "You may see these hosts but not change them.")
	}
	return err
}

// Merge makes two records of one machine one. What is known by either source,
// and every link to the host that goes, stands with the one that is kept; the
// other is put away and points to it. Its facts stay with it, so that the merge
// can be undone.
func Merge(u *records.Tx, kept, gone records.ID[Host], reason string) error {
	if kept == gone {
		return fail.New(fail.Invalid, "infrastructure.merge.same", "A host cannot be merged with itself.")
	}
	for _, id := range []records.ID[Host]{kept, gone} {
		if err := editable(u, id); err != nil {
			return err
		}
		h, err := Hosts.Get(u, id)
		if err != nil {
			return err
		}
		if h.MergedInto.Set {
			return fail.New(fail.Conflict, "infrastructure.merge.already", "{name} has been merged into another host already.").With("name", h.Name)
		}
	}
	by := u.Actor
	sys := u.As(access.System())
	if err := newerFacts(sys, kept, gone); err != nil {
		return err
	}
	links, err := turnLinks(sys, gone, kept)
	if err != nil {
		return err
	}
	if err := moveSources(sys, "host = $2", kept, gone); err != nil {
		return err
	}
	raw, err := json.Marshal(links)
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO infrastructure_merge (id, kept, gone, at, by_person, reason, moved) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		records.NewID(u.Now), string(kept), string(gone), u.Now.UnixMicro(), by.Person, line(reason, maxFact), string(raw))
	if err != nil {
		return err
	}
	err = Hosts.Update(u, gone, func(h *Host) error {
		h.MergedInto, h.State = records.Some(kept), Retired
		return nil
	})
	if err != nil {
		return err
	}
	if err := Hosts.Archive(sys, gone); err != nil {
		return err
	}
	if err := settle(u, kept, gone, "merged"); err != nil {
		return err
	}
	if err := passDoubts(u, gone, kept); err != nil {
		return err
	}
	return noteMerge(u, kept, gone, func(name string) map[string]any {
		return map[string]any{"merged": []any{nil, name}, "reason": []any{nil, reason}}
	})
}

// Unmerge takes the last merge of a host back: it stands for itself again, with
// its own sources, identity and links. The pair is not taken for one again.
func Unmerge(u *records.Tx, gone records.ID[Host]) error {
	var id, kept, raw string
	found, err := u.Row("SELECT id, kept, moved FROM infrastructure_merge WHERE gone = $1 AND undone_at IS NULL ORDER BY id DESC LIMIT 1", []any{string(gone)}, &id, &kept, &raw)
	if err != nil {
		return err
	}
	if !found {
		return fail.New(fail.Conflict, "infrastructure.merge.none", "This host has not been merged into another.")
	}
	for _, h := range []records.ID[Host]{gone, records.ID[Host](kept)} {
		if err := editable(u, h); err != nil {
			return err
		}
	}
	var links []moved
	if err := json.Unmarshal([]byte(raw), &links); err != nil {
		return fmt.Errorf("merge %s: %w", id, err)
	}
	sys := u.As(access.System())
	if err := Hosts.Restore(sys, gone); err != nil {
		return err
	}
	err = Hosts.Update(u, gone, func(h *Host) error {
		h.MergedInto, h.State = records.Opt[records.ID[Host]]{}, Unheard
		return nil
	})
	if err != nil {
		return err
	}
	within, err := mergedInto(sys, gone)
	if err != nil {
		return err
	}
	for _, via := range append(within, gone) {
		if err := moveSources(sys, "via = $2", gone, via); err != nil {
			return err
		}
	}
	// The host that it had been merged into may have been merged itself since.
	now, err := mergedTo(sys, records.ID[Host](kept))
	if err != nil {
		return err
	}
	// Its facts may be those of the other: its sources are asked again.
	if err := forget(sys, now); err != nil {
		return err
	}
	for _, l := range links {
		if err := turnLink(sys, l, now, gone); err != nil {
			return err
		}
	}
	if _, err := u.Exec("UPDATE infrastructure_merge SET undone_at = $1 WHERE id = $2", u.Now.UnixMicro(), id); err != nil {
		return err
	}
	if err := settle(u, records.ID[Host](kept), gone, "distinct"); err != nil {
		return err
	}
	return noteMerge(u, records.ID[Host](kept), gone, func(name string) map[string]any {
		return map[string]any{"merged": []any{name, nil}}
	})
}

// mergedTo is the host that stands for one now: itself if it was not merged.
func mergedTo(r records.Reader, id records.ID[Host]) (records.ID[Host], error) {
	for range 1000 { // longer than any chain; a ring cannot be made
		var next sql.NullString
		found, err := r.Reading().Row("SELECT merged_into FROM infrastructure_host WHERE id = $1", []any{string(id)}, &next)
		if err != nil || !found || !next.Valid {
			return id, err
		}
		id = records.ID[Host](next.String)
	}
	return id, nil
}

// mergedInto are the hosts that were merged into one, and into those, and so on.
func mergedInto(r records.Reader, id records.ID[Host]) (all []records.ID[Host], err error) {
	err = r.Reading().Each(`WITH RECURSIVE within(id) AS (
	SELECT id FROM infrastructure_host WHERE merged_into = $1
	UNION SELECT h.id FROM infrastructure_host h JOIN within w ON h.merged_into = w.id)
SELECT id FROM within ORDER BY id`, []any{string(id)}, func(rows *sql.Rows) error {
		var one records.ID[Host]
		err := rows.Scan((*string)(&one))
		all = append(all, one)
		return err
	})
	return all, err
}

// noteMerge tells the history of the host that is kept, naming the other as people do.
func noteMerge(u *records.Tx, kept, gone records.ID[Host], what func(name string) map[string]any) error {
	h, err := Hosts.Get(u, kept)
	if err != nil {
		return err
	}
	other, err := Hosts.Get(u.As(access.System()), gone)
	if err != nil {
		return err
	}
	return Hosts.Def().Note(u, string(kept), h.Version, "merge", what(hostLabel(other)))
}

// moveSources gives what sources said of one host to another.
func moveSources(u *records.Tx, where string, to, of records.ID[Host]) error {
	for _, table := range []string{"infrastructure_identity", "infrastructure_host_source", "infrastructure_host_seen", "infrastructure_agent"} {
		if table == "infrastructure_agent" && where != "host = $2" {
			// An agent has no 'via'; it goes back with its source.
			_, err := u.Exec("UPDATE infrastructure_agent SET host = $1 WHERE id IN (SELECT substr(source, 7) FROM infrastructure_host_source WHERE via = $2 AND source LIKE 'agent:%')", string(to), string(of))
			if err != nil {
				return err
			}
			continue
		}
		if _, err := u.Exec("UPDATE "+table+" SET host = $1 WHERE "+where, string(to), string(of)); err != nil {
			return err
		}
	}
	return forget(u, to)
}

// forget has the sources of a host send everything again, whether it changed or not.
func forget(u *records.Tx, host records.ID[Host]) error {
	if _, err := u.Exec("UPDATE infrastructure_host_seen SET report_hash = '' WHERE host = $1", string(host)); err != nil {
		return err
	}
	_, err := u.Exec("UPDATE infrastructure_host_source SET hashes = '{}' WHERE host = $1", string(host))
	return err
}

// newerFacts gives the kept host the facts of the other in those sets of which
// the other's are newer, or the only ones.
func newerFacts(u *records.Tx, kept, gone records.ID[Host]) error {
	seen := func(id records.ID[Host]) (at sql.NullInt64, err error) {
		_, err = u.Row("SELECT MAX(seen_at) FROM infrastructure_host_seen WHERE host = $1", []any{string(id)}, &at)
		return at, err
	}
	mine, err := seen(kept)
	if err != nil {
		return err
	}
	other, err := seen(gone)
	if err != nil {
		return err
	}
	newer := other.Valid && (!mine.Valid || other.Int64 > mine.Int64)
	for _, set := range factSets() {
		var have int64
		known, err := u.Row("SELECT count FROM fact_set WHERE record = $1 AND name = $2", []any{string(kept), set.Name}, &have)
		if err != nil {
			return err
		}
		if known && !newer {
			continue
		}
		if err := copyFacts(u, set.Name, kept, gone); err != nil {
			return err
		}
	}
	return nil
}

func copyFacts(u *records.Tx, set string, kept, gone records.ID[Host]) error {
	switch set {
	case "package":
		return copySet(u, Packages, kept, gone)
	case "service":
		return copySet(u, Services, kept, gone)
	case "port":
		return copySet(u, Ports, kept, gone)
	case "interface":
		return copySet(u, Interfaces, kept, gone)
	case "address":
		return copySet(u, Addresses, kept, gone)
	case "disk":
		return copySet(u, Disks, kept, gone)
	case "filesystem":
		return copySet(u, Filesystems, kept, gone)
	case "account":
		return copySet(u, Accounts, kept, gone)
	case "update":
		return copySet(u, Updates, kept, gone)
	case "program":
		return copySet(u, Programs, kept, gone)
	}
	return fmt.Errorf("there is no set of facts %q", set)
}

func copySet[T any](u *records.Tx, set *records.Facts[Host, T], kept, gone records.ID[Host]) error {
	list, err := set.List(u, gone, false)
	if err != nil || len(list) == 0 {
		return err
	}
	all := make([]T, len(list))
	for i, f := range list {
		all[i] = f.V
	}
	_, err = set.Replace(u, kept, all)
	return err
}

// turnLinks turns every link to one host to the other and says which they were.
func turnLinks(u *records.Tx, from, to records.ID[Host]) ([]moved, error) {
	var all []moved
	for _, b := range records.RegistryOf(u).LinksTo(Hosts.Def()) {
		if b.Def == Hosts.Def() {
			continue // a host merged into this one keeps its pointer
		}
		value := any(string(from))
		if b.Field.Kind == records.RefKind {
			value = string(Hosts.Ref(from))
		}
		page, err := b.Def.List(u, records.Query{Where: []records.Cond{{Field: b.Field.Name, Op: records.OpIs, Value: value}}, Both: true})
		if err != nil {
			return nil, err
		}
		for _, row := range page.Rows {
			m := moved{b.Def.Name, row.ID(), b.Field.Name}
			if err := turnLink(u, m, from, to); err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// turnLink turns one link, if it still leads to where it did.
func turnLink(u *records.Tx, m moved, from, to records.ID[Host]) error {
	d := records.RegistryOf(u).Def(m.Type)
	if d == nil || d.Field(m.Field) == nil {
		return nil // the program no longer has that type
	}
	old, now := any(string(from)), any(string(to))
	if d.Field(m.Field).Kind == records.RefKind {
		old, now = string(Hosts.Ref(from)), string(Hosts.Ref(to))
	}
	err := d.Update(u, m.ID, records.AnyVersion, func(rec any) error {
		if d.Value(rec, m.Field) == old {
			d.SetValue(rec, m.Field, now)
		}
		return nil
	})
	if fail.Is(err, fail.NotFound) {
		return nil
	}
	return err
}
