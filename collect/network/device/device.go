// Package device reads what an SNMP agent, or a recording of one, tells about
// its device: system, interfaces, parts and serial numbers, sensors, storage,
// printer supplies, power supply, VLANs, neighbours, forwarding, address and
// routing tables, spanning tree. It says of each part whether it was seen,
// seen in part, not there, or could not be seen and why.
package device

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// Options say what is read.
type Options struct {
	Sections []string // names of sections; none means all
	MaxRows  int      // values of one table at most; 0 is 400,000
	Tables   []Table  // makers' own, prepared; identify.Rules has those of the device data
	// Community opens the agent in another context, such as a VLAN of a Cisco
	// switch; nil where there is none, as in a recording.
	Context func(name string) (src snmp.Source, close func(), err error)
}

// Sections are the parts that can be read, in the order they are.
func Sections() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

// parts in the order they are read: what later ones refer to comes first.
var parts = []struct {
	name string
	read func(*reader) int
}{
	{"interfaces", (*reader).interfaces},
	{"addresses", (*reader).addresses},
	{"components", (*reader).components},
	{"members", (*reader).members},
	{"sensors", (*reader).sensors},
	{"storage", (*reader).storage},
	{"processors", (*reader).processors},
	{"printer", (*reader).printer},
	{"ups", (*reader).ups},
	{"bridge", (*reader).bridge},
	{"vlans", (*reader).vlans},
	{"fdb", (*reader).fdb},
	{"stp", (*reader).stp},
	{"arp", (*reader).arp},
	{"routes", (*reader).routes},
	{"lldp", (*reader).lldp},
	{"cdp", (*reader).cdp},
}

// reader is one device being read.
type reader struct {
	ctx       context.Context
	src       snmp.Source
	o         Options
	d         *seen.Device
	part      string
	failed    error // first failure within the part
	silent    int   // parts in a row that got no answer
	byIndex   map[int64]int
	ports     map[int64]int64 // bridge port → ifIndex
	fdbVLAN   map[int64]int   // filtering database → VLAN
	closed    map[int]bool    // VLANs whose context was refused
	closedAll bool            // the contexts were refused altogether
	held      map[uint32]bool // enterprise numbers the agent holds objects under; nil was not asked yet

	vlanPorts map[int]map[int64]int64 // of a VLAN: bridge port → ifIndex
	ownLines  map[string]bool         // lists of volts and watts that a maker's table began
}

// Read reads the sections of o into d, whose system values were read before by
// System. An error is ctx's, or that the agent fell silent; what was read until
// then is in d.
func Read(ctx context.Context, src snmp.Source, d *seen.Device, o Options) error {
	if o.MaxRows <= 0 {
		o.MaxRows = 400_000
	}
	r := &reader{ctx: ctx, src: src, o: o, d: d, byIndex: map[int64]int{}, ports: map[int64]int64{}, fdbVLAN: map[int64]int{}, ownLines: map[string]bool{}, vlanPorts: map[int]map[int64]int64{}, closed: map[int]bool{}}
	for _, p := range parts {
		if len(o.Sections) > 0 && !slices.Contains(o.Sections, p.name) {
			continue
		}
		r.part, r.failed = p.name, nil
		if r.silent >= 2 { // it answered at first: what comes now would only wait
			d.Sections = append(d.Sections, seen.Section{Name: p.name, State: "unseen"})
			continue
		}
		rows := p.read(r)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s := seen.Section{Name: p.name, Rows: rows, State: "seen"}
		switch {
		case r.failed != nil && rows > 0:
			s.State = "partly"
		case r.failed != nil:
			s.State = "unseen"
		case rows == 0:
			s.State = "absent"
		}
		if r.failed != nil {
			d.Gaps = append(d.Gaps, gap(p.name, r.failed))
		}
		if errors.Is(r.failed, snmp.ErrNoAnswer) || errors.Is(r.failed, snmp.ErrClosed) {
			if r.silent++; r.silent == 2 {
				d.Gaps = append(d.Gaps, fact.Gap{What: "everything after " + p.name, Why: "the agent answers no more", Needs: "an agent that is less busy, or a longer --timeout"})
			}
		} else {
			r.silent = 0
		}
		d.Sections = append(d.Sections, s)
	}
	r.identities()
	if r.silent >= 2 {
		return fmt.Errorf("after %s: %w", r.part, snmp.ErrNoAnswer)
	}
	return nil
}

// gap says what a failure hides and what would show it.
func gap(what string, err error) fact.Gap {
	g := fact.Gap{What: what, Why: err.Error()}
	switch {
	case errors.Is(err, snmp.ErrAccess):
		g.Needs = "read access for this community or user to the part (its view)"
	case errors.Is(err, snmp.ErrNoAnswer):
		g.Needs = "an agent that is less busy, or a longer --timeout"
	case errors.Is(err, snmp.ErrCircle):
		g.Needs = "firmware whose agent does not go in circles"
	}
	return g
}

func (r *reader) fail(err error) {
	if err != nil && r.failed == nil && r.ctx.Err() == nil {
		r.failed = err
	}
}

// rows are a table's, in the agent's order.
type rows struct {
	columns []uint32
	list    []row
}

// row is one row; what it lacks is Missing.
type row struct {
	index   snmp.OID
	columns []uint32
	values  []snmp.Value
}

func (w row) get(column uint32) snmp.Value {
	for i, c := range w.columns {
		if c == column {
			return w.values[i]
		}
	}
	return snmp.Value{}
}

func (w row) text(column uint32) string { return w.get(column).Text() }

func (w row) int(column uint32) int64 {
	n, _ := w.get(column).Int()
	return n
}

func (w row) has(column uint32) bool { return !w.get(column).Missing() }

// last is the last number of the index.
func (w row) last() int64 {
	if len(w.index) == 0 {
		return 0
	}
	return int64(w.index[len(w.index)-1])
}

// first is the first number of the index.
func (w row) first() int64 {
	if len(w.index) == 0 {
		return 0
	}
	return int64(w.index[0])
}

// table reads columns of a table.
func (r *reader) table(entry string, columns ...uint32) rows {
	return r.tableFrom(r.src, entry, columns...)
}

func (r *reader) tableFrom(src snmp.Source, entry string, columns ...uint32) rows {
	t := rows{columns: columns}
	at := map[string]int{}
	err := snmp.Columns(r.ctx, src, snmp.MustOID(entry), columns, r.o.MaxRows, func(column uint32, index snmp.OID, v snmp.Value) error {
		key := index.String()
		i, ok := at[key]
		if !ok {
			i = len(t.list)
			at[key] = i
			t.list = append(t.list, row{index: index, columns: columns, values: make([]snmp.Value, len(columns))})
		}
		t.list[i].values[slices.Index(columns, column)] = v
		return nil
	})
	r.fail(err)
	return t
}

// scalars reads single values; what is not there is Missing.
func (r *reader) scalars(oids ...string) []snmp.Value { return r.scalarsFrom(r.src, oids...) }

func (r *reader) scalarsFrom(src snmp.Source, oids ...string) []snmp.Value {
	list := make([]snmp.OID, len(oids))
	for i, o := range oids {
		list[i] = snmp.MustOID(o)
	}
	got, err := src.Get(r.ctx, list...)
	out := make([]snmp.Value, len(oids))
	if err != nil {
		r.fail(err)
		return out
	}
	for i := range got {
		out[i] = got[i].Value
	}
	return out
}

// number returns a pointer to what v counts, or nil.
func number(v snmp.Value) *int64 {
	if n, ok := v.Int(); ok && !v.Missing() {
		return &n
	}
	return nil
}

// scaled returns a pointer to v times factor, or nil.
func scaled(v snmp.Value, factor float64) *float64 {
	if f, ok := v.Float(); ok && !v.Missing() {
		f *= factor
		return &f
	}
	return nil
}

// word is the n-th of words, from 1; "" beyond them.
func word(n int64, words ...string) string {
	if n < 1 || int(n) > len(words) {
		return ""
	}
	return words[n-1]
}

// identities gathers the device's own hardware addresses.
func (r *reader) identities() {
	all := map[string]bool{}
	add := func(mac string) {
		if mac != "" && fact.GarbageMAC(mac) == "" {
			all[mac] = true
		}
	}
	for _, i := range r.d.Interfaces {
		add(i.MAC)
	}
	add(r.d.BridgeMAC)
	if r.d.ChassisType == "mac" {
		add(r.d.ChassisID)
	}
	for m := range all {
		r.d.MACs = append(r.d.MACs, m)
	}
	slices.Sort(r.d.MACs)
}

// clean is a text without the padding and placeholders agents put there.
func clean(s string) string {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "n/a", "na", "none", "null", "unknown", "-", "--", "not available", "not specified", "unspecified", "0", "<private>":
		return ""
	}
	return s
}
