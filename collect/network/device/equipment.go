package device

import (
	"fmt"
	"math"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// components reads ENTITY-MIB's physical table.
func (r *reader) components() int {
	at := map[int64]int{}
	for _, w := range r.table("1.3.6.1.2.1.47.1.1.1.1", 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17).list {
		if len(w.index) != 1 {
			continue
		}
		c := seen.Component{Index: w.first(), Within: w.int(4), Class: word(w.int(5), "other", "unknown", "chassis", "backplane", "container", "power-supply", "fan", "sensor", "module", "port", "stack", "cpu", "energy", "battery"),
			Name: w.text(7), Descr: w.text(2), Model: clean(w.text(13)), Serial: clean(w.text(11)), Vendor: clean(w.text(12)),
			Hardware: clean(w.text(8)), Firmware: clean(w.text(9)), Software: clean(w.text(10)), AssetTag: clean(w.text(15)), Position: max(w.int(6), 0)}
		if c.Serial != "" && fact.GarbageSerial(c.Serial) != "" {
			c.Serial = ""
		}
		if n := w.int(16); n == 1 || n == 2 {
			c.FRU = new(n == 1)
		}
		c.Made = day(w.get(17))
		at[c.Index] = len(r.d.Components)
		r.d.Components = append(r.d.Components, c)
	}
	if len(r.d.Components) == 0 {
		return 0
	}
	ifIndex := snmp.MustOID("1.3.6.1.2.1.2.2.1.1")
	for _, w := range r.table("1.3.6.1.2.1.47.1.3.2.1", 2).list {
		v := w.get(2)
		if i, ok := at[w.first()]; ok && v.ID.Under(ifIndex) && len(v.ID) == len(ifIndex)+1 {
			r.d.Components[i].IfIndex = int64(v.ID[len(ifIndex)])
		}
	}
	// CISCO-STACKWISE-MIB: the role of each member, by its chassis
	for _, w := range r.table("1.3.6.1.4.1.9.9.500.1.2.1.1", 3).list {
		if i, ok := at[w.first()]; ok {
			r.d.Components[i].StackRole = word(w.int(3), "master", "member", "not-member", "standby")
		}
	}
	return len(r.d.Components)
}

// day reads the date of a DateAndTime (RFC 2579).
func day(v snmp.Value) string {
	b := v.Bytes
	if len(b) < 8 {
		return ""
	}
	year := int(b[0])<<8 | int(b[1])
	if year < 1980 || year > 2100 || b[2] < 1 || b[2] > 12 || b[3] < 1 || b[3] > 31 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, b[2], b[3])
}

// quantities of ENTITY-SENSOR-MIB and CISCO-ENTITY-SENSOR-MIB, from 1.
var quantities = []struct{ kind, unit string }{
	{"other", ""}, {"unknown", ""}, {"voltage", "V"}, {"voltage", "V"}, {"current", "A"}, {"power", "W"}, {"frequency", "Hz"}, {"temperature", "°C"},
	{"humidity", "%"}, {"fan", "rpm"}, {"airflow", "m³/min"}, {"state", ""}, {"other", ""}, {"optical-power", "dBm"},
}

// sensors reads ENTITY-SENSOR-MIB, Cisco's two, Juniper's and net-snmp's.
func (r *reader) sensors() int {
	names := map[int64]string{}
	for _, c := range r.d.Components {
		if names[c.Index] = c.Name; c.Name == "" {
			names[c.Index] = c.Descr
		}
	}
	for _, entry := range []string{"1.3.6.1.2.1.99.1.1.1", "1.3.6.1.4.1.9.9.91.1.1.1.1"} {
		for _, w := range r.table(entry, 1, 2, 3, 4, 5).list {
			kind := w.int(1)
			s := seen.Sensor{Index: w.index.String(), Name: names[w.first()], State: word(w.int(5), "ok", "unavailable", "nonoperational"), Source: "entPhySensorTable"}
			if entry != "1.3.6.1.2.1.99.1.1.1" {
				s.Source = "entSensorValueTable"
			}
			if kind >= 1 && int(kind) <= len(quantities) {
				s.Kind, s.Unit = quantities[kind-1].kind, quantities[kind-1].unit
			}
			// 9 is the unit itself, each step 10^3
			if n, ok := w.get(4).Int(); ok && s.State != "unavailable" && s.State != "nonoperational" {
				exponent := 3*(w.int(2)-9) - w.int(3)
				if w.int(2) == 0 {
					exponent = -w.int(3)
				}
				if exponent >= -30 && exponent <= 30 {
					s.Value = new(tidy(float64(n), int(exponent)))
				}
			}
			r.d.Sensors = append(r.d.Sensors, s)
		}
	}
	states := []string{"normal", "warning", "critical", "shutdown", "not-present", "not-functioning"}
	for _, e := range []struct {
		entry, kind, unit  string
		name, value, state uint32
	}{
		{"1.3.6.1.4.1.9.9.13.1.2.1", "voltage", "V", 2, 3, 7},
		{"1.3.6.1.4.1.9.9.13.1.3.1", "temperature", "°C", 2, 3, 6},
		{"1.3.6.1.4.1.9.9.13.1.4.1", "fan", "", 2, 0, 3},
		{"1.3.6.1.4.1.9.9.13.1.5.1", "power-supply", "", 2, 0, 3},
	} {
		for _, w := range r.table(e.entry, e.name, max(e.value, e.state), e.state, max(e.value, 1)).list {
			s := seen.Sensor{Index: w.index.String(), Name: w.text(e.name), Kind: e.kind, Unit: e.unit, State: word(w.int(e.state), states...), Source: "CISCO-ENVMON-MIB"}
			if e.value > 0 {
				factor := 1.0
				if e.kind == "voltage" {
					factor = 0.001
				}
				s.Value = scaled(w.get(e.value), factor)
			}
			r.d.Sensors = append(r.d.Sensors, s)
		}
	}
	if strings.HasPrefix(r.d.SysObjectID, "1.3.6.1.4.1.2636.") {
		for _, w := range r.table("1.3.6.1.4.1.2636.3.1.13.1", 5, 6, 7).list {
			s := seen.Sensor{Index: w.index.String(), Name: w.text(5), Kind: "temperature", Unit: "°C", Source: "jnxOperatingTable",
				State: word(w.int(6), "unknown", "running", "ready", "reset", "running-full-speed", "down", "standby")}
			if n := w.int(7); n > 0 {
				s.Value = new(float64(n))
			} else {
				s.Kind, s.Unit = "state", ""
			}
			r.d.Sensors = append(r.d.Sensors, s)
		}
	}
	for _, e := range []struct {
		entry, kind, unit string
		factor            float64
	}{
		{"1.3.6.1.4.1.2021.13.16.2.1", "temperature", "°C", 0.001}, {"1.3.6.1.4.1.2021.13.16.3.1", "fan", "rpm", 1}, {"1.3.6.1.4.1.2021.13.16.4.1", "voltage", "V", 0.001},
	} {
		for _, w := range r.table(e.entry, 2, 3).list {
			r.d.Sensors = append(r.d.Sensors, seen.Sensor{Index: w.index.String(), Name: w.text(2), Kind: e.kind, Unit: e.unit, Value: scaled(w.get(3), e.factor), Source: "LM-SENSORS-MIB"})
		}
	}
	r.tableSensors()
	return len(r.d.Sensors)
}

// tidy is n times ten to the power e without the noise of a float.
func tidy(n float64, e int) float64 {
	if e < 0 {
		return n / math.Pow10(-e)
	}
	return n * math.Pow10(e)
}

var storageKinds = []string{"other", "ram", "virtual-memory", "fixed-disk", "removable-disk", "floppy", "compact-disc", "ram-disk", "flash", "network-disk"}

// storage reads hrStorageTable; Cisco's memory pools where there is none.
func (r *reader) storage() int {
	types := snmp.MustOID("1.3.6.1.2.1.25.2.1")
	for _, w := range r.table("1.3.6.1.2.1.25.2.3.1", 2, 3, 4, 5, 6).list {
		s := seen.Storage{Index: w.last(), Name: w.text(3)}
		if t := w.get(2).ID; t.Under(types) && len(t) == len(types)+1 {
			s.Kind = word(int64(t[len(types)]), storageKinds...)
		}
		unit := max(w.int(4), 1)
		// sizes above 2^31 units come as negative numbers from some agents
		if n, ok := w.get(5).Uint(); ok && w.has(5) && n <= math.MaxInt64/uint64(unit) {
			s.Bytes = new(int64(n) * unit)
		}
		if n, ok := w.get(6).Uint(); ok && w.has(6) && n <= math.MaxInt64/uint64(unit) {
			s.Used = new(int64(n) * unit)
		}
		r.d.Storage = append(r.d.Storage, s)
	}
	if len(r.d.Storage) == 0 {
		for _, w := range r.table("1.3.6.1.4.1.9.9.48.1.1.1", 2, 5, 6).list {
			s := seen.Storage{Index: w.last(), Name: w.text(2), Kind: "ram", Used: number(w.get(5))}
			if free := number(w.get(6)); free != nil && s.Used != nil {
				s.Bytes = new(*free + *s.Used)
			}
			r.d.Storage = append(r.d.Storage, s)
		}
	}
	r.tableStorage()
	return len(r.d.Storage)
}

// processors reads hrProcessorTable with its names, else Cisco's.
func (r *reader) processors() int {
	load := r.table("1.3.6.1.2.1.25.3.3.1", 2).list
	names := map[int64]string{}
	if len(load) > 0 {
		for _, w := range r.table("1.3.6.1.2.1.25.3.2.1", 3).list {
			names[w.last()] = w.text(3)
		}
	}
	for _, w := range load {
		r.d.Processors = append(r.d.Processors, seen.Processor{Index: w.last(), Name: names[w.last()], Load: number(w.get(2))})
	}
	if len(load) == 0 {
		for _, w := range r.table("1.3.6.1.4.1.9.9.109.1.1.1.1", 2, 5, 8).list {
			p := seen.Processor{Index: w.last(), Load: number(w.get(8))}
			if p.Load == nil {
				p.Load = number(w.get(5))
			}
			for _, c := range r.d.Components {
				if c.Index == w.int(2) {
					p.Name = c.Name
				}
			}
			r.d.Processors = append(r.d.Processors, p)
		}
	}
	r.tableProcessors()
	return len(r.d.Processors)
}
