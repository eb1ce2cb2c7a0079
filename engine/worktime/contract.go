package worktime

import "fmt"

// Rule says where a notice date goes that is not a working day.
type Rule string

// The working-day rules. Earlier is the default and the safe one: the law of
// most countries does not extend a notice period because its last day is a
// Sunday (in Germany BGH III ZR 172/04). None keeps the calendar date; Later
// moves it to the next working day, where a contract says so.
const (
	Earlier Rule = "earlier"
	None    Rule = "none"
	Later   Rule = "later"
)

// ContractTerm is what a contract says about its end.
type ContractTerm struct {
	Start Date `json:"start,omitzero" doc:"first day of the contract"`
	End   Date `json:"end,omitzero" doc:"end of the first term; absent for a contract without an end"`
	// RenewMonths is the tacit renewal: unless notice was given, the contract
	// goes on by so many months, again and again. 0: it simply ends.
	RenewMonths  int  `json:"renew_months,omitempty" doc:"months the contract renews by tacitly; 0: it ends"`
	MaxRenewals  int  `json:"max_renewals,omitempty" doc:"how often it renews at most; 0: without limit"`
	NoticeMonths int  `json:"notice_months,omitempty" doc:"months of notice before the end"`
	NoticeDays   int  `json:"notice_days,omitempty" doc:"days of notice before the end, in addition to the months"`
	Rule         Rule `json:"rule,omitempty" doc:"when the notice date is not a working day: earlier (default), none or later"`
	LeadDays     int  `json:"lead_days,omitempty" doc:"calendar days needed to decide before notice is due"`
	// EndsAt limits when a contract without an End may be ended by notice.
	EndsAt EndsAt `json:"ends_at,omitempty" doc:"a contract without an end can be ended at the end of a month, quarter or year only; absent: on any day"`
}

// EndsAt is the kind of day an open-ended contract can be ended at.
type EndsAt string

// The days an open-ended contract can end at; "" is any day.
const (
	MonthEnd   EndsAt = "month"
	QuarterEnd EndsAt = "quarter"
	YearEnd    EndsAt = "year"
)

// next returns the first such day on or after d.
func (e EndsAt) next(d Date) Date {
	y, m, _ := d.YMD()
	switch e {
	case MonthEnd:
		return d.LastOfMonth()
	case QuarterEnd:
		m = (m-1)/3*3 + 3
	case YearEnd:
		m = 12
	default:
		return d
	}
	return dayNumber(y, m, DaysIn(y, m))
}

// ContractDates is a contract's position on a day.
type ContractDates struct {
	// CurrentEnd is the first end after the day the contract is looked at,
	// renewals counted; when nothing renews (any more), the last end, which may
	// be past. Absent for a contract without an end.
	CurrentEnd Date `json:"current_end,omitzero" doc:"end of the running term"`
	Renewals   int  `json:"renewals" doc:"how often the contract has renewed so far"`
	Ended      bool `json:"ended" doc:"the contract is over"`
	// NoticeByContract is the last day for notice as the calendar counts it.
	NoticeByContract Date `json:"notice_by_contract,omitzero" doc:"last day for notice, counted by the calendar"`
	// NoticeDue is NoticeByContract on a working day, by the contract's rule.
	NoticeDue Date `json:"notice_due,omitzero" doc:"last working day for notice, by the contract's rule"`
	// DecideBy leaves LeadDays before NoticeDue and is a working day, unless
	// the rule is none. DecideByContract counts from NoticeByContract, unrolled.
	DecideBy         Date `json:"decide_by,omitzero" doc:"last working day to decide, leaving the lead time before notice is due"`
	DecideByContract Date `json:"decide_by_contract,omitzero" doc:"notice by contract less the lead time, by the calendar alone"`
	NoticeMissed     bool `json:"notice_missed" doc:"the day for notice has passed for the running term"`
	DecisionMissed   bool `json:"decision_missed" doc:"the day to decide has passed for the running term"`
	DaysToNotice     int  `json:"days_to_notice" doc:"days until notice is due, negative when it is past"`
	// EarliestEnd is when the contract can end if notice is given now.
	EarliestEnd    Date `json:"earliest_end,omitzero" doc:"when the contract ends if notice is given today"`
	EarliestNotice Date `json:"earliest_notice,omitzero" doc:"the notice date, on a working day, that belongs to earliest_end"`
}

// Check reports what is wrong with the term, naming the field by its JSON name.
func (c ContractTerm) Check() (field, problem string) {
	const most = 12 * 200
	switch {
	case c.Start != 0 && c.End != 0 && c.End < c.Start:
		return "end", fmt.Sprintf("%s lies before the start %s", c.End, c.Start)
	case c.RenewMonths < 0 || c.RenewMonths > most:
		return "renew_months", fmt.Sprintf("must be between 0 and %d", most)
	case c.RenewMonths > 0 && c.End == 0:
		return "end", "is missing; a contract that renews needs the end of its first term"
	case c.MaxRenewals < 0:
		return "max_renewals", "must not be negative"
	case c.NoticeMonths < 0 || c.NoticeMonths > most:
		return "notice_months", fmt.Sprintf("must be between 0 and %d", most)
	case c.NoticeDays < 0 || c.NoticeDays > 36500:
		return "notice_days", "must be between 0 and 36500"
	case c.LeadDays < 0 || c.LeadDays > 36500:
		return "lead_days", "must be between 0 and 36500"
	}
	switch c.EndsAt {
	case "", MonthEnd, QuarterEnd, YearEnd:
	default:
		return "ends_at", fmt.Sprintf("%q is not known; use month, quarter or year", clip(string(c.EndsAt)))
	}
	switch c.Rule {
	case "", Earlier, None, Later:
		return "", ""
	}
	return "rule", fmt.Sprintf("%q is not a rule; use earlier, none or later", clip(string(c.Rule)))
}

// Seen returns the contract's dates as they stand on a day. The running term is
// the one with the first end after that day: on the last day of a term that
// renews, the renewal can no longer be stopped and counts as done. Ends and
// notices are always counted from the first End and from the month's own last
// day, so 31 August less two months is 30 June, and no day is lost by renewing.
//
// A contract without an End has only EarliestEnd and EarliestNotice: the first
// permitted end that notice given on the next working day still reaches. Check tells what is wrong with a term; of a wrong term
// Seen returns what it can. A nil calendar rolls over weekends only.
func (c ContractTerm) Seen(on Date, cal *Calendar) ContractDates {
	var d ContractDates
	if c.End == 0 {
		return c.openEnded(on, cal)
	}
	d.Renewals = c.renewalsUntil(on)
	d.CurrentEnd = c.end(d.Renewals)
	// The last day of a contract that does not renew is still a day of it.
	d.Ended = d.CurrentEnd < on
	d.NoticeByContract = c.notice(d.CurrentEnd)
	d.NoticeDue = c.roll(d.NoticeByContract, cal)
	d.DecideByContract = d.NoticeByContract.AddDays(-c.LeadDays)
	d.DecideBy = d.NoticeDue.AddDays(-c.LeadDays)
	if c.Rule != None {
		d.DecideBy = rollOr(d.DecideBy, -1, cal)
	}
	d.NoticeMissed, d.DecisionMissed = d.NoticeDue < on, d.DecideBy < on
	d.DaysToNotice = on.DaysUntil(d.NoticeDue)
	d.EarliestEnd, d.EarliestNotice = d.CurrentEnd, d.NoticeDue
	if !d.NoticeMissed || d.Ended {
		return d
	}
	// Notice for the running term came too late: find the first term that can
	// still be stopped. A notice longer than the renewal may skip several.
	for k := d.Renewals + 1; c.renews(k) && k < d.Renewals+5000; k++ {
		d.EarliestEnd = c.end(k)
		d.EarliestNotice = c.roll(c.notice(d.EarliestEnd), cal)
		if d.EarliestNotice >= on || d.EarliestEnd == MaxDate {
			break
		}
	}
	return d
}

// openEnded answers for a contract that runs until notice is given.
func (c ContractTerm) openEnded(on Date, cal *Calendar) ContractDates {
	given := on
	if c.Rule != None {
		given = rollOr(on, 1, cal)
	}
	end := c.EndsAt.next(given.AddMonths(c.NoticeMonths).AddDays(c.NoticeDays))
	for range 40 { // rolling the notice earlier may push it before today
		if c.EndsAt == "" || c.roll(c.notice(end), cal) >= given || end == MaxDate {
			break
		}
		end = c.EndsAt.next(end.AddDays(1))
	}
	d := ContractDates{EarliestEnd: end, EarliestNotice: given}
	if c.EndsAt != "" {
		d.EarliestNotice = c.roll(c.notice(end), cal)
	}
	return d
}

// renewalsUntil returns how often the term has renewed when looked at on a day.
func (c ContractTerm) renewalsUntil(on Date) int {
	if c.RenewMonths <= 0 || on < c.End {
		return 0
	}
	k := max(c.End.MonthsUntil(on)/c.RenewMonths, 0)
	for c.end(k) <= on && k < 120000 {
		k++
	}
	if c.MaxRenewals > 0 {
		k = min(k, c.MaxRenewals)
	}
	return k
}

func (c ContractTerm) renews(k int) bool {
	return c.RenewMonths > 0 && (c.MaxRenewals == 0 || k <= c.MaxRenewals)
}

func (c ContractTerm) end(renewals int) Date { return c.End.AddMonths(renewals * c.RenewMonths) }

func (c ContractTerm) notice(end Date) Date {
	return end.AddMonths(-c.NoticeMonths).AddDays(-c.NoticeDays)
}

func (c ContractTerm) roll(d Date, cal *Calendar) Date {
	switch c.Rule {
	case None:
		return d
	case Later:
		return rollOr(d, 1, cal)
	}
	return rollOr(d, -1, cal)
}

// rollOr keeps d where the calendar has no working day at all.
func rollOr(d Date, step int, cal *Calendar) Date {
	if r, err := cal.Roll(d, step); err == nil {
		return r
	}
	return d
}
