package vendors

import (
	"time"

	"steward/kernel/access"
	"steward/kernel/figures"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// ownFigures are the numbers that vendors answers for.
func ownFigures() []figures.Figure {
	return []figures.Figure{{
		Key:        "vendors.value-to-decide",
		Title:      words.T("vendors.figure.value-to-decide", "Contract value to decide on in 90 days"),
		Definition: words.T("vendors.figure.value-to-decide.definition", "Yearly cost of the active contracts whose day to decide lies within the next 90 days or is past, and on whose present term nobody has decided."),
		Formula:    words.T("vendors.figure.value-to-decide.formula", "sum of the yearly cost, in the organisation's currency at today's rate"),
		Unit:       figures.Amount, Owner: access.MISManager, Area: access.Vendors, Rank: 4, Compute: valueToDecide,
	}, {
		Key:        "vendors.late",
		Title:      words.T("vendors.figure.late", "Contracts past their day to decide"),
		Definition: words.T("vendors.figure.late.definition", "Active contracts on which nobody decided by the day that leaves time to give notice."),
		Formula:    words.T("vendors.figure.late.formula", "count of active contracts with a day to decide before today and no decision on this term"),
		Better:     figures.Lower, Target: figures.At(0), Limit: figures.At(2), Owner: access.MISManager, Area: access.Vendors, Rank: 75, Compute: lateContracts,
	}, {
		Key:        "vendors.yearly-cost",
		Title:      words.T("vendors.figure.yearly-cost", "Yearly cost of contracts"),
		Definition: words.T("vendors.figure.yearly-cost.definition", "What the active contracts cost a year by the prices agreed."),
		Formula:    words.T("vendors.figure.yearly-cost.formula", "sum of the yearly cost of active contracts, in the organisation's currency at today's rate"),
		Unit:       figures.Amount, Owner: access.MISManager, Area: access.Vendors, Scopes: figures.Units, Compute: yearlyCost,
	}, {
		Key:        "vendors.owned",
		Title:      words.T("vendors.figure.owned", "Contracts with an owner"),
		Definition: words.T("vendors.figure.owned.definition", "Active contracts for which a person is named who decides whether they go on."),
		Formula:    words.T("vendors.figure.owned.formula", "active contracts with an owner ÷ active contracts"),
		Unit:       figures.Percent, Better: figures.Higher, Target: figures.At(100), Limit: figures.At(80), Owner: access.MISManager, Area: access.Vendors, Rank: 80, Compute: ownedContracts,
	}}
}

var fromContracts = words.T("vendors.figure.source", "Contract register")

// sum adds amounts in the organisation's currency and says what it could not add.
type sum struct {
	r                *figures.Result
	v                *records.View
	currency         string
	today            records.Date
	minor            int64
	unpriced, noRate int64
}

func (s *sum) add(c *Contract, note words.Said) error {
	if !c.Yearly.Set {
		s.unpriced++
		s.r.Input(Contracts.Ref(c.ID), figures.Unknown(), note)
		return nil
	}
	conv, known, err := org.Convert(s.v, c.Yearly.V, s.currency, s.today)
	if err != nil {
		return err
	}
	if !known {
		s.noRate++
		s.r.Input(Contracts.Ref(c.ID), figures.MoneyOf(c.Yearly.V), note)
		return nil
	}
	s.minor += conv.Amount.Minor
	s.r.Input(Contracts.Ref(c.ID), figures.MoneyOf(conv.Amount), note)
	return nil
}

func (s *sum) done() {
	s.r.Value = figures.MoneyOf(records.Money{Minor: s.minor, Currency: s.currency})
	if s.unpriced > 0 {
		s.r.Gap(words.T("vendors.figure.gap.unpriced", "{count} {count|contract has|contracts have} no yearly cost and {count|counts|count} as nothing.").With("count", s.unpriced))
	}
	if s.noRate > 0 {
		s.r.Gap(words.T("vendors.figure.gap.rate", "For {count} {count|contract|contracts} there is no exchange rate; {count|it is|they are} left out.").With("count", s.noRate))
	}
	s.r.Source(fromContracts.With(), s.v.Now)
}

func newSum(v *records.View, r *figures.Result) (*sum, org.Organisation, error) {
	o, _, err := org.Get(v)
	return &sum{r: r, v: v, currency: o.Currency, today: o.Today(v)}, o, err
}

func valueToDecide(v *records.View, _ figures.Scope, _ time.Time) (r figures.Result, err error) {
	s, _, err := newSum(v, &r)
	if err != nil {
		return r, err
	}
	until := s.today.AddDays(horizon)
	all, err := Ahead(v, until)
	if err != nil {
		return r, err
	}
	if all, err = undecided(v, all); err != nil {
		return r, err
	}
	for _, c := range all {
		if err := s.add(c, words.T("vendors.figure.decide-by", "decide by {day}").With("day", words.Day(c.DecideBy.V))); err != nil {
			return r, err
		}
	}
	s.done()
	r.Condition = words.T("vendors.figure.value-to-decide.condition", "Active contracts to be decided on by {day}.").With("day", words.Day(until))
	return r, nil
}

func lateContracts(v *records.View, _ figures.Scope, _ time.Time) (r figures.Result, err error) {
	o, _, err := org.Get(v)
	if err != nil {
		return r, err
	}
	today := o.Today(v)
	all, err := Ahead(v, today.AddDays(-1))
	if err != nil {
		return r, err
	}
	if all, err = undecided(v, all); err != nil {
		return r, err
	}
	for _, c := range all {
		r.Input(Contracts.Ref(c.ID), figures.Value{}, words.T("vendors.figure.late.note", "was to be decided by {day}").With("day", words.Day(c.DecideBy.V)))
	}
	r.Value = figures.Count(r.Total)
	r.Condition = words.T("vendors.figure.late.condition", "Active contracts with a day to decide before {day}, without a decision on the present term.").With("day", words.Day(today))
	r.Source(fromContracts.With(), v.Now)
	return r, nil
}

func yearlyCost(v *records.View, scope figures.Scope, _ time.Time) (r figures.Result, err error) {
	s, _, err := newSum(v, &r)
	if err != nil {
		return r, err
	}
	q := records.Query{Sort: "title", Where: []records.Cond{records.Is(&Contracts.P.State, Active)}}
	r.Condition = words.T("vendors.figure.yearly-cost.condition", "Active contracts.").With()
	if scope != figures.Organisation {
		units, err := figures.Under(v, scope)
		if err != nil {
			return r, err
		}
		q.Where = append(q.Where, records.In(&Contracts.P.Unit, units...))
		r.Condition = words.T("vendors.figure.yearly-cost.condition-unit", "Active contracts of the unit and the units below it.").With()
	}
	all, err := Contracts.List(v, q)
	if err != nil {
		return r, err
	}
	for _, c := range all {
		if err := s.add(c, words.Said{}); err != nil {
			return r, err
		}
	}
	s.done()
	return r, nil
}

func ownedContracts(v *records.View, _ figures.Scope, _ time.Time) (r figures.Result, err error) {
	active := records.Is(&Contracts.P.State, Active)
	whole, err := Contracts.Count(v, records.Query{Where: []records.Cond{active}})
	if err != nil {
		return r, err
	}
	without, err := Contracts.List(v, records.Query{Sort: "title", Where: []records.Cond{active, records.Unknown(&Contracts.P.Owner)}})
	if err != nil {
		return r, err
	}
	for _, c := range without {
		r.Input(Contracts.Ref(c.ID), figures.Value{}, words.T("vendors.figure.owned.note", "has no owner").With())
	}
	owned := whole - int64(len(without))
	r.Value, r.Part, r.Whole = figures.Share(owned, whole), figures.Count(owned), figures.Count(whole)
	r.Condition = words.T("vendors.figure.owned.condition", "Active contracts; those without an owner are listed.").With()
	r.Source(fromContracts.With(), v.Now)
	return r, nil
}
