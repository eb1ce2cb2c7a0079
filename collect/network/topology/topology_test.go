package topology

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"steward/collect/network/seen"
)

func difference(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: not found: %s", what, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: invented: %s", what, g)
		}
	}
}

func TestEveryLinkIsFoundAndNoneInventedWhateverMethodSpeaks(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := made(r, 2+r.IntN(14), r.IntN(4), 1+r.IntN(3), seed%2 == 0)
		for _, c := range []struct {
			what                string
			lldp, cdp, stp, fdb bool
			blocked, hosts      bool
		}{
			{"lldp", true, false, false, false, true, false},
			{"cdp", false, true, false, false, true, false},
			{"stp", false, false, true, false, true, false},
			{"fdb", false, false, false, true, false, true},
			{"all", true, true, true, true, true, true},
			{"stp and fdb", false, false, true, true, true, true},
		} {
			m := Build(n.devices(c.lldp, c.cdp, c.stp, c.fdb))
			difference(t, fmt.Sprintf("seed %d, %s", seed, c.what), found(m, c.hosts), n.answer(c.blocked, c.hosts))
			for _, l := range m.Links {
				if len(l.Flags) > 0 {
					t.Errorf("seed %d, %s: %s %s – %s %s is flagged %v: %+v", seed, c.what, l.A.Node, l.A.Port, l.B.Node, l.B.Port, l.Flags, l.Evidence)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
}

func TestALinkSeenBySeveralMethodsFromBothEndsIsOneWithAllItsEvidence(t *testing.T) {
	n := &network{switches: 2, nextPort: []int64{2, 2}, cables: []cable{{a: 0, ap: 1, b: 1, bp: 2}, {a: 0, ap: 2, b: -1, host: "3c:22:fb:00:00:01"}, {a: 1, ap: 1, b: -1, host: "3c:22:fb:00:00:02"}}}
	m := Build(n.devices(true, true, true, true))
	var link Link
	for _, l := range m.Links {
		if l.A.Node == "sw000" && l.B.Node == "sw001" {
			link = l
		}
	}
	if got := strings.Join(link.Methods, " "); got != "lldp cdp stp fdb" {
		t.Errorf("methods %s", got)
	}
	if len(link.Evidence) != 7 || link.Confidence != 0.99 {
		t.Errorf("%d pieces of evidence, confidence %v: %+v", len(link.Evidence), link.Confidence, link.Evidence)
	}
}

func TestTheOrderOfDevicesDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	n := made(r, 12, 3, 2, true)
	devices := n.devices(true, true, true, true)
	want, _ := json.Marshal(Build(devices))
	picture := SVG(Build(devices))
	for range 5 {
		r.Shuffle(len(devices), func(i, j int) { devices[i], devices[j] = devices[j], devices[i] })
		for i := range devices {
			r.Shuffle(len(devices[i].LLDP), func(x, y int) { devices[i].LLDP[x], devices[i].LLDP[y] = devices[i].LLDP[y], devices[i].LLDP[x] })
			r.Shuffle(len(devices[i].FDB), func(x, y int) { devices[i].FDB[x], devices[i].FDB[y] = devices[i].FDB[y], devices[i].FDB[x] })
		}
		if got, _ := json.Marshal(Build(devices)); string(got) != string(want) {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		if SVG(Build(devices)) != picture {
			t.Fatal("another picture")
		}
	}
}

func TestWhatIsMissingOnlyLowersConfidence(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := made(r, 8, 0, 2, false)
		devices := n.devices(true, false, false, true)
		whole := map[string]float64{}
		for _, l := range Build(devices).Links {
			whole[fmt.Sprint(l.A.Node, l.B.Node)] = l.Confidence
		}
		// One switch does not answer for its neighbours, another not for its table.
		devices[r.IntN(8)].LLDP = nil
		devices[r.IntN(8)].FDB = nil
		got := Build(devices)
		difference(t, fmt.Sprint("seed ", seed), found(got, false), n.answer(true, false))
		for _, l := range got.Links {
			if c, known := whole[fmt.Sprint(l.A.Node, l.B.Node)]; known && l.Confidence > c {
				t.Errorf("seed %d: %s – %s has confidence %v, and %v with everything seen", seed, l.A.Node, l.B.Node, l.Confidence, c)
			}
		}
	}
}

func TestSwitchesWhoseOwnAddressesNobodyLearntAreJoinedByWhatIsBehindThem(t *testing.T) {
	n := &network{switches: 3, nextPort: []int64{0, 0, 0}}
	port := func(i int) int { n.nextPort[i]++; return int(n.nextPort[i]) }
	n.cables = append(n.cables, cable{a: 0, ap: port(0), b: 1, bp: port(1)}, cable{a: 1, ap: port(1), b: 2, bp: port(2)})
	for i := range 3 {
		for k := range 3 {
			n.cables = append(n.cables, cable{a: i, ap: port(i), b: -1, host: fmt.Sprintf("3c:22:fb:00:%02x:%02x", i, k)})
		}
	}
	devices := n.devices(false, false, false, true)
	for i := range devices {
		devices[i].FDB = slices.DeleteFunc(devices[i].FDB, func(e seen.FDBEntry) bool { return strings.HasPrefix(e.MAC, "00:1b:54") })
	}
	m := Build(devices)
	difference(t, "complementary", found(m, true), n.answer(true, true))
}

func TestAnUnmanagedSwitchBetweenManagedOnesIsANode(t *testing.T) {
	// Three switches and a host on a switch that tells nothing.
	var devices []seen.Device
	for i := range 3 {
		d := seen.Device{Key: fmt.Sprintf("sw%03d", i), SysName: fmt.Sprintf("sw%03d", i), ChassisID: switchMAC(i, 0), ChassisType: "mac", BridgeMAC: switchMAC(i, 0)}
		d.Interfaces = []seen.Interface{{Index: 1, Name: "1", Type: 6}, {Index: 2, Name: "2", Type: 6}}
		for j := range 3 {
			port := int64(1)
			if j == i {
				port = 2
			} else {
				d.FDB = append(d.FDB, seen.FDBEntry{MAC: switchMAC(j, 0), IfIndex: 1})
			}
			d.FDB = append(d.FDB, seen.FDBEntry{MAC: fmt.Sprintf("3c:22:fb:00:00:%02x", j), IfIndex: port})
		}
		devices = append(devices, d)
	}
	m := Build(devices)
	segments := 0
	for _, n := range m.Nodes {
		if n.Class == Segment {
			segments++
		}
	}
	ends := 0
	for _, l := range m.Links {
		if strings.HasPrefix(l.A.Node, Segment) && strings.HasPrefix(l.B.Node, "sw") {
			ends++
		}
	}
	if segments != 1 || ends != 3 {
		t.Errorf("%d segments with %d switches: %+v", segments, ends, m.Links)
	}
}

func TestSeveralAddressesAtOnePortAreAnUnmanagedSwitch(t *testing.T) {
	d := seen.Device{Key: "sw", SysName: "sw", BridgeMAC: switchMAC(0, 0), Interfaces: []seen.Interface{{Index: 1, Name: "1"}, {Index: 2, Name: "2"}}}
	for k := range 3 {
		d.FDB = append(d.FDB, seen.FDBEntry{MAC: fmt.Sprintf("3c:22:fb:00:00:%02x", k), IfIndex: 1})
	}
	d.FDB = append(d.FDB, seen.FDBEntry{MAC: "3c:22:fb:00:00:99", IfIndex: 2})
	router := seen.Device{Key: "router", SysName: "router", ARP: []seen.ARPEntry{{IfIndex: 1, IP: "192.0.2.9", MAC: "3c:22:fb:00:00:99"}}}
	m := Build([]seen.Device{d, router})
	var hub, host Node
	for _, n := range m.Nodes {
		switch {
		case n.Class == Segment:
			hub = n
		case n.ID == "host 3c:22:fb:00:00:99":
			host = n
		}
	}
	if hub.ID != "segment sw 1" || len(m.Links) != 5 {
		t.Errorf("segment %+v, %d links: %+v", hub, len(m.Links), m.Links)
	}
	if fmt.Sprint(host.Addresses) != "[192.0.2.9]" {
		t.Errorf("host %+v", host)
	}
}

func TestANeighbourThatWasNotAskedIsOneNodeHoweverOftenItIsSeen(t *testing.T) {
	heard := func(key, port, how string) seen.Device {
		d := seen.Device{Key: key, SysName: key, Interfaces: []seen.Interface{{Index: 5, Name: port}}}
		e := seen.Neighbour{IfIndex: 5, Port: port, PortID: "eth" + key, SysName: "ap7.example.org", Addresses: []string{"192.0.2.7"}, Capabilities: []string{"access-point"}}
		if how == LLDP {
			e.ChassisID, e.ChassisType = "b4:fb:e4:00:00:07", "mac"
			d.LLDP = []seen.Neighbour{e}
		} else {
			e.ChassisID, e.ChassisType, e.SysName = "ap7", "name", ""
			d.CDP = []seen.Neighbour{e}
		}
		return d
	}
	m := Build([]seen.Device{heard("a", "p1", CDP), heard("b", "p1", LLDP), heard("c", "p1", LLDP)})
	if len(m.Nodes) != 4 || len(m.Links) != 3 {
		t.Fatalf("%d nodes, %d links: %+v", len(m.Nodes), len(m.Links), m.Nodes)
	}
	for _, n := range m.Nodes {
		if n.Class == Neighbour && (n.Kind != "access-point" || n.Name != "ap7" && n.Name != "ap7.example.org") {
			t.Errorf("neighbour %+v", n)
		}
	}
}

func TestAnEndThatNamesSomebodyElseIsFlagged(t *testing.T) {
	n := &network{switches: 3, nextPort: []int64{1, 1, 1}, cables: []cable{{a: 1, ap: 1, b: 2, bp: 1}}}
	devices := n.devices(true, false, false, false)
	devices[0].LLDP = []seen.Neighbour{{IfIndex: 1, Port: "GigabitEthernet1/0/1", ChassisID: switchMAC(1, 0), ChassisType: "mac", PortID: "GigabitEthernet1/0/1", PortType: "name"}}
	for _, l := range Build(devices).Links {
		stale := l.A.Node == "sw000"
		if slices.Contains(l.Flags, Contradicted) != stale || stale && l.Confidence > 0.4 || !stale && l.Confidence < 0.9 {
			t.Errorf("%s – %s: %v %v", l.A.Node, l.B.Node, l.Flags, l.Confidence)
		}
	}
}

func TestAnEndThatHearsOthersButNotThisOneIsFlagged(t *testing.T) {
	n := &network{switches: 3, nextPort: []int64{2, 2, 2}, cables: []cable{{a: 0, ap: 1, b: 1, bp: 1}, {a: 1, ap: 2, b: 2, bp: 1}}}
	devices := n.devices(true, false, false, false)
	devices[1].LLDP = slices.DeleteFunc(devices[1].LLDP, func(e seen.Neighbour) bool { return e.IfIndex == 1 })
	for _, l := range Build(devices).Links {
		if one := l.A.Node == "sw000"; slices.Contains(l.Flags, OneSided) != one {
			t.Errorf("%s – %s: %v", l.A.Node, l.B.Node, l.Flags)
		}
	}
}

func TestANetworkForTwoJoinsRouters(t *testing.T) {
	router := func(key, ip string, mac int) seen.Device {
		return seen.Device{Key: key, SysName: key, Interfaces: []seen.Interface{{Index: 3, Name: "ge-0/0/3", Type: 6, MAC: switchMAC(mac, 3), IPs: []string{ip}}}}
	}
	a, b := router("a", "10.0.0.1/30", 1), router("b", "10.0.0.2/30", 2)
	a.ARP = []seen.ARPEntry{{IfIndex: 3, IP: "10.0.0.2", MAC: switchMAC(2, 3)}}
	m := Build([]seen.Device{a, b, router("c", "10.0.0.5/30", 3), router("d", "10.9.0.1/24", 4)})
	if len(m.Links) != 1 || fmt.Sprint(m.Links[0].Methods) != "[arp subnet]" || m.Links[0].A.Port != "ge-0/0/3" || m.Links[0].Confidence != 0.76 {
		t.Errorf("%+v", m.Links)
	}
}

func TestOneDeviceAskedAtTwoAddressesIsOneNode(t *testing.T) {
	d := seen.Device{Key: "10.0.0.1", Address: "10.0.0.1", SysName: "core", ChassisID: switchMAC(1, 0), ChassisType: "mac"}
	again := d
	again.Key, again.Address = "10.0.1.1", "10.0.1.1"
	m := Build([]seen.Device{again, d})
	if len(m.Nodes) != 1 || fmt.Sprint(m.Nodes[0].Keys) != "[10.0.0.1 10.0.1.1]" || len(m.Nodes[0].Addresses) != 2 {
		t.Errorf("%+v", m.Nodes)
	}
}

func TestThePictureIsWellFormedAndShowsWhatIsThere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	n := made(r, 9, 2, 6, true)
	devices := n.devices(true, true, true, true)
	devices[0].SysName = "<core> & \x01\xff"
	picture := SVG(Build(devices))
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"6 hosts", "&lt;core&gt; &amp;", "sw005.example.org", "Port-channel", "in reserve"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	if SVG(Map{}) == "" {
		t.Error("no picture of nothing")
	}
}
