package agentproto

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ed25519"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
)

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func keys(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	ec, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{"ecdsa": ec, "ed25519": ed}
}

func TestASignatureHoldsOnlyForWhatWasSigned(t *testing.T) {
	for name, key := range keys(t) {
		body := []byte("body")
		signed := func() http.Header {
			h := http.Header{}
			if err := Sign(h, key, "agent-1", "POST", InventoryPath, body, now); err != nil {
				t.Fatal(err)
			}
			return h
		}
		if err := Verify(signed(), key.Public(), "POST", InventoryPath, body, now.Add(time.Minute)); err != nil {
			t.Errorf("%s: a right signature is refused: %v", name, err)
		}
		other := keys(t)[name].Public()
		forged := map[string]error{
			"body":   Verify(signed(), key.Public(), "POST", InventoryPath, []byte("Body"), now),
			"path":   Verify(signed(), key.Public(), "POST", RenewPath, body, now),
			"method": Verify(signed(), key.Public(), "PUT", InventoryPath, body, now),
			"key":    Verify(signed(), other, "POST", InventoryPath, body, now),
		}
		for header, value := range map[string]string{HeaderAgent: "agent-2", HeaderDate: now.Add(time.Second).Format(time.RFC3339), HeaderSignature: "AAAA"} {
			h := signed()
			h.Set(header, value)
			forged[header] = Verify(h, key.Public(), "POST", InventoryPath, body, now)
		}
		forged["no header"] = Verify(http.Header{}, key.Public(), "POST", InventoryPath, body, now)
		for what, err := range forged {
			if !errors.Is(err, ErrSignature) {
				t.Errorf("%s: another %s: got %v, want it refused", name, what, err)
			}
		}
		for _, skew := range []time.Duration{-time.Hour, time.Hour} {
			if err := Verify(signed(), key.Public(), "POST", InventoryPath, body, now.Add(skew)); !errors.Is(err, ErrClock) {
				t.Errorf("%s: clock off by %v: got %v", name, skew, err)
			}
		}
	}
}

func TestACertificateRequestMustBeSignedByItsKey(t *testing.T) {
	for name, key := range keys(t) {
		text, err := NewCSR(key, "erp01")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseCSR(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for what, bad := range map[string]string{"cut": text[:len(text)/2], "empty": "", "other": strings.Replace(text, "REQUEST", "REQUESX", 2)} {
			if _, err := ParseCSR(bad); err == nil {
				t.Errorf("%s: a request that is %s is taken", name, what)
			}
		}
	}
}

func report(t *testing.T) Report {
	t.Helper()
	inv := fact.Inventory{Version: 1, Collector: "test", At: now, Identity: fact.Saw(fact.Identity{Hostname: "a"}), Ports: fact.Saw([]fact.Port{{Protocol: "tcp", Address: "::", Port: 22}})}
	hashes, err := inv.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	return Report{ID: "r1", Inventory: inv, Hashes: hashes}
}

func TestAReportSurvivesTheWireAndNamesWhatIsMissing(t *testing.T) {
	r := report(t)
	full := r.Hashes
	r.Inventory = r.Inventory.Without("ports")
	wire, err := Encode(r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeReport(wire, "gzip")
	if err != nil {
		t.Fatal(err)
	}
	if want := back.Missing(full); want != nil {
		t.Errorf("the server has all and asks for %v", want)
	}
	if want := back.Missing(nil); !reflect.DeepEqual(want, []string{"ports"}) {
		t.Errorf("the server has nothing and asks for %v", want)
	}
}

func TestADamagedReportIsRefused(t *testing.T) {
	r := report(t)
	good, _ := Encode(r)
	r.Inventory.Ports.Value[0].Port = 23
	altered, _ := Encode(r)
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range MaxBody>>20 + 2 {
		z.Write(zeros)
	}
	z.Close()
	for name, wire := range map[string][]byte{"altered": altered, "cut": good[:len(good)-20], "not gzip": []byte("{}"), "bomb": bomb.Bytes()} {
		if _, err := DecodeReport(wire, "gzip"); err == nil {
			t.Errorf("%s: taken", name)
		} else if name == "bomb" && !errors.Is(err, ErrTooLarge) {
			t.Errorf("bomb: %v", err)
		}
	}
	if _, err := DecodeReport([]byte("{}"), "br"); err == nil || !strings.Contains(err.Error(), "br") {
		t.Errorf("unknown encoding: %v", err)
	}
}

func FuzzDecodeReport(f *testing.F) {
	f.Add([]byte(`{"id":"a","inventory":{"version":1,"packages":{"seen":true,"value":[{"name":"x"}]}},"hashes":{"packages":"00"}}`))
	f.Add([]byte(`{"id":"a","inventory":{"version":1}}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, b []byte) {
		DecodeReport(b, "")
		DecodeReport(b, "gzip")
		ParseCSR(string(b))
	})
}
