package xer

import (
	"strings"
	"testing"

	"steward/engine/schedule/workcal"
)

const fiveDays = "(0||CalendarData()(\x7f\x7f(0||DaysOfWeek()((0||1()())(0||2()((0||0(s|08:00|f|12:00)())(0||1(s|13:00|f|17:00)())))(0||3()((0||0(s|22:00|f|00:00)())))))(0||VIEW(ShowTotal|N)())(0||Exceptions()((0||0(d|46030)())(0||1(d|46031)((0||0(s|09:00|f|10:00)()))))))) "

func TestCalendarTextIsReadWithItsExceptions(t *testing.T) {
	c, err := Calendar("five", strings.TrimSpace(fiveDays))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		from, to string
		hours    int64
	}{{"2026-01-05", "2026-01-06", 8}, {"2026-01-06", "2026-01-07", 2}, {"2026-01-08", "2026-01-09", 0}, {"2026-01-09", "2026-01-10", 1}} {
		a, _, _ := workcal.Parse(x.from)
		b, _, _ := workcal.Parse(x.to)
		if got := c.Between(a, b) / workcal.Hour; got != x.hours {
			t.Errorf("%s has %d hours, want %d", x.from, got, x.hours)
		}
	}
}

func TestTablesKeepTheirRowsAndLines(t *testing.T) {
	tables, err := Decode([]byte("ERMHDR\t1\n%T\tA\n%F\tx\ty\n%R\t1\tM\xfcller\n%T\tB\n%F\tz\n%R\t9\n%E\n%R\tno"), "A")
	if err != nil {
		t.Fatal(err)
	}
	if len(tables["B"]) != 0 || len(tables["A"]) != 1 {
		t.Fatalf("%v", tables)
	}
	if r := tables["A"][0]; r.Line != 4 || r.Get("y") != "Müller" || r.Get("nothing") != "" {
		t.Errorf("%+v", r)
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add(fiveDays)
	f.Add("(0||CalendarData()())")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Calendar("x", s)
		if err != nil {
			return
		}
		from := c.Next(0)
		if end := c.Add(from, workcal.Hour); end < from {
			t.Fatalf("an hour from %d ends at %d", from, end)
		}
	})
}
