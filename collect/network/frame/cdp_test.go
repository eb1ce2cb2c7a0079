package frame

import (
	"testing"
)

func TestCDPTellsEverything(t *testing.T) {

	f := cdpFrame(2, ctlv(1, []byte("core.example.org")...), ctlv(2, raw(t, "00000002 01 01 cc 0004 c0000201 02 08 aaaa0300000086dd 0010 20010db8000000000000000000000001")...),
		ctlv(3, []byte("GigabitEthernet1/0/24")...), ctlv(4, 0, 0, 0, 0x29), ctlv(5, []byte("Cisco IOS Software, 15.2")...), ctlv(6, []byte("cisco WS-C2960X-24TS-L")...),
		ctlv(7, raw(t, "0a000000 08 c0000200 18")...), ctlv(8, raw(t, "00000c 0112 0000")...), ctlv(9, []byte("LAB")...), ctlv(10, 0, 99), ctlv(11, 1), ctlv(14, 1, 0, 100), ctlv(15, 1, 0, 101),
		ctlv(16, raw(t, "3c28")...), ctlv(17, raw(t, "000005dc")...), ctlv(18, 1), ctlv(19, 5), ctlv(20, []byte("core")...), ctlv(21, raw(t, "0608 2b06010401090101")...),
		ctlv(22, raw(t, "00000001 01 01 cc 0004 c0000202")...), ctlv(23, append([]byte{0}, []byte("Room 5")...)...), ctlv(0x19, raw(t, "1234 0001 00003c28 00003a98")...), ctlv(0x1a, raw(t, "1234 0001 00007530 ffffffff")...),
		ctlv(0x1f, 9), ctlv(0x4242, 1, 2))
	n, problems := Decode(Ethernet, f, false)
	if n == nil || len(problems) > 0 {
		t.Fatalf("%v %v", n, problems)
	}
	shows(t, n, `"protocol":"cdp","protocol_version":2`, `"ttl":180`, `"chassis":{"kind":"device-id","value":"core.example.org"}`, `"port":{"kind":"interface-name","value":"GigabitEthernet1/0/24"}`,
		`"capabilities":["router","switch","igmp"]`, `"system_description":"Cisco IOS Software, 15.2"`, `"platform":"cisco WS-C2960X-24TS-L"`, `"addresses":["192.0.2.1","2001:db8::1"]`,
		`"ip_prefixes":["10.0.0.0/8","192.0.2.0/24"]`, `"protocol":274`, `"vtp_domain":"LAB"`, `"native_vlan":99`, `"duplex":"full"`, `"voice_vlan":100`, `"voice_vlan_wanted":101`,
		`{"from":"cdp-consumption","device":"powered","watts":15.4}`, `"mtu":1500`, `"trust_bitmap":1`, `"untrusted_cos":5`, `"system_name":"core"`, `"system_object_id":"1.3.6.1.4.1.9.1.1"`,
		`"management":[{"address":"192.0.2.2","family":"ipv4"}]`, `"location":"Room 5"`, `"requested":15.4`, `"available":30`, `"unlimited":true`, `{"type":31,"name":"Spare PoE","hex":"09"}`, `{"type":16962,"hex":"0102"}`)
}

func TestCDPVersion1IsRead(t *testing.T) {
	n, problems := Decode(Ethernet, cdpFrame(1, ctlv(1, []byte("r1")...), ctlv(3, []byte("Ethernet0")...), ctlv(4, 0, 0, 0, 1), ctlv(7, 10, 0, 0, 1)), false)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	shows(t, n, `"protocol_version":1`, `"value":"r1"`, `"value":"Ethernet0"`, `"capabilities":["router"]`, `"default_gateway":"10.0.0.1"`)
}

func TestBothChecksumsOfAnOddNumberOfBytesAreRight(t *testing.T) {
	for _, last := range []byte{0x01, 0x7F, 0x80, 0xFF} {
		payload := join([]byte{2, 180, 0, 0}, ctlv(1, []byte("r")...), ctlv(3, 'E', last))
		if len(payload)%2 == 0 {
			payload = join([]byte{2, 180, 0, 0}, ctlv(1, []byte("rr")...), ctlv(3, 'E', last))
		}
		for _, cisco := range []bool{true, false} {
			payload[2], payload[3] = 0, 0
			sum := ^uint16(sum(payload, cisco))
			payload[2], payload[3] = byte(sum>>8), byte(sum)
			if n, problems := Decode(Ethernet, cdpEnvelope(payload), false); n == nil || len(problems) > 0 {
				t.Errorf("last byte %x, Cisco's %v: %v", last, cisco, problems)
			}
		}
	}
}

func TestCDPFaultsAreNamed(t *testing.T) {
	good := ctlv(1, []byte("r1")...)
	wrong := cdpFrame(2, good, ctlv(3, []byte("E0")...))
	wrong[24] ^= 0x5A
	short := cdpFrame(2, good, ctlv(3, []byte("E0")...))
	for _, c := range []struct {
		name   string
		frame  []byte
		lost   string
		offset int64
		what   string
	}{
		{"empty", cdpEnvelope(nil), LostFrame, 22, "CDP has 0 bytes; its header alone needs 4"},
		{"version", cdpFrame(7, good), LostFrame, 22, "CDP version 7; 1 and 2 are known"},
		{"frame too short", short[:30], LostFrame, 12, "the frame's length field says 24 bytes and 16 are there"},
		{"length 0", cdpFrame(2, good, []byte{0, 5, 0, 0}), LostFrame, 34, "Version has a length of 0; its header alone has 4"},
		{"length 3", cdpFrame(2, []byte{0, 1, 0, 3}), LostFrame, 28, "Device ID has a length of 3; its header alone has 4"},
		{"beyond the end", cdpFrame(2, good, []byte{0, 5, 0, 200, 'x'}), LostFrame, 34, "Version should have 200 bytes and 5 are left in the frame"},
		{"half a header", cdpFrame(2, good, []byte{0, 5}), LostFrame, 32, "2 bytes stand where a TLV's header of 4 should begin, or the end"},
		{"no device", cdpFrame(2, ctlv(3, []byte("E0")...)), LostFrame, 26, "there is no Device ID"},
		{"address count", cdpFrame(2, good, ctlv(2, raw(t, "ffffffff 01 01 cc 0004 c0000201")...), ctlv(3, []byte("E0")...)), LostElement, 49, "Addresses promises 4294967295 addresses and ends within number 2"},
		{"address size", cdpFrame(2, good, ctlv(2, raw(t, "00000001 01 01 cc 0009 c0000201")...), ctlv(3, []byte("E0")...)), LostElement, 43, "address 1 of Addresses should have 9 bytes and 4 are left"},
		{"address family", cdpFrame(2, good, ctlv(22, raw(t, "00000001 01 01 cc 0003 c00002")...), ctlv(3, []byte("E0")...)), LostElement, 45, "address 1 of Management Address has 3 bytes, which does not fit protocol cc"},
		{"capabilities", cdpFrame(2, good, ctlv(4, 0, 1), ctlv(3, []byte("E0")...)), LostElement, 34, "Capabilities has 2 bytes; at least 4 would be right"},
		{"prefix", cdpFrame(2, good, ctlv(7, 10, 0, 0, 0, 40), ctlv(3, []byte("E0")...)), LostElement, 40, "IP Prefix has a length of 40 bits"},
		{"power", cdpFrame(2, good, ctlv(0x1a, 1, 2, 3), ctlv(3, []byte("E0")...)), LostElement, 34, "Power Available has 3 bytes; 4 and 4 for each value would be right"},
	} {
		n, problems := Decode(Ethernet, c.frame, false)
		if (n == nil) != (c.lost == LostFrame) {
			t.Errorf("%s: neighbour %v", c.name, n)
		}
		if len(problems) != 1 || problems[0].Lost != c.lost || problems[0].Offset != c.offset || problems[0].What != c.what {
			t.Errorf("%s: %+v; want %s at %d: %s", c.name, problems, c.lost, c.offset, c.what)
		}
		if n != nil && n.Port.Value != "E0" {
			t.Errorf("%s: the rest was lost: %+v", c.name, n)
		}
	}
	if n, problems := Decode(Ethernet, wrong, false); n != nil || len(problems) != 1 || problems[0].Offset != 24 {
		t.Errorf("wrong checksum: %v %v", n, problems)
	}
}
