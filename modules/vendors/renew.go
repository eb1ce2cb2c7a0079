package vendors

import (
	"steward/kernel/fail"
	"steward/kernel/records"
)

// Renew drafts the contract that follows one: the same terms and price, starting
// the day after the present term ends, for as long as the first term. The old
// contract stays as it is. A contract without an end has nothing to follow it.
func Renew(u *records.Tx, id records.ID[Contract]) (records.ID[Contract], error) {
	old, err := Contracts.Get(u, id)
	if err != nil {
		return "", err
	}
	if !old.CurrentEnd.Set || !old.Ends.Set {
		return "", fail.New(fail.Conflict, "vendors.renew.no-end", "A contract without an end cannot be followed by another.")
	}
	next := *old
	next.Base = records.Base[Contract]{}
	next.State = Draft
	next.Starts = old.CurrentEnd.V.AddDays(1)
	length := old.Ends.V.Time().Sub(old.Starts.Time())
	next.Ends = records.Some(records.DateOf(next.Starts.Time().Add(length)))
	next.NoticeGivenOn = records.Opt[records.Date]{}
	if err := Contracts.Create(u, &next); err != nil {
		return "", err
	}
	return next.ID, nil
}

// GiveNotice records that notice was given today, so that the contract ends with
// the running term.
func GiveNotice(u *records.Tx, id records.ID[Contract], today records.Date) error {
	return Contracts.Update(u, id, func(c *Contract) error {
		c.NoticeGivenOn = records.Some(today)
		return nil
	})
}
