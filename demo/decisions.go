package demo

import (
	"context"
	"time"

	"steward/kernel/app"
	"steward/kernel/decisions"
	"steward/kernel/records"
)

// answers are what the head of MIS chooses of a decision's options, the first that
// it has, and how that is justified. What has none of them stays open.
var answers = []struct{ option, reason string }{
	{"approve", "Agreed for the next maintenance window, after the test machines."},
	{"go-on", "In use every day, and the price is in the plan."},
	{"accept", "The growth was announced; it is in next year's plan."},
	{"never", "Not needed for the work here."},
}

// tellDecisions has what is to be decided found at the ends of the last months, and
// most of it decided a few days later: by the head of MIS, and where the amount asks
// for a second person by the head of finance.
func (w *world) tellDecisions() []step {
	var steps []step
	for _, end := range w.monthEnds(months) {
		day := end.AddDate(0, 0, 6)
		if !day.Before(w.end) {
			continue
		}
		name := end.Format("January 2006")
		steps = append(steps,
			step{at: end.Add(time.Hour), name: "decisions asked in " + name, work: func(ctx context.Context, p *app.Program) error { return decisions.Refresh(ctx, p.DB, p.Log) }},
			step{at: day, name: "decisions of " + name, do: w.decide})
	}
	return steps
}

// decide answers most of what is open.
func (w *world) decide(u *records.Tx) error {
	head, second := u.As(w.byCode["MIS"].head.actor()), u.As(w.byCode["FIN"].head.actor())
	open, err := decisions.List(head, decisions.All, 500)
	if err != nil {
		return err
	}
	for _, d := range open {
		if d.State != decisions.Open || w.random("decided", d.Key, u.Now.Unix()).chance(12) {
			continue
		}
		for _, a := range answers {
			if d.Option(a.option) == nil {
				continue
			}
			if err := decisions.Decide(head, d.ID, decisions.Choice{Option: a.option, Reason: a.reason}); err != nil {
				return err
			}
			now, err := decisions.Get(head, d.ID)
			if err != nil {
				return err
			}
			if now.State == decisions.Second {
				err = decisions.Agree(second, d.ID, true, "Seen and agreed.", 0)
			}
			if err != nil {
				return err
			}
			break
		}
	}
	return nil
}
