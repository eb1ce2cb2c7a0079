package vendors

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"steward/engine/worktime"
	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/report"
	"steward/lib/locale"
	"steward/lib/words"
)

// contractsSection lists the contracts whose deadlines fall into the month or the
// ninety days after it.
var contractsSection = report.Section{Key: "vendors.contracts", Title: words.T("vendors.report.title", "Contracts and deadlines"), Area: access.Vendors, Order: 400, Build: buildContracts}

// deadline is a contract with its dates as seen at the end of a month.
type deadline struct {
	c                   *Contract
	decide, notice, end records.Date
}

func buildContracts(c *report.Context) ([]report.Block, error) {
	all, err := Contracts.List(c.Past(), records.Query{Where: []records.Cond{records.Is(&Contracts.P.State, Active)}})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	seen, err := vendorsOf(c.View, all)
	if err != nil {
		return nil, err
	}
	var due []deadline
	yearly := amounts{}
	from, until := c.Month.First(), c.End().AddDays(horizon)
	all = slices.DeleteFunc(all, func(one *Contract) bool { return one.Starts > c.End() }) // not yet in force in the month
	for _, one := range all {
		if one.Yearly.Set {
			yearly[one.Yearly.V.Currency] += one.Yearly.V.Minor
		}
		// As seen when the month began: a term that renewed since shows what was due. A
		// term that was decided on gives way to the one that follows it.
		for _, day := range []records.Date{from, c.End()} {
			d, err := Dates(one, seen[string(one.Vendor)].country, day)
			if err != nil {
				return nil, err
			}
			decided, err := decidedOn(c, one, dayOf(d.CurrentEnd))
			if err != nil {
				return nil, err
			}
			if decided {
				continue
			}
			if !d.Ended && !one.NoticeGivenOn.Set && d.DecideBy != 0 && dayOf(d.DecideBy) <= until {
				due = append(due, deadline{one, dayOf(d.DecideBy), dayOf(d.NoticeDue), dayOf(d.CurrentEnd)})
			}
			break
		}
	}
	slices.SortFunc(due, func(a, b deadline) int { return cmp.Or(cmp.Compare(a.decide, b.decide), cmp.Compare(a.c.ID, b.c.ID)) })
	t := report.Table{Columns: []report.Column{{Title: c.T("vendors.report.contract", "Contract")}, {Title: c.T("vendors.report.vendor", "Vendor")}, {Title: c.T("vendors.report.decide", "Decide by")},
		{Title: c.T("vendors.report.notice", "Notice due")}, {Title: c.T("vendors.report.ends", "Term ends")}, {Title: c.T("vendors.report.yearly", "Yearly cost"), Number: true}},
		Empty: c.T("vendors.report.none", "No contract has to be decided on within ninety days after the month.")}
	atStake := amounts{}
	late := 0
	for _, d := range due {
		by := c.DayCell(d.decide)
		if d.decide <= c.End() {
			by.State = "bad"
			late++
		}
		cost := report.Cell{Text: locale.Unknown, Quiet: true}
		if d.c.Yearly.Set {
			m := d.c.Yearly.V
			cost = c.MoneyCell(m)
			atStake[m.Currency] += m.Minor
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: d.c.Title, Bold: true}, report.T(seen[string(d.c.Vendor)].name), by, orUnknown(c, d.notice), orUnknown(c, d.end), cost})
	}
	each, err := yearly.total(c)
	if err != nil {
		return nil, err
	}
	stake, err := atStake.total(c)
	if err != nil {
		return nil, err
	}
	out := []report.Block{report.Keys{
		{Label: c.T("vendors.report.active", "Active contracts"), Value: c.IntCell(int64(len(all)))},
		{Label: c.T("vendors.report.yearly", "Yearly cost"), Value: each},
		{Label: c.T("vendors.report.due", "To be decided on"), Value: c.IntCell(int64(len(due))), Note: c.T("vendors.report.within", "by {day}", "day", c.Day(until))},
		{Label: c.T("vendors.report.stake", "At stake a year"), Value: stake}}, t}
	if late > 0 {
		out = append(out, report.Highlight{State: "bad", Text: c.T("vendors.report.late", "{count} {count|contract was|contracts were} to be decided on by the end of the month.", "count", int64(late))})
	}
	return append(out, report.Source{Title: c.T("vendors.report.title", "Contracts and deadlines"), At: c.DayCell(c.End()), From: c.T("vendors.report.from", "contracts in the register, {count} active", "count", int64(len(all))),
		Formula: c.T("vendors.report.formula", "Notice counts back from the end of the present term and moves to a working day as the contract says; the day to decide by lies the contract's lead time before it. Contracts on whose term somebody has decided are left out. Yearly costs are summed in the organisation's currency at the rate of the month's last day.")}), nil
}

type vendorSeen struct{ name, country string }

// vendorsOf reads names under the reader's rights and countries, which the dates
// need, as Steward itself.
func vendorsOf(v *records.View, all []*Contract) (map[string]vendorSeen, error) {
	var ids []string
	for _, c := range all {
		ids = append(ids, string(c.Vendor))
	}
	labels, err := Vendors.Def().Labels(v, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]vendorSeen{}
	system := *v
	system.Actor = access.System()
	for _, id := range ids {
		if _, ok := out[id]; ok {
			continue
		}
		one, err := Vendors.Get(&system, records.ID[Vendor](id))
		if err != nil {
			return nil, err
		}
		name := locale.Unknown
		if l, ok := labels[id]; ok {
			name = l.Title
		}
		out[id] = vendorSeen{name, one.Country}
	}
	return out, nil
}

func dayOf(d worktime.Date) records.Date {
	if d == 0 {
		return ""
	}
	return records.Date(d.String())
}

func orUnknown(c *report.Context, d records.Date) report.Cell {
	if d == "" {
		return report.Cell{Text: locale.Unknown, Quiet: true}
	}
	return c.DayCell(d)
}

// amounts are minor units by currency.
type amounts map[string]int64

// total writes amounts as one in the organisation's currency, at the rate of the
// month's last day; where a rate is not known, each in its own.
func (a amounts) total(c *report.Context) (report.Cell, error) {
	if len(a) == 0 {
		return report.T(locale.Unknown), nil
	}
	names := slices.Sorted(maps.Keys(a))
	var sum int64
	var apart []string
	converted := true
	for _, currency := range names {
		m := records.Money{Minor: a[currency], Currency: currency}
		got, known, err := org.Convert(c.View, m, c.Org.Currency, c.End())
		if err != nil {
			return report.Cell{}, err
		}
		converted = converted && known
		sum += got.Amount.Minor
		apart = append(apart, c.Lang.MoneyRound(m.Minor, currency))
	}
	if converted {
		return c.MoneyCell(records.Money{Minor: sum, Currency: c.Org.Currency}), nil
	}
	return report.T(strings.Join(apart, " + ")), nil
}

// decidedOn reports whether somebody had decided on the contract's term with this end
// when the month was over.
func decidedOn(c *report.Context, one *Contract, end records.Date) (bool, error) {
	_, at, found, err := decisions.Answered(c.View, renewalName, string(one.ID)+"/"+string(end))
	return found && at.Before(c.EndOfDay()), err
}
