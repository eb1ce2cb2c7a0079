package settings

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/lib/locale"
	"steward/modules/identity"
)

// change is what a role shall be: its words, if it is the organisation's own, and what it
// gives. An empty name makes a new one.
type change struct {
	Name, Title, About string
	Want               wanted
	Reason             string
}

// mostOwnRoles bounds the organisation's own roles: each is read by every page that names one.
const mostOwnRoles = 100

// keepRole makes a role what it shall be and returns its name.
func keepRole(u *records.Tx, c change) (string, error) {
	_, shipped := access.RoleNamed(c.Name)
	own, err := identity.OwnRoles(u)
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(own, func(o identity.OwnRole) bool { return o.Name == c.Name })
	if c.Name != "" && !shipped && at < 0 {
		return "", records.NotFound()
	}
	var problems []*fail.Error
	if !shipped {
		if c.Title, c.About = strings.TrimSpace(c.Title), strings.TrimSpace(c.About); c.Title == "" || utf8.RuneCountInString(c.Title) > 60 {
			problems = append(problems, fail.Named("title", "settings.roles.title-needed", "A role needs a name of at most 60 characters, such as Branch manager."))
		} else if titleTaken(own, c) {
			problems = append(problems, fail.Named("title", "settings.roles.title-taken", "Another role has this name."))
		}
		if utf8.RuneCountInString(c.About) > 300 {
			problems = append(problems, fail.Named("about", "settings.roles.about-long", "Say it in at most 300 characters."))
		}
		if len(c.Want) == 0 {
			problems = append(problems, fail.Named("grants", "settings.roles.nothing", "A role gives at least one thing. Take the role away altogether if it shall give none."))
		}
		if c.Name == "" && len(own) >= mostOwnRoles {
			problems = append(problems, fail.Named("title", "settings.roles.many", "There are {most} roles of your own already.").With("most", mostOwnRoles))
		}
	}
	for p := range c.Want {
		if e := fail.As(p.grant("").Check()); e != nil {
			problems = append(problems, e)
		}
	}
	if err := fail.Join(problems); err != nil {
		return "", err
	}
	if !shipped {
		if at < 0 {
			c.Name = nameFor(own, c.Title)
			own, at = append(own, identity.OwnRole{}), len(own)
		}
		own[at] = identity.OwnRole{Name: c.Name, Title: c.Title, About: c.About}
		if err := identity.KeepOwnRoles(u, own); err != nil {
			return "", err
		}
	}
	_, err = keepPowers(u, c.Name, c.Want, c.Reason)
	return c.Name, err
}

func titleTaken(own []identity.OwnRole, c change) bool {
	same := func(name, title string) bool { return name != c.Name && locale.Fold(title) == locale.Fold(c.Title) }
	return slices.ContainsFunc(own, func(o identity.OwnRole) bool { return same(o.Name, o.Title) }) ||
		slices.ContainsFunc(access.Roles(), func(r access.Role) bool { return same(r.Name, r.Title) })
}

// nameFor makes the name under which a role is kept from what it is called.
func nameFor(own []identity.OwnRole, title string) string {
	var b strings.Builder
	for _, c := range locale.Fold(title) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	base := strings.Trim(b.String()[:min(b.Len(), 50)], "-")
	if base == "" {
		base = "role"
	}
	name := base
	for n := 2; slices.ContainsFunc(own, func(o identity.OwnRole) bool { return o.Name == name }) || shipped(name); n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	return name
}

func shipped(name string) bool {
	_, ok := access.RoleNamed(name)
	return ok
}

// removeRole takes one of the organisation's own roles from all and away. What would give
// it again has to be changed first.
func removeRole(u *records.Tx, name string) error {
	own, err := identity.OwnRoles(u)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(own, func(o identity.OwnRole) bool { return o.Name == name })
	if at < 0 {
		return records.NotFound()
	}
	s, err := identity.SettingsOf(u)
	if err != nil {
		return err
	}
	if s.Mapped(name) {
		return fail.New(fail.Conflict, "settings.roles.mapped", "A provider's groups give this role. Change that at “Ways to sign in” first.")
	}
	given, err := signin.Roles(u, "")
	if err != nil {
		return err
	}
	for _, g := range given {
		if g.Role == name {
			if err := signin.TakeRole(u, g.ID); err != nil {
				return err
			}
		}
	}
	all, err := signin.Grants(u) // those that have ended, too
	if err != nil {
		return err
	}
	for _, g := range all {
		if g.Role == name {
			if err := signin.RemoveGrant(u, g.ID); err != nil {
				return err
			}
		}
	}
	second, err := signin.SecondRoles(u)
	if err != nil {
		return err
	}
	if i := slices.Index(second, name); i >= 0 {
		if err := signin.SetSecondRoles(u, slices.Delete(second, i, i+1)); err != nil {
			return err
		}
	}
	return identity.KeepOwnRoles(u, slices.Delete(own, at, at+1))
}

// effect is what a change means for people: those for whom it means the same.
type effect struct {
	Gains, Loses []power
	People       []string
}

// effects say who would gain and lose what if a role gave what is wanted: what somebody
// has by another role as well is neither. mostHolders are looked at; more says that there
// are more.
func effects(r records.Reader, role string, want wanted) (out []effect, people int, err error) {
	now, err := powersOf(r, role)
	if err != nil {
		return nil, 0, err
	}
	after := []power{}
	for p := range want {
		waits := p.Sensitivity.Closed()
		for _, h := range now {
			if h.power == p {
				waits = waits && (!h.active() || h.Waits) && !(h.Shipped && h.active())
			}
		}
		if !waits { // what opens closed records does so once a second person agreed
			after = append(after, p)
		}
	}
	slices.SortFunc(after, comparePowers)
	holders, err := holdersOf(r, role)
	if err != nil {
		return nil, 0, err
	}
	for _, a := range holders {
		var others, before []power
		for _, g := range a.Grants {
			switch p := powerOf(g); {
			case !g.Until.IsZero() && !r.Reading().Now.Before(g.Until):
			case g.Role == role:
				before = append(before, p)
			default:
				others = append(others, p)
			}
		}
		e := effect{Gains: beyond(after, slices.Concat(others, before)), Loses: beyond(before, slices.Concat(others, after))}
		if len(e.Gains) == 0 && len(e.Loses) == 0 {
			continue
		}
		at := slices.IndexFunc(out, func(o effect) bool { return slices.Equal(o.Gains, e.Gains) && slices.Equal(o.Loses, e.Loses) })
		if at < 0 {
			out, at = append(out, e), len(out)
		}
		out[at].People = append(out[at].People, a.Person)
	}
	return out, len(holders), nil
}

// beyond are the powers that others do not cover, in order.
func beyond(list, others []power) (out []power) {
	for _, p := range list {
		if !covered(others, p) && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, comparePowers)
	return out
}

// mostHolders is of how many people a change is looked at.
const mostHolders = 1000

// holdersOf are the people who hold a role, given or as heads of units or employees.
func holdersOf(r records.Reader, role string) (out []*access.Actor, err error) {
	who := "a.person IN (SELECT person FROM signin_role WHERE role = $1 AND (until_at IS NULL OR until_at > $2))"
	args := []any{role, r.Reading().Now.UnixMicro()}
	switch role {
	case access.DepartmentHead:
		who += " OR a.person IN (SELECT head FROM org_unit WHERE head IS NOT NULL)"
	case access.Employee:
		who = "$1 <> '' AND $2 > 0" // whoever is no consultant
	case "":
		return nil, nil
	}
	people, err := r.Reading().Texts("SELECT a.person FROM signin_account a JOIN org_person p ON p.id = a.person WHERE NOT a.disabled AND ("+who+") ORDER BY p.name_key, a.person LIMIT "+strconv.Itoa(mostHolders), args...)
	if err != nil {
		return nil, err
	}
	all, err := signin.ActorsOf(r, people)
	return slices.DeleteFunc(all, func(a *access.Actor) bool { return !slices.Contains(a.Roles, role) }), err
}
