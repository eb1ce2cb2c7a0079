package records

import (
	"fmt"
	"reflect"
	"strings"

	"steward/kernel/access"
)

// Subject tells the policies about one record. A record under a parent takes
// the parent's rights, so the parent's subject is returned, with its own area
// and type kept.
func (d *Def) Subject(r Reader, rec any) (access.Subject, error) {
	s := access.Subject{Type: d.Name, Area: d.Area, ID: rec.(based).rid(), Author: rec.(based).meta().CreatedBy,
		Sensitivity: d.Closed, Archived: rec.(based).meta().ArchivedAt.Set}
	if d.UnderField != nil {
		id, _ := d.UnderField.value(reflect.ValueOf(rec).Elem()).(string)
		parent := RegistryOf(r).byType[d.UnderField.Target]
		if id != "" {
			p, err := parent.load(r, id)
			if err != nil || p == nil {
				return s, err
			}
			up, err := parent.Subject(r, p)
			if err != nil {
				return s, err
			}
			up.ID, up.Type, up.Archived = s.ID, s.Type, s.Archived
			if s.Sensitivity != "" {
				up.Sensitivity = s.Sensitivity
			}
			return up, nil
		}
	}
	v := reflect.ValueOf(rec).Elem()
	for _, f := range d.Fields {
		if id, _ := f.value(v).(string); f.Scope != "" && id != "" {
			place(&s, f.Scope, id)
		}
	}
	if d.Self != "" {
		place(&s, d.Self, s.ID)
	}
	return s, nil
}

// place tells the subject what a scope reaches it by.
func place(s *access.Subject, scope access.Scope, id string) {
	switch scope {
	case access.Unit:
		s.Unit = id
	case access.Owned:
		s.Owner = id
	case access.Line:
		s.About = id
	case access.Assigned:
		s.Assigned = append(s.Assigned, id)
	case access.Member:
		s.Members = append(s.Members, id)
	case access.Party:
		s.Party = id
	}
}

// May says whether the view's actor may do the act to the record.
func (d *Def) May(r Reader, act access.Act, rec any) (bool, error) {
	v := r.Reading()
	if v.Actor != nil && v.Actor.Kind == access.SystemKind {
		return true, nil
	}
	s, err := d.Subject(r, rec)
	if err != nil {
		return false, err
	}
	return access.Decide(v.Actor, act, s, v.Now).Allowed, nil
}

// MayAny says whether the actor may do the act to some records of the type at
// all: whether a page of them is offered.
func (d *Def) MayAny(r Reader, act access.Act) bool {
	v := r.Reading()
	area, closed := d.closedArea(r)
	return len(access.HeldScopes(v.Actor, act, area, closed, v.Now)) > 0
}

// closedArea is the area and sensitivity whose grants decide: the parent's, if any.
func (d *Def) closedArea(r Reader) (string, access.Sensitivity) {
	area, closed := d.Area, d.Closed
	for p := d; p.UnderField != nil; {
		p = RegistryOf(r).byType[p.UnderField.Target]
		area = p.Area
		if closed == "" {
			closed = p.Closed
		}
	}
	return area, closed
}

// Shows says whether the actor may see the field at all.
func (f *Field) Shows(r Reader, d *Def) bool {
	v := r.Reading()
	return f.Kind != Secret && access.MaySee(v.Actor, d.Area, f.Closed, v.Now)
}

// visible is the SQL condition that holds for the rows of alias t which the
// actor may see; "" if all. It says the same as May(View) for each row.
func (d *Def) visible(r Reader, b *builder, t string) string {
	v := r.Reading()
	area, closed := d.closedArea(r)
	held := access.HeldScopes(v.Actor, access.View, area, closed, v.Now)
	return d.reached(r, b, t, held, v.Actor)
}

func (d *Def) reached(r Reader, b *builder, t string, held []access.Scope, a *access.Actor) string {
	for _, s := range held {
		if s == access.All {
			return ""
		}
	}
	if len(held) == 0 || a == nil {
		return "FALSE"
	}
	if d.UnderField != nil {
		parent := RegistryOf(r).byType[d.UnderField.Target]
		pa := b.alias()
		cond := parent.reached(r, b, pa, held, a)
		return fmt.Sprintf("EXISTS (SELECT 1 FROM %s %s WHERE %s.id = %s.%s AND %s)", parent.Table, pa, pa, t, d.UnderField.Name, cond)
	}
	var ors []string
	for _, s := range held {
		if s == access.Authored {
			if a.Person != "" {
				ors = append(ors, t+".created_by = "+b.bind(a.Person))
			}
			continue
		}
		for _, f := range d.Fields {
			if f.Scope == s {
				ors = append(ors, b.in(r, t+"."+f.Name, reach(a, s)))
			}
		}
		if d.Self == s {
			ors = append(ors, b.in(r, t+".id", reach(a, s)))
		}
	}
	if len(ors) == 0 {
		return "FALSE"
	}
	return "(" + strings.Join(ors, " OR ") + ")"
}

// reach is the ids that a scope gives the actor.
func reach(a *access.Actor, s access.Scope) []string {
	one := a.Person
	switch s {
	case access.Unit:
		return a.Units
	case access.Line:
		return a.Below
	case access.Party:
		one = a.Party
	}
	if one == "" {
		return nil
	}
	return []string{one}
}

// Condition is a query's condition on rows of alias t, rights included, for the
// plain SQL of totals and reports. Values are bound after those in args, which
// are returned with them.
func (d *Def) Condition(r Reader, t string, q Query, args ...any) (string, []any, error) {
	b := &builder{args: args}
	cond, err := d.where(r, b, t, q)
	return cond, b.args, err
}
