package money

import (
	"fmt"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/systems"
	"steward/modules/vendors"
)

// Kind says whether money keeps things running or changes them.
type Kind string

const (
	Run    Kind = "run"
	Change Kind = "change"
)

// Kinds are all.
var Kinds = []Kind{Run, Change}

// Category is the cost pool that money goes to, as the Technology Business
// Management taxonomy cuts them.
type Category string

const (
	Hardware      Category = "hardware"
	Software      Category = "software"
	InternalWork  Category = "internal-labour"
	ExternalWork  Category = "external-labour"
	Services      Category = "outside-services"
	Facilities    Category = "facilities"
	Telecom       Category = "telecom"
	OtherCategory Category = "other"
)

// Categories are all, in the order shown.
var Categories = []Category{Hardware, Software, InternalWork, ExternalWork, Services, Facilities, Telecom, OtherCategory}

// BudgetLine is money planned for a fiscal year, or for one month of it.
type BudgetLine struct {
	records.Base[BudgetLine]
	Title      string
	FiscalYear int64
	Month      records.Opt[records.Date]
	Kind       Kind
	Category   Category
	System     records.Opt[records.ID[systems.System]]
	Unit       records.Opt[records.ID[org.Unit]]
	Amount     records.Money
	Notes      records.Opt[string]
}

// BudgetLines are the plan. A line without a month is spread evenly over its year.
var BudgetLines = records.Define("money.budget-line", "Budget line", "Budget lines", "BUD", func(b *BudgetLine, f *records.Fields) {
	f.Title(&b.Title, "What for")
	records.Whole(f, &b.FiscalYear, "Fiscal year").As("year").Between(2000, 2100).Help("The calendar year in which it starts.").Filter().List()
	records.Day(f, &b.Month, "Month").Help("Any day of the month. Left empty, the year's twelfth falls on each month.").Filter().List()
	records.Choices(f, &b.Kind, "Kind", Kinds...).List()
	records.Choices(f, &b.Category, "Category", Categories...).List()
	records.Linked(f, &b.System, "System").List()
	records.Linked(f, &b.Unit, "Department").Help("Left empty, the system's.").ScopeOf(access.Unit).List()
	records.Price(f, &b.Amount, "Amount").Filter().List()
	records.Long(f, &b.Notes, "Notes")
}).InArea(access.Money).Icon("wallet").SortedBy("-fiscal_year").Versioned().Begins(func(b *BudgetLine) { b.Kind = Run }).Check(checkBudgetLine)

func checkBudgetLine(u *records.Tx, _, b *BudgetLine) error {
	if b.Month.Set {
		b.Month.V = firstOf(b.Month.V)
		o, _, err := org.Get(u)
		if err != nil {
			return err
		}
		if year, _, _ := o.FiscalYear(b.Month.V); int64(year) != b.FiscalYear {
			return fail.Field(&b.Month, "money.budget-line.month-outside-year", "This month does not lie in the fiscal year {year}.").With("year", b.FiscalYear)
		}
	}
	return placeOf(u, b.System, &b.Unit)
}

// CostState says how sure money is.
type CostState string

const (
	Actual    CostState = "actual"    // billed or booked
	Committed CostState = "committed" // owed by a contract, not billed yet
)

// CostLine is money of one month.
type CostLine struct {
	records.Base[CostLine]
	Title    string
	Month    records.Date
	State    CostState
	Kind     Kind
	Category Category
	System   records.Opt[records.ID[systems.System]]
	Unit     records.Opt[records.ID[org.Unit]]
	Vendor   records.Opt[records.ID[vendors.Vendor]]
	Contract records.Opt[records.ID[vendors.Contract]]
	Amount   records.Money
	Source   records.Opt[string]
	Posting  records.Opt[string] // names what a contract's line is for, so that it is posted once
	Notes    records.Opt[string]
}

// CostLines are what was spent, and what contracts commit to.
var CostLines = records.Define("money.cost-line", "Cost line", "Cost lines", "CST", func(c *CostLine, f *records.Fields) {
	f.Title(&c.Title, "What for")
	records.Day(f, &c.Month, "Month").Help("Any day of the month that the cost belongs to.").Filter().List()
	records.Choices(f, &c.State, "State", Actual, Committed).State("actual", "ok").State("committed", "info").List()
	records.Choices(f, &c.Kind, "Kind", Kinds...).List()
	records.Choices(f, &c.Category, "Category", Categories...).List()
	records.Linked(f, &c.System, "System").List()
	records.Linked(f, &c.Unit, "Department").Help("Left empty, the system's, else the contract's.").ScopeOf(access.Unit).List()
	records.Price(f, &c.Amount, "Amount").Help("A credit note is negative.").Filter().List()
	records.Linked(f, &c.Vendor, "Vendor").ScopeOf(access.Party)
	records.Linked(f, &c.Contract, "Contract")
	records.Str(f, &c.Source, "Invoice or source").Filter()
	records.Str(f, &c.Posting, "Posting").Only().Hidden()
	records.Long(f, &c.Notes, "Notes")
}).InArea(access.Money).Icon("receipt-2").SortedBy("-month").Versioned().Begins(func(c *CostLine) { c.State, c.Kind = Actual, Run }).Check(checkCostLine)

func checkCostLine(u *records.Tx, before, c *CostLine) error {
	c.Month = firstOf(c.Month)
	if c.State == Committed && !c.Posting.Set {
		return fail.Field(&c.State, "money.cost-line.committed-by-contract", "What a contract commits to is posted by Steward itself from the contract's price. Record what was billed as actual.")
	}
	if before != nil && before.Posting != c.Posting || c.Posting.Set && u.Actor.Kind != access.SystemKind {
		return fail.Field(&c.State, "money.cost-line.posted-stays", "This line follows its contract; change the contract, or book an actual cost.")
	}
	if c.Contract.Set {
		sys := u.As(access.System())
		contract, err := vendors.Contracts.Get(sys, c.Contract.V)
		if err != nil {
			return err
		}
		if !c.Vendor.Set {
			c.Vendor = records.Some(contract.Vendor)
		}
		if err := placeOf(u, c.System, &c.Unit); err != nil {
			return err
		}
		if !c.Unit.Set {
			c.Unit = contract.Unit
		}
	}
	if err := placeOf(u, c.System, &c.Unit); err != nil {
		return err
	}
	return checkBilledOnce(u, c)
}

// checkBilledOnce refuses the same invoice booked twice: the same source, month,
// amount, vendor, system and department.
func checkBilledOnce(u *records.Tx, c *CostLine) error {
	if !c.Source.Set || c.State != Actual || c.ArchivedAt.Set {
		return nil
	}
	var number int64
	found, err := u.Row(`SELECT number FROM money_cost_line
WHERE source_key = $9 AND source = $1 AND month = $2 AND amount = $3 AND amount_currency = $4 AND id <> $5 AND state = 'actual' AND archived_at IS NULL
AND COALESCE(vendor, '') = $6 AND COALESCE(system, '') = $7 AND COALESCE(unit, '') = $8`,
		[]any{c.Source.V, string(c.Month), c.Amount.Minor, c.Amount.Currency, string(c.ID), string(c.Vendor.V), string(c.System.V), string(c.Unit.V), records.Key(c.Source.V)}, &number)
	if err != nil || !found {
		return err
	}
	e := fail.Field(&c.Source, "money.cost-line.billed-twice", "{number} has the same invoice, month and amount. Name the source differently if both are right.").With("number", fmt.Sprintf("CST-%04d", number))
	e.Kind = fail.Conflict
	return e
}

// placeOf gives money without a department that of its system.
func placeOf(u *records.Tx, system records.Opt[records.ID[systems.System]], unit *records.Opt[records.ID[org.Unit]]) error {
	if unit.Set || !system.Set {
		return nil
	}
	s, err := systems.Systems.Get(u.As(access.System()), system.V)
	if err != nil {
		return err
	}
	*unit = s.Unit
	return nil
}

// firstOf is the first day of a day's month.
func firstOf(d records.Date) records.Date { return d[:8] + "01" }
