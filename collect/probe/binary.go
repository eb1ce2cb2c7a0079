package probe

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"time"
)

// exchange connects, sends and reads an answer of at least want bytes.
func (r *run) exchange(ctx context.Context, network string, send []byte, want int) ([]byte, error) {
	c, err := r.dial(ctx, network)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return r.talk(c, "reply", send, want)
}

// talk sends and reads an answer of at least want bytes.
func (r *run) talk(c net.Conn, phase string, send []byte, want int) ([]byte, error) {
	buf := make([]byte, 4096)
	n := 0
	err := r.phase(phase, func() (err error) {
		if _, err := c.Write(send); err != nil {
			return err
		}
		n, err = io.ReadAtLeast(c, buf, want)
		if err == io.ErrUnexpectedEOF {
			err = wrong("answered %d bytes and closed", n)
		}
		return err
	})
	return buf[:n], err
}

// askLDAP binds as nobody (RFC 4511, 4.2), with ?starttls over TLS begun by the
// extended operation (4.14). A server that refuses that is up.
func askLDAP(ctx context.Context, r *run) error {
	c, err := r.dial(ctx, "tcp")
	if err != nil {
		return err
	}
	defer c.Close()
	number := byte(1)
	if r.url.Query().Has("starttls") {
		name := "1.3.6.1.4.1.1466.20037"
		request := append([]byte{0x30, byte(len(name) + 7), 2, 1, number, 0x77, byte(len(name) + 2), 0x80, byte(len(name))}, name...)
		b, err := r.talk(c, "starttls", request, 7)
		if err != nil {
			return err
		}
		if code, ok := ldapResult(b, 0x78); !ok {
			return wrong("the answer to STARTTLS is no LDAP extended response")
		} else if code != 0 {
			return wrong("STARTTLS answered with result %d", code)
		}
		t, err := r.handshake(ctx, c)
		if err != nil {
			return err
		}
		c, number = t, 2
	}
	b, err := r.talk(c, "reply", []byte{0x30, 0x0c, 2, 1, number, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0}, 7)
	if err != nil {
		return err
	}
	code, ok := ldapResult(b, 0x61)
	if !ok {
		return wrong("the answer is no LDAP bind response")
	}
	words := map[int]string{0: "anonymous bind accepted", 48: "anonymous bind refused", 53: "anonymous bind refused", 8: "stronger sign-in wanted", 13: "TLS wanted", 50: "anonymous bind refused", 49: "anonymous bind refused"}
	if words[code] == "" {
		return wrong("bind answered with result %d", code)
	}
	r.say(words[code])
	r.expect(r.Answer)
	return nil
}

// ldapResult reads LDAPMessage { messageID, response { resultCode … } }; kind is
// the response's tag.
func ldapResult(b []byte, kind byte) (int, bool) {
	for _, tag := range []byte{0x30, 0x02, kind, 0x0a} {
		if len(b) < 2 || b[0] != tag {
			return 0, false
		}
		length, head := int(b[1]), 2
		if length >= 0x80 {
			k := length & 0x7f
			if k > 4 || len(b) < 2+k {
				return 0, false
			}
			length, head = 0, 2+k
			for _, x := range b[2 : 2+k] {
				length = length<<8 | int(x)
			}
		}
		b = b[head:]
		switch tag {
		case 0x02: // the message's number, passed over
			if length < 0 || len(b) < length {
				return 0, false
			}
			b = b[length:]
		case 0x0a:
			if length == 1 && len(b) > 0 {
				return int(b[0]), true
			}
		}
	}
	return 0, false
}

// askMQTT connects with a clean session (MQTT 3.1.1, 3.1) and leaves. A broker
// that wants a sign-in is up.
func askMQTT(ctx context.Context, r *run) error {
	id := "steward-probe"
	connect := append([]byte{0x10, byte(12 + len(id)), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 10, 0, byte(len(id))}, id...)
	b, err := r.exchange(ctx, "tcp", connect, 4)
	if err != nil {
		return err
	}
	if b[0] != 0x20 || b[1] != 2 {
		return wrong("the answer is no MQTT CONNACK")
	}
	switch b[3] {
	case 0:
		r.say("accepted")
	case 4, 5:
		r.say("sign-in wanted")
	default:
		return wrong("the broker refuses with code %d", b[3])
	}
	r.expect(r.Answer)
	return nil
}

// askRDP asks for a connection (MS-RDPBCGR 2.2.1.1) and reads which security is chosen.
func askRDP(ctx context.Context, r *run) error {
	request := []byte{3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 3, 0, 0, 0}
	b, err := r.exchange(ctx, "tcp", request, 11)
	if err != nil {
		return err
	}
	if b[0] != 3 || b[5] != 0xd0 {
		return wrong("the answer is no RDP connection confirm")
	}
	r.say("standard security")
	if len(b) >= 19 && b[11] == 2 {
		r.say(map[uint32]string{0: "standard security", 1: "TLS", 2: "CredSSP", 8: "CredSSP, early user authorisation"}[binary.LittleEndian.Uint32(b[15:19])])
	}
	r.expect(r.Answer)
	return nil
}

// ntpEpoch is the seconds from 1900 to 1970.
const ntpEpoch = 2208988800

// askNTP asks for the time (RFC 5905, client mode, version 4).
func askNTP(ctx context.Context, r *run) error {
	request := make([]byte, 48)
	request[0] = 4<<3 | 3
	sent := time.Now()
	putNTP(request[40:], sent)
	b, err := r.exchange(ctx, "udp", request, 1)
	took := time.Duration(0)
	if n := len(r.Phases); n > 0 {
		took = time.Duration(r.Phases[n-1].Ms * float64(time.Millisecond))
	}
	if err != nil {
		return err
	}
	switch {
	case len(b) < 48 || b[0]&7 != 4:
		return wrong("the answer is no NTP server's")
	case !bytes.Equal(b[24:32], request[40:48]):
		return wrong("the answer is to another question")
	case b[1] == 0:
		return wrong("the server refuses: %q", clip(string(b[12:16])))
	}
	arrived, left := getNTP(b[32:40]), getNTP(b[40:48])
	// The mean of both ways, RFC 5905 section 8.
	offset := (arrived.Sub(sent) + left.Sub(sent.Add(took))) / 2
	r.Clock, r.Stratum = new(math.Round(offset.Seconds()*1e6)/1e6), new(int(b[1]))
	r.say(fmt.Sprintf("stratum %d, offset %s", b[1], offset.Round(time.Microsecond)))
	r.check("synchronised", "yes", map[bool]string{true: "yes", false: "no"}[b[0]>>6 != 3 && b[1] < 16], b[0]>>6 != 3 && b[1] < 16)
	return nil
}

func putNTP(b []byte, t time.Time) {
	binary.BigEndian.PutUint32(b, uint32(t.Unix()+ntpEpoch))
	binary.BigEndian.PutUint32(b[4:], uint32(uint64(t.Nanosecond())<<32/1e9))
}

func getNTP(b []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint32(b))-ntpEpoch, int64(uint64(binary.BigEndian.Uint32(b[4:]))*1e9>>32))
}
