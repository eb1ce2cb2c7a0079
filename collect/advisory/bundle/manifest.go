package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"steward/collect/advisory/index"
)

// Manifest says what a bundle holds. Its first part, up to the members, is what
// `bundle show` prints.
type Manifest struct {
	Version int          `json:"version" doc:"version of this form, 1"`
	Made    time.Time    `json:"made_at" doc:"when the bundle was made, UTC"`
	Feeds   []index.Feed `json:"feeds"`
	Index   Member       `json:"index"`
	Members []Member     `json:"members,omitempty" doc:"the feeds' own files, as they were read"`
}

// Member is one file in the bundle.
type Member struct {
	Name    string `json:"name"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Version int    `json:"version,omitempty" doc:"of the index: the version of its form"`
}

// manifestVersion is the version of the manifest's form.
const manifestVersion = 1

// encode writes the manifest as the text that is signed.
func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

func decode(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("the manifest: %w", err)
	}
	if m.Version != manifestVersion {
		return m, fmt.Errorf("the bundle is of version %d; this program reads version %d", m.Version, manifestVersion)
	}
	return m, nil
}

// ErrSignature is a bundle whose signature is missing or not the one asked for.
var ErrSignature = errors.New("the signature of the bundle is not good")

// sign signs the manifest's text with a secret key of note's form (Ed25519).
func sign(text []byte, secret string) ([]byte, error) {
	s, err := note.NewSigner(strings.TrimSpace(secret))
	if err != nil {
		return nil, fmt.Errorf("the key to sign with: %w", err)
	}
	return note.Sign(&note.Note{Text: string(text)}, s)
}

// verify returns the manifest's text and who signed it. Trusted is the public
// key it must be signed by; if empty, only the name is told and nothing is
// proved.
func verify(signed []byte, trusted string) (text []byte, signer string, err error) {
	if trusted != "" {
		v, err := note.NewVerifier(strings.TrimSpace(trusted))
		if err != nil {
			return nil, "", fmt.Errorf("the public key: %w", err)
		}
		n, err := note.Open(signed, note.VerifierList(v))
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrSignature, err)
		}
		return []byte(n.Text), n.Sigs[0].Name, nil
	}
	n, err := note.Open(signed, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unverified):
		names := make([]string, 0, 1)
		for _, s := range unverified.Note.UnverifiedSigs {
			names = append(names, s.Name)
		}
		return []byte(unverified.Note.Text), strings.Join(names, ", "), nil
	case err != nil:
		// No signature at all: the text is the manifest itself.
		if bytes.HasPrefix(bytes.TrimSpace(signed), []byte("{")) {
			return signed, "", nil
		}
		return nil, "", fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return []byte(n.Text), "", nil
}
