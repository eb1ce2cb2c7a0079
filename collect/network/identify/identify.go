package identify

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net"
	"regexp"
	"strconv"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// weigher gathers claims about one device.
type weigher struct {
	ctx    context.Context
	src    snmp.Source
	rules  *Rules
	d      *seen.Device
	object snmp.OID
	claims []seen.Claim
	err    error
	cache  map[string][]snmp.Binding
	held   map[uint32]bool // enterprise numbers the agent holds objects under
}

// How sure the usual kinds of evidence are.
const (
	sureOwn     = 0.95 // the vendor's own object for this very field
	sureBoth    = 0.85 // sysObjectID and sysDescr agree on a rule
	sureObject  = 0.75 // sysObjectID alone
	sureHas     = 0.85 // objects only such devices have
	sureBanner  = 0.5  // what a service says of itself: often what it runs, seldom changed
	sureDescr   = 0.45 // sysDescr alone: anybody can write anything there
	sureEntity  = 0.85
	sureTable   = 0.55 // a product table by sysObjectID
	sureVendor  = 0.6  // the enterprise number alone
	sureGeneral = 0.3  // what kind of layers it serves
)

// Identify weighs what a device tells and fills vendor, model, kind, operating
// system, version and serial of d with the evidence. d was read before; src
// gives what rules ask for. The error is ctx's, or that the agent fell silent.
func (r *Rules) Identify(ctx context.Context, src snmp.Source, d *seen.Device) error {
	w := &weigher{ctx: ctx, src: src, rules: r, d: d, cache: map[string][]snmp.Binding{}}
	if d.SysObjectID != "" {
		w.object, _ = snmp.ParseOID(d.SysObjectID)
	}
	w.enterprise()
	var matched []match
	for _, u := range r.rules {
		if m, ok := w.applies(u); ok {
			matched = append(matched, m)
		}
		if w.err != nil {
			return w.err
		}
	}
	for _, m := range matched {
		w.apply(m)
	}
	w.table()
	w.components()
	w.members()
	w.printer()
	w.ups()
	w.med()
	model := w.best("model")
	for _, m := range matched {
		w.refine(m, model)
	}
	w.layers()
	w.decide()
	return w.err
}

func (w *weigher) claim(field, value, from, saw, rule string, sure float64) {
	if field == "serial" {
		value = strings.TrimSpace(value)
		if fact.GarbageSerial(value) != "" {
			return
		}
		if _, err := net.ParseMAC(value); err == nil { // some agents fill the field with what they have
			sure /= 2
		}
	}
	value = strings.Trim(strings.Join(strings.Fields(value), " "), " ,;\"")
	if value == "" || sure <= 0 || len(value) > 200 {
		return
	}
	switch strings.ToLower(value) {
	case "unknown", "n/a", "none", "not available", "<private>", "null", "unspecified", "0.0.0.0", "-", "nosuchinstance":
		return
	}
	if field == "vendor" {
		value = w.rules.vendorName(value)
	}
	if r := []rune(saw); len(r) > 160 {
		saw = string(r[:160]) + "…"
	}
	w.claims = append(w.claims, seen.Claim{Field: field, Value: value, From: from, Saw: saw, Rule: rule, Confidence: math.Round(100*min(sure, 0.99)) / 100})
}

// enterprise is the maker by the number in sysObjectID. Numbers of agents that
// run on anything say nothing about the maker.
func (w *weigher) enterprise() {
	if !w.object.Under(snmp.OID{1, 3, 6, 1, 4, 1}) || len(w.object) < 7 {
		return
	}
	if name := w.rules.vendors[w.object[6]]; name != "" && !strings.HasPrefix(name, "(") {
		w.claim("vendor", name, "sysObjectID", w.d.SysObjectID, "", sureVendor)
	}
}

// match is a rule that applies, with what its expression read.
type match struct {
	rule   *Rule
	groups map[string]string
	sure   float64
	from   string
	saw    string
	prefix int
}

func (w *weigher) applies(u *Rule) (match, bool) {
	m := match{rule: u, groups: map[string]string{}, prefix: -1}
	for _, o := range u.object {
		if w.object != nil && w.object.Under(o) && len(o) > m.prefix {
			m.prefix = len(o)
		}
	}
	if len(u.object) > 0 && m.prefix < 0 {
		return m, false
	}
	if len(u.descr) > 0 {
		hit := false
		for _, re := range u.descr {
			g := re.FindStringSubmatch(w.d.SysDescr)
			if g == nil {
				continue
			}
			hit = true
			for i, name := range re.SubexpNames() {
				if name != "" && g[i] != "" && m.groups[name] == "" {
					m.groups[name] = g[i]
				}
			}
		}
		if !hit {
			return m, false
		}
	}
	if u.name != nil && !u.name.MatchString(w.d.SysName) {
		return m, false
	}
	banner := ""
	if len(u.banner) > 0 {
		if banner, m.saw = w.says(u, m.groups); banner == "" {
			return m, false
		}
	}
	for _, o := range u.has {
		if !w.has(o) {
			return m, false
		}
	}
	switch {
	case banner != "":
		m.sure, m.from = sureBanner, banner
	case m.prefix >= 0 && len(u.descr) > 0:
		m.sure, m.from, m.saw = sureBoth, "sysObjectID and sysDescr", w.d.SysDescr
	case m.prefix >= 0:
		// a longer prefix knows better than a shorter one
		m.sure, m.from, m.saw = sureObject+0.01*float64(min(max(m.prefix-7, 0), 8)), "sysObjectID", w.d.SysObjectID
	case len(u.has) > 0:
		m.sure, m.from, m.saw = sureHas, u.has[0].String(), ""
	case len(u.descr) > 0:
		m.sure, m.from, m.saw = sureDescr, "sysDescr", w.d.SysDescr
	default:
		m.sure, m.from, m.saw = sureGeneral, "sysName", w.d.SysName
	}
	if u.Weight > 0 {
		m.sure = u.Weight
	}
	return m, true
}

// read is where a group of the rule's expressions was read.
func (m match) read() string {
	if len(m.rule.banner) > 0 {
		return m.from
	}
	return "sysDescr"
}

func (m match) said(w *weigher) string {
	if len(m.rule.banner) > 0 {
		return m.saw
	}
	return w.d.SysDescr
}

var enterprises = snmp.OID{1, 3, 6, 1, 4, 1}

// has reports whether the agent holds a value under o. What numbers it holds at
// all is asked once, so that dozens of rules cost no question each.
func (w *weigher) has(o snmp.OID) bool {
	if !o.Under(enterprises) || len(o) < 7 {
		return len(w.under(o, 1)) > 0
	}
	if w.held == nil {
		w.held = map[uint32]bool{}
		if w.object.Under(enterprises) && len(w.object) > len(enterprises) {
			w.held[w.object[len(enterprises)]] = true
		}
		for at := enterprises; len(w.held) < 100; {
			list, err := w.src.Next(w.ctx, at)
			if err != nil {
				w.note(err)
				break
			}
			if len(list) == 0 || !list[0].OID.Under(enterprises) || len(list[0].OID) < 7 || list[0].OID.Compare(at) <= 0 {
				break
			}
			n := list[0].OID[6]
			w.held[n] = true
			at = enterprises.With(n, 1<<31-1) // no more: some agents take it for a negative number
		}
	}
	return w.held[o[6]] && len(w.under(o, 1)) > 0
}

// under reads up to n values under o, or o itself.
func (w *weigher) under(o snmp.OID, n int) []snmp.Binding {
	key := o.String() + "#" + strconv.Itoa(min(n, 2))
	if list, ok := w.cache[key]; ok {
		return list
	}
	var out []snmp.Binding
	stop := errors.New("enough")
	if got, err := w.src.Get(w.ctx, o); err == nil && len(got) == 1 && !got[0].Value.Missing() {
		out = append(out, got[0])
	} else if err != nil {
		w.note(err)
	} else {
		err := snmp.Walk(w.ctx, w.src, o, 10_000, func(b snmp.Binding) error {
			out = append(out, b)
			if len(out) >= n {
				return stop
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			w.note(err)
		}
	}
	w.cache[key] = out
	return out
}

// note keeps the errors that end everything; a value an agent fails at is only
// not there.
func (w *weigher) note(err error) {
	if w.ctx.Err() != nil {
		w.err = w.ctx.Err()
	}
}

var inBraces = regexp.MustCompile(`\{([a-z]+)\}`)

func (w *weigher) apply(m match) {
	u := m.rule
	fill := func(s string) string {
		return inBraces.ReplaceAllStringFunc(s, func(g string) string { return m.groups[g[1:len(g)-1]] })
	}
	for _, f := range []struct{ field, value string }{{"vendor", u.Vendor}, {"model", u.Model}, {"os", u.OS}, {"version", u.Version}, {"serial", u.Serial}, {"kind", u.Kind}} {
		if f.value != "" {
			w.claim(f.field, fill(f.value), m.from, m.saw, u.ID, m.sure)
		} else if g := m.groups[f.field]; g != "" {
			w.claim(f.field, g, m.read(), m.said(w), u.ID, m.sure)
		}
		if f.value != "" && m.groups[f.field] != "" && !strings.Contains(f.value, "{") {
			w.claim(f.field, m.groups[f.field], m.read(), m.said(w), u.ID, m.sure)
		}
	}
	for _, field := range fields {
		for _, p := range u.Read[field] {
			if w.read(u, field, p) {
				break
			}
			if w.err != nil {
				return
			}
		}
	}
}

// read reads one object of a rule, and reports whether it gave a value.
func (w *weigher) read(u *Rule, field string, p Read) bool {
	var list []snmp.Binding
	oid := p.oid
	if p.below != 0 {
		n := len(w.object)
		if p.below > 0 {
			n = len(enterprises) + p.below
		}
		if !w.object.Under(enterprises) || n > len(w.object) {
			return false
		}
		oid = w.object[:n].With(p.oid...)
	}
	if p.tree {
		list = w.under(oid, 64)
	} else if got, err := w.get(oid); err == nil {
		list = got
	}
	for _, b := range list {
		s := strings.TrimSpace(b.Value.Text())
		if b.Value.Missing() || s == "" {
			continue
		}
		if p.Match != "" {
			g := p.re.FindStringSubmatch(s)
			if g == nil {
				continue
			}
			s = g[0]
			if len(g) > 1 {
				s = g[1]
			}
		}
		if p.Map != nil {
			mapped, ok := p.Map[s]
			if !ok {
				continue
			}
			s = mapped
		}
		before := len(w.claims)
		w.claim(field, p.Prefix+s, b.OID.String(), b.Value.Text(), u.ID, cmp.Or(p.Weight, sureOwn))
		if len(w.claims) > before {
			return true
		}
	}
	return false
}

func (w *weigher) get(o snmp.OID) ([]snmp.Binding, error) {
	key := o.String()
	if list, ok := w.cache[key]; ok {
		return list, nil
	}
	list, err := w.src.Get(w.ctx, o)
	if err != nil {
		w.note(err)
		return nil, err
	}
	w.cache[key] = list
	return list, nil
}

func (w *weigher) refine(m match, model string) {
	for _, k := range m.rule.Kinds {
		if !k.re.MatchString(model) && !k.re.MatchString(w.d.SysDescr) {
			continue
		}
		sure := min(m.sure+0.05, sureOwn)
		w.claim("kind", k.Kind, m.from, model, m.rule.ID, sure+0.04)
		w.claim("os", k.OS, m.from, model, m.rule.ID, sure+0.04)
		return
	}
}
