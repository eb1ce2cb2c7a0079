package privacy

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/audit"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

func (w *work) texts() error {
	reg := records.RegistryOf(w.v)
	for _, p := range places(reg) {
		if p.table == "history" {
			continue
		}
		if columns, err := w.v.Columns(p.table); err != nil || len(columns) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		n := int64(0)
		key := p.key
		if p.of != "" {
			key = append(slices.Clone(key), p.of)
		}
		if p.beside {
			key = append(slices.Clone(key), "type", "record")
		}
		err := w.who.eachNaming(w.v, p, key, func(key, columns, old, without []string) error {
			last := len(key) - 1
			if p.of != "" && key[last] == w.who.ID || p.beside && slices.Contains(w.about, records.MakeRef(key[last-1], key[last])) {
				return nil // gone
			}
			if p.def == org.Persons.Def() && key[0] == w.who.ID || p.table == "search_entry" && slices.Contains(w.about, records.MakeRef(key[0], key[1])) {
				return nil // cleared as a whole
			}
			n++
			if w.u == nil {
				return nil
			}
			var sets []string
			var args []any
			for i, c := range columns {
				if old[i] != without[i] {
					args = append(args, without[i])
					sets = append(sets, c+" = $"+itoa(len(args)))
				}
			}
			var where []string
			for i, k := range p.key {
				args = append(args, key[i])
				if p.columns[k] == 0 { // a number, which was read as text
					k = "CAST(" + k + " AS TEXT)"
				}
				where = append(where, k+" = $"+itoa(len(args)))
			}
			_, err := w.u.Exec("UPDATE "+p.table+" SET "+strings.Join(sets, ", ")+" WHERE "+strings.Join(where, " AND "), args...)
			return err
		})
		if err != nil {
			return fmt.Errorf("texts of %s: %w", p.table, err)
		}
		switch {
		case p.table == "search_entry":
		case p.def != nil && p.table == p.def.Table && n > 0:
			w.plan.Changed = append(w.plan.Changed, Part{Text: p.def.Plural, Count: n, def: p.def})
		default:
			w.plan.add(changed, words.T("privacy.part.texts", "Other texts that name the person").With(), n, words.Said{})
		}
	}
	return nil
}

func (w *work) history() error {
	var all, part []string
	for _, ref := range w.about {
		typ, id := ref.Split()
		more, err := w.v.Texts("SELECT id FROM history WHERE type = $1 AND record = $2 AND salt <> '' ORDER BY id", typ, id)
		all = append(all, more...)
		if err != nil {
			return err
		}
	}
	whole := map[string]bool{}
	for _, id := range all {
		whole[id] = true
	}
	cond, args := w.who.condition("changes", coded, []any{w.who.ID})
	inName, args := w.who.condition("actor_name", text, args)
	instead := w.replacer(coded)
	names := w.who.replacer(text, w.name)
	acts, naming := int64(0), int64(0)
	err := w.v.Each("SELECT id, actor, actor_name, changes FROM history WHERE salt <> '' AND (actor = $1 OR "+cond+" OR "+inName+") ORDER BY id", args, func(rows *sql.Rows) error {
		var id, actor, name, changes string
		if err := rows.Scan(&id, &actor, &name, &changes); err != nil || whole[id] {
			return err
		}
		_, in := instead.in(changes)
		_, called := names.in(name)
		if actor == w.who.ID && name != w.name {
			acts++
		} else if in+called > 0 {
			naming++
		} else {
			return nil
		}
		part = append(part, id)
		return nil
	})
	if err != nil {
		return err
	}
	w.plan.add(cleared, words.T("privacy.part.history", "Entries of the record's history: values and names").With(), int64(len(all)), words.Said{})
	w.plan.add(changed, words.T("privacy.part.acts", "Entries of what the person did: the name").With(), acts, words.Said{})
	w.plan.add(changed, words.T("privacy.part.naming", "Entries of other histories that name the person").With(), naming, words.Said{})
	w.plan.add(kept, words.T("privacy.kept.leaves", "Entries of the history: that there was one, when and of which record").With(), int64(len(all)+len(part)), words.T("privacy.kept.leaves.why", "The history proves that nothing else was altered.").With())
	if w.u == nil {
		return nil
	}
	reason := w.replacer(text).plain(w.reason)
	for ids := range slices.Chunk(all, atOnce) {
		if err := audit.Erase(w.u, ids, reason, nil); err != nil {
			return err
		}
	}
	for ids := range slices.Chunk(part, atOnce) {
		err := audit.Erase(w.u, ids, reason, func(name, changes string) (string, string) {
			if called, n := names.in(name); n > 0 || name == w.who.Name {
				name = called
				if name == w.who.Name {
					name = w.name
				}
			}
			return name, instead.plain(changes)
		})
		if err != nil {
			return err
		}
	}
	_, err = w.v.Row("SELECT id FROM history WHERE type = 'kernel.erasure' AND at = $1 ORDER BY id DESC LIMIT 1", []any{w.u.Now.UnixMicro()}, &w.entry)
	return err
}
