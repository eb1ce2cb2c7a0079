package probe

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

var recordTypes = map[string]dnsmessage.Type{"A": dnsmessage.TypeA, "AAAA": dnsmessage.TypeAAAA, "CNAME": dnsmessage.TypeCNAME, "MX": dnsmessage.TypeMX,
	"NS": dnsmessage.TypeNS, "PTR": dnsmessage.TypePTR, "SOA": dnsmessage.TypeSOA, "SRV": dnsmessage.TypeSRV, "TXT": dnsmessage.TypeTXT}

// askDNS asks one server for one name (RFC 1035), by UDP; ?tcp asks by TCP.
func askDNS(ctx context.Context, r *run) error {
	name := strings.Trim(r.url.Path, "/")
	if name == "" {
		name = "."
	}
	full, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
	if err != nil {
		return wrong("%q is no name", name)
	}
	kind := recordTypes[strings.ToUpper(r.o.Type)]
	if r.o.Type == "" {
		if kind = dnsmessage.TypeA; name == "." {
			kind = dnsmessage.TypeNS
		}
	}
	id := uint16(rand.Uint32()) // so that a stray answer is known
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: id, RecursionDesired: true}, Questions: []dnsmessage.Question{{Name: full, Type: kind, Class: dnsmessage.ClassINET}}}
	packed, err := m.Pack()
	if err != nil {
		return wrong("%q is no name: %s", name, err)
	}
	answer, err := r.askName(ctx, packed, id, r.url.Query().Has("tcp"))
	if err == nil && answer.Truncated { // RFC 1035 4.2.1, RFC 7766 5: what does not fit is asked for by TCP
		answer, err = r.askName(ctx, packed, id, true)
	}
	if err != nil {
		return err
	}
	if answer.RCode != dnsmessage.RCodeSuccess {
		return wrong("the server answers %s", strings.TrimPrefix(answer.RCode.String(), "RCode"))
	}
	var records []string
	for _, a := range answer.Answers {
		records = append(records, record(a.Body))
	}
	slices.Sort(records)
	text := strings.Join(records, ", ")
	r.say(text)
	r.check("records", "at least one", fmt.Sprint(len(records)), len(records) > 0)
	r.expect(text)
	return nil
}

// askName sends one question and reads the answer to it.
func (r *run) askName(ctx context.Context, packed []byte, id uint16, byTCP bool) (answer dnsmessage.Message, err error) {
	network, least := "udp", 12
	if byTCP {
		network, least = "tcp", 14
		packed = append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)
	}
	c, err := r.dial(ctx, network)
	if err != nil {
		return answer, err
	}
	defer c.Close()
	b, err := r.talk(c, "reply", packed, least)
	if err != nil {
		return answer, err
	}
	if byTCP {
		whole := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; len(b) < whole { // it may come in pieces
			more := make([]byte, whole-len(b))
			if _, err := io.ReadFull(c, more); err != nil {
				return answer, wrong("the answer ends after %d of %d bytes", len(b), whole)
			}
			b = append(b, more...)
		}
	}
	if err := answer.Unpack(b); err != nil || !answer.Response {
		return answer, wrong("the answer is no DNS answer")
	}
	if answer.ID != id {
		return answer, wrong("the answer is to another question")
	}
	return answer, nil
}

func record(b dnsmessage.ResourceBody) string {
	switch b := b.(type) {
	case *dnsmessage.AResource:
		return fmt.Sprintf("%d.%d.%d.%d", b.A[0], b.A[1], b.A[2], b.A[3])
	case *dnsmessage.AAAAResource:
		return addr16(b.AAAA)
	case *dnsmessage.CNAMEResource:
		return b.CNAME.String()
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", b.Pref, b.MX)
	case *dnsmessage.NSResource:
		return b.NS.String()
	case *dnsmessage.PTRResource:
		return b.PTR.String()
	case *dnsmessage.SOAResource:
		return fmt.Sprintf("%s %d", b.NS, b.Serial)
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%d %d %d %s", b.Priority, b.Weight, b.Port, b.Target)
	case *dnsmessage.TXTResource:
		return strings.Join(b.TXT, "")
	}
	return "record of another type"
}
