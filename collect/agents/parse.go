package agents

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Parse reads one document, packed or not, JSON or XML, whatever its type is
// called; contentType may be empty. It reads the stream once and keeps only
// facts. An error names the place; it is ErrTooLarge above a limit.
func Parse(r io.Reader, contentType string, o Options) (Document, error) {
	doc, _, err := parse(r, contentType, o)
	return doc, err
}

// wire is how a body was sent, which is how the answer must be.
type wire struct{ form, packing string }

func parse(r io.Reader, contentType string, o Options) (Document, wire, error) {
	o.MaxBytes = cmp.Or(o.MaxBytes, maxBytes)
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	body, packing, err := unpack(r, contentType)
	w := wire{packing: packing}
	if err != nil {
		return Document{}, w, err
	}
	m := &meter{r: body, left: o.MaxBytes, entry: maxElement, limit: o.MaxBytes}
	first, rest, err := firstLetter(m)
	if err != nil {
		return Document{}, w, err
	}
	b := newBuilder(o)
	switch first {
	case '{':
		w.form = "json"
		err = b.readJSON(rest, m)
	case '<':
		w.form = "xml"
		err = b.readXML(rest, m)
	default:
		return Document{}, w, fmt.Errorf("the body begins with %q; an agent's document begins with { or <", first)
	}
	if m.tooLarge && !errors.Is(err, ErrTooLarge) {
		err = fmt.Errorf("%w: %s", ErrTooLarge, m.tooLargeReason)
	}
	if err != nil {
		return Document{}, w, err
	}
	doc, err := b.finish(w.form)
	return doc, w, err
}

// firstLetter skips space and a byte order mark.
func firstLetter(r io.Reader) (byte, io.Reader, error) {
	br := bufio.NewReaderSize(r, 16<<10)
	if mark, _ := br.Peek(3); string(mark) == "\xef\xbb\xbf" {
		br.Discard(3)
	}
	for {
		c, err := br.ReadByte()
		if err != nil {
			if err == io.EOF {
				err = errors.New("the body is empty")
			}
			return 0, nil, err
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c, br, br.UnreadByte()
		}
	}
}

// readJSON reads {"action":…, "deviceid":…, "content":{section: row or rows}}
// one entry at a time.
func (b *builder) readJSON(r io.Reader, m *meter) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	place := "document"
	wrap := func(err error) error {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("JSON, byte %d, in %s: %w", d.InputOffset(), place, err)
		}
		return nil
	}
	if _, err := d.Token(); err != nil {
		return wrap(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return wrap(err)
		}
		place = key.(string)
		m.reset()
		if place != "content" {
			var v any
			if err := d.Decode(&v); err != nil {
				return wrap(err)
			}
			b.head(strings.ToLower(place), v)
			continue
		}
		open, err := d.Token()
		if err != nil {
			return wrap(err)
		}
		if open != json.Delim('{') {
			return wrap(errors.New("is not an object of sections"))
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return wrap(err)
			}
			place = "content." + key.(string)
			if err := b.jsonSection(d, m, strings.ToLower(key.(string))); err != nil {
				return wrap(err)
			}
		}
		place = "content"
		if _, err := d.Token(); err != nil {
			return wrap(err)
		}
	}
	_, err := d.Token()
	return wrap(err)
}

// jsonSection reads a section: a list of rows, one row, or a bare value.
func (b *builder) jsonSection(d *json.Decoder, m *meter, section string) error {
	m.reset()
	open, err := d.Token()
	if err != nil {
		return err
	}
	switch open {
	case json.Delim('['):
		b.present(section)
		var raw json.RawMessage
		repeated := words{}
		for d.More() {
			m.reset()
			if section == "softwares" { // the longest list by far
				if err := d.Decode(&raw); err != nil {
					return err
				}
				p, err := jsonSoftware(raw, repeated)
				if err != nil {
					return err
				}
				if b.items++; b.items > maxItems {
					return fmt.Errorf("%w: above %d entries", ErrTooLarge, maxItems)
				}
				b.machine.software(p)
				continue
			}
			var v any
			if err := d.Decode(&v); err != nil {
				return err
			}
			if r := asRow(v); r != nil {
				if err := b.add(section, r); err != nil {
					return err
				}
			}
		}
		_, err = d.Token()
		return err
	case json.Delim('{'):
		r := row{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return err
			}
			var v any
			if err := d.Decode(&v); err != nil {
				return err
			}
			r[strings.ToLower(key.(string))] = v
		}
		if _, err := d.Token(); err != nil {
			return err
		}
		b.present(section)
		return b.add(section, r)
	}
	b.head(section, open)
	return nil
}
