package vendors

import (
	"steward/kernel/access"
	"steward/kernel/records"
)

// PriceStep is a price that holds from a day on, until the next step.
type PriceStep struct {
	records.Base[PriceStep]
	Title    string
	Contract records.ID[Contract]
	Starts   records.Date
	Yearly   records.Money
	Reason   records.Opt[string]
}

// PriceSteps are the agreed prices of contracts over time. Their rights are the
// contract's.
var PriceSteps = records.Define("vendors.price-step", "Price step", "Price steps", "PRC", func(p *PriceStep, f *records.Fields) {
	f.Title(&p.Title, "Title")
	records.Linked(f, &p.Contract, "Contract").List()
	records.Day(f, &p.Starts, "From day").Filter().List()
	records.Price(f, &p.Yearly, "Yearly cost").From(0).List()
	records.Str(f, &p.Reason, "Reason").List()
	f.Under(&p.Contract)
}).InArea(access.Vendors).Icon("coin").SortedBy("starts")
