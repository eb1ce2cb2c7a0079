package vendors

import (
	"time"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// How long before the day to decide a renewal is asked about, and how long talks
// about the terms may take before it is asked again.
const (
	askAhead = 60
	talks    = 14
)

// The answers to a renewal.
const (
	goOn        = "go-on"
	giveNotice  = "give-notice"
	renew       = "renew"
	letEnd      = "let-end"
	renegotiate = "renegotiate"
)

const renewalName = "vendors.renewal"

// answers are the words of the answers, on the question and after it.
var answers = map[string]words.Word{
	goOn:        words.T("vendors.renewal.go-on", "Let it go on"),
	giveNotice:  words.T("vendors.renewal.give-notice", "Give notice"),
	renew:       words.T("vendors.renewal.renew", "Renew"),
	letEnd:      words.T("vendors.renewal.let-end", "Let it end"),
	renegotiate: words.T("vendors.renewal.renegotiate", "Renegotiate"),
}

// renewal is the decision on a contract before notice is due, or before it ends.
var renewal = decisions.Kind{
	Name:  renewalName,
	Title: words.T("vendors.renewal.kind", "Contract renewal"),
	Icon:  "file-certificate",
	Area:  access.Vendors,
	Find:  findRenewals,
	Apply: applyRenewal,
}

// findRenewals asks about the active contracts whose day to decide comes near, as
// long as the answer can still be acted on: after the day for notice the contract
// has renewed itself.
func findRenewals(v *records.View) ([]decisions.Ask, error) {
	o, _, err := org.Get(v)
	if err != nil {
		return nil, err
	}
	today := o.Today(v)
	all, err := Ahead(v, today.AddDays(askAhead))
	if err != nil {
		return nil, err
	}
	var vendors []string
	for _, c := range all {
		vendors = append(vendors, string(c.Vendor))
	}
	names, err := Vendors.Def().Labels(v, vendors)
	if err != nil {
		return nil, err
	}
	var out []decisions.Ask
	for _, c := range all {
		if !c.CurrentEnd.Set || !c.NoticeDue.Set || c.NoticeDue.V < today {
			continue
		}
		a, ask, err := askRenewal(v, c, names[string(c.Vendor)].Title, o, today)
		if err != nil {
			return nil, err
		}
		if ask {
			out = append(out, a)
		}
	}
	return out, nil
}

// askRenewal puts the question about one contract; false while talks go on.
func askRenewal(v *records.View, c *Contract, vendor string, o org.Organisation, today records.Date) (decisions.Ask, bool, error) {
	a := decisions.Ask{Key: renewalKey(c), Subject: Contracts.Ref(c.ID), DecideBy: c.DecideBy.V, Role: access.MISManager}
	if c.Owner.Set {
		a.Assignee, a.Role = string(c.Owner.V), ""
	}
	option, at, answered, err := answeredRenewal(v, c)
	if err != nil {
		return a, false, err
	}
	talked := answered && option == renegotiate
	if talked {
		// What came of the talks is asked once they had their time, or notice presses.
		press := c.NoticeDue.V.AddDays(-talks)
		if v.Now.Before(at.Add(talks*24*time.Hour)) && today < press {
			return a, false, nil
		}
		a.Key, a.DecideBy = talksKey(c), c.NoticeDue.V
	}
	end, notice := words.Day(c.CurrentEnd.V), words.Day(c.NoticeDue.V)
	a.Facts = []decisions.Fact{
		{Label: words.T("vendors.renewal.vendor", "Vendor").With(), Value: words.Plain(vendor)},
		{Label: words.T("vendors.renewal.ends", "Present term ends").With(), Value: day(end)},
		{Label: words.T("vendors.renewal.notice", "Notice must have arrived by").With(), Value: day(notice)},
	}
	if c.Yearly.Set {
		a.Facts = append(a.Facts, decisions.Fact{Label: words.T("vendors.renewal.yearly", "Yearly cost").With(), Value: amount(c.Yearly.V)})
	}
	if c.RenewsMonths.Set {
		askRenewing(&a, c, end, notice)
	} else {
		askEnding(&a, c, end)
	}
	if !talked {
		a.Options = append(a.Options, decisions.Option{Key: renegotiate, Label: answers[renegotiate].With(), Harmless: true,
			Effect: words.T("vendors.renewal.renegotiate.effect", "Nothing changes yet. What came of it is asked again after {days} days, and before notice is due on {day}.").With("days", talks, "day", notice)})
	}
	return a, true, nil
}

// renewalKey is the matter of one term of a contract.
func renewalKey(c *Contract) string { return string(c.ID) + "/" + string(c.CurrentEnd.V) }

// answer is what was decided about a contract's present term, the latest word after
// talks; "" while nobody has.
func answer(r records.Reader, c *Contract) (option string, err error) {
	option, _, found, err := decisions.Answered(r, renewalName, talksKey(c))
	if err == nil && !found {
		option, _, found, err = answeredRenewal(r, c)
	}
	if !found {
		option = ""
	}
	return option, err
}

// talksKey is the matter of what came of the talks about a term.
func talksKey(c *Contract) string { return renewalKey(c) + "/talks" }

// answeredRenewal is what was decided about a contract's present term.
func answeredRenewal(r records.Reader, c *Contract) (option string, at time.Time, found bool, err error) {
	return decisions.Answered(r, renewalName, renewalKey(c))
}

func day(d words.Day) words.Said { return words.Said{English: "{day}", Args: words.Args{"day": d}} }

func amount(m records.Money) words.Said {
	return words.Said{English: "{sum}", Args: words.Args{"sum": words.Money{Minor: m.Minor, Currency: m.Currency}}}
}

// over is what the yearly price comes to over so many months.
func over(yearly records.Money, months int64) records.Money {
	n := yearly.Minor * months
	half := int64(6)
	if n < 0 {
		half = -6
	}
	return records.Money{Minor: (n + half) / 12, Currency: yearly.Currency}
}

// askRenewing is the question about a contract that goes on unless notice is given.
func askRenewing(a *decisions.Ask, c *Contract, end, notice words.Day) {
	until := words.Day(records.DateOf(addMonths(c.CurrentEnd.V, int(c.RenewsMonths.V))))
	a.Title = words.T("vendors.renewal.renewing.title", "{contract}: let it renew, or give notice").With("contract", c.Title)
	a.Context = words.T("vendors.renewal.renewing.context", "The contract renews by {months} {months|month|months} unless notice has arrived by {day}.").With("months", c.RenewsMonths.V, "day", notice)
	a.Recommended = goOn
	on := decisions.Option{Key: goOn, Label: answers[goOn].With(),
		Effect: words.T("vendors.renewal.go-on.effect", "It runs until {day} on the same terms.").With("day", until)}
	off := decisions.Option{Key: giveNotice, Label: answers[giveNotice].With(),
		Effect: words.T("vendors.renewal.give-notice.effect", "It ends on {day}. Notice is recorded as given today; see that it reaches the vendor by {notice}.").With("day", end, "notice", notice)}
	if c.Yearly.Set {
		sum := over(c.Yearly.V, c.RenewsMonths.V)
		a.Amount = records.Some(sum)
		on.Changes = []decisions.Fact{{Label: words.T("vendors.renewal.commits", "Commits").With(), Value: amount(sum)}}
		off.Changes = []decisions.Fact{{Label: words.T("vendors.renewal.frees", "Frees, a year").With(), Value: amount(c.Yearly.V)}}
	}
	a.Options = []decisions.Option{on, off}
}

// askEnding is the question about a contract that ends by itself.
func askEnding(a *decisions.Ask, c *Contract, end words.Day) {
	a.Title = words.T("vendors.renewal.ending.title", "{contract}: renew, or let it end").With("contract", c.Title)
	a.Context = words.T("vendors.renewal.ending.context", "The contract ends on {day} and does not renew by itself.").With("day", end)
	follow := decisions.Option{Key: renew, Label: answers[renew].With(),
		Effect: words.T("vendors.renewal.renew.effect", "A following contract is drafted on the same terms, to be signed.").With()}
	stop := decisions.Option{Key: letEnd, Label: answers[letEnd].With(),
		Effect: words.T("vendors.renewal.let-end.effect", "Nothing follows it after {day}.").With("day", end)}
	if c.Yearly.Set {
		months := int64(c.Ends.V.Time().Sub(c.Starts.Time()).Hours()/24/30.44 + .5)
		sum := over(c.Yearly.V, max(months, 1))
		a.Amount = records.Some(sum)
		follow.Changes = []decisions.Fact{{Label: words.T("vendors.renewal.commits", "Commits").With(), Value: amount(sum)}}
		stop.Changes = []decisions.Fact{{Label: words.T("vendors.renewal.frees", "Frees, a year").With(), Value: amount(c.Yearly.V)}}
	}
	a.Options = []decisions.Option{follow, stop}
}

// addMonths is the day so many months later; a day that the month lacks is its last.
func addMonths(d records.Date, months int) time.Time {
	t := d.Time()
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// applyRenewal makes the answer true.
func applyRenewal(u *records.Tx, d *decisions.Decision, option string) error {
	_, id := d.Subject.Split()
	s := u.As(access.System())
	switch option {
	case giveNotice:
		o, _, err := org.Get(u)
		if err != nil {
			return err
		}
		return GiveNotice(s, records.ID[Contract](id), o.Today(u))
	case renew:
		_, err := Renew(s, records.ID[Contract](id))
		return err
	}
	return nil
}
