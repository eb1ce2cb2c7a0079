package snmp

import (
	"bytes"
	"context"
	"net"
	"time"
)

// Responder answers like the agent a recording was made of, for tests,
// benchmarks and demonstrations; its faults are those of agents in the field.
// It never changes what it holds.
type Responder struct {
	Recording *Recording
	Community string
	Contexts  map[string]*Recording // community@name or context name
	User      *User                 // nil answers no version 3
	EngineID  []byte
	Boots     int64
	Started   time.Time // of the engine's clock

	NoBulk      bool // is silent to GETBULK
	FailBulk    bool // answers genErr to GETBULK
	MaxRows     int  // above it tooBig; 0 is no bound
	MostRows    int  // gives at most so many, without a word; 0 is no bound
	Circle      OID  // under it the first row comes again after the last
	Silent      int  // the first questions that are not answered
	Delay       time.Duration
	OnlyVersion int // 1 or 2: is silent to the other
	FailAt      OID // genErr when this would be answered

	keys  keys
	ready bool
	seen  int
}

// Serve answers on conn until it is closed.
func (r *Responder) Serve(conn net.PacketConn) {
	buf := make([]byte, maxMessage)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if a := r.Answer(bytes.Clone(buf[:n])); a != nil {
			if r.Delay > 0 {
				time.Sleep(r.Delay)
			}
			_, _ = conn.WriteTo(a, from)
		}
	}
}

// Answer is the answer to one message, or nil for silence.
func (r *Responder) Answer(b []byte) []byte {
	m, err := decodeMessage(b)
	if err != nil {
		return nil
	}
	if r.seen++; r.seen <= r.Silent {
		return nil
	}
	if m.version == 3 {
		return r.secured(b, m)
	}
	if r.OnlyVersion > 0 && m.version != int64(r.OnlyVersion-1) {
		return nil
	}
	rec := r.Recording
	if string(m.community) != r.Community {
		base, name, ok := bytes.Cut(m.community, []byte("@"))
		if rec = r.Contexts[string(name)]; !ok || string(base) != r.Community || rec == nil {
			return nil
		}
	}
	a := r.respond(rec, m.pdu, m.version == 0)
	if a == nil {
		return nil
	}
	return encodeCommunity(m.version, string(m.community), a)
}

func (r *Responder) respond(rec *Recording, q *pdu, old bool) *pdu {
	a := &pdu{kind: response, request: q.request}
	fail := func(status int64, index int) *pdu {
		a.status, a.index, a.bindings = status, int64(index), q.bindings
		return a
	}
	ctx := context.Background()
	switch q.kind {
	case getRequest:
		for i, b := range q.bindings {
			got, _ := rec.Get(ctx, b.OID)
			if old && got[0].Value.Missing() {
				return fail(statusNoSuchName, i+1)
			}
			a.bindings = append(a.bindings, got[0])
		}
	case getNextRequest:
		for i, b := range q.bindings {
			next, ok := r.after(rec, b.OID)
			switch {
			case !ok && old:
				return fail(statusNoSuchName, i+1)
			case ok && r.FailAt != nil && next.OID.Compare(r.FailAt) == 0:
				return fail(statusGeneral, i+1)
			}
			a.bindings = append(a.bindings, next)
		}
	case getBulkRequest:
		switch {
		case r.NoBulk || old:
			return nil
		case r.FailBulk:
			return fail(statusGeneral, 1)
		case r.MaxRows > 0 && q.index > int64(r.MaxRows):
			return fail(statusTooBig, 0)
		}
		size := 0
		for _, b := range q.bindings {
			at := b.OID
			for n := int64(0); n < q.index && (r.MostRows == 0 || n < int64(r.MostRows)); n++ {
				next, ok := r.after(rec, at)
				if ok && r.FailAt != nil && next.OID.Compare(r.FailAt) == 0 {
					return fail(statusGeneral, 1)
				}
				if size += 4*len(next.OID) + len(next.Value.Bytes) + 16; size > 60_000 {
					return a
				}
				a.bindings = append(a.bindings, next)
				if !ok {
					break
				}
				at = next.OID
			}
		}
	default:
		return nil
	}
	return a
}

// after is what follows o; at the end of the view ok is false.
func (r *Responder) after(rec *Recording, o OID) (next Binding, ok bool) {
	list, _ := rec.Next(context.Background(), o)
	if r.Circle != nil && o.Under(r.Circle) && (len(list) == 0 || !list[0].OID.Under(r.Circle)) {
		list, _ = rec.Next(context.Background(), r.Circle)
	}
	if len(list) == 0 {
		return Binding{OID: o, Value: Value{Kind: EndOfView}}, false
	}
	return list[0], true
}

// secured answers version 3.
func (r *Responder) secured(b []byte, m *message) []byte {
	if r.User == nil {
		return nil
	}
	u := r.User.normal()
	if !r.ready {
		r.keys, r.ready = makeKeys(u, r.EngineID), true
	}
	now := int64(time.Since(r.Started) / time.Second)
	e := &engine{id: r.EngineID, boots: r.Boots, time: now, keys: r.keys, counter: uint64(r.seen)}
	s := m.v3
	send := func(u User, p *pdu, context string) []byte {
		out, err := encodeSecured(e, u, context, s.id, p)
		if err != nil {
			return nil
		}
		return out
	}
	tell := func(u User, n uint32) []byte {
		request := int32(0)
		if m.pdu != nil {
			request = m.pdu.request
		}
		return send(u, &pdu{kind: report, request: request, bindings: []Binding{{OID: OID{1, 3, 6, 1, 6, 3, 15, 1, 1, n, 0}, Value: Value{Kind: Counter32, Num: uint64(r.seen)}}}}, "")
	}
	nobody := User{Name: string(s.user)}
	signedOnly := u
	signedOnly.Priv = ""
	switch {
	case !bytes.Equal(s.engine, r.EngineID):
		return tell(nobody, 4)
	case string(s.user) != u.Name:
		return tell(nobody, 3)
	case (s.flags&flagAuth != 0) != (u.Auth != "") || (s.flags&flagPriv != 0) != (u.Priv != ""):
		return tell(nobody, 1)
	case u.Auth != "" && !r.keys.verified(b, s.auth):
		return tell(nobody, 5)
	case u.Auth != "" && (s.boots != r.Boots || s.time < now-150 || s.time > now+150):
		return tell(signedOnly, 2)
	}
	p := m.pdu
	if s.wasEncrypted {
		plain, err := r.keys.decrypt(s.scoped, s.boots, s.time, s.salt)
		if err != nil {
			return tell(nobody, 6)
		}
		if p, err = s.open(plain); err != nil {
			return tell(nobody, 6)
		}
	}
	rec := r.Recording
	if len(s.contextName) > 0 {
		if rec = r.Contexts[string(s.contextName)]; rec == nil {
			return send(u, &pdu{kind: report, request: p.request, bindings: []Binding{{OID: OID{1, 3, 6, 1, 6, 3, 12, 1, 5, 0}, Value: Value{Kind: Counter32, Num: 1}}}}, "")
		}
	}
	a := r.respond(rec, p, false)
	if a == nil {
		return nil
	}
	return send(u, a, string(s.contextName))
}
