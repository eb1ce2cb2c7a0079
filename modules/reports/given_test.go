package reports_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/decisions"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/lib/locale"
	"steward/lib/words"
	"steward/modules/reports"
	"steward/modules/vendors"
)

// month is the month the tests report on.
const month figures.Month = "2026-01"

// given fills a program with an organisation, contracts, decisions and a year of
// figures up to January 2026; the clock stands on 11 February 2026.
func given(t testing.TB, p *apptest.Program) {
	t.Helper()
	p.Organisation(t)
	now := p.Clock.Now()
	for m := range 13 {
		day := time.Date(2025, time.Month(1+m), 28, 12, 0, 0, 0, time.UTC)
		p.Do(t, func(u *records.Tx) error {
			for k, f := range figures.SetOf(u).All() {
				r := figures.Result{Value: figures.Measured(float64(40 + 3*m + 7*k%50))}
				switch f.Unit {
				case figures.Percent:
					r.Value = figures.Share(80+m+k%5, 100)
				case figures.Amount:
					r.Value = figures.MoneyOf(records.Money{Minor: int64(1_234_567_00 + m*1_000_00), Currency: "EUR"})
				}
				r.Source(words.Plain("Inventory"), day.Add(-3*time.Hour))
				if f.Key == "infrastructure.seen" {
					r.Value = figures.Measured(float64(80 + m))
				}
				if f.Key == "infrastructure.reboot" {
					r.Gap(words.Plain("3 hosts were not heard of."))
				}
				if err := figures.Keep(u, f, figures.Organisation, day, r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	p.Clock.Set(time.Date(2026, 1, 20, 9, 0, 0, 0, time.UTC))
	p.Do(t, func(u *records.Tx) error {
		v := &vendors.Vendor{Name: "Größwang & Söhne GmbH", Country: "DE", State: vendors.Approved}
		if err := vendors.Vendors.Create(u, v); err != nil {
			return err
		}
		for i, title := range []string{"Bürosoftware", "Őrző-védő szolgáltatás", "Wsparcie ERP – Łódź", "Backup"} {
			c := &vendors.Contract{Title: title, Vendor: v.ID, State: vendors.Active, Starts: "2024-03-01", Ends: records.Some(records.Date("2026-0" + string(rune('3'+i)) + "-28")),
				RenewsMonths: records.Some(int64(12)), NoticeMonths: records.Some(int64(2)), WorkingDay: vendors.Earlier, LeadDays: 14, Yearly: records.Some(records.Money{Minor: int64(12_345_00 * (i + 1)), Currency: "EUR"})}
			if err := vendors.Contracts.Create(u, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err := decisions.Refresh(context.Background(), p.DB, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
		t.Fatal(err)
	}
	p.Clock.Set(now)
}

// closed closes the tests' month.
func closed(t testing.TB, p *apptest.Program) {
	t.Helper()
	p.Do(t, func(u *records.Tx) error { return figures.Close(u, month) })
}

// made makes the month's report for an actor.
func made(t testing.TB, p *apptest.Program, actor *access.Actor, lang locale.Lang, f reports.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	p.Look(t, actor, func(v *records.View) error {
		d, err := reports.Monthly(v, p.Words, reports.Options{Month: month, Lang: lang})
		if err != nil {
			return err
		}
		return reports.Write(&out, d, f)
	})
	return out.Bytes()
}
