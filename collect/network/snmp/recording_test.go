package snmp

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func read(t testing.TB, text string) *Recording {
	t.Helper()
	r, err := ReadRecording(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func value(t testing.TB, r *Recording, oid string) Value {
	t.Helper()
	got, err := r.Get(context.Background(), MustOID(oid))
	if err != nil {
		t.Fatal(err)
	}
	return got[0].Value
}

const sampleRec = `# a comment
1.3.6.1.2.1.1.1.0|4|a | b
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.1
1.3.6.1.2.1.1.3.0|67|123
1.3.6.1.2.1.1.5.0|4x|73772d31
1.3.6.1.2.1.1.6.0|4e|line 1\nline \x32
1.3.6.1.2.1.2.2.1.6.1|4x|001B21AABBCC
1.3.6.1.2.1.2.2.1.10.1|65|4294967295
1.3.6.1.2.1.2.2.1.10.2|65:numeric|rate=10,initial=7
1.3.6.1.2.1.4.20.1.1.192.0.2.1|64|192.0.2.1
1.3.6.1.2.1.4.20.1.1.192.0.2.2|64x|C0000202
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.99.1|2|-5
1.3.6.1.2.1.99.2|2:writecache|value=42
nonsense
1.3.6.1.2.1.99.3|2|x
`

const sampleWalk = `.1.3.6.1.2.1.1.1.0 = STRING: "a \"quoted\"
second line"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.9.1.1
.1.3.6.1.2.1.1.3.0 = Timeticks: (123) 0:00:01.23
iso.3.6.1.2.1.1.5.0 = STRING: sw-1
.1.3.6.1.2.1.1.6.0 = ""
.1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 1B 21 AA
BB CC
.1.3.6.1.2.1.2.2.1.6.2 = STRING: 0:1b:21:aa:bb:cd
.1.3.6.1.2.1.2.2.1.8.1 = INTEGER: up(1)
.1.3.6.1.2.1.2.2.1.8.2 = INTEGER: 2
.1.3.6.1.2.1.2.2.1.10.1 = Counter32: 4294967295
.1.3.6.1.2.1.4.20.1.1.192.0.2.1 = IpAddress: 192.0.2.1
.1.3.6.1.2.1.4.22.1.3.1.192.0.2.9 = Network Address: C0:00:02:09
.1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615
.1.3.6.1.2.1.99.1 = Gauge32: 100 Percent
.1.3.6.1.2.1.99.2 = Opaque: Float: 1.500000
.1.3.6.1.2.1.99.4 = No Such Instance currently exists at this OID
SNMPv2-MIB::sysLocation.0 = STRING: here
.1.3.6.1.2.1.99.5 = No more variables left in this MIB View (It is past the end of the MIB tree)
`

func TestRecordingsOfBothKindsAreReadAsTheDeviceToldThem(t *testing.T) {
	rec, walk := read(t, sampleRec), read(t, sampleWalk)
	for _, c := range []struct {
		in        *Recording
		oid, want string
	}{
		{rec, "1.3.6.1.2.1.1.1.0", "a | b"}, {rec, "1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.9.1.1"}, {rec, "1.3.6.1.2.1.1.5.0", "sw-1"}, {rec, "1.3.6.1.2.1.1.6.0", "line 1\nline 2"},
		{rec, "1.3.6.1.2.1.2.2.1.6.1", "00:1b:21:aa:bb:cc"}, {rec, "1.3.6.1.2.1.2.2.1.10.1", "4294967295"}, {rec, "1.3.6.1.2.1.2.2.1.10.2", "7"},
		{rec, "1.3.6.1.2.1.4.20.1.1.192.0.2.1", "192.0.2.1"}, {rec, "1.3.6.1.2.1.4.20.1.1.192.0.2.2", "192.0.2.2"}, {rec, "1.3.6.1.2.1.31.1.1.1.6.1", "18446744073709551615"}, {rec, "1.3.6.1.2.1.99.1", "-5"}, {rec, "1.3.6.1.2.1.99.2", "42"},
		{walk, "1.3.6.1.2.1.1.1.0", "a \"quoted\"\nsecond line"}, {walk, "1.3.6.1.2.1.1.2.0", "1.3.6.1.4.1.9.1.1"}, {walk, "1.3.6.1.2.1.1.3.0", "123"}, {walk, "1.3.6.1.2.1.1.5.0", "sw-1"},
		{walk, "1.3.6.1.2.1.2.2.1.6.1", "00:1b:21:aa:bb:cc"}, {walk, "1.3.6.1.2.1.2.2.1.8.1", "1"}, {walk, "1.3.6.1.2.1.2.2.1.8.2", "2"}, {walk, "1.3.6.1.2.1.2.2.1.10.1", "4294967295"},
		{walk, "1.3.6.1.2.1.4.20.1.1.192.0.2.1", "192.0.2.1"}, {walk, "1.3.6.1.2.1.4.22.1.3.1.192.0.2.9", "192.0.2.9"}, {walk, "1.3.6.1.2.1.31.1.1.1.6.1", "18446744073709551615"}, {walk, "1.3.6.1.2.1.99.1", "100"},
	} {
		if got := value(t, c.in, c.oid).Text(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.oid, got, c.want)
		}
	}
	if m, ok := value(t, walk, "1.3.6.1.2.1.2.2.1.6.2").MAC(); !ok || m != "00:1b:21:aa:bb:cd" {
		t.Errorf("a hardware address as text: %q", m)
	}
	if f, ok := value(t, walk, "1.3.6.1.2.1.99.2").Float(); !ok || f != 1.5 {
		t.Errorf("float: %v", f)
	}
	if !value(t, walk, "1.3.6.1.2.1.99.4").Missing() {
		t.Error("what does not exist has a value")
	}
	if rec.Lines != 2 || len(rec.Unread) != 2 || !strings.HasPrefix(rec.Unread[0], "line 15:") {
		t.Errorf("unread: %d %q", rec.Lines, rec.Unread)
	}
}

func TestAFileThatIsNoRecordingIsRefused(t *testing.T) {
	for _, text := range []string{"", "hello\nworld\n", "a|b|c\n", "\x00\x01\x02"} {
		if _, err := ReadRecording(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestTextOfAgentsIsReadable(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "plain", "padded  \x00\x00": "padded", "two\r\nlines": "two\nlines", "\x00\x1b\x21\xaa\xbb\xcc": "00:1b:21:aa:bb:cc", "K\xf6ln": "Köln", "Köln": "Köln", "\xfd\xe8CNCCF1K2L8": "CNCCF1K2L8", "text\x00\xff\xff\xff\xff": "text",
	} {
		if got := (Value{Kind: OctetString, Bytes: []byte(in)}).Text(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestMessagesComeBackAsTheyWereWritten(t *testing.T) {
	p := &pdu{kind: response, request: -7, bindings: []Binding{
		{MustOID("1.3.6.1"), Value{Kind: Integer, Num: 1<<64 - 129}}, {MustOID("2.999.4294967295"), Value{Kind: Counter64, Num: 1<<64 - 1}}, {MustOID("1.3"), Value{Kind: OctetString, Bytes: make([]byte, 70000)[:300]}},
		{MustOID("1.3.6.1.4.1"), Value{Kind: ObjectID, ID: MustOID("1.3.6.1.4.1.128.16384.2097152")}}, {MustOID("0.0"), Value{Kind: EndOfView}}, {MustOID("1.0.8802"), Value{Kind: Gauge32, Num: 128}}, {MustOID("1.1"), Value{Kind: IPAddress, Bytes: []byte{1, 2, 3, 4}}},
	}}
	m, err := decodeMessage(encodeCommunity(1, "secret", p))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(*m.pdu) != fmt.Sprint(*p) || string(m.community) != "secret" {
		t.Errorf("got %v\nwant %v", *m.pdu, *p)
	}
}

func FuzzMessage(f *testing.F) {
	u := User{Name: "u", Auth: "sha", AuthPassword: "authauthauth", Priv: "aes", PrivPassword: "privprivpriv"}
	e := &engine{id: []byte("engine"), boots: 1, time: 2, counter: 3, keys: makeKeys(u, []byte("engine"))}
	p := &pdu{kind: getBulkRequest, request: 1, index: 10, bindings: []Binding{{OID: MustOID("1.3.6.1.2.1")}}}
	f.Add(encodeCommunity(1, "public", p))
	for _, as := range []User{u, {Name: "u"}} {
		b, err := encodeSecured(e, as, "ctx", 9, p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff})
	r := &Responder{Recording: table(3), Community: "public", User: &u, EngineID: []byte("engine"), Boots: 1}
	f.Fuzz(func(t *testing.T, b []byte) {
		r.Answer(append([]byte(nil), b...))
		m, err := decodeMessage(append([]byte(nil), b...))
		if err != nil {
			return
		}
		if m.v3 != nil {
			_, _, _ = openSecured(e, u, b, m.v3, m.pdu)
			return
		}
		for _, x := range m.pdu.bindings {
			x.Value.Text()
			x.Value.Int()
			x.Value.Uint()
			x.Value.Float()
			x.Value.MAC()
			x.Value.IP()
		}
		if m.pdu.kind != response {
			return
		}
		again, err := decodeMessage(encodeCommunity(m.version, string(m.community), m.pdu))
		if err != nil || len(again.pdu.bindings) != len(m.pdu.bindings) {
			t.Fatalf("%x: written again it is not read: %v", b, err)
		}
	})
}

func FuzzRecording(f *testing.F) {
	f.Add(sampleRec)
	f.Add(sampleWalk)
	f.Add("1.3.6|4x|0\n")
	f.Add(".1 = Hex-STRING: 0\n.1 = STRING: \"\\")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ReadRecording(strings.NewReader(s))
		if err != nil {
			return
		}
		n := 0
		if err := Walk(context.Background(), r, OID{}, 1<<20, func(Binding) error { n++; return nil }); err != nil || n > r.Len() {
			t.Fatalf("walked %d of %d: %v", n, r.Len(), err)
		}
	})
}
