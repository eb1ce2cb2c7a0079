package table

import "fmt"

// Change is one difference between the columns expected and those found.
type Change struct {
	Column string `json:"column"`
	What   string `json:"what" doc:"added, removed, renamed, type, order"`
	Was    string `json:"was,omitempty"`
	Is     string `json:"is,omitempty"`
	Effect string `json:"effect" doc:"what it means for those who read the columns expected"`
}

// expectKinds holds columns to the kinds they had, so that what stood on them
// still reads; values that no longer fit are kept aside.
func (r *Reader) expectKinds() {
	for _, e := range r.s.Expect {
		for i := range r.cols {
			c := &r.cols[i]
			if _, told := r.s.Types[c.Name]; c.Name == e.Name && !told {
				r.wanted = append(r.wanted, expected{i, e})
			}
		}
	}
}

type expected struct {
	at  int
	was Column
}

// applyExpected compares what was found with what is expected and arranges the
// columns yielded as expected.
func (r *Reader) applyExpected() {
	if r.s.Expect == nil {
		return
	}
	found := map[string]int{}
	for i, c := range r.cols {
		found[c.Name] = i
	}
	known := map[string]bool{}
	for _, e := range r.s.Expect {
		known[e.Name] = true
	}
	for _, w := range r.wanted {
		r.keepKind(w)
	}
	var added []int
	for i, c := range r.cols {
		if !known[c.Name] {
			added = append(added, i)
		}
	}
	taken := map[int]bool{}
	r.shown, r.out = make([]int, len(r.s.Expect)), make([]Column, len(r.s.Expect))
	for k, e := range r.s.Expect {
		i, ok := found[e.Name]
		if !ok {
			if i = r.renamed(k, e, added, taken); i >= 0 {
				taken[i] = true
				r.report.Changes = append(r.report.Changes, Change{Column: e.Name, What: "renamed", Was: e.Name, Is: r.cols[i].Name, Effect: "read under its old name"})
			} else {
				r.report.Changes = append(r.report.Changes, Change{Column: e.Name, What: "removed", Was: string(e.Kind), Effect: "read as 'no value' in every row"})
			}
		}
		r.shown[k], r.out[k] = i, e
		if i >= 0 {
			r.out[k] = r.cols[i]
			r.out[k].Name = e.Name
		}
	}
	for _, i := range added {
		if !taken[i] {
			r.report.Changes = append(r.report.Changes, Change{Column: r.cols[i].Name, What: "added", Is: string(r.cols[i].Kind), Effect: "left out, because nothing stands on it yet"})
		}
	}
}

// keepKind decides what a column yields whose kind looks different now. What
// fits the old kind without loss keeps it; else the old kind stays and the rows
// that do not fit are kept aside.
func (r *Reader) keepKind(w expected) {
	c := &r.cols[w.at]
	now := *c
	if now.Kind == w.was.Kind && now.Scale <= w.was.Scale {
		c.Scale = w.was.Scale
		return
	}
	ch := Change{Column: c.Name, What: "type", Was: w.was.describe(), Is: now.describe()}
	switch {
	case now.Kind == Text && now.Note == "no value in any row":
		ch.What, ch.Effect = "empty", "read as 'no value' in every row"
		c.Kind, c.Scale, c.format = w.was.Kind, w.was.Scale, now.format
	case w.was.Kind == Text,
		w.was.Kind == Float && (now.Kind == Integer || now.Kind == Decimal),
		w.was.Kind == Decimal && now.Kind == Integer,
		w.was.Kind == Moment && now.Kind == Date:
		ch.Effect = "every value fits the old type too, which stays"
		c.Kind, c.Scale = w.was.Kind, w.was.Scale
		if w.was.Kind == Text && now.Kind != Text {
			ch.Effect = ""
		}
	case w.was.Kind == Decimal && now.Kind == Decimal:
		ch.Effect = "read with the finer scale: values are equal, none is rounded"
	case w.was.Kind == Integer && now.Kind == Decimal:
		ch.Effect = "read as decimal: none is rounded"
	default:
		ch.Effect = "read as the old type; rows that do not fit are kept aside"
		c.Kind, c.Scale = w.was.Kind, w.was.Scale
		c.writtenAs(w.was)
	}
	if ch.Effect != "" {
		r.report.Changes = append(r.report.Changes, ch)
	}
}

// writtenAs has a column's cells read as they were written before: a few that do not
// fit must not make the others unreadable.
func (c *Column) writtenAs(was Column) {
	c.Format = was.Format
	switch was.Format {
	case "decimal comma":
		c.format.comma = true
	case "yearmonthday":
		c.format.order, c.format.days = ymd, compact
	case "days as spreadsheets count them":
		c.format.order, c.format.days = ymd, serial
	default:
		for _, o := range []dateOrder{ymd, dmy, mdy, ym} {
			if o.String() == was.Format {
				c.format.order = o
			}
		}
	}
	if c.format.order == 0 {
		c.format.order = ymd
	}
}

func (c Column) describe() string {
	if c.Kind == Decimal {
		return fmt.Sprintf("decimal with %d digits", c.Scale)
	}
	return string(c.Kind)
}

// renamed finds the added column that stands where the removed one stood and
// has its kind.
func (r *Reader) renamed(k int, e Column, added []int, taken map[int]bool) int {
	for _, i := range added {
		if i == k && !taken[i] && r.cols[i].Kind == e.Kind {
			return i
		}
	}
	return -1
}

// shape arranges a batch as the columns yielded.
func (r *Reader) shape() *Batch {
	if r.shown == nil {
		return &r.batch
	}
	r.view.Rows, r.view.Numbers = r.batch.Rows, r.batch.Numbers
	r.view.Columns = resize(r.view.Columns, len(r.shown))
	for k, i := range r.shown {
		if i >= 0 {
			r.view.Columns[k] = r.batch.Columns[i]
			continue
		}
		v := &r.view.Columns[k]
		v.Null = resize(v.Null, r.batch.Rows)
		for row := range v.Null {
			v.Null[row] = true
		}
		switch r.out[k].Kind {
		case Text:
			v.From, v.To = resize(v.From, r.batch.Rows), resize(v.To, r.batch.Rows)
			clear(v.From)
			clear(v.To)
		case Float:
			v.Floats = resize(v.Floats, r.batch.Rows)
		default:
			v.Ints = resize(v.Ints, r.batch.Rows)
		}
	}
	return &r.view
}
