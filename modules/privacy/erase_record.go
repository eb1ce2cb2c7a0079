package privacy

import (
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/lib/words"
)

func (w *work) record(rec records.Record) error {
	n := int64(0)
	for _, f := range rec.Def.Fields {
		if v := rec.Value(f); v != nil && v != false {
			n++
		}
	}
	w.plan.add(cleared, words.T("privacy.part.fields", "Fields of the record; the name becomes that of the stand-in").With(), n+int64(len(rec.Meta().Custom)), words.Said{})
	if w.u == nil {
		return nil
	}
	table := rec.Def.Table
	columns, err := w.v.Columns(table)
	if err != nil {
		return err
	}
	keeps := []string{"id", "number", "created_at", "created_by", "updated_at", "updated_by", "version", "archived_at"}
	sets, args := []string{"version = version + 1", "updated_at = $1", "archived_at = COALESCE(archived_at, $1)"}, []any{w.u.Now.UnixMicro()}
	for _, f := range slices.Sorted(keysOf(columns)) {
		switch c := columns[f]; {
		case slices.Contains(keeps, f):
			continue
		case f == rec.Def.Title.Name:
			args = append(args, w.name)
		case f == rec.Def.Title.Name+"_key":
			args = append(args, records.Key(w.name))
		case c.NotNull && c.Type == "BOOLEAN":
			args = append(args, false)
		case c.NotNull:
			args = append(args, "")
		default:
			args = append(args, nil)
		}
		sets = append(sets, f+" = $"+itoa(len(args)))
	}
	args = append(args, w.who.ID)
	if _, err := w.u.Exec("UPDATE "+table+" SET "+strings.Join(sets, ", ")+" WHERE id = $"+itoa(len(args)), args...); err != nil {
		return err
	}
	if _, err := w.u.Exec("UPDATE search_entry SET title = $1, title_key = $2, body = $3, archived = $4 WHERE type = $5 AND record = $6",
		w.name, records.Key(w.name), records.Key(w.who.Number), true, rec.Def.Name, w.who.ID); err != nil {
		return err
	}
	after, err := rec.Def.Get(w.v, w.who.ID)
	if err != nil {
		return err
	}
	// Who copies persons from here, such as a webhook, hears that this one changed.
	written := records.Written{Def: rec.Def, ID: w.who.ID, Act: "update", Version: after.Meta().Version, Before: after.V, After: after.V, Changes: map[string]any{}}
	for _, hook := range records.RegistryOf(w.v).OnSave {
		if err := hook(w.u.As(access.System()), written); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) duties() error {
	var ors []string
	for _, p := range parts {
		ors = append(ors, p.column+" = $1")
	}
	var n, open int64
	if _, err := w.v.Row("SELECT COUNT(*), COUNT(CASE WHEN state IN ('open', 'second') AND assignee = $1 THEN 1 END) FROM decision WHERE "+strings.Join(ors, " OR "), []any{w.who.ID}, &n, &open); err != nil {
		return err
	}
	w.plan.add(kept, words.T("privacy.kept.decisions", "Decisions in which the person has a part").With(), n, words.T("privacy.kept.decisions.why", "What was decided, and that two persons agreed, is proof for the organisation; it names the stand-in.").With())
	if open > 0 && w.u == nil {
		w.plan.Notes = append(w.plan.Notes, words.T("privacy.note.open", "{count} {count|decision waits|decisions wait} for this person. Delegate {count|it|them}, or give what {count|it is|they are} about another owner.").With("count", open))
	}
	if w.u != nil {
		return nil
	}
	var hosts int64
	_, err := w.v.Row("SELECT COUNT(DISTINCT h.parent) FROM infrastructure_host_account h JOIN signin_account a ON LOWER(a.login) = LOWER(h.name) WHERE a.person = $1 AND h.gone_at IS NULL", []any{w.who.ID}, &hosts)
	if hosts > 0 {
		w.plan.Notes = append(w.plan.Notes, words.T("privacy.note.hosts", "{count} {count|host has|hosts have} an account of the same sign-in name. Remove it there: an inventory tells what is on the machine.").With("count", hosts))
	}
	return err
}
