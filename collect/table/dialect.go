package table

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// Dialect is how a file of separated values is written.
type Dialect struct {
	Encoding  string `json:"encoding"`
	Delimiter string `json:"delimiter"`
	Quote     string `json:"quote" doc:"empty: no cell is quoted"`
	Escape    string `json:"escape,omitempty" doc:"what stands before a quote inside quotes, where it is not the quote itself"`
	Header    bool   `json:"header" doc:"the first row names the columns"`
	Skipped   int    `json:"skipped,omitempty" doc:"lines before the header: titles and remarks"`
	mark      int
	heads     int // rows that name the columns: two where groups stand above names
}

var delimiters = []byte{',', ';', '\t', '|', ':', '^', 0x1f, '~'}

// sniff finds delimiter, quote and escape in the decoded beginning of a file.
//
// Each combination splits a sample; the best is the one that gives rows of one
// length with more than one column whose cells look like something: numbers,
// dates, nothing, plain words (after van den Burg, Nazábal, Sutton, 'Wrangling
// messy CSV files by detecting row and type patterns', 2019).
func (d *Dialect) sniff(sample []byte, whole bool, fixed Dialect) {
	quotes := []byte{'"'}
	if bytes.IndexByte(sample, '\'') >= 0 {
		quotes = append(quotes, '\'')
	}
	if fixed.Quote != "" {
		quotes = []byte{fixed.Quote[0]}
	}
	try := delimiters
	if fixed.Delimiter != "" {
		try = []byte{fixed.Delimiter[0]}
	}
	best := -1.0
	for _, q := range quotes {
		escape := q
		if bytes.Contains(sample, []byte{'\\', q}) && !bytes.Contains(sample, []byte{'\\', q, try[0]}) {
			escape = '\\'
		}
		for _, delim := range try {
			s := newSplitter(delim, q, escape)
			s.sample = true
			rows := s.sampleRows(sample, whole, 300)
			if score := score(rows, delim) - s.ill; score > best+1e-9 {
				best = score
				d.Delimiter, d.Quote, d.Escape = string(delim), string(q), ""
				if escape != q {
					d.Escape = string(escape)
				}
			}
		}
	}
}

func score(rows [][]string, delim byte) float64 {
	if len(rows) == 0 {
		return 0
	}
	common := commonLength(rows)
	same, known, cells := 0, 0.0, 0
	for _, r := range rows {
		if len(r) == common {
			same++
			for _, c := range r {
				cells++
				known += plausible(strings.TrimSpace(c))
			}
		}
	}
	share := float64(same) / float64(len(rows))
	type1 := known / float64(max(cells, 1))
	if common == 1 { // one column is what every wrong delimiter gives
		return 0.5 * type1
	}
	if delim == ':' || delim == '^' || delim == '~' { // rare, and the first is in every time
		share *= 0.6
	}
	return share * share * type1 * (1 + math.Log(float64(common))/10)
}

// plausible says how much a cell looks like one cell.
func plausible(c string) float64 {
	if c == "" {
		return 0.9
	}
	b := []byte(c)
	if _, ok := lookNumber(b); ok {
		return 1
	}
	if _, ok := lookDate(b); ok {
		return 1
	}
	if strings.ContainsAny(c, ";\t|^\x1f") {
		return 0.2
	}
	if c[0] == ' ' || strings.ContainsAny(c, ",:") {
		return 0.6
	}
	return 0.9
}

// commonLength is the number of columns most rows have; of equals the larger.
func commonLength(rows [][]string) int {
	count := map[int]int{}
	best := 0
	for _, r := range rows {
		count[len(r)]++
	}
	for n, c := range count {
		if c > count[best] || c == count[best] && n > best {
			best = n
		}
	}
	return best
}

// findHeader says how many lines stand before the table and whether its first
// row names the columns.
func (d *Dialect) findHeader(rows [][]string, ask *bool) (names []string) {
	if len(rows) == 0 {
		return nil
	}
	common := commonLength(rows)
	first := 0
	for first < len(rows)-1 && (len(rows[first]) != common || strings.HasPrefix(rows[first][0], "#") || mostlyEmpty(rows[first])) {
		first++
	}
	if len(rows[first]) != common { // nothing but ragged rows
		first = 0
	}
	d.Skipped = first
	head := rows[first]
	d.Header = looksLikeNames(head, rows[first+1:])
	if ask != nil {
		d.Header = *ask
	}
	if !d.Header {
		d.Skipped = 0
		if common == len(head) {
			d.Skipped = first
		}
		names = make([]string, common)
	} else {
		names = append([]string(nil), head...)
		d.heads = 1
		if grouped := groupedNames(rows[first:]); grouped != nil && ask == nil {
			names, d.heads = grouped, 2
		}
	}
	return nameColumns(names)
}

// groupedNames joins the names of a header of two rows, where a merged cell
// stands above several columns: '2024', ” over 'Sales', 'Units' are '2024 Sales'
// and '2024 Units'. It is nil where the second row looks like data.
func groupedNames(rows [][]string) []string {
	if len(rows) < 3 || len(rows[1]) != len(rows[0]) {
		return nil
	}
	top, sub := rows[0], rows[1]
	names := make([]string, len(top))
	group, under, proven := "", false, false
	for i, low := range sub {
		high, low := strings.TrimSpace(top[i]), strings.TrimSpace(low)
		if high != "" {
			group = high
		} else if low == "" {
			return nil
		} else if group != "" {
			under = true
		}
		if isValue(low) {
			return nil
		}
		names[i] = strings.TrimSpace(group + " " + low)
		if low == "" {
			names[i], group = high, "" // its name stands in the first row alone
		}
		proven = proven || low != "" && below(rows[2:], i)
	}
	if !under || !proven {
		return nil
	}
	return names
}

// below says whether a column holds numbers or dates alone.
func below(rows [][]string, col int) bool {
	seen := false
	for _, r := range rows[:min(len(rows), 20)] {
		if col >= len(r) || strings.TrimSpace(r[col]) == "" {
			continue
		}
		if !isValue(strings.TrimSpace(r[col])) {
			return false
		}
		seen = true
	}
	return seen
}

// isValue says whether a trimmed cell is a number or a date.
func isValue(c string) bool {
	if c == "" {
		return false
	}
	_, number := lookNumber([]byte(c))
	_, date := lookDate([]byte(c))
	return number || date
}

func mostlyEmpty(row []string) bool {
	empty := 0
	for _, c := range row {
		if strings.TrimSpace(c) == "" {
			empty++
		}
	}
	return len(row) > 2 && empty*2 > len(row)
}

// looksLikeNames: every cell is text, none twice, and where a column below
// holds numbers or dates that is proof; otherwise text above text is taken as
// names, because files without any header mostly hold some number.
func looksLikeNames(head []string, rows [][]string) bool {
	seen := map[string]bool{}
	blank := 0
	for _, c := range head {
		c = strings.TrimSpace(c)
		if c == "" {
			blank++
			continue
		}
		if _, ok := lookNumber([]byte(c)); ok && len(c) != 4 { // a year may head a column
			return false
		}
		if d, ok := lookDate([]byte(c)); ok && d.orders != ym { // months may head columns
			return false
		}
		if seen[c] && len(head) < 3 {
			return false
		}
		seen[c] = true
	}
	if blank == len(head) {
		return false
	}
	allYears := true
	for c := range seen {
		_, ok := lookNumber([]byte(c))
		allYears = allYears && ok
	}
	if allYears {
		return false
	}
	for col, name := range head { // the same words below: data, not names
		same := 0
		for _, r := range rows {
			if col < len(r) && r[col] == name && name != "" {
				same++
			}
		}
		if len(rows) >= 3 && same*3 > len(rows) {
			return false
		}
	}
	return true
}

// nameColumns trims names, fills in missing ones and tells doubles apart.
func nameColumns(names []string) []string {
	taken := map[string]bool{}
	for _, n := range names {
		taken[strings.TrimSpace(n)] = true
	}
	used := map[string]bool{}
	for i, n := range names {
		n = strings.TrimSpace(n)
		if n == "" {
			n = "column" + strconv.Itoa(i+1)
		}
		base := n
		for k := 2; used[n] || n != base && taken[n]; k++ {
			n = base + "_" + strconv.Itoa(k)
		}
		used[n] = true
		names[i] = n
	}
	return names
}
