package settings

import (
	"slices"
	"time"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/modules/identity"
)

// grantJSON is a grant of a role for programs.
type grantJSON struct {
	power
	Until *records.Moment `json:"until,omitempty"` // absent: no end
	Waits bool            `json:"waits,omitempty"` // for a second person; not for writing
}

// roleJSON is a role for programs.
type roleJSON struct {
	Name   string      `json:"name"`
	Title  string      `json:"title"`
	About  string      `json:"about,omitempty"`
	Own    bool        `json:"own"` // of the organisation's own, not one that ships
	Grants []grantJSON `json:"grants"`
}

type rolesJSON struct {
	Roles []roleJSON `json:"roles"`
}

var rolesOperation = api.Op("GET /roles", access.Settings, access.View, "All roles with what each gives: those that ship, as the organisation changed them, and its own.", func(u *records.Tx, _ struct{}) (out rolesJSON, err error) {
	add := func(name, title, about string, own bool) {
		if err == nil {
			var one roleJSON
			one, err = roleOut(u, roleJSON{Name: name, Title: title, About: about, Own: own})
			out.Roles = append(out.Roles, one)
		}
	}
	for _, role := range access.Roles() {
		add(role.Name, role.Title, role.About, false)
	}
	own, e := identity.OwnRoles(u)
	if e != nil {
		return out, e
	}
	for _, o := range own {
		add(o.Name, o.Title, o.About, true)
	}
	return out, err
})

func roleOut(u *records.Tx, role roleJSON) (roleJSON, error) {
	list, err := powersOf(u, role.Name)
	role.Grants = []grantJSON{}
	for _, h := range list {
		if !h.active() {
			continue
		}
		g := grantJSON{power: h.power, Waits: h.Waits}
		if !h.Until.IsZero() {
			at := records.MomentOf(h.Until)
			g.Until = &at
		}
		role.Grants = append(role.Grants, g)
	}
	return role, err
}

// roleIn is what a role shall be; an empty name makes one of the organisation's own.
type roleIn struct {
	Name    string      `json:"name,omitempty"`
	Title   string      `json:"title,omitempty"` // of an own one
	About   string      `json:"about,omitempty"` // of an own one
	Grants  []grantJSON `json:"grants"`          // all that it shall give
	Reason  string      `json:"reason"`
	Preview bool        `json:"preview,omitempty"` // only say what it would mean
}

type effectJSON struct {
	People []string `json:"people"` // ids
	Gains  []power  `json:"gains"`
	Loses  []power  `json:"loses"`
}

type roleChanged struct {
	Name    string       `json:"name"`    // "" of a preview of a new one
	Holders int          `json:"holders"` // looked at
	Effects []effectJSON `json:"effects"` // whom it means something, those first for whom it means the same
	Done    bool         `json:"done"`
}

var changeRoleOperation = api.Op("POST /roles", access.Settings, access.Admin, "Makes a role give exactly what is sent, or makes a new one; a preview says who would gain and lose what and changes nothing.", func(u *records.Tx, in roleIn) (out roleChanged, err error) {
	c := change{Name: in.Name, Title: in.Title, About: in.About, Want: wanted{}, Reason: in.Reason}
	for _, g := range in.Grants {
		if err := g.grant("").Check(); err != nil {
			return out, err
		}
		c.Want[g.power] = time.Time{}
		if g.Until != nil {
			c.Want[g.power] = g.Until.Time()
		}
	}
	if err := lockedOut(in.Name, c.Want); err != nil {
		return out, err
	}
	if out, err = effectsOut(u, in.Name, c.Want); err != nil || in.Preview {
		return out, err
	}
	out.Name, err = keepRole(u, c)
	out.Done = err == nil
	return out, err
})

type roleGone struct {
	Name    string `json:"name"`
	Preview bool   `json:"preview,omitempty"`
}

var removeRoleOperation = api.Op("POST /roles/{name}/remove", access.Settings, access.Admin, "Takes one of the organisation's own roles away, from all who hold it; a preview says what they would lose.", func(u *records.Tx, in roleGone) (out roleChanged, err error) {
	if shipped(in.Name) {
		return out, fail.New(fail.Conflict, "settings.roles.ships-stays", "A role that ships stays. Withdraw what it gives.")
	}
	if out, err = effectsOut(u, in.Name, wanted{}); err != nil || in.Preview {
		return out, err
	}
	err = removeRole(u, in.Name)
	out.Done = err == nil
	return out, err
})

// effectsOut says what a change means; of a role that is none, 'not found'.
func effectsOut(u *records.Tx, name string, want wanted) (out roleChanged, err error) {
	if name != "" && !shipped(name) {
		own, err := identity.OwnRoles(u)
		if err != nil {
			return out, err
		}
		if !slices.ContainsFunc(own, func(o identity.OwnRole) bool { return o.Name == name }) {
			return out, records.NotFound()
		}
	}
	list, holders, err := effects(u, name, want)
	out = roleChanged{Name: name, Holders: holders, Effects: []effectJSON{}}
	for _, e := range list {
		out.Effects = append(out.Effects, effectJSON{e.People, orEmpty(e.Gains), orEmpty(e.Loses)})
	}
	return out, err
}

func orEmpty(list []power) []power {
	if list == nil {
		return []power{}
	}
	return list
}
