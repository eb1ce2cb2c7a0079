package table

// Kind is the type of a column.
type Kind string

const (
	Text    Kind = "text"
	Integer Kind = "integer"
	Decimal Kind = "decimal" // a whole number of 10^-Scale: no rounding
	Float   Kind = "float"
	Bool    Kind = "bool"
	Date    Kind = "date"   // days since 1970-01-01
	Moment  Kind = "moment" // microseconds since 1970-01-01 00:00, UTC where a zone was given
)

// Column is one column of a table.
type Column struct {
	Name     string `json:"name"`
	Kind     Kind   `json:"kind" doc:"text, integer, decimal, float, bool, date or moment"`
	Scale    int    `json:"scale,omitempty" doc:"decimal: digits after the decimal point"`
	Format   string `json:"format,omitempty" doc:"how values are written: date order and separators, decimal comma"`
	Declared string `json:"declared,omitempty" doc:"the type the source itself gives, e.g. NUMERIC(10,2)"`
	Note     string `json:"note,omitempty" doc:"what was uncertain about the type"`

	format format
	native bool // cells are values a driver wrote, not what people typed
	exact  bool // declared as numbers of more digits than fit: rather text than rounded
}

// counted says how a date is written as a whole number.
type counted uint8

const (
	notCounted counted = iota
	compact            // 20240531
	serial             // days as spreadsheets count them
)

// format is how a column's cells are to be read.
type format struct {
	comma bool      // decimal comma, and points between thousands
	order dateOrder // of dates
	days  counted   // dates written as whole numbers
}

// Vector holds one column of a batch. Which slice is used follows from the
// column's kind: Float from Floats, Text from Data by From and To, all others
// from Ints (bool as 0 and 1). Null[i] true: no value in row i.
type Vector struct {
	Null     []bool
	Ints     []int64
	Floats   []float64
	Data     []byte
	From, To []uint32
}

// Bytes is the text in row i.
func (v *Vector) Bytes(i int) []byte { return v.Data[v.From[i]:v.To[i]] }

// Batch is some rows of a table, column by column.
type Batch struct {
	Rows    int
	Columns []Vector
	// Numbers are the rows' numbers in the source, from 1; for files of lines the
	// line each starts on.
	Numbers []int64
}

// Rejected is a row that was kept aside, and why.
type Rejected struct {
	Number int64  `json:"number" doc:"line or row of the source, from 1"`
	Column string `json:"column,omitempty" doc:"the column that does not fit, where it is one"`
	Reason string `json:"reason"`
	Raw    string `json:"raw" doc:"the row as it stands there, cut after 4,096 bytes"`
	Cut    bool   `json:"cut,omitempty" doc:"true: raw is cut"`
}
