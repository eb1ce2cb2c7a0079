package identity

import (
	"slices"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

// OwnRole is a role that the organisation made, in its own words. What it gives are the
// grants to its name.
type OwnRole struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	About string `json:"about,omitempty"`
}

const ownRolesName = "access.roles"

// OwnRoles are the organisation's own roles, by their titles.
func OwnRoles(r records.Reader) (out []OwnRole, err error) {
	_, err = org.Setting(r, ownRolesName, &out)
	return out, err
}

// KeepOwnRoles keeps all of the organisation's own roles, and tells the change log.
func KeepOwnRoles(u *records.Tx, all []OwnRole) error { return org.Change(u, ownRolesName, all) }

// RoleTitle is what a role is called: one that ships in the reader's language, one of the
// organisation's own as it wrote it.
func RoleTitle(r *web.Request, name string) string {
	if role, ok := access.RoleNamed(name); ok {
		return r.T("kernel.access.role."+name, role.Title)
	}
	if r.View == nil {
		return name
	}
	own, err := OwnRoles(r.View)
	if at := slices.IndexFunc(own, func(o OwnRole) bool { return o.Name == name }); err == nil && at >= 0 {
		return own[at].Title
	}
	return name
}

// RoleNames are all roles that there are.
func RoleNames(r records.Reader) (out []string, err error) {
	for _, role := range access.Roles() {
		out = append(out, role.Name)
	}
	own, err := OwnRoles(r)
	for _, o := range own {
		out = append(out, o.Name)
	}
	return out, err
}

// Mapped reports whether a provider's groups give a role.
func (s Settings) Mapped(role string) bool {
	gives := func(m Map) bool { return m.Role == role }
	return slices.ContainsFunc(s.Directory.Roles, gives) || slices.ContainsFunc(s.OpenID.Roles, gives)
}
