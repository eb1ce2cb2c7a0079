package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/go-webauthn/webauthn/protocol"

	"steward/kernel/fail"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/modules/identity"
)

const origin = "https://steward.example.org"

// device is an authenticator made of software: it keeps one passkey.
type device struct {
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	origin  string
	// verifies: it asks its owner for a PIN.
	verifies bool
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	return &device{key: key, id: id, origin: origin, verifies: true}
}

func (d *device) data(flags byte) []byte {
	if d.verifies {
		flags |= 0x04
	}
	d.counter++
	host := sha256.Sum256([]byte("steward.example.org"))
	return binary.BigEndian.AppendUint32(append(host[:], flags|0x01), d.counter)
}

func (d *device) client(t *testing.T, kind, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// create answers navigator.credentials.create.
func (d *device) create(t *testing.T, options []byte) []byte {
	var asked struct {
		PublicKey struct {
			Challenge string
			User      struct{ ID string }
			RP        struct{ ID string }
		}
	}
	if err := json.Unmarshal(options, &asked); err != nil || asked.PublicKey.RP.ID != "steward.example.org" {
		t.Fatalf("options %s: %v", options, err)
	}
	d.handle, _ = base64.RawURLEncoding.DecodeString(asked.PublicKey.User.ID)
	point, err := d.key.PublicKey.Bytes() // 0x04, x, y
	if err != nil {
		t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		t.Fatal(err)
	}
	data := append(d.data(0x40), make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(d.id)))
	data = append(append(data, d.id...), cose...)
	attestation, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, d.id, map[string]any{"clientDataJSON": b64(d.client(t, "webauthn.create", asked.PublicKey.Challenge)), "attestationObject": b64(attestation)})
}

// get answers navigator.credentials.get.
func (d *device) get(t *testing.T, options []byte) []byte {
	var asked struct{ PublicKey struct{ Challenge string } }
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	data, client := d.data(0), d.client(t, "webauthn.get", asked.PublicKey.Challenge)
	sum := sha256.Sum256(client)
	all := sha256.Sum256(append(append([]byte{}, data...), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, all[:])
	if err != nil {
		t.Fatal(err)
	}
	return answer(t, d.id, map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle)})
}

func answer(t *testing.T, id []byte, response map[string]any) []byte {
	text, err := json.Marshal(map[string]any{"id": b64(id), "rawId": b64(id), "type": "public-key", "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (w *world) addPasskey(p *identity.Passkeys, d *device, person string) error {
	var options []byte
	var cookie string
	if err := w.read(func(v *storage.View) (err error) { options, cookie, err = p.StartAdding(v, w.Key, person); return err }); err != nil {
		return err
	}
	return w.try(person, func(u *storage.Update) error {
		return p.FinishAdding(u, w.Key, person, cookie, d.create(w.t, options), "Phone")
	})
}

func TestAPasskeySignsInAloneAndOnce(t *testing.T) {
	each(t, func(w *world) {
		p := &identity.Passkeys{Origin: origin}
		d := newDevice(w.t)
		if err := w.addPasskey(p, d, w.id["ada"]); err != nil {
			w.t.Fatal(err)
		}
		if err := w.addPasskey(p, d, w.id["bob"]); !fail.Is(err, fail.Conflict) {
			w.t.Errorf("one device for two people: got %v", err)
		}
		d.handle = []byte(w.id["ada"])
		begin := func() (options []byte, cookie string) {
			if err := w.read(func(v *storage.View) (err error) { options, cookie, err = p.Start(v, w.Key); return err }); err != nil {
				w.t.Fatal(err)
			}
			return options, cookie
		}
		finish := func(cookie string, answer []byte) (in *signin.SignedIn, err error) {
			err = w.try("", func(u *storage.Update) (err error) { in, err = p.Finish(u, w.Key, cookie, answer, office); return err })
			return in, err
		}
		options, cookie := begin()
		said := d.get(w.t, options)
		in, err := finish(cookie, said)
		if err != nil || in.Person != w.id["ada"] || in.NeedsCode {
			w.t.Fatalf("got %+v, %v", in, err)
		}
		if s, err := w.session(in.Secret); err != nil || s.Person != w.id["ada"] {
			w.t.Errorf("got %+v, %v", s, err)
		}
		if _, err := finish(cookie, said); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("an answer was taken twice: %v", err)
		}
		for name, change := range map[string]func(d *device, cookie *string){
			"another site":            func(d *device, _ *string) { d.origin = "https://steward.example.com" },
			"no PIN":                  func(d *device, _ *string) { d.verifies = false },
			"another's key":           func(d *device, _ *string) { d.key = newDevice(w.t).key },
			"another person's handle": func(d *device, _ *string) { d.handle = []byte(w.id["bob"]) },
			"an unknown handle":       func(d *device, _ *string) { d.handle = []byte("x") },
			"a copied device":         func(d *device, _ *string) { d.counter = 0 },
			"an older challenge":      func(_ *device, c *string) { *c = cookie },
			"another challenge":       func(_ *device, c *string) { _, *c = begin() },
			"no cookie":               func(_ *device, c *string) { *c = "" },
			"too late":                func(*device, *string) { w.Clock.Advance(6 * time.Minute) },
		} {
			other, options, cookie := *d, []byte(nil), ""
			options, cookie = begin()
			change(&other, &cookie)
			if _, err := finish(cookie, other.get(w.t, options)); !fail.Is(err, fail.Unauthenticated) {
				w.t.Errorf("%s: got %v", name, err)
			}
		}
		options, cookie = begin()
		w.do("", func(u *storage.Update) error { return signin.SetDisabled(u, w.id["ada"], true) })
		if _, err := finish(cookie, d.get(w.t, options)); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a closed account: got %v", err)
		}
		w.do("", func(u *storage.Update) error { return signin.SetDisabled(u, w.id["ada"], false) })
		var list []identity.Passkey
		w.read(func(v *storage.View) (err error) { list, err = identity.PasskeysOf(v, w.id["ada"]); return err })
		if len(list) != 1 || list[0].Name != "Phone" || list[0].UsedAt.IsZero() {
			w.t.Fatalf("got %+v", list)
		}
		if err := w.try(w.id["bob"], func(u *storage.Update) error { return identity.RemovePasskey(u, w.id["bob"], list[0].ID) }); !fail.Is(err, fail.NotFound) {
			w.t.Errorf("somebody else removes it: %v", err)
		}
		w.do(w.id["ada"], func(u *storage.Update) error { return identity.RemovePasskey(u, w.id["ada"], list[0].ID) })
		options, cookie = begin()
		if _, err := finish(cookie, d.get(w.t, options)); !fail.Is(err, fail.Unauthenticated) {
			w.t.Errorf("a removed passkey: got %v", err)
		}
	})
}

func FuzzAnAnswerOfADeviceNeverPanics(f *testing.F) {
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"AA"}}`))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}`))
	f.Add([]byte(strings.Repeat("[", 1000)))
	f.Fuzz(func(t *testing.T, text []byte) {
		protocol.ParseCredentialCreationResponseBytes(text)
		protocol.ParseCredentialRequestResponseBytes(text)
	})
}
