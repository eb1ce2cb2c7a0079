package device

import (
	"encoding/json"
	"strings"
	"testing"

	"steward/collect/network/seen"
)

func tables(t *testing.T, raw string) []Table {
	t.Helper()
	var list []Table
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if err := list[i].Prepare(); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

func TestMakersTablesAreReadAsTheDeviceDataSays(t *testing.T) {
	own := tables(t, `[
{"table": "probes", "to": "sensors", "entry": "32473.1.1", "kind": "temperature", "columns": {"name": 2, "value": {"at": "3", "factor": 0.1, "not": [-9990]}, "digits": "32473.2.1.4", "state": {"at": "5", "words": {"1": "ok", "2": "high"}}, "present": {"at": "6", "words": {"1": "yes"}}}},
{"table": "board", "to": "sensors", "name": "board", "kind": "voltage", "columns": {"value": {"at": "32473.9.1.0", "match": "core ([0-9.]+) V"}}},
{"table": "no such", "to": "sensors", "entry": "32474.1.1", "kind": "fan", "columns": {"value": 2}},
{"table": "told by the standard", "to": "sensors", "else": true, "entry": "32473.1.1", "kind": "humidity", "columns": {"value": 3}},
{"table": "elsewhere", "to": "sensors", "object": ["32475"], "entry": "32473.1.1", "kind": "fan", "columns": {"value": 3}},
{"table": "volumes", "to": "storage", "entry": "32473.3.1", "kind": "fixed-disk", "columns": {"name": 1, "total": 2, "free": 3}},
{"table": "load", "to": "processors", "name": "CPU", "columns": {"idle": "32473.9.2.0"}},
{"table": "second choice", "to": "processors", "else": true, "name": "CPU", "columns": {"load": "32473.9.3.0"}},
{"table": "units", "to": "members", "entry": "32473.4.1", "columns": {"serial": 1, "role": {"at": "2", "words": {"1": "master"}}, "mac": 3}},
{"table": "battery", "to": "ups", "columns": {"battery": {"at": "32473.5.1.0", "words": {"4": "low"}}, "runtime_minutes": {"at": "32473.5.2.0", "factor": 0.016666666666666666}, "replace_battery": {"at": "32473.5.3.0", "words": {"1": "no", "2": "yes"}}}},
{"table": "phases", "to": "ups", "entry": "32473.6.1", "columns": {"input_volts": {"at": "1", "factor": 0.1}, "load_percent": 2}}]`)
	d := read(t, `1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.32473.1
1.3.6.1.2.1.99.1.1.1.1.7|2|9
1.3.6.1.2.1.99.1.1.1.2.7|2|9
1.3.6.1.2.1.99.1.1.1.4.7|2|44
1.3.6.1.2.1.99.1.1.1.5.7|2|1
1.3.6.1.4.1.32473.1.1.2.1|4|inlet
1.3.6.1.4.1.32473.1.1.2.2|4|outlet
1.3.6.1.4.1.32473.1.1.2.3|4|none
1.3.6.1.4.1.32473.1.1.3.1|2|217
1.3.6.1.4.1.32473.1.1.3.2|4|3051 tenths
1.3.6.1.4.1.32473.1.1.3.3|2|-9990
1.3.6.1.4.1.32473.1.1.5.1|2|1
1.3.6.1.4.1.32473.1.1.5.2|2|2
1.3.6.1.4.1.32473.1.1.6.1|2|1
1.3.6.1.4.1.32473.1.1.6.2|2|1
1.3.6.1.4.1.32473.1.1.6.3|2|2
1.3.6.1.4.1.32473.2.1.4.2|2|1
1.3.6.1.4.1.32473.3.1.1.1|4|vol1
1.3.6.1.4.1.32473.3.1.2.1|4|1.5 TB
1.3.6.1.4.1.32473.3.1.3.1|4|512 GB
1.3.6.1.4.1.32473.4.1.1.1|4|SN1001
1.3.6.1.4.1.32473.4.1.1.2|4|SN1002
1.3.6.1.4.1.32473.4.1.2.2|2|1
1.3.6.1.4.1.32473.5.1.0|2|4
1.3.6.1.4.1.32473.5.2.0|2|600
1.3.6.1.4.1.32473.5.3.0|2|2
1.3.6.1.4.1.32473.6.1.1.1|2|2301
1.3.6.1.4.1.32473.6.1.1.2|2|2299
1.3.6.1.4.1.32473.6.1.2.1|2|40
1.3.6.1.4.1.32473.9.1.0|4|io 3.31 V, core 1.08 V
1.3.6.1.4.1.32473.9.2.0|2|88
1.3.6.1.4.1.32473.9.3.0|2|55
`, Options{Tables: own})
	same(t, "sensors", d.Sensors, []seen.Sensor{
		{Index: "7", Kind: "humidity", Unit: "%", Value: new(44.0), State: "ok", Source: "entPhySensorTable"},
		{Index: "1", Name: "inlet", Kind: "temperature", Unit: "°C", Value: new(21.7), State: "ok", Source: "probes"},
		{Index: "2", Name: "outlet", Kind: "temperature", Unit: "°C", Value: new(30.51), State: "high", Source: "probes"},
		{Name: "board", Kind: "voltage", Unit: "V", Value: new(1.08), Source: "board"}})
	same(t, "storage", d.Storage, []seen.Storage{{Index: 1, Name: "vol1", Kind: "fixed-disk", Bytes: new(int64(1649267441664)), Used: new(int64(1649267441664 - 512<<30))}})
	same(t, "processors", d.Processors, []seen.Processor{{Name: "CPU", Load: new(int64(12))}})
	same(t, "members", d.Members, []seen.Member{{Number: 1, Serial: "SN1001"}, {Number: 2, Serial: "SN1002", Role: "master"}})
	same(t, "ups", d.UPS, seen.UPS{Battery: "low", Runtime: new(10.0), Load: new(40.0), InputV: []float64{230.1, 229.9}, Replace: new(true)})
}

func TestATableThatCannotBeRightIsRefusedByName(t *testing.T) {
	for raw, want := range map[string]string{
		`{"to": "sensors", "columns": {"value": "1.1"}}`:                                           "missing",
		`{"table": "a", "to": "sensor", "columns": {"value": "1.1"}}`:                              `"sensor" is none of`,
		`{"table": "a", "to": "sensors"}`:                                                          "there are none",
		`{"table": "a", "to": "sensors", "columns": {"valu": "1.1"}}`:                              `no field "valu"`,
		`{"table": "a", "to": "sensors", "columns": {"value": 3}}`:                                 "no entry",
		`{"table": "a", "to": "sensors", "entry": "9.x", "columns": {"value": 3}}`:                 "entry",
		`{"table": "a", "to": "sensors", "columns": {"value": {"at": "9.1", "match": "("}}}`:       "parsing regexp",
		`{"table": "a", "to": "sensors", "object": ["9..1"], "columns": {"value": {"at": "9.1"}}}`: "object",
	} {
		var one Table
		if err := json.Unmarshal([]byte(raw), &one); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if err := one.Prepare(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
	}
	var one Table
	if err := json.Unmarshal([]byte(`{"table": "a", "to": "sensors", "columns": {"value": {"att": "9.1"}}}`), &one); err == nil || !strings.Contains(err.Error(), "att") {
		t.Errorf("got %v", err)
	}
}
