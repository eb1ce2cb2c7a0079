package records

// The methods of Type are the typed edge of the engine: no logic lives here.

// Get returns one record the actor may see, or NotFound.
func (t *Type[T]) Get(r Reader, id ID[T]) (*T, error) {
	rec, err := t.def.Get(r, string(id))
	if err != nil {
		return nil, err
	}
	return rec.V.(*T), nil
}

// List returns the records that match and that the actor may see.
func (t *Type[T]) List(r Reader, q Query) ([]*T, error) {
	page, err := t.def.List(r, q)
	out := make([]*T, len(page.Rows))
	for i, rec := range page.Rows {
		out[i] = rec.V.(*T)
	}
	return out, err
}

// First returns the first record that matches; nil without one.
func (t *Type[T]) First(r Reader, q Query) (*T, error) {
	q.Limit = 1
	got, err := t.List(r, q)
	if err != nil || len(got) == 0 {
		return nil, err
	}
	return got[0], nil
}

// Count returns how many records match.
func (t *Type[T]) Count(r Reader, q Query) (int64, error) { return t.def.Count(r, q, 0) }

// Create stores a new record, completing its id, number and version.
func (t *Type[T]) Create(u *Tx, rec *T) error { return t.def.Create(u, rec) }

// Update loads a record, lets change edit it, and stores what changed.
func (t *Type[T]) Update(u *Tx, id ID[T], change func(*T) error) error {
	return t.def.Update(u, string(id), AnyVersion, func(rec any) error { return change(rec.(*T)) })
}

// Archive puts a record away; it leaves lists but keeps its links and history.
func (t *Type[T]) Archive(u *Tx, id ID[T]) error { return t.def.Archive(u, string(id), AnyVersion) }

// Restore brings an archived record back.
func (t *Type[T]) Restore(u *Tx, id ID[T]) error { return t.def.Restore(u, string(id), AnyVersion) }

// Ref returns a reference to a record of this type.
func (t *Type[T]) Ref(id ID[T]) Ref { return MakeRef(t.def.Name, string(id)) }

// Path is the page of a record of this type.
func (t *Type[T]) Path(id ID[T]) string { return t.def.Path(string(id)) }
