package worktime

import (
	"strings"
	"testing"
)

const feed = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20270102\r\nSUMMARY:Company\\, closed\r\n over Christmas\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20250613\r\nRRULE:FREQ=YEARLY;UNTIL=20270701\r\nSUMMARY:Founders' day\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;TZID=\"Europe/Berlin\":20260601T090000\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260701\r\nTRANSP:TRANSPARENT\r\nSUMMARY:Somebody's birthday\r\nEND:VEVENT\r\n" +
	"END:VCALENDAR\r\n"

func TestOnlyAllDayEventsThatBlockTimeCloseADay(t *testing.T) {
	days, skipped, err := ReadICS([]byte(feed), MustDate("2026-01-01"), MustDate("2027-12-31"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range days {
		got = append(got, d.Date.String())
	}
	want := "2026-06-13 2026-12-24 2026-12-25 2026-12-26 2026-12-27 2026-12-28 2026-12-29 2026-12-30 2026-12-31 2027-01-01 2027-06-13"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if days[1].Name != "Company, closedover Christmas" {
		t.Errorf("name %q", days[1].Name)
	}
	if len(skipped) != 2 || !strings.Contains(skipped[0], "Meeting: has a time of day") || !strings.Contains(skipped[1], "leaves the time free") {
		t.Errorf("skipped %q", skipped)
	}
}

func TestAFeedOfHolidaysCountsThoughItLeavesTheTimeFree(t *testing.T) {
	for _, tt := range []struct{ what, events, want, skipped string }{
		{"published holidays", "DTSTART;VALUE=DATE:20260501\nTRANSP:TRANSPARENT\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260525\nTRANSP:TRANSPARENT", "2026-05-01 2026-05-25", ""},
		{"midnight to midnight", "DTSTART;TZID=Europe/Berlin:20261224T000000\nDTEND;TZID=Europe/Berlin:20261226T000000", "2026-12-24 2026-12-25", ""},
		{"from midnight on", "DTSTART:20261224T000000", "", "has a time of day"},
		{"until noon", "DTSTART:20261224T000000\nDTEND:20261224T120000", "", "has a time of day"},
		{"a day moved, one called off", "UID:a\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20260112\nEND:VEVENT\n" +
			"BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20260119\nDTSTART;VALUE=DATE:20260120\nEND:VEVENT\n" +
			"BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;VALUE=DATE:20260126\nDTSTART;VALUE=DATE:20260126\nSTATUS:CANCELLED", "2026-01-05 2026-01-20", "cancelled"},
	} {
		days, skipped, err := ReadICS([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\n"+tt.events+"\nEND:VEVENT\nEND:VCALENDAR\n"), MustDate("2026-01-01"), MustDate("2026-12-31"))
		var got []string
		for _, d := range days {
			got = append(got, d.Date.String())
		}
		if err != nil || strings.Join(got, " ") != tt.want || !strings.Contains(strings.Join(skipped, " "), tt.skipped) {
			t.Errorf("%s: got %v, skipped %q, %v; want %s", tt.what, got, skipped, err, tt.want)
		}
	}
}

func TestAnOwnDayWinsOverTheFeed(t *testing.T) {
	in := CalendarInput{
		ICS: "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261224\nDTEND:20261226\nEND:VEVENT\nEND:VCALENDAR\n",
		Own: []OwnDay{{Date: MustDate("2026-12-24"), Hours: []Span{{8 * 60, 12 * 60}}}},
	}
	cal, _, err := in.calendar("calendar")
	if err != nil || !cal.IsWorkday(MustDate("2026-12-24")) || cal.IsWorkday(MustDate("2026-12-25")) {
		t.Errorf("the 24th is half a day by hand, the 25th is free by the feed: %v", err)
	}
	in.Own = append(in.Own, OwnDay{})
	if _, _, err := in.calendar("calendar"); err == nil || err.Error() != "calendar.own[1]: give either date or yearly" {
		t.Errorf("got %v", err)
	}
}

func TestRecurrencesFallWhereTheStandardSays(t *testing.T) {
	for _, tt := range []struct{ start, rule, want string }{
		{"19970902", "FREQ=DAILY;COUNT=3", "1997-09-02 1997-09-03 1997-09-04"},
		{"19970902", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,TH", "1997-09-02 1997-09-04 1997-09-16 1997-09-18"},
		{"19970905", "FREQ=MONTHLY;COUNT=3;BYDAY=1FR", "1997-09-05 1997-10-03 1997-11-07"},
		{"19970922", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09-22 1997-10-20 1997-11-17"},
		{"19970928", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "1997-09-28 1997-10-29 1997-11-28"},
		{"19970519", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05-19 1998-05-18 1999-05-17"},
		{"19970313", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4", "1997-03-13 1997-03-20 1997-03-27 1998-03-05"},
		{"20200229", "FREQ=YEARLY;COUNT=3", "2020-02-29 2024-02-29 2028-02-29"},
		{"19961105", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3", "1996-11-05 2000-11-07 2004-11-02"},
		{"19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04 1997-10-07 1997-11-06"},
		{"19970929", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4", "1997-09-29 1997-10-30 1997-11-27 1997-12-30"},
		{"20260131", "FREQ=MONTHLY;COUNT=3", "2026-01-31 2026-03-31 2026-05-31"},
	} {
		r, err := parseRecurrence(tt.rule)
		if err != nil {
			t.Fatal(err)
		}
		d, err := icsDate(tt.start)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, day := range r.starts(d, MinDate, MustDate("2040-01-01")) {
			got = append(got, day.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.start, tt.rule, strings.Join(got, " "), tt.want)
		}
	}
}

func TestAWrongFeedNamesItsLine(t *testing.T) {
	for want, in := range map[string]string{
		"line 1":                       "hello",
		"line 2: \"hm\"":               "BEGIN:VCALENDAR\nhm\n",
		"line 3: DTSTART":              "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261301\nEND:VEVENT\n",
		"line 2: the event has no DTS": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\n",
		"line 2: the event has no END": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201\n",
		"BYWEEKNO is not supported":    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201\nRRULE:FREQ=YEARLY;BYWEEKNO=1\nEND:VEVENT\n",
	} {
		if _, _, err := ReadICS([]byte(in), MinDate, MaxDate); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func FuzzReadICS(f *testing.F) {
	f.Add([]byte(feed))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261201\nDURATION:P2W\nRRULE:FREQ=DAILY;INTERVAL=1000\nEXDATE:20261201T000000Z\nEND:VEVENT\n"))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:00010101\nRRULE:FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2\nEND:VEVENT\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		from, to := MustDate("2026-01-01"), MustDate("2036-12-31")
		days, _, err := ReadICS(data, from, to)
		if err != nil && days != nil {
			t.Error("both days and an error")
		}
		for i, d := range days {
			if d.Date < from || d.Date > to || i > 0 && days[i-1].Date >= d.Date {
				t.Fatalf("day %d is %s", i, d.Date)
			}
		}
	})
}

func FuzzCalendarInput(f *testing.F) {
	f.Add([]byte(`{"mon-fri":["08:00-12:00","13:00-17:00"],"sat":["22:00-06:00"]}`))
	f.Add([]byte(`{"mon-sun":["00:00-24:00"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var w Week
		if w.UnmarshalJSON(data) != nil {
			return
		}
		c, err := NewCalendar(Rules{Week: w})
		if err != nil {
			return
		}
		from := MustDate("2026-01-01").Start(c.Location())
		to, err := c.AddWorkingTime(from, 100*60*60*1e9)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.WorkingTimeBetween(from, to); got != 100*60*60*1e9 {
			t.Errorf("100 h became %s", got)
		}
	})
}
