package main

import (
	"strings"
	"testing"
)

func TestCashflowAnswersOnTheCommandLine(t *testing.T) {
	for _, tt := range []struct {
		in   string
		path string
		want any
	}{
		{`{"amounts": [-100, 60, 60], "rate": 0.1}`, "npv", 4.1322314049586777},
		{`{"amounts": [-100, 60, 60], "rate": 0.1}`, "npv_excel", 3.7565740045078888},
		{`{"amounts": [-100, 60]}`, "payback.first", "never"},
		{`{"amounts": [-100, 110]}`, "irr.quote", 0.1},
		{`{"flows": [{"date": "2026-01-01", "amount": -100}, {"date": "2027-01-01", "amount": "110"}]}`, "xirr.quote", 0.1},
		{`{"depreciation": {"method": "ddb", "cost": 2400, "salvage": 300, "life": 10, "period": 1}}`, "depreciation.value", 480.0},
		{`{"depreciation": {"method": "vdb", "cost": 2400, "salvage": 300, "life": 10, "start_period": 0, "end_period": 0.875, "factor": 1.5}}`, "depreciation.value", 315.0},
		{`{"loan": {"principal": 100000, "rate": 0.05, "periods": 120}}`, "loan.payment", 1060.66},
	} {
		if got := answer(t, "cashflow", tt.in, strings.Split(tt.path, ".")...); got != tt.want {
			t.Errorf("%s: %s = %v, want %v", tt.in, tt.path, got, tt.want)
		}
	}
	excel := answer(t, "cashflow", `{"excel": [{"function": "DB", "args": [1000000, 100000, 6, 7, 7]}, {"function": "DDB", "args": [1, 0, 1, 2]}]}`, "excel").([]any)
	if v := excel[0].(map[string]any)["value"].(float64); v < 15845.09 || v > 15845.11 {
		t.Errorf("DB = %v, want 15845.10", v)
	}
	if e := excel[1].(map[string]any); e["value"] != nil || e["error"] != "#NUM!" {
		t.Errorf("DDB past the life = %v, want #NUM!", e)
	}
}

func TestCashflowNamesTheWrongPlace(t *testing.T) {
	refused(t, "cashflow", `{}`, "amounts: is missing")
	refused(t, "cashflow", `{"amounts": [1, "x"]}`, "x is not a decimal number")
	refused(t, "cashflow", `{"amounts": [-1, 2], "rate": -1}`, "rate: must be above -1")
	refused(t, "cashflow", `{"flows": [{"amount": 3}]}`, "flows[0].date: is missing")
	refused(t, "cashflow", `{"depreciation": {"method": "magic", "cost": 1}}`, "depreciation.method: \"magic\" is not known")
	refused(t, "cashflow", `{"depreciation": {"method": "macrs", "cost": 1, "class": 4}}`, "class 4 is not a recovery period")
	refused(t, "cashflow", `{"excel": [{"function": "SLN", "args": [1, 2]}]}`, "excel[0].args: SLN takes 3 to 3 arguments")
	refused(t, "cashflow", `{"loan": {"principal": 0, "rate": 0, "periods": 1}}`, "loan.principal: must be more than 0")
}
