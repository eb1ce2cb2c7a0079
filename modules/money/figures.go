package money

import (
	"fmt"
	"math"
	"time"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/locale"
	"steward/lib/words"
	"steward/modules/systems"
)

// ownFigures are the numbers that money answers for.
func ownFigures() []figures.Figure {
	return []figures.Figure{
		{Key: "money.run-cost", Title: words.T("money.figure.run-cost", "Run cost this year against plan"),
			Definition: words.T("money.figure.run-cost.definition", "What keeping systems running cost in this fiscal year until the end of the last month that is over. The target is the plan for the same months; more than a twentieth above it is bad."),
			Formula:    words.T("money.figure.run-cost.formula", "sum of actual run costs of the months that are over; target: sum of the run plan for them"),
			Unit:       figures.Amount, Better: figures.Lower, Owner: access.MISManager, Area: access.Money, Rank: 3, Scopes: unitsAndSystems, Dated: true, Compute: runCost},
		{Key: "money.cost-per-user", Title: words.T("money.figure.cost-per-user", "Cost per user, 12 months"),
			Definition: words.T("money.figure.cost-per-user.definition", "What a system cost in the last twelve months that are over, for each of its users; for the organisation all information technology, for each person who works in it."),
			Formula:    words.T("money.figure.cost-per-user.formula", "actual costs of 12 months ÷ users"),
			Unit:       figures.Amount, Better: figures.Neutral, Owner: access.MISManager, Area: access.Money, Rank: 42, Scopes: allSystems, Dated: true, Compute: costPerUser},
	}
}

var fromBooks = words.T("money.figure.source", "Cost lines and budget lines")

func allSystems(v *records.View) ([]figures.Scope, error) {
	all, err := systems.Systems.List(v, records.Query{Where: []records.Cond{records.In(&systems.Systems.P.State, systems.Introduced, systems.Live, systems.PhasingOut)}})
	var out []figures.Scope
	for _, s := range all {
		out = append(out, figures.Of(systems.Systems.Ref(s.ID)))
	}
	return out, err
}

func unitsAndSystems(v *records.View) ([]figures.Scope, error) {
	units, err := figures.Units(v)
	if err != nil {
		return nil, err
	}
	all, err := allSystems(v)
	return append(units, all...), err
}

// runCost holds the run cost of the year to date against the plan.
func runCost(v *records.View, s figures.Scope, at time.Time) (res figures.Result, err error) {
	o, _, err := org.Get(v)
	if err != nil {
		return res, err
	}
	today := records.DateOf(at.In(o.Zone()))
	year, _, _ := o.FiscalYear(today)
	ask := Ask{Year: year, Kind: Run, By: BySystem, To: LastClosed(o, year, today)}
	switch typ, id := s.Split(); typ {
	case "":
	case org.Units.Def().Name:
		if ask.Units, err = figures.Under(v, s); err != nil {
			return res, err
		}
	case systems.Systems.Def().Name:
		ask.System, ask.By = records.ID[systems.System](id), ByCategory
	default:
		return res, fmt.Errorf("money: no figure for %s", s)
	}
	l, err := Read(v, ask)
	if err != nil {
		return res, err
	}
	res.Source(fromBooks.With(), at)
	if l.To < l.First {
		res.Value = figures.NotApplicable()
		res.Gap(words.T("money.figure.no-month", "No month of this fiscal year is over yet.").With())
		return res, nil
	}
	res.Value = figures.MoneyOf(records.Money{Minor: l.Total.Actual, Currency: l.Currency})
	res.Condition = words.T("money.figure.run-cost.condition", "run costs from {from} to {to}").With("from", words.Day(l.First), "to", words.Day(records.DateOf(l.To.Time().AddDate(0, 1, -1))))
	if l.Total.PlanTo > 0 {
		plan := major(l.Total.PlanTo, l.Currency)
		res.Target, res.Limit = figures.At(plan), figures.At(plan*1.05)
	} else {
		res.Gap(words.T("money.figure.no-plan", "No run cost is planned for these months.").With())
	}
	for _, m := range l.Missing {
		res.Gap(words.T("money.figure.no-rate", "{amount} is left out: there is no rate for {currency} on {day}.").With("amount", words.Money{Minor: m.Amount.Minor, Currency: m.Amount.Currency}, "currency", m.Amount.Currency, "day", words.Day(m.On)))
	}
	if ask.By == BySystem {
		show := presenter{l: l}
		for _, row := range show.sorted() {
			if row.Key == "" || row.Actual == 0 && row.PlanTo == 0 {
				continue
			}
			res.Input(systems.Systems.Ref(records.ID[systems.System](row.Key)), figures.MoneyOf(records.Money{Minor: row.Actual, Currency: l.Currency}),
				words.T("money.figure.planned", "planned {amount}").With("amount", words.Money{Minor: row.PlanTo, Currency: l.Currency}))
		}
	}
	return res, nil
}

// costPerUser divides twelve months' cost by the users.
func costPerUser(v *records.View, s figures.Scope, at time.Time) (res figures.Result, err error) {
	o, _, err := org.Get(v)
	if err != nil {
		return res, err
	}
	var where []records.Cond
	var users records.Opt[int64]
	if s == figures.Organisation {
		n, err := org.Persons.Count(v, records.Query{})
		if err != nil {
			return res, err
		}
		users = records.Some(n)
	} else {
		_, id := s.Split()
		system, err := systems.Systems.Get(v, records.ID[systems.System](id))
		if err != nil {
			return res, err
		}
		users = system.Users
		where = append(where, records.Is(&CostLines.P.System, system.ID))
		res.Input(systems.Systems.Ref(system.ID), figures.Unknown(), words.Said{})
	}
	spent, err := TwelveMonths(v, records.DateOf(at.In(o.Zone())), where...)
	if err != nil {
		return res, err
	}
	res.Source(fromBooks.With(), at)
	res.Part = figures.MoneyOf(records.Money{Minor: spent.Total(), Currency: spent.Currency})
	res.Whole = figures.Count(users.V)
	res.Condition = words.T("money.figure.cost-per-user.condition", "actual cost lines of the twelve months before {day}").With("day", words.Day(firstOf(records.DateOf(at.In(o.Zone())))))
	if spent.Missing > 0 {
		res.Gap(words.T("money.figure.months-without-rate", "{count} monthly {count|amount|amounts} in another currency could not be converted.").With("count", spent.Missing))
	}
	switch {
	case !users.Set:
		res.Value = figures.Unknown()
		res.Gap(words.T("money.figure.no-users", "How many users the system has is not recorded.").With())
	case users.V == 0:
		res.Value = figures.NotApplicable()
	case spent.Lines() == 0:
		res.Value = figures.Unknown()
		res.Gap(words.T("money.figure.no-costs", "No costs are booked in these months.").With())
	default:
		res.Value = figures.MoneyOf(records.Money{Minor: portion(spent.Total(), 1, users.V), Currency: spent.Currency})
	}
	return res, nil
}

// major is an amount in whole units of its currency, for charts and targets;
// minorOf leads back.
func major(minor int64, currency string) float64 { return float64(minor) / unitOf(currency) }

func minorOf(v float64, currency string) int64 { return int64(math.Round(v * unitOf(currency))) }

func unitOf(currency string) float64 {
	digits, ok := locale.Digits(currency)
	if !ok {
		digits = 2
	}
	return math.Pow10(digits)
}
