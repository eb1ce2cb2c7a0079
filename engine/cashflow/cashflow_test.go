package cashflow

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"steward/engine/calc"
	"steward/engine/worktime"
)

// answer solves a JSON input and returns the output as plain JSON values.
func answer(t *testing.T, in string) map[string]any {
	t.Helper()
	v, err := calc.Decode[Input]([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := solve(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// at follows a path such as irr.all.0 into JSON values.
func at(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func near(got any, want float64) bool {
	v, ok := got.(float64)
	return ok && math.Abs(v-want) <= 1e-9*math.Max(1, math.Abs(want))
}

func TestFiguresOfACashFlow(t *testing.T) {
	m := answer(t, `{"amounts": [-100, 60, 60], "rate": 0.1, "finance_rate": 0.1, "reinvest_rate": 0.12}`)
	for path, want := range map[string]float64{
		"npv": 4.13223140495867769, "npv_excel": 3.75657400450788881, "irr.quote": 0.13066238629180749, "irr.count": 1,
		"mirr": 0.12782977438973005, "payback.first": 5.0 / 3, "payback.last": 5.0 / 3, "discounted_payback.first": 1 + (100-60/1.1)/(60/1.21),
		"profitability_index": 1.0413223140495867, "benefit_cost_ratio": 1.0413223140495867, "roi.net_on_cost": 0.2, "roi.benefit_on_cost": 1.2,
		"roi.yearly": math.Sqrt(1.2) - 1, "equivalent_annual": 4.13223140495867769 * 0.1 / (1 - 1/1.21),
	} {
		if got := at(m, path); !near(got, want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
}

func TestEveryRateOfReturnIsFound(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []float64
	}{
		{`{"amounts": [-50, -100, 600, 300, -100]}`, []float64{-0.7688954706807807, 1.854417828456178}},
		{`{"amounts": [-1000, 6000, -11000, 6000]}`, []float64{0, 1, 2}},
		{`{"amounts": [-1, 2, -1]}`, []float64{0}}, // a double root
		{`{"amounts": [-1, 4, -5.0001, 2.0001]}`, []float64{0, 0.00010001000200050013, 0.9998999899979994}},
		{`{"amounts": [-4, 4, -1.0000001]}`, []float64{}}, // just misses
		{`{"amounts": [-100, 0, 0, -7]}`, []float64{}},
		{`{"amounts": [100, -50, 40]}`, []float64{}},
		{`{"amounts": [0, 0, -100, 110]}`, []float64{0.1}},
		{`{"flows": [{"date":"2020-01-01","amount":-1000},{"date":"2020-12-31","amount":6000},{"date":"2021-12-31","amount":-11000},{"date":"2022-12-31","amount":6000}]}`, []float64{0, 1, 2}},
		{`{"flows": [{"date":"2026-01-01","amount":-100},{"date":"2025-01-01","amount":-100},{"date":"2026-01-01","amount":220}]}`, []float64{0.2}},
	} {
		m := answer(t, tt.in)
		all := at(m, "irr.all")
		if all == nil {
			all = at(m, "xirr.all")
		}
		got, _ := all.([]any)
		if len(got) != len(tt.want) {
			t.Errorf("%s: rates %v, want %v", tt.in, got, tt.want)
			continue
		}
		for i := range got {
			if !near(got[i], tt.want[i]) {
				t.Errorf("%s: rates %v, want %v", tt.in, got, tt.want)
			}
		}
	}
}

func TestPlantedRootsComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		n := 1 + r.IntN(7)
		// Π (x - x_k) with well-known x_k > 0 has exactly these roots.
		coef := []real{whole(1)}
		var want []real
		for range n {
			x := fromText(strconv.Itoa(1 + r.IntN(5000))).quo(whole(1000))
			dup := false
			for _, w := range want {
				dup = dup || w.cmp(x) == 0
			}
			if dup {
				continue
			}
			want = append(want, x)
			next := make([]real, len(coef)+1)
			for i := range next {
				next[i] = whole(0)
				if i < len(coef) {
					next[i] = next[i].sub(coef[i].mul(x))
				}
				if i > 0 {
					next[i] = next[i].add(coef[i-1])
				}
			}
			coef = next
		}
		var terms []term
		for i, c := range coef {
			terms = append(terms, term{c, i})
		}
		got := positiveRoots(terms)
		if len(got) != len(want) {
			t.Fatalf("%d roots of %d found", len(got), len(want))
		}
		for _, w := range want {
			found := false
			for _, g := range got {
				found = found || g.sub(w).abs().less(tiny(120))
			}
			if !found {
				t.Fatalf("root %s is missing in %v", value(w), got)
			}
		}
	}
}

func TestThePresentValueAtARateOfReturnIsNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		var flows []Flow
		day := worktime.MustDate("2020-01-01")
		for range 2 + r.IntN(20) {
			flows = append(flows, Flow{day, N(strconv.Itoa(r.IntN(2001) - 1000))})
			day += worktime.Date(r.IntN(200))
		}
		s := dated(flows)
		for _, rate := range s.rates() {
			size := whole(0)
			for _, p := range s.points {
				size = size.add(p.amount.mul(s.factor(rate, p.at)).abs())
			}
			if s.present(rate).abs().cmp(size.mul(tiny(80))) > 0 {
				t.Fatalf("%v at %s is worth %s", flows, value(rate), value(s.present(rate)))
			}
		}
	}
}

func TestPaybackNamesTheFirstAndTheLastCrossing(t *testing.T) {
	for in, want := range map[string]string{
		`[-100, 150, -100, 100]`: "first after 0.67 periods, for good after 2.5",
		`[-100, 150, -100]`:      "after 0.67 periods, but later flows undo it",
		`[-100, 50]`:             "never",
		`[-100, 50, 50]`:         "after 2 periods",
		`[100, 50]`:              "after 0 periods",
	} {
		if got := at(answer(t, `{"amounts": `+in+`}`), "payback.text"); got != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}

func TestNeverIsAnAnswer(t *testing.T) {
	m := answer(t, `{"amounts": [-100, 150, -100]}`)
	if !near(at(m, "payback.first"), 2.0/3) || at(m, "payback.last") != "never" {
		t.Errorf("payback %v", at(m, "payback"))
	}
	if v, err := calc.Decode[Input]([]byte(`{"amounts": [` + strings.Repeat("-1,2,", 400) + `1]}`)); err != nil {
		t.Error(err)
	} else if _, _, err := solve(t.Context(), v); err == nil || !strings.Contains(err.Error(), "change sign 799 times") {
		t.Errorf("800 changes of sign: %v", err)
	}
}

func TestWithSeveralRatesTheQuotedOneAgreesWithThePresentValue(t *testing.T) {
	m := answer(t, `{"amounts": [-50, -100, 600, 300, -100], "rate": 0.1}`)
	if !near(at(m, "irr.quote"), 1.854417828456178) {
		t.Errorf("quoted %v: the flow is worth more than 0 at 10 %%, so the rate above 10 %%", at(m, "irr.quote"))
	}
	m = answer(t, `{"amounts": [-50, -100, 600, 300, -100], "rate": 0.1, "guess": -0.5}`)
	if !near(at(m, "irr.quote"), -0.7688954706807807) {
		t.Errorf("quoted %v, want the one nearest to the guess", at(m, "irr.quote"))
	}
}

func TestManyAmountsAreQuick(t *testing.T) {
	amounts := []string{"-172545.85"}
	for range 480 {
		amounts = append(amounts, "787.2352")
	}
	m := answer(t, `{"amounts": [`+strings.Join(amounts, ",")+`], "rate": 0.003}`)
	if !near(at(m, "irr.count"), 1) || !near(at(m, "irr.quote"), 0.0032616) && math.Abs(at(m, "irr.quote").(float64)-0.0033) > 0.001 {
		t.Errorf("irr %v", at(m, "irr"))
	}
}

func TestEqualCostsOfUnequalLives(t *testing.T) {
	m := answer(t, `{"tco": {"years": 6, "rate": 0.1, "options": [
		{"name": "short", "life": 2, "acquire": 1000, "run": [100]},
		{"name": "long", "life": 3, "acquire": 1300, "run": [100, 120]}]}}`)
	// EAC short: (1000 + 100/1.1 + 100/1.21)·0.1/(1-1.1^-2)
	if got, want := at(m, "tco.options.1.equivalent_annual_cost"), 676.19; at(m, "tco.best") != "long" || !near(got, want) {
		t.Errorf("best %v, short costs %v a year, want %v", at(m, "tco.best"), got, want)
	}
	// Over a common multiple of the lives the equivalent cost is the horizon's.
	for i := range 2 {
		present := at(m, "tco.options."+strconv.Itoa(i)+".present_value").(float64)
		yearly := at(m, "tco.options."+strconv.Itoa(i)+".equivalent_annual_cost").(float64)
		if eac := present * 0.1 / (1 - math.Pow(1.1, -6)); math.Abs(eac-yearly) > 0.011 {
			t.Errorf("option %d: %v over the horizon, %v over a life", i, eac, yearly)
		}
	}
}

func TestALoanIsPaidOffToTheCent(t *testing.T) {
	for _, in := range []string{
		`{"principal": 100000, "rate": 0.05, "periods": 120}`,
		`{"principal": 99999.99, "rate": 0.0725, "periods": 37, "kind": "linear"}`,
		`{"principal": 5000, "rate": 0.03, "periods": 8, "per_year": 4, "kind": "bullet"}`,
		`{"principal": 20000, "rate": 0.06, "periods": 48, "advance": true, "fee": 200}`,
		`{"principal": 20000, "rate": 0.06, "periods": 48, "balloon": 5000}`,
		`{"principal": 12000, "rate": 0, "periods": 7}`,
	} {
		m := answer(t, `{"loan": `+in+`}`)
		rows := at(m, "loan.schedule").([]any)
		paid, interest, principal := 0.0, 0.0, 0.0
		for _, r := range rows {
			paid, interest, principal = paid+at(r, "payment").(float64), interest+at(r, "interest").(float64), principal+at(r, "principal").(float64)
		}
		last := at(rows[len(rows)-1], "balance").(float64)
		if last != 0 || math.Abs(paid-interest-principal) > 1e-6 || !near(at(m, "loan.total_paid"), paid) {
			t.Errorf("%s: left %v, paid %v = %v + %v", in, last, paid, interest, principal)
		}
	}
	m := answer(t, `{"loan": {"principal": 100000, "rate": 0.05, "periods": 120, "first": "2026-01-31"}}`)
	if at(m, "loan.payment") != 1060.66 || at(m, "loan.schedule.1.date") != "2026-02-28" || !near(at(m, "loan.effective_rate"), 0.0511620) && math.Abs(at(m, "loan.effective_rate").(float64)-0.0511619) > 1e-6 {
		t.Errorf("payment %v, second on %v, effective %v", at(m, "loan.payment"), at(m, "loan.schedule.1.date"), at(m, "loan.effective_rate"))
	}
}

func TestALeaseUnwindsToNothing(t *testing.T) {
	for _, in := range []string{
		`{"payment": 1000, "periods": 36, "rate": 0.06}`,
		`{"payment": 1000, "periods": 36, "rate": 0.06, "advance": true, "increase": 0.02, "fair_value": 33000, "initial_cost": 500}`,
		`{"payment": 1000, "periods": 3, "per_year": 1, "rate": 0.05, "residual": 200}`,
	} {
		m := answer(t, `{"lease": `+in+`}`)
		rows := at(m, "lease.schedule").([]any)
		last, written := rows[len(rows)-1], 0.0
		for _, r := range rows {
			written += at(r, "depreciation").(float64)
		}
		paid := at(m, "lease.total_paid").(float64) - at(m, "lease.total_interest").(float64)
		if at(last, "liability") != 0.0 || at(last, "right_of_use") != 0.0 || !near(at(m, "lease.right_of_use"), written) || !near(at(m, "lease.liability"), paid) {
			t.Errorf("%s: last %v, written off %v, principal %v of %v", in, last, written, paid, at(m, "lease"))
		}
	}
	m := answer(t, `{"lease": {"payment": 1000, "periods": 3, "per_year": 1, "rate": 0.05}}`)
	if at(m, "lease.liability") != 2723.25 {
		t.Errorf("liability %v", at(m, "lease.liability"))
	}
}

func TestPriceClausesApplyInOrder(t *testing.T) {
	m := answer(t, `{"price": {"base": 1000, "start": "2025-01-01", "end": "2027-06-30", "every_months": 3,
		"steps": [{"from": "2026-01-01", "percent": 0.03}],
		"index": {"first": "2026-07-01", "share": 0.5, "cap": 0.04, "threshold": 0.02, "values": [
			{"from": "2024-12-01", "value": 100}, {"from": "2026-06-01", "value": 110}, {"from": "2027-06-01", "value": 111}]}}}`)
	for path, want := range map[string]float64{
		"price.periods.0.price": 1000, "price.periods.4.price": 1030, "price.periods.6.price": 1071.2, // 5 % capped to 4 %
		"price.years.0.amount": 4000, "price.years.1.amount": 4202.4, "price.years.2.amount": 2142.4, "price.total": 10344.8,
	} {
		if got := at(m, path); !near(got, want) {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	if why, _ := at(m, "price.periods.6.why").(string); !strings.Contains(why, "capped") {
		t.Errorf("why: %q", why)
	}
}

func FuzzInput(f *testing.F) {
	f.Add([]byte(`{"amounts": [-100, 60, 60], "rate": 0.1, "guess": 0.2}`))
	f.Add([]byte(`{"flows": [{"date": "2026-01-01", "amount": -100}, {"date": "2027-01-01", "amount": "110"}], "rate": -0.5}`))
	f.Add([]byte(`{"depreciation": {"method": "vdb", "cost": 100, "salvage": 10, "life": 12.7, "start": "2026-03-15", "by": "day", "changes": [{"after": 2, "life": 3, "value": 20}]}}`))
	f.Add([]byte(`{"loan": {"principal": 100, "rate": 0.1, "periods": 3}, "lease": {"payment": 10, "periods": 3, "rate": 0.1}}`))
	f.Add([]byte(`{"price": {"base": 1, "start": "2026-01-01", "end": "2026-12-31", "steps": [{"from": "2026-02-01", "percent": 1e9}]}}`))
	f.Add([]byte(`{"excel": [{"function": "DB", "args": [1, 0.1, 12.7, 13, 5]}, {"function": "PMT", "args": [0, 1e9, 5]}]}`))
	f.Add([]byte(`{"tco": {"years": 9, "rate": 0, "options": [{"name": "a", "life": 2, "acquire": 1}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := calc.Decode[Input](data)
		if err != nil {
			return
		}
		if len(in.Amounts) > 40 || len(in.Flows) > 40 || len(in.Excel) > 5 {
			return // slow, not wrong
		}
		out, _, err := solve(t.Context(), in)
		if err != nil {
			return
		}
		if _, err := json.Marshal(out); err != nil {
			t.Errorf("the answer is not JSON: %v", err)
		}
	})
}

func TestPresentValueAtARateOfReturnIsZeroAndNotAlmost(t *testing.T) {
	for _, amounts := range [][]string{{"-100", "240", "-143"}, {"1", "-3.3", "3.63", "-1.331"}} {
		var all []Number
		for _, a := range amounts {
			all = append(all, Number{N(a).Decimal})
		}
		if got := value(periodic(all).present(fromText("0.1"))).String(); got != "0" {
			t.Errorf("%v at 10 %%: got %s, want 0", amounts, got)
		}
	}
}
