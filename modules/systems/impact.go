package systems

import (
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
)

// Bounds of what one page shows; what lies beyond is counted.
const (
	mostGiven  = 40  // parts that may fail at once
	mostChoice = 60  // parts offered
	mostRows   = 200 // systems, departments and parts listed
	mostDrawn  = 48  // nodes drawn
	mostChain  = 4   // causes named one after the other, and the last
)

type impactPage struct {
	Names    string // what fails, in words
	Chosen   bool
	Choices  []choiceView
	Search   string // looked for among systems, parts and hosts
	NotFound bool   // nothing of that name is part of a system
	Strip    []web.StripItem
	Graph    template.HTML
	Undrawn  int64
	Systems  []systemRow
	More     int64 // systems down that are not listed
	Hidden   int64 // systems down that are not for the reader to see
	Units    []unitRow
	Saved    []savedRow
	Hampered []linkView
	Singles  []singleRow
	OneName  string // the system whose single points are shown
}

type choiceView struct {
	Ref, Name, Sub string
	On             bool
}

type linkView struct{ Name, Href string }

type systemRow struct {
	linkView
	Pill          template.HTML
	Why           string
	Users, Within string
}

type unitRow struct {
	linkView
	Pill    template.HTML
	Systems int64
	Users   string
}

type savedRow struct {
	linkView
	Text string
	Bare bool
}

type singleRow struct {
	linkView
	Sub    string
	WhatIf string // what happens when it fails
}

var impactTemplate = web.MustPage[impactPage](files, "pages/impact.html")

// showImpact is the page 'What if this fails' for any number of parts.
func showImpact(w http.ResponseWriter, r *web.Request) error {
	l, err := ReadLandscape(r.View)
	if err != nil {
		return err
	}
	given, err := chosen(r)
	if err != nil {
		return err
	}
	p, err := impact(r, l, given)
	if err != nil {
		return err
	}
	return impactTemplate.Show(w, r, web.Shell{Title: r.T("systems.impact.title", "What if this fails"),
		Crumbs: []web.Crumb{{Title: r.Plural(Systems.Def()), Href: Systems.Def().Path("")}}}, p)
}

// chosen reads the parts named in the address; one that the reader may not see
// is not found.
func chosen(r *web.Request) ([]records.Ref, error) {
	var out []records.Ref
	for _, v := range r.URL.Query()["ref"] {
		ref := records.Ref(v)
		if slices.Contains(out, ref) {
			continue
		}
		typ, id := ref.Split()
		d := r.Site.Registry.Def(typ)
		if d == nil || !slices.Contains(parts, typ) || len(out) == mostGiven {
			return nil, records.NotFound()
		}
		if _, err := d.Get(r.View, id); err != nil {
			return nil, err
		}
		out = append(out, ref)
	}
	return out, nil
}

// impact computes everything the page shows.
func impact(r *web.Request, l *Landscape, given []records.Ref) (p impactPage, err error) {
	out, err := l.WhatIf(given...)
	if err != nil {
		return p, err
	}
	hits, err := Departments(r.View, out.Systems)
	if err != nil {
		return p, err
	}
	var singles []SinglePoint
	var one *Part
	if len(given) == 1 {
		if one = l.Part(given[0]); one != nil && one.IsSystem() {
			if singles, err = l.SinglePointsOf(r.Context(), one.Ref); err != nil {
				return p, err
			}
		}
	}
	offered := l.offered(given)
	if len(given) == 0 {
		if offered, err = l.mine(r); err != nil {
			return p, err
		}
	}
	if p.Search = strings.TrimSpace(r.URL.Query().Get("q")); p.Search != "" {
		found, err := l.named(r, p.Search)
		if err != nil {
			return p, err
		}
		if p.NotFound = len(found) == 0; !p.NotFound && len(given) == 0 {
			offered = nil
		}
		for _, ref := range slices.Backward(found) {
			if at := slices.Index(offered, ref); at >= 0 {
				offered = slices.Delete(slices.Clone(offered), at, at+1)
			}
			offered = slices.Insert(slices.Clone(offered), 0, ref)
		}
	}
	drawn := l.drawn(out)
	names, err := l.name(r, slices.Concat(given, offered, drawn, first(out.Systems, mostRows), first(out.Hampered, mostRows), lostIn(out.Saved), partsOf(singles)))
	if err != nil {
		return p, err
	}
	p.Chosen = len(given) > 0
	var said []string
	for _, ref := range given {
		said = append(said, names.title(ref))
	}
	p.Names = r.Lang.List(said...)
	for _, ref := range offered {
		if part := l.parts[ref]; names.sees(ref) && part != nil {
			p.Choices = append(p.Choices, choiceView{string(ref), names.title(ref), names.sub(part), slices.Contains(given, ref)})
		}
	}
	if !p.Chosen {
		return p, nil
	}
	if err := p.systems(names, out); err != nil {
		return p, err
	}
	if err := p.units(r, hits); err != nil {
		return p, err
	}
	for i, s := range out.Saved {
		if i < mostRows && names.sees(s.Part.Ref) {
			p.Saved = append(p.Saved, names.saved(s))
		}
	}
	for i, s := range out.Hampered {
		if i < mostRows && names.sees(s.Ref) {
			p.Hampered = append(p.Hampered, names.link(s.Ref))
		}
	}
	for i, s := range singles {
		if i < mostRows && names.sees(s.Part.Ref) {
			p.Singles = append(p.Singles, singleRow{linkView: names.link(s.Part.Ref), Sub: names.sub(s.Part), WhatIf: impactPath(s.Part.Ref)})
		}
	}
	if one != nil && one.IsSystem() {
		p.OneName = names.title(one.Ref)
	}
	p.Undrawn = int64(len(out.All) - countDown(out, drawn))
	p.Graph = names.outage(out, drawn)
	p.strip(r, out, hits)
	return p, nil
}

func impactPath(refs ...records.Ref) string {
	var b strings.Builder
	b.WriteString("/systems/impact")
	for i, ref := range refs {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString("ref=" + template.URLQueryEscaper(string(ref)))
	}
	return b.String()
}

func (p *impactPage) strip(r *web.Request, out *Outcome, hits []Hit) {
	critical, users, known := 0, int64(0), false
	for _, s := range out.Systems {
		if s.Criticality == MissionCritical {
			critical++
		}
	}
	for _, h := range hits {
		users, known = users+h.Users, known || h.Known
	}
	item := func(label string, value string, bad bool, note string) {
		s := web.StripItem{Label: label, Value: value, Note: note}
		if bad {
			s.State = "bad"
		}
		p.Strip = append(p.Strip, s)
	}
	n := func(i int) string { return r.Lang.Int(int64(i)) }
	item(r.T("systems.impact.down", "Systems down"), n(len(out.Systems)), critical > 0, r.T("systems.impact.critical", "{count} mission-critical", "count", critical))
	item(r.T("systems.impact.units", "Departments hit"), n(len(hits)), false, "")
	value := web.Unknown
	if known || len(hits) == 0 {
		value = r.Lang.Int(users)
	}
	item(r.T("systems.impact.users", "Users hit"), value, false, r.T("systems.impact.users-note", "each department's largest system"))
	item(r.T("systems.impact.saved", "Saved by redundancy"), n(len(out.Saved)), false, r.T("systems.impact.saved-note", "parts go on with what is left"))
	item(r.T("systems.impact.hampered", "Go on with less"), n(len(out.Hampered)), false, "")
}

// systems lists what is down with why, leaving out the given parts themselves.
func (p *impactPage) systems(n *naming, out *Outcome) error {
	ids := []string{} // not nil: none means none
	listed := out.Systems[:min(len(out.Systems), mostRows)]
	p.More = int64(len(out.Systems) - len(listed))
	for _, s := range listed {
		if _, id := s.Ref.Split(); n.sees(s.Ref) {
			ids = append(ids, id)
		}
	}
	page, err := Systems.Def().List(n.r.View, records.Query{IDs: ids})
	if err != nil {
		return err
	}
	byID := map[string]records.Record{}
	for _, rec := range page.Rows {
		byID[rec.ID()] = rec
	}
	d := Systems.Def()
	critical, users, rto := d.Field("criticality"), d.Field("users"), d.Field("rto_minutes")
	for _, s := range listed {
		_, id := s.Ref.Split()
		rec, ok := byID[id]
		if !ok {
			p.Hidden++
			continue
		}
		row := systemRow{linkView: n.link(s.Ref), Pill: n.r.Cell(d, critical, rec.Value(critical), nil).HTML(), Users: n.r.Cell(d, users, rec.Value(users), nil).Text, Within: web.Unknown}
		if v, ok := rec.Value(rto).(int64); ok {
			row.Within = minutes(n.r, records.Some(v))
		}
		row.Why = n.why(out, s.Ref)
		p.Systems = append(p.Systems, row)
	}
	return nil
}

// why is the chain of causes from a system to the part that failed.
func (n *naming) why(out *Outcome, ref records.Ref) string {
	f, _ := out.Down(ref)
	if f.Cause == nil {
		return n.r.T("systems.impact.itself", "fails itself")
	}
	chain := out.Chain(f)[1:]
	var names []string
	for i, id := range chain {
		switch {
		case i < mostChain || i == len(chain)-1:
			names = append(names, n.title(records.Ref(id)))
		case i == mostChain:
			names = append(names, "…")
		}
	}
	text := strings.Join(names, " → ")
	if f.Cause.Of > 1 && f.Cause.AtLeast < f.Cause.Of {
		text += " · " + n.r.T("systems.impact.left", "{left} of {of} left, {need} needed", "left", f.Cause.Left, "of", f.Cause.Of, "need", f.Cause.AtLeast)
	}
	return text
}

func (p *impactPage) units(r *web.Request, hits []Hit) error {
	var ids []string
	for _, h := range hits {
		if h.Unit != "" {
			ids = append(ids, h.Unit)
		}
	}
	labels, err := org.Units.Def().Labels(r.View, ids)
	if err != nil {
		return err
	}
	d := Uses.Def()
	f := d.Field("importance")
	for i, h := range hits {
		if i == mostRows {
			break
		}
		row := unitRow{Systems: int64(h.Systems), Users: web.Unknown, Pill: r.Cell(d, f, string(h.Importance), nil).HTML()}
		if h.Known {
			row.Users = r.Lang.Int(h.Users)
		}
		switch l, ok := labels[h.Unit]; {
		case ok:
			row.Name, row.Href = l.Title, l.Path
		case h.Unit == "":
			row.Name = r.T("systems.impact.no-unit", "Department not recorded")
		default:
			row.Name = r.T("systems.hidden", "Not for you to see")
		}
		p.Units = append(p.Units, row)
	}
	return nil
}

func (n *naming) link(ref records.Ref) linkView {
	v := linkView{Name: n.title(ref)}
	if l, ok := n.labels[ref]; ok {
		v.Href = l.Path
	}
	return v
}

func (n *naming) saved(s Saved) savedRow {
	var lost []string
	for _, ref := range s.Lost {
		lost = append(lost, n.title(ref))
	}
	text := n.r.T("systems.impact.goes-on", "goes on with {left} of {of}; without {lost}", "left", s.Left, "of", s.Of, "lost", n.r.Lang.List(lost...))
	if s.Spare == 0 {
		text += " · " + n.r.T("systems.impact.bare", "the next failure stops it")
	}
	return savedRow{linkView: n.link(s.Part.Ref), Text: text, Bare: s.Spare == 0}
}

// offered are the parts to choose from beside the chosen ones: what their
// systems are made of and need.
func (l *Landscape) offered(given []records.Ref) []records.Ref {
	out := slices.Clone(given)
	add := func(ref records.Ref) {
		if len(out) < mostChoice && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	for _, ref := range given {
		if l.parts[ref] == nil {
			continue
		}
		tops := []records.Ref{}
		if s := l.System(ref); s != nil {
			tops = append(tops, s.Ref)
		} else { // a host: the systems that need it
			for _, line := range l.lines {
				if s := l.System(line.From); line.To == ref && s != nil && !slices.Contains(tops, s.Ref) {
					tops = append(tops, s.Ref)
				}
			}
		}
		for _, top := range tops {
			for _, id := range l.Below(string(top)) {
				add(records.Ref(id))
			}
		}
	}
	return out
}

// mostFound is how many parts of each type a search offers.
const mostFound = 12

// named are the parts of the landscape that the reader may see and whose name
// contains the words.
func (l *Landscape) named(r *web.Request, words string) (found []records.Ref, err error) {
	for _, typ := range parts {
		d := r.Site.Registry.Def(typ)
		if d == nil || !d.MayAny(r.View, access.View) {
			continue
		}
		page, err := d.List(r.View, records.Query{Search: words, Limit: mostFound})
		if err != nil {
			return nil, err
		}
		for _, row := range page.Rows {
			if ref := records.MakeRef(typ, row.ID()); l.parts[ref] != nil {
				found = append(found, ref)
			}
		}
	}
	return found, nil
}

// mine are the systems in use that the reader may see, the most critical first.
func (l *Landscape) mine(r *web.Request) ([]records.Ref, error) {
	all, err := Systems.List(r.View, records.Query{Where: []records.Cond{records.In(&Systems.P.State, Introduced, Live, PhasingOut)}, Limit: 2000})
	if err != nil {
		return nil, err
	}
	var list []*Part
	for _, s := range all {
		if p := l.parts[Systems.Ref(s.ID)]; p != nil {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, byWeight)
	return first(list, mostChoice), nil
}

// drawn are the parts that the picture shows: what is down, wave by wave, and
// what stands in for it.
func (l *Landscape) drawn(out *Outcome) []records.Ref {
	var refs []records.Ref
	add := func(ref records.Ref) {
		if len(refs) < mostDrawn && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	for _, id := range out.All {
		add(records.Ref(id))
	}
	for _, s := range out.Saved {
		add(s.Part.Ref)
	}
	saved := map[records.Ref]bool{}
	for _, s := range out.Saved {
		saved[s.Part.Ref] = true
	}
	for _, line := range l.lines {
		if line.Spare && saved[line.From] {
			add(line.To)
		}
	}
	return refs
}

func countDown(out *Outcome, refs []records.Ref) (n int) {
	for _, ref := range refs {
		if _, down := out.Down(ref); down {
			n++
		}
	}
	return n
}

// outage draws how the failure spreads, from what stops on the left to what
// failed on the right.
func (n *naming) outage(out *Outcome, refs []records.Ref) template.HTML {
	last := 0
	for _, ref := range refs {
		f, _ := out.Down(ref)
		last = max(last, f.Wave)
	}
	saved := map[records.Ref]int{}
	for _, s := range out.Saved {
		wave := 0
		for _, ref := range s.Lost {
			f, _ := out.Down(ref)
			wave = max(wave, f.Wave)
		}
		saved[s.Part.Ref] = wave + 1
		last = max(last, wave+1)
	}
	stand := func(ref records.Ref) int { // the wave of what it stands in for
		for _, line := range n.l.lines {
			if wave, ok := saved[line.From]; ok && line.To == ref {
				return wave - 1
			}
		}
		return 0
	}
	var things []chart.Thing
	for _, ref := range refs {
		f, down := out.Down(ref)
		wave, isSaved := saved[ref]
		switch {
		case down && f.Cause == nil:
			things = append(things, n.node(ref, last, "me"))
		case down:
			things = append(things, n.node(ref, last-f.Wave, "bad"))
		case isSaved:
			things = append(things, n.node(ref, last-wave, "warn"))
		default:
			things = append(things, n.node(ref, last-stand(ref), "ok"))
		}
	}
	scene := n.draw(n.r.T("systems.impact.graph", "How the failure spreads"), things, func(line Line) string {
		_, from := out.down[line.From]
		_, to := out.down[line.To]
		switch {
		case from && to:
			return "bad"
		case to:
			return "warn"
		}
		return ""
	})
	return scene.HTML(n.r.T)
}

func first(list []*Part, most int) []records.Ref {
	var refs []records.Ref
	for _, p := range list[:min(len(list), most)] {
		refs = append(refs, p.Ref)
	}
	return refs
}

func lostIn(list []Saved) []records.Ref {
	var refs []records.Ref
	for _, s := range list[:min(len(list), mostRows)] {
		refs = append(refs, s.Part.Ref)
		refs = append(refs, s.Lost...)
	}
	return refs
}

func partsOf(list []SinglePoint) []records.Ref {
	var refs []records.Ref
	for _, s := range list[:min(len(list), mostRows)] {
		refs = append(refs, s.Part.Ref)
	}
	return refs
}

// minutes writes a time in minutes; unknown is "–".
func minutes(r *web.Request, n records.Opt[int64]) string {
	if !n.Set {
		return web.Unknown
	}
	return r.Lang.Duration(time.Duration(n.V) * time.Minute)
}
