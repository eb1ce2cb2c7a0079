package worktime

import (
	"testing"
	"testing/quick"
)

func TestARenewedContractIsNotOverAndItsNoticeFallsOnAWorkingDay(t *testing.T) {
	c := ContractTerm{End: MustDate("2025-08-28"), RenewMonths: 12, NoticeMonths: 2, LeadDays: 30}
	got := c.Seen(MustDate("2026-02-11"), nil)
	want := ContractDates{
		CurrentEnd: MustDate("2026-08-28"), Renewals: 1,
		NoticeByContract: MustDate("2026-06-28"), NoticeDue: MustDate("2026-06-26"),
		DecideBy: MustDate("2026-05-27"), DecideByContract: MustDate("2026-05-29"), DaysToNotice: 135,
		EarliestEnd: MustDate("2026-08-28"), EarliestNotice: MustDate("2026-06-26"),
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestTheRuleOfTheContractMovesTheNoticeDate(t *testing.T) {
	for rule, want := range map[Rule]string{"": "2026-06-26", Earlier: "2026-06-26", None: "2026-06-28", Later: "2026-06-29"} {
		c := ContractTerm{End: MustDate("2026-08-28"), NoticeMonths: 2, Rule: rule}
		d := c.Seen(MustDate("2026-02-11"), nil)
		if d.NoticeDue.String() != want || d.NoticeByContract.String() != "2026-06-28" {
			t.Errorf("rule %q: notice due %s by contract %s, want %s", rule, d.NoticeDue, d.NoticeByContract, want)
		}
	}
}

func TestNoticeAvoidsTheHolidaysOfThePlace(t *testing.T) {
	cal := mustCalendar(t, Rules{Places: []Place{{"DE", ""}}})
	c := ContractTerm{End: MustDate("2026-06-30"), NoticeMonths: 2, NoticeDays: 29}
	d := c.Seen(MustDate("2026-01-02"), cal)
	// 2026-04-30 less 29 days is 1 April; then Good Friday week: use Easter Monday.
	if d.NoticeDue.String() != "2026-04-01" {
		t.Errorf("notice due %s", d.NoticeDue)
	}
	c.NoticeDays = 24 // Easter Monday, 6 April
	if d = c.Seen(MustDate("2026-01-02"), cal); d.NoticeByContract.String() != "2026-04-06" || d.NoticeDue.String() != "2026-04-02" {
		t.Errorf("notice by contract %s, due %s; want Thursday before Good Friday", d.NoticeByContract, d.NoticeDue)
	}
}

func TestAMissedNoticeShowsTheNextWayOut(t *testing.T) {
	c := ContractTerm{End: MustDate("2026-03-31"), RenewMonths: 12, NoticeMonths: 3}
	d := c.Seen(MustDate("2026-01-05"), nil)
	if !d.NoticeMissed || d.EarliestEnd.String() != "2027-03-31" || d.EarliestNotice.String() != "2026-12-31" {
		t.Errorf("%+v", d)
	}
	// Notice longer than the renewal skips several terms.
	c = ContractTerm{End: MustDate("2026-01-31"), RenewMonths: 1, NoticeMonths: 6}
	if d = c.Seen(MustDate("2026-01-05"), nil); d.EarliestEnd.String() != "2026-07-31" || d.EarliestNotice.String() != "2026-01-30" {
		t.Errorf("monthly contract with six months' notice ends %s by notice on %s", d.EarliestEnd, d.EarliestNotice)
	}
}

func TestRenewalsNeverLoseTheLastDayOfTheMonth(t *testing.T) {
	c := ContractTerm{End: MustDate("2025-01-31"), RenewMonths: 1}
	for on, want := range map[string]string{"2025-02-15": "2025-02-28", "2025-02-28": "2025-03-31", "2025-04-01": "2025-04-30", "2025-01-31": "2025-02-28", "2025-01-30": "2025-01-31"} {
		if got := c.Seen(MustDate(on), nil).CurrentEnd.String(); got != want {
			t.Errorf("on %s the term ends %s, want %s", on, got, want)
		}
	}
}

func TestAContractStopsRenewing(t *testing.T) {
	c := ContractTerm{End: MustDate("2024-12-31"), RenewMonths: 12, MaxRenewals: 1}
	d := c.Seen(MustDate("2026-06-01"), nil)
	if d.CurrentEnd.String() != "2025-12-31" || d.Renewals != 1 || !d.Ended {
		t.Errorf("%+v", d)
	}
	plain := ContractTerm{End: MustDate("2026-06-01")}
	if plain.Seen(MustDate("2026-06-01"), nil).Ended || !plain.Seen(MustDate("2026-06-02"), nil).Ended {
		t.Error("a contract runs through its last day and not beyond")
	}
}

func TestAnOpenEndedContractEndsAtThePermittedDay(t *testing.T) {
	c := ContractTerm{Start: MustDate("2020-01-01"), NoticeMonths: 3, EndsAt: QuarterEnd}
	d := c.Seen(MustDate("2026-02-11"), nil)
	if d.EarliestEnd.String() != "2026-06-30" || d.EarliestNotice.String() != "2026-03-30" || d.CurrentEnd != 0 {
		t.Errorf("%+v", d)
	}
	c.EndsAt = ""
	if d = c.Seen(MustDate("2026-02-11"), nil); d.EarliestEnd.String() != "2026-05-11" {
		t.Errorf("%+v", d)
	}
}

func TestTheRunningTermIsTheFirstOneThatEndsAfterToday(t *testing.T) {
	base := MustDate("2020-01-01")
	check := func(end, on uint16, renew, notice uint8) bool {
		c := ContractTerm{End: base + Date(end%6000), RenewMonths: 1 + int(renew%60), NoticeMonths: int(notice % 24)}
		day := base + Date(on%12000)
		d := c.Seen(day, nil)
		before := c.End.AddMonths((d.Renewals - 1) * c.RenewMonths)
		return d.CurrentEnd > day && (d.Renewals == 0 || before <= day) &&
			d.NoticeDue <= d.NoticeByContract && d.DecideBy <= d.NoticeDue && (d.EarliestNotice >= day) && d.EarliestEnd >= d.CurrentEnd
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 5000}); err != nil {
		t.Error(err)
	}
}

func TestAWrongTermNamesItsField(t *testing.T) {
	for field, c := range map[string]ContractTerm{
		"end":           {RenewMonths: 12},
		"renew_months":  {End: 1, RenewMonths: -1},
		"notice_months": {NoticeMonths: -1},
		"rule":          {Rule: "sometimes"},
		"ends_at":       {EndsAt: "week"},
		"lead_days":     {LeadDays: -3},
		"max_renewals":  {MaxRenewals: -1},
		"notice_days":   {NoticeDays: 1 << 30},
	} {
		if got, _ := c.Check(); got != field {
			t.Errorf("Check(%+v) names %q, want %q", c, got, field)
		}
	}
}
