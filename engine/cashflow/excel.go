package cashflow

import (
	"encoding/json"
	"fmt"
	"strings"

	"steward/engine/calc"
	"steward/engine/worktime"
)

// Call is a spreadsheet function with its arguments in Excel's order.
type Call struct {
	Function string            `json:"function" doc:"NPV, XNPV, IRR, XIRR, MIRR, SLN, SYD, DB, DDB, VDB, PMT, PV, FV, EFFECT or NOMINAL"`
	Args     []json.RawMessage `json:"args" doc:"in Excel's order: numbers, lists of numbers, lists of dates (YYYY-MM-DD or Excel's day numbers), true or false"`
}

// CallResult is what a spreadsheet function returns.
type CallResult struct {
	Function string `json:"function"`
	Value    Value  `json:"value" doc:"null where Excel shows an error"`
	Error    string `json:"error,omitempty" doc:"Excel's error, #NUM!"`
}

// excelFunctions are the functions by name: how many arguments they take at
// least and at most, and how they are calculated.
var excelFunctions = map[string]struct {
	least, most int
	run         func(a *arguments) real
}{
	"NPV": {2, 255, func(a *arguments) real {
		rate := a.number(0)
		var all []Number
		for i := 1; i < len(a.raw); i++ {
			all = append(all, a.list(i)...)
		}
		return periodic(all).present(rate).quo(whole(1).add(rate)) // the first amount is due after one period
	}},
	"XNPV": {3, 3, func(a *arguments) real { return a.fromFirst(a.flows(1, 2)).present(a.number(0)) }},
	"IRR":  {1, 2, func(a *arguments) real { return a.quote(periodic(a.list(0)), a.optional(1, "0.1")) }},
	"XIRR": {2, 3, func(a *arguments) real { return a.quote(a.fromFirst(a.flows(0, 1)), a.optional(2, "0.1")) }},
	"MIRR": {3, 3, func(a *arguments) real { return periodic(a.list(0)).modified(a.number(1), a.number(2)) }},
	"SLN":  {3, 3, func(a *arguments) real { return straightLine(a.number(0), a.number(1), a.number(2)) }},
	"SYD":  {4, 4, func(a *arguments) real { return sumOfYears(a.number(0), a.number(1), a.number(2), a.number(3)) }},
	"DB": {4, 5, func(a *arguments) real {
		return fixedDeclining(a.number(0), a.number(1), a.number(2), a.number(3), a.optional(4, "12").floor())
	}},
	"DDB": {4, 5, func(a *arguments) real {
		return doubleDeclining(a.number(0), a.number(1), a.number(2), a.number(3), a.optional(4, "2"))
	}},
	"VDB": {5, 7, func(a *arguments) real {
		return variableDeclining(a.number(0), a.number(1), a.number(2), a.number(3), a.number(4), a.optional(5, "2"), a.optional(6, "0").sign() != 0)
	}},
	"PMT": {3, 5, func(a *arguments) real {
		return annuity(a.number(0), a.number(1), a.number(2), a.optional(3, "0"), a.optional(4, "0"))
	}},
	"PV": {3, 5, func(a *arguments) real {
		g, s := growth(a.number(0), a.number(1))
		return a.optional(3, "0").add(a.number(2).mul(s).mul(due(a.number(0), a.optional(4, "0")))).neg().quo(g)
	}},
	"FV": {3, 5, func(a *arguments) real {
		g, s := growth(a.number(0), a.number(1))
		return a.optional(3, "0").mul(g).add(a.number(2).mul(s).mul(due(a.number(0), a.optional(4, "0")))).neg()
	}},
	"EFFECT": {2, 2, func(a *arguments) real {
		n := a.number(1).floor()
		if n < 1 || a.number(0).sign() <= 0 {
			return real{}
		}
		return whole(1).add(a.number(0).quo(whole(n))).pow(n).sub(whole(1))
	}},
	"NOMINAL": {2, 2, func(a *arguments) real {
		n := a.number(1).floor()
		if n < 1 || a.number(0).sign() <= 0 {
			return real{}
		}
		return whole(1).add(a.number(0)).root(n).sub(whole(1)).mul(whole(n))
	}},
}

// growth returns (1+rate)^n and the final value of n payments of 1.
func growth(rate, n real) (g, payments real) {
	p, q := fraction(n)
	if g = whole(1).add(rate).power(p, q); rate.sign() == 0 {
		return g, n
	}
	return g, g.sub(whole(1)).quo(rate)
}

// due is the factor for payments at the beginning of a period (Excel's type 1).
func due(rate, kind real) real {
	if kind.sign() != 0 {
		return whole(1).add(rate)
	}
	return whole(1)
}

// annuity is PMT.
func annuity(rate, n, present, future, kind real) real {
	g, s := growth(rate, n)
	return present.mul(g).add(future).neg().quo(s.mul(due(rate, kind)))
}

// evaluate runs a call; an error names the argument that is wrong.
func (c Call) evaluate(where string) (CallResult, error) {
	name := strings.ToUpper(strings.TrimSpace(c.Function))
	f, ok := excelFunctions[name]
	if !ok {
		return CallResult{}, calc.Wrong(where+".function", "there is no function %q; use NPV, XNPV, IRR, XIRR, MIRR, SLN, SYD, DB, DDB, VDB, PMT, PV, FV, EFFECT or NOMINAL", c.Function)
	}
	if len(c.Args) < f.least || len(c.Args) > f.most {
		return CallResult{}, calc.Wrong(where+".args", "%s takes %d to %d arguments, not %d", name, f.least, f.most, len(c.Args))
	}
	a := &arguments{raw: c.Args, where: where}
	v := f.run(a)
	if a.err != nil {
		return CallResult{}, a.err
	}
	out := CallResult{Function: name, Value: value(v)}
	if !out.Value.Known() {
		out.Error = "#NUM!"
	}
	return out, nil
}

// arguments reads a call's arguments and keeps the first error.
type arguments struct {
	raw   []json.RawMessage
	where string
	err   error
}

func (a *arguments) fail(i int, want string) {
	if a.err == nil {
		a.err = calc.Wrong(fmt.Sprintf("%s.args[%d]", a.where, i), "must be %s", want)
	}
}

func (a *arguments) number(i int) real {
	switch strings.TrimSpace(string(a.raw[i])) {
	case "true":
		return whole(1)
	case "false", "null":
		return whole(0)
	}
	var n Number
	if err := json.Unmarshal(a.raw[i], &n); err != nil {
		a.fail(i, "a number")
		return whole(0)
	}
	return n.real()
}

func (a *arguments) optional(i int, otherwise string) real {
	if i >= len(a.raw) || string(a.raw[i]) == "null" {
		return fromText(otherwise)
	}
	return a.number(i)
}

// list reads a list of numbers, or a single one.
func (a *arguments) list(i int) []Number {
	var all []Number
	if err := json.Unmarshal(a.raw[i], &all); err == nil {
		return all
	}
	var one Number
	if err := json.Unmarshal(a.raw[i], &one); err != nil {
		a.fail(i, "a list of numbers")
	}
	return []Number{one}
}

// flows reads a list of amounts and one of days.
func (a *arguments) flows(amounts, dates int) []Flow {
	var days []json.RawMessage
	if err := json.Unmarshal(a.raw[dates], &days); err != nil {
		a.fail(dates, "a list of dates")
		return []Flow{{}}
	}
	all := a.list(amounts)
	if len(days) != len(all) || len(all) == 0 {
		a.fail(dates, fmt.Sprintf("a list of %d dates, one for each amount", len(all)))
		return []Flow{{}}
	}
	flows := make([]Flow, len(all))
	for i, raw := range days {
		flows[i].Amount = all[i]
		var serial int
		if err := json.Unmarshal(raw, &flows[i].Date); err == nil && flows[i].Date != 0 {
			continue
		}
		if err := json.Unmarshal(raw, &serial); err != nil || serial < 61 || serial > 2958465 {
			a.fail(dates, "dates as YYYY-MM-DD or Excel's day numbers from 61 (1900-03-01)")
			return []Flow{{}}
		}
		flows[i].Date = worktime.MustDate("1899-12-30").AddDays(serial)
	}
	return flows
}

// fromFirst refuses days before the first flow's, as Excel does.
func (a *arguments) fromFirst(flows []Flow) series {
	for _, f := range flows {
		if f.Date < flows[0].Date {
			return series{unit: 365, points: []point{{amount: real{}}}}
		}
	}
	return dated(flows)
}

// quote is the root that Excel's search from guess finds: the nearest one.
func (a *arguments) quote(s series, guess real) real {
	if s.oneSided() || guess.cmp(whole(-1)) <= 0 || s.tooMany() {
		return real{}
	}
	var best real
	for _, r := range s.rates() {
		if !best.ok() || r.sub(guess).abs().less(best.sub(guess).abs()) {
			best = r
		}
	}
	if best.ok() {
		return snap(best)
	}
	return best
}
