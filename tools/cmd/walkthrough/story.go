package main

import (
	"time"

	"github.com/chromedp/chromedp"
)

// choose finds a record in a field that links to one, as a person does: types a
// part of its name and takes the first that is offered.
func choose(field, text string) chromedp.Action {
	return chromedp.Tasks{chromedp.SendKeys("#f-"+field, text, chromedp.ByQuery), chromedp.Sleep(900 * time.Millisecond),
		chromedp.Click("#p-"+field+" [role=option]", chromedp.ByQuery), chromedp.Sleep(200 * time.Millisecond)}
}

// save sends the form that has a field.
func save(field string) chromedp.Action {
	return chromedp.Tasks{chromedp.Evaluate(`(document.querySelector("#f-`+field+`") || document.querySelector("#`+field+`")).form.requestSubmit()`, nil), chromedp.Sleep(900 * time.Millisecond)}
}

// empty is point 1 to 4 on a machine that has nothing yet.
func empty(b *browser, s *server) error {
	steps := []chromedp.Action{
		b.open(s.welcome), b.picture("01-welcome"), chromedp.Click(`main button`), chromedp.WaitVisible(`#new`), chromedp.SendKeys(`#new`, "correct horse battery staple"),
		chromedp.Click(`form:has(#new) button`), chromedp.WaitVisible(`#f-name`), chromedp.SendKeys(`#f-name`, "Nordwind AG"), fill("#f-country", "DE", "#f-currency", "EUR"),
		b.picture("01-assistant"), chromedp.Click(`form[action="/setup"] button`), chromedp.WaitVisible(`main .bridge`), b.picture("01-bridge-first"),
		b.open("/infrastructure/hosts"), follow(`main a[href^="/infrastructure/hosts/0"]`, ""), b.picture("02-this-machine"),
		b.open("/vendors/vendors/new"), chromedp.WaitVisible(`#f-name`), fill("#f-name", "Lohnsoft GmbH", "#f-country", "DE", "#f-state", "approved"), save("name"),
		b.open("/vendors/contracts/new"), chromedp.WaitVisible(`#f-title`), choose("vendor", "Lohn"),
		fill("#f-title", "Payroll licence and support", "#f-state", "active", "#f-starts", "2020-08-29", "#f-ends", "2025-08-28", "#f-renews_months", "12", "#f-notice_months", "2", "#f-lead_days", "14", "#f-yearly", "18000"),
		save("title"), b.picture("04-contract-dates"),
		b.open("/systems/information-systems/new"), chromedp.WaitVisible(`#f-name`),
		fill("#f-name", "Payroll", "#f-criticality", "mission-critical", "#f-state", "live", "#f-purpose", "Pays 400 people on the 25th of each month.", "#f-rto_minutes", "480", "#f-rpo_minutes", "60"),
		b.picture("03-register"), save("name"), b.picture("03-payroll"),
	}
	return b.do(steps...)
}

// enter signs a person of the sample organisation in.
func enter(b *browser, s *server) error {
	return b.do(b.open(s.welcome), chromedp.Click(`main button`), chromedp.WaitVisible(`#new`), chromedp.SendKeys(`#new`, "correct horse battery staple"), chromedp.Click(`form:has(#new) button`), chromedp.Sleep(4*time.Second)) // hashing takes its time
}

// manager is what the MIS manager of the sample organisation sees, points 2 to 8
// and 11.
func manager(b *browser, s *server) error {
	if err := enter(b, s); err != nil {
		return err
	}
	for _, steps := range [][]chromedp.Action{
		{b.open("/"), b.picture("05-bridge")},
		{b.theme("dark"), b.size(390, true), b.open("/"), b.picture("05-bridge-phone-dark"), b.theme("light"), b.size(1280, false)},
		{b.open("/figures/infrastructure.security-pending"), b.picture("05-figure")},
		{b.open("/inbox"), follow(`main a[href^="/decisions/"]`, ""), b.picture("05-decision")},
		{b.open("/infrastructure/duplicates"), b.picture("02-duplicates")},
		{b.open("/systems/information-systems?q=ERP"), follow(`main a[href^="/systems/information-systems/0"]`, ""), b.picture("03-system"), follow("main a", "Impact of an outage"), b.picture("03-impact")},
		{b.open("/vendors/renewals"), b.picture("04-renewals")},
		{b.open("/money/actuals"), b.picture("04-actuals")},
		{b.open("/reports"), b.picture("06-reports")},
		{b.open("/infrastructure/hosts?reboot=true"), b.picture("08-list")},
		{b.open("/notifications"), b.picture("08-notifications")},
		{b.open("/data/dashboards"), follow(`main a[href^="/data/dashboards/0"]`, "Sales"), chromedp.Sleep(time.Second), b.picture("11-dashboard")},
		{b.open("/data/metrics"), follow(`main a[href^="/data/metrics/0"]`, "Revenue"), b.picture("11-metric")},
		{chromedp.Evaluate(`location.href = location.pathname + "/explore?by=month,country"`, nil), chromedp.Sleep(1500 * time.Millisecond), b.picture("11-explore")},
		{b.open("/data/data-sources"), follow(`main a[href^="/data/data-sources/0"]`, "Webshop"), b.picture("11-source")},
	} {
		if err := b.do(steps...); err != nil {
			return err
		}
	}
	return nil
}

// head is what a head of department sees: point 7.
func head(b *browser, s *server) error {
	if err := enter(b, s); err != nil {
		return err
	}
	return b.do(b.open("/"), b.picture("07-head-of-sales"))
}

// auditor sees all but the sensitive areas and changes nothing: point 7. The same
// person reads Hungarian: point 10.
func auditor(b *browser, s *server) error {
	if err := enter(b, s); err != nil {
		return err
	}
	for _, steps := range [][]chromedp.Action{
		{b.open("/vendors/contracts"), follow(`main a[href^="/vendors/contracts/0"]`, ""), chromedp.Evaluate(`location.href = "/access?ref=vendors.contract" + location.pathname.slice(location.pathname.lastIndexOf("/"))`, nil),
			chromedp.Sleep(1500 * time.Millisecond), b.picture("07-access")},
		{b.open("/account"), chromedp.SetValue("#lang", "hu", chromedp.ByQuery), save("lang"), b.open("/"), b.picture("10-hungarian")},
		{b.theme("dark"), b.size(390, true), b.open("/systems/information-systems"), b.picture("10-hungarian-phone-dark"), b.theme("light"), b.size(1280, false)},
	} {
		if err := b.do(steps...); err != nil {
			return err
		}
	}
	return nil
}
