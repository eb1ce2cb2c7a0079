package table

// lastValue is the greatest value of the column to go on from.
type lastValue struct {
	seen  bool
	num   int64
	float float64
	text  string
}

// startFrom prepares reading on after a value.
func (r *Reader) startFrom() error {
	r.by = -1
	if r.s.By == "" {
		if r.s.After != "" {
			return Wrong("after", "needs by: the column it is a value of")
		}
		return nil
	}
	for i, c := range r.cols {
		if c.Name == r.s.By {
			r.by = i
		}
	}
	if r.by < 0 {
		return Wrong("by", "there is no column %q", r.s.By)
	}
	if c := r.cols[r.by]; c.exact && c.Kind == Text {
		return Wrong("by", "column %q holds numbers of more than %d digits, kept as text; they give no order to go on from", c.Name, maxDigits)
	}
	r.report.By, r.report.Last = r.s.By, r.s.After
	if r.s.After == "" {
		return nil
	}
	c := &r.cols[r.by]
	if c.Kind == Text {
		r.last = lastValue{seen: true, text: r.s.After}
		return nil
	}
	if c.Kind == Bool {
		return Wrong("by", "%q is yes or no; it gives no order to go on from", c.Name)
	}
	plain := Column{Kind: c.Kind, Scale: c.Scale, format: format{order: ymd}}
	v := Vector{Ints: make([]int64, 1), Floats: make([]float64, 1)}
	if !plain.value(&v, 0, []byte(r.s.After)) {
		return Wrong("after", "%q is not a value of column %q, which is %s", r.s.After, c.Name, c.describe())
	}
	r.last = lastValue{seen: true, num: v.Ints[0], float: v.Floats[0]}
	return nil
}

// skipOld marks the rows at or below the value to go on after, and moves the
// greatest value on. Rows without a value cannot be placed and are read.
func (r *Reader) skipOld(drop map[int]bool) {
	if r.by < 0 {
		return
	}
	c, v := &r.cols[r.by], &r.batch.Columns[r.by]
	after, have := r.start()
	for i := range r.batch.Rows {
		if v.Null[i] || drop[i] {
			continue
		}
		x := lastValue{seen: true}
		switch c.Kind {
		case Text:
			x.text = string(v.Bytes(i))
		case Float:
			x.float = v.Floats[i]
		default:
			x.num = v.Ints[i]
		}
		if have && !x.above(after) {
			drop[i] = true
			continue
		}
		if !r.last.seen || x.above(r.last) {
			r.last = x
		}
	}
	if r.last.seen {
		r.report.Last = c.show(r.last)
	}
}

// start is the value given to go on after.
func (r *Reader) start() (lastValue, bool) {
	if r.from == nil {
		r.from = &lastValue{}
		*r.from = r.last
	}
	return *r.from, r.from.seen
}

func (x lastValue) above(y lastValue) bool {
	return x.num > y.num || x.float > y.float || x.text > y.text
}
