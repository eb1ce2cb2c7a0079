package workcal

import (
	"math/rand/v2"
	"testing"
)

func office(t testing.TB, exceptions ...Exception) *Calendar {
	c, err := New("office", Office(), exceptions)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(t testing.TB, s string) int64 {
	v, _, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAddCrossesNightsWeekendsAndHolidays(t *testing.T) {
	holiday := at(t, "2026-01-06") / Day
	c := office(t, Exception{From: holiday, To: holiday})
	for _, x := range []struct {
		from string
		work int64
		want string
	}{
		{"2026-01-05T08:00", 8 * Hour, "2026-01-05T17:00"},
		{"2026-01-05T08:00", 9 * Hour, "2026-01-07T09:00"},
		{"2026-01-05T11:00", 2 * Hour, "2026-01-05T14:00"},
		{"2026-01-09T16:00", 2 * Hour, "2026-01-12T09:00"},
		{"2026-01-07T09:00", -9 * Hour, "2026-01-05T08:00"},
		{"2026-01-12T08:00", -8 * Hour, "2026-01-09T08:00"},
		{"2026-01-10T12:00", 0, "2026-01-10T12:00"},
	} {
		if got := Format(c.Add(at(t, x.from), x.work)); got != x.want {
			t.Errorf("%s plus %d h: got %s, want %s", x.from, x.work/Hour, got, x.want)
		}
	}
}

// Walking minute by minute gives the same answers, and going back returns.
func TestCalendarAgreesWithCountingMinutes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var week Week
		for d := range week {
			for from := int64(rng.IntN(600)); from < 1400 && rng.IntN(3) > 0; from += int64(rng.IntN(500)) + 1 {
				to := min(from+int64(rng.IntN(200))+1, 1440)
				week[d] = append(week[d], Span{from * Minute, to * Minute})
				from = to
			}
		}
		base := at(t, "2026-03-01") / Day
		ex := Exception{From: base + int64(rng.IntN(9)), To: base + 9 + int64(rng.IntN(4)), Spans: []Span{{9 * Hour, 10 * Hour}}}
		c, err := New("x", week, []Exception{ex})
		if err != nil {
			t.Fatal(err)
		}
		if c.Empty(base) {
			continue
		}
		from := (base+int64(rng.IntN(10)))*Day + int64(rng.IntN(1440))*Minute
		work, minute := int64(0), from
		to := from + int64(rng.IntN(8*1440))*Minute
		for ; minute < to; minute += Minute {
			if c.Works(minute) {
				work += Minute
			}
		}
		if got := c.Between(from, to); got != work {
			t.Fatalf("between %s and %s: got %d minutes, counted %d", Format(from), Format(to), got/Minute, work/Minute)
		}
		if c.Between(to, from) != -work {
			t.Fatal("backwards is not the negative of forwards")
		}
		if work == 0 {
			continue
		}
		end := c.Add(from, work)
		if end > to || c.Between(from, end) != work || !(c.Between(from, end-Minute) < work) {
			t.Fatalf("Add from %s by %d minutes gave %s", Format(from), work/Minute, Format(end))
		}
		back := c.Add(to, -work)
		if back < from || c.Between(back, to) != work {
			t.Fatalf("Add back from %s by %d minutes gave %s", Format(to), work/Minute, Format(back))
		}
		if n := c.Next(from); n < from || !c.Works(n) || c.Between(from, n) != 0 {
			t.Fatalf("Next of %s gave %s", Format(from), Format(n))
		}
		if p := c.Prev(to); p > to || c.Between(p, to) != 0 || !c.Works(p-Minute) {
			t.Fatalf("Prev of %s gave %s", Format(to), Format(p))
		}
	}
}

func TestAnEmptyCalendarNeverEnds(t *testing.T) {
	c, err := New("none", Week{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := at(t, "2026-01-05T08:00")
	if c.Add(now, Hour) != Far || c.Next(now) != Far || c.Add(now, -Hour) != Past || !c.Empty(now/Day) {
		t.Fatal("a calendar without work found some")
	}
}

func TestBothWorksWhenEachDoes(t *testing.T) {
	morning, err := New("morning", Week{nil, {{6 * Hour, 10 * Hour}}, {{6 * Hour, 10 * Hour}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := Both(office(t), morning)
	if got := c.Between(at(t, "2026-01-05"), at(t, "2026-01-12")); got != 4*Hour {
		t.Fatalf("got %d hours, want 4", got/Hour)
	}
}
