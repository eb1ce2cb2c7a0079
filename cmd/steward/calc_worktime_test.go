package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// calculate runs `steward calc NAME` on in and returns what it wrote and its exit code.
func calculate(t *testing.T, name, in string, flags ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	s := streams{in: strings.NewReader(in), out: &o, err: &e}
	code = run(t.Context(), s, append([]string{"calc", name, "-"}, flags...))
	return o.String(), e.String(), code
}

// answer runs a calculation that must succeed and returns the JSON value at a path of keys.
func answer(t *testing.T, name, in string, path ...string) any {
	t.Helper()
	out, errs, code := calculate(t, name, in)
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, errs)
	}
	var v any
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatal(err)
	}
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// refused runs a calculation that must be refused and checks its one line.
func refused(t *testing.T, name, in, want string) {
	t.Helper()
	out, errs, code := calculate(t, name, in)
	if code != exitUsage || out != "" || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, want) {
		t.Errorf("%s: exit %d, output %q, error %q, want one line with %q", in, code, out, errs, want)
	}
}

const berlin = `"calendar": {"week": {"mon-fri": ["08:00-18:00"]}, "time_zone": "Europe/Berlin", "holidays": ["DE-BY"]}`

func TestWorktimeAnswersOnTheCommandLine(t *testing.T) {
	for _, tt := range []struct {
		in   string
		path string
		want any
	}{
		{`{"operation": "add", "from": "2026-11-23 17:00", "duration": "4h", ` + berlin + `}`, "moment", "2026-11-24T11:00:00+01:00"},
		{`{"operation": "add", "from": "2026-11-24T10:00:00Z", "duration": "-PT4H", ` + berlin + `}`, "moment", "2026-11-23T17:00:00+01:00"},
		{`{"operation": "add", "from": "2026-01-05", "days": 1, ` + berlin + `}`, "date", "2026-01-07"},
		{`{"operation": "between", "from": "2026-11-23 17:00", "to": "2026-11-24 11:00", ` + berlin + `}`, "working", "4h"},
		{`{"operation": "workdays", "from": "2026-01-01", "to": "2027-01-01", ` + berlin + `}`, "workdays", 252.0},
		{`{"operation": "contract", "on": "2026-02-11", "contract": {"end": "2025-08-28", "renew_months": 12, "notice_months": 2}}`, "contract.notice_due", "2026-06-26"},
		{`{"operation": "contract", "on": "2026-02-11", "contract": {"end": "2025-08-28", "renew_months": 12, "notice_months": 2}}`, "contract.notice_by_contract", "2026-06-28"},
		{`{"operation": "contract", "on": "2026-02-11", "contract": {"end": "2025-08-28", "renew_months": 12, "notice_months": 2}}`, "contract.current_end", "2026-08-28"},
		{`{"operation": "sla", "sla": {"targets": {"P3": {"within": "4h"}}, "priority": "P3", "opened": "2026-11-23 17:00"}, ` + berlin + `}`, "sla.due", "2026-11-24T11:00:00+01:00"},
	} {
		if got := answer(t, "worktime", tt.in, strings.Split(tt.path, ".")...); got != tt.want {
			t.Errorf("%s: %s = %v, want %v", tt.in, tt.path, got, tt.want)
		}
	}
	days := answer(t, "worktime", `{"operation": "holidays", "year": 2026, "calendar": {"holidays": ["PL"]}}`, "holidays").([]any)
	if len(days) != 14 {
		t.Errorf("Poland has %d public holidays in 2026, want 14", len(days))
	}
}

func TestWorktimeNamesTheWrongPlace(t *testing.T) {
	refused(t, "worktime", `{"operation": "guess"}`, "operation: \"guess\" is not known")
	refused(t, "worktime", `{"operation": "add", "duration": "4h"}`, "from: is missing")
	refused(t, "worktime", `{"operation": "add", "from": "monday", "duration": "4h"}`, "from: \"monday\" is not a moment")
	refused(t, "worktime", `{"operation": "add", "from": "2026-01-01 10:00", "duration": "4 days"}`, "not a length of working time")
	refused(t, "worktime", `{"operation": "add", "from": "2026-01-01 10:00", "duration": "4h", "calendar": {"time_zone": "Mars"}}`, "calendar.time_zone: \"Mars\"")
	refused(t, "worktime", `{"operation": "holidays", "year": 2026, "calendar": {"holidays": ["XX"]}}`, "no holidays for country \"XX\"")
	refused(t, "worktime", `{"operation": "contract", "on": "2026-02-11", "contract": {"renew_months": 12}}`, "contract.end: is missing")
	refused(t, "worktime", `{"operation": "add", "from": "2026-01-01 10:00", "duration": "4h", "calendar": {"week": {"mon": ["08:00-12:00", "11:00-13:00"]}}}`, "mon: 08:00-12:00 and 11:00-13:00 overlap")
}

func TestWorktimeExplainsAndDescribesItself(t *testing.T) {
	_, why, code := calculate(t, "worktime", `{"operation": "add", "from": "2026-11-23 17:00", "duration": "4h", `+berlin+`}`, "--explain")
	if code != exitDone || !strings.Contains(why, "off hours") || !strings.Contains(why, "together 4h") {
		t.Errorf("exit %d, explained: %s", code, why)
	}
	out, _, code := calculate(t, "worktime", "", "--schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(out), &schema); err != nil || code != exitDone {
		t.Errorf("schema: exit %d, %v", code, err)
	}
}
