package receive

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var exporterAddr = netip.MustParseAddr("192.0.2.250")

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// be writes numbers of the given sizes: be(2, 5, 4, 1) is 0005 00000001.
func be(pairs ...uint64) []byte {
	var b []byte
	for i := 0; i+1 < len(pairs); i += 2 {
		for shift := int(pairs[i]) - 1; shift >= 0; shift-- {
			b = append(b, byte(pairs[i+1]>>(8*shift)))
		}
	}
	return b
}

func flowSet(id uint64, body []byte) []byte {
	return append(be(2, id, 2, uint64(len(body)+4)), body...)
}

func v9Message(sequence uint64, sets ...[]byte) []byte {
	return append(be(2, 9, 2, uint64(len(sets)), 4, 60_000, 4, 1_700_000_000, 4, sequence, 4, 7), bytes.Join(sets, nil)...)
}

func ipfixMessage(sequence uint64, sets ...[]byte) []byte {
	body := bytes.Join(sets, nil)
	return append(be(2, 10, 2, uint64(len(body)+16), 4, 1_700_000_000, 4, sequence, 4, 7), body...)
}

// shown is a record in short.
func (r record) shown() string {
	return fmt.Sprintf("%s:%d > %s:%d %d, %d B, %d P, %d > %d, 1:%d", r.src, r.sport, r.dst, r.dport, r.proto, r.bytes, r.packets, r.in, r.out, r.sampling)
}

func v5Message(sequence uint64, records int) []byte {
	b := be(2, 5, 2, uint64(records), 4, 60_000, 4, 1_700_000_000, 4, 500_000_000, 4, sequence, 1, 0, 1, 1, 2, 0x4064)
	for range records {
		b = append(b, be(4, 0x0A000001, 4, 0x0A000002, 4, 0, 2, 3, 2, 4, 4, 10, 4, 1500, 4, 50_000, 4, 59_000, 2, 40000, 2, 443, 1, 0, 1, 0x1B, 1, 6, 1, 0, 2, 0, 2, 0, 1, 24, 1, 24, 2, 0)...)
	}
	return b
}

func TestNetFlow5IsRead(t *testing.T) {
	n := NewNetFlow()
	d := n.decode(exporterAddr, v5Message(100, 2), today)
	if len(d.records) != 2 || len(d.faults) > 0 || d.lost != 0 {
		t.Fatalf("%+v", d)
	}
	if got, want := d.records[1].shown(), "10.0.0.1:40000 > 10.0.0.2:443 6, 1500 B, 10 P, 3 > 4, 1:100"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	// Header: 60 s after boot it is 1,700,000,000.5 s; the flow ran from second 50 to 59.
	if r := d.records[0]; !r.first.Equal(time.Unix(1_699_999_990, 5e8)) || r.last.Sub(r.first) != 9*time.Second {
		t.Errorf("%v to %v", r.first, r.last)
	}
	if d := n.decode(exporterAddr, v5Message(107, 1), today); d.lost != 5 {
		t.Errorf("%d lost", d.lost)
	}
	if d := n.decode(exporterAddr, v5Message(3, 1), today); d.lost != 0 { // began anew
		t.Errorf("%d lost", d.lost)
	}
	if d := n.decode(exporterAddr, v5Message(4, 3)[:100], today); len(d.records) != 1 || len(d.faults) != 1 {
		t.Errorf("%+v", d)
	}
}

// template9 has addresses, ports, protocol, counters, interfaces, times, sampler.
var fields9 = [][2]uint64{{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {1, 4}, {2, 4}, {10, 2}, {14, 2}, {22, 4}, {21, 4}, {48, 1}}

func template9(id uint64) []byte {
	b := be(2, id, 2, uint64(len(fields9)))
	for _, f := range fields9 {
		b = append(b, be(2, f[0], 2, f[1])...)
	}
	return flowSet(0, b)
}

func data9(id uint64, sampler uint64) []byte {
	b := be(4, 0x0A000001, 4, 0x0A000002, 2, 40000, 2, 53, 1, 17, 4, 300, 4, 3, 2, 3, 2, 4, 4, 50_000, 4, 59_000, 1, sampler)
	return flowSet(id, append(b, 0, 0)) // and padding
}

func TestNetFlow9NeedsItsTemplateAndTakesSamplingFromOptions(t *testing.T) {
	n := NewNetFlow()
	if d := n.decode(exporterAddr, v9Message(1, data9(260, 1)), today); len(d.records) != 0 || d.sets != 1 {
		t.Errorf("before its template: %+v", d)
	}
	options := flowSet(1, be(2, 300, 2, 4, 2, 12, 2, 1, 2, 4, 2, 48, 2, 1, 2, 49, 2, 1, 2, 50, 2, 2))
	d := n.decode(exporterAddr, v9Message(2, template9(260), options, flowSet(300, be(4, 9, 1, 1, 1, 2, 2, 512)), data9(260, 1), data9(260, 2)), today)
	if len(d.records) != 2 || len(d.faults) > 0 || d.lost != 0 {
		t.Fatalf("%+v", d)
	}
	if got, want := d.records[0].shown(), "10.0.0.1:40000 > 10.0.0.2:53 17, 300 B, 3 P, 3 > 4, 1:512"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	if d.records[1].sampling != 0 {
		t.Errorf("another sampler: 1:%d", d.records[1].sampling)
	}
	if r := d.records[0]; !r.first.Equal(time.Unix(1_699_999_990, 0)) {
		t.Errorf("%v", r.first)
	}
	// The same number may come to mean something else.
	other := flowSet(0, be(2, 260, 2, 3, 2, 27, 2, 16, 2, 28, 2, 16, 2, 1, 2, 8))
	v6 := append(netip.MustParseAddr("2001:db8::1").AsSlice(), netip.MustParseAddr("2001:db8::2").AsSlice()...)
	d = n.decode(exporterAddr, v9Message(3, other, flowSet(260, append(v6, be(8, 77)...))), today)
	if len(d.records) != 1 || d.records[0].src.String() != "2001:db8::1" || d.records[0].bytes != 77 {
		t.Errorf("after a new template: %+v", d)
	}
	// A template that is not sent again ends; another exporter has its own.
	if d := n.decode(exporterAddr, v9Message(4, flowSet(260, append(v6, be(8, 77)...))), today.Add(templateLife+time.Minute)); d.sets != 1 {
		t.Errorf("an old template: %+v", d)
	}
	if d := n.decode(netip.MustParseAddr("192.0.2.9"), v9Message(5, data9(260, 1)), today); d.sets != 1 {
		t.Errorf("another exporter: %+v", d)
	}
	if d := n.decode(exporterAddr, v9Message(14, template9(260)), today); d.lost != 9 {
		t.Errorf("%d lost", d.lost)
	}
}

func TestIPFIXIsReadWithVariableLengthsAndFieldsOfMakers(t *testing.T) {
	// RFC 7011 A.2.1: addresses, next hop, packets, octets.
	template := flowSet(2, be(2, 256, 2, 5, 2, 8, 2, 4, 2, 12, 2, 4, 2, 15, 2, 4, 2, 2, 2, 4, 2, 1, 2, 4))
	data := flowSet(256, be(4, 0xC0000201, 4, 0xC0000202, 4, 0xC0000203, 4, 5009, 4, 5_344_385, 4, 0xC0000204, 4, 0xC0000205, 4, 0, 4, 748, 4, 388_934))
	n := NewNetFlow()
	d := n.decode(exporterAddr, ipfixMessage(0, template, data), today)
	if len(d.records) != 2 || len(d.faults) > 0 {
		t.Fatalf("%+v", d)
	}
	if got, want := d.records[0].shown(), "192.0.2.1:0 > 192.0.2.2:0 0, 5344385 B, 5009 P, 0 > 0, 1:0"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	// RFC 7011 A.2.2 writes a field of a maker; then one of variable length.
	template = flowSet(2, be(2, 257, 2, 6, 2, 8, 2, 4, 2, 12, 2, 4, 2, 0x8000|15, 2, 4, 4, 12345, 2, 82, 2, 65535, 2, 152, 2, 8, 2, 1, 2, 2))
	record := func(name []byte, length []byte) []byte {
		return bytes.Join([][]byte{be(4, 0xC0000201, 4, 0xC0000202, 4, 99), length, name, be(8, 1_700_000_000_123, 2, 42)}, nil)
	}
	long := bytes.Repeat([]byte{'x'}, 300)
	d = n.decode(exporterAddr, ipfixMessage(2, template, flowSet(257, bytes.Join([][]byte{record([]byte("eth0"), []byte{4}), record(long, be(1, 255, 2, 300)), record(nil, []byte{0})}, nil))), today)
	if len(d.records) != 3 || len(d.faults) > 0 || d.lost != 0 {
		t.Fatalf("%+v", d)
	}
	for _, r := range d.records {
		if r.bytes != 42 || !r.first.Equal(time.UnixMilli(1_700_000_000_123)) {
			t.Errorf("%s %v", r.shown(), r.first)
		}
	}
	// Options with a probability for the whole domain; the sequence counts records.
	options := flowSet(3, be(2, 258, 2, 2, 2, 1, 2, 149, 2, 4, 2, 311, 2, 8))
	d = n.decode(exporterAddr, ipfixMessage(5, options, flowSet(258, be(4, 7, 8, 0x3F847AE147AE147B)), data), today)
	if len(d.records) != 2 || d.records[0].sampling != 100 || d.lost != 0 {
		t.Errorf("%+v", d)
	}
	if d := n.decode(exporterAddr, ipfixMessage(10, data), today); d.lost != 2 {
		t.Errorf("%d lost", d.lost)
	}
	// A withdrawn template means nothing any more.
	if d := n.decode(exporterAddr, ipfixMessage(12, flowSet(2, be(2, 256, 2, 0)), data), today); d.sets != 1 || len(d.faults) > 0 {
		t.Errorf("%+v", d)
	}
}

func TestBrokenFlowMessagesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		message []byte
		reason  string
	}{
		"one byte":           {[]byte{5}, "too short"},
		"version 7":          {be(2, 7, 8, 0), "unknown version"},
		"v5 header":          {be(2, 5, 2, 1), "too short"},
		"v5 count":           {v5Message(1, 1)[:0:0], "too short"},
		"v9 header":          {be(2, 9, 8, 0), "too short"},
		"set too long":       {v9Message(1, be(2, 256, 2, 900)), "broken set"},
		"set of 3 bytes":     {v9Message(1, be(2, 256, 2, 3)), "broken set"},
		"reserved set":       {v9Message(1, flowSet(77, nil)), "unknown set"},
		"template 5":         {v9Message(1, flowSet(0, be(2, 5, 2, 1, 2, 8, 2, 4))), "broken template"},
		"fields missing":     {v9Message(1, flowSet(0, be(2, 256, 2, 9, 2, 8, 2, 4))), "broken template"},
		"field of no bytes":  {v9Message(1, flowSet(0, be(2, 256, 2, 1, 2, 8, 2, 0))), "broken template"},
		"too many fields":    {v9Message(1, flowSet(0, append(be(2, 256, 2, 600), make([]byte, 2400)...))), "broken template"},
		"options' scope":     {ipfixMessage(1, flowSet(3, be(2, 256, 2, 1, 2, 2, 2, 8, 2, 4))), "broken template"},
		"ipfix length":       {be(2, 10, 2, 500, 4, 0, 4, 0, 4, 0), "wrong length"},
		"bytes behind":       {append(ipfixMessage(1), 1, 2), "wrong length"},
		"variable too long":  {ipfixMessage(1, flowSet(2, be(2, 256, 2, 2, 2, 8, 2, 4, 2, 82, 2, 65535)), flowSet(256, be(4, 1, 1, 200, 2, 0))), "broken record"},
		"too many templates": {v9Message(1, manyTemplates()), "too many templates"},
	} {
		d := NewNetFlow().decode(exporterAddr, c.message, today)
		if len(d.faults) == 0 || d.faults[0].reason != c.reason || len(d.records) > 0 {
			t.Errorf("%s: %+v; want %s", name, d, c.reason)
		}
	}
}

func manyTemplates() []byte {
	var b []byte
	for i := range uint64(maxTemplates + 1) {
		b = append(b, be(2, 256+i, 2, 1, 2, 8, 2, 4)...)
	}
	return flowSet(0, b)
}

func TestTemplatesOfManyExportersStayWithinTheirBound(t *testing.T) {
	n := NewNetFlow()
	var b []byte
	for i := range uint64(120) {
		b = append(b, be(2, 256+i, 2, 500)...)
		b = append(b, bytes.Repeat(be(2, 8, 2, 4), 500)...)
	}
	for i := range 90 {
		n.decode(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), v9Message(1, flowSet(0, b[:60000/2004*2004])), today)
	}
	if n.fields > maxAll || n.fields == 0 || len(n.exporters) >= 90 {
		t.Errorf("%d fields of %d exporters", n.fields, len(n.exporters))
	}
	sum := 0
	for _, e := range n.exporters {
		for _, t := range e.templates {
			sum += len(t.fields)
		}
	}
	if sum != n.fields {
		t.Errorf("%d fields are counted, %d are there", n.fields, sum)
	}
}

func xdr(parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	return body
}

func sflowRecord(kind uint64, body []byte) []byte {
	return append(be(4, kind, 4, uint64(len(body))), body...)
}

func sflowMessage(sequence uint64, samples ...[]byte) []byte {
	return append(be(4, 5, 4, 1, 4, 0xC00002FA, 4, 0, 4, sequence, 4, 1000, 4, uint64(len(samples))), bytes.Join(samples, nil)...)
}

func TestSFlowSamplesAreReadDownToPorts(t *testing.T) {
	ipv4 := "4500 0034 0000 4000 4006 0000 0a000001 0a000002 9c40 01bb 00000000 00000000 5010 0000 0000 0000"
	ethernet := "001b54000001 001b54000002 "
	ipv6 := "60000000 0010 2c40 20010db8000000000000000000000001 20010db8000000000000000000000002 1100 0000 00000001 9c40 0035 0010 0000"
	for name, c := range map[string]struct {
		protocol uint64
		header   []byte
		want     string
	}{
		"IPv4":             {1, unhex(t, ethernet+"0800"+ipv4), "10.0.0.1:40000 > 10.0.0.2:443 6"},
		"tagged":           {1, unhex(t, ethernet+"8100 0005 0800"+ipv4), "10.0.0.1:40000 > 10.0.0.2:443 6"},
		"MPLS":             {1, unhex(t, ethernet+"8847 00010040 00011140"+ipv4), "10.0.0.1:40000 > 10.0.0.2:443 6"},
		"PPPoE":            {1, unhex(t, ethernet+"8864 1100 0001 0036 0021"+ipv4), "10.0.0.1:40000 > 10.0.0.2:443 6"},
		"IPv6, a fragment": {1, unhex(t, ethernet+"86dd"+ipv6), "[2001:db8::1]:40000 > [2001:db8::2]:53 17"},
		"bare IPv4":        {11, unhex(t, ipv4), "10.0.0.1:40000 > 10.0.0.2:443 6"},
		"later fragment":   {11, unhex(t, strings.Replace(ipv4, "4000 4006", "00ff 4006", 1)), "10.0.0.1:0 > 10.0.0.2:0 6"},
		"ICMP":             {11, unhex(t, "4500 001c 0000 0000 4001 0000 0a000001 0a000002 0800 0000 0000 0000"), "10.0.0.1:0 > 10.0.0.2:2048 1"},
		"cut before ports": {11, unhex(t, ipv4)[:20], "10.0.0.1:0 > 10.0.0.2:0 6"},
	} {
		raw := sflowRecord(1, xdr(be(4, c.protocol, 4, 1514, 4, 4, 4, uint64(len(c.header))), c.header))
		for _, expanded := range []bool{false, true} {
			sample := sflowRecord(1, append(be(4, 1, 4, 3, 4, 400, 4, 1000, 4, 0, 4, 3, 4, 4, 4, 2), bytes.Join([][]byte{sflowRecord(1001, be(4, 5, 4, 0, 4, 5, 4, 0)), raw}, nil)...))
			if expanded {
				sample = sflowRecord(3, append(be(4, 1, 4, 0, 4, 3, 4, 400, 4, 1000, 4, 0, 4, 0, 4, 3, 4, 0, 4, 4, 4, 1), raw...))
			}
			d, _ := NewSFlow().decode(exporterAddr, sflowMessage(1, sample))
			if len(d.records) != 1 || len(d.faults) > 0 {
				t.Errorf("%s: %+v", name, d)
				continue
			}
			r := d.records[0]
			want := strings.NewReplacer("[", "", "]", "").Replace(c.want) + ", 1514 B, 1 P, 3 > 4, 1:400"
			if r.shown() != want {
				t.Errorf("%s: %s; want %s", name, r.shown(), want)
			}
		}
	}
}

func TestSFlowCountersAreReadAndWhatIsNotCountedIsAbsent(t *testing.T) {
	generic := be(4, 3, 4, 6, 8, 1_000_000_000, 4, 1, 4, 3, 8, 123456789012, 4, 10, 4, 11, 4, 0xFFFFFFFF, 4, 12, 4, 13, 4, 0xFFFFFFFF, 8, 987, 4, 20, 4, 21, 4, 22, 4, 23, 4, 24, 4, 2)
	ethernet := be(4, 1, 4, 2, 4, 3, 4, 4, 4, 5, 4, 6, 4, 7, 4, 8, 4, 9, 4, 10, 4, 11, 4, 12, 4, 13)
	sample := sflowRecord(2, append(be(4, 1, 4, 3, 4, 3), bytes.Join([][]byte{sflowRecord(1, generic), sflowRecord(2, ethernet), sflowRecord(1005, be(4, 0))}, nil)...))
	_, counters := NewSFlow().decode(exporterAddr, sflowMessage(1, sample))
	if len(counters) != 1 {
		t.Fatal(counters)
	}
	c := counters[0]
	if c.Agent != "192.0.2.250" || c.Interface != 3 || *c.InOctets != 123456789012 || c.InBroadcast != nil || *c.OutErrors != 24 || c.Duplex != "full" || c.Oper != "up" || c.Ethernet.Symbol != 13 || fmt.Sprint(c.Other) != "[0:1005]" {
		t.Errorf("%+v", c)
	}
}

func TestBrokenSFlowIsNamed(t *testing.T) {
	good := sflowRecord(1, append(be(4, 1, 4, 3, 4, 400, 4, 1000, 4, 0, 4, 3, 4, 4, 4, 1), sflowRecord(1, be(4, 1, 4, 100, 4, 0, 4, 900))...))
	for name, c := range map[string]struct {
		message []byte
		reason  string
	}{
		"version 4":        {be(4, 4), "unknown version"},
		"address":          {be(4, 5, 4, 3), "wrong address"},
		"header":           {be(4, 5, 4, 1, 4, 1, 4, 0), "too short"},
		"a million":        {be(4, 5, 4, 1, 4, 1, 4, 0, 4, 1, 4, 0, 4, 1_000_000), "wrong count"},
		"sample too long":  {sflowMessage(1, be(4, 1, 4, 5000)), "broken sample"},
		"packet too long":  {sflowMessage(1, good), "broken sample"},
		"counter too long": {sflowMessage(1, sflowRecord(2, be(4, 1, 4, 3, 4, 1, 4, 1, 4, 900))), "broken sample"},
		"bytes behind":     {append(sflowMessage(1), 0, 0, 0, 0), "wrong length"},
	} {
		d, counters := NewSFlow().decode(exporterAddr, c.message)
		if len(d.faults) != 1 || d.faults[0].reason != c.reason || len(d.records)+len(counters) > 0 {
			t.Errorf("%s: %+v; want %s", name, d, c.reason)
		}
	}
	s := NewSFlow()
	s.decode(exporterAddr, sflowMessage(10))
	if d, _ := s.decode(exporterAddr, sflowMessage(14)); d.lost != 3 {
		t.Errorf("%d lost", d.lost)
	}
}

func TestFlowsOfAMinuteAreSummedAndTheSmallerOnesTogether(t *testing.T) {
	f := newFlows(8)
	f.minute = today
	rec := func(dst byte, bytes uint64, sampling uint32) record {
		return record{src: netip.MustParseAddr("10.0.0.1"), dst: netip.AddrFrom4([4]byte{10, 0, 1, dst}), proto: 6, dport: 443, ports: true, bytes: bytes, packets: 1, sampling: sampling, in: 3, hasIn: true}
	}
	var sum uint64
	for i := range 40 {
		f.add(exporterAddr, rec(byte(i%20), uint64(i+1), 0))
		sum += uint64(i + 1)
	}
	f.add(exporterAddr, rec(99, 1000, 10))
	sum += 10_000
	out := f.take(3)
	var told uint64
	for _, o := range out {
		told += o.Bytes
	}
	if len(out) != 4 || out[0].Bytes != 10_000 || out[0].Destination != "10.0.1.99" || *out[0].Port != 443 || out[0].Sampled != 10 || out[3].Rest == 0 || out[3].Source != "" || told != sum {
		t.Errorf("%d of %d bytes: %+v", told, sum, out)
	}
	if len(f.take(3)) != 0 {
		t.Error("it was not emptied")
	}
}

func FuzzNetFlow(f *testing.F) {
	f.Add(v5Message(1, 2))
	f.Add(v9Message(2, template9(260), data9(260, 1)))
	f.Add(ipfixMessage(0, flowSet(2, be(2, 257, 2, 3, 2, 8, 2, 4, 2, 0x8000|15, 2, 4, 4, 12345, 2, 82, 2, 65535)), flowSet(257, be(4, 1, 4, 2, 1, 3, 3, 0))))
	f.Add(ipfixMessage(0, flowSet(3, be(2, 258, 2, 2, 2, 1, 2, 149, 2, 4, 2, 311, 2, 8)), flowSet(258, be(4, 7, 8, 0x3F847AE147AE147B))))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := NewNetFlow()
		sums := newFlows(16)
		for range 2 { // again, with the templates of the first time
			d := n.decode(exporterAddr, b, today)
			if len(d.records) > len(b) {
				t.Errorf("%d records of %d bytes", len(d.records), len(b))
			}
			for _, r := range d.records {
				sums.add(exporterAddr, r)
			}
		}
		sums.take(8)
	})
}

func FuzzSFlow(f *testing.F) {
	header := be(2, 0x4500, 2, 40, 4, 0, 2, 0x4006, 2, 0, 4, 1, 4, 2, 2, 3, 2, 4)
	f.Add(sflowMessage(1, sflowRecord(1, append(be(4, 1, 4, 3, 4, 400, 4, 1000, 4, 0, 4, 3, 4, 4, 4, 1), sflowRecord(1, xdr(be(4, 11, 4, 100, 4, 0, 4, uint64(len(header))), header))...))))
	f.Add(sflowMessage(1, sflowRecord(4, append(be(4, 1, 4, 0, 4, 3, 4, 1), sflowRecord(1, make([]byte, 88))...))))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, counters := NewSFlow().decode(exporterAddr, b)
		for _, r := range d.records {
			if !r.src.IsValid() || !r.dst.IsValid() {
				t.Errorf("a record without addresses: %s", r.shown())
			}
		}
		if len(counters) > len(b) {
			t.Errorf("%d counters of %d bytes", len(counters), len(b))
		}
	})
}

func FuzzPacket(f *testing.F) {
	f.Add(uint32(1), unhex(f, "001b54000001001b5400000286dd60000000001000402001"))
	f.Fuzz(func(t *testing.T, protocol uint32, b []byte) {
		var r record
		if ok := r.packet(protocol, b); ok && !r.src.IsValid() {
			t.Error("found without an address")
		}
	})
}
