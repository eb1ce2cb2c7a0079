package infrastructure

import (
	"database/sql"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"

	"steward/kernel/records"
	"steward/kernel/web"
)

// packageRow is one package as a page shows it.
type packageRow struct {
	name, manager, instance, arch string
	version, origin, vendor       sql.NullString
	bytes                         sql.NullInt64
	first                         int64
	gone                          sql.NullInt64
}

// key is where the next page begins.
func (p packageRow) key() string {
	return strings.Join([]string{p.name, p.arch, p.manager, p.instance}, "\x1f")
}

// packages reads a host's packages in the order of their key, after a key. The
// caller has read the host.
func packages(r *web.Request, host records.ID[Host], q string, gone bool, after string, limit int) ([]packageRow, error) {
	query := "SELECT name, arch, manager, instance, version, origin, vendor, bytes, first_seen, gone_at FROM infrastructure_host_package WHERE parent = $1"
	args := []any{string(host)}
	bind := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if !gone {
		query += " AND gone_at IS NULL"
	}
	if q != "" {
		like := bind("%" + escapeLike(strings.ToLower(q)) + "%")
		query += fmt.Sprintf(` AND (LOWER(name) LIKE %[1]s ESCAPE '\' OR LOWER(source) LIKE %[1]s ESCAPE '\' OR LOWER(vendor) LIKE %[1]s ESCAPE '\' OR LOWER(origin) LIKE %[1]s ESCAPE '\')`, like)
	}
	c := r.View.Dialect().Collate()
	if parts := strings.Split(after, "\x1f"); len(parts) == 4 {
		query += fmt.Sprintf(" AND (name%[1]s, arch%[1]s, manager%[1]s, instance%[1]s) > (%[2]s, %[3]s, %[4]s, %[5]s)", c, bind(parts[0]), bind(parts[1]), bind(parts[2]), bind(parts[3]))
	}
	query += fmt.Sprintf(" ORDER BY name%[1]s, arch%[1]s, manager%[1]s, instance%[1]s LIMIT %[2]d", c, limit)
	var out []packageRow
	err := r.View.Each(query, args, func(rows *sql.Rows) error {
		var p packageRow
		err := rows.Scan(&p.name, &p.arch, &p.manager, &p.instance, &p.version, &p.origin, &p.vendor, &p.bytes, &p.first, &p.gone)
		out = append(out, p)
		return err
	})
	return out, err
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

func packageTable(r *web.Request, rows []packageRow, gone bool) *table {
	t := &table{Empty: r.T("infrastructure.packages.none", "No package fits")}
	t.head(r.T("infrastructure.packages.name", "Name"))
	t.head(r.T("infrastructure.packages.version", "Version"))
	t.head(r.T("infrastructure.packages.from", "From"))
	t.head(r.T("infrastructure.packages.publisher", "Publisher"))
	t.number(r.T("infrastructure.packages.size", "Size"))
	t.head(r.T("infrastructure.packages.first", "First seen"))
	if gone {
		t.head(r.T("infrastructure.packages.gone-at", "Removed"))
	}
	for _, p := range rows {
		bytes := plain("")
		if p.bytes.Valid {
			bytes = plain(r.Lang.Size(p.bytes.Int64))
		}
		cells := []web.Cell{plain(p.name), plain(p.version.String), plain(p.origin.String), plain(p.vendor.String), bytes, moment(r, records.Moment(p.first))}
		if gone {
			cell := plain("")
			if p.gone.Valid {
				cell = moment(r, records.Moment(p.gone.Int64))
			}
			cells = append(cells, cell)
		}
		t.row(cells...)
	}
	return t
}

type packagesPage struct {
	Host, Path, Here, Q, Count, Shown string
	Gone                              bool
	Table                             template.HTML
	Prev, Next                        string
}

var packagesTemplate = web.MustPage[packagesPage](files, "pages/packages.html")

// showPackages lists all software of a host, with search and pages.
func showPackages(w http.ResponseWriter, r *web.Request) error {
	h, err := Hosts.Get(r.View, records.ID[Host](r.PathValue("id")))
	if err != nil {
		return err
	}
	in := r.URL.Query()
	p := packagesPage{Host: h.Name, Path: Hosts.Path(h.ID), Here: Hosts.Path(h.ID) + "/software", Q: strings.TrimSpace(in.Get("q")), Gone: in.Get("gone") != ""}
	if len(p.Q) > 200 || strings.ContainsRune(p.Q, 0) {
		p.Q = ""
	}
	n, _, err := factsOf(r, h.ID, "package")
	if err != nil {
		return err
	}
	p.Count = r.T("infrastructure.software.count", "{count} {count|package|packages}", "count", n)
	after := in.Get("after")
	if strings.ContainsRune(after, 0) {
		after = ""
	}
	rows, err := packages(r, h.ID, p.Q, p.Gone, after, web.PageSize+1)
	if err != nil {
		return err
	}
	link := func(after string) string {
		v := url.Values{}
		for name, s := range map[string]string{"q": p.Q, "gone": in.Get("gone"), "after": after} {
			if s != "" {
				v.Set(name, s)
			}
		}
		if len(v) == 0 {
			return p.Here
		}
		return p.Here + "?" + v.Encode()
	}
	if len(rows) > web.PageSize {
		rows = rows[:web.PageSize]
		p.Next = link(rows[len(rows)-1].key())
	}
	if after != "" {
		p.Prev = link("") // back to the first page; the browser's Back goes one back
	}
	p.Shown = r.T("infrastructure.packages.shown", "{count} {count|row|rows} on this page", "count", len(rows))
	t := packageTable(r, rows, p.Gone)
	t.Label = r.T("kernel.web.table", "{name}, table", "name", p.Host)
	if p.Table, err = t.body(r); err != nil {
		return err
	}
	return packagesTemplate.Show(w, r, web.Shell{Title: r.T("infrastructure.packages.title", "Software of {name}", "name", h.Name), Crumbs: []web.Crumb{{Title: r.Plural(Hosts.Def()), Href: Hosts.Def().Path("")}, {Title: h.Name, Href: p.Path}}}, p)
}
