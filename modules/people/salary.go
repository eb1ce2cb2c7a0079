package people

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Salary is what somebody is paid from a day on, until the next one.
type Salary struct {
	records.Base[Salary]
	Person records.ID[org.Person]
	Starts records.Date
	Yearly records.Money
	Hours  records.Opt[records.Scaled] // a week, 2 digits
	Notes  records.Opt[string]
}

// Salaries are what people are paid. They are closed to all but those whom pay is
// opened to: an MIS manager sees those of the people below, an administrator, an
// auditor and a department head none, not even that there are any. What own work
// costs a system is booked as internal labour at a rate, so no cost tells a salary.
var Salaries = records.Define("people.salary", "Salary", "Salaries", "PAY", func(s *Salary, f *records.Fields) {
	records.Linked(f, &s.Person, "Person").ScopeOf(access.Line).List()
	records.Day(f, &s.Starts, "From day").Filter().List()
	records.Price(f, &s.Yearly, "A year, before tax").From(0).Filter().List()
	records.Dec(f, &s.Hours, "Hours a week", 2).Between(1, 168_00).List()
	records.Long(f, &s.Notes, "Notes")
}).InArea(access.People).Sensitive(access.Pay).Icon("cash").SortedBy("-starts").Check(onceADay)

// onceADay refuses a second salary of a person from the same day.
func onceADay(u *records.Tx, _, s *Salary) error {
	if s.ArchivedAt.Set {
		return nil
	}
	var n int
	_, err := u.Row("SELECT COUNT(*) FROM people_salary WHERE person = $1 AND starts = $2 AND id <> $3 AND archived_at IS NULL", []any{string(s.Person), string(s.Starts), string(s.ID)}, &n)
	if err != nil || n == 0 {
		return err
	}
	e := fail.Field(&s.Starts, "same-day", "This person has a salary from that day on already. Change it, or choose another day.")
	e.Kind = fail.Conflict
	return e
}
