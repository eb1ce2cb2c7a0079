package lists

import (
	"net/url"

	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/fail"
	"steward/kernel/records"
)

type viewsIn struct {
	Type string `json:"type"`
}

type viewsOut struct {
	Views []View `json:"views"`
}

var viewsOperation = api.Op("GET /views/{type}", "", access.View, "The saved views of a record type, such as vendors.contract, that the caller may use.", func(u *records.Tx, in viewsIn) (viewsOut, error) {
	d := records.RegistryOf(u).Def(in.Type)
	if d == nil || !d.MayAny(u, access.View) {
		return viewsOut{}, records.NotFound()
	}
	views, err := Views(u, d)
	if views == nil {
		views = []View{}
	}
	return viewsOut{views}, err
})

type changeIn struct {
	Type string `json:"type"`
	// IDs are the records; or Query, the filter of the type's list, all that match.
	IDs   []string `json:"ids,omitempty"`
	Query string   `json:"query,omitempty"`
	Steps []Step   `json:"steps"`
	// Preview keeps the change without carrying it out.
	Preview bool `json:"preview,omitempty"`
}

type changeOut struct {
	ID       string            `json:"id"`
	State    State             `json:"state"` // running: a job goes on with it
	Counts   map[Outcome]int64 `json:"counts"`
	Problems []problemOut      `json:"problems"`
}

type problemOut struct {
	Record string `json:"record"`
	Field  string `json:"field,omitempty"`
	Why    string `json:"why"`
}

var changeOperation = api.Op("POST /changes", "", access.Edit, "Changes many records at once: given ids, or all that a list's query matches.", func(u *records.Tx, in changeIn) (changeOut, error) {
	d := records.RegistryOf(u).Def(in.Type)
	if d == nil || !d.MayAny(u, access.View) {
		return changeOut{}, records.NotFound()
	}
	q := records.Query{IDs: in.IDs, Both: true}
	if len(in.IDs) == 0 {
		values, err := url.ParseQuery(in.Query)
		if err != nil || in.Query == "" {
			return changeOut{}, fail.Named("query", "lists.query-or-ids", "Give ids, or the query of a list such as state=active.")
		}
		if q, err = records.ParseQuery(u, d, values); err != nil {
			return changeOut{}, err
		}
	} else if len(in.IDs) > 500 {
		return changeOut{}, fail.Named("ids", "lists.count", "Choose between 1 and 500 rows, or all that match.")
	}
	c, err := Start(u, d, q, d.Path(""))
	if err != nil {
		return changeOut{}, err
	}
	if err := c.Plan(u, d, in.Steps); err != nil {
		return changeOut{}, err
	}
	if !in.Preview {
		if err := c.Begin(u, d); err != nil {
			return changeOut{}, err
		}
	}
	return c.told(u)
})

type changeID struct {
	ID string `json:"id"`
	Do string `json:"do"` // look, begin or undo
}

var undoOperation = api.Op("POST /changes/{id}", "", access.Edit, "Looks at a change to many records, begins one that was only kept, or undoes it: do is look, begin or undo.", func(u *records.Tx, in changeID) (changeOut, error) {
	c, d, err := Get(u, in.ID)
	if err != nil {
		return changeOut{}, err
	}
	switch in.Do {
	case "look":
	case "begin":
		err = c.Begin(u, d)
	case "undo":
		err = c.Undo(u, d)
	default:
		err = fail.Named("do", "lists.act", "There is no such action.")
	}
	if err != nil {
		return changeOut{}, err
	}
	return c.told(u)
})

// told is the change for a program, with the first of what was refused.
func (c *Change) told(u *records.Tx) (changeOut, error) {
	out := changeOut{ID: c.ID, State: c.State, Counts: map[Outcome]int64{}, Problems: []problemOut{}}
	for o, n := range c.Counts {
		if n > 0 {
			out.Counts[o] = n
		}
	}
	list, err := c.rows(u, Refused, shown)
	for _, one := range list {
		out.Problems = append(out.Problems, problemOut{one.record, one.problem.Field, fail.Fill(one.problem.Said.English, one.problem.Said.Args)})
	}
	return out, err
}
