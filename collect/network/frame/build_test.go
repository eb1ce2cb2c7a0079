package frame

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"
)

// raw reads hexadecimal with blanks between.
func raw(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tlv is an LLDP element.
func tlv(kind int, value ...byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(kind<<9|len(value))), value...)
}

func org(oui uint32, kind byte, value ...byte) []byte {
	return tlv(127, append([]byte{byte(oui >> 16), byte(oui >> 8), byte(oui), kind}, value...)...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// must are the three elements every LLDPDU begins with.
func must() []byte {
	return join(tlv(1, 4, 0x00, 0x1b, 0x54, 0, 0, 1), tlv(2, append([]byte{5}, []byte("Gi1/0/1")...)...), tlv(3, 0, 120))
}

func lldpFrame(payload ...[]byte) []byte {
	return join([]byte{0x01, 0x80, 0xC2, 0, 0, 0x0E, 0x00, 0x1b, 0x54, 0, 0, 2, 0x88, 0xCC}, join(payload...))
}

// ctlv is a CDP element.
func ctlv(kind int, value ...byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(kind))
	return append(binary.BigEndian.AppendUint16(b, uint16(len(value)+4)), value...)
}

// cdpFrame makes a frame with the right checksum and length.
func cdpFrame(version byte, elements ...[]byte) []byte {
	payload := join(append([][]byte{{version, 180, 0, 0}}, elements...)...)
	binary.BigEndian.PutUint16(payload[2:], cdpChecksum(payload))
	return cdpEnvelope(payload)
}

func cdpEnvelope(payload []byte) []byte {
	size := binary.BigEndian.AppendUint16(nil, uint16(len(payload)+8))
	return join([]byte{0x01, 0x00, 0x0C, 0xCC, 0xCC, 0xCC, 0x00, 0x1b, 0x54, 0, 0, 2}, size, []byte{0xAA, 0xAA, 3, 0, 0, 0x0C, 0x20, 0}, payload)
}

// capture writes a pcap file; nano and big choose its form.
func capture(link Link, nano bool, order binary.AppendByteOrder, frames ...[]byte) []byte {
	magic := uint32(0xA1B2C3D4)
	unit := time.Microsecond
	if nano {
		magic, unit = 0xA1B23C4D, time.Nanosecond
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, 65535)
	b = order.AppendUint32(b, uint32(link))
	for i, f := range frames {
		b = order.AppendUint32(b, uint32(1700000000+i))
		b = order.AppendUint32(b, uint32(123456000*time.Nanosecond/unit))
		b = order.AppendUint32(b, uint32(len(f)))
		b = order.AppendUint32(b, uint32(len(f)))
		b = append(b, f...)
	}
	return b
}

// block is a block of pcapng.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := order.AppendUint32(nil, kind)
	b = order.AppendUint32(b, uint32(len(body)+12))
	b = append(b, body...)
	return order.AppendUint32(b, uint32(len(body)+12))
}

func ngSectionBlock(order binary.AppendByteOrder) []byte {
	b := order.AppendUint32(nil, 0x1A2B3C4D)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(b, 0)
	return block(order, ngSection, append(b, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF))
}

func ngInterfaceBlock(order binary.AppendByteOrder, link Link, options ...byte) []byte {
	b := order.AppendUint16(nil, uint16(link))
	b = order.AppendUint16(b, 0)
	return block(order, ngInterfce, append(order.AppendUint32(b, 0), options...))
}

func ngPacketBlock(order binary.AppendByteOrder, card uint32, units uint64, frame []byte) []byte {
	b := order.AppendUint32(nil, card)
	b = order.AppendUint32(b, uint32(units>>32))
	b = order.AppendUint32(b, uint32(units))
	b = order.AppendUint32(b, uint32(len(frame)))
	b = order.AppendUint32(b, uint32(len(frame)))
	return block(order, ngEnhanced, append(b, frame...))
}

func ngOption(order binary.AppendByteOrder, code uint16, value ...byte) []byte {
	b := order.AppendUint16(nil, code)
	b = order.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// read reads a capture whole.
func read(t testing.TB, file []byte) ([]Sighting, []Problem, Summary) {
	t.Helper()
	var problems []Problem
	seen, sum, err := Read(t.Context(), bytes.NewReader(file), func(p Problem) error { problems = append(problems, p); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return seen, problems, sum
}
