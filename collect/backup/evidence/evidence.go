// Package evidence signs what a drill found, so that a person can hand it to an
// auditor, and verifies such a file. The signature (Ed25519, RFC 8032) is over
// the exact bytes of the evidence as they stand in the file without the spaces
// between, so any JSON reader sees what was signed.
package evidence

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"steward/collect/backup"
)

// domain keeps a signature of evidence from being one of anything else.
const domain = "steward backup evidence v1\n"

// maxSize bounds an evidence file.
const maxSize = 64 << 20

// file is the form on disk.
type file struct {
	Evidence json.RawMessage `json:"evidence"`
	Signed   signed          `json:"signed"`
}

type signed struct {
	Algorithm string `json:"algorithm"`
	Key       string `json:"key"`
	Signature string `json:"signature"`
}

// Key signs. Its file is PKCS #8 in PEM form, as openssl reads it.
type Key struct{ private ed25519.PrivateKey }

// Public is the key that verifies, in base64.
func (k Key) Public() string {
	return base64.StdEncoding.EncodeToString(k.private.Public().(ed25519.PublicKey))
}

// LoadKey reads the key file, which only its owner may read. When there is
// none it makes one, and beside it path.pub with the public key.
func LoadKey(path string) (key Key, made bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		key, err = makeKey(path)
		return key, true, err
	case err != nil:
		return Key{}, false, err
	case info.Mode().Perm()&0o077 != 0 && filepath.Separator == '/':
		return Key{}, false, backup.NewWrong("--signing-key", "%s may be read by others; right is: chmod 600 %s", path, path)
	}
	b, err := readBounded(path, 64<<10)
	if err != nil {
		return Key{}, false, err
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "PRIVATE KEY" {
		return Key{}, false, backup.NewWrong("--signing-key", "%s holds no private key in PEM form", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return Key{}, false, backup.NewWrong("--signing-key", "%s is not an Ed25519 key", path)
	}
	return Key{private}, false, nil
}

func makeKey(path string) (Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return Key{}, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Key{}, err
	}
	err = pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return Key{}, err
	}
	k := Key{private}
	return k, os.WriteFile(path+".pub", []byte(k.Public()+"\n"), 0o644)
}

// ParsePublic reads a public key in base64 or the PEM form of openssl.
func ParsePublic(text string) (ed25519.PublicKey, error) {
	text = strings.TrimSpace(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if key, ok := parsed.(ed25519.PublicKey); err == nil && ok {
			return key, nil
		}
		return nil, backup.NewWrong("--key", "is not an Ed25519 public key")
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, backup.NewWrong("--key", "is not a public key: 44 letters of base64, as in the .pub file beside the signing key")
	}
	return b, nil
}

// Sign returns the evidence file for what v marshals to.
func Sign(v any, k Key) ([]byte, error) {
	payload, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	signature := ed25519.Sign(k.private, append([]byte(domain), payload...))
	var b bytes.Buffer
	b.WriteString(`{"evidence":`)
	b.Write(payload)
	b.WriteString(`,"signed":`)
	s, err := json.Marshal(signed{"Ed25519", k.Public(), base64.StdEncoding.EncodeToString(signature)})
	if err != nil {
		return nil, err
	}
	b.Write(s)
	b.WriteString("}\n")
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, b.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	return pretty.Bytes(), nil
}

// Write signs v and writes the file in one step: it is there whole or not at all.
func Write(path string, v any, k Key) error {
	b, err := Sign(v, k)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".evidence-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// ErrForged says that a signature does not fit.
var ErrForged = errors.New("the signature does not fit: the file was changed, or signed with another key")

// Verify checks an evidence file against the public key and returns the evidence.
func Verify(b []byte, public ed25519.PublicKey) (json.RawMessage, error) {
	if len(b) > maxSize {
		return nil, backup.NewWrong("evidence", "is larger than %d MB", maxSize>>20)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var f file
	if err := d.Decode(&f); err != nil {
		return nil, backup.NewWrong("evidence", "is not a signed evidence file: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, backup.NewWrong("evidence", "goes on after its end")
	}
	if f.Signed.Algorithm != "Ed25519" {
		return nil, backup.NewWrong("evidence", "is signed with %q; known is Ed25519", f.Signed.Algorithm)
	}
	var payload bytes.Buffer
	if err := json.Compact(&payload, f.Evidence); err != nil {
		return nil, backup.NewWrong("evidence", "is not JSON: %v", err)
	}
	signature, err := base64.StdEncoding.DecodeString(f.Signed.Signature)
	if err != nil || !ed25519.Verify(public, append([]byte(domain), payload.Bytes()...), signature) {
		return nil, ErrForged
	}
	if len(f.Evidence) == 0 || !sameMembers(b) {
		return nil, ErrForged
	}
	return payload.Bytes(), nil
}

// sameMembers reports whether the file names "evidence" and "signed" once each:
// of a repeated member, readers disagree which one counts.
func sameMembers(b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	depth, names := 0, map[string]int{}
	key := false
	for {
		token, err := d.Token()
		if err != nil {
			return names["evidence"] == 1 && names["signed"] == 1 && len(names) == 2
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			key = depth == 1
			continue
		case json.Delim('}'), json.Delim(']'):
			depth--
			key = depth == 1
			continue
		}
		if depth == 1 {
			if name, ok := token.(string); ok && key {
				names[name]++
			}
			key = !key
		}
	}
}

// Read reads an evidence file, bounded.
func Read(path string) ([]byte, error) { return readBounded(path, maxSize) }

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return b, err
}
