package snmp

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func datagram(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func notifications(t testing.TB, credentials ...Credential) *Notifications {
	t.Helper()
	n, err := NewNotifications(credentials, []byte{0x80, 0, 0, 0, 5, 1, 2, 3}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// trapV1Message is linkDown of enterprise 1.3.6.1.4.1.9 at 10.0.0.1, ifIndex.3 = 3.
const trapV1Message = "3036 020100 0406 7075626c6963 a429 0606 2b0601040109 4004 0a000001 020102 020100 4302 3039 300f 300d 0608 2b06010201020201 0201 03"

// informMessage is linkUp of version 2c with request id 77.
const informMessage = "303e 020101 0406 7075626c6963 a631 02014d 020100 020100 3026 300d 0608 2b06010201010300 4301 64 3015 060a 2b06010603010104 0100 0607 2b060106030101"

func TestATrapOfVersion1IsTranslatedAsRFC3584Does(t *testing.T) {
	n, answer, err := notifications(t).Decode(datagram(t, trapV1Message), noon)
	if err != nil || answer != nil {
		t.Fatal(err, answer)
	}
	if n.Version != "1" || n.Trap.String() != "1.3.6.1.6.3.1.1.5.3" || n.Enterprise.String() != "1.3.6.1.4.1.9" || n.Agent.String() != "10.0.0.1" || n.Uptime != 123450*time.Millisecond || len(n.Bindings) != 1 || n.Bindings[0].Value.Num != 3 {
		t.Errorf("%+v", n)
	}
	// Specific trap 0 of generic 6: enterprise, 0, specific.
	specific := strings.Replace(trapV1Message, "020102 020100", "020106 020111", 1)
	if n, _, err := notifications(t).Decode(datagram(t, specific), noon); err != nil || n.Trap.String() != "1.3.6.1.4.1.9.0.17" {
		t.Errorf("%+v %v", n, err)
	}
}

func TestAnInformIsAnsweredWithWhatItHeld(t *testing.T) {
	message := datagram(t, informMessage)
	n, answer, err := notifications(t).Decode(message, noon)
	if err != nil || !n.Inform || n.Trap.String() != "1.3.6.1.6.3.1.1" || n.Uptime != time.Second {
		t.Fatalf("%+v %v", n, err)
	}
	m, err := decodeMessage(answer)
	if err != nil || m.pdu.kind != response || m.pdu.request != 77 || len(m.pdu.bindings) != 2 || string(m.community) != "public" {
		t.Errorf("%+v %v", m, err)
	}
}

func TestWhoMayNotSendIsRefused(t *testing.T) {
	n := notifications(t, Credential{Name: "c", Version: 2, Community: "other"})
	if note, _, err := n.Decode(datagram(t, trapV1Message), noon); note != nil || !errors.Is(err, ErrRefused) || strings.Contains(err.Error(), "public") {
		t.Errorf("%+v %v", note, err)
	}
}

// signedTrap is a trap of version 3 from an engine of its own.
func signedTrap(t *testing.T, u User, boots, clock int64) []byte {
	t.Helper()
	e := &engine{id: []byte{0x80, 0, 0, 9, 3, 0xAA, 0xBB, 0xCC}, boots: boots, time: clock, counter: 1}
	e.keys = makeKeys(u, e.id)
	b, err := encodeSecured(e, u, "", 5, &pdu{kind: trapV2, bindings: []Binding{{oidUptime, Value{Kind: TimeTicks, Num: 100}}, {oidTrap, Value{Kind: ObjectID, ID: oidGeneric.With(1)}}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestASignedTrapIsCheckedAndAnOldOneRefused(t *testing.T) {
	u := User{Name: "ops", Auth: "sha256", AuthPassword: "authpass-1", Priv: "aes", PrivPassword: "privpass-1"}
	n := notifications(t, Credential{Name: "u", Version: 3, User: u})
	if note, _, err := n.Decode(signedTrap(t, u, 3, 1000), noon); err != nil || note.Level != "encrypted" || note.User != "ops" || note.Trap.String() != "1.3.6.1.6.3.1.1.5.1" {
		t.Fatalf("%+v %v", note, err)
	}
	for name, c := range map[string]struct {
		message []byte
		at      time.Time
	}{
		"an earlier start":    {signedTrap(t, u, 2, 5000), noon},
		"200 seconds old":     {signedTrap(t, u, 3, 800), noon},
		"the same much later": {signedTrap(t, u, 3, 1000), noon.Add(4 * time.Minute)},
	} {
		if note, _, err := n.Decode(c.message, c.at); note != nil || !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %+v %v", name, note, err)
		}
	}
	if _, _, err := n.Decode(signedTrap(t, u, 4, 1), noon); err != nil {
		t.Errorf("after a new start: %v", err)
	}
	forged := signedTrap(t, u, 5, 1)
	forged[len(forged)-1] ^= 1
	less := u
	less.Priv = ""
	nobody := u
	nobody.Name = "nobody"
	for name, b := range map[string][]byte{"forged": forged, "not encrypted": signedTrap(t, less, 5, 1), "unknown user": signedTrap(t, nobody, 5, 1)} {
		if note, answer, err := n.Decode(b, noon); note != nil || answer != nil || !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %+v %x %v", name, note, answer, err)
		}
	}
}

func TestBrokenNotificationsAreRefusedWhole(t *testing.T) {
	n := notifications(t)
	for name, c := range map[string]struct{ message, want string }{
		"empty":               {"", "not an SNMP message"},
		"a GET":               {"3026 020101 0406 7075626c6963 a019 02014d 020100 020100 300e 300c 0608 2b06010201010300 0500", "PDU 0xa0 is neither a trap nor an inform"},
		"no trap OID":         {"3027 020101 0406 7075626c6963 a71a 02014d 020100 020100 300f 300d 0608 2b06010201010300 4301 64", "there is no snmpTrapOID in it"},
		"address of 3 bytes":  {"3035 020100 0406 7075626c6963 a428 0606 2b0601040109 4003 0a0000 020102 020100 4302 3039 300f 300d 0608 2b06010201020201 0201 03", "agent address: 3 bytes where 4 belong"},
		"generic trap 7":      {strings.Replace(trapV1Message, "020102 020100", "020107 020100", 1), "generic trap 7; 0 to 6 are known"},
		"v1 PDU in 2c":        {strings.Replace(trapV1Message, "3036 020100", "3036 020101", 1), "PDU 0xa4 does not belong to version 2c"},
		"bytes behind":        {trapV1Message + "00", "1 bytes stand behind the message"},
		"half a binding":      {strings.Replace(trapV1Message, "300f 300d 0608", "300f 300d 0609", 1), "binding 1's value"},
		"version 2 (draft)":   {strings.Replace(trapV1Message, "3036 020100", "3036 020102", 1), "SNMP version 2; 0, 1 and 3 are known"},
		"no engine, no reply": {"303a 020103 300e 020105 020205dc 040100 020103 0410 300e 0400 020100 020100 0400 0400 0400 3013 0400 0400 a70d 020101 020100 020100 3002 3000 00", "behind"},
	} {
		note, _, err := n.Decode(datagram(t, c.message), noon)
		if note != nil || err == nil || !strings.Contains(err.Error(), c.want) && name != "no engine, no reply" {
			t.Errorf("%s: %+v %v; want %s", name, note, err, c.want)
		}
	}
}

func FuzzNotifications(f *testing.F) {
	f.Add(datagram(f, trapV1Message))
	f.Add(datagram(f, informMessage))
	u := User{Name: "ops", Auth: "md5", AuthPassword: "authpass-1"}
	open := User{Name: "open"}
	e := &engine{id: []byte{0x80, 0, 0, 0, 5, 1, 2, 3}, counter: 1}
	if b, err := encodeSecured(e, open, "", 5, &pdu{kind: informRequest, bindings: []Binding{{oidTrap, Value{Kind: ObjectID, ID: oidGeneric.With(1)}}}}); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n := notifications(t, Credential{Name: "u", Version: 3, User: u}, Credential{Name: "o", Version: 3, User: open})
		note, answer, err := n.Decode(b, noon)
		if note == nil && err == nil && answer == nil {
			t.Error("nothing came of it, and no reason")
		}
		if note != nil && (note.Trap == nil || note.Version == "") {
			t.Errorf("%+v", note)
		}
		if answer != nil {
			if _, err := decodeMessage(answer); err != nil {
				t.Errorf("an answer that cannot be read: %v", err)
			}
		}
	})
}
