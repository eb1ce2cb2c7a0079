package vendors

import (
	"net/http"

	"steward/kernel/decisions"
	"steward/kernel/records"
	"steward/kernel/web"
)

// horizon is how far ahead renewals are shown, in days.
const horizon = 90

// mostAsked is among how many open decisions those about contracts are looked for.
const mostAsked = 500

type renewalsPage struct {
	Until   string
	Rows    []renewalRow // nobody has decided on these
	Decided []renewalRow
	Totals  []string // of the undecided, a currency each
}

type renewalRow struct {
	Title, Path, Vendor, Decide, Notice, End, Cost, Left string
	// Answer is what was decided; Late says that nobody did in time.
	Answer string
	Late   bool
	// Question is the decision that waits; "" while none is asked or it is not the
	// reader's to see.
	Question string
}

var renewalsTemplate = web.MustPage[renewalsPage](files, "pages/renewals.html")

// Ahead returns the active contracts to be decided on by a day, soonest first,
// those that are late included.
func Ahead(r records.Reader, until records.Date) ([]*Contract, error) {
	return Contracts.List(r, records.Query{SortAt: &Contracts.P.DecideBy, Where: []records.Cond{
		records.Is(&Contracts.P.State, Active), records.AtMost(&Contracts.P.DecideBy, until)}})
}

// undecided are those of the contracts on whose present term nobody has decided.
func undecided(r records.Reader, all []*Contract) ([]*Contract, error) {
	var out []*Contract
	for _, c := range all {
		_, _, answered, err := answeredRenewal(r, c)
		if err != nil {
			return nil, err
		}
		if !answered {
			out = append(out, c)
		}
	}
	return out, nil
}

// showRenewals lists the contracts to be decided on soon, with their value.
func showRenewals(w http.ResponseWriter, r *web.Request) error {
	until := r.Today().AddDays(horizon)
	all, err := Ahead(r.View, until)
	if err != nil {
		return err
	}
	var ids []string
	for _, c := range all {
		ids = append(ids, string(c.Vendor))
	}
	names, err := Vendors.Def().Labels(r.View, ids)
	if err != nil {
		return err
	}
	open, err := decisions.List(r.View, decisions.All, mostAsked)
	if err != nil {
		return err
	}
	question := map[records.Ref]string{}
	for _, d := range open {
		if d.Kind == renewalName {
			question[d.Subject] = "/decisions/" + d.ID
		}
	}
	p := renewalsPage{Until: r.Day(until)}
	totals := map[string]int64{}
	var order []string
	for _, c := range all {
		row := renewalRow{Title: c.Title, Path: Contracts.Path(c.ID), Vendor: names[string(c.Vendor)].Title, Decide: r.Day(c.DecideBy.V), Cost: web.Unknown, Notice: web.Unknown, End: web.Unknown}
		if c.NoticeDue.Set {
			row.Notice = r.Day(c.NoticeDue.V)
		}
		if c.CurrentEnd.Set {
			row.End = r.Day(c.CurrentEnd.V)
		}
		left := int(c.DecideBy.V.Time().Sub(r.Today().Time()).Hours() / 24)
		option, err := answer(r.View, c)
		if err != nil {
			return err
		}
		if option != "" {
			row.Answer = r.Tell(answers[option].With())
		}
		row.Left, row.Late = r.Lang.RelativeDays(left), left < 0 && option == ""
		if c.Yearly.Set {
			row.Cost = r.Money(c.Yearly.V)
		}
		if option != "" {
			p.Decided = append(p.Decided, row)
			continue
		}
		row.Question = question[Contracts.Ref(c.ID)]
		if c.Yearly.Set {
			if _, seen := totals[c.Yearly.V.Currency]; !seen {
				order = append(order, c.Yearly.V.Currency)
			}
			totals[c.Yearly.V.Currency] += c.Yearly.V.Minor
		}
		p.Rows = append(p.Rows, row)
	}
	for _, currency := range order {
		p.Totals = append(p.Totals, r.Money(records.Money{Minor: totals[currency], Currency: currency}))
	}
	return renewalsTemplate.Show(w, r, web.Shell{Title: r.T("vendors.renewals.title", "Renewals")}, p)
}
