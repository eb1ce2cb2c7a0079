package settings

import (
	"strings"

	"steward/kernel/fail"
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
