package demo

import (
	"slices"
	"strings"
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/people"
)

// paid are the beginnings of the codes of the units whose people's salaries the sample
// holds: the MIS manager sees the own ones, the head of sales none.
var paid = []string{"MIS", "PL-IT", "SAL"}

// tellSalaries tells what people are paid, as the last step, so that it takes nothing
// from the chance of the steps before.
func (w *world) tellSalaries(at time.Time) step {
	return step{at: at, name: "salaries", do: func(u *records.Tx) error {
		told := 0
		for n, p := range w.people {
			if told == 200 {
				return nil
			}
			if p.left || p.External || !slices.ContainsFunc(paid, func(code string) bool { return strings.HasPrefix(p.unit.Code.V, code) }) {
				continue
			}
			told++
			yearly := int64(43_000 + n*1_700%27_000)
			if p.unit.head == p {
				yearly += 36_000
			}
			s := &people.Salary{Person: records.ID[org.Person](p.ID), Starts: records.DateOf(p.joined), Yearly: records.Money{Minor: yearly * 100, Currency: "EUR"}, Hours: records.Some(records.Scaled(40_00))}
			if err := people.Salaries.Create(u, s); err != nil {
				return err
			}
		}
		return nil
	}}
}
