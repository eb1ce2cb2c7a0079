// Package seal keeps secrets unreadable in the database and in backups: they are
// sealed with a key that lies in a file of its own in the data folder, which no
// backup contains. Whoever loses the key loses the secrets and nothing else.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"steward/kernel/fail"
)

// File is the key file's name in the data folder.
const File = "secret.key"

const (
	keyPrefix  = "steward-secret-key-1 "
	textPrefix = "s1."
)

// Key seals and opens. It is safe for use by many goroutines.
type Key struct {
	aead        cipher.AEAD
	secret      []byte
	fingerprint string
}

// Open reads the key file in the data folder, making it at the first start. It
// refuses a key that others on the machine can read.
func Open(folder string) (*Key, error) {
	path := filepath.Join(folder, File)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err == nil {
			text, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	}
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("secret key: %w", err)
	} else if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fail.New(fail.Unavailable, "kernel.seal.readable", "Other users of this machine can read the secret key {path}. Run: chmod 600 {path}").With("path", path)
	}
	encoded, ok := strings.CutPrefix(strings.TrimSpace(string(text)), keyPrefix)
	secret, err := base64.RawStdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(secret) != chacha20poly1305.KeySize {
		return nil, fail.New(fail.Unavailable, "kernel.seal.broken", "The file {path} is not a secret key. Put the right one back; without it sealed secrets cannot be opened.").With("path", path)
	}
	return New(secret)
}

// New makes a key of 32 secret bytes.
func New(secret []byte) (*Key, error) {
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		return nil, err
	}
	k := &Key{aead: aead, secret: secret}
	k.fingerprint = hex.EncodeToString(k.Derive("fingerprint", 8))
	return k, nil
}

// create writes a new key, whole or not at all; of two that start at once one wins.
func create(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	secret := make([]byte, chacha20poly1305.KeySize)
	rand.Read(secret)
	draft, err := os.CreateTemp(filepath.Dir(path), File+".*") // made with 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(keyPrefix + base64.RawStdEncoding.EncodeToString(secret) + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Fingerprint names the key without giving it away, so that a database can tell
// that it was moved without its key.
func (k *Key) Fingerprint() string { return k.fingerprint }

// Derive returns n bytes that follow from the key and a purpose.
func (k *Key) Derive(purpose string, n int) []byte {
	b, err := hkdf.Key(sha256.New, k.secret, nil, "steward "+purpose, n)
	if err != nil {
		panic(err) // n beyond 8,160 bytes
	}
	return b
}

// Seal makes text that only Open with the same place opens. The place (table,
// column, record) keeps a sealed value from being moved to where it would be shown.
func (k *Key) Seal(place string, plain []byte) string {
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	rand.Read(nonce)
	return textPrefix + base64.RawURLEncoding.EncodeToString(k.aead.Seal(nonce, nonce, plain, []byte(place)))
}

// Open opens what Seal made for the place.
func (k *Key) Open(place, sealed string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(sealed, textPrefix)
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(raw) < k.aead.NonceSize() {
		return nil, fmt.Errorf("sealed value of %s: not a sealed value", place)
	}
	plain, err := k.aead.Open(nil, raw[:k.aead.NonceSize()], raw[k.aead.NonceSize():], []byte(place))
	if err != nil {
		return nil, fail.New(fail.Unavailable, "kernel.seal.wrong-key", "A secret cannot be opened: it was sealed with another key, or altered.").Because(fmt.Errorf("sealed value of %s: %w", place, err))
	}
	return plain, nil
}
