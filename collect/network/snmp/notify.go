package snmp

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// PDUs that agents send unasked.
const (
	trapV1        = 0xa4
	informRequest = 0xa6
	trapV2        = 0xa7
)

// Notification is a trap or inform in the terms of version 2: what a trap of
// version 1 says is translated as RFC 3584 3.1 does.
type Notification struct {
	Version    string // 1, 2c or 3
	Inform     bool   // the sender waits for an answer
	Trap       OID    // snmpTrapOID
	Uptime     time.Duration
	HasUptime  bool
	Enterprise OID        // of version 1, or told along
	Agent      netip.Addr // of version 1: the address the agent gives as its own
	Generic    int        // of version 1
	Specific   int64      // of version 1
	User       string     // of version 3
	Level      string     // of version 3: none, signed or encrypted
	Engine     []byte     // of version 3: the engine it comes from
	Context    string     // of version 3
	Bindings   []Binding  // without sysUpTime and snmpTrapOID
}

// Notifications decodes what agents send unasked and makes the answers that
// informs want. It may be used by several goroutines.
type Notifications struct {
	communities [][]byte
	users       map[string]User
	engine      []byte
	boots       int64
	started     time.Time

	mu    sync.Mutex
	seen  map[string]clock // newest message of each sender's engine
	stats [7]uint64        // usmStats, by their number
	salt  uint64
}

// clock is an engine's boots and time as last heard.
type clock struct {
	boots, time int64
	at          time.Time
}

// maxEngines bounds how many senders' clocks are kept.
const maxEngines = 4096

// ErrRefused is a notification that is well formed and not let in.
var ErrRefused = errors.New("not let in")

// NewNotifications takes the credentials that count: with no credential of
// version 1 or 2c every community is let in; of version 3 users only those
// given. engine is this receiver's own id, which informs of version 3 are
// addressed to; it should stay the same over restarts where senders have it
// configured.
func NewNotifications(credentials []Credential, engine []byte, now time.Time) (*Notifications, error) {
	if len(engine) < 5 || len(engine) > 32 {
		return nil, fmt.Errorf("an engine id has 5 to 32 bytes; this one has %d", len(engine))
	}
	n := &Notifications{users: map[string]User{}, engine: bytes.Clone(engine), started: now, seen: map[string]clock{}}
	// Counting minutes makes each start a later boot without keeping a number.
	n.boots = now.Unix() / 60 & 0x7fffffff
	n.salt = uint64(now.UnixNano())
	for _, c := range credentials {
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("credential %s: %w", c.Name, err)
		}
		if c.Version == 3 {
			u := c.User.normal()
			n.users[u.Name] = u
		} else {
			n.communities = append(n.communities, []byte(c.Community))
		}
	}
	return n, nil
}

// Decode reads one datagram. The answer, when there is one, is to be sent back;
// it may come with an error: then it is a report that tells the sender what to
// do otherwise. A nil notification without an error was a question for this
// receiver's engine.
func (n *Notifications) Decode(datagram []byte, now time.Time) (*Notification, []byte, error) {
	if len(datagram) > maxMessage {
		return nil, nil, fmt.Errorf("a message of more than %d bytes", maxMessage)
	}
	outer := reader{datagram}
	body, err := outer.expect(sequence, "message")
	if err != nil {
		return nil, nil, errors.Join(errNotSNMP, err)
	}
	if len(outer.b) > 0 {
		return nil, nil, fmt.Errorf("%d bytes stand behind the message", len(outer.b))
	}
	r := reader{body}
	version, err := r.integer("version")
	if err != nil {
		return nil, nil, errors.Join(errNotSNMP, err)
	}
	switch version {
	case 0, 1:
		community, err := r.expect(byte(OctetString), "community")
		if err != nil {
			return nil, nil, err
		}
		return n.plain(version, community, r)
	case 3:
		s, err := decodeSecured(&r)
		if err != nil {
			return nil, nil, err
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.secured(datagram, s, now)
	}
	return nil, nil, fmt.Errorf("SNMP version %d; 0, 1 and 3 are known", version)
}

func (n *Notifications) plain(version int64, community []byte, r reader) (*Notification, []byte, error) {
	known := len(n.communities) == 0
	for _, c := range n.communities {
		known = known || bytes.Equal(c, community)
	}
	if !known {
		return nil, nil, fmt.Errorf("%w: the community is not one that counts", ErrRefused)
	}
	note, p, err := decodeNotification(r)
	if err != nil {
		return nil, nil, err
	}
	note.Version = "2c"
	if version == 0 {
		note.Version = "1"
	}
	if (p.kind == trapV1) != (version == 0) {
		return nil, nil, fmt.Errorf("PDU 0x%02x does not belong to version %s", p.kind, note.Version)
	}
	if !note.Inform {
		return note, nil, nil
	}
	p.kind, p.status, p.index = response, 0, 0
	return note, encodeCommunity(version, string(community), p), nil
}

// Numbers of usmStats (RFC 3414 5).
const (
	unsupportedLevels = 1
	notInTime         = 2
	unknownUsers      = 3
	unknownEngines    = 4
	wrongDigests      = 5
	decryptions       = 6
)

func (n *Notifications) secured(whole []byte, s *secured, now time.Time) (*Notification, []byte, error) {
	ours := bytes.Equal(s.engine, n.engine)
	if len(s.engine) < 5 {
		if s.flags&flagReportable == 0 {
			return nil, nil, errors.New("a message of version 3 without an engine")
		}
		answer, err := n.report(s, unknownEngines, User{}, now)
		return nil, answer, err // how a sender finds out who to send informs to
	}
	// fault counts, and tells the sender when it asked this engine.
	fault := func(stat int, u User, format string, args ...any) (*Notification, []byte, error) {
		err := fmt.Errorf("%w: "+format, append([]any{ErrRefused}, args...)...)
		if !ours || s.flags&flagReportable == 0 {
			n.stats[stat]++
			return nil, nil, err
		}
		answer, wrong := n.report(s, stat, u, now)
		return nil, answer, errors.Join(err, wrong)
	}
	u, known := n.users[string(s.user)]
	if !known {
		return fault(unknownUsers, User{}, "the user is not one that counts")
	}
	signed, hidden := s.flags&flagAuth != 0, s.flags&flagPriv != 0
	if signed != (u.Auth != "") || hidden != (u.Priv != "") {
		return fault(unsupportedLevels, User{}, "it is protected otherwise than the user should be")
	}
	k := makeKeys(u, s.engine)
	plain := s.scoped
	if signed {
		if !k.verified(whole, s.auth) {
			return fault(wrongDigests, User{}, "the digest is wrong")
		}
		if !n.timely(s, ours, now) {
			return fault(notInTime, User{Name: u.Name, Auth: u.Auth, AuthPassword: u.AuthPassword}, "it is old (boots %d, time %d)", s.boots, s.time)
		}
	}
	if hidden {
		var err error
		if plain, err = k.decrypt(s.scoped, s.boots, s.time, s.salt); err != nil {
			return fault(decryptions, User{}, "%v", err)
		}
	}
	note, p, err := s.notification(plain)
	if err != nil {
		if hidden {
			return fault(decryptions, User{}, "what was decrypted is no notification (%v)", err)
		}
		return nil, nil, err
	}
	note.Version, note.User, note.Engine, note.Context = "3", u.Name, bytes.Clone(s.engine), string(s.contextName)
	note.Level = "none"
	switch {
	case hidden:
		note.Level = "encrypted"
	case signed:
		note.Level = "signed"
	}
	if note.Inform {
		if !ours {
			return fault(unknownEngines, User{}, "an inform for another engine")
		}
		p.kind, p.status, p.index = response, 0, 0
		answer, err := n.answer(s, u, p, now)
		return note, answer, err
	}
	return note, nil, nil
}

// timely checks a signed message's clock: against this engine's own for what is
// addressed to it, else against the newest heard from the sender (RFC 3414 3.2).
func (n *Notifications) timely(s *secured, ours bool, now time.Time) bool {
	if ours {
		mine := int64(now.Sub(n.started) / time.Second)
		return s.boots == n.boots && s.time >= mine-150 && s.time <= mine+150
	}
	id := string(s.engine)
	last, known := n.seen[id]
	if known {
		expected := last.time + int64(now.Sub(last.at)/time.Second)
		if s.boots < last.boots || s.boots == last.boots && s.time < expected-150 || s.boots == 0x7fffffff {
			return false
		}
	}
	if !known && len(n.seen) >= maxEngines {
		n.forget()
	}
	if !known || s.boots > last.boots || s.time > last.time {
		n.seen[id] = clock{s.boots, s.time, now}
	}
	return true
}

// forget drops the sender that was silent longest.
func (n *Notifications) forget() {
	oldest := ""
	for id, c := range n.seen {
		if o := n.seen[oldest]; oldest == "" || c.at.Before(o.at) || c.at.Equal(o.at) && id < oldest {
			oldest = id
		}
	}
	delete(n.seen, oldest)
}

func (n *Notifications) report(s *secured, stat int, u User, now time.Time) ([]byte, error) {
	n.stats[stat]++
	p := &pdu{kind: report, bindings: []Binding{{OID: OID{1, 3, 6, 1, 6, 3, 15, 1, 1, uint32(stat), 0}, Value: Value{Kind: Counter32, Num: n.stats[stat] & 0xffffffff}}}}
	if s.flags&flagPriv == 0 {
		if in, err := s.open(s.scoped); err == nil {
			p.request = in.request
		}
	}
	return n.answer(s, u, p, now)
}

func (n *Notifications) answer(s *secured, u User, p *pdu, now time.Time) ([]byte, error) {
	n.salt++
	e := &engine{id: n.engine, boots: n.boots, time: int64(now.Sub(n.started) / time.Second), counter: n.salt, keys: makeKeys(u, n.engine)}
	if len(s.contextID) > 0 {
		e.context = s.contextID
	}
	return encodeSecured(e, u, string(s.contextName), s.id, p)
}

// notification reads a plain scoped PDU.
func (s *secured) notification(plain []byte) (*Notification, *pdu, error) {
	r := reader{plain}
	body, err := r.expect(sequence, "scoped PDU")
	if err != nil {
		return nil, nil, err
	}
	in := reader{body}
	if s.contextID, err = in.expect(byte(OctetString), "context engine"); err != nil {
		return nil, nil, err
	}
	if s.contextName, err = in.expect(byte(OctetString), "context name"); err != nil {
		return nil, nil, err
	}
	return decodeNotification(in)
}

var (
	oidUptime     = OID{1, 3, 6, 1, 2, 1, 1, 3, 0}
	oidTrap       = OID{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0}
	oidEnterprise = OID{1, 3, 6, 1, 6, 3, 1, 1, 4, 3, 0}
	oidTrapAddr   = OID{1, 3, 6, 1, 6, 3, 18, 1, 3, 0}
	oidGeneric    = OID{1, 3, 6, 1, 6, 3, 1, 1, 5}
)

// decodeNotification reads a PDU that an agent sends unasked. Unlike answers,
// where a broken row must not hide those before it, it is taken whole or not.
func decodeNotification(r reader) (*Notification, *pdu, error) {
	tag, body, err := r.next()
	if err != nil {
		return nil, nil, fmt.Errorf("PDU: %w", err)
	}
	if len(r.b) > 8 { // a block cipher's padding is shorter
		return nil, nil, fmt.Errorf("%d bytes stand behind the PDU", len(r.b))
	}
	in := reader{body}
	switch tag {
	case trapV1:
		return decodeTrapV1(in)
	case trapV2, informRequest:
	default:
		return nil, nil, fmt.Errorf("PDU 0x%02x is neither a trap nor an inform", tag)
	}
	p := &pdu{kind: tag}
	id, err := in.integer("request id")
	if err != nil {
		return nil, nil, err
	}
	p.request = int32(id)
	if _, err = in.integer("error status"); err != nil {
		return nil, nil, err
	}
	if _, err = in.integer("error index"); err != nil {
		return nil, nil, err
	}
	if p.bindings, err = decodeBindings(&in); err != nil {
		return nil, nil, err
	}
	note := &Notification{Inform: tag == informRequest}
	for _, b := range p.bindings {
		switch {
		case note.Trap == nil && b.OID.Compare(oidTrap) == 0 && b.Value.Kind == ObjectID:
			note.Trap = b.Value.ID
		case !note.HasUptime && b.OID.Compare(oidUptime) == 0 && b.Value.Kind == TimeTicks:
			note.Uptime, note.HasUptime = ticks(b.Value.Num), true
		default:
			note.told(b)
			note.Bindings = append(note.Bindings, b)
		}
	}
	if note.Trap == nil {
		return nil, nil, errors.New("there is no snmpTrapOID in it")
	}
	return note, p, nil
}

// told takes what a proxy adds when it translates a trap of version 1.
func (n *Notification) told(b Binding) {
	switch {
	case b.OID.Compare(oidEnterprise) == 0 && b.Value.Kind == ObjectID:
		n.Enterprise = b.Value.ID
	case b.OID.Compare(oidTrapAddr) == 0:
		n.Agent, _ = b.Value.IP()
	}
}

func ticks(hundredths uint64) time.Duration { return time.Duration(hundredths) * 10 * time.Millisecond }

func decodeTrapV1(in reader) (*Notification, *pdu, error) {
	raw, err := in.expect(byte(ObjectID), "enterprise")
	if err != nil {
		return nil, nil, err
	}
	note := &Notification{HasUptime: true}
	if note.Enterprise, err = decodeOID(raw); err != nil {
		return nil, nil, fmt.Errorf("enterprise: %w", err)
	}
	if raw, err = in.expect(byte(IPAddress), "agent address"); err != nil {
		return nil, nil, err
	}
	if note.Agent, _ = netip.AddrFromSlice(raw); !note.Agent.Is4() {
		return nil, nil, fmt.Errorf("agent address: %d bytes where 4 belong", len(raw))
	}
	generic, err := in.integer("generic trap")
	if err != nil {
		return nil, nil, err
	}
	if generic < 0 || generic > 6 {
		return nil, nil, fmt.Errorf("generic trap %d; 0 to 6 are known", generic)
	}
	note.Generic = int(generic)
	if note.Specific, err = in.integer("specific trap"); err != nil {
		return nil, nil, err
	}
	if note.Specific < 0 || note.Specific > 0xffffffff {
		return nil, nil, fmt.Errorf("specific trap %d; 0 to 4294967295 are possible", note.Specific)
	}
	stamp, err := in.expect(byte(TimeTicks), "time stamp")
	if err != nil {
		return nil, nil, err
	}
	hundredths, ok := unsigned(stamp)
	if !ok || hundredths > 0xffffffff {
		return nil, nil, errors.New("time stamp: no number of 32 bits")
	}
	note.Uptime = ticks(hundredths)
	if note.Bindings, err = decodeBindings(&in); err != nil {
		return nil, nil, err
	}
	if note.Generic < 6 {
		note.Trap = oidGeneric.With(uint32(note.Generic) + 1)
	} else {
		note.Trap = note.Enterprise.With(0, uint32(note.Specific))
	}
	return note, &pdu{kind: trapV1}, nil
}

func decodeBindings(in *reader) ([]Binding, error) {
	list, err := in.expect(sequence, "list of bindings")
	if err != nil {
		return nil, err
	}
	var bindings []Binding
	for all := (reader{list}); len(all.b) > 0; {
		if len(bindings) == maxBindings {
			return nil, fmt.Errorf("more than %d bindings", maxBindings)
		}
		where := fmt.Sprintf("binding %d", len(bindings)+1)
		one, err := all.expect(sequence, where)
		if err != nil {
			return nil, err
		}
		b := reader{one}
		name, err := b.expect(byte(ObjectID), where+"'s name")
		if err != nil {
			return nil, err
		}
		o, err := decodeOID(name)
		if err != nil {
			return nil, fmt.Errorf("%s's name: %w", where, err)
		}
		kind, raw, err := b.next()
		if err != nil {
			return nil, fmt.Errorf("%s's value: %w", where, err)
		}
		v, err := decodeValue(kind, bytes.Clone(raw))
		if err != nil {
			return nil, fmt.Errorf("%s's value: %w", where, err)
		}
		bindings = append(bindings, Binding{o, v})
	}
	return bindings, nil
}
