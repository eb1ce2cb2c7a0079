package mongo

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"
)

const opMsg = 2013

// Refused is a command that the server answered with an error.
type Refused struct {
	Code    int32
	Name    string
	Message string
}

func (r *Refused) Error() string { return r.Message }

// Conn is a connection to one server. One command at a time.
type Conn struct {
	conn   net.Conn
	id     atomic.Int32
	broken error
}

// Dial connects; secure is nil for a connection that is not encrypted.
func Dial(ctx context.Context, address string, secure *tls.Config) (*Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if secure != nil {
		t := tls.Client(c, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			c.Close()
			return nil, err
		}
		c = t
	}
	return New(c), nil
}

// New speaks over an open connection.
func New(c net.Conn) *Conn { return &Conn{conn: c} }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Run sends a command to a database and returns the answer, or a *Refused.
func (c *Conn) Run(ctx context.Context, database string, command Doc) (Doc, error) {
	if c.broken != nil {
		return nil, c.broken
	}
	d, err := c.run(ctx, append(append(Doc(nil), command...), Elem{"$db", database}))
	var refused *Refused
	if err != nil && !errors.As(err, &refused) {
		c.broken = fmt.Errorf("the connection is lost: %w", err)
	}
	return d, err
}

func (c *Conn) run(ctx context.Context, command Doc) (Doc, error) {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Minute)
	}
	c.conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	body, err := Marshal(command)
	if err != nil {
		return nil, err
	}
	id := c.id.Add(1)
	if _, err := c.conn.Write(message(id, 0, body)); err != nil {
		return nil, err
	}
	answer, to, err := ReadMessage(c.conn)
	if err != nil {
		return nil, err
	}
	if to != id {
		return nil, errors.New("the answer is to another question")
	}
	if ok, _ := Number(answer.Get("ok")); ok != 1 {
		r := &Refused{Message: "the server refused without saying why"}
		r.Code, _ = answer.Get("code").(int32)
		r.Name, _ = answer.Get("codeName").(string)
		if m, _ := answer.Get("errmsg").(string); m != "" {
			r.Message = m
		}
		return nil, r
	}
	return answer, nil
}

// Number reads any of BSON's numbers.
func Number(v any) (float64, bool) {
	switch v := v.(type) {
	case int32:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func message(id, to int32, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(16+4+1+len(body)))
	b = binary.LittleEndian.AppendUint32(b, uint32(id))
	b = binary.LittleEndian.AppendUint32(b, uint32(to))
	b = binary.LittleEndian.AppendUint32(b, opMsg)
	b = append(b, 0, 0, 0, 0, 0) // no flags; one section of kind 0
	return append(b, body...)
}

// ReadMessage reads one OP_MSG and returns its document and the number of the
// message it answers.
func ReadMessage(r io.Reader) (d Doc, to int32, err error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, err
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if n < 16+5+5 || n > MaxDocument+64 {
		return nil, 0, fmt.Errorf("a message says it has %d bytes", n)
	}
	if code := binary.LittleEndian.Uint32(head[12:]); code != opMsg {
		return nil, 0, fmt.Errorf("the answer is of kind %d, not OP_MSG; servers before 3.6 are not spoken to", code)
	}
	body, err := io.ReadAll(io.LimitReader(r, n-16)) // grows as bytes come
	if err != nil {
		return nil, 0, err
	}
	if int64(len(body)) < n-16 {
		return nil, 0, io.ErrUnexpectedEOF
	}
	flags := binary.LittleEndian.Uint32(body)
	body = body[4:]
	if flags&1 != 0 { // a checksum follows
		if len(body) < 4+6 {
			return nil, 0, errShort
		}
		body = body[:len(body)-4]
	}
	if flags&^uint32(1|1<<16) != 0 {
		return nil, 0, fmt.Errorf("the answer has flags 0x%x that were not asked for", flags)
	}
	if body[0] != 0 {
		return nil, 0, fmt.Errorf("the answer begins with a section of kind %d", body[0])
	}
	d, err = Unmarshal(body[1:])
	return d, int32(binary.LittleEndian.Uint32(head[8:])), err
}
