package vendors_test

import (
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/vendors"
)

func TestAContractSaysWhatItsDatesMeanNow(t *testing.T) {
	apptest.Each(t, []app.Module{vendors.Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		mia := p.Browser(t, p.Person(t, "Mia", access.MISManager))
		for name, c := range map[string]struct {
			change      func(*vendors.Contract)
			want, wrong string
		}{
			"its last renewal is over": {func(c *vendors.Contract) { c.RenewsMonths = records.Opt[int64]{} },
				"still marked as active", "Notice date by the contract"},
			"notice was given":   {func(c *vendors.Contract) { c.NoticeGivenOn = records.Some(records.Date("2026-02-01")) }, "it ends with the term", "Decide by</"},
			"notice is too late": {func(c *vendors.Contract) { c.NoticeMonths = records.Some(int64(9)) }, "Too late for this term", "still marked"},
			"notice is in time":  {func(*vendors.Contract) {}, "Notice date by the contract", "Too late"},
		} {
			p.Clock.Set(day("2026-02-11"))
			body := mia.Get(vendors.Contracts.Path(contract(t, p, c.change).ID)).Body
			panel := body[strings.Index(body, `id="dates"`):]
			if panel = panel[:strings.Index(panel, "</dl>")]; !strings.Contains(body, c.want) || strings.Contains(panel, c.wrong) {
				t.Errorf("%s: want %q and not %q in\n%s", name, c.want, c.wrong, panel)
			}
		}
	})
}
