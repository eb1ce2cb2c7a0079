package cube

import "context"

// List returns the rows that a query's numbers are made of, in the order they came,
// from the one numbered skip on and at most limit of them, each with every column of
// the table; all is how many there are. Of the query, Where, Time, From and To count.
// A viewer who may not see rows gets none of them, as in Run.
func (t *Table) List(ctx context.Context, viewer Viewer, q Query, skip, limit int) (rows [][]Value, all int64, err error) {
	c, err := compile(t.Columns, viewer, q)
	if err != nil {
		return nil, 0, err
	}
	s := &scan{t: t, c: c, groups: 1}
	if err := s.prepare(rawQuery{from: c.from, to: c.to, ranged: c.ranged}); err != nil {
		return nil, 0, err
	}
	err = s.chunks(ctx, 0, len(t.Segments), func(ch *chunk) error {
		for k := max(0, int64(skip)-all); k < int64(ch.rows) && len(rows) < limit; k++ {
			row, err := ch.row(int(k))
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		all += int64(ch.rows)
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return rows, all, nil
}

// row is the k-th of the rows kept, with every column.
func (ch *chunk) row(k int) ([]Value, error) {
	out := make([]Value, len(ch.t.Columns))
	for c, col := range ch.t.Columns {
		v, err := ch.column(c)
		if err != nil {
			return nil, err
		}
		x := Value{Kind: col.Kind, Scale: col.Scale}
		switch {
		case v.null != nil && v.null[k]:
			x.Null = true
		case col.Kind == Float:
			x.Float = v.floats[k]
		case col.Kind == Text:
			x.Text = ch.t.words[c].word(v.ints[k])
		default:
			x.Int = v.ints[k]
		}
		out[c] = x
	}
	return out, nil
}
