package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The files in the data folder: the key that signs, the key that verifies (give it
// to auditors), and the last checkpoint, kept outside the database.
const (
	KeyFile        = "audit.key"
	PublicFile     = "audit.pub"
	CheckpointFile = "audit.checkpoint"
)

// keyName is what the signature says it is of.
const keyName = "steward-audit"

// Key signs checkpoints.
type Key struct {
	// Public verifies them: a note verifier key, https://c2sp.org/signed-note.
	Public string
	signer note.Signer
}

// OpenKey reads the signing key from the data folder, making it at the first start.
func OpenKey(folder string) (*Key, error) {
	path := filepath.Join(folder, KeyFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(folder); err == nil {
			text, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("audit key: %w", err)
	}
	secret, public, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("audit key %s: %w", path, err)
	}
	if v, err := note.NewVerifier(public); err != nil || v.KeyHash() != signer.KeyHash() {
		return nil, fmt.Errorf("audit key %s: its second line is not the public key of the first", path)
	}
	return &Key{Public: public, signer: signer}, nil
}

func makeKey(folder string) error {
	secret, public, err := note.GenerateKey(rand.Reader, keyName)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(folder, KeyFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(secret + "\n" + public + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	// Linking refuses to overwrite: of two copies that start at once one wins.
	if err := os.Link(draft.Name(), filepath.Join(folder, KeyFile)); errors.Is(err, fs.ErrExist) {
		return nil
	} else if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, PublicFile), []byte(public+"\n"), 0o644)
}

// KeepCheckpoint returns a witness that keeps the last checkpoint in the data folder,
// so that cutting the log in the database short is noticed.
func KeepCheckpoint(folder string) func(checkpoint string) error {
	return func(checkpoint string) error {
		draft, err := os.CreateTemp(folder, CheckpointFile+".*")
		if err != nil {
			return err
		}
		defer os.Remove(draft.Name())
		_, err = draft.WriteString(checkpoint)
		if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
			return err
		}
		return os.Rename(draft.Name(), filepath.Join(folder, CheckpointFile))
	}
}

// KeptCheckpoint reads what KeepCheckpoint kept; "" if there is nothing yet.
func KeptCheckpoint(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, CheckpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}
