package frame

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// shows tells whether the JSON of v holds every text.
func shows(t *testing.T, v any, want ...string) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range want {
		if !strings.Contains(string(b), w) {
			t.Errorf("%s lacks %s", b, w)
		}
	}
}

func TestLLDPTellsDevicePortAndEverythingOptional(t *testing.T) {
	f := lldpFrame(must(),
		tlv(4, []byte("uplink to core")...), tlv(5, []byte("sw1.example.org")...), tlv(6, []byte("Example OS 12.1")...), tlv(7, 0, 0x14, 0, 0x04),
		tlv(8, raw(t, "05 01 c0000207 02 00000035 08 2b06010201020201")...),
		tlv(8, raw(t, "11 02 20010db8000000000000000000000007 03 00000001 00")...),
		org(ouiDot1, 1, 0, 10), org(ouiDot1, 2, 6, 0, 20), org(ouiDot1, 3, append([]byte{0, 10, 5}, []byte("users")...)...), org(ouiDot1, 4, 3, 0x88, 0xcc, 1),
		org(ouiDot1, 5, 1, 2, 3, 4), org(ouiDot1, 6, 0, 99), org(ouiDot1, 7, 3, 0, 0, 3, 0xE9),
		org(ouiDot1, 9, raw(t, "84 01234567 0a14281e00000000 0202020200000000")...), org(ouiDot1, 11, 0x88, 0x18), org(ouiDot1, 12, 0, 0x62, 0x0C, 0xBC),
		org(ouiDot3, 1, raw(t, "03 6c01 001e")...), org(ouiDot3, 2, raw(t, "07 01 05 53 0082 0096")...), org(ouiDot3, 4, 0x24, 0x00),
		org(ouiDot3, 5, raw(t, "0011 0012 0013 0014 0015")...), org(ouiDot3, 7, 0, 0x07),
		org(ouiMED, 1, 0x00, 0x2F, 4), org(ouiMED, 2, raw(t, "01 40 c9 6e")...), org(ouiMED, 4, raw(t, "51 0082")...),
		org(ouiMED, 5, []byte("hw1")...), org(ouiMED, 6, []byte("fw2")...), org(ouiMED, 7, []byte("sw3")...), org(ouiMED, 8, []byte("SER123")...), org(ouiMED, 9, []byte("Maker")...), org(ouiMED, 10, []byte("M-10")...), org(ouiMED, 11, []byte("A-11")...),
		org(ouiMED, 3, raw(t, "02 0b 02 4445 03 06 4265726c696e")...), org(ouiMED, 3, append([]byte{3}, []byte("4930123456789")...)...),
		org(ouiIANA, 1, []byte("https://example.org/mud")...), tlv(100, 1, 2, 3), org(0x123456, 9, 0xFE), tlv(0))
	n, problems := Decode(Ethernet, f, false)
	if n == nil || len(problems) > 0 {
		t.Fatalf("%v %v", n, problems)
	}
	shows(t, n, `"protocol":"lldp"`, `"ttl":120`, `"chassis":{"kind":"mac","value":"00:1b:54:00:00:01"}`, `"port":{"kind":"interface-name","value":"Gi1/0/1"}`,
		`"port_description":"uplink to core"`, `"system_name":"sw1.example.org"`, `"system_description":"Example OS 12.1"`, `"capabilities":["bridge","router"],"enabled_capabilities":["bridge"]`,
		`{"address":"192.0.2.7","family":"ipv4","interface":53,"numbering":"ifIndex","oid":"1.3.6.1.2.1.2.2.1"}`, `{"address":"2001:db8::7","family":"ipv6","interface":1,"numbering":"system-port"}`,
		`"native_vlan":10`, `{"id":20,"supported":true,"enabled":true}`, `{"id":10,"name":"users"}`, `"protocol_identities":["88cc01"]`, `"vid_usage_digest":"01020304"`, `"management_vlan":99`,
		`"aggregation":{"capable":true,"active":true,"port":1001}`, `"bandwidth_percent":[10,20,40,30,0,0,0,0]`, `"class_of_priority":[0,1,2,3,4,5,6,7]`, `"enabled_priorities":[3,4]`,
		`{"priority":3,"selector":"tcp","protocol":3260}`, `"type":"1000BaseTFD"`, `"duplex":"full"`, `"max_frame":9216`,
		`"device":"source","type":"type-2-powered","source":"source","priority":"low","class":4,"supported":true,"enabled":true,"pairs":"signal","requested":13,"allocated":15`,
		`"transmit":17`, `"preemption":{"supported":true,"enabled":true,"active":true,"additional_fragment":0}`,
		`"class":"network"`, `{"application":"voice","tagged":true,"vlan":100,"priority":5,"dscp":46}`, `"from":"med","device":"powered","source":"source","priority":"critical","watts":13`,
		`"hardware_revision":"hw1"`, `"firmware_revision":"fw2"`, `"software_revision":"sw3"`, `"serial":"SER123"`, `"manufacturer":"Maker"`, `"model":"M-10"`, `"asset":"A-11"`,
		`"of":"client","country":"DE","civic":{"city":"Berlin"}`, `"emergency_number":"4930123456789"`, `"mud_url":"https://example.org/mud"`,
		`{"type":100,"hex":"010203"}`, `{"type":127,"oui":"12-34-56","subtype":9,"hex":"fe"}`)
}

func TestEachSubtypeOfChassisAndPortIsRead(t *testing.T) {
	for kind, want := range map[byte]string{1: `"chassis":{"kind":"component","value":"Slot 1"}`, 2: `"interface-alias"`, 3: `"port-component"`, 6: `"interface-name"`, 7: `"local"`, 9: `"unknown"`} {
		n, _ := Decode(Ethernet, lldpFrame(tlv(1, append([]byte{kind}, []byte("Slot 1")...)...), tlv(2, append([]byte{7}, []byte("3")...)...), tlv(3, 0, 1), tlv(0)), false)
		shows(t, n, want)
	}
	n, problems := Decode(Ethernet, lldpFrame(tlv(1, 5, 1, 192, 0, 2, 1), tlv(2, 3, 0, 0x1b, 0x54, 1, 2, 3), tlv(3, 0, 0), tlv(0)), false)
	shows(t, n, `"kind":"network","value":"192.0.2.1"`, `"kind":"mac","value":"00:1b:54:01:02:03"`, `"gone":true`)
	if len(problems) > 0 {
		t.Error(problems)
	}
}

func TestCoordinatesAreThoseOfTheRFC(t *testing.T) {
	// The White House, as RFC 3825 writes it: 38.89868 north, 77.03723 west, 18 bits meant, 15 m.
	n, problems := Decode(Ethernet, lldpFrame(must(), org(ouiMED, 3, append([]byte{1}, raw(t, "484dcc1fc84b65ecf0311780000f0001")...)...), tlv(0)), false)
	if len(problems) > 0 || n == nil {
		t.Fatal(problems)
	}
	shows(t, n, `{"latitude":38.89868,"longitude":-77.03723,"altitude":15,"altitude_unit":"metres","datum":"WGS84","latitude_bits":18,"longitude_bits":18,"altitude_bits":30}`)
}

func TestAFaultCostsTheElementOrTheFrameAsTheStandardSays(t *testing.T) {
	long := bytes.Repeat([]byte{'x'}, 300)
	for _, c := range []struct {
		name   string
		frame  []byte
		lost   string
		offset int64
		what   string
	}{
		{"nothing", lldpFrame(), LostFrame, 14, "the LLDPDU is empty"},
		{"port first", lldpFrame(tlv(2, 7, 'x'), tlv(1, 7, 'x')), LostFrame, 14, "TLV 1 is Port ID where Chassis ID should stand"},
		{"no TTL", lldpFrame(tlv(1, 7, 'x'), tlv(2, 7, 'x'), tlv(0)), LostFrame, 22, "TLV 3 is End of LLDPDU where Time To Live should stand"},
		{"ends after port", lldpFrame(tlv(1, 7, 'x'), tlv(2, 7, 'x')), LostFrame, 22, "the LLDPDU ends where Time To Live should stand"},
		{"short chassis", lldpFrame(tlv(1, 7), tlv(2, 7, 'x'), tlv(3, 0, 1)), LostFrame, 14, "Chassis ID has 1 bytes; 2 to 256 would be right"},
		{"long chassis", lldpFrame(tlv(1, append([]byte{7}, long...)...), tlv(2, 7, 'x'), tlv(3, 0, 1)), LostFrame, 14, "Chassis ID has 301 bytes; 2 to 256 would be right"},
		{"MAC of 5 bytes", lldpFrame(tlv(1, 4, 1, 2, 3, 4, 5), tlv(2, 7, 'x'), tlv(3, 0, 1)), LostFrame, 14, "Chassis ID is a hardware address of 5 bytes; 6 would be right"},
		{"short TTL", lldpFrame(tlv(1, 7, 'x'), tlv(2, 7, 'x'), tlv(3, 9)), LostFrame, 22, "Time To Live has 1 bytes; 2 would be right"},
		{"second chassis", lldpFrame(must(), tlv(1, 7, 'x'), tlv(0)), LostFrame, 37, "Chassis ID stands a second time"},
		{"beyond the end", lldpFrame(must(), []byte{5 << 1, 200, 'a'}), LostFrame, 37, "System Name should have 200 bytes and 1 are left in the frame"},
		{"half a header", lldpFrame(must(), []byte{5 << 1}), LostFrame, 37, "one byte stands where a TLV's header of 2 should begin, or the end"},
		{"long end", lldpFrame(must(), tlv(0, 1)), LostElement, 37, "End of LLDPDU has 1 bytes; 0 would be right"},
		{"long name", lldpFrame(must(), tlv(5, long...), tlv(0)), LostElement, 37, "System Name has 300 bytes; at most 255 would be right"},
		{"second name", lldpFrame(must(), tlv(5, 'a'), tlv(5, 'b'), tlv(0)), LostElement, 40, "System Name stands a second time; the first one counts"},
		{"capabilities", lldpFrame(must(), tlv(7, 0, 4), tlv(0)), LostElement, 37, "System Capabilities has 2 bytes; 4 would be right"},
		{"address length", lldpFrame(must(), tlv(8, raw(t, "28 01 c0000207 02 00000035 00")...), tlv(0)), LostElement, 39, "Management Address' address has 40 bytes; 2 to 32 would be right"},
		{"address family", lldpFrame(must(), tlv(8, raw(t, "04 01 c00002 02 00000035 00")...), tlv(0)), LostElement, 40, "Management Address of family 1 has 3 bytes"},
		{"address OID", lldpFrame(must(), tlv(8, raw(t, "05 01 c0000207 02 00000035 09")...), tlv(0)), LostElement, 50, "Management Address' object identifier should have 9 bytes and 0 are left"},
		{"no OUI", lldpFrame(must(), tlv(127, 0, 0x80), tlv(0)), LostElement, 37, "an organisationally specific TLV has 2 bytes; at least 4 would be right"},
		{"VLAN ID", lldpFrame(must(), org(ouiDot1, 1, 0, 1, 2), tlv(0)), LostElement, 37, "Port VLAN ID has 3 bytes behind its subtype; 2 would be right"},
		{"VLAN 4095", lldpFrame(must(), org(ouiDot1, 1, 0x0F, 0xFF), tlv(0)), LostElement, 43, "Port VLAN ID names VLAN 4095; 4094 is the highest"},
		{"VLAN name", lldpFrame(must(), org(ouiDot1, 3, 0, 1, 9, 'a'), tlv(0)), LostElement, 45, "VLAN Name says 9 bytes of name and has 1; at most 32 would be right"},
		{"power", lldpFrame(must(), org(ouiDot3, 2, 1, 2), tlv(0)), LostElement, 37, "Power via MDI has 2 bytes behind its subtype; 3, 8 or 25 would be right"},
		{"civic", lldpFrame(must(), org(ouiMED, 3, raw(t, "02 09 02 4445 03 40 42")...), tlv(0)), LostElement, 44, "Location's civic address says 9 bytes and has 6"},
		{"civic part", lldpFrame(must(), org(ouiMED, 3, raw(t, "02 06 02 4445 03 40 42")...), tlv(0)), LostElement, 48, "a part of Location's civic address is longer than the address"},
	} {
		n, problems := Decode(Ethernet, c.frame, false)
		if (n == nil) != (c.lost == LostFrame) {
			t.Errorf("%s: neighbour %v", c.name, n)
		}
		if len(problems) != 1 || problems[0].Lost != c.lost || problems[0].Offset != c.offset || problems[0].What != c.what {
			t.Errorf("%s: %+v; want %s at %d: %s", c.name, problems, c.lost, c.offset, c.what)
		}
		if n != nil && n.Port.Value != "Gi1/0/1" {
			t.Errorf("%s: the rest was lost: %+v", c.name, n)
		}
	}
}

func TestWhatTheCaptureCutIsToldApartFromWhatIsWrong(t *testing.T) {
	whole := lldpFrame(must(), tlv(5, []byte("sw1")...), tlv(6, []byte("a long description")...), tlv(0))
	n, problems := Decode(Ethernet, whole[:46], true)
	if n == nil || !n.Cut || n.SystemName != "sw1" || n.SystemDescription != "" || len(problems) != 1 || problems[0].What != "the capture cut the frame here" {
		t.Errorf("%+v %+v", n, problems)
	}
	if n, problems := Decode(Ethernet, whole[:30], true); n != nil || len(problems) != 1 || problems[0].What != "the capture cut the frame before Port ID was whole" {
		t.Errorf("%+v %+v", n, problems)
	}
}
