package snmp

import (
	"errors"
	"fmt"
)

// The kinds of PDU this package knows; there is none that writes.
const (
	getRequest     = 0xa0
	getNextRequest = 0xa1
	response       = 0xa2
	getBulkRequest = 0xa5
	report         = 0xa8
)

// pdu is the inner part of a message, the same in every version.
type pdu struct {
	kind     byte
	request  int32
	status   int64 // non-repeaters of a getBulkRequest
	index    int64 // max-repetitions of a getBulkRequest
	bindings []Binding
}

const (
	sequence     = 0x30
	maxBindings  = 20000    // in one message; a datagram cannot hold more
	maxMessage   = 64 << 10 // bytes
	maxScopeText = 255
)

func (w *writer) pdu(p *pdu) {
	mark := w.len()
	for i := len(p.bindings) - 1; i >= 0; i-- {
		inner := w.len()
		w.value(p.bindings[i].Value)
		w.oid(p.bindings[i].OID)
		w.head(sequence, inner)
	}
	w.head(sequence, mark)
	w.integer(p.index)
	w.integer(p.status)
	w.integer(int64(p.request))
	w.head(p.kind, mark)
}

// encodeCommunity builds a message of version 1 (0) or 2c (1).
func encodeCommunity(version int64, community string, p *pdu) []byte {
	w := newWriter()
	w.pdu(p)
	w.octets(byte(OctetString), []byte(community))
	w.integer(version)
	w.head(sequence, 0)
	return w.bytes()
}

func decodePDU(r *reader) (*pdu, error) {
	tag, body, err := r.next()
	if err != nil {
		return nil, fmt.Errorf("PDU: %w", err)
	}
	if tag&0xf0 != 0xa0 {
		return nil, fmt.Errorf("PDU: tag 0x%02x is none", tag)
	}
	in := reader{body}
	p := &pdu{kind: tag}
	id, err := in.integer("request id")
	if err != nil {
		return nil, err
	}
	p.request = int32(id)
	if p.status, err = in.integer("error status"); err != nil {
		return nil, err
	}
	if p.index, err = in.integer("error index"); err != nil {
		return nil, err
	}
	list, err := in.expect(sequence, "list of bindings")
	if err != nil {
		return nil, err
	}
	all := reader{list}
	for len(all.b) > 0 {
		if len(p.bindings) == maxBindings {
			return nil, fmt.Errorf("more than %d bindings", maxBindings)
		}
		one, err := all.expect(sequence, "binding")
		if err != nil {
			return p.partly(err)
		}
		b := reader{one}
		name, err := b.expect(byte(ObjectID), "binding's name")
		if err != nil {
			return p.partly(err)
		}
		o, err := decodeOID(name)
		if err != nil {
			return p.partly(fmt.Errorf("binding's name: %w", err))
		}
		kind, raw, err := b.next()
		if err != nil {
			return p.partly(fmt.Errorf("value of %s: %w", o, err))
		}
		v, err := decodeValue(kind, raw)
		if err != nil {
			return p.partly(fmt.Errorf("value of %s: %w", o, err))
		}
		p.bindings = append(p.bindings, Binding{o, v})
	}
	return p, nil
}

// partly keeps the bindings before a broken one, so that one bad row of an
// agent does not hide the rows before it. With none there is only the error.
func (p *pdu) partly(err error) (*pdu, error) {
	if len(p.bindings) == 0 {
		return nil, err
	}
	return p, nil
}

// message is a decoded message of any version.
type message struct {
	version   int64 // 0, 1 or 3
	community []byte
	v3        *secured
	pdu       *pdu // nil while encrypted
}

// secured is what version 3 puts around a PDU.
type secured struct {
	id           int32
	maxSize      int64
	flags        byte
	engine       []byte
	boots, time  int64
	user         []byte
	auth         []byte // digest, aliasing the message
	salt         []byte
	contextID    []byte
	contextName  []byte
	scoped       []byte // plain or encrypted scoped PDU
	wasEncrypted bool
}

const (
	flagAuth       = 1
	flagPriv       = 2
	flagReportable = 4
)

var errNotSNMP = errors.New("not an SNMP message")

func decodeMessage(b []byte) (*message, error) {
	if len(b) > maxMessage {
		return nil, fmt.Errorf("a message of more than %d bytes", maxMessage)
	}
	outer := reader{b}
	body, err := outer.expect(sequence, "message")
	if err != nil {
		return nil, errors.Join(errNotSNMP, err)
	}
	r := reader{body}
	m := &message{}
	if m.version, err = r.integer("version"); err != nil {
		return nil, errors.Join(errNotSNMP, err)
	}
	switch m.version {
	case 0, 1:
		if m.community, err = r.expect(byte(OctetString), "community"); err != nil {
			return nil, err
		}
		m.pdu, err = decodePDU(&r)
		return m, err
	case 3:
		m.v3, err = decodeSecured(&r)
		if err != nil {
			return nil, err
		}
		if !m.v3.wasEncrypted {
			m.pdu, err = m.v3.open(m.v3.scoped)
		}
		return m, err
	}
	return nil, fmt.Errorf("SNMP version %d; 0, 1 and 3 are known", m.version)
}

func decodeSecured(r *reader) (*secured, error) {
	head, err := r.expect(sequence, "header")
	if err != nil {
		return nil, err
	}
	h := reader{head}
	s := &secured{}
	id, err := h.integer("message id")
	if err != nil {
		return nil, err
	}
	s.id = int32(id)
	if s.maxSize, err = h.integer("largest message"); err != nil {
		return nil, err
	}
	flags, err := h.expect(byte(OctetString), "flags")
	if err != nil {
		return nil, err
	}
	if len(flags) != 1 {
		return nil, fmt.Errorf("flags: %d bytes where 1 belongs", len(flags))
	}
	s.flags = flags[0]
	model, err := h.integer("security model")
	if err != nil {
		return nil, err
	}
	if model != 3 {
		return nil, fmt.Errorf("security model %d; only 3 (users) is known", model)
	}
	params, err := r.expect(byte(OctetString), "security parameters")
	if err != nil {
		return nil, err
	}
	outer := reader{params}
	inner, err := outer.expect(sequence, "security parameters")
	if err != nil {
		return nil, err
	}
	p := reader{inner}
	if s.engine, err = p.expect(byte(OctetString), "engine"); err != nil {
		return nil, err
	}
	if s.boots, err = p.integer("engine boots"); err != nil {
		return nil, err
	}
	if s.time, err = p.integer("engine time"); err != nil {
		return nil, err
	}
	for _, f := range []struct {
		to   *[]byte
		what string
	}{{&s.user, "user"}, {&s.auth, "digest"}, {&s.salt, "salt"}} {
		if *f.to, err = p.expect(byte(OctetString), f.what); err != nil {
			return nil, err
		}
	}
	if len(s.engine) > 64 || len(s.user) > maxScopeText {
		return nil, errors.New("an engine id or user name that is too long")
	}
	rest := r.b
	if s.flags&flagPriv != 0 {
		s.wasEncrypted = true
		s.scoped, err = r.expect(byte(OctetString), "encrypted PDU")
		return s, err
	}
	s.scoped = rest
	return s, nil
}

// open reads the scoped PDU from its plain bytes.
func (s *secured) open(plain []byte) (*pdu, error) {
	r := reader{plain}
	body, err := r.expect(sequence, "scoped PDU")
	if err != nil {
		return nil, err
	}
	in := reader{body}
	if s.contextID, err = in.expect(byte(OctetString), "context engine"); err != nil {
		return nil, err
	}
	if s.contextName, err = in.expect(byte(OctetString), "context name"); err != nil {
		return nil, err
	}
	return decodePDU(&in)
}
