package vendors

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// Contract is an agreement with a vendor that costs money and comes to an end.
type Contract struct {
	records.Base[Contract]
	Title         string
	Vendor        records.ID[Vendor]
	State         State
	Owner         records.Opt[records.ID[org.Person]]
	Unit          records.Opt[records.ID[org.Unit]]
	Reference     records.Opt[string]
	Starts        records.Date
	Ends          records.Opt[records.Date]
	RenewsMonths  records.Opt[int64]
	MaxRenewals   records.Opt[int64]
	NoticeMonths  records.Opt[int64]
	NoticeDays    records.Opt[int64]
	WorkingDay    WorkingDay
	LeadDays      int64
	Yearly        records.Opt[records.Money]
	NoticeGivenOn records.Opt[records.Date]
	DecideBy      records.Opt[records.Date]
	NoticeDue     records.Opt[records.Date]
	CurrentEnd    records.Opt[records.Date]
	Notes         records.Opt[string]
}

// State is where a contract stands.
type State string

const (
	Draft  State = "draft"
	Active State = "active"
	Ended  State = "ended"
)

// WorkingDay says what holds when the notice date is no working day.
type WorkingDay string

const (
	Earlier WorkingDay = "earlier"
	NoRule  WorkingDay = "none"
	Later   WorkingDay = "later"
)

// Contracts are the agreements with vendors. The three dates at the end are
// counted from the terms as of today by setDates, so that lists can sort by them.
var Contracts = records.Define("vendors.contract", "Contract", "Contracts", "CTR", func(c *Contract, f *records.Fields) {
	f.Title(&c.Title, "Title")
	records.Linked(f, &c.Vendor, "Vendor").ScopeOf(access.Party).List()
	records.Choices(f, &c.State, "State", Draft, Active, Ended).State("draft", "mute").State("active", "ok").State("ended", "mute").List()
	records.Linked(f, &c.Owner, "Owner").Help("Who decides whether it goes on.").ScopeOf(access.Owned).List()
	records.Linked(f, &c.Unit, "Department").ScopeOf(access.Unit)
	records.Str(f, &c.Reference, "Vendor's reference")
	f.Group("Term")
	records.Day(f, &c.Starts, "Starts")
	records.Day(f, &c.Ends, "First term ends")
	records.Whole(f, &c.RenewsMonths, "Renews by").Unit("months").Between(1, 120).Help("Unless notice is given, it goes on by this; left empty, it ends.")
	records.Whole(f, &c.MaxRenewals, "Renews at most").Unit("times").Between(1, 100)
	records.Whole(f, &c.NoticeMonths, "Notice").Unit("months").Between(1, 60)
	records.Whole(f, &c.NoticeDays, "Notice").Unit("days").Between(1, 1000)
	records.Choices(f, &c.WorkingDay, "If notice is due on a day off", Earlier, NoRule, Later).Called("earlier", "The working day before").Called("none", "That day all the same").Called("later", "The working day after")
	records.Whole(f, &c.LeadDays, "Decide this long before notice").Unit("days").Between(0, 365)
	records.Day(f, &c.NoticeGivenOn, "Notice given on")
	f.Group("Price")
	records.Price(f, &c.Yearly, "Yearly cost").From(0).Filter().List()
	f.Group("Dates")
	records.Day(f, &c.CurrentEnd, "Present term ends").Filter().Computed().List()
	records.Day(f, &c.NoticeDue, "Notice due").Filter().Computed()
	records.Day(f, &c.DecideBy, "Decide by").Filter().Computed().List()
	f.Group("")
	records.Long(f, &c.Notes, "Notes")
}).Icon("file-certificate").SortedBy("decide_by").Versioned().Begins(func(c *Contract) {
	c.State, c.WorkingDay, c.LeadDays = Draft, Earlier, 30
}).Check(checkContract)

// checkContract holds whoever writes: the form, the API, an import or a job.
func checkContract(u *records.Tx, before, c *Contract) error {
	switch {
	case c.Ends.Set && c.Ends.V < c.Starts:
		return fail.Field(&c.Ends, "ends-before-start", "The contract ends before it starts.")
	case c.RenewsMonths.Set && !c.Ends.Set:
		return fail.Field(&c.Ends, "renewal-needs-end", "A contract that renews needs the end of its first term.")
	case c.NoticeGivenOn.Set && c.NoticeGivenOn.V < c.Starts:
		return fail.Field(&c.NoticeGivenOn, "notice-before-start", "Notice cannot be given before the contract starts.")
	case before != nil && before.State == Ended && c.State == Active:
		e := fail.Field(&c.State, "ended-stays", "An ended contract stays ended; renew it instead.")
		e.Kind = fail.Conflict
		return e
	}
	return setDates(u, c)
}
