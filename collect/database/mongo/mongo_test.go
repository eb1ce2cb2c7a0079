package mongo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"
)

// The example documents of bsonspec.org/faq.html.
func TestTheSpecificationsExamplesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]Doc{
		"160000000268656c6c6f0006000000776f726c640000":                                                       {{"hello", "world"}},
		"310000000442534f4e002600000002300008000000617765736f6d65000131003333333333331440103200c20700000000": {{"BSON", []any{"awesome", 5.05, int32(1986)}}},
	} {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Unmarshal(raw)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %#v, %v, want %#v", got, err, want)
		}
		if back, err := Marshal(want); err != nil || !bytes.Equal(back, raw) {
			t.Errorf("wrote %x, %v, want %x", back, err, raw)
		}
	}
}

// The exchange of RFC 7677, section 3.
func TestTheSignInIsAsTheStandardShowsIt(t *testing.T) {
	p := proof{hash: sha256.New, password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO", first: "n=user,r=rOprNGfwEbeRWgbNEkqO"}
	got, err := p.answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
	want := "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	if err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if err := p.check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="); err != nil {
		t.Error(err)
	}
	if p.check("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == nil {
		t.Error("a server that does not know the password was believed")
	}
	if _, err := p.answer("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"); err == nil {
		t.Error("an answer to another sign-in was taken")
	}
}

func TestADocumentIsSaidAsJSON(t *testing.T) {
	d := Doc{{"at", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, {"ts", Timestamp{7, 1}}, {"n", []any{int64(1) << 40, nil, true}}, {"id", ID{1}}, {"x\"", Doc(nil)}}
	want := `{"at":"2026-01-02T03:04:05.000Z","ts":7,"n":[1099511627776,null,true],"id":"010000000000000000000000","x\"":{}}`
	if got := d.JSON(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	back, err := ParseJSON(`{"serverStatus":1,"repl":{"a":[1.5,"x",9999999999]}}`)
	if want := (Doc{{"serverStatus", int32(1)}, {"repl", Doc{{"a", []any{1.5, "x", int64(9999999999)}}}}}); err != nil || !reflect.DeepEqual(back, want) {
		t.Errorf("got %#v, %v", back, err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	seed, _ := Marshal(Doc{{"a", int32(1)}, {"b", []any{"x", 1.5, true, nil}}, {"c", Doc{{"d", []byte{1}}, {"e", time.UnixMilli(5).UTC()}}}, {"f", int64(9)}})
	f.Add(seed)
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte{12, 0, 0, 0, 5, 'a', 0, 255, 255, 255, 255, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Unmarshal(b)
		if err != nil {
			return
		}
		d.JSON()
		if out, err := Marshal(d); err == nil {
			again, err := Unmarshal(out)
			if err != nil || again.JSON() != d.JSON() {
				t.Fatalf("wrote what is not read the same: %v", err)
			}
		}
	})
}

func FuzzReadMessage(f *testing.F) {
	body, _ := Marshal(Doc{{"ok", 1.0}})
	f.Add(message(1, 2, body))
	f.Add([]byte(strings.Repeat("\xff", 40)))
	f.Fuzz(func(t *testing.T, b []byte) { ReadMessage(bytes.NewReader(b)) })
}
