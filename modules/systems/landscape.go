package systems

import (
	"cmp"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"steward/engine/graph"
	"steward/kernel/records"
)

// Landscape is all systems and what they need, read at once as a graph of needs.
// It is read as Steward itself, since what a part brings down does not depend on
// who asks; whoever shows it names only what the reader may see.
type Landscape struct {
	*graph.Graph
	parts map[records.Ref]*Part
	soft  []Line
	lines []Line
}

// Part is one node: a system in use, a component of one, or something outside
// this module that they need, such as a host.
type Part struct {
	Ref         records.Ref
	Name        string      // "" of what is outside
	Of          records.Ref // the system, of a component
	Kind        ComponentKind
	Criticality Criticality // of a system
	State       State       // of a system
	Unit        string      // of a system; "" unknown
	Users       records.Opt[int64]
	key         string // the name to sort by
}

// IsSystem says whether the part is an information system.
func (p *Part) IsSystem() bool { return p.Criticality != "" }

// Line leads from what needs to what is needed.
type Line struct {
	From, To records.Ref
	What     string // what for; "" when it is simply a part of it
	Spare    bool   // something else can replace it
	Soft     bool   // without it the one goes on, with less
}

// One query reads all: systems in use (1), parts (2), dependencies (3, 4).
const landscapeQuery = `SELECT 1 AS what, s.id AS id, s.name AS name, s.criticality AS a, s.state AS b, s.unit AS c, CAST(NULL AS TEXT) AS word, s.users AS n
FROM %s s
WHERE s.archived_at IS NULL AND s.state IN ('introduced', 'live', 'phasing-out')
UNION ALL
SELECT 2, c.id, c.name, c.system, c.kind, c.runs_on, c.redundancy, c.at_least
FROM %s c
WHERE c.archived_at IS NULL
UNION ALL
SELECT CASE d.effect WHEN 'hampers' THEN 4 ELSE 3 END, d.id, d.title, d.system, d.part, d.needs, d.redundancy, d.at_least
FROM %s d
WHERE d.archived_at IS NULL`

// kept is the landscape as it was read last, and what the records were then.
type kept struct {
	mu    sync.Mutex
	stamp string
	all   *Landscape
}

// ReadLandscape returns the graph, reading it again if a system, a component or a
// dependency has changed since. A dependency on something that is archived or not
// in use is left out: what is not there cannot fail.
func ReadLandscape(r records.Reader) (*Landscape, error) {
	v := r.Reading()
	k, _ := v.Database().Attached(keptKey{}).(*kept)
	if k == nil || !v.ReadsOnly() || !v.AsOf.IsZero() {
		return readLandscape(r)
	}
	stamp, err := landscapeStamp(v)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	all := k.all
	same := k.stamp == stamp
	k.mu.Unlock()
	if same {
		return all, nil
	}
	if all, err = readLandscape(r); err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.stamp, k.all = stamp, all
	k.mu.Unlock()
	return all, nil
}

type keptKey struct{}

// landscapeStamp differs whenever the records differ: each write adds one to a
// version, none is ever taken away, and ids rise with time.
func landscapeStamp(v *records.View) (stamp string, err error) {
	var each []string
	for _, d := range []*records.Def{Systems.Def(), Components.Def(), Dependencies.Def()} {
		each = append(each, "(SELECT COUNT(*) || ' ' || COALESCE(SUM(version), 0) || ' ' || COALESCE(MAX(id), '') FROM "+d.Table+")")
	}
	_, err = v.Row("SELECT "+strings.Join(each, " || ',' || "), nil, &stamp)
	return stamp, err
}

func readLandscape(r records.Reader) (*Landscape, error) {
	l := &Landscape{parts: map[records.Ref]*Part{}}
	b := &builder{Landscape: l, groups: map[string]*group{}}
	var all []row
	query, err := fromThen(r, landscapeQuery, Systems.Def(), Components.Def(), Dependencies.Def())
	if err != nil {
		return nil, err
	}
	err = r.Reading().Each(query, nil, func(rows *sql.Rows) error {
		var w row
		if err := rows.Scan(&w.what, &w.id, &w.name, &w.a, &w.b, &w.c, &w.word, &w.n); err != nil {
			return err
		}
		all = append(all, w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Sorted here: twice as fast as in the database, and the same on both.
	slices.SortFunc(all, func(x, y row) int { return cmp.Or(x.what-y.what, strings.Compare(x.id, y.id)) })
	for i := range all {
		b.add(&all[i])
	}
	return l, b.finish()
}

// fromThen completes a query with what the types are read from, so that it can be
// asked as of a moment too.
func fromThen(r records.Reader, query string, types ...*records.Def) (string, error) {
	var from []any
	for _, d := range types {
		s, err := d.Source(r)
		if err != nil {
			return "", err
		}
		from = append(from, s)
	}
	return fmt.Sprintf(query, from...), nil
}

type row struct {
	what        int
	id, name, a string
	b, c, word  sql.NullString
	n           sql.NullInt64
}

// group is a need while it is being read: members that stand in for each other.
type group struct {
	owner   records.Ref
	of      []string
	atLeast int   // 0: all of them
	lines   []int // in Landscape.lines
}

type builder struct {
	*Landscape
	nodes  []graph.Node
	groups map[string]*group
	order  []*group
	runsOn []Line
	deps   []row
}

func (b *builder) node(p *Part) {
	b.parts[p.Ref] = p
	b.nodes = append(b.nodes, graph.Node{ID: string(p.Ref)})
}

func (b *builder) add(w *row) {
	switch w.what {
	case 1:
		p := &Part{Ref: records.MakeRef(systemType, w.id), Name: w.name, Criticality: Criticality(w.a), State: State(w.b.String), Unit: w.c.String, key: records.Key(w.name)}
		if w.n.Valid {
			p.Users = records.Some(w.n.Int64)
		}
		b.node(p)
	case 2:
		of := records.MakeRef(systemType, w.a)
		if b.parts[of] == nil {
			return // its system is not in use
		}
		p := &Part{Ref: records.MakeRef(componentType, w.id), Name: w.name, Of: of, Kind: ComponentKind(w.b.String)}
		b.node(p)
		b.need(of, p.Ref, "", w.word.String, int(w.n.Int64))
		if w.c.Valid {
			b.runsOn = append(b.runsOn, Line{From: p.Ref, To: records.Ref(w.c.String)})
		}
	default:
		b.deps = append(b.deps, *w)
	}
}

// finish adds the needs, which may lead to parts that were read later, and makes
// the graph.
func (b *builder) finish() error {
	for _, l := range b.runsOn {
		b.need(l.From, l.To, "", "", 0)
	}
	for _, w := range b.deps {
		from := records.MakeRef(systemType, w.a)
		if w.b.Valid {
			from = records.MakeRef(componentType, w.b.String)
		}
		to := records.Ref(w.c.String)
		if w.what == 4 {
			if b.known(from, to) {
				b.soft = append(b.soft, Line{From: from, To: to, What: w.name, Soft: true})
			}
			continue
		}
		b.need(from, to, w.name, w.word.String, int(w.n.Int64))
	}
	needs := make([]graph.Need, 0, len(b.order))
	for _, g := range b.order {
		n := graph.Need{Node: string(g.owner), Of: g.of, AtLeast: min(g.atLeast, len(g.of))}
		needs = append(needs, n)
		if n.AtLeast > 0 && n.AtLeast < len(g.of) {
			for _, at := range g.lines {
				b.lines[at].Spare = true
			}
		}
	}
	if len(b.nodes) == 0 {
		return nil
	}
	var err error
	b.Graph, err = graph.New(b.nodes, needs)
	return err
}

// known says whether a line has both ends; what lies outside the module becomes
// a node when it is first needed.
func (b *builder) known(from, to records.Ref) bool {
	if b.parts[from] == nil || from == to {
		return false
	}
	if b.parts[to] == nil {
		if typ, _ := to.Split(); typ == systemType || typ == componentType {
			return false
		}
		b.node(&Part{Ref: to})
	}
	return true
}

func (b *builder) need(from, to records.Ref, what, word string, atLeast int) {
	if !b.known(from, to) {
		return
	}
	b.lines = append(b.lines, Line{From: from, To: to, What: what})
	key := string(from) + "\x00" + records.Key(word)
	g := b.groups[key]
	if word == "" || g == nil {
		g = &group{owner: from}
		b.order = append(b.order, g)
		if word != "" {
			b.groups[key] = g
		}
	}
	g.lines = append(g.lines, len(b.lines)-1)
	if !slices.Contains(g.of, string(to)) {
		g.of = append(g.of, string(to))
	}
	g.atLeast = max(g.atLeast, atLeast)
}

// Part returns a node, or nil for what no system needs.
func (l *Landscape) Part(ref records.Ref) *Part { return l.parts[ref] }

// Lines are all lines, the soft ones last.
func (l *Landscape) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, lines := range [][]Line{l.lines, l.soft} {
			for _, line := range lines {
				if !yield(line) {
					return
				}
			}
		}
	}
}

// System is the system that a part is or belongs to; nil for what is outside.
func (l *Landscape) System(ref records.Ref) *Part {
	p := l.parts[ref]
	if p != nil && p.Of != "" {
		return l.parts[p.Of]
	}
	if p != nil && p.IsSystem() {
		return p
	}
	return nil
}

// byWeight orders systems: the most critical first, then by name.
func byWeight(a, b *Part) int {
	return cmp.Or(cmp.Compare(slices.Index(Criticalities, a.Criticality), slices.Index(Criticalities, b.Criticality)), strings.Compare(a.key, b.key), strings.Compare(string(a.Ref), string(b.Ref)))
}
