package records

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"steward/kernel/storage"
)

// Tx is a writing transaction and View a reading one; modules need no other
// package to work on records.
type (
	Tx     = storage.Update
	View   = storage.View
	Reader = storage.Reader
)

// ID identifies a record of type T. IDs of different records do not mix.
type ID[T any] string

func (ID[T]) target() reflect.Type { return reflect.TypeFor[T]() }

// linker is a pointer to an ID[T] or to an Opt of one.
type linker interface{ target() reflect.Type }

// Ref points to a record of one of several types: "systems.system/0198…".
type Ref string

// MakeRef returns the reference to a record of the named type.
func MakeRef(typeName, id string) Ref { return Ref(typeName + "/" + id) }

// Split returns the type's name and the id.
func (r Ref) Split() (typeName, id string) {
	typeName, id, _ = strings.Cut(string(r), "/")
	return typeName, id
}

// Opt is a value that may be unknown. The zero Opt is unknown, stored as NULL.
type Opt[T any] struct {
	V   T
	Set bool
}

// Some is a known value.
func Some[T any](v T) Opt[T] { return Opt[T]{v, true} }

// Or returns the value, or other when it is unknown.
func (o Opt[T]) Or(other T) T {
	if o.Set {
		return o.V
	}
	return other
}

func (o Opt[T]) optional() {}

// target is the type an optional ID leads to; nil for any other optional value.
func (o Opt[T]) target() reflect.Type {
	if l, ok := any(o.V).(linker); ok {
		return l.target()
	}
	return nil
}

func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.Set {
		return []byte("null"), nil
	}
	return json.Marshal(o.V)
}

func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*o = Opt[T]{}
		return nil
	}
	o.Set = true
	return json.Unmarshal(b, &o.V)
}

// Date is a calendar day, "2026-12-31", of no time zone.
type Date string

// DateOf returns the day of t in t's zone.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Valid reports whether d is a day that exists, in years 0001 to 9999.
func (d Date) Valid() bool {
	t, err := time.Parse(time.DateOnly, string(d))
	return err == nil && t.Year() > 0
}

// Time returns midnight UTC at the start of d; the zero time if d is not valid.
func (d Date) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// AddDays returns the day n days after d.
func (d Date) AddDays(n int) Date { return DateOf(d.Time().AddDate(0, 0, n)) }

// Moment is a point in time, microseconds since 1970 UTC.
type Moment int64

// MomentOf returns t as a Moment.
func MomentOf(t time.Time) Moment { return Moment(t.UnixMicro()) }

// Time returns the moment in UTC.
func (m Moment) Time() time.Time { return time.UnixMicro(int64(m)).UTC() }

func (m Moment) MarshalJSON() ([]byte, error) {
	return json.Marshal(m.Time().Format(time.RFC3339Nano))
}

func (m *Moment) UnmarshalJSON(b []byte) error {
	var t time.Time
	err := json.Unmarshal(b, &t)
	*m = MomentOf(t)
	return err
}

// Money is an amount in a currency, in the currency's smallest unit (cents).
type Money struct {
	Minor    int64
	Currency string // ISO 4217
}

func (m Money) String() string { return fmt.Sprintf("%d minor %s", m.Minor, m.Currency) }

// Scaled is a decimal number stored as an integer, scaled by the power of ten
// its field names: a price, a rate, a percentage.
type Scaled int64

// NewID returns an id that sorts by time.
func NewID(now time.Time) string { return storage.NewID(now) }

// Meta is what every record carries beside its own fields.
type Meta struct {
	Number     int64 // short human number, shown as CTR-0042
	CreatedAt  Moment
	CreatedBy  string // person's id; "" for Steward itself
	UpdatedAt  Moment
	UpdatedBy  string
	Version    int64 // 1 at creation, one more with each change
	ArchivedAt Opt[Moment]
	Custom     map[string]any // values of custom fields, by key
}

// Base holds the identity and the meta data of a record of type T. Embed it first.
type Base[T any] struct {
	ID ID[T]
	Meta
}

func (b *Base[T]) rid() string      { return string(b.ID) }
func (b *Base[T]) setRID(id string) { b.ID = ID[T](id) }
func (b *Base[T]) meta() *Meta      { return &b.Meta }

// based is a pointer to any record struct.
type based interface {
	rid() string
	setRID(string)
	meta() *Meta
}
