package device

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

func read(t testing.TB, text string, o Options) seen.Device {
	t.Helper()
	rec, err := snmp.ReadRecording(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return readFrom(t, rec, o)
}

func readFrom(t testing.TB, src snmp.Source, o Options) seen.Device {
	t.Helper()
	var d seen.Device
	if err := System(t.Context(), src, &d); err != nil {
		t.Fatal(err)
	}
	if err := Read(t.Context(), src, &d, o); err != nil {
		t.Fatal(err)
	}
	return d
}

func sample(t testing.TB, name string) seen.Device {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, string(raw), Options{})
}

// same compares by JSON, which is what is promised.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, _ := json.Marshal(got)
	w, _ := json.Marshal(want)
	if string(g) != string(w) {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func TestASwitchIsReadWhole(t *testing.T) {
	d := sample(t, "switch.snmprec")
	if d.SysName != "core-1" || d.Location != "Köln" || *d.Uptime != 42949672.90 || d.ChassisID != "02:00:00:00:00:aa" || d.ChassisType != "mac" || d.BridgeMAC != "02:00:00:00:00:aa" {
		t.Errorf("system: %+v", d)
	}
	i := d.Interfaces[0]
	if i.Index != 101 || i.Name != "ge-0/0/1" || i.Descr != "Slot0Port1" || i.Alias != "to access-1" || i.Speed != 10e9 || i.Admin != "up" || i.Oper != "up" || i.Duplex != "full" || !*i.Connector ||
		i.Counters.Bits != 64 || *i.Counters.InOctets != 9e9 || *i.Counters.InErrors != 3 {
		t.Errorf("interface: %+v %+v", i, i.Counters)
	}
	if i = d.Interfaces[1]; i.MAC != "00:1b:21:00:00:02" || i.Admin != "down" || i.Oper != "lower-layer-down" || i.Speed != 1e8 || i.PVID != 10 {
		t.Errorf("interface: %+v", i)
	}
	if d.Interfaces[2].MAC != "" || d.Interfaces[2].Aggregate != 200 || d.Interfaces[3].Aggregate != 200 {
		t.Errorf("members: %+v", d.Interfaces[2:4])
	}
	same(t, "addresses", d.Interfaces[5].IPs, []string{"192.0.2.1/24", "2001:db8::1/64"})
	same(t, "lower", d.Interfaces[5].Lower, []int64{101})
	same(t, "macs", d.MACs, []string{"00:1b:21:00:00:02", "02:00:00:00:00:01", "02:00:00:00:00:aa"})
	same(t, "lldp", d.LLDP, []seen.Neighbour{
		{Port: "ge-0/0/1", IfIndex: 101, ChassisID: "00:1b:21:aa:bb:01", ChassisType: "mac", PortID: "Gi1/0/24", PortType: "name", PortDescr: "uplink", SysName: "access-1", SysDescr: "an access switch", Addresses: []string{"192.0.2.2"}, Capabilities: []string{"bridge", "router"}},
		{Port: "ge-0/0/2", IfIndex: 102, ChassisID: "192.0.2.99", ChassisType: "address", PortID: "00:1b:21:aa:bb:02", PortType: "mac", Capabilities: []string{"phone"}, Model: "T46", Serial: "PHONE123456"},
	})
	same(t, "vlans", d.VLANs, []seen.VLAN{{ID: 10, Name: "office", Tagged: []int64{101, 200}, Untagged: []int64{102}}})
	same(t, "fdb", d.FDB, []seen.FDBEntry{{VLAN: 10, MAC: "00:1b:21:aa:bb:09", BridgePort: 2, IfIndex: 102, Status: "learned"}, {MAC: "00:1b:21:aa:bb:07", BridgePort: 9, IfIndex: 200}})
	same(t, "arp", d.ARP, []seen.ARPEntry{{IfIndex: 300, IP: "192.0.2.9", MAC: "00:1b:21:aa:bb:09", Kind: "dynamic"}, {IfIndex: 300, IP: "2001:db8::9", MAC: "00:1b:21:aa:bb:09", Kind: "dynamic"}})
	same(t, "routes", d.Routes, []seen.Route{{Prefix: "10.0.0.0/8", NextHop: "192.0.2.254", IfIndex: 300, Protocol: "static", Kind: "remote", Metric: 1}})
	same(t, "stp", d.STP, []seen.STPInstance{{Protocol: "ieee8021d", Bridge: "32768/02:00:00:00:00:aa", Root: "4096/00:1b:21:aa:bb:01", RootPort: 1, RootIfIndex: 101, RootCost: 20, Changes: 4, SinceSeconds: 60,
		Ports: []seen.STPPort{{BridgePort: 1, IfIndex: 101, State: "forwarding", DesignatedBridge: "4096/00:1b:21:aa:bb:01", DesignatedPort: "128/24"}}}})
	same(t, "components", d.Components, []seen.Component{{Index: 1, Class: "chassis", Descr: "Example Chassis", Model: "EX-48T", Serial: "EX12345678", Made: "2020-12-31"}, {Index: 2, Within: 1, Class: "sensor", Descr: "Inlet"}})
	same(t, "sensors", d.Sensors, []seen.Sensor{{Index: "2", Name: "Inlet", Kind: "temperature", Unit: "°C", Value: new(23.5), State: "ok", Source: "entPhySensorTable"}})
	same(t, "storage", d.Storage, []seen.Storage{{Index: 1, Name: "RAM", Kind: "ram", Bytes: new(int64(1 << 43)), Used: new(int64(4096000))}})
	states := map[string]string{}
	for _, s := range d.Sections {
		states[s.Name] = s.State
	}
	if states["interfaces"] != "seen" || states["printer"] != "absent" || states["cdp"] != "absent" || len(d.Gaps) > 0 {
		t.Errorf("sections %v, gaps %v", states, d.Gaps)
	}
}

func TestAPrinterTellsItsSupplies(t *testing.T) {
	d := read(t, `1.3.6.1.2.1.1.1.0|4|printer
1.3.6.1.2.1.25.3.5.1.1.1|2|4
1.3.6.1.2.1.25.3.5.1.2.1|4x|2200
1.3.6.1.2.1.43.8.2.1.9.1.1|2|500
1.3.6.1.2.1.43.8.2.1.10.1.1|2|-3
1.3.6.1.2.1.43.8.2.1.13.1.1|4|Tray 1
1.3.6.1.2.1.43.10.2.1.3.1.1|2|7
1.3.6.1.2.1.43.10.2.1.4.1.1|65|12345
1.3.6.1.2.1.43.11.1.1.3.1.1|2|1
1.3.6.1.2.1.43.11.1.1.4.1.1|2|3
1.3.6.1.2.1.43.11.1.1.4.1.2|2|4
1.3.6.1.2.1.43.11.1.1.5.1.1|2|3
1.3.6.1.2.1.43.11.1.1.5.1.2|2|4
1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black Toner
1.3.6.1.2.1.43.11.1.1.7.1.1|2|19
1.3.6.1.2.1.43.11.1.1.8.1.1|2|-2
1.3.6.1.2.1.43.11.1.1.8.1.2|2|4000
1.3.6.1.2.1.43.11.1.1.9.1.1|2|37
1.3.6.1.2.1.43.11.1.1.9.1.2|2|-3
1.3.6.1.2.1.43.12.1.1.4.1.1|4|black
`, Options{})
	same(t, "printer", d.Printer, seen.Printer{Status: "printing", Errors: []string{"low-toner", "offline"}, Pages: new(int64(12345)), Unit: "impressions",
		Supplies: []seen.Supply{{Index: "1.1", Name: "Black Toner", Kind: "toner", Color: "black", Level: new(int64(37)), Unit: "percent", Percent: new(37)},
			{Index: "1.2", Kind: "waste-toner", Max: new(int64(4000)), State: "some-left", Filled: true}},
		Trays: []seen.Tray{{Index: "1.1", Name: "Tray 1", Max: new(int64(500)), State: "some-left"}}})
}

func TestAPowerSupplyTellsItsBattery(t *testing.T) {
	d := read(t, `1.3.6.1.2.1.1.1.0|4|ups
1.3.6.1.2.1.33.1.2.1.0|2|2
1.3.6.1.2.1.33.1.2.3.0|2|41
1.3.6.1.2.1.33.1.2.4.0|2|100
1.3.6.1.2.1.33.1.2.5.0|2|2730
1.3.6.1.2.1.33.1.4.1.0|2|5
1.3.6.1.2.1.33.1.4.4.1.5.1|2|12
1.3.6.1.2.1.33.1.4.4.1.5.2|2|31
1.3.6.1.4.1.318.1.1.1.2.1.1.0|2|2
1.3.6.1.4.1.318.1.1.1.2.2.4.0|2|2
`, Options{})
	same(t, "ups", d.UPS, seen.UPS{Battery: "normal", Output: "battery", Runtime: new(41.0), Charge: new(100.0), Load: new(31.0), BatteryV: new(273.0), Replace: new(true)})
}

func TestACiscoSwitchIsAskedVLANByVLAN(t *testing.T) {
	base := `1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.516
1.3.6.1.2.1.2.2.1.2.10001|4|Gi1/0/1
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.1|4|default
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.20|4|voice
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.1002|4|fddi-default
1.3.6.1.4.1.9.9.46.1.6.1.1.4.10001|4x|400008
1.3.6.1.4.1.9.9.46.1.6.1.1.5.10001|2|1
1.3.6.1.4.1.9.9.46.1.6.1.1.14.10001|2|1
`
	asked := []string{}
	o := Options{Context: func(name string) (snmp.Source, func(), error) {
		asked = append(asked, name)
		rec, err := snmp.ReadRecording(strings.NewReader("1.3.6.1.2.1.17.1.4.1.2.1|2|10001\n1.3.6.1.2.1.17.4.3.1.2.0.27.33.0.0." + name + "|2|1\n1.3.6.1.2.1.17.4.3.1.3.0.27.33.0.0." + name + "|2|3\n"))
		return rec, func() {}, err
	}}
	d := read(t, base, o)
	same(t, "contexts", asked, []string{"1", "20"})
	same(t, "vlans", d.VLANs, []seen.VLAN{{ID: 1, Name: "default", Untagged: []int64{10001}}, {ID: 20, Name: "voice", Tagged: []int64{10001}}})
	same(t, "fdb", d.FDB, []seen.FDBEntry{{VLAN: 1, MAC: "00:1b:21:00:00:01", BridgePort: 1, IfIndex: 10001, Status: "learned"}, {VLAN: 20, MAC: "00:1b:21:00:00:14", BridgePort: 1, IfIndex: 10001, Status: "learned"}})
	if d = read(t, base, Options{}); len(d.Gaps) != 1 || !strings.Contains(d.Gaps[0].Needs, "community@VLAN") {
		t.Errorf("without contexts: %+v", d.Gaps)
	}
}

func TestCDPIsReadWithItsRoles(t *testing.T) {
	d := read(t, `1.3.6.1.2.1.2.2.1.2.3|4|Gi0/3
1.3.6.1.4.1.9.9.23.1.2.1.1.4.3.1|4x|C0000207
1.3.6.1.4.1.9.9.23.1.2.1.1.6.3.1|4|core.example
1.3.6.1.4.1.9.9.23.1.2.1.1.7.3.1|4|Gi1/1
1.3.6.1.4.1.9.9.23.1.2.1.1.8.3.1|4|cisco WS-C6509
1.3.6.1.4.1.9.9.23.1.2.1.1.9.3.1|4x|00000029
1.3.6.1.4.1.9.9.23.1.2.1.1.11.3.1|2|5
`, Options{})
	same(t, "cdp", d.CDP, []seen.Neighbour{{Port: "Gi0/3", IfIndex: 3, ChassisID: "core.example", ChassisType: "name", PortID: "Gi1/1", PortType: "name", SysName: "core.example", Platform: "cisco WS-C6509", Addresses: []string{"192.0.2.7"}, Capabilities: []string{"router", "switch", "igmp"}, NativeVLAN: 5}})
}

// failing is a source that fails at what lies under some identifiers.
type failing struct {
	snmp.Source
	under []snmp.OID
	with  error
}

func (f failing) Next(ctx context.Context, o snmp.OID) ([]snmp.Binding, error) {
	if slices.ContainsFunc(f.under, func(u snmp.OID) bool { return o.Under(u) }) {
		return nil, f.with
	}
	return f.Source.Next(ctx, o)
}

func TestWhatIsRefusedIsAGapAndTheRestIsRead(t *testing.T) {
	raw, err := os.ReadFile("testdata/switch.snmprec")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := snmp.ReadRecording(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	d := readFrom(t, failing{rec, []snmp.OID{snmp.MustOID("1.3.6.1.2.1.17.7"), snmp.MustOID("1.3.6.1.2.1.4.22")}, snmp.ErrAccess}, Options{})
	states := map[string]string{}
	for _, s := range d.Sections {
		states[s.Name] = s.State
	}
	if states["vlans"] != "unseen" || states["fdb"] != "partly" || states["arp"] != "partly" || states["lldp"] != "seen" || len(d.Gaps) != 3 || !strings.Contains(d.Gaps[0].Needs, "view") {
		t.Errorf("states %v, gaps %+v", states, d.Gaps)
	}
	var silent seen.Device
	err = Read(t.Context(), failing{rec, []snmp.OID{snmp.MustOID("1")}, snmp.ErrNoAnswer}, &silent, Options{})
	if !errors.Is(err, snmp.ErrNoAnswer) || len(silent.Gaps) == 0 || len(silent.Gaps) > 4 {
		t.Errorf("a silent agent: %v %+v", err, silent.Gaps)
	}
}

func FuzzDevice(f *testing.F) {
	raw, err := os.ReadFile("testdata/switch.snmprec")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add("1.3.6.1.2.1.4.24.7.1.7.1.4.10.0.0.0.8.2.0.0.1.4.10.0.0.1|2|1\n1.3.6.1.2.1.4.24.4.1.5.10.0.0.0.255.0.0.0.0.10.0.0.1|2|2\n1.0.8802.1.1.2.1.4.2.1.3.0.1.1.9.9|2|1\n")
	f.Fuzz(func(t *testing.T, s string) {
		rec, err := snmp.ReadRecording(strings.NewReader(s))
		if err != nil {
			return
		}
		var d seen.Device
		_ = System(t.Context(), rec, &d)
		if err := Read(t.Context(), rec, &d, Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
