package worktime

import (
	"encoding/json"
	"testing"
	"time"

	"steward/engine/calc"
)

func TestLengthsOfTimeAreReadAndWritten(t *testing.T) {
	for in, want := range map[string]string{"4h": "4h", "PT4H": "4h", "90m": "1h30m", "pt1h30m": "1h30m", "-30m": "-30m", "45s": "45s", "0h": "0h", "-PT1H": "-1h"} {
		d, err := ParseDuration(in)
		if err != nil || Length(d).String() != want {
			t.Errorf("%s is %s, %v; want %s", in, Length(d), err, want)
		}
	}
	for _, in := range []string{"", "4", "2d", "P2D", "P1DT4H", "h", "--1h", "1h-5m"} {
		if d, err := ParseDuration(in); err == nil {
			t.Errorf("%q became %s", in, d)
		}
	}
}

func TestAWallTimeThatTheClockShowsTwiceIsTheFirst(t *testing.T) {
	cal := mustCalendar(t, Rules{Location: zone(t, "Europe/Berlin")})
	first, err := moment("from", "2026-10-25 02:30:15", cal)
	if err != nil || !first.Equal(time.Date(2026, 10, 25, 0, 30, 15, 0, time.UTC)) {
		t.Errorf("%s, %v", first, err)
	}
	second, err := moment("from", "2026-10-25T02:30:15+01:00", cal)
	if err != nil || second.Sub(first) != time.Hour {
		t.Errorf("%s, %v", second, err)
	}
}

func TestACenturyIsCountedAndAMillenniumRefused(t *testing.T) {
	ask := func(to string) (Output, error) {
		in, err := calc.Decode[Input]([]byte(`{"operation": "between", "from": "1926-01-01 00:00", "to": "` + to + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := solve(t.Context(), in)
		return out, err
	}
	if out, err := ask("2026-01-01 00:00"); err != nil || *out.Minutes != float64(*out.Workdays*600) {
		t.Errorf("100 years: %v minutes, %v days, %v", out.Minutes, out.Workdays, err)
	}
	if _, err := ask("9999-12-31 00:00"); err == nil || err.Error() != "to: lies more than 200 years from from" {
		t.Errorf("8,000 years: %v", err)
	}
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte(`{"operation": "add", "from": "2026-11-23 17:00", "duration": "4h", "calendar": {"week": {"mon-fri": ["08:00-18:00"]}, "time_zone": "Europe/Berlin", "holidays": ["DE-BY"]}}`))
	f.Add([]byte(`{"operation": "between", "from": "2026-10-24T00:00:00Z", "to": "2026-01-01 12:00", "calendar": {"own": [{"yearly": "02-29"}, {"date": "2026-05-01", "hours": ["22:00-06:00"]}]}}`))
	f.Add([]byte(`{"operation": "contract", "on": "2026-02-11", "contract": {"end": "2025-08-28", "renew_months": 12, "notice_months": 2, "rule": "later", "lead_days": 9}}`))
	f.Add([]byte(`{"operation": "contract", "on": "9999-12-31", "contract": {"notice_months": 3, "ends_at": "quarter"}}`))
	f.Add([]byte(`{"operation": "sla", "sla": {"targets": {"a": {"within": "4h"}, "b": {"within": "1h", "calendar": {"week": {"mon-sun": ["00:00-24:00"]}}}}, "priority": "a", "opened": "2026-01-01 10:00",
		"events": [{"at": "2026-01-02 10:00", "kind": "pause"}, {"at": "2026-01-03 10:00", "kind": "priority", "priority": "b"}], "thresholds": [{"percent": 50}, {"before": "30m"}, {"after": "1h"}]}}`))
	f.Add([]byte(`{"operation": "holidays", "year": 2026, "calendar": {"holidays": ["HU", "GB-SCT"], "customary": true}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := calc.Decode[Input](data)
		if err != nil {
			return
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
