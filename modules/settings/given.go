package settings

import (
	"time"

	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/web"
)

// giveRole reads a role with its unit and end, the last day on which it holds.
func giveRole(u *records.Tx, r *web.Request, person string) error {
	role := signin.Role{Person: person, Role: r.PostFormValue("role"), Unit: r.PostFormValue("unit"), GivenBy: r.Actor.Person}
	if role.Unit != "" {
		if _, err := org.Units.Def().Get(u, role.Unit); err != nil {
			return err
		}
	}
	var err error
	role.Until, err = lastDay(r)
	if err != nil {
		return err
	}
	return signin.GiveRole(u, role)
}

// untilText is an end as people chose it: its last day, where that is what it is.
func untilText(r *web.Request, until time.Time) string {
	if at := until.In(r.Zone); at.Equal(time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, r.Zone)) {
		return r.Day(records.DateOf(at.AddDate(0, 0, -1)))
	}
	return r.Moment(records.MomentOf(until))
}

// lastDay is the end of the day in the field 'until'; zero if it is empty.
func lastDay(r *web.Request) (time.Time, error) {
	until := r.PostFormValue("until")
	if until == "" {
		return time.Time{}, nil
	}
	last, err := time.ParseInLocation(time.DateOnly, until, r.Zone)
	if err != nil {
		return last, fail.Named("until", "settings.grants.until", "Give the last day as year-month-day, such as 2026-12-31.")
	}
	return last.AddDate(0, 0, 1), nil
}
