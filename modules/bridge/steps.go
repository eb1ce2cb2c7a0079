package bridge

import (
	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

type step struct {
	Title, Note, Href string
	Done              bool
}

// steps are what to do first, done or not, for those who may add people.
func steps(r *web.Request) ([]step, error) {
	if !org.Persons.Def().MayAny(r.View, access.Add) {
		return nil, nil
	}
	out := []step{{Title: r.T("bridge.step.organisation", "Say who you are"), Note: r.T("bridge.step.organisation.note", "Name, country, language, currency, fiscal year."), Href: "/setup", Done: r.SetUp}}
	people, err := some(r, org.Persons.Def(), 2)
	if err != nil {
		return nil, err
	}
	units, err := some(r, org.Units.Def(), 1)
	if err != nil {
		return nil, err
	}
	out = append(out,
		step{Title: r.T("bridge.step.units", "Add your units"), Note: r.T("bridge.step.units.note", "Departments and teams, with who heads them: rights and costs follow them."), Href: org.Units.Def().Path(""), Done: units},
		step{Title: r.T("bridge.step.people", "Add people"), Note: r.T("bridge.step.people.note", "By hand or from a file: those who own systems and contracts first."), Href: org.Persons.Def().Path(""), Done: people})
	for _, more := range []struct {
		typeName string
		step     step
	}{
		{"infrastructure.host", step{Title: r.T("bridge.step.host", "See this machine"), Note: r.T("bridge.step.host.note", "It inventories itself; other machines follow with the agent.")}},
		{"vendors.contract", step{Title: r.T("bridge.step.contract", "Add a contract"), Note: r.T("bridge.step.contract.note", "The days for notice and decision are counted from its terms.")}},
		{"systems.system", step{Title: r.T("bridge.step.system", "Register a system"), Note: r.T("bridge.step.system.note", "What the business runs on, with its owner and its parts.")}},
	} {
		d := r.Site.Registry.Def(more.typeName)
		if d == nil {
			continue
		}
		more.step.Href = d.Path("")
		if more.step.Done, err = some(r, d, 1); err != nil {
			return nil, err
		}
		out = append(out, more.step)
	}
	return out, nil
}

// some reports whether there are at least so many records that the reader sees.
func some(r *web.Request, d *records.Def, least int64) (bool, error) {
	n, err := d.Count(r.View, records.Query{}, int(least))
	return n >= least, err
}
