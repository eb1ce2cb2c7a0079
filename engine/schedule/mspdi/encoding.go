package mspdi

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// Plain is the text in UTF-8, without a byte order mark, if it is UTF-16.
func Plain(raw []byte) []byte {
	if order := wide(raw); order != nil {
		raw = narrow(raw, order)
	}
	return bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
}

// wide is the byte order of UTF-16 text, told by its mark or by its first
// character being <, and nil for other text.
func wide(raw []byte) binary.ByteOrder {
	if len(raw) < 2 {
		return nil
	}
	switch [2]byte(raw) {
	case [2]byte{0xff, 0xfe}, [2]byte{'<', 0}:
		return binary.LittleEndian
	case [2]byte{0xfe, 0xff}, [2]byte{0, '<'}:
		return binary.BigEndian
	}
	return nil
}

func narrow(raw []byte, order binary.ByteOrder) []byte {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	text := strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
	return []byte(text)
}

// upper is what the bytes 0x80 to 0x9f mean in Windows-1252.
var upper = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// charset reads what a file's first line says about its encoding. UTF-16 is
// UTF-8 by the time it comes here.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "us-ascii", "utf-16", "utf-16le", "utf-16be", "unicode":
		return in, nil
	case "iso-8859-1", "windows-1252", "latin1":
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		r := make([]rune, len(b))
		for i, c := range b {
			if r[i] = rune(c); c >= 0x80 && c < 0xa0 {
				r[i] = upper[c-0x80]
			}
		}
		return strings.NewReader(string(r)), nil
	}
	return nil, fmt.Errorf("the encoding %q is not supported; save the file as UTF-8", name)
}
