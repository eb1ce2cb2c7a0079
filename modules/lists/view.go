package lists

import (
	"database/sql"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// View is a list's filter, order and columns under a name.
type View struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Person string `json:"person"` // whose it is
	Name   string `json:"name"`
	Query  string `json:"query"`  // of the list's address
	Shared string `json:"shared"` // "" with nobody, "all", "role:NAME", "unit:ID"
	// Default says that the reader's list opens with it.
	Default bool `json:"default"`
}

// most is how many views one person keeps of a type, and how many are shown.
const (
	mostOwn   = 50
	mostShown = 100
	maxName   = 60
)

// Views are those of a type that the reader may use, own and shared, by name.
func Views(r records.Reader, d *records.Def) ([]View, error) {
	a := r.Reading().Actor
	if a == nil || a.Person == "" {
		return nil, nil
	}
	args := []any{d.Name, a.Person}
	shared := []string{"'all'"}
	add := func(s string) {
		args = append(args, s)
		shared = append(shared, "$"+strconv.Itoa(len(args)))
	}
	for _, role := range a.Roles {
		add("role:" + role)
	}
	for _, unit := range a.Units {
		add("unit:" + unit)
	}
	var out []View
	err := r.Reading().Each(`SELECT v.id, v.type, v.person, v.name, v.query, v.shared, d.view IS NOT NULL
FROM lists_view v LEFT JOIN lists_default d ON d.view = v.id AND d.person = $2
WHERE v.type = $1 AND (v.person = $2 OR v.shared IN (`+strings.Join(shared, ", ")+`)
	OR v.shared IN (SELECT 'unit:' || c.ancestor FROM org_unit_closure c JOIN org_person p ON p.unit = c.descendant WHERE p.id = $2))
ORDER BY v.name_key, v.id LIMIT `+strconv.Itoa(mostShown), args, func(rows *sql.Rows) error {
		var v View
		err := rows.Scan(&v.ID, &v.Type, &v.Person, &v.Name, &v.Query, &v.Shared, &v.Default)
		out = append(out, v)
		return err
	})
	return out, err
}

// find returns a view that the reader may use, or NotFound.
func find(r records.Reader, d *records.Def, id string) (View, error) {
	all, err := Views(r, d)
	if at := slices.IndexFunc(all, func(v View) bool { return v.ID == id }); at >= 0 {
		return all[at], err
	}
	if err == nil {
		err = records.NotFound()
	}
	return View{}, err
}

// Canonical is a list's query as a view keeps it: without the page and the view,
// refused where the list would refuse it.
func Canonical(r records.Reader, d *records.Def, in url.Values) (string, error) {
	out := url.Values{}
	for k, vs := range in {
		if !slices.Contains([]string{"after", "before", "view", "limit", "fields"}, k) {
			out[k] = slices.DeleteFunc(slices.Clone(vs), func(v string) bool { return v == "" })
		}
	}
	if _, err := records.ParseQuery(r, d, out); err != nil {
		return "", err
	}
	by := strings.TrimPrefix(out.Get("sort"), "-")
	f, err := d.Filter(r, by)
	if err != nil {
		return "", err
	}
	if f == nil && by != "" && out.Get("sort") != d.DefaultSort {
		return "", fail.Named("sort", "lists.sort", "This list cannot be ordered by {field}.").With("field", by)
	}
	text := out.Encode()
	if len(text) > 4000 {
		return "", fail.New(fail.Invalid, "lists.long", "This filter is too long to be kept.")
	}
	return text, nil
}

// checkName refuses a name that could not be read above a list.
func checkName(name string) (string, error) {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) }) {
		return "", fail.Named("name", "kernel.records.not-text", "This contains bytes that are not text.")
	}
	name = strings.Join(strings.Fields(name), " ")
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		return "", fail.Named("name", "lists.name", "Give the view a name of 1 to {max} characters.").With("max", maxName)
	}
	return name, nil
}

// Save keeps a view: a new one without an id, else the actor's own one, whose
// name, query and readers it replaces.
func Save(u *records.Tx, d *records.Def, v View) (View, error) {
	if u.Actor.Person == "" || u.Actor.Kind != access.PersonKind {
		return v, fail.New(fail.Forbidden, "lists.person", "Only a person keeps views.")
	}
	if !d.MayAny(u, access.View) {
		return v, records.NotFound()
	}
	var err error
	if v.Name, err = checkName(v.Name); err != nil {
		return v, err
	}
	var before View
	if v.ID != "" {
		if before, err = own(u, d, v.ID); err != nil {
			return v, err
		}
	}
	if v.Shared != before.Shared {
		if err := mayShare(u, v.Shared); err != nil {
			return v, err
		}
	}
	var same, many int
	if _, err := u.Row("SELECT COUNT(*), COALESCE(SUM(CASE WHEN name_key = $3 AND id <> $4 THEN 1 ELSE 0 END), 0) FROM lists_view WHERE type = $1 AND person = $2",
		[]any{d.Name, u.Actor.Person, records.Key(v.Name), v.ID}, &many, &same); err != nil {
		return v, err
	}
	switch {
	case same > 0:
		return v, fail.Named("name", "lists.taken", "You have a view with this name; choose another, or overwrite that one.")
	case v.ID == "" && many >= mostOwn:
		return v, fail.Named("name", "lists.many", "You keep {max} views of this list already; delete one first.").With("max", mostOwn)
	}
	if v.ID == "" {
		v.ID = u.NewID()
	}
	v.Type, v.Person = d.Name, u.Actor.Person
	_, err = u.Exec(`INSERT INTO lists_view (id, type, person, name, name_key, query, shared, made_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (id) DO UPDATE SET name = $4, name_key = $5, query = $6, shared = $7, changed_at = $8`,
		v.ID, v.Type, v.Person, v.Name, records.Key(v.Name), v.Query, v.Shared, u.Now.UnixMicro())
	return v, err
}

// own returns a view that is the actor's to change; a shared one of somebody
// else's is refused.
func own(u *records.Tx, d *records.Def, id string) (View, error) {
	v, err := find(u, d, id)
	if err == nil && v.Person != u.Actor.Person {
		err = fail.New(fail.Forbidden, "lists.not-yours", "This view is somebody else's. Save it under a name of your own.")
	}
	return v, err
}

// mayShare refuses to share with whom the actor does not answer for: managers and
// administrators share with everybody, heads of units with their units.
func mayShare(u *records.Tx, with string) error {
	if with == "" {
		return nil
	}
	kind, id, _ := strings.Cut(with, ":")
	wide := slices.Contains(u.Actor.Roles, access.MISManager) || slices.Contains(u.Actor.Roles, access.Administrator)
	switch {
	case kind == "unit" && slices.Contains(u.Actor.Units, id):
		return nil
	case !wide:
	case with == "all":
		return nil
	case kind == "role":
		if _, ok := access.RoleNamed(id); ok {
			return nil
		}
	case kind == "unit":
		var n int
		if _, err := u.Row("SELECT COUNT(*) FROM org_unit WHERE id = $1", []any{id}, &n); err != nil || n > 0 {
			return err
		}
	}
	if !wide {
		return fail.Named("shared", "lists.may-not-share", "Only managers share views, and heads of units with their units.")
	}
	return fail.Named("shared", "lists.share", "Choose with whom the view is shared.")
}

// Delete takes the actor's own view away, for all who used it.
func Delete(u *records.Tx, d *records.Def, id string) error {
	v, err := own(u, d, id)
	if err != nil {
		return err
	}
	if _, err := u.Exec("DELETE FROM lists_default WHERE view = $1", v.ID); err != nil {
		return err
	}
	_, err = u.Exec("DELETE FROM lists_view WHERE id = $1", v.ID)
	return err
}

// SetDefault opens the actor's list of the type with the view; "" with none.
func SetDefault(u *records.Tx, d *records.Def, id string) error {
	if _, err := u.Exec("DELETE FROM lists_default WHERE person = $1 AND type = $2", u.Actor.Person, d.Name); err != nil || id == "" {
		return err
	}
	v, err := find(u, d, id)
	if err != nil {
		return err
	}
	_, err = u.Exec("INSERT INTO lists_default (person, type, view) VALUES ($1, $2, $3)", u.Actor.Person, d.Name, v.ID)
	return err
}
