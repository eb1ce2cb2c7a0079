package records

import (
	"fmt"
	"reflect"

	"steward/kernel/storage"
)

// Registry is all record types of the program: what links point to, and what
// points back. It is made once from the modules' lists.
type Registry struct {
	defs   []*Def
	byName map[string]*Def
	byType map[reflect.Type]*Def
	links  map[string][]Backlink // by the name of the type linked to
	facts  map[string]*FactSet
	// OnSave is called in the transaction after every write of any type.
	OnSave []func(u *Tx, w Written) error
	// Seal and Unseal keep the values of secret fields; without them a secret
	// cannot be stored.
	Seal   func(plain string) (string, error)
	Unseal func(sealed string) (string, error)
}

// Written is one write, as hooks see it.
type Written struct {
	Def       *Def
	ID        string
	Act       string // create, update, archive, restore
	Version   int64
	Before    any            // nil at creation; otherwise *T
	After     any            // *T
	Changes   map[string]any // field name to [old, new]
	HistoryID string
}

// Backlink is a field of some type that links to a given type.
type Backlink struct {
	Def   *Def
	Field *Field
}

// NewRegistry makes the registry and panics when two types clash or a link
// leads nowhere, at program start.
func NewRegistry(types ...Definition) *Registry {
	r := &Registry{byName: map[string]*Def{}, byType: map[reflect.Type]*Def{}, links: map[string][]Backlink{}, facts: map[string]*FactSet{}}
	for _, t := range types {
		d := t.Def()
		if r.byName[d.Name] != nil {
			panic("records: " + d.Name + " is defined twice")
		}
		r.defs = append(r.defs, d)
		r.byName[d.Name], r.byType[d.typ] = d, d
	}
	for _, d := range r.defs {
		for _, f := range d.Fields {
			for _, t := range r.Targets(f) {
				r.links[t.Name] = append(r.links[t.Name], Backlink{d, f})
			}
		}
	}
	return r
}

// Targets are the types a link or ref may point to.
func (r *Registry) Targets(f *Field) []*Def {
	switch f.Kind {
	case Link:
		d := r.byType[f.Target]
		if d == nil {
			panic(fmt.Sprintf("records: no module defines %s, which %q links to", f.Target, f.Label))
		}
		return []*Def{d}
	case RefKind:
		var out []*Def
		for _, name := range f.Targets {
			d := r.byName[name]
			if d == nil {
				panic(fmt.Sprintf("records: no module defines %s, which %q refers to", name, f.Label))
			}
			out = append(out, d)
		}
		return out
	}
	return nil
}

// Defs are all types in the modules' order.
func (r *Registry) Defs() []*Def { return r.defs }

// Def returns the type of that name, or nil.
func (r *Registry) Def(name string) *Def { return r.byName[name] }

// LinksTo are the fields of other types that may link to the type.
func (r *Registry) LinksTo(d *Def) []Backlink { return r.links[d.Name] }

type registryKey struct{}

// Attach makes the registry known to everybody who works on the database.
func (r *Registry) Attach(db *storage.Database) { db.Attach(registryKey{}, r) }

// RegistryOf returns the registry of a transaction's database.
func RegistryOf(r Reader) *Registry {
	reg, ok := r.Reading().Database().Attached(registryKey{}).(*Registry)
	if !ok {
		panic("records: the database has no registry attached")
	}
	return reg
}
