package demo

import (
	"context"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/figures"
	"steward/kernel/records"
	"steward/kernel/storage"
	"steward/modules/vendors"
)

// tellFigures computes all figures at the ends of the last months, as they were
// then, closes these months, and computes them at the end of the story, when the
// decisions that wait are found too.
func (w *world) tellFigures() []step {
	var steps []step
	for _, at := range w.monthEnds(months) {
		month := figures.MonthOf(records.DateOf(at))
		steps = append(steps,
			step{at: at.Add(-30 * time.Minute), name: "dates of contracts", do: func(u *records.Tx) error { _, err := vendors.RefreshDates(u); return err }},
			step{at: at, name: "figures of " + at.Format("January 2006"), work: func(ctx context.Context, p *app.Program) error { return figures.Compute(ctx, p.DB, p.Log) }})
		if day := closing(at); day.Before(w.end) {
			steps = append(steps, step{at: day, name: "close of " + at.Format("January 2006"), work: func(ctx context.Context, p *app.Program) error {
				return closeMonth(ctx, p, month)
			}})
		}
	}
	return append(steps, step{at: w.end.Add(-30 * time.Minute), name: "figures and decisions of the day", work: func(ctx context.Context, p *app.Program) error { return p.Refresh(ctx) }})
}

// closing is when the month that ends in that evening is closed.
func closing(end time.Time) time.Time { return end.AddDate(0, 0, figures.ClosingDay+4) }

// closeMonth closes a month, unless a load that was stopped has closed it.
func closeMonth(ctx context.Context, p *app.Program, month figures.Month) error {
	err := p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = Origin
		return figures.Close(u, month)
	})
	if fail.Is(err, fail.Conflict) {
		return nil
	}
	return err
}
