package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// Table says where a maker keeps readings that no standard MIB has: device data
// a person can add to. With an entry it is a table of rows, without one a
// single row of single objects. It is asked of agents that hold anything under
// the enterprise number of its objects.
type Table struct {
	ID      string             `json:"table" doc:"its name, shown as the source of what it gave"`
	To      string             `json:"to" doc:"sensors, storage, processors, members, vlans or ups"`
	Object  []string           `json:"object,omitempty" doc:"only where sysObjectID is or lies under one of these; from the enterprise number on"`
	Entry   string             `json:"entry,omitempty" doc:"the table's entry, from the enterprise number on, or whole with a leading dot"`
	Columns map[string]Columns `json:"columns" doc:"field → where it stands, the first that has a value counts"`
	Name    string             `json:"name,omitempty" doc:"of what is read, where no column names it; {index} is the row's"`
	Kind    string             `json:"kind,omitempty" doc:"of the sensors or storage, where no column tells"`
	Unit    string             `json:"unit,omitempty" doc:"of the sensors; else the usual one of the kind"`
	Factors map[string]float64 `json:"factors,omitempty" doc:"kind → what a value is multiplied by"`
	Else    bool               `json:"else,omitempty" doc:"only where nothing was found of the section before; of sensors, where the standard tables told none of the kind"`

	object []snmp.OID
	entry  snmp.OID
	number uint32 // the enterprise its objects lie under; 0 is none
}

// Column is where a field stands and how it is read. In JSON a bare number is a
// column of the entry, a text an object: with an entry one of another table of
// the same index, without one a single object.
type Column struct {
	At     string            `json:"at" doc:"column of the entry, or an object from the enterprise number on"`
	Factor float64           `json:"factor,omitempty"`
	Words  map[string]string `json:"words,omitempty" doc:"number or text → word; what is not there is left out"`
	Not    []float64         `json:"not,omitempty" doc:"numbers that stand for no reading"`
	Match  string            `json:"match,omitempty" doc:"expression a text must match; its first group counts"`

	oid snmp.OID // whole: of the column or object
	re  *regexp.Regexp
}

// Columns are one or several places of a field.
type Columns []Column

// UnmarshalJSON reads one place or a list of them.
func (c *Columns) UnmarshalJSON(raw []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	for _, one := range list {
		var col Column
		var n uint32
		switch {
		case json.Unmarshal(one, &n) == nil:
			col.At = strconv.FormatUint(uint64(n), 10)
		case json.Unmarshal(one, &col.At) == nil:
		default:
			type plain Column
			d := json.NewDecoder(strings.NewReader(string(one)))
			d.DisallowUnknownFields()
			var p plain
			if err := d.Decode(&p); err != nil {
				return err
			}
			col = Column(p)
		}
		*c = append(*c, col)
	}
	return nil
}

// tableFields are the fields each section takes.
var tableFields = map[string][]string{
	"sensors":    {"name", "value", "state", "kind", "unit", "digits", "present"},
	"storage":    {"name", "total", "used", "free", "kind", "unit"},
	"processors": {"name", "load", "idle"},
	"members":    {"number", "serial", "model", "role", "state", "mac", "version"},
	"vlans":      {"id", "name"},
	"ups": {"battery", "output", "on_battery_seconds", "runtime_minutes", "charge_percent", "load_percent", "battery_volts", "temperature_celsius",
		"input_volts", "output_volts", "output_watts", "alarms", "replace_battery", "battery_replaced"},
}

var enterprises = snmp.OID{1, 3, 6, 1, 4, 1}

// Prepare checks a table and readies it for use. The error names the field.
func (t *Table) Prepare() error {
	fields, ok := tableFields[t.To]
	switch {
	case t.ID == "":
		return errors.New(`"table" names it and is missing`)
	case !ok:
		return fmt.Errorf("to: %q is none of %s", t.To, strings.Join(slices.Sorted(maps.Keys(tableFields)), ", "))
	case len(t.Columns) == 0:
		return errors.New("columns: there are none")
	}
	object := func(s string) (snmp.OID, error) {
		if strings.HasPrefix(s, ".") {
			return snmp.ParseOID(s)
		}
		o, err := snmp.ParseOID(s)
		return enterprises.With(o...), err
	}
	for _, s := range t.Object {
		o, err := object(s)
		if err != nil {
			return fmt.Errorf("object: %w", err)
		}
		t.object = append(t.object, o)
	}
	var err error
	if t.Entry != "" {
		if t.entry, err = object(t.Entry); err != nil {
			return fmt.Errorf("entry: %w", err)
		}
		t.number = enterprise(t.entry)
	}
	for _, field := range slices.Sorted(maps.Keys(t.Columns)) {
		if !slices.Contains(fields, field) {
			return fmt.Errorf("columns: %s have no field %q; there are %s", t.To, field, strings.Join(fields, ", "))
		}
		for i := range t.Columns[field] {
			c := &t.Columns[field][i]
			n, err := strconv.ParseUint(c.At, 10, 32)
			switch {
			case err == nil && t.entry != nil:
				c.oid = t.entry.With(uint32(n))
			case err == nil:
				return fmt.Errorf("columns: %s: %d is a column, and there is no entry", field, n)
			default:
				if c.oid, err = object(c.At); err != nil {
					return fmt.Errorf("columns: %s: %w", field, err)
				}
			}
			if t.number == 0 {
				t.number = enterprise(c.oid)
			}
			if c.re, err = regexp.Compile(c.Match); err != nil {
				return fmt.Errorf("columns: %s: %w", field, err)
			}
		}
	}
	return nil
}

func enterprise(o snmp.OID) uint32 {
	if o.Under(enterprises) && len(o) > len(enterprises) {
		return o[len(enterprises)]
	}
	return 0
}

// holds reports whether the agent has anything under an enterprise number.
// What numbers it has is asked once.
func (r *reader) holds(number uint32) bool {
	if r.held == nil {
		own, _ := snmp.ParseOID(r.d.SysObjectID)
		r.held = map[uint32]bool{enterprise(own): true} // some agents cannot leap over what is asked here
		for at := enterprises; len(r.held) < 100; {
			list, err := r.src.Next(r.ctx, at)
			if err != nil || len(list) == 0 || list[0].OID.Compare(at) <= 0 {
				break
			}
			n := enterprise(list[0].OID)
			if n == 0 {
				break
			}
			r.held[n] = true
			at = enterprises.With(n, 1<<31-1) // no more: some agents take it for a negative number
		}
	}
	return number == 0 || r.held[number]
}

// cells is a row of a maker's table by field.
type cells struct {
	table  *Table
	index  snmp.OID
	values map[string]snmp.Value
	column map[string]Column
}

// fromTables reads the makers' tables of one section.
func (r *reader) fromTables(to string, found func() int, each func(cells)) {
	var asked []*Table
	for i := range r.o.Tables {
		if t := &r.o.Tables[i]; t.To == to && r.fits(t) {
			asked = append(asked, t)
		}
	}
	scalars := r.allScalars(asked)
	for _, t := range asked {
		switch {
		case r.ctx.Err() != nil:
			return
		case t.Else && found() > 0:
		case t.entry == nil:
			single(t, scalars, each)
		default:
			r.rows(t, each)
		}
	}
}

func (r *reader) fits(t *Table) bool {
	if !r.holds(t.number) {
		return false
	}
	own, err := snmp.ParseOID(r.d.SysObjectID)
	return len(t.object) == 0 || err == nil && slices.ContainsFunc(t.object, own.Under)
}

// allScalars asks for the single objects of several tables in few questions.
func (r *reader) allScalars(tables []*Table) map[string]snmp.Value {
	var oids []string
	for _, t := range tables {
		if t.entry != nil {
			continue
		}
		for _, f := range slices.Sorted(maps.Keys(t.Columns)) {
			for _, c := range t.Columns[f] {
				oids = append(oids, c.oid.String())
			}
		}
	}
	values := map[string]snmp.Value{}
	for part := range slices.Chunk(oids, 24) {
		for i, v := range r.scalars(part...) {
			values[part[i]] = v
		}
	}
	return values
}

// single is the one row of single objects.
func single(t *Table, scalars map[string]snmp.Value, each func(cells)) {
	row := cells{table: t, values: map[string]snmp.Value{}, column: map[string]Column{}}
	for f, list := range t.Columns {
		for _, c := range list {
			row.take(f, c, scalars[c.oid.String()])
		}
	}
	if len(row.values) > 0 {
		each(row)
	}
}

// take keeps the first value of a field that says something.
func (w *cells) take(field string, c Column, v snmp.Value) {
	if _, told := w.values[field]; told || v.Missing() {
		return
	}
	if f, ok := v.Float(); ok && slices.Contains(c.Not, f) {
		return
	}
	w.values[field], w.column[field] = v, c
}

// rows reads the rows of a table, with what stands of the same index in others.
// The rows of its own entry count; what only others hold does not.
func (r *reader) rows(t *Table, each func(cells)) {
	entries := map[string][]uint32{}
	for _, list := range t.Columns {
		for _, c := range list {
			e := c.oid[:len(c.oid)-1].String()
			entries[e] = append(entries[e], c.oid[len(c.oid)-1])
		}
	}
	own := r.table(t.entry.String(), slices.Sorted(slices.Values(entries[t.entry.String()]))...)
	if len(own.list) == 0 {
		return
	}
	others := map[string]map[string]row{}
	for _, e := range slices.Sorted(maps.Keys(entries)) {
		if e == t.entry.String() {
			continue
		}
		others[e] = map[string]row{}
		for _, w := range r.table(e, slices.Sorted(slices.Values(entries[e]))...).list {
			others[e][w.index.String()] = w
		}
	}
	for _, w := range own.list {
		row := cells{table: t, index: w.index, values: map[string]snmp.Value{}, column: map[string]Column{}}
		for f, list := range t.Columns {
			for _, c := range list {
				e, from := c.oid[:len(c.oid)-1].String(), w
				if other, ok := others[e]; ok {
					from = other[w.index.String()]
				}
				row.take(f, c, from.get(c.oid[len(c.oid)-1]))
			}
		}
		each(row)
	}
}

// text is a field as a person reads it, with its words.
func (w cells) text(field string) string {
	v, c := w.values[field], w.column[field]
	s := strings.TrimSpace(v.Text())
	if c.Match != "" {
		g := c.re.FindStringSubmatch(s)
		if g == nil {
			return ""
		}
		s = g[min(1, len(g)-1)]
	}
	if c.Words != nil {
		return c.Words[s]
	}
	return clean(s)
}

var leadingNumber = regexp.MustCompile(`^[^\d+-]{0,4}([+-]?\d+(?:[.,]\d+)?)`)

// number is a field as a number; of a text such as "47 C/117 F" the first.
func (w cells) number(field string) (float64, bool) {
	v, c := w.values[field], w.column[field]
	if v.Missing() {
		return 0, false
	}
	f, ok := v.Float()
	if c.Match != "" || !ok && v.Kind == snmp.OctetString {
		s := strings.TrimSpace(v.Text())
		if c.Match != "" {
			g := c.re.FindStringSubmatch(s)
			if g == nil {
				return 0, false
			}
			s = g[min(1, len(g)-1)]
		}
		g := leadingNumber.FindStringSubmatch(s)
		if g == nil {
			return 0, false
		}
		var err error
		if f, err = strconv.ParseFloat(strings.Replace(g[1], ",", ".", 1), 64); err != nil {
			return 0, false
		}
	}
	if !ok && v.Kind != snmp.OctetString || slices.Contains(c.Not, f) {
		return 0, false
	}
	return scale(f, c.Factor), true
}

// scale multiplies; a factor below one divides, since a tenth of 217 is 21.7
// and 217 times a tenth is not quite.
func scale(f, factor float64) float64 {
	switch {
	case factor == 0 || factor == 1:
		return f
	case factor > 0 && factor < 1:
		if d := math.Round(1 / factor); math.Abs(d*factor-1) < 1e-12 {
			return f / d
		}
	}
	return f * factor
}

// units are the usual ones of kinds of sensors.
var units = map[string]string{"temperature": "°C", "voltage": "V", "current": "A", "power": "W", "fan": "rpm", "humidity": "%", "frequency": "Hz", "optical-power": "dBm", "load": "%", "memory": "%", "charge": "%"}

// tableSensors reads the makers' sensors.
func (r *reader) tableSensors() {
	names := map[int64]string{}
	for _, c := range r.d.Components {
		if names[c.Index] = c.Name; c.Name == "" {
			names[c.Index] = c.Descr
		}
	}
	standard := map[string]bool{}
	for _, s := range r.d.Sensors {
		standard[s.Kind] = true
	}
	r.fromTables("sensors", func() int { return 0 }, func(w cells) {
		s := seen.Sensor{Index: w.index.String(), Name: w.text("name"), Kind: w.text("kind"), Unit: w.text("unit"), State: w.text("state"), Source: w.table.ID}
		if _, told := w.values["present"]; told && w.text("present") == "" {
			return
		}
		if s.Name == "" {
			s.Name = strings.ReplaceAll(w.table.Name, "{index}", s.Index)
		}
		if s.Name == "" && len(w.index) > 0 {
			s.Name = names[int64(w.index[0])]
		}
		if s.Kind == "" {
			s.Kind = w.table.Kind
		}
		if w.table.Else && standard[s.Kind] {
			return
		}
		if s.Unit == "" {
			s.Unit = w.table.Unit
		}
		if f, ok := w.number("value"); ok {
			f = scale(f, w.table.Factors[s.Kind])
			if d, ok := w.number("digits"); ok && d >= 0 && d <= 9 {
				f /= math.Pow10(int(d))
			}
			s.Value = &f
			if s.Unit == "" {
				s.Unit = units[s.Kind]
			}
		} else {
			s.Unit = ""
		}
		if s.Value == nil && s.State == "" {
			return
		}
		r.d.Sensors = append(r.d.Sensors, s)
	})
}

var sizeUnits = map[string]float64{"": 1, "b": 1, "byte": 1, "bytes": 1, "kb": 1 << 10, "k": 1 << 10, "kib": 1 << 10, "mb": 1 << 20, "m": 1 << 20, "mib": 1 << 20, "gb": 1 << 30, "g": 1 << 30, "gib": 1 << 30, "tb": 1 << 40, "t": 1 << 40, "tib": 1 << 40, "pb": 1 << 50}

var sizeText = regexp.MustCompile(`^[\d.,]+\s*([A-Za-z]*)`)

// bytes is a field as a number of bytes; of a text such as "1.5 TB" as well.
func (w cells) bytes(field string) *int64 {
	f, ok := w.number(field)
	if !ok {
		return nil
	}
	if v := w.values[field]; v.Kind == snmp.OctetString && w.column[field].Factor == 0 {
		if g := sizeText.FindStringSubmatch(strings.TrimSpace(v.Text())); g != nil {
			f *= max(sizeUnits[strings.ToLower(g[1])], 1)
		}
	}
	if f < 0 || f > math.MaxInt64/2 {
		return nil
	}
	return new(int64(math.Round(f)))
}

// tableStorage reads the makers' memory and file systems.
func (r *reader) tableStorage() {
	r.fromTables("storage", func() int { return len(r.d.Storage) }, func(w cells) {
		s := seen.Storage{Name: w.text("name"), Kind: w.text("kind"), Bytes: w.bytes("total"), Used: w.bytes("used")}
		if len(w.index) > 0 {
			s.Index = int64(w.index[len(w.index)-1])
		}
		if s.Name == "" {
			s.Name = strings.ReplaceAll(w.table.Name, "{index}", w.index.String())
		}
		if s.Kind == "" {
			s.Kind = w.table.Kind
		}
		if free := w.bytes("free"); free != nil {
			switch {
			case s.Used == nil && s.Bytes != nil && *free <= *s.Bytes:
				s.Used = new(*s.Bytes - *free)
			case s.Used != nil && s.Bytes == nil:
				s.Bytes = new(*s.Used + *free)
			}
		}
		if s.Bytes != nil && *s.Bytes > 0 || s.Used != nil {
			r.d.Storage = append(r.d.Storage, s)
		}
	})
}

// tableProcessors reads the makers' processor loads.
func (r *reader) tableProcessors() {
	r.fromTables("processors", func() int { return len(r.d.Processors) }, func(w cells) {
		p := seen.Processor{Name: w.text("name")}
		if len(w.index) > 0 {
			p.Index = int64(w.index[len(w.index)-1])
		}
		if p.Name == "" {
			p.Name = strings.ReplaceAll(w.table.Name, "{index}", w.index.String())
		}
		f, ok := w.number("load")
		if idle, told := w.number("idle"); !ok && told {
			f, ok = 100-idle, true
		}
		if ok && f >= 0 && f <= 100 {
			p.Load = new(int64(math.Round(f)))
			r.d.Processors = append(r.d.Processors, p)
		}
	})
}

// tableUPS fills what the standard did not tell.
func (r *reader) tableUPS(u *seen.UPS) int {
	found := 0
	r.fromTables("ups", func() int { return found }, func(w cells) {
		before := *u
		set(&u.Battery, w.text("battery"))
		set(&u.Output, w.text("output"))
		for field, to := range map[string]**float64{"on_battery_seconds": &u.OnBattery, "runtime_minutes": &u.Runtime, "charge_percent": &u.Charge, "load_percent": &u.Load,
			"battery_volts": &u.BatteryV, "temperature_celsius": &u.Temperature} {
			if f, ok := w.number(field); ok {
				keep(to, &f)
			}
		}
		for field, to := range map[string]*[]float64{"input_volts": &u.InputV, "output_volts": &u.OutputV, "output_watts": &u.OutputW} {
			if f, ok := w.number(field); ok && (len(*to) == 0 || w.index != nil && len(*to) < 16 && r.ownLines[field]) {
				*to = append(*to, f)
				r.ownLines[field] = true
			}
		}
		if n, ok := w.number("alarms"); ok && u.Alarms == nil {
			u.Alarms = new(int64(n))
		}
		if s := w.text("replace_battery"); s != "" && u.Replace == nil {
			u.Replace = new(s == "yes")
		}
		if u.Replaced == "" {
			u.Replaced = w.text("battery_replaced")
		}
		if fmt.Sprint(before) != fmt.Sprint(*u) {
			found++
		}
	})
	return found
}
