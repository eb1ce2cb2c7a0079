package decisions

import (
	"slices"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// subject is what the policies may know of a decision: where its record lies,
// who asked for it, and to whom it was given.
func (d *Decision) subject(r records.Reader) (access.Subject, error) {
	s := access.Subject{}
	typeName, id := d.Subject.Split()
	if def := records.RegistryOf(r).Def(typeName); def != nil {
		system := *r.Reading()
		system.Actor = access.System()
		rec, err := def.Get(&system, id)
		if err != nil && !fail.Is(err, fail.NotFound) {
			return s, err
		}
		if err == nil {
			if s, err = def.Subject(&system, rec.V); err != nil {
				return s, err
			}
		}
	}
	s.Type, s.Area, s.ID = "decision", d.Area, d.ID
	s.Author = d.Requester // not who entered the record: who asked for this
	s.Assigned = nil
	return s, nil
}

// given says whether the decision was given to the actor: as the person named,
// as that person's delegate, as holder of the role, or as one who agrees to
// what another has decided.
func (d *Decision) given(r records.Reader, a *access.Actor) (bool, error) {
	if a.Person == "" {
		return false, nil
	}
	if d.Assignee == a.Person || d.Assignee == "" && d.Role != "" && slices.Contains(a.Roles, d.Role) {
		return true, nil
	}
	if d.State == Second {
		l, err := LimitsOf(r)
		if err != nil || l.Second != "" && slices.Contains(a.Roles, l.Second) {
			return err == nil, err
		}
	}
	return d.delegated(r, a)
}

func (d *Decision) delegated(r records.Reader, a *access.Actor) (bool, error) {
	if d.Delegate == "" || d.Delegate != a.Person {
		return false, nil
	}
	o, _, err := org.Get(r)
	return err == nil && o.Today(r) <= d.DelegatedUntil, err
}

// MayDecide says whether the reader may answer a decision: by a grant to approve
// that reaches its subject, or because it was given to that person. Nobody decides
// what they asked for or what is about themselves, and an auditor nothing.
func MayDecide(r records.Reader, d *Decision) (bool, error) {
	a := r.Reading().Actor
	if a == nil || a.Person == "" {
		return false, nil
	}
	s, err := d.subject(r)
	if err != nil {
		return false, err
	}
	given, err := d.given(r, a)
	if err != nil {
		return false, err
	}
	if given {
		s.Assigned = []string{a.Person}
		b := *a
		b.Grants = append(slices.Clone(a.Grants), access.Grant{Role: "given", Area: d.Area, Act: access.Approve, Scope: access.Assigned, Sensitivity: s.Sensitivity})
		a = &b
	}
	return access.Decide(a, access.Approve, s, r.Reading().Now).Allowed, nil
}

// MayDelegate says whether the reader may give a decision to somebody else: who may
// answer it, but for a delegate.
func MayDelegate(r records.Reader, d *Decision) (bool, error) {
	if may, err := MayDecide(r, d); err != nil || !may {
		return false, err
	}
	a := r.Reading().Actor
	passed, err := d.delegated(r, a)
	return !passed || d.Assignee == a.Person, err
}

// MaySee says whether the reader may read a decision: who may answer it, who took
// part in it, and who may view all of its area and its subject.
func MaySee(r records.Reader, d *Decision) (bool, error) {
	v := r.Reading()
	if v.Actor == nil {
		return false, nil
	}
	if v.Actor.Kind == access.SystemKind {
		return true, nil
	}
	if p := v.Actor.Person; p != "" && v.Actor.Kind == access.PersonKind && slices.Contains([]string{d.DecidedBy, d.SecondBy, d.Requester, d.DelegatedBy, d.AskedOf}, p) {
		return true, nil
	}
	if slices.Contains(access.HeldScopes(v.Actor, access.View, d.Area, access.Ordinary, v.Now), access.All) {
		typeName, id := d.Subject.Split()
		def := records.RegistryOf(r).Def(typeName)
		if def == nil || def.Area == d.Area && def.Closed == access.Ordinary && def.UnderField == nil {
			return true, nil
		}
		if _, err := def.Get(r, id); err == nil || !fail.Is(err, fail.NotFound) {
			return err == nil, err
		}
	}
	return MayDecide(r, d)
}

// Get returns a decision that the reader may see, or NotFound.
func Get(r records.Reader, id string) (*Decision, error) {
	list, err := query(r, "WHERE id = $1", id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, records.NotFound()
	}
	may, err := MaySee(r, list[0])
	if err != nil {
		return nil, err
	}
	if !may {
		return nil, records.NotFound()
	}
	return list[0], nil
}
