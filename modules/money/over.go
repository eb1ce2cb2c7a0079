package money

import (
	"fmt"
	"strconv"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
	"steward/modules/systems"
)

// A system's cost above plan is brought to decision from a twentieth on, and
// again for each further tenth of the plan.
const (
	overFrom = 5  // per cent of the year's plan
	overStep = 10 // per cent
)

// The answers to a cost above plan.
const (
	acceptOver = "accept"
	moveBudget = "move"
	stopSpend  = "stop"
)

// overPlan is the decision about a system whose spent and committed costs exceed
// the year's plan.
var overPlan = decisions.Kind{
	Name: "money.over-plan", Title: words.T("money.over-plan", "Cost above plan"), Icon: "coin", Area: access.Money,
	Find: findOver, Apply: applyOver,
}

// ledgerNow is the present fiscal year by system.
func ledgerNow(r records.Reader) (*Ledger, error) {
	o, _, err := org.Get(r)
	if err != nil {
		return nil, err
	}
	today := o.Today(r)
	year, _, _ := o.FiscalYear(today)
	return Read(r, Ask{Year: year, By: BySystem, To: LastClosed(o, year, today)})
}

// over is by how much of its plan, in per cent, a row lies above it; 0 without a plan.
func over(r Row) int64 {
	if r.Plan <= 0 || r.Left() >= 0 {
		return 0
	}
	return -r.Left() * 100 / r.Plan
}

// donor is the system with the most plan left, if that is enough.
func (l *Ledger) donor(not string, need int64) (best Row, ok bool) {
	for _, row := range l.Rows {
		if row.Key != "" && row.Key != not && row.Left() >= need && row.Left() > best.Left() {
			best, ok = row, true
		}
	}
	return best, ok
}

func findOver(v *records.View) ([]decisions.Ask, error) {
	l, err := ledgerNow(v)
	if err != nil {
		return nil, err
	}
	var asks []decisions.Ask
	for _, row := range l.Rows {
		percent := over(row)
		if row.Key == "" || percent < overFrom {
			continue
		}
		s, err := systems.Systems.Get(v, records.ID[systems.System](row.Key))
		if err != nil {
			return nil, err
		}
		a, err := l.ask(v, s, row, percent)
		if err != nil {
			return nil, err
		}
		asks = append(asks, a)
	}
	return asks, nil
}

func (l *Ledger) ask(v *records.View, s *systems.System, row Row, percent int64) (decisions.Ask, error) {
	money := func(minor int64) words.Money { return words.Money{Minor: minor, Currency: l.Currency} }
	said := func(minor int64) words.Said { return words.T("money.amount", "{amount}").With("amount", money(minor)) }
	excess := -row.Left()
	planLeft := words.T("money.actuals.left", "Plan left")
	a := decisions.Ask{
		Key:     fmt.Sprintf("%s/%d/%d", row.Key, l.Year, percent/overStep),
		Subject: systems.Systems.Ref(s.ID),
		Title:   words.T("money.over-plan.title", "{system} costs {amount} more than planned").With("system", s.Name, "amount", money(excess)),
		Context: words.T("money.over-plan.context", "What is spent and what contracts commit to comes to {expected} in fiscal year {year}; {plan} was planned. That is {percent} % above the plan.").
			With("expected", money(row.Expected()), "year", strconv.Itoa(l.Year), "plan", money(row.Plan), "percent", percent),
		Facts: []decisions.Fact{
			{Label: words.T("money.actuals.plan", "Plan, whole year").With(), Value: said(row.Plan)},
			{Label: words.T("money.over-plan.spent", "Spent").With(), Value: said(row.Actual + row.Later)},
			{Label: words.T("money.actuals.committed", "Committed").With(), Value: said(row.Committed)},
			{Label: words.T("money.over-plan.excess", "Above plan").With(), Value: said(excess)},
		},
		Recommended: acceptOver,
		DecideBy:    records.DateOf(firstOf(l.today(v)).Time().AddDate(0, 1, -1)),
		Role:        access.MISManager,
		Amount:      records.Some(records.Money{Minor: excess, Currency: l.Currency}),
	}
	a.Options = append(a.Options, decisions.Option{Key: acceptOver, Label: words.T("money.over-plan.accept", "Accept").With(),
		Effect:  words.T("money.over-plan.accept-effect", "The plan stays as it is and the difference is explained. It is asked again if the cost grows by another tenth of the plan.").With(),
		Changes: []decisions.Fact{{Label: planLeft.With(), Value: said(row.Left())}}})
	if from, ok := l.donor(row.Key, excess); ok {
		d, err := systems.Systems.Get(v, records.ID[systems.System](from.Key))
		if err != nil {
			return a, err
		}
		a.Recommended = moveBudget
		a.Options = append(a.Options, decisions.Option{Key: moveBudget, Label: words.T("money.over-plan.move", "Move budget from {system}").With("system", d.Name),
			Effect:  words.T("money.over-plan.move-effect", "Two budget lines move {amount} to this system; of the plan of {system} then {left} is left.").With("amount", money(excess), "system", d.Name, "left", money(from.Left()-excess)),
			Changes: []decisions.Fact{{Label: planLeft.With(), Value: said(0)}}})
	}
	a.Options = append(a.Options, decisions.Option{Key: stopSpend, Harmless: true, Label: words.T("money.over-plan.stop", "Stop spending").With(),
		Effect:  words.T("money.over-plan.stop-effect", "Nothing more is ordered for this system this year; its owner ends what can be ended. What contracts commit to stays owed.").With(),
		Changes: []decisions.Fact{{Label: planLeft.With(), Value: said(row.Left())}}})
	return a, nil
}

// today is the organisation's day at the reader's moment.
func (l *Ledger) today(r records.Reader) records.Date {
	o, _, err := org.Get(r)
	if err != nil {
		return records.DateOf(r.Reading().Now)
	}
	return o.Today(r)
}

// applyOver moves budget when that was chosen; the other answers are kept as they are.
func applyOver(u *records.Tx, d *decisions.Decision, option string) error {
	if option != moveBudget {
		return nil
	}
	u = u.As(access.System())
	l, err := ledgerNow(u)
	if err != nil {
		return err
	}
	_, id := d.Subject.Split()
	need := d.Amount.V.Minor
	from, ok := l.donor(id, need)
	if !ok || d.Amount.V.Currency != l.Currency {
		return fail.New(fail.Conflict, "money.over-plan.no-donor", "No system has that much of its plan left any more. Choose another answer.")
	}
	for _, move := range []struct {
		system string
		minor  int64
	}{{from.Key, -need}, {id, need}} {
		b := &BudgetLine{Title: "Budget moved by decision", FiscalYear: int64(l.Year), Kind: Run, Category: OtherCategory, System: records.Some(records.ID[systems.System](move.system)),
			Amount: records.Money{Minor: move.minor, Currency: l.Currency}}
		if err := BudgetLines.Create(u, b); err != nil {
			return err
		}
	}
	return nil
}
