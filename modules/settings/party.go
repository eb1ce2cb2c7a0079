package settings

import (
	"strings"
	"time"

	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
)

// vendorType are the outside companies that consultants work for. What consultants
// may see of theirs is what the scope 'party' reaches.
const vendorType = "vendors.vendor"

// mostVendors is how many companies the field offers; others are named by typing.
const mostVendors = 500

// parties fills in the company that a consultant works for and those to choose from.
func (p *personPage) parties(r *web.Request, party string) error {
	d := r.Site.Registry.Def(vendorType)
	if d == nil {
		return nil
	}
	labels, err := d.Labels(r.View, []string{party})
	if err != nil {
		return err
	}
	p.Party = labels[party].Title
	if p.Problem != "" && r.PostFormValue("do") == "party" {
		p.Party = r.PostFormValue("party")
	}
	page, err := d.List(r.View, records.Query{Sort: "name", Limit: mostVendors})
	for _, v := range page.Rows {
		p.Vendors = append(p.Vendors, v.Title())
	}
	return err
}

// setParty reads the company by its name or number; an empty field is none.
func setParty(u *records.Tx, r *web.Request, person string) error {
	d, name := r.Site.Registry.Def(vendorType), strings.TrimSpace(r.PostFormValue("party"))
	if d == nil {
		return records.NotFound()
	}
	if name == "" {
		return signin.SetParty(u, person, "", "")
	}
	page, err := d.List(u, records.Query{Where: []records.Cond{{Field: "name", Op: records.OpIs, Value: name}}, Limit: 2})
	if err != nil {
		return err
	}
	if len(page.Rows) != 1 {
		v, err := d.Find(u, name)
		if fail.Is(err, fail.NotFound) {
			return fail.Named("party", "settings.party-unknown", "There is not exactly one vendor called “{name}”. Give its number, such as {example}.").With("name", name).With("example", d.HumanNumber(7))
		}
		if err != nil {
			return err
		}
		page.Rows = []records.Record{v}
	}
	return signin.SetParty(u, person, page.Rows[0].ID(), page.Rows[0].Title())
}

// giveRole reads a role with its unit and end, the last day on which it holds.
func giveRole(u *records.Tx, r *web.Request, person string) error {
	role := signin.Role{Person: person, Role: r.PostFormValue("role"), Unit: r.PostFormValue("unit"), GivenBy: r.Actor.Person}
	if role.Unit != "" {
		if _, err := org.Units.Def().Get(u, role.Unit); err != nil {
			return err
		}
	}
	var err error
	role.Until, err = lastDay(r)
	if err != nil {
		return err
	}
	return signin.GiveRole(u, role)
}

// lastDay is the end of the day in the field 'until'; zero if it is empty.
func lastDay(r *web.Request) (time.Time, error) {
	until := r.PostFormValue("until")
	if until == "" {
		return time.Time{}, nil
	}
	last, err := time.ParseInLocation(time.DateOnly, until, r.Zone)
	if err != nil {
		return last, fail.Named("until", "settings.grants.until", "Give the last day as year-month-day, such as 2026-12-31.")
	}
	return last.AddDate(0, 0, 1), nil
}
