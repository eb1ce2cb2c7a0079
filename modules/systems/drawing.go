package systems

import (
	"slices"

	"steward/kernel/records"
	"steward/kernel/web"
	"steward/lib/chart"
)

// naming shows parts by name to one reader; what the reader may not see has none.
type naming struct {
	r      *web.Request
	l      *Landscape
	labels map[records.Ref]records.Label
}

// name loads the names of parts, a batch a type.
func (l *Landscape) name(r *web.Request, refs []records.Ref) (*naming, error) {
	n := &naming{r: r, l: l, labels: map[records.Ref]records.Label{}}
	ids := map[string][]string{}
	for _, ref := range refs {
		typ, id := ref.Split()
		ids[typ] = append(ids[typ], id)
	}
	for _, d := range r.Site.Registry.Defs() {
		if len(ids[d.Name]) == 0 {
			continue
		}
		got, err := d.Labels(r.View, ids[d.Name])
		if err != nil {
			return nil, err
		}
		for id, label := range got {
			n.labels[records.MakeRef(d.Name, id)] = label
		}
	}
	return n, nil
}

func (n *naming) sees(ref records.Ref) bool { _, ok := n.labels[ref]; return ok }

func (n *naming) title(ref records.Ref) string {
	if l, ok := n.labels[ref]; ok {
		return l.Title
	}
	return n.r.T("systems.hidden", "Not for you to see")
}

// sub is what stands below a part's name: what it is.
func (n *naming) sub(p *Part) string {
	switch typ, _ := p.Ref.Split(); {
	case p.IsSystem():
		f := Systems.Def().Field("criticality")
		for _, o := range f.Options {
			if o.Value == string(p.Criticality) {
				return n.r.OptionLabel(Systems.Def(), f, o)
			}
		}
	case typ == componentType:
		f := Components.Def().Field("kind")
		for _, o := range f.Options {
			if o.Value == string(p.Kind) {
				return n.r.OptionLabel(Components.Def(), f, o)
			}
		}
	default:
		if d := n.r.Site.Registry.Def(typ); d != nil {
			return n.r.Singular(d)
		}
	}
	return ""
}

func (n *naming) icon(p *Part) string {
	typ, _ := p.Ref.Split()
	switch {
	case p.IsSystem():
		return "apps"
	case p.Kind == DatabaseServer, p.Kind == StoragePart:
		return "database"
	case p.Kind == Interface:
		return "affiliate"
	case typ == componentType:
		return "stack-2"
	}
	if d := n.r.Site.Registry.Def(typ); d != nil && d.IconName != "" {
		return d.IconName
	}
	return "server-2"
}

// node is a part as the drawing shows it.
func (n *naming) node(ref records.Ref, layer int, class string) chart.Thing {
	p := n.l.parts[ref]
	t := chart.Thing{ID: string(ref), Name: n.title(ref), Sub: n.sub(p), Icon: n.icon(p), Class: class, Layer: layer}
	if l, ok := n.labels[ref]; ok {
		t.Href = l.Path
	}
	return t
}

// draw draws parts with all lines between them.
func (n *naming) draw(title string, things []chart.Thing, class func(Line) string) chart.Scene {
	shown := map[string]bool{}
	for _, t := range things {
		shown[t.ID] = true
	}
	var arrows []chart.Arrow
	for line := range n.l.Lines() {
		if shown[string(line.From)] && shown[string(line.To)] {
			arrows = append(arrows, chart.Arrow{From: string(line.From), To: string(line.To), Class: class(line), Dash: line.Spare || line.Soft, Name: n.what(line)})
		}
	}
	return chart.Graph(chart.Frame{Title: title, Lang: n.r.Lang, First: n.r.T("systems.graph.part", "Part")}, things, arrows)
}

// what says what a line is for, to those who see the one that needs.
func (n *naming) what(line Line) string {
	if !n.sees(line.From) {
		return ""
	}
	return line.What
}

// around are the parts near a system: systems that need it or a part of it, what
// it is made of and needs, and what those need in turn.
func (l *Landscape) around(me records.Ref) (users, needs, below []records.Ref) {
	of := func(ref records.Ref) records.Ref {
		if s := l.System(ref); s != nil {
			return s.Ref
		}
		return ref
	}
	add := func(to *[]records.Ref, ref records.Ref) {
		if !slices.Contains(*to, ref) {
			*to = append(*to, ref)
		}
	}
	lines := l.Lines()
	for line := range lines {
		if line.From == me {
			add(&needs, line.To)
		}
	}
	for line := range lines {
		if slices.Contains(needs, line.From) && l.parts[line.From].Of == me && line.To != me && !slices.Contains(needs, line.To) {
			add(&below, line.To)
		}
		if of(line.To) == me && of(line.From) != me {
			add(&users, of(line.From))
		}
	}
	users = slices.DeleteFunc(users, func(u records.Ref) bool { return slices.Contains(needs, u) || slices.Contains(below, u) })
	return users, needs, below
}
