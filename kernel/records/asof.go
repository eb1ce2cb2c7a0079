package records

import (
	"fmt"
	"math"
	"strings"
	"time"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// AsOf returns a reader of what v reads, as it was at a moment: for it, types
// marked Versioned give their rows of then, and other types refuse. Links, tags,
// attachments and rights stay those of now.
func AsOf(v *storage.View, at time.Time) *storage.View {
	then := *v
	then.AsOf = at
	return &then
}

// ParseAsOf returns v, or what it reads as of the day or moment in text: a day is
// asked at its end in the zone.
func ParseAsOf(v *storage.View, text string, zone *time.Location) (*storage.View, error) {
	if text == "" {
		return v, nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return AsOf(v, at), nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return nil, fail.Named("as_of", "kernel.records.as-of", "Give a day such as 2026-03-31, or a moment such as 2026-03-31T18:00:00Z.")
	}
	return AsOf(v, day.AddDate(0, 0, 1).Add(-time.Microsecond)), nil
}

// until is the last moment of what is read: of all there is, unless it is read as of one.
func until(r Reader) int64 {
	if at := r.Reading().AsOf; !at.IsZero() {
		return at.UnixMicro()
	}
	return math.MaxInt64
}

// Source is what the type is read from, to stand after FROM: its table, or for a
// reader as of a moment the rows as they were then. A version holds from its
// updated_at until the next one's, which is the valid_to of the row kept of it.
func (d *Def) Source(r Reader) (string, error) {
	at := r.Reading().AsOf
	if at.IsZero() {
		return d.Table, nil
	}
	if !d.IsVersioned {
		return "", fail.New(fail.Invalid, "kernel.records.no-past", "{type} cannot be asked as of a moment: only its history is kept, record by record.").With("type", d.Name)
	}
	// The moment stands in the text: it is a number of ours, and whoever joins the
	// source to a query of their own numbers their own values.
	cols, n := strings.Join(d.columnNames(), ", "), at.UnixMicro()
	return fmt.Sprintf("(SELECT %[1]s FROM %[2]s WHERE updated_at <= %[3]d UNION ALL SELECT %[1]s FROM %[2]s_past WHERE updated_at <= %[3]d AND valid_to > %[3]d)", cols, d.Table, n), nil
}

// columnNames are all columns of the type's table, in the order of its draft.
func (d *Def) columnNames() []string {
	var cols []string
	for _, c := range d.tableColumns() {
		cols = append(cols, c.name)
	}
	return cols
}

// keepPast keeps the row that a write is about to replace. What held for no time,
// because one transaction wrote twice, is not kept.
func (d *Def) keepPast(u *Tx, id string) error {
	if !d.IsVersioned {
		return nil
	}
	cols := strings.Join(d.columnNames(), ", ")
	_, err := u.Exec(fmt.Sprintf("INSERT INTO %[1]s_past (%[2]s, valid_to) SELECT %[2]s, $1 FROM %[1]s WHERE id = $2 AND updated_at < $1", d.Table, cols), u.Now.UnixMicro(), id)
	return err
}

// pastDraft is the SQL of the table that keeps the type's past rows.
func (d *Def) pastDraft() string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE TABLE %s_past (", d.Table)
	for _, c := range d.tableColumns() {
		typ := c.Type
		if c.field == nil && (c.NotNull || c.name == "id") {
			typ += " NOT NULL"
		}
		fmt.Fprintf(&b, "\n\t%s %s,", c.name, typ)
	}
	fmt.Fprintf(&b, "\n\tvalid_to BIGINT NOT NULL,\n\tPRIMARY KEY (id, version)\n);\nCREATE INDEX %[1]s_past_valid ON %[1]s_past (valid_to);\n", d.Table)
	return b.String()
}
