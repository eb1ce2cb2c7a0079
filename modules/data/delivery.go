package data

import (
	"encoding/json"

	"steward/collect/table"
	"steward/kernel/access"
	"steward/kernel/records"
	"steward/lib/words"
)

// Delivery is one arrival of a source's data. It never changes but in whether it
// is accepted: its rows lie in the data folder under the hash of their content.
type Delivery struct {
	records.Base[Delivery]
	Source       records.ID[Source]
	State        State
	ReceivedAt   records.Moment
	FileName     records.Opt[string]
	RowCount     int64
	BadRows      int64
	Bytes        int64
	Fingerprint  string
	OriginalFile records.Opt[string]
	CubeFile     records.Opt[string]
	BadFile      records.Opt[string]
	ReportFile   string
	Reason       records.Opt[string]
}

// State says what became of a delivery.
type State string

const (
	Accepted     State = "accepted"
	WithChanges  State = "changed" // waits until somebody accepts its columns
	Unacceptable State = "faulty"
)

// Deliveries are the arrivals of the sources' data. Rights are the source's.
var Deliveries = records.Define("data.delivery", "Delivery", "Deliveries", "DEL", func(d *Delivery, f *records.Fields) {
	records.Linked(f, &d.Source, "Data source").List()
	records.Choices(f, &d.State, "State", Accepted, WithChanges, Unacceptable).State("accepted", "ok").State("changed", "warn").State("faulty", "bad").Called("changed", "Columns changed").List()
	records.When(f, &d.ReceivedAt, "Received").Filter().List()
	records.Str(f, &d.FileName, "File").List()
	records.Whole(f, &d.RowCount, "Rows").Filter().List()
	records.Whole(f, &d.BadRows, "Rows kept aside").Filter().List()
	records.Whole(f, &d.Bytes, "Size").Unit("bytes")
	records.Str(f, &d.Fingerprint, "Columns' fingerprint")
	records.Str(f, &d.OriginalFile, "Original").Hidden()
	records.Str(f, &d.CubeFile, "Rows' file").Hidden()
	records.Str(f, &d.BadFile, "File of rows kept aside").Hidden()
	records.Str(f, &d.ReportFile, "Report's file").Hidden()
	records.Long(f, &d.Reason, "Reason").Hidden()
	f.Under(&d.Source)
}).InArea(access.Data).Icon("table").SortedBy("-received_at").Versioned().ByProgram()

// Found is what reading a delivery found out, kept beside its rows.
type Found struct {
	Columns []table.Column `json:"columns"`
	Profile *table.Profile `json:"profile"`
	Preview [][]string     `json:"preview"`
}

// why is the reason for a delivery's state, in words for whoever reads it.
func (d *Delivery) why() (s words.Said) {
	if d.Reason.Set {
		if err := json.Unmarshal([]byte(d.Reason.V), &s); err != nil {
			return words.Plain(d.Reason.V)
		}
	}
	return s
}

func (d *Delivery) because(s words.Said) error {
	raw, err := json.Marshal(s)
	d.Reason = records.Opt[string]{V: string(raw), Set: !s.Zero()}
	return err
}
