package device

import (
	"strconv"
	"strings"
	"testing"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

func TestEachMemberOfAStackIsToldWithItsSerialNumber(t *testing.T) {
	entity := func(n, serial string) string {
		return "1.3.6.1.2.1.47.1.1.1.1.4." + n + "000|2|1\n1.3.6.1.2.1.47.1.1.1.1.5." + n + "000|2|3\n1.3.6.1.2.1.47.1.1.1.1.7." + n + "000|4|Switch " + n + "\n1.3.6.1.2.1.47.1.1.1.1.11." + n + "000|4|" + serial + "\n1.3.6.1.2.1.47.1.1.1.1.13." + n + "000|4|C9300-48P\n"
	}
	d := read(t, `1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.2494
1.3.6.1.2.1.47.1.1.1.1.5.1|2|11
1.3.6.1.2.1.47.1.1.1.1.7.1|4|c93xx Stack
`+entity("1", "FCW2233A001")+entity("2", "FCW2233A002")+`1.3.6.1.4.1.9.9.500.1.2.1.1.1.1000|66|1
1.3.6.1.4.1.9.9.500.1.2.1.1.1.2000|66|2
1.3.6.1.4.1.9.9.500.1.2.1.1.3.1000|2|4
1.3.6.1.4.1.9.9.500.1.2.1.1.3.2000|2|1
1.3.6.1.4.1.9.9.500.1.2.1.1.6.1000|2|4
1.3.6.1.4.1.9.9.500.1.2.1.1.6.2000|2|6
1.3.6.1.4.1.9.9.500.1.2.1.1.7.2000|4x|0200000000bb
`, Options{})
	same(t, "stack", d.Members, []seen.Member{
		{Number: 1, Serial: "FCW2233A001", Model: "C9300-48P", Role: "standby", State: "ready", Part: 1000},
		{Number: 2, Serial: "FCW2233A002", Model: "C9300-48P", Role: "master", State: "version-mismatch", MAC: "02:00:00:00:00:bb", Part: 2000}})
	// chassis whose names hold no number of their own, as of an IRF fabric
	d = read(t, "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.25506.11.1.101\n"+strings.ReplaceAll(strings.ReplaceAll(entity("7", "210235A1")+entity("8", "210235A2"), "Switch 7", "Fabric"), "Switch 8", "Fabric"), Options{})
	if len(d.Members) != 2 || d.Members[0].Number != 1 || d.Members[1].Serial != "210235A2" {
		t.Errorf("fabric: %+v", d.Members)
	}
	if d = read(t, "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.2494\n"+entity("1", "FCW2233A001"), Options{}); d.Members != nil {
		t.Errorf("one alone is no stack: %+v", d.Members)
	}
}

func TestEachVLANsSpanningTreeIsReadInItsContext(t *testing.T) {
	base := `1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.516
1.3.6.1.2.1.2.2.1.2.10001|4|Gi1/0/1
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.1|4|default
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.20|4|voice
1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.30|4|not active
1.3.6.1.2.1.17.2.2.0|2|32769
1.3.6.1.2.1.17.2.5.0|4x|8001020000000001
1.3.6.1.4.1.9.9.82.1.6.1.0|2|KIND
`
	tree := func(name, priority, state string) string {
		return "1.3.6.1.2.1.17.1.1.0|4x|0200000000" + name + "\n1.3.6.1.2.1.17.1.4.1.2.1|2|10001\n1.3.6.1.2.1.17.2.2.0|2|" + priority + "\n1.3.6.1.2.1.17.2.5.0|4x|80" + name + "020000000001\n1.3.6.1.2.1.17.2.7.0|2|1\n1.3.6.1.2.1.17.2.15.1.3.1|2|" + state + "\n1.3.6.1.2.1.17.2.15.1.8.1|4x|80" + name + "020000000001\n1.3.6.1.2.1.17.2.15.1.9.1|4x|8018\n"
	}
	opened := 0
	o := Options{Context: func(name string) (snmp.Source, func(), error) {
		text := map[string]string{"1": tree("01", "32769", "5"), "20": tree("14", "32788", "2"), "30": ""}[name]
		opened++
		rec, err := snmp.ReadRecording(strings.NewReader(text + "1.3.6.1.2.1.1.5.0|4|x\n"))
		if text == "" {
			return failing{rec, []snmp.OID{snmp.MustOID("1")}, snmp.ErrNoAnswer}, func() {}, err
		}
		return rec, func() {}, err
	}}
	d := read(t, strings.Replace(base, "KIND", "5", 1), o)
	port := func(vlan, state string) []seen.STPPort {
		return []seen.STPPort{{BridgePort: 1, IfIndex: 10001, State: state, DesignatedBridge: vlan + "/02:00:00:00:00:01", DesignatedPort: "128/24"}}
	}
	same(t, "trees", d.STP, []seen.STPInstance{
		{VLAN: 1, Bridge: "32769/02:00:00:00:00:01", Root: "32769/02:00:00:00:00:01", RootPort: 1, RootIfIndex: 10001, Ports: port("32769", "forwarding")},
		{VLAN: 20, Bridge: "32788/02:00:00:00:00:14", Root: "32788/02:00:00:00:00:01", RootPort: 1, RootIfIndex: 10001, Ports: port("32788", "blocking")}})
	if opened != 5 {
		t.Errorf("%d contexts were opened; one that was silent is not tried again", opened)
	}
	if d = read(t, strings.Replace(base, "KIND", "4", 1), o); len(d.STP) != 1 || d.STP[0].VLAN != 0 {
		t.Errorf("MST has no tree of a VLAN: %+v", d.STP)
	}
	d = read(t, strings.Replace(base, "KIND", "1", 1), Options{})
	if len(d.Gaps) != 2 || !strings.Contains(d.Gaps[1].What, "spanning trees") {
		t.Errorf("without contexts: %+v", d.Gaps)
	}
}

func TestASwitchThatKeepsItsContextsClosedIsNotAskedAgain(t *testing.T) {
	var base strings.Builder
	base.WriteString("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.516\n1.3.6.1.2.1.17.2.2.0|2|32769\n1.3.6.1.2.1.17.2.5.0|4x|8001020000000001\n")
	for id := range 40 {
		base.WriteString("1.3.6.1.4.1.9.9.46.1.3.1.1.4.1." + strconv.Itoa(id+1) + "|4|a\n")
	}
	opened := 0
	d := read(t, base.String(), Options{Context: func(string) (snmp.Source, func(), error) {
		opened++
		return failing{snmp.NewRecording(nil), []snmp.OID{snmp.MustOID("1")}, snmp.ErrNoAnswer}, func() {}, nil
	}})
	if opened != 3 || len(d.STP) != 1 || len(d.Gaps) != 2 {
		t.Errorf("%d contexts opened, %d trees, gaps %+v", opened, len(d.STP), d.Gaps)
	}
}
