package snmp

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"syscall"
	"time"
)

// Client asks one agent, one question at a time. It is not for several
// goroutines at once.
type Client struct {
	o       Options
	conn    *net.UDPConn
	buf     []byte
	engine  engine
	id      int32
	pace    pace
	reps    int  // rows to ask for at once
	topReps int  // above it the agent failed
	noBulk  bool // the agent does not understand GETBULK
	heard   bool // it answered at least once
	asked   int  // datagrams sent
	resent  int
}

// Dial makes a client; nothing is sent yet.
func Dial(o Options) (*Client, error) {
	o = o.defaults()
	if o.Credential.Version == 3 {
		o.Credential.User = o.Credential.User.normal()
	}
	if err := o.Credential.Check(); err != nil {
		return nil, err
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(o.Address))
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", o.Address, err)
	}
	_ = conn.SetReadBuffer(256 << 10)
	return &Client{o: o, conn: conn, buf: make([]byte, maxMessage), id: rand.Int32() & 0x3fffffff, pace: newPace(o),
		reps: min(20, o.Repetitions), topReps: o.Repetitions, noBulk: o.Credential.Version == 1}, nil
}

// Close ends the client.
func (c *Client) Close() error { return c.conn.Close() }

// Engine is what version 3 told about the agent's engine; its id is empty for
// other versions.
func (c *Client) Engine() (id []byte, boots, seconds, maxSize int64) {
	return c.engine.id, c.engine.boots, c.engine.time, c.engine.maxSize
}

// Sent is how many datagrams were sent, and how many of them again.
func (c *Client) Sent() (all, again int) { return c.asked, c.resent }

// InContext returns a client for another context of the same agent: for a
// VLAN of a Cisco switch, community@VLAN or the context vlan-VLAN. It knows
// the agent's pace already.
func (c *Client) InContext(name string) (*Client, error) {
	o := c.o
	if o.Credential.Version == 3 {
		o.Context = name
	} else {
		o.Credential.Community += "@" + name
	}
	o.Retries = max(1, o.Retries-1)
	n, err := Dial(o)
	if err != nil {
		return nil, err
	}
	n.pace, n.reps, n.topReps, n.noBulk = c.pace, c.reps, c.topReps, c.noBulk
	return n, nil
}

// Version is the protocol's, as 1, 2 or 3.
func (c *Client) Version() int { return c.o.Credential.Version }

func (c *Client) nextID() int32 {
	c.id++
	if c.id < 1 || c.id > 0x7ffffff0 {
		c.id = 1
	}
	return c.id
}

// ask sends p until it is answered, following an engine's reports. The error
// is one of this package's, or ctx's.
func (c *Client) ask(ctx context.Context, p *pdu) (*pdu, error) {
	p.request = c.nextID()
	synced := 0
	for {
		var answer *pdu
		var err error
		if c.o.Credential.Version == 3 && len(c.engine.id) == 0 {
			if err := c.discover(ctx); err != nil {
				return nil, err
			}
		}
		answer, err = c.exchange(ctx, p)
		if err != nil {
			return nil, err
		}
		if answer.kind != report {
			c.heard = true
			return answer, nil
		}
		// The engine was started again, or its clock runs otherwise: exchange
		// has learnt both, so the question is asked once more.
		if err := reportError(answer); err != nil {
			return nil, err
		}
		if synced++; synced > 3 {
			return nil, fmt.Errorf("%w: the agent calls every message old", ErrLevel)
		}
	}
}

// discover asks for the engine: RFC 3414 4.
func (c *Client) discover(ctx context.Context) error {
	answer, err := c.exchange(ctx, &pdu{kind: getRequest, request: c.nextID()})
	if err != nil {
		return err
	}
	if answer.kind == report && len(c.engine.id) == 0 {
		return fmt.Errorf("%w: the agent's report names no engine", ErrSecurity)
	}
	return nil
}

// reportError is the meaning of a report, or nil when asking again can help.
func reportError(p *pdu) error {
	usm := OID{1, 3, 6, 1, 6, 3, 15, 1, 1}
	for _, b := range p.bindings {
		if !b.OID.Under(usm) || len(b.OID) <= len(usm) {
			continue
		}
		switch b.OID[len(usm)] {
		case 1:
			return ErrLevel
		case 2, 4: // not in time window, unknown engine
			return nil
		case 3:
			return ErrUser
		case 5:
			return ErrPassword
		case 6:
			return ErrPrivacy
		}
	}
	if len(p.bindings) == 0 {
		return fmt.Errorf("%w: it reports nothing", ErrLevel)
	}
	if first := p.bindings[0].OID; !first.Under(OID{1, 3, 6, 1, 6, 3, 12, 1}) {
		return fmt.Errorf("%w: it reports %s", ErrLevel, first)
	}
	return fmt.Errorf("%w: the context is not known to it", ErrAccess)
}

// exchange sends one question, again when no answer comes, and returns the
// answer or report.
func (c *Client) exchange(ctx context.Context, p *pdu) (*pdu, error) {
	var first time.Time
	messages := map[int32]bool{} // ids of version 3 that were sent for p
	var refused error
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if c.o.Wait != nil {
			if err := c.o.Wait(ctx); err != nil {
				return nil, err
			}
		}
		var packet []byte
		switch c.o.Credential.Version {
		case 3:
			id := c.nextID()
			messages[id] = true
			var err error
			if packet, err = encodeSecured(&c.engine, c.o.Credential.User, c.o.Context, id, p); err != nil {
				return nil, err
			}
		default:
			packet = encodeCommunity(int64(c.o.Credential.Version-1), c.o.Credential.Community, p)
		}
		sent := time.Now()
		if try == 0 {
			first = sent
		} else {
			c.resent++
		}
		c.asked++
		if _, err := c.conn.Write(packet); err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("ask %s: %w", c.o.Address, err)
		}
		answer, err := c.await(ctx, p.request, messages, sent.Add(c.pace.wait(try)))
		switch {
		case err == nil:
			c.pace.saw(time.Since(first), try == 0)
			return answer, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, ErrSecurity):
			refused = err // an attacker may send such: wait for a better one
		case errors.Is(err, ErrClosed) && try == 0:
			// one refusal may be of a datagram sent before
		case !errors.Is(err, ErrNoAnswer):
			return nil, err
		}
		if try >= c.o.Retries {
			if refused != nil {
				return nil, refused
			}
			return nil, err
		}
	}
}

// await reads until the answer to request comes or the moment until.
func (c *Client) await(ctx context.Context, request int32, messages map[int32]bool, until time.Time) (*pdu, error) {
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := c.conn.SetReadDeadline(until); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	why := ErrNoAnswer
	for {
		n, err := c.conn.Read(c.buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, why
		case errors.Is(err, syscall.ECONNREFUSED):
			return nil, ErrClosed
		case err != nil:
			return nil, fmt.Errorf("hear %s: %w", c.o.Address, err)
		}
		b := append([]byte(nil), c.buf[:n]...) // values keep pointing into it
		m, err := decodeMessage(b)
		if err != nil {
			if errors.Is(err, errNotSNMP) {
				continue // something else came to this port
			}
			why = fmt.Errorf("%w that can be read: %w", ErrNoAnswer, err)
			continue
		}
		switch c.o.Credential.Version {
		case 3:
			if m.version != 3 || !messages[m.v3.id] {
				continue
			}
			p, signed, err := openSecured(&c.engine, c.o.Credential.User, b, m.v3, m.pdu)
			if err != nil {
				why = err
				continue
			}
			if len(c.engine.id) == 0 || signed || p.kind == report && wantsSync(p) {
				c.engine.learn(m.v3, c.o.Credential.User)
			}
			if p.kind == report || p.kind == response && p.request == request {
				return p, nil
			}
		default:
			// an agent of version 1 may answer a question of 2c by version 1
			if m.pdu == nil || m.pdu.kind != response || m.pdu.request != request {
				continue
			}
			return m.pdu, nil
		}
	}
}

// wantsSync reports whether a report is about engine id, boots or time.
func wantsSync(p *pdu) bool {
	return len(p.bindings) > 0 && reportError(p) == nil
}
