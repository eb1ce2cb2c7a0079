package records

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/storage"
)

// AnyVersion updates a record whatever its version: for rules and jobs, which
// read what they change in the same transaction.
const AnyVersion int64 = 0

// Stale says that a record was changed since the person read it: the record as
// it is now is in Current.
type Stale struct {
	Current Record
	Version int64 // the version the person had
}

func (s *Stale) Error() string {
	return fmt.Sprintf("%s %s is at version %d, not %d", s.Current.Def.Name, s.Current.ID(), s.Current.Meta().Version, s.Version)
}

func stale(current Record, version int64) error {
	return fail.New(fail.Conflict, "kernel.records.stale", "Somebody saved this record while you were editing it. Choose what to keep.").
		Because(&Stale{current, version})
}

func forbidden(key, text string) error { return fail.New(fail.Forbidden, key, text) }

// Create stores a new record, a *T, completing its id, number and version.
func (d *Def) Create(u *Tx, rec any) error {
	b := rec.(based)
	m := b.meta()
	if b.rid() == "" {
		b.setRID(u.NewID())
	}
	now := MomentOf(u.Now)
	m.CreatedAt, m.UpdatedAt, m.Version, m.ArchivedAt = now, now, 1, Opt[Moment]{}
	m.CreatedBy = u.Actor.Person
	m.UpdatedBy = u.Actor.Person
	if !d.MayAny(u, access.Add) {
		return forbidden("kernel.records.may-not-add", "You may not add such a record.")
	}
	if err := d.checked(u, nil, rec, access.Add); err != nil {
		return err
	}
	if m.Number == 0 {
		n, err := d.nextNumber(u)
		if err != nil {
			return err
		}
		m.Number = n
	}
	changes := map[string]any{}
	v := reflect.ValueOf(rec).Elem()
	for _, f := range d.Fields {
		if val := f.value(v); val != nil && f.Kind != Secret {
			changes[f.Name] = []any{nil, stored(val)}
		}
	}
	custom, err := d.customJSON(u, m, &Meta{}, changes)
	if err != nil {
		return err
	}
	row := []any{b.rid(), m.Number, int64(now), null(m.CreatedBy), int64(now), null(m.UpdatedBy), m.Version, nil, custom}
	for _, f := range d.Fields {
		if row, err = d.bindField(u, f, f.value(v), row); err != nil {
			return err
		}
	}
	if err := u.Later(storage.Rows{Table: d.Table, Columns: d.columnNames()}, row...); err != nil {
		return d.named(err)
	}
	return d.written(u, "create", nil, rec, changes)
}

// Update loads a record, lets change edit a copy, and stores what changed. A
// version other than AnyVersion must be the stored one, else the answer is a
// conflict that carries the current record. Nothing changed writes nothing.
func (d *Def) Update(u *Tx, id string, version int64, change func(rec any) error) error {
	before, err := d.editable(u, id, version, access.Edit)
	if err != nil {
		return err
	}
	after := d.copy(before)
	if err := change(after); err != nil {
		return d.located(err, after)
	}
	return d.store(u, before, after, "update", access.Edit)
}

// Archive puts a record away.
func (d *Def) Archive(u *Tx, id string, version int64) error {
	return d.shelve(u, id, version, "archive", Some(MomentOf(u.Now)))
}

// Restore brings an archived record back.
func (d *Def) Restore(u *Tx, id string, version int64) error {
	return d.shelve(u, id, version, "restore", Opt[Moment]{})
}

// shelve puts a record away at a moment, or brings it back for none; one that is there
// already stays as it is.
func (d *Def) shelve(u *Tx, id string, version int64, act string, at Opt[Moment]) error {
	before, err := d.editable(u, id, version, access.Archive)
	if err != nil || before.(based).meta().ArchivedAt.Set == at.Set {
		return err
	}
	after := d.copy(before)
	after.(based).meta().ArchivedAt = at
	return d.store(u, before, after, act, access.Archive)
}

// editable loads a record for writing: 'not found' unless it may be seen.
func (d *Def) editable(u *Tx, id string, version int64, act access.Act) (any, error) {
	before, err := d.load(u, id)
	if err != nil {
		return nil, err
	}
	if before == nil {
		return nil, NotFound()
	}
	if ok, err := d.May(u, access.View, before); err != nil || !ok {
		return nil, orNotFound(err)
	}
	if ok, err := d.May(u, act, before); err != nil || !ok {
		if err != nil {
			return nil, err
		}
		return nil, forbidden("kernel.records.may-not-edit", "You may see this record but not change it.")
	}
	if version != AnyVersion && before.(based).meta().Version != version {
		return nil, stale(Record{d, before}, version)
	}
	return before, nil
}

func (d *Def) copy(rec any) any {
	c := reflect.New(d.typ)
	c.Elem().Set(reflect.ValueOf(rec).Elem())
	m := c.Interface().(based).meta()
	if m.Custom != nil {
		custom := make(map[string]any, len(m.Custom))
		for k, v := range m.Custom {
			custom[k] = v
		}
		m.Custom = custom
	}
	return c.Interface()
}

// store writes the difference between two states of a record.
func (d *Def) store(u *Tx, before, after any, act string, right access.Act) error {
	bm, am := before.(based).meta(), after.(based).meta()
	if after.(based).rid() != before.(based).rid() {
		return fmt.Errorf("records: %s: a change must not touch the id", d.Name)
	}
	if act == "update" {
		if err := d.checked(u, before, after, right); err != nil {
			return err
		}
	}
	changes := map[string]any{}
	bv, av := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	now := MomentOf(u.Now)
	sets, args := []string{"updated_at = $1", "updated_by = $2", "version = $3"}, []any{int64(now), null(u.Actor.Person), bm.Version + 1}
	for _, f := range d.Fields {
		old, val := f.value(bv), f.value(av)
		if old == val {
			continue
		}
		if !f.Shows(u, d) && f.Kind != Secret {
			return forbidden("kernel.records.closed-field", "You may not change a field that is closed to you.")
		}
		if f.Kind == Secret {
			changes[f.Name] = []any{"•", "•"}
		} else {
			changes[f.Name] = []any{stored(old), stored(val)}
		}
		from := len(args)
		var err error
		if args, err = d.bindField(u, f, val, args); err != nil {
			return err
		}
		for i, c := range f.columns() {
			sets = append(sets, fmt.Sprintf("%s = $%d", c, from+i+1))
		}
	}
	custom, err := d.customJSON(u, am, bm, changes)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(bm.Custom, am.Custom) {
		args = append(args, custom)
		sets = append(sets, fmt.Sprintf("custom = $%d", len(args)))
	}
	if bm.ArchivedAt != am.ArchivedAt {
		args = append(args, plain(am.ArchivedAt))
		sets = append(sets, fmt.Sprintf("archived_at = $%d", len(args)))
		changes["archived_at"] = []any{plain(bm.ArchivedAt), plain(am.ArchivedAt)}
	}
	if len(changes) == 0 {
		return nil
	}
	am.UpdatedAt, am.UpdatedBy, am.Version = now, u.Actor.Person, bm.Version+1
	if err := d.keepPast(u, after.(based).rid()); err != nil {
		return err
	}
	args = append(args, after.(based).rid(), bm.Version)
	n, err := u.Exec(fmt.Sprintf("UPDATE %s SET %s WHERE id = $%d AND version = $%d", d.Table, strings.Join(sets, ", "), len(args)-1, len(args)), args...)
	if err != nil {
		return d.named(err)
	}
	if n == 0 {
		current, err := d.load(u, after.(based).rid())
		if err != nil || current == nil {
			return orNotFound(err)
		}
		return stale(Record{d, current}, bm.Version)
	}
	return d.written(u, act, before, after, changes)
}

// checked validates the new state: fields, links, the type's rule, and the
// right to have it so.
func (d *Def) checked(u *Tx, before, after any, right access.Act) error {
	if err := d.validate(u, before, after); err != nil {
		return err
	}
	if d.check != nil {
		if err := d.check(u, before, after); err != nil {
			return d.located(err, after)
		}
		// The rule may have completed the record; it must still be valid.
		if err := d.validate(u, before, after); err != nil {
			return err
		}
	}
	ok, err := d.May(u, right, after)
	if err != nil {
		return err
	}
	if !ok {
		return forbidden("kernel.records.may-not-have", "You may not put a record there: it would lie outside what you may change.")
	}
	return nil
}

// located completes an error that names a field by address with its name, and
// its key with the type's name.
func (d *Def) located(err error, rec any) error {
	e := fail.As(err)
	if e == nil {
		return err
	}
	for _, p := range e.All() {
		if p.At != nil {
			if f := d.fieldIn(rec, p.At); f != nil {
				p.Field, p.At = f.Name, nil
			}
		}
		if p.Key != "" && !strings.Contains(p.Key, ".") {
			p.Key = d.Name + "." + p.Key
		}
	}
	return err
}

// named says which value was taken, when the database refused a duplicate.
func (d *Def) named(err error) error {
	e := fail.As(err)
	if e == nil || e.Kind != fail.Conflict {
		return fmt.Errorf("write %s: %w", d.Name, err)
	}
	what := fmt.Sprint(e.Args["what"])
	for _, f := range d.Fields {
		if f.Unique && (strings.Contains(what, d.Table+"."+f.Name) || strings.HasSuffix(what, "_"+f.Name) || strings.Contains(what, "_"+f.Name+"_")) {
			n := fail.Named(f.Name, "kernel.records.taken", "Another record already has this value.")
			n.Kind = fail.Conflict
			return n.Because(err)
		}
	}
	return err
}

// numbers is where the last number of each type is kept.
var numbers = storage.Rows{Table: "record_number", Columns: []string{"type", "last"}, Keys: 1, Alone: true}

// nextNumber takes the type's next number: from the database once in a transaction,
// which from then on holds the row.
func (d *Def) nextNumber(u *Tx) (int64, error) {
	first := false
	last, err := storage.Once(u, numbers.Table+d.Name, func() (*int64, error) {
		first = true
		var n int64
		_, err := u.Row("INSERT INTO record_number (type, last) VALUES ($1, 1) ON CONFLICT (type) DO UPDATE SET last = record_number.last + 1 RETURNING last", []any{d.Name}, &n)
		return &n, err
	})
	if err != nil || first {
		return *last, err
	}
	*last++
	return *last, u.Later(numbers, d.Name, *last)
}

// bindField adds the values to bind for a field, sealing a secret.
func (d *Def) bindField(u *Tx, f *Field, val any, args []any) ([]any, error) {
	if s, ok := val.(string); ok && f.Kind == Secret {
		reg := RegistryOf(u)
		if strings.HasPrefix(s, sealedMark) {
			return append(args, s), nil
		}
		if reg.Seal == nil {
			return nil, fail.Named(f.Name, "kernel.records.no-key", "A secret cannot be kept: the program has no key to seal it with.")
		}
		sealed, err := reg.Seal(s)
		if err != nil {
			return nil, err
		}
		return append(args, sealedMark+sealed), nil
	}
	return f.args(val, args), nil
}

const sealedMark = "sealed:"

// Open returns a secret field's value in the clear, for the collector that needs it.
func (reg *Registry) Open(value string) (string, error) {
	if reg.Unseal == nil {
		return "", fail.New(fail.Unavailable, "kernel.records.no-key", "A secret cannot be kept: the program has no key to seal it with.")
	}
	return reg.Unseal(strings.TrimPrefix(value, sealedMark))
}

// written follows every write in its transaction: history, search, followers, hooks.
func (d *Def) written(u *Tx, act string, before, after any, changes map[string]any) error {
	b := after.(based)
	raw, err := json.Marshal(changes)
	if err != nil {
		return err
	}
	id, err := keepHistory(u, d.Name, b.rid(), b.meta().Version, act, string(raw))
	if err != nil {
		return err
	}
	if err := d.index(u, after); err != nil {
		return err
	}
	for _, follow := range d.saved {
		if err := follow(u, before, after); err != nil {
			return d.located(err, after)
		}
	}
	w := Written{Def: d, ID: b.rid(), Act: act, Version: b.meta().Version, Before: before, After: after, Changes: changes, HistoryID: id}
	for _, hook := range RegistryOf(u).OnSave {
		if err := hook(u, w); err != nil {
			return err
		}
	}
	return nil
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
