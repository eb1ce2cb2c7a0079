package vendors

import (
	"html/template"

	"steward/engine/worktime"
	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/web"
)

// Dates counts a contract's dates as seen on a day. The calendar is that of the
// vendor's country; a country without one has Saturdays and Sundays off.
func Dates(c *Contract, country string, on records.Date) (worktime.ContractDates, error) {
	cal, err := calendar(country)
	if err != nil {
		return worktime.ContractDates{}, err
	}
	term, err := c.term()
	if err != nil {
		return worktime.ContractDates{}, err
	}
	day, err := worktime.ParseDate(string(on))
	if err != nil {
		return worktime.ContractDates{}, err
	}
	return term.Seen(day, cal), nil
}

func (c *Contract) term() (worktime.ContractTerm, error) {
	t := worktime.ContractTerm{RenewMonths: int(c.RenewsMonths.V), MaxRenewals: int(c.MaxRenewals.V), NoticeMonths: int(c.NoticeMonths.V), NoticeDays: int(c.NoticeDays.V),
		Rule: worktime.Rule(c.WorkingDay), LeadDays: int(c.LeadDays)}
	var err error
	if t.Start, err = worktime.ParseDate(string(c.Starts)); err != nil {
		return t, err
	}
	if c.Ends.Set {
		if t.End, err = worktime.ParseDate(string(c.Ends.V)); err != nil {
			return t, err
		}
	}
	if c.NoticeGivenOn.Set {
		t.RenewMonths = 0 // notice ends it with the term it was given in
		given, err := worktime.ParseDate(string(c.NoticeGivenOn.V))
		if err != nil {
			return t, err
		}
		running := worktime.ContractTerm{Start: t.Start, End: t.End, RenewMonths: int(c.RenewsMonths.V), MaxRenewals: t.MaxRenewals}
		t.End = running.Seen(given, nil).CurrentEnd
	}
	return t, nil
}

// calendar is a country's working week and holidays.
func calendar(country string) (*worktime.Calendar, error) {
	rules := worktime.Rules{Week: worktime.Office(9*60, 17*60)}
	for _, known := range worktime.Countries() {
		if known == country {
			p, err := worktime.ParsePlace(country)
			if err != nil {
				return nil, err
			}
			rules.Places = append(rules.Places, p)
		}
	}
	return worktime.NewCalendar(rules)
}

// setDates stores the dates a contract has as of today.
func setDates(u *records.Tx, c *Contract) error {
	c.CurrentEnd, c.NoticeDue, c.DecideBy = records.Opt[records.Date]{}, records.Opt[records.Date]{}, records.Opt[records.Date]{}
	vendor, err := Vendors.Get(u.As(access.System()), c.Vendor)
	if err != nil {
		return err
	}
	o, _, err := org.Get(u)
	if err != nil {
		return err
	}
	d, err := Dates(c, vendor.Country, o.Today(u))
	if err != nil {
		return err
	}
	set := func(to *records.Opt[records.Date], from worktime.Date) {
		if from != 0 {
			*to = records.Some(records.Date(from.String()))
		}
	}
	set(&c.CurrentEnd, d.CurrentEnd)
	if c.State == Active && !c.NoticeGivenOn.Set && !d.Ended {
		set(&c.NoticeDue, d.NoticeDue)
		set(&c.DecideBy, d.DecideBy)
	}
	return nil
}

// RefreshDates counts the dates of the active contracts anew: a term that
// renewed since moves them. It is called daily.
func RefreshDates(u *records.Tx) (changed int, err error) {
	all, err := Contracts.List(u, records.Query{Where: []records.Cond{records.Is(&Contracts.P.State, Active)}})
	if err != nil {
		return 0, err
	}
	for _, c := range all {
		was := c.Version
		err := Contracts.Update(u, c.ID, func(x *Contract) error { return setDates(u, x) })
		if err != nil {
			return changed, err
		}
		if now, err := Contracts.Get(u, c.ID); err == nil && now.Version != was {
			changed++
		}
	}
	return changed, nil
}

type datesView struct {
	End, ByContract, Due, Decide string
	Renewals                     int64
	Renews, Differs, Given       bool
	DaysLeft                     string
	Over                         bool   // its last term has ended
	Late                         string // what notice still does when it came too late for the present term
}

// noticeNote says why notice is due on another day than the contract names.
func (v datesView) noticeNote(r *web.Request) string {
	if !v.Differs {
		return ""
	}
	return r.T("vendors.dates.contract-says", "by the contract {day}", "day", v.ByContract)
}

var datesTemplate = web.MustPage[datesView](files, "pages/dates.html")

// datesPanel shows on a contract when notice must have been received, by the
// contract and on a working day, and by when to decide.
func datesPanel(r *web.Request, rec records.Record) (*web.PanelView, error) {
	c := rec.V.(*Contract)
	if c.State != Active {
		return nil, nil
	}
	country := ""
	err := r.Site.DB.View(r.Context(), access.System(), func(v *records.View) error {
		vendor, err := Vendors.Get(v, c.Vendor)
		if err == nil {
			country = vendor.Country
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	d, err := Dates(c, country, r.Today())
	if err != nil {
		return nil, err
	}
	day := func(x worktime.Date) string {
		if x == 0 {
			return web.Unknown
		}
		return r.Day(records.Date(x.String()))
	}
	v := datesView{End: day(d.CurrentEnd), ByContract: day(d.NoticeByContract), Due: day(d.NoticeDue), Decide: day(d.DecideBy), Renewals: int64(d.Renewals),
		Renews: c.RenewsMonths.Set, Differs: d.NoticeByContract != d.NoticeDue, Given: c.NoticeGivenOn.Set}
	strip := web.StripItem{Label: r.T("vendors.dates.decide", "Decide by"), Value: v.Decide}
	switch {
	case d.Ended:
		v.Over = true
		strip = web.StripItem{Label: r.T("vendors.dates.ended", "Ended"), Value: v.End, Note: r.T("vendors.dates.still-active", "still marked as active"), State: "bad"}
	case v.Given:
		strip = web.StripItem{Label: r.T("vendors.dates.end", "Present term ends"), Value: v.End}
	case d.NoticeMissed && d.EarliestEnd != d.CurrentEnd:
		v.Late = r.T("vendors.dates.late", "Too late for this term, so it renews. Notice by {day} ends it on {end}.", "day", day(d.EarliestNotice), "end", day(d.EarliestEnd))
	}
	if d.DecideBy != 0 && !v.Over && !v.Given {
		today, _ := worktime.ParseDate(string(r.Today()))
		left := today.DaysUntil(d.DecideBy)
		v.DaysLeft = r.Lang.RelativeDays(left)
		option, err := answer(r.View, c)
		if err != nil {
			return nil, err
		}
		if option != "" {
			v.DaysLeft = r.T("vendors.dates.answered", "decided: {answer}", "answer", r.Tell(answers[option].With()))
		}
		strip.Note = v.DaysLeft
		switch {
		case option != "":
			strip.State = "ok"
		case left < 0:
			strip.State = "bad"
		case left <= 30:
			strip.State = "warn"
		}
	}
	var more []web.StripItem
	if d.NoticeDue != 0 && !v.Over && !v.Given {
		more = append(more, web.StripItem{Label: r.T("vendors.dates.due", "Notice due"), Value: v.Due, Note: v.noticeNote(r)})
	}
	if d.CurrentEnd != 0 && !v.Over && !v.Given {
		more = append(more, web.StripItem{Label: r.T("vendors.dates.end", "Present term ends"), Value: v.End})
	}
	if c.Yearly.Set {
		more = append(more, web.StripItem{Label: r.T("vendors.contract.yearly.label", "Yearly cost"), Value: r.Money(c.Yearly.V)})
	}
	body, err := datesTemplate.Body(r, v)
	if err != nil {
		return nil, err
	}
	return &web.PanelView{ID: "dates", Title: r.T("vendors.dates.title", "Term and notice"), Body: template.HTML(body), Strip: append([]web.StripItem{strip}, more...)}, nil
}
