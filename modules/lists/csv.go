package lists

import (
	"encoding/csv"
	"net/http"
	"net/url"

	"steward/kernel/records"
	"steward/kernel/web"
)

// csvFile has all fields in the API's spelling, so that it can be imported again.
type csvFile struct {
	r      *web.Request
	out    *csv.Writer
	fields []*records.Field
}

func openCSV(w http.ResponseWriter, r *web.Request, d *records.Def, _ url.Values) (file, []*records.Field, error) {
	fields, err := exported(r, d)
	if err != nil {
		return nil, nil, err
	}
	head := []string{"id", "number"}
	for _, f := range fields {
		head = append(head, f.Name)
	}
	c := &csvFile{r, csv.NewWriter(w), fields}
	return c, fields, c.out.Write(head) // kept in its buffer: nothing is sent yet
}

func (c *csvFile) row(rec records.Record, labels web.Labels) error {
	row := []string{rec.ID(), rec.Human()}
	for _, f := range c.fields {
		row = append(row, web.Harmless(c.text(f, rec.Value(f), labels)))
	}
	return c.out.Write(row)
}

func (c *csvFile) end() error {
	c.out.Flush()
	return c.out.Error()
}

// text writes a link as the record's title, which import finds again.
func (c *csvFile) text(f *records.Field, v any, labels web.Labels) string {
	if target, id := c.r.Site.Registry.Pointed(f, v); target != nil {
		return labels[records.MakeRef(target.Name, id)].Title
	}
	return records.ToText(f, v)
}
