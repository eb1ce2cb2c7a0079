package frame

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"
)

func TestCapturesAreReadInEveryForm(t *testing.T) {
	f := lldpFrame(must(), tlv(0))
	cdp := cdpFrame(2, ctlv(1, []byte("r1")...), ctlv(3, []byte("E0")...))
	at := time.Unix(1700000000, 123456000).UTC()
	check := func(name string, file []byte) {
		t.Helper()
		seen, problems, sum := read(t, file)
		if len(problems) > 0 || len(seen) != 2 || sum.Frames != 2 {
			t.Errorf("%s: %+v %+v %+v", name, seen, problems, sum)
			return
		}
		if seen[0].Protocol != "lldp" || seen[1].Protocol != "cdp" || seen[1].Frame != 2 || !seen[0].First.Equal(at) {
			t.Errorf("%s: %+v", name, seen)
		}
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		name := order.String()
		check("pcap "+name, capture(Ethernet, false, order, f, cdp))
		check("pcap with nanoseconds "+name, capture(Ethernet, true, order, f, cdp))
		units := uint64(1700000000)*1e6 + 123456
		nano := uint64(1700000000)*1e9 + 123456000
		check("pcapng "+name, join(ngSectionBlock(order), ngInterfaceBlock(order, Ethernet), ngPacketBlock(order, 0, units, f), block(order, 5, make([]byte, 12)), ngPacketBlock(order, 0, units, cdp)))
		check("pcapng with nanoseconds and an offset "+name, join(ngSectionBlock(order), ngInterfaceBlock(order, Ethernet, join(ngOption(order, 2, []byte("eth7")...), ngOption(order, 9, 9), ngOption(order, 14, order.AppendUint64(nil, 3600)...), ngOption(order, 0))...),
			ngPacketBlock(order, 0, nano-3600e9, f), ngPacketBlock(order, 0, nano-3600e9, cdp)))
		binaryUnits := uint64(1700000000)<<20 | 129453 // 2^-20 s
		seen, _, _ := read(t, join(ngSectionBlock(order), ngInterfaceBlock(order, Ethernet, ngOption(order, 9, 0x94)...), ngPacketBlock(order, 0, binaryUnits, f)))
		if len(seen) != 1 || seen[0].First.Sub(at).Abs() > time.Microsecond {
			t.Errorf("units of 2^-20: %+v", seen)
		}
	}
	// The next section may have another order, and other interfaces.
	seen, problems, _ := read(t, join(ngSectionBlock(binary.LittleEndian), ngInterfaceBlock(binary.LittleEndian, 147), ngInterfaceBlock(binary.LittleEndian, Ethernet), ngPacketBlock(binary.LittleEndian, 1, 1, f),
		ngSectionBlock(binary.BigEndian), ngInterfaceBlock(binary.BigEndian, Ethernet, ngOption(binary.BigEndian, 2, []byte("eth7")...)...), ngPacketBlock(binary.BigEndian, 0, 1, cdp)))
	if len(seen) != 2 || len(problems) > 0 || seen[1].Interface != "eth7" {
		t.Errorf("two sections: %+v %+v", seen, problems)
	}
	simple := block(binary.LittleEndian, ngSimple, append(binary.LittleEndian.AppendUint32(nil, uint32(len(f))), f...))
	if seen, problems, _ := read(t, join(ngSectionBlock(binary.LittleEndian), ngInterfaceBlock(binary.LittleEndian, Ethernet), simple)); len(seen) != 1 || len(problems) > 0 || !seen[0].First.IsZero() {
		t.Errorf("simple packet block: %+v %+v", seen, problems)
	}
}

func TestAnnouncementsAreFoundInEveryFormOfFrame(t *testing.T) {
	pdu := join(must(), tlv(0))
	cdp := cdpFrame(2, ctlv(1, []byte("r1")...), ctlv(3, []byte("E0")...))
	llc := cdp[14:]
	tag := func(kind uint16, id uint16) []byte {
		return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, kind), id)
	}
	head := []byte{0x01, 0x80, 0xC2, 0, 0, 0x0E, 0x00, 0x1b, 0x54, 0, 0, 2}
	cooked := func(kind uint16, payload []byte) []byte {
		return join([]byte{0, 2, 0, 1, 0, 6, 0x00, 0x1b, 0x54, 0, 0, 2, 0, 0}, binary.BigEndian.AppendUint16(nil, kind), payload)
	}
	cooked2 := func(kind uint16, payload []byte) []byte {
		return join(binary.BigEndian.AppendUint16(nil, kind), []byte{0, 0, 0, 0, 0, 3, 0, 1, 2, 6, 0x00, 0x1b, 0x54, 0, 0, 2, 0, 0}, payload)
	}
	for name, c := range map[string]struct {
		link     Link
		frame    []byte
		protocol string
		tags     int
	}{
		"one tag":            {Ethernet, join(head, tag(0x8100, 5), []byte{0x88, 0xCC}, pdu), "lldp", 1},
		"two tags":           {Ethernet, join(head, tag(0x88A8, 7), tag(0x8100, 5), []byte{0x88, 0xCC}, pdu), "lldp", 2},
		"tagged CDP":         {Ethernet, join(cdp[:12], tag(0x8100, 5), cdp[12:]), "cdp", 1},
		"LLDP in SNAP":       {Ethernet, join(head, []byte{0, byte(len(pdu) + 8), 0xAA, 0xAA, 3, 0, 0, 0, 0x88, 0xCC}, pdu), "lldp", 0},
		"padded CDP":         {Ethernet, join(cdp, make([]byte, 20)), "cdp", 0},
		"ISL":                {Ethernet, join([]byte{1, 0, 0x0C, 0, 0, 0, 0, 0x1b, 0x54, 0, 0, 3, 0, 90, 0xAA, 0xAA, 3, 0, 0, 0x0C, 0, 10, 0, 0, 0, 0}, cdp), "cdp", 1},
		"cooked LLDP":        {Cooked, cooked(0x88CC, pdu), "lldp", 0},
		"cooked CDP":         {Cooked, cooked(4, llc), "cdp", 0},
		"cooked 2 LLDP":      {Cooked2, cooked2(0x88CC, pdu), "lldp", 0},
		"cooked 2 CDP":       {Cooked2, cooked2(4, llc), "cdp", 0},
		"Cisco HDLC":         {CiscoHD, join([]byte{0x8F, 0, 0x20, 0}, llc[8:]), "cdp", 0},
		"PPP":                {PPP, join([]byte{0xFF, 3, 2, 7}, llc[8:]), "cdp", 0},
		"PPP without header": {PPPHDLC, join([]byte{2, 7}, llc[8:]), "cdp", 0},
	} {
		n, problems := Decode(c.link, c.frame, false)
		if n == nil || n.Protocol != c.protocol || len(n.Tags) != c.tags || len(problems) > 0 {
			t.Errorf("%s: %+v %+v", name, n, problems)
		}
	}
	for name, f := range map[string][]byte{"IPv4": join(head, []byte{8, 0, 0x45}), "another SNAP": join(head, []byte{0, 20, 0xAA, 0xAA, 3, 0, 0, 0x0C, 1, 0x0B}), "spanning tree": join(head, []byte{0, 38, 0x42, 0x42, 3}), "short": head[:10]} {
		if n, problems := Decode(Ethernet, f, false); n != nil || problems != nil {
			t.Errorf("%s: %+v %+v", name, n, problems)
		}
	}
	for _, link := range []Link{Null, Loop, RawIP, IPv4, IPv6} {
		if n, problems := Decode(link, []byte{2, 0, 0, 0, 0x45}, false); n != nil || problems != nil || !link.Known() {
			t.Errorf("%s: %+v %+v", link, n, problems)
		}
	}
}

func TestABrokenFrameOrFileDoesNotStopTheRestBeforeIt(t *testing.T) {
	good, bad := lldpFrame(must(), tlv(0)), lldpFrame(tlv(2, 7, 'x'))
	other := lldpFrame(must(), tlv(5, []byte("sw2")...), tlv(0))
	seen, problems, sum := read(t, capture(Ethernet, false, binary.LittleEndian, good, bad, other))
	if len(seen) != 2 || len(problems) != 1 || problems[0].Frame != 2 || problems[0].Error() != "frame 2, byte 14: TLV 1 is Port ID where Chassis ID should stand" || sum.Malformed != 1 {
		t.Errorf("%+v %+v", seen, problems)
	}
	if !seen[1].Changed {
		t.Error("the second announcement of the port says something else and is not marked")
	}
	file := capture(Ethernet, false, binary.LittleEndian, good, other)
	for _, c := range []struct {
		name, what string
		file       []byte
		frames     int
	}{
		{"cut within a frame", "the file ends within frame 2, which should have", file[:len(file)-3], 1},
		{"cut within a record's header", "the file ends within the header of frame 2", file[:24+16+len(good)+5], 1},
		{"cut within the file's header", "the file ends within its header", file[:10], 0},
		{"empty", "the file has 0 bytes; a capture begins with at least 24", nil, 0},
		{"another file", "the file begins with 89504e47; pcap and pcapng begin otherwise", []byte("\x89PNG\r\n\x1a\n"), 0},
		{"a length of 4 GB", "is said to have 4294967295 bytes; the file is broken here", join(file[:24+16+len(good)], make([]byte, 8), []byte{255, 255, 255, 255, 0, 0, 0, 0}), 1},
		{"a block of 3 bytes", "block of type 6 is said to have 3 bytes; at least 12 and a multiple of 4 would be right", join(ngSectionBlock(binary.LittleEndian), ngInterfaceBlock(binary.LittleEndian, Ethernet), ngPacketBlock(binary.LittleEndian, 0, 1, good), []byte{6, 0, 0, 0, 3, 0, 0, 0, 1}), 1},
		{"no section", "the section's byte order is given as 00000000", []byte{0x0A, 0x0D, 0x0D, 0x0A, 28, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, 0},
	} {
		seen, problems, _ := read(t, c.file)
		if len(seen) != c.frames || len(problems) != 1 || !strings.Contains(problems[0].What, c.what) || problems[0].Lost != LostRest {
			t.Errorf("%s: %d frames, %+v", c.name, len(seen), problems)
		}
	}
	// One bad block of a pcapng does not cost the next.
	order := binary.LittleEndian
	bad1 := ngPacketBlock(order, 9, 1, good)
	bad2 := ngPacketBlock(order, 0, 1, good)
	order.PutUint32(bad2[20:], 5000)
	seen, problems, _ = read(t, join(ngSectionBlock(order), ngInterfaceBlock(order, Ethernet), bad1, bad2, ngPacketBlock(order, 0, 1, good)))
	if len(seen) != 1 || seen[0].Frame != 3 || len(problems) != 2 || problems[0].Lost != LostFrame || problems[1].Frame != 2 {
		t.Errorf("%+v %+v", seen, problems)
	}
}

func TestTheSameAnnouncementIsOneSightingHoweverOftenItIsMade(t *testing.T) {
	f := lldpFrame(must(), tlv(0))
	power := func(request byte) []byte {
		return cdpFrame(2, ctlv(1, []byte("r1")...), ctlv(3, []byte("E0")...), ctlv(0x1a, 0, request, 0, 1, 0, 0, 0x3C, 0x28, 0, 0, 0, 0))
	}
	seen, _, sum := read(t, capture(Ethernet, false, binary.LittleEndian, f, power(1), f, power(2), f))
	if len(seen) != 2 || seen[0].Frames != 3 || seen[0].Frame != 1 || seen[0].Last != 5 || seen[1].Frames != 2 || sum.Announcements != 5 {
		t.Errorf("%+v %+v", seen, sum)
	}
}

func TestFramesOfOtherFormsAreCounted(t *testing.T) {
	_, _, sum := read(t, capture(127, false, binary.LittleEndian, []byte{1, 2, 3}, []byte{4}))
	if sum.Unread["radiotap"] != 2 {
		t.Errorf("%+v", sum)
	}
}

func FuzzRead(f *testing.F) {
	good := lldpFrame(must(), tlv(8, 5, 1, 192, 0, 2, 7, 2, 0, 0, 0, 1, 0), org(ouiDot3, 2, 1, 2, 3), org(ouiMED, 3, 2, 5, 0, 'D', 'E', 3, 0), tlv(0))
	cdp := cdpFrame(2, ctlv(1, []byte("r1")...), ctlv(2, 0, 0, 0, 1, 1, 1, 0xCC, 0, 4, 1, 2, 3, 4), ctlv(0x1a, 1, 2, 3, 4, 5, 6, 7, 8))
	f.Add(capture(Ethernet, false, binary.LittleEndian, good, cdp))
	f.Add(capture(Cooked, true, binary.BigEndian, good, cdp))
	f.Add(join(ngSectionBlock(binary.LittleEndian), ngInterfaceBlock(binary.LittleEndian, Ethernet, ngOption(binary.LittleEndian, 9, 0x8A)...), ngPacketBlock(binary.LittleEndian, 0, 1, good)))
	f.Fuzz(func(t *testing.T, file []byte) {
		seen, sum, err := Read(t.Context(), bytes.NewReader(file), func(p Problem) error {
			if p.What == "" || p.Lost == "" || p.Offset < 0 {
				t.Errorf("a problem that names nothing: %+v", p)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(seen) > sum.Announcements {
			t.Errorf("%d sightings of %d announcements", len(seen), sum.Announcements)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(uint32(1), false, lldpFrame(must(), tlv(0)))
	f.Add(uint32(1), true, cdpFrame(2, ctlv(1, []byte("r1")...), ctlv(2, 0, 0, 0, 1, 1, 1, 0xCC, 0, 4, 1, 2, 3, 4)))
	f.Add(uint32(113), false, []byte{0, 2, 0, 1, 0, 6})
	f.Fuzz(func(t *testing.T, link uint32, cut bool, frame []byte) {
		n, problems := Decode(Link(link), frame, cut)
		for _, p := range problems {
			if p.Offset < 0 || p.Offset > int64(len(frame)) {
				t.Errorf("offset %d of %d bytes: %s", p.Offset, len(frame), p.What)
			}
		}
		if n != nil && n.Chassis.Kind == "" {
			t.Errorf("a neighbour without a chassis: %+v", n)
		}
	})
}

func TestNeighboursOfACaptureAreADeviceOfATopology(t *testing.T) {
	phone := lldpFrame(must(), tlv(5, []byte("phone7")...), tlv(7, 0, 0x24, 0, 0x20), tlv(8, 5, 1, 192, 0, 2, 7, 2, 0, 0, 0, 1, 0), org(ouiMED, 10, []byte("M-10")...), tlv(0))
	gone := lldpFrame(tlv(1, 7, 'x'), tlv(2, 7, 'y'), tlv(3, 0, 0), tlv(0))
	seen, _, _ := read(t, capture(Ethernet, false, binary.LittleEndian, phone, gone, cdpFrame(2, ctlv(1, []byte("r1")...), ctlv(3, []byte("E0")...))))
	d := Device("tap", seen)
	if len(d.LLDP) != 1 || len(d.CDP) != 1 || d.Key != "tap" {
		t.Fatalf("%+v", d)
	}
	if n := d.LLDP[0]; n.ChassisType != "mac" || n.PortType != "name" || n.Capabilities[0] != "phone" || n.Addresses[0] != "192.0.2.7" || n.Model != "M-10" || n.Port != "capture" {
		t.Errorf("%+v", n)
	}
	if n := d.CDP[0]; n.ChassisID != "r1" || n.ChassisType != "name" || n.PortID != "E0" {
		t.Errorf("%+v", n)
	}
}
