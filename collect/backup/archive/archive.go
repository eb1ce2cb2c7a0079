// Package archive keeps one stream of bytes in a file: packed with zstd,
// encrypted with age, hashed as it is stored. The forms are open ones, told by
// the file's name: NAME.zst and NAME.age are read by the programs zstd and age.
package archive

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"steward/collect/backup"
)

// Seal says how a stream is kept.
type Seal struct {
	Pack bool            // with zstd; not for what is packed already
	To   []age.Recipient // encrypt to these; none leaves it in the clear
}

// Name is the file's name for a stream called name.
func (s Seal) Name(name string) string {
	if s.Pack {
		name += ".zst"
	}
	if len(s.To) > 0 {
		name += ".age"
	}
	return name
}

// Writer writes one file of an artefact.
type Writer struct {
	file      *os.File
	sum       hash.Hash
	stored    int64
	plain     int64
	encrypted io.WriteCloser
	packed    *zstd.Encoder
	top       io.Writer
	closed    bool
}

// Stored describes a file as it was written.
type Stored struct {
	Size   int64  `json:"size" doc:"bytes as stored"`
	SHA256 string `json:"sha256" doc:"hash of the bytes as stored"`
	Plain  int64  `json:"plain" doc:"bytes before packing and encryption"`
}

// Create makes the file, which must not be there, readable by its owner only.
func (s Seal) Create(path string) (*Writer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: f, sum: sha256.New()}
	w.top = count{io.MultiWriter(f, w.sum), &w.stored}
	if len(s.To) > 0 {
		if w.encrypted, err = age.Encrypt(w.top, s.To...); err != nil {
			f.Close()
			return nil, fmt.Errorf("encrypt: %w", err)
		}
		w.top = w.encrypted
	}
	if s.Pack {
		// One worker: a backup shall leave the machine to those who work on it.
		if w.packed, err = zstd.NewWriter(w.top, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault)); err != nil {
			f.Close()
			return nil, err
		}
		w.top = w.packed
	}
	return w, nil
}

type count struct {
	w io.Writer
	n *int64
}

func (c count) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.top.Write(p)
	w.plain += int64(n)
	return n, err
}

// Close ends the stream and waits until the disk has it.
func (w *Writer) Close() (Stored, error) {
	if w.closed {
		return Stored{}, os.ErrClosed
	}
	w.closed = true
	var err error
	if w.packed != nil {
		err = w.packed.Close()
	}
	if w.encrypted != nil {
		err = errors.Join(err, w.encrypted.Close())
	}
	err = errors.Join(err, w.file.Sync(), w.file.Close())
	return Stored{w.stored, hex.EncodeToString(w.sum.Sum(nil)), w.plain}, err
}

// Abandon closes the file without finishing the stream.
func (w *Writer) Abandon() {
	if !w.closed {
		w.closed = true
		w.file.Close()
	}
}

// ErrNoKey says that a file is encrypted and no key was given.
var ErrNoKey = errors.New("it is encrypted; give --identity FILE or --passphrase-file FILE")

// Reader reads what Writer wrote: decrypted and unpacked, hashing what is stored.
type Reader struct {
	file   *os.File
	sum    hash.Hash
	raw    io.Reader
	top    io.Reader
	packed *zstd.Decoder
}

// Open opens a file; its name says how it is kept.
func Open(path string, keys []age.Identity) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: f, sum: sha256.New()}
	r.raw = io.TeeReader(f, r.sum)
	r.top = r.raw
	name := path
	if strings.HasSuffix(name, ".age") {
		name = strings.TrimSuffix(name, ".age")
		if len(keys) == 0 {
			f.Close()
			return nil, ErrNoKey
		}
		if r.top, err = age.Decrypt(r.raw, keys...); err != nil {
			f.Close()
			return nil, fmt.Errorf("decrypt: %w", err)
		}
	}
	if strings.HasSuffix(name, ".zst") {
		if r.packed, err = zstd.NewReader(r.top, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20)); err != nil {
			f.Close()
			return nil, fmt.Errorf("unpack: %w", err)
		}
		r.top = r.packed
	}
	if strings.HasSuffix(name, ".gz") { // as others write dumps
		g, err := gzip.NewReader(r.top)
		if err != nil {
			r.Close()
			return nil, fmt.Errorf("unpack: %w", err)
		}
		r.top = g
	}
	return r, nil
}

// PlainName is a file's name without what says how it is kept.
func PlainName(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, ".age"), ".zst"), ".gz")
}

func (r *Reader) Read(p []byte) (int, error) { return r.top.Read(p) }

// Sum reads what is left of the stored bytes and returns their hash.
func (r *Reader) Sum() (string, error) {
	if _, err := io.Copy(io.Discard, r.raw); err != nil {
		return "", err
	}
	return hex.EncodeToString(r.sum.Sum(nil)), nil
}

// Close closes the file.
func (r *Reader) Close() error {
	if r.packed != nil {
		r.packed.Close()
	}
	return r.file.Close()
}

// Recipients reads what --encrypt-to was given: age recipients (age1…), or files
// that hold one a line.
func Recipients(list []string) ([]age.Recipient, error) {
	var to []age.Recipient
	for _, s := range list {
		text := s
		if !strings.HasPrefix(s, "age1") {
			b, err := readSmall(s)
			if err != nil {
				return nil, backup.NewWrong("--encrypt-to", "is neither an age recipient (age1…) nor a file of them: %v", err)
			}
			text = string(b)
		}
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, backup.NewWrong("--encrypt-to", "%s: %v", s, err)
		}
		to = append(to, found...)
	}
	return to, nil
}

// Passphrase reads the first line of a file.
func Passphrase(path string) (string, error) {
	b, err := readSmall(path)
	if err != nil {
		return "", backup.NewWrong("--passphrase-file", "%v", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); len(line) < 8 {
		return "", backup.NewWrong("--passphrase-file", "%s holds fewer than 8 letters in its first line", path)
	}
	return line, nil
}

// WithPassphrase encrypts with a passphrase. workFactor is the exponent of
// scrypt's cost; 0 is age's own choice (about a second).
func WithPassphrase(passphrase string, workFactor int) (age.Recipient, error) {
	r, err := age.NewScryptRecipient(passphrase)
	if err == nil && workFactor > 0 {
		r.SetWorkFactor(workFactor)
	}
	return r, err
}

// Identities reads the keys that decrypt: a file as age-keygen writes it, a
// passphrase file, or neither.
func Identities(identityFile, passphraseFile string) ([]age.Identity, error) {
	var keys []age.Identity
	if identityFile != "" {
		b, err := readSmall(identityFile)
		if err != nil {
			return nil, backup.NewWrong("--identity", "%v", err)
		}
		if keys, err = age.ParseIdentities(strings.NewReader(string(b))); err != nil {
			return nil, backup.NewWrong("--identity", "%s: %v", identityFile, err)
		}
	}
	if passphraseFile != "" {
		passphrase, err := Passphrase(passphraseFile)
		if err != nil {
			return nil, err
		}
		k, err := age.NewScryptIdentity(passphrase)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, 1<<20))
}
