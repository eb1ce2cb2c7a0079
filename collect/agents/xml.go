package agents

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// wrappers are XML elements that only hold rows of another name.
var wrappers = map[string]string{"ports": "port", "components": "component", "firmwares": "firmware"}

var declaration = regexp.MustCompile(`^<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// readXML reads <REQUEST><DEVICEID/><QUERY/><CONTENT>sections</CONTENT></REQUEST>.
// Every child of CONTENT is a row of the section it is named after; below
// DEVICE, which SNMP inventories have, the same again.
func (b *builder) readXML(r io.Reader, m *meter) error {
	in := bufio.NewReader(r)
	head, _ := in.Peek(200)
	r = in
	if declared := declaration.FindSubmatch(head); declared != nil && !strings.EqualFold(string(declared[1]), "utf-8") {
		e, err := htmlindex.Get(string(declared[1]))
		if err != nil {
			return fmt.Errorf("XML: encoding %q is not known", declared[1])
		}
		r = e.NewDecoder().Reader(in)
		if name, _ := htmlindex.Name(e); strings.HasPrefix(name, "utf-16") {
			r = in // the declaration could be read, so it is none
		}
	}
	d := xml.NewDecoder(&clean{r: r})
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // done above
	x := &xmlReader{Decoder: d, m: m, b: b}
	err := x.document()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("XML, byte %d: %w", d.InputOffset(), err)
	}
	return nil
}

type xmlReader struct {
	*xml.Decoder
	m *meter
	b *builder
}

func (x *xmlReader) document() error {
	for {
		t, err := x.Token()
		if err != nil {
			return err
		}
		root, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if !strings.EqualFold(root.Name.Local, "REQUEST") {
			return fmt.Errorf("the document is a <%s>; an agent's is a <REQUEST>", root.Name.Local)
		}
		return x.children(func(name string) error {
			if name == "content" {
				return x.children(x.section)
			}
			v, err := x.value(0)
			x.b.head(name, v)
			return err
		})
	}
}

// children calls each for every element below the one just begun; each must
// read it to its end.
func (x *xmlReader) children(each func(name string) error) error {
	for {
		t, err := x.Token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			x.m.reset()
			if err := each(strings.ToLower(t.Name.Local)); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func (x *xmlReader) section(name string) error {
	if name == "device" {
		if err := x.b.beginDevice(); err != nil {
			return err
		}
		return x.children(x.section)
	}
	if inner, ok := wrappers[name]; ok && x.b.inDevice() {
		return x.children(func(n string) error {
			if n != inner {
				return x.Skip()
			}
			return x.entry(name)
		})
	}
	return x.entry(name)
}

func (x *xmlReader) entry(section string) error {
	v, err := x.value(0)
	if err != nil {
		return err
	}
	x.b.present(section)
	if r, ok := v.(row); ok {
		return x.b.add(section, r)
	}
	if scalar(v) != "" {
		x.b.head(section, v)
	}
	return nil
}

// value reads the element just begun: a row if it has children, else its text.
func (x *xmlReader) value(depth int) (any, error) {
	if depth > 16 {
		return nil, errors.New("elements are nested more than 16 deep")
	}
	var text strings.Builder
	var r row
	for {
		t, err := x.Token()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.CharData:
			if r == nil {
				text.Write(t)
			}
		case xml.StartElement:
			v, err := x.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if r == nil {
				r = row{}
			}
			name := strings.ToLower(t.Name.Local)
			switch old := r[name].(type) {
			case nil:
				r[name] = v
			case []any:
				r[name] = append(old, v)
			default:
				r[name] = []any{old, v}
			}
		case xml.EndElement:
			if r != nil {
				return r, nil
			}
			return strings.TrimSpace(text.String()), nil
		}
	}
}

// clean replaces what XML forbids and agents send nevertheless: control
// characters by spaces, and bytes that are not UTF-8 by the letters they are in
// Latin-1, since that is what they were in every document seen.
type clean struct {
	r    io.Reader
	in   [4 << 10]byte
	kept int // bytes at the head of in that await the rest of their letter
	out  []byte
	err  error
}

func (c *clean) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		n, err := c.r.Read(c.in[c.kept:])
		c.err = err
		c.fill(c.in[:c.kept+n], err != nil)
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

func (c *clean) fill(b []byte, last bool) {
	out := make([]byte, 0, len(b)+16)
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			if b[0] < ' ' && b[0] != '\n' && b[0] != '\r' && b[0] != '\t' {
				b[0] = ' '
			}
			out, b = append(out, b[0]), b[1:]
			continue
		}
		if !last && !utf8.FullRune(b) {
			break
		}
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size == 1:
			r = rune(b[0])
		case r == 0xFFFE || r == 0xFFFF:
			r = utf8.RuneError
		}
		out, b = utf8.AppendRune(out, r), b[size:]
	}
	c.kept = copy(c.in[:], b)
	c.out = out
}
