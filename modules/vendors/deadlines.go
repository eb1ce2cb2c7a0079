package vendors

import (
	"steward/kernel/records"
	"steward/kernel/web"
)

// deadlines are the days by which contracts must be decided on, and those by
// which notice must have arrived where the day to decide is past.
func deadlines(r *web.Request, until records.Date) ([]web.Deadline, error) {
	all, err := Ahead(r.View, until)
	if err != nil {
		return nil, err
	}
	if all, err = undecided(r.View, all); err != nil {
		return nil, err
	}
	var out []web.Deadline
	for _, c := range all {
		d := web.Deadline{Day: c.DecideBy.V, Title: c.Title, Note: r.T("vendors.deadline.decide", "Decide on the contract"), Href: Contracts.Path(c.ID)}
		if d.Day < r.Today() && c.NoticeDue.Set && c.NoticeDue.V >= r.Today() {
			d.Day, d.Note = c.NoticeDue.V, r.T("vendors.deadline.notice", "Notice must have arrived")
		}
		out = append(out, d)
	}
	return out, nil
}
