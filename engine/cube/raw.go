package cube

// rawQuery is one grouping that a query is answered from: some of its
// dimensions, perhaps with the last cut to some values, within days.
type rawQuery struct {
	dims     []int // indices of the query's dimensions
	top      []key // values of the top dimension to keep apart; nil: all
	from, to int64 // days, when the query is ranged
	ranged   bool
	// whole, where it is not nil, may be given the aggregates of all rows by whoever
	// knows them without another pass.
	whole *rawRow
}

// key is a dimension's value in a raw row.
type key struct {
	null, other bool
	n           int64
	text        string
}

// rawRow is one group with its aggregates.
type rawRow struct {
	keys  []key
	rows  int64
	atoms []acc
}

// acc is an aggregate's answer: n values went in, and i or f came out.
type acc struct {
	n int64
	i int64
	f float64
}
