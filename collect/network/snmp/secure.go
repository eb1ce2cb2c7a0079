package snmp

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// engine is what is known of an agent's engine of version 3, and the keys made
// for it.
type engine struct {
	id      []byte
	boots   int64
	time    int64     // the engine's clock, seconds
	at      time.Time // when it was told
	keys    keys
	counter uint64 // of salts
	maxSize int64
	context []byte // engine whose context is meant; nil is this one
}

// ErrSecurity is an answer that is not what it claims to be: a wrong digest, a
// message that cannot be decrypted, an old one.
var ErrSecurity = errors.New("an answer that fails the security checks")

func (e *engine) now() int64 {
	if e.at.IsZero() {
		return e.time
	}
	return e.time + int64(time.Since(e.at)/time.Second)
}

// learn takes over what an agent tells about its engine.
func (e *engine) learn(s *secured, u User) {
	if !bytes.Equal(e.id, s.engine) || e.counter == 0 {
		e.id = bytes.Clone(s.engine)
		e.keys = makeKeys(u, e.id)
		var seed [8]byte
		_, _ = rand.Read(seed[:])
		e.counter = binary.BigEndian.Uint64(seed[:]) | 1
	}
	e.boots, e.time, e.at, e.maxSize = s.boots, s.time, time.Now(), s.maxSize
}

// encodeSecured builds a message of version 3. Without a known engine it asks
// for one: RFC 3414 4.
func encodeSecured(e *engine, u User, context string, id int32, p *pdu) ([]byte, error) {
	discover := len(e.id) == 0
	w := newWriter()
	w.pdu(p)
	w.octets(byte(OctetString), []byte(context))
	scope := e.context
	if scope == nil {
		scope = e.id
	}
	w.octets(byte(OctetString), scope)
	w.head(sequence, 0)
	flags := byte(flagReportable)
	boots, now := e.boots, e.now()
	var salt, digest []byte
	user := u.Name
	switch {
	case discover:
		user = ""
	case u.Auth != "":
		flags |= flagAuth
		digest = make([]byte, e.keys.auth.size)
		if u.Priv != "" {
			flags |= flagPriv
			e.counter++
			hidden, s, err := e.keys.encrypt(w.bytes(), boots, now, e.counter)
			if err != nil {
				return nil, err
			}
			salt = s
			w = newWriter()
			w.octets(byte(OctetString), hidden)
		}
	}
	params := w.len()
	w.octets(byte(OctetString), salt)
	w.octets(byte(OctetString), digest)
	fromEnd := w.len()
	if len(digest) >= 0x80 {
		return nil, errors.New("a digest too long for its header")
	}
	w.octets(byte(OctetString), []byte(user))
	w.integer(now)
	w.integer(boots)
	w.octets(byte(OctetString), e.id)
	w.head(sequence, params)
	w.head(byte(OctetString), params)
	head := w.len()
	w.integer(3)
	w.octets(byte(OctetString), []byte{flags})
	w.integer(maxMessage - 1)
	w.integer(int64(id))
	w.head(sequence, head)
	w.integer(3)
	w.head(sequence, 0)
	b := w.bytes()
	if digest != nil {
		at := len(b) - fromEnd + 2 // behind tag and length
		copy(b[at:at+len(digest)], e.keys.digest(b))
	}
	return b, nil
}

// openSecured checks and decrypts an answer. A report comes back as its PDU,
// whether or not it is signed: what it says is only believed as far as its
// caller dares.
func openSecured(e *engine, u User, whole []byte, s *secured, plain *pdu) (*pdu, bool, error) {
	signed := false
	if s.flags&flagAuth != 0 {
		if u.Auth == "" || len(e.id) == 0 || !bytes.Equal(s.engine, e.id) {
			return nil, false, fmt.Errorf("%w: signed by an engine that was not asked", ErrSecurity)
		}
		if !e.keys.verified(whole, s.auth) {
			return nil, false, fmt.Errorf("%w: the digest is wrong", ErrSecurity)
		}
		signed = true
	}
	p := plain
	if s.wasEncrypted {
		if !signed || u.Priv == "" {
			return nil, false, fmt.Errorf("%w: encrypted, but not for this user", ErrSecurity)
		}
		b, err := e.keys.decrypt(s.scoped, s.boots, s.time, s.salt)
		if err != nil {
			return nil, false, fmt.Errorf("%w: %w", ErrSecurity, err)
		}
		if p, err = s.open(b); err != nil {
			return nil, false, fmt.Errorf("%w: what was decrypted is no PDU (%w)", ErrSecurity, err)
		}
	}
	if p.kind == report {
		return p, signed, nil
	}
	if u.Auth != "" && !signed || u.Priv != "" && !s.wasEncrypted {
		return nil, false, fmt.Errorf("%w: less protected than the question", ErrSecurity)
	}
	if signed && (s.boots < e.boots || s.boots == e.boots && s.time < e.now()-150) {
		return nil, false, fmt.Errorf("%w: it is old (boots %d time %d)", ErrSecurity, s.boots, s.time)
	}
	return p, signed, nil
}
