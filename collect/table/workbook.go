package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// workbook is an Office Open XML workbook (ECMA-376 part 1, §18) as far as the
// values of its cells need it.
type workbook struct {
	zip      *zip.Reader
	sheets   []sheetPart
	from1904 bool // days are counted from 1904-01-01
	strings  *zip.File
	shared   []string
	styles   []cellStyle // by a cell's s
}

type sheetPart struct {
	name   string
	part   string
	hidden bool
}

const maxShared = 512 << 20 // bytes of shared texts

func openWorkbook(z *zip.Reader) (*workbook, error) {
	w := &workbook{zip: z}
	main := "xl/workbook.xml"
	if rels, err := w.relations(""); err == nil {
		for _, r := range rels {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				main = r.Target
			}
		}
	}
	var book struct {
		Properties struct {
			From1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(main, &book); err != nil {
		return nil, err
	}
	w.from1904 = book.Properties.From1904 == "1" || book.Properties.From1904 == "true"
	rels, err := w.relations(main)
	if err != nil {
		return nil, err
	}
	byID := map[string]relationPart{}
	for _, r := range rels {
		byID[r.ID] = r
		switch {
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			w.strings = w.find(r.Target)
		case strings.HasSuffix(r.Type, "/styles"):
			if err := w.readStyles(r.Target); err != nil {
				return nil, err
			}
		}
	}
	for _, s := range book.Sheets {
		for _, a := range s.Attrs {
			if r, ok := byID[a.Value]; ok && a.Name.Local == "id" && strings.HasSuffix(r.Type, "/worksheet") { // not a sheet of charts
				w.sheets = append(w.sheets, sheetPart{s.Name, r.Target, s.State == "hidden" || s.State == "veryHidden"})
			}
		}
	}
	if len(w.sheets) == 0 {
		return nil, usual(FileEmpty, "", "the workbook holds no sheet of cells")
	}
	return w, nil
}

type relationPart struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// relations of a part, their targets as names in the archive.
func (w *workbook) relations(part string) ([]relationPart, error) {
	dir, base := path.Split(part)
	var list struct {
		All []relationPart `xml:"Relationship"`
	}
	if err := w.decode(dir+"_rels/"+base+".rels", &list); err != nil {
		return nil, err
	}
	for i, r := range list.All {
		if strings.HasPrefix(r.Target, "/") {
			list.All[i].Target = r.Target[1:]
		} else {
			list.All[i].Target = path.Join(dir, r.Target)
		}
	}
	return list.All, nil
}

func (w *workbook) find(name string) *zip.File {
	for _, f := range w.zip.File {
		if strings.EqualFold(f.Name, name) {
			return f
		}
	}
	return nil
}

// decode reads a small part.
func (w *workbook) decode(name string, into any) error {
	f := w.find(name)
	if f == nil {
		return usual(FileBroken, "", "is no workbook: %s is not in it", name)
	}
	r, err := openPart(f, 64<<20)
	if err != nil {
		return err
	}
	defer r.Close()
	r.token = r.left
	if err := xml.NewDecoder(r).Decode(into); err != nil {
		return usual(FileBroken, "", "the workbook's %s cannot be read: %v", name, err)
	}
	return nil
}

// part is one file of the archive; it gives an error rather than more bytes
// than its directory promised.
type part struct {
	io.ReadCloser
	left, token int64
}

func openPart(f *zip.File, most uint64) (*part, error) {
	if f.UncompressedSize64 > most {
		return nil, usual(FileUnpacks, "", "%s in the workbook unpacks to more than %d MB", f.Name, most>>20)
	}
	r, err := f.Open()
	if err != nil {
		return nil, usual(FileBroken, "", "%s in the workbook cannot be unpacked: %v", f.Name, err)
	}
	return &part{r, int64(f.UncompressedSize64), maxToken}, nil
}

// maxToken bounds one piece of XML, which the decoder holds in memory: a cell
// has up to 32,767 characters.
const maxToken = 8 << 20

func (p *part) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.left -= int64(n)
	p.token -= int64(n)
	switch {
	case p.left < 0:
		return 0, errors.New("the archive holds more than it says")
	case p.token < 0:
		return 0, fmt.Errorf("a text of more than %d MB", maxToken>>20)
	}
	return n, err
}

// rawToken reads the next piece of a part.
func (p *part) rawToken(d *xml.Decoder) (xml.Token, error) {
	p.token = maxToken
	return d.RawToken()
}

// texts reads the shared texts, once they are needed.
func (w *workbook) texts() error {
	if w.shared != nil || w.strings == nil {
		return nil
	}
	r, err := openPart(w.strings, maxShared)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(r)
	var text []byte
	inside, phonetic := false, 0
	for {
		t, err := r.rawToken(d)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return usual(FileBroken, "", "the workbook's texts cannot be read: %v", err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "si":
				text = text[:0]
			case "rPh":
				phonetic++
			case "t":
				inside = phonetic == 0
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "si":
				w.shared = append(w.shared, string(text))
			case "rPh":
				phonetic--
			case "t":
				inside = false
			}
		case xml.CharData:
			if inside {
				text = append(text, t...)
			}
		}
	}
}

// text is a shared text by its number.
func (w *workbook) text(number string) (string, error) {
	if err := w.texts(); err != nil {
		return "", err
	}
	i, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || i < 0 || i >= len(w.shared) {
		return "", fmt.Errorf("the cell refers to text %q, which the workbook does not hold", number)
	}
	return w.shared[i], nil
}

func (w *workbook) readStyles(name string) error {
	var s struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			ID int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(name, &s); err != nil {
		return err
	}
	own := map[int]string{}
	for _, f := range s.Formats {
		own[f.ID] = f.Code
	}
	for _, c := range s.Cells {
		if code, ok := own[c.ID]; ok {
			w.styles = append(w.styles, styleOf(code))
		} else {
			w.styles = append(w.styles, builtInStyle(c.ID))
		}
	}
	return nil
}
