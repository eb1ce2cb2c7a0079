package table

import (
	"bytes"
	"fmt"
)

// splitter cuts bytes into records and cells.
type splitter struct {
	delim, quote, escape byte
	special              [256]bool // ends a run of plain bytes in an unquoted cell
	columns              int       // cells a record must have; 0: any
	line                 int64     // of the next record, from 1
	sample               bool      // splitting to find out the dialect
	ill                  float64   // how badly the sample is quoted
	eof                  bool      // the bytes given are the last

	escaped []int // cells of the record that hold escaped quotes
}

func newSplitter(delim, quote, escape byte) *splitter {
	s := &splitter{delim: delim, quote: quote, escape: escape, line: 1}
	s.special[delim], s.special['\n'], s.special['\r'] = true, true, true
	return s
}

// outcome of cutting one record.
type outcome int

const (
	whole outcome = iota
	short         // the bytes end inside the record
	bad
)

// record cuts one record at b[pos:], appending its cells to blk, and returns
// where the next begins. On bad, next is the end of the record's first line and
// why says what is wrong.
func (s *splitter) record(b []byte, pos int, blk *block) (next, lines int, res outcome, why string) {
	s.escaped = s.escaped[:0]
	start, cells := pos, len(blk.from)
	for {
		if pos < len(b) && b[pos] == s.quote && s.quote != 0 {
			from := pos + 1
			end, after, inside, ok := s.quoted(b, from)
			if !ok {
				if !s.eof {
					return start, 0, short, ""
				}
				return s.failed(b, start, cells, blk, "a quote is opened and never closed")
			}
			lines += inside
			if bytes.IndexByte(b[from:end], s.escape) >= 0 {
				s.escaped = append(s.escaped, len(blk.from))
			}
			for after < len(b) && b[after] == ' ' && s.delim != ' ' {
				after++
			}
			if after == len(b) && !s.eof {
				return start, 0, short, ""
			}
			if after < len(b) && !s.special[b[after]] {
				return s.failed(b, start, cells, blk, fmt.Sprintf("text after the closing quote of column %d", len(blk.from)-cells+1))
			}
			blk.from, blk.to = append(blk.from, uint32(from)), append(blk.to, uint32(end))
			pos = after
		} else {
			from := pos
			for pos < len(b) && !s.special[b[pos]] {
				pos++
			}
			if pos == len(b) && !s.eof {
				return start, 0, short, ""
			}
			blk.from, blk.to = append(blk.from, uint32(from)), append(blk.to, uint32(pos))
		}
		if pos < len(b) && b[pos] == s.delim {
			pos++
			continue
		}
		break
	}
	if pos < len(b) { // a line end
		if b[pos] == '\r' {
			if pos+1 == len(b) && !s.eof {
				return start, 0, short, ""
			}
			if pos+1 < len(b) && b[pos+1] == '\n' {
				pos++
			}
		}
		pos++
	}
	if n := len(blk.from) - cells; s.columns > 0 && n != s.columns && !(n == 1 && blk.from[cells] == blk.to[cells]) {
		return s.failed(b, start, cells, blk, fmt.Sprintf("has %d columns where %d are wanted", n, s.columns))
	}
	for _, c := range s.escaped {
		blk.to[c] = blk.from[c] + uint32(s.unescape(b[blk.from[c]:blk.to[c]]))
	}
	return pos, lines + 1, whole, ""
}

// failed drops the record's cells and goes on after its first line.
func (s *splitter) failed(b []byte, start, cells int, blk *block, why string) (int, int, outcome, string) {
	blk.from, blk.to = blk.from[:cells], blk.to[:cells]
	end := bytes.IndexAny(b[start:], "\r\n")
	if end < 0 {
		return len(b), 1, bad, why
	}
	end += start
	if b[end] == '\r' && end+1 < len(b) && b[end+1] == '\n' {
		end++
	}
	return end + 1, 1, bad, why
}

// quoted finds the end of a quoted cell that begins at pos, where the next byte
// after the closing quote is, and how many line ends are inside.
func (s *splitter) quoted(b []byte, pos int) (end, after, lines int, ok bool) {
	from := pos
	for {
		i := bytes.IndexByte(b[pos:], s.quote)
		if i < 0 {
			return 0, 0, 0, false
		}
		pos += i
		if s.escape != s.quote && s.backslashes(b[from:pos])%2 == 1 {
			pos++
			continue
		}
		if s.escape == s.quote && pos+1 < len(b) && b[pos+1] == s.quote {
			pos += 2
			continue
		}
		if s.escape == s.quote && pos+1 == len(b) && !s.eof {
			return 0, 0, 0, false
		}
		return pos, pos + 1, bytes.Count(b[from:pos], []byte{'\n'}), true
	}
}

func (s *splitter) backslashes(b []byte) int {
	n := 0
	for n < len(b) && b[len(b)-1-n] == s.escape {
		n++
	}
	return n
}

// unescape works in place and returns the new length.
func (s *splitter) unescape(b []byte) int {
	n := 0
	for i := 0; i < len(b); i++ {
		if b[i] == s.escape && i+1 < len(b) && (b[i+1] == s.quote || b[i+1] == s.escape) {
			i++
		}
		b[n] = b[i]
		n++
	}
	return n
}

// sampleRows splits a sample into up to most rows, bad ones left out.
func (s *splitter) sampleRows(sample []byte, whole bool, most int) [][]string {
	b := bytes.Clone(sample)
	s.eof = whole
	var blk block
	var rows [][]string
	pos := 0
	for pos < len(b) && len(rows) < most {
		blk.reset()
		next, _, res, _ := s.record(b, pos, &blk)
		if res == short {
			if len(rows) > 0 || pos > 0 {
				break
			}
			s.eof = true // one record longer than the sample
			continue
		}
		if res == bad {
			s.ill += 0.05
		} else if len(blk.from) > 1 || blk.to[0] > blk.from[0] {
			row := make([]string, len(blk.from))
			for i := range row {
				row[i] = string(b[blk.from[i]:blk.to[i]])
			}
			rows = append(rows, row)
		}
		pos = next
	}
	return rows
}
