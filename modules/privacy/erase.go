package privacy

import (
	"steward/kernel/access"
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

// besides are comments, files and tags beside the person's record and those about them.

// gone counts the rows of a table that a condition names, and deletes them.

// imports are kept files from which the person was read in. Their contents go; what

// was read stays in the records.

// owned are the rows that are the person's alone: account, sessions, notifications.

// namesBeside are names copied beside the person's id.

// texts are those of others that name the person.

// atOnce is how many history entries an entry of an erasure tells of.

const atOnce = 300

// history clears the entries of the records about the person, and takes the person out

// of the others: who acted, and what was written.

// record makes the person's record the stand-in.

// duties are what goes on naming the stand-in beside records.

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
