package table

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stored is how the values of a database column are read, by its declared type.
// The zero value: its kind is settled by its values.
type stored struct {
	kind  Kind
	scale int
	// exact: the values may have more digits than a number here holds; then they
	// stay text, because rounding what was declared exact would be a loss.
	exact bool
	show  func(b *block, v any) // nil: as addValue does
	zero  bool                  // a date of zeros stands for none (MySQL)
}

// declared is what a driver tells of a column's type.
type declared struct {
	name             string // upper case
	precision, scale int64
	sized            bool // precision and scale are known
}

func declaredOf(t *sql.ColumnType) declared {
	d := declared{name: strings.ToUpper(t.DatabaseTypeName())}
	d.precision, d.scale, d.sized = t.DecimalSize()
	return d
}

// decimal is a number of so many digits, as written by the driver.
func (d declared) decimal() stored {
	switch {
	case !d.sized || d.precision <= 0 || d.scale < 0 || d.scale > d.precision:
		return stored{show: addNumber}
	case d.precision > maxDigits:
		return stored{exact: true, show: addNumber}
	case d.scale == 0:
		return stored{kind: Integer, show: addNumber}
	}
	return stored{kind: Decimal, scale: int(d.scale), show: addNumber}
}

// storedInPostgreSQL reads the type names of pg_type, as pgx gives them.
func storedInPostgreSQL(d declared) stored {
	switch d.name {
	case "INT2", "INT4", "INT8":
		return stored{kind: Integer}
	case "NUMERIC": // without digits declared the driver tells 65,535 of them; the server takes 1,000
		d.sized = d.sized && d.precision <= 1000
		return d.decimal()
	case "FLOAT4":
		return stored{kind: Float, show: addSingle}
	case "FLOAT8":
		return stored{kind: Float}
	case "BOOL":
		return stored{kind: Bool}
	case "DATE":
		return stored{kind: Date}
	case "TIMESTAMP", "TIMESTAMPTZ":
		return stored{kind: Moment}
	case "TIME", "TIMETZ", "INTERVAL", "JSON", "JSONB", "UUID", "INET", "CIDR", "MACADDR", "BYTEA", "MONEY":
		return stored{kind: Text}
	}
	return stored{}
}

// storedInMySQL reads the type names of MySQL and MariaDB. Dates come as text,
// because a date of zeros is none that time.Time knows.
func storedInMySQL(d declared) stored {
	switch d.name {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "YEAR", "UNSIGNED TINYINT", "UNSIGNED SMALLINT", "UNSIGNED MEDIUMINT", "UNSIGNED INT":
		return stored{kind: Integer}
	case "UNSIGNED BIGINT":
		return stored{exact: true}
	case "BIT":
		return stored{exact: true, show: addBits}
	case "DECIMAL":
		return d.decimal()
	case "FLOAT", "DOUBLE":
		return stored{kind: Float}
	case "DATE":
		return stored{kind: Date, show: addDate, zero: true}
	case "DATETIME", "TIMESTAMP":
		return stored{kind: Moment, show: addDate, zero: true}
	case "TIME", "ENUM", "SET", "JSON":
		return stored{kind: Text}
	case "BINARY", "VARBINARY", "GEOMETRY":
		return stored{kind: Text, show: addBinary}
	case "BLOB", "TINYBLOB", "MEDIUMBLOB", "LONGBLOB":
		return stored{kind: Text}
	}
	return stored{}
}

// storedInSQLServer reads the type names of SQL Server as its driver gives them.
func storedInSQLServer(d declared) stored {
	switch d.name {
	case "TINYINT", "SMALLINT", "INT", "BIGINT":
		return stored{kind: Integer}
	case "BIT":
		return stored{kind: Bool}
	case "DECIMAL":
		return d.decimal()
	case "MONEY", "SMALLMONEY": // the server keeps four digits; at most 2^63 of them
		return stored{kind: Decimal, scale: 4}
	case "FLOAT":
		return stored{kind: Float}
	case "REAL":
		return stored{kind: Float, show: addSingle}
	case "DATE":
		return stored{kind: Date}
	case "DATETIME", "DATETIME2", "SMALLDATETIME":
		return stored{kind: Moment, show: addWall}
	case "DATETIMEOFFSET":
		return stored{kind: Moment}
	case "TIME":
		return stored{kind: Text, show: addClock}
	case "UNIQUEIDENTIFIER":
		return stored{kind: Text, show: addGUID}
	case "BINARY", "VARBINARY", "IMAGE":
		return stored{kind: Text, show: addBinary}
	case "XML", "HIERARCHYID", "GEOGRAPHY", "GEOMETRY":
		return stored{kind: Text}
	}
	return stored{}
}

// storedInOracle reads go-ora's names of Oracle's types. NUMBER without digits
// is settled by its values. A DATE has a time of day.
func storedInOracle(d declared) stored {
	switch d.name {
	case "NUMBER":
		// The driver's scale is a byte: 255 stands for none, above 127 it is
		// negative (NUMBER(8,-2) holds hundreds, whole all the same).
		switch {
		case d.scale == 255:
			d.sized = false
		case d.scale > 127:
			d.precision, d.scale = d.precision+256-d.scale, 0
		case d.scale > d.precision: // NUMBER(2,5): 0.000xx
			d.precision = d.scale
		}
		return d.decimal()
	case "IBFLOAT", "BFLOAT":
		return stored{kind: Float, show: addSingle}
	case "IBDOUBLE", "BDOUBLE":
		return stored{kind: Float}
	case "DATE", "TIMESTAMPDTY", "TIMESTAMP":
		return stored{kind: Moment, show: addWall}
	case "TIMESTAMPTZ_DTY", "TIMESTAMPTZ", "TIMESTAMPLTZ_DTY", "TIMESTAMPELTZ":
		return stored{kind: Moment}
	case "RAW", "LONGRAW", "OCIBLOBLOCATOR", "OCIFILELOCATOR":
		return stored{kind: Text, show: addBinary}
	case "INTERVALYM_DTY", "INTERVALDS_DTY", "INTERVALYM", "INTERVALDS", "ROWID", "UROWID", "OCIXMLTYPE", "XMLTYPE":
		return stored{kind: Text}
	}
	return stored{}
}

// addNumber leaves out the zeros that end a decimal: of NUMERIC(38,10) they
// alone would make numbers too long to be held.
func addNumber(b *block, v any) {
	var text []byte
	switch v := v.(type) {
	case []byte:
		text = v
	case string:
		text = []byte(v)
	default:
		addValue(b, v)
		return
	}
	if bytes.IndexByte(text, '.') >= 0 && !bytes.ContainsAny(text, "eE") {
		text = bytes.TrimSuffix(bytes.TrimRight(text, "0"), []byte("."))
		if len(text) == 0 || string(text) == "-" { // ".0"
			text = []byte("0")
		}
	}
	b.addLong(text)
}

// addSingle writes a number of single precision with its own digits, not with
// those that doubling its precision makes up.
func addSingle(b *block, v any) {
	switch v := v.(type) {
	case float64:
		b.addString(strconv.FormatFloat(v, 'g', -1, 32))
	case float32:
		b.addString(strconv.FormatFloat(float64(v), 'g', -1, 32))
	default:
		addValue(b, v)
	}
}

// addDate takes a date of zeros, MySQL's word for none, for no value.
func addDate(b *block, v any) {
	text, ok := v.([]byte)
	if ok && zeroDate(text) {
		b.null()
		return
	}
	addValue(b, v)
}

func zeroDate(text []byte) bool {
	return bytes.HasPrefix(text, []byte("0000-00-00")) && len(bytes.Trim(text, "0-: .")) == 0
}

// addBits writes a BIT(n) as the number it is.
func addBits(b *block, v any) {
	raw, ok := v.([]byte)
	if !ok || len(raw) > 8 {
		addValue(b, v)
		return
	}
	var room [8]byte
	copy(room[8-len(raw):], raw)
	b.addString(strconv.FormatUint(binary.BigEndian.Uint64(room[:]), 10))
}

// addWall writes a time that has no zone as it stands, whatever zone the driver
// put to it.
func addWall(b *block, v any) {
	if at, ok := v.(time.Time); ok {
		b.addString(at.Format("2006-01-02T15:04:05.999999"))
		return
	}
	addValue(b, v)
}

// addClock writes a time of day without the day a driver put to it.
func addClock(b *block, v any) {
	if at, ok := v.(time.Time); ok {
		b.addString(at.Format("15:04:05.9999999"))
		return
	}
	addValue(b, v)
}

// addGUID writes the sixteen bytes of a uniqueidentifier the way SQL Server
// shows them: the first three groups are stored with the low byte first.
func addGUID(b *block, v any) {
	g, ok := v.([]byte)
	if !ok || len(g) != 16 {
		addValue(b, v)
		return
	}
	b.addString(fmt.Sprintf("%08X-%04X-%04X-%X-%X", binary.LittleEndian.Uint32(g), binary.LittleEndian.Uint16(g[4:]), binary.LittleEndian.Uint16(g[6:]), g[8:10], g[10:]))
}

// addBinary writes bytes as hexadecimal, also where they happen to be text, so
// that one column has one way of writing.
func addBinary(b *block, v any) {
	raw, ok := v.([]byte)
	switch {
	case !ok:
		addValue(b, v)
	case len(raw) > 64:
		b.addString(fmt.Sprintf("0x%x… (%d bytes)", raw[:64], len(raw)))
	default:
		b.addString("0x" + hex.EncodeToString(raw))
	}
}
