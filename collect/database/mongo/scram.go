package mongo

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// SignIn proves to the server who the user is, and checks that the server knows
// the password too. mechanism is SCRAM-SHA-256, SCRAM-SHA-1, or "" for the
// better one the server has for this user.
func (c *Conn) SignIn(ctx context.Context, source, user, password, mechanism string) error {
	if mechanism == "" {
		hello, err := c.Run(ctx, "admin", Doc{{"hello", int32(1)}, {"saslSupportedMechs", source + "." + user}})
		if err != nil {
			return err
		}
		list, _ := hello.Get("saslSupportedMechs").([]any)
		mechanism = "SCRAM-SHA-256"
		if len(list) > 0 && !slices.Contains(list, any("SCRAM-SHA-256")) {
			mechanism = "SCRAM-SHA-1"
		}
	}
	make := sha256.New
	switch mechanism {
	case "SCRAM-SHA-256":
		password = norm.NFKC.String(password)
	case "SCRAM-SHA-1":
		make = sha1.New
		sum := md5.Sum([]byte(user + ":mongo:" + password))
		password = hex.EncodeToString(sum[:])
	default:
		return fmt.Errorf("the sign-in %q is not known here; use SCRAM-SHA-256 or SCRAM-SHA-1", mechanism)
	}
	nonce := [24]byte{}
	rand.Read(nonce[:])
	p := proof{hash: make, password: password, nonce: base64.StdEncoding.EncodeToString(nonce[:])}
	p.first = "n=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user) + ",r=" + p.nonce
	answer, err := c.Run(ctx, source, Doc{{"saslStart", int32(1)}, {"mechanism", mechanism}, {"payload", []byte("n,," + p.first)}, {"options", Doc{{"skipEmptyExchange", true}}}})
	if err != nil {
		return err
	}
	id := answer.Get("conversationId")
	payload, _ := answer.Get("payload").([]byte)
	final, err := p.answer(string(payload))
	if err != nil {
		return err
	}
	if answer, err = c.Run(ctx, source, Doc{{"saslContinue", int32(1)}, {"conversationId", id}, {"payload", []byte(final)}}); err != nil {
		return err
	}
	payload, _ = answer.Get("payload").([]byte)
	if err := p.check(string(payload)); err != nil {
		return err
	}
	for range 2 { // older servers want an empty end
		if done, _ := answer.Get("done").(bool); done {
			return nil
		}
		if answer, err = c.Run(ctx, source, Doc{{"saslContinue", int32(1)}, {"conversationId", id}, {"payload", []byte{}}}); err != nil {
			return err
		}
	}
	return errors.New("the sign-in does not come to an end")
}

// proof is one exchange of RFC 5802, section 3.
type proof struct {
	hash                   func() hash.Hash
	password, nonce, first string
	server                 []byte // the signature the server must show
}

func (p *proof) mac(key []byte, text string) []byte {
	m := hmac.New(p.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// answer makes the client's final message from the server's first.
func (p *proof) answer(server string) (string, error) {
	var nonce, salt, rounds string
	for part := range strings.SplitSeq(server, ",") {
		switch k, v, _ := strings.Cut(part, "="); k {
		case "r":
			nonce = v
		case "s":
			salt = v
		case "i":
			rounds = v
		}
	}
	n, err := strconv.Atoi(rounds)
	raw, err2 := base64.StdEncoding.DecodeString(salt)
	switch {
	case err != nil || err2 != nil || len(raw) == 0:
		return "", errors.New("the server's part of the sign-in cannot be read")
	case !strings.HasPrefix(nonce, p.nonce) || len(nonce) == len(p.nonce):
		return "", errors.New("the server's part of the sign-in is not to ours")
	case n < 4096 || n > 1_000_000:
		return "", fmt.Errorf("the server asks for %d rounds of hashing; 4,096 to 1,000,000 are done", n)
	}
	salted, err := pbkdf2.Key(p.hash, p.password, raw, n, p.hash().Size())
	if err != nil {
		return "", err
	}
	final := "c=biws,r=" + nonce
	whole := p.first + "," + server + "," + final
	key := p.mac(salted, "Client Key")
	h := p.hash()
	h.Write(key)
	signature := p.mac(h.Sum(nil), whole)
	subtle.XORBytes(key, key, signature)
	p.server = p.mac(p.mac(salted, "Server Key"), whole)
	return final + ",p=" + base64.StdEncoding.EncodeToString(key), nil
}

// check holds the server's final message against the signature it must have.
func (p *proof) check(server string) error {
	v, ok := strings.CutPrefix(server, "v=")
	raw, err := base64.StdEncoding.DecodeString(v)
	if !ok || err != nil || !hmac.Equal(raw, p.server) {
		return errors.New("the server did not prove that it knows the password")
	}
	return nil
}
