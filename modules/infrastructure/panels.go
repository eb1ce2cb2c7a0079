package infrastructure

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"steward/collect/fact"
	"steward/kernel/records"
	"steward/kernel/web"
)

// few is how many facts of a set a panel shows.
const few = 8

func ownPanels() []web.Panel {
	return []web.Panel{
		{Type: Hosts, Place: web.Strip, Show: stripPanel},
		{Type: Hosts, Place: web.Main, Show: updatesPanel},
		{Type: Hosts, Place: web.Main, Show: softwarePanel},
		{Type: Hosts, Place: web.Main, Show: programsPanel},
		{Type: Hosts, Place: web.Main, Show: networkPanel},
		{Type: Hosts, Place: web.Main, Show: portsPanel},
		{Type: Hosts, Place: web.Main, Show: disksPanel},
		{Type: Hosts, Place: web.Main, Show: accountsPanel},
		{Type: Hosts, Place: web.Main, Show: changesPanel},
		{Type: Hosts, Place: web.Aside, Show: sourcesPanel},
		{Type: Catalogue, Place: web.Strip, Show: allowPanel},
		{Type: Catalogue, Place: web.Main, Show: installedPanel},
	}
}

// stripPanel is the host in seven figures, with what can be done.
func stripPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	v := &web.PanelView{}
	at, now, err := lately(r, h.ID)
	if err != nil {
		return nil, err
	}
	last := web.StripItem{Label: r.T("infrastructure.strip.seen", "Last seen"), Value: web.Unknown, Note: r.T("infrastructure.strip.never", "never reported")}
	if at.Set {
		last.Value, last.Note = r.Ago(at.V), r.Moment(at.V)
		if hours := r.View.Now.Sub(at.V.Time()).Hours(); hours > 24 {
			last.State = "warn"
		}
	}
	v.Strip = append(v.Strip, last)
	security := web.StripItem{Label: r.T("infrastructure.strip.security", "Security updates"), Value: web.Unknown, Href: "#updates"}
	if h.SecurityPending.Set {
		security.Value = r.Lang.Int(h.SecurityPending.V)
		if h.SecurityPending.V > 0 {
			security.State = "bad"
		}
	}
	if h.SecuritySince.Set {
		security.Note = r.T("infrastructure.strip.since", "oldest: {when}", "when", r.Ago(h.SecuritySince.V))
	}
	v.Strip = append(v.Strip, security)
	protection := func(label, field, state string, notes ...string) {
		item := web.StripItem{Label: label, Value: web.Unknown, Note: strings.Join(slices.DeleteFunc(notes, func(s string) bool { return s == "" }), " · ")}
		f := Hosts.Def().Field(field)
		for _, o := range f.Options {
			if o.Value == state {
				item.Value, item.State = r.OptionLabel(Hosts.Def(), f, o), o.State
			}
		}
		v.Strip = append(v.Strip, item)
	}
	age := ""
	if h.SignaturesAt.Set {
		age = r.T("infrastructure.strip.signatures", "signatures {when}", "when", r.Ago(h.SignaturesAt.V))
	}
	protection(r.T("infrastructure.strip.antivirus", "Antivirus"), "antivirus_state", string(h.AntivirusState.V), h.Antivirus.V, age)
	rules := ""
	if h.FirewallRules.Set {
		rules = r.T("infrastructure.strip.rules", "{count} {count|rule|rules}", "count", h.FirewallRules.V)
	}
	protection(r.T("infrastructure.strip.firewall", "Firewall"), "firewall_state", string(h.FirewallState.V), h.Firewall.V, rules)
	support := web.StripItem{Label: r.T("infrastructure.strip.support", "System supported until"), Value: web.Unknown, Note: h.OSName.V}
	switch {
	case h.OSSupportEnds.Set:
		support.Value = r.Day(h.OSSupportEnds.V)
		if h.OSSupportEnds.V < r.Today() {
			support.State = "bad"
		} else if h.OSSupportEnds.V < r.Today().AddDays(180) {
			support.State = "warn"
		}
	case h.OSSupportOver.Or(false):
		support.Value, support.State = r.T("infrastructure.strip.over", "Over"), "bad"
	}
	v.Strip = append(v.Strip, support)
	address, err := addressItem(r, h.ID)
	if err != nil {
		return nil, err
	}
	v.Strip = append(v.Strip, address, spaceItem(r, now))
	if h.MergedInto.Set {
		v.Actions = append(v.Actions, web.Action{Text: r.T("infrastructure.unmerge", "Undo the merge"), Icon: "arrow-back-up", Href: Hosts.Path(h.ID) + "/unmerge", Post: true})
	}
	return v, nil
}

// factsOf tells how many facts of a set a host has; false if it never told.
func factsOf(r *web.Request, id records.ID[Host], set string) (n int64, told bool, err error) {
	told, err = r.View.Row("SELECT count FROM fact_set WHERE record = $1 AND name = $2", []any{string(id), set}, &n)
	return n, told, err
}

// panel makes a panel of a table; sub is what stands beside its title.
func panel(r *web.Request, id, title, sub string, t *table) (*web.PanelView, error) {
	t.Label = r.T("kernel.web.table", "{name}, table", "name", title)
	body, err := t.body(r)
	return &web.PanelView{ID: id, Title: title, Sub: sub, Body: body}, err
}

func updatesPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	_, told, err := factsOf(r, h.ID, "update")
	if err != nil || !told {
		return nil, err
	}
	t, n, err := updatesTable(r, h.ID, few)
	if err != nil {
		return nil, err
	}
	v, err := panel(r, "updates", r.T("infrastructure.updates.title", "Pending updates"), r.T("infrastructure.updates.count", "{count} {count|update|updates}", "count", n), t)
	if err == nil && n > few {
		v.More, v.MoreText = Hosts.Path(h.ID)+"/updates", r.T("kernel.web.all", "All")
	}
	return v, err
}

// updatesTable lists pending updates, those that mend security first; most is
// how many, 0 for all. n is how many there are.
func updatesTable(r *web.Request, id records.ID[Host], most int) (t *table, n int, err error) {
	all, err := Updates.List(r.View, id, false)
	if err != nil {
		return nil, 0, err
	}
	rank := func(u Update) int {
		switch {
		case u.Security.Or(false):
			return 0
		case !u.Security.Set:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(all, func(a, b records.Fact[Update]) int { return rank(a.V) - rank(b.V) })
	n = len(all)
	if most > 0 {
		all = all[:min(n, most)]
	}
	t = &table{Empty: r.T("infrastructure.updates.none", "Everything is up to date")}
	for _, s := range []string{r.T("infrastructure.updates.name", "Package"), r.T("infrastructure.updates.installed", "Installed"), r.T("infrastructure.updates.offered", "Offered"), r.T("infrastructure.updates.security", "Security"), r.T("infrastructure.updates.since", "Pending since")} {
		t.head(s)
	}
	for _, f := range all {
		mark, since := yes(r, f.V.Security), moment(r, f.FirstSeen)
		if f.V.Security.Or(false) {
			mark.State = "bad"
		}
		if f.V.Since.Set {
			since = moment(r, f.V.Since.V)
		}
		t.row(plain(f.V.Name), optional(f.V.Installed), optional(f.V.Offered), mark, since)
	}
	return t, n, nil
}

type factsPage struct {
	Title, Count, Path, Host string
	Table                    template.HTML
}

var factsTemplate = web.MustPage[factsPage](files, "pages/facts.html")

// showUpdates lists all pending updates of a host.
func showUpdates(w http.ResponseWriter, r *web.Request) error {
	h, err := Hosts.Get(r.View, records.ID[Host](r.PathValue("id")))
	if err != nil {
		return err
	}
	t, n, err := updatesTable(r, h.ID, 0)
	if err != nil {
		return err
	}
	p := factsPage{Title: r.T("infrastructure.updates.of", "Pending updates of {name}", "name", h.Name), Count: r.T("infrastructure.updates.count", "{count} {count|update|updates}", "count", n), Path: Hosts.Path(h.ID), Host: h.Name}
	t.Label = r.T("kernel.web.table", "{name}, table", "name", p.Title)
	if p.Table, err = t.body(r); err != nil {
		return err
	}
	return factsTemplate.Show(w, r, web.Shell{Title: p.Title, Crumbs: []web.Crumb{{Title: r.Plural(Hosts.Def()), Href: Hosts.Def().Path("")}, {Title: h.Name, Href: p.Path}}}, p)
}

func softwarePanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	n, told, err := factsOf(r, h.ID, "package")
	if err != nil || !told {
		return nil, err
	}
	rows, err := packages(r, h.ID, "", false, "", few)
	if err != nil {
		return nil, err
	}
	v, err := panel(r, "software", r.T("infrastructure.software.title", "Software"), r.T("infrastructure.software.count", "{count} {count|package|packages}", "count", n), packageTable(r, rows, false))
	if err == nil {
		v.More, v.MoreText = Hosts.Path(h.ID)+"/software", r.T("infrastructure.software.all", "All, with search")
	}
	return v, err
}

func programsPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	all, err := Programs.List(r.View, h.ID, false)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &table{}
	for _, s := range []string{r.T("infrastructure.programs.product", "Product"), r.T("infrastructure.programs.kind", "Kind"), r.T("infrastructure.programs.version", "Version"), r.T("infrastructure.programs.running", "Running"), r.T("infrastructure.programs.ports", "Ports")} {
		t.head(s)
	}
	for _, f := range all {
		t.row(plain(strings.TrimSpace(f.V.Product+" "+f.V.Instance)), plain(f.V.Sort), optional(f.V.Version), yes(r, f.V.Running), optional(f.V.Ports))
	}
	return panel(r, "programs", r.T("infrastructure.programs.title", "Databases and servers found"), "", t)
}

func networkPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	all, err := Interfaces.List(r.View, h.ID, false)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	addresses, err := Addresses.List(r.View, h.ID, false)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	for _, a := range addresses {
		s := a.V.Address
		if a.V.Prefix.Set {
			s = fmt.Sprintf("%s/%d", s, a.V.Prefix.V)
		}
		of[a.V.Interface] = append(of[a.V.Interface], s)
	}
	t := &table{}
	for _, s := range []string{r.T("infrastructure.network.interface", "Interface"), r.T("infrastructure.network.addresses", "Addresses"), r.T("infrastructure.network.mac", "Hardware address"), r.T("infrastructure.network.gateway", "Gateway"), r.T("infrastructure.network.up", "Up")} {
		t.head(s)
	}
	for _, f := range all {
		t.row(plain(f.V.Name), mono(strings.Join(of[f.V.Name], "  ")), mono(f.V.MAC.V), mono(f.V.Gateway.V), yes(r, f.V.Up))
	}
	return panel(r, "network", r.T("infrastructure.network.title", "Network"), "", t)
}

func portsPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	all, err := Ports.List(r.View, h.ID, false)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &table{}
	t.head(r.T("infrastructure.ports.port", "Port"))
	t.head(r.T("infrastructure.ports.address", "Address"))
	t.head(r.T("infrastructure.ports.process", "Process"))
	t.head(r.T("infrastructure.ports.account", "Account"))
	for _, f := range all[:min(len(all), 50)] {
		t.row(mono(fmt.Sprintf("%d/%s", f.V.Port, f.V.Protocol)), mono(f.V.Address), optional(f.V.Process), optional(f.V.Account))
	}
	return panel(r, "ports", r.T("infrastructure.ports.title", "Listening ports"), r.T("infrastructure.ports.count", "{count} {count|port|ports}", "count", len(all)), t)
}

// lately is when the host was heard of last, and what was said by the minute then.
func lately(r *web.Request, id records.ID[Host]) (at records.Opt[records.Moment], v fact.Volatile, err error) {
	var raw string
	var seen int64
	found, err := r.View.Row("SELECT seen_at, volatile FROM infrastructure_host_seen WHERE host = $1 ORDER BY seen_at DESC LIMIT 1", []any{string(id)}, &seen, &raw)
	if err != nil || !found {
		return at, v, err
	}
	return records.Some(records.Moment(seen)), v, json.Unmarshal([]byte(raw), &v)
}

func disksPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	systems, err := Filesystems.List(r.View, h.ID, false)
	if err != nil {
		return nil, err
	}
	disks, err := Disks.List(r.View, h.ID, false)
	if err != nil || len(systems)+len(disks) == 0 {
		return nil, err
	}
	_, now, err := lately(r, h.ID)
	if err != nil {
		return nil, err
	}
	t := &table{}
	t.head(r.T("infrastructure.disks.name", "Disk or file system"))
	t.head(r.T("infrastructure.disks.kind", "Kind"))
	t.number(r.T("infrastructure.disks.size", "Size"))
	t.number(r.T("infrastructure.disks.free", "Free"))
	t.head(r.T("infrastructure.disks.encrypted", "Encrypted"))
	for _, f := range disks {
		kind := strings.Join(slices.DeleteFunc([]string{f.V.Sort.V, f.V.Vendor.V, f.V.Model.V}, func(s string) bool { return s == "" }), " ")
		t.row(plain(f.V.Name), plain(kind), size(r, f.V.Bytes), plain(""), plain(""))
	}
	for _, f := range systems {
		free := plain("")
		for _, u := range now.Usage {
			if u.Mount == f.V.Mount {
				free = plain(r.Lang.Size(u.Free))
				if whole := u.Free + u.Used; whole > 0 && u.Free*10 < whole {
					free.State = "warn"
				}
			}
		}
		t.row(mono(f.V.Mount), plain(f.V.Format), size(r, f.V.Bytes), free, yes(r, f.V.Encrypted))
	}
	return panel(r, "disks", r.T("infrastructure.disks.title", "Disks"), "", t)
}

func accountsPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	all, err := Accounts.List(r.View, h.ID, false)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	t := &table{Empty: r.T("infrastructure.accounts.none", "Nobody can sign in")}
	t.head(r.T("infrastructure.accounts.name", "Account"))
	t.head(r.T("infrastructure.accounts.title-of", "Full name"))
	t.head(r.T("infrastructure.accounts.admin", "Administrator"))
	t.head(r.T("infrastructure.accounts.password", "Password"))
	t.number(r.T("infrastructure.accounts.keys", "SSH keys"))
	for _, f := range all {
		if !f.V.Admin && !f.V.Login.Or(true) {
			continue // what the system itself needs and nobody can use
		}
		keys := plain("")
		if f.V.Keys.Set {
			keys = plain(r.Lang.Int(f.V.Keys.V))
		}
		t.row(plain(f.V.Name), optional(f.V.Title), yes(r, records.Some(f.V.Admin)), optional(f.V.Password), keys)
	}
	return panel(r, "accounts", r.T("infrastructure.accounts.title", "Accounts that can sign in or administer"), r.T("infrastructure.accounts.count", "{count} {count|account|accounts} altogether", "count", len(all)), t)
}

// changesPanel lists what was installed, changed or removed last.
func changesPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	h := rec.V.(*Host)
	t := &table{}
	t.head(r.T("infrastructure.changes.what", "What"))
	t.head(r.T("infrastructure.changes.change", "Change"))
	t.head(r.T("infrastructure.changes.when", "When"))
	// The first inventory is no change of anything.
	err := r.View.Each(`SELECT x.name, x.version, x.first_seen, x.changed_at, x.gone_at FROM infrastructure_host_package x
WHERE x.parent = $1 AND x.changed_at > (SELECT MIN(y.first_seen) FROM infrastructure_host_package y WHERE y.parent = $1)
ORDER BY x.changed_at DESC, x.name LIMIT 20`, []any{string(h.ID)}, func(rows *sql.Rows) error {
		var name string
		var version sql.NullString
		var first, changed int64
		var gone sql.NullInt64
		if err := rows.Scan(&name, &version, &first, &changed, &gone); err != nil {
			return err
		}
		what := r.T("infrastructure.changes.to", "now {version}", "version", cmp.Or(version.String, web.Unknown))
		switch {
		case gone.Valid:
			what = r.T("infrastructure.changes.removed", "removed")
		case first == changed:
			what = r.T("infrastructure.changes.installed", "installed, {version}", "version", cmp.Or(version.String, web.Unknown))
		}
		t.row(plain(name), plain(what), moment(r, records.Moment(changed)))
		return nil
	})
	if err != nil || len(t.Rows) == 0 {
		return nil, err
	}
	return panel(r, "changes", r.T("infrastructure.changes.title", "Changes of software"), "", t)
}

type sourcesView struct {
	Sources       []sourceView
	Gaps, Refused []string
}

type sourceView struct{ Name, Note, Seen string }

var sourcesTemplate = web.MustPage[sourcesView](files, "pages/sources.html")

// sourcesPanel says who told what is known, what could not be seen and which
// right would show it, and which marks of identity are not believed.
func sourcesPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	var v sourcesView
	err := r.View.Each(`SELECT o.source, o.collector, o.at, o.sections, s.seen_at FROM infrastructure_host_source o
JOIN infrastructure_host_seen s ON s.via = o.via AND s.source = o.source
WHERE o.host = $1 ORDER BY s.seen_at DESC LIMIT 20`, []any{rec.ID()}, func(rows *sql.Rows) error {
		var source, collector, raw string
		var at, seen int64
		if err := rows.Scan(&source, &collector, &at, &raw, &seen); err != nil {
			return err
		}
		name := source
		switch {
		case strings.HasPrefix(source, "agent:self"):
			name = r.T("infrastructure.sources.self", "Steward on this machine")
		case strings.HasPrefix(source, "agent:"):
			name = r.T("infrastructure.sources.agent", "Agent")
		}
		v.Sources = append(v.Sources, sourceView{name, collector + " · " + r.T("infrastructure.sources.changed", "last news {when}", "when", r.Ago(records.Moment(at))), r.Ago(records.Moment(seen))})
		var inv fact.Inventory
		if err := json.Unmarshal([]byte(raw), &inv); err != nil {
			return err
		}
		if len(v.Sources) > 1 {
			return nil // the gaps of the one that spoke last count
		}
		for _, g := range inv.AllGaps() {
			s := line(g.What, 200) + ": " + line(g.Why, 200)
			if g.Needs != "" {
				s += " → " + line(g.Needs, 200)
			}
			v.Gaps = append(v.Gaps, s)
		}
		_, refused := inv.Identity.Value.Evidence(inv.Hardware.Value.Vendor)
		for _, e := range refused {
			v.Refused = append(v.Refused, r.Tell(evidenceWord(e.Kind).With())+" "+line(e.Value, 100)+": "+e.Why)
		}
		return nil
	})
	if err != nil || len(v.Sources) == 0 {
		return nil, err
	}
	body, err := sourcesTemplate.Body(r, v)
	return &web.PanelView{ID: "sources", Title: r.T("infrastructure.sources.title", "Where this is from"), Body: body}, err
}

// installedPanel lists the hosts that have a program of the catalogue.
func installedPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	s := rec.V.(*Software)
	var ids []string
	version := map[string]string{}
	err := r.View.Each(`SELECT p.parent, MAX(p.version) FROM infrastructure_host_package p
JOIN infrastructure_host h ON h.id = p.parent
WHERE p.name = $1 AND p.manager = $2 AND p.gone_at IS NULL AND h.archived_at IS NULL GROUP BY p.parent ORDER BY p.parent LIMIT 200`, []any{s.Name, s.Manager}, func(rows *sql.Rows) error {
		var id string
		var v sql.NullString
		err := rows.Scan(&id, &v)
		ids, version[id] = append(ids, id), v.String
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	labels, err := Hosts.Def().Labels(r.View, ids)
	if err != nil {
		return nil, err
	}
	t := &table{}
	t.head(r.T("infrastructure.host.one", "Host"))
	t.head(r.T("infrastructure.installed.version", "Version"))
	for _, id := range ids {
		l, ok := labels[id]
		if !ok {
			continue
		}
		t.row(web.Cell{Text: l.Title, Href: l.Path}, plain(version[id]))
	}
	t.Empty = r.T("infrastructure.installed.hidden", "On hosts that you may not see")
	return panel(r, "installed", r.T("infrastructure.installed.title", "Installed on"), r.T("infrastructure.installed.count", "{count} {count|host|hosts}", "count", s.Hosts), t)
}
