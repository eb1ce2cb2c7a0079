package privacy

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"steward/kernel/access"
	"steward/kernel/audit"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/lib/words"
)

// work goes through all that is held of a person: it counts, and with u it clears.
type work struct {
	v      *storage.View
	u      *storage.Update // nil: a preview
	who    *who
	name   string // of the stand-in
	reason string
	entry  string // the history's entry that tells of it
	plan   *Plan
	about  []records.Ref // the person's record and the records about the person
	hashes []string      // of files that nothing may name any more
}

// Erase clears what is held of a person and leaves the stand-in, after asking what
// stands against it. u.Actor is who does it. It does not ask whether they may.
func Erase(u *records.Tx, id, reason string) (*Plan, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return nil, err
	}
	refused, err := refusals(u.View.As(access.System()), id)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return nil, refusal(refused[0])
	}
	return erase(u, id, reason)
}

// refusal is what stands against an erasure as an error.
func refusal(s words.Said) error {
	e := &fail.Error{Kind: fail.Conflict, Key: s.Key, Text: s.English, Args: map[string]any{}}
	for k, v := range s.Args {
		if day, ok := v.(words.Day); ok {
			v = string(day)
		}
		e.Args[k] = v
	}
	return e
}

// erase is Erase whatever stands against it.
func erase(u *records.Tx, id, reason string) (*Plan, error) {
	w := &work{v: u.View.As(access.System()), u: u, reason: reason}
	p, err := w.through(id)
	if err != nil {
		return nil, err
	}
	counts, err := p.counts()
	if err != nil {
		return nil, err
	}
	n, err := u.Exec("UPDATE privacy_erasure SET state = 'done', done_by = $1, done_name = $2, done_at = $3, counts = $4, entry = $5 WHERE person = $6 AND state = 'asked'",
		storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro(), counts, w.entry, id)
	if err == nil && n == 0 {
		_, err = u.Exec("INSERT INTO privacy_erasure (id, person, reason, state, asked_by, asked_name, asked_at, done_by, done_name, done_at, counts, entry) VALUES ($1, $2, $3, 'done', $4, $5, $6, $4, $5, $6, $7, $8)",
			u.NewID(), id, w.replacer(text).plain(reason), storage.Null(u.Actor.Person), u.Actor.Name, u.Now.UnixMicro(), counts, w.entry)
	}
	if err != nil {
		return nil, err
	}
	if err := org.Persons.Def().Note(u, id, 0, "erase", map[string]any{"reason": []any{nil, words.Plain(w.replacer(text).plain(reason))}}); err != nil {
		return nil, err
	}
	in := installedOf(u)
	u.After(func() { in.after(u.Database(), w.hashes) })
	return p, nil
}

func (w *work) replacer(kind holds) replacer { return w.who.replacer(kind, w.who.Number) }

// plain is in without the count.
func (p replacer) plain(s string) string {
	s, _ = p.in(s)
	return s
}

// through goes through everything, in the order in which it can be cleared.
func (w *work) through(id string) (*Plan, error) {
	d := org.Persons.Def()
	rec, err := d.Get(w.v, id)
	if err != nil {
		return nil, err
	}
	if w.who, err = whoIs(w.v, id); err != nil {
		return nil, err
	}
	if w.name, err = standIn(w.v, w.who.Number); err != nil {
		return nil, err
	}
	w.plan = &Plan{without: w.replacer(text).plain, Person: refOf(rec), Why: []string{}, Cleared: []Part{}, Changed: []Part{}, Kept: []Part{}, Says: []string{}}
	if w.u == nil {
		if w.plan.Refused, err = refusals(w.v, id); err != nil {
			return nil, err
		}
		for _, s := range w.plan.Refused {
			w.plan.Why = append(w.plan.Why, english(s))
		}
	}
	w.about = []records.Ref{records.MakeRef(d.Name, id)}
	for _, step := range []func() error{w.rowsAbout, w.besides, w.imports, w.owned, w.namesBeside, w.texts, w.history, func() error { return w.record(rec) }, w.links, w.duties} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	w.notes()
	return w.plan, nil
}

// rowsAbout are the records about the person, such as salaries, and their past.
func (w *work) rowsAbout() error {
	for _, p := range places(records.RegistryOf(w.v)) {
		if p.about == nil {
			continue
		}
		ids, err := w.v.Texts(fmt.Sprintf("SELECT DISTINCT id FROM %s WHERE %s = $1 ORDER BY id", p.table, p.of), w.who.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if ref := records.MakeRef(p.def.Name, id); !slices.Contains(w.about, ref) {
				w.about = append(w.about, ref)
			}
		}
		if p.table == p.def.Table && len(ids) > 0 {
			w.plan.Cleared = append(w.plan.Cleared, Part{Text: p.def.Plural, Count: int64(len(ids)), def: p.def})
		}
		if w.u == nil {
			continue
		}
		if _, err := w.u.Exec(fmt.Sprintf("DELETE FROM %s WHERE %s = $1", p.table, p.of), w.who.ID); err != nil {
			return err
		}
	}
	if w.u == nil {
		return nil
	}
	for _, ref := range w.about[1:] {
		typ, id := ref.Split()
		if _, err := w.u.Exec("DELETE FROM search_entry WHERE type = $1 AND record = $2", typ, id); err != nil {
			return err
		}
	}
	return nil
}

// besides are comments, files and tags beside the person's record and those about them.
func (w *work) besides() error {
	titles := map[string]words.Word{
		"record_comment": words.T("privacy.part.comments", "Comments beside the record"),
		"record_file":    words.T("privacy.part.files", "Files beside the record, with their contents"),
		"record_tag":     words.T("privacy.part.tags", "Tags of the record"),
	}
	for _, p := range others() {
		if !p.beside {
			continue
		}
		for _, ref := range w.about {
			typ, id := ref.Split()
			if p.table == "record_file" {
				more, err := w.v.Texts("SELECT hash FROM record_file WHERE type = $1 AND record = $2", typ, id)
				w.hashes = append(w.hashes, more...)
				if err != nil {
					return err
				}
			}
			n, err := w.gone(p.table, "type = $1 AND record = $2", typ, id)
			if err != nil {
				return err
			}
			w.plan.add(cleared, titles[p.table].With(), n, words.Said{})
		}
	}
	return nil
}

// gone counts the rows of a table that a condition names, and deletes them.
func (w *work) gone(table, where string, args ...any) (n int64, err error) {
	if w.u != nil {
		return w.u.Exec("DELETE FROM "+table+" WHERE "+where, args...)
	}
	_, err = w.v.Row("SELECT COUNT(*) FROM "+table+" WHERE "+where, args, &n)
	return n, err
}

// imports are kept files from which the person was read in. Their contents go; what
// was read stays in the records.
func (w *work) imports() error {
	if columns, err := w.v.Columns("importing_run"); err != nil || len(columns) == 0 {
		return err
	}
	var ids []string
	err := w.v.Each("SELECT DISTINCT i.id, i.file FROM importing_run i JOIN importing_row r ON r.run = i.id WHERE i.type = $1 AND r.record = $2 AND i.file <> ''", []any{org.Persons.Def().Name, w.who.ID}, func(rows *sql.Rows) error {
		var id, file string
		err := rows.Scan(&id, &file)
		ids, w.hashes = append(ids, id), append(w.hashes, file)
		return err
	})
	if err != nil {
		return err
	}
	w.plan.add(cleared, words.T("privacy.part.imports", "Files from which the person was imported").With(), int64(len(ids)), words.Said{})
	for _, id := range ids {
		if w.u == nil {
			break
		}
		if _, err := w.u.Exec("UPDATE importing_run SET file = '' WHERE id = $1", id); err != nil {
			return err
		}
	}
	return nil
}

// owned are the rows that are the person's alone: account, sessions, notifications.
func (w *work) owned() error {
	for _, p := range others() {
		if p.of == "" {
			continue
		}
		if columns, err := w.v.Columns(p.table); err != nil || len(columns) == 0 {
			if err != nil {
				return err
			}
			continue
		}
		n, err := w.gone(p.table, p.of+" = $1", w.who.ID)
		if err != nil {
			return fmt.Errorf("clear %s: %w", p.table, err)
		}
		w.plan.add(cleared, p.title.With(), n, words.Said{})
	}
	return nil
}

// namesBeside are names copied beside the person's id.
func (w *work) namesBeside() error {
	for _, p := range others() {
		for _, c := range sortedColumns(p) {
			id := p.whose[c]
			if id == "" {
				continue
			}
			if columns, err := w.v.Columns(p.table); err != nil || len(columns) == 0 {
				if err != nil {
					return err
				}
				continue
			}
			var n int64
			var err error
			if w.u != nil {
				n, err = w.u.Exec(fmt.Sprintf("UPDATE %s SET %s = $1 WHERE %s = $2 AND %[2]s IS NOT NULL", p.table, c, id), w.name, w.who.ID)
			} else {
				_, err = w.v.Row(fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s = $1 AND %s IS NOT NULL", p.table, id, c), []any{w.who.ID}, &n)
			}
			if err != nil {
				return fmt.Errorf("clear %s.%s: %w", p.table, c, err)
			}
			w.plan.add(changed, words.T("privacy.part.names", "The name beside what the person did: comments, files, decisions").With(), n, words.Said{})
		}
	}
	return nil
}

// texts are those of others that name the person.
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

// atOnce is how many history entries an entry of an erasure tells of.
const atOnce = 300

// history clears the entries of the records about the person, and takes the person out
// of the others: who acted, and what was written.
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

// record makes the person's record the stand-in.
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

// duties are what goes on naming the stand-in beside records.
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

// notes say what is not found.
func (w *work) notes() {
	add := func(s words.Said) { w.plan.Notes = append(w.plan.Notes, s) }
	if w.who.Shared {
		add(words.T("privacy.note.shared-stays", "Somebody else has the same name: texts that hold only the name stay, since they may mean either. Look them over by hand.").With())
	}
	if w.who.Short {
		add(words.T("privacy.note.short-stays", "The name is a single word, which may be any word: texts that hold only the name stay. Look them over by hand.").With())
	}
	add(words.T("privacy.note.texts-stay", "First names alone, nicknames, and what stands inside files attached to other records or delivered by data sources stay.").With())
	add(words.T("privacy.note.backups", "Backups made before still hold the person. A restore erases them again; throw old backups away when their time is over.").With())
	for _, s := range w.plan.Notes {
		w.plan.Says = append(w.plan.Says, english(s))
	}
}
