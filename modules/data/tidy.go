package data

import (
	"context"
	"time"

	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/storage"
)

const tidyJob = "data.tidy"

// What is kept of a source's deliveries: the rows of the newest, of the last
// accepted of each of the last days, and for ever those that a closed month was
// read from. Of all others the rows go; what they were, what was found in them,
// their bad rows and the file as it was delivered stay.
const (
	keptNewest = 10
	keptDays   = 14
)

// runTidy lets go of the rows that nothing reads any more: a source that is read
// each hour would else fill the disk. What lies in the data folder is thrown away
// later, once nothing names it.
func runTidy(ctx context.Context, run *jobs.Run) error {
	var all []*Source
	err := run.View(ctx, func(v *storage.View) (err error) {
		all, err = Sources.List(v, records.Query{})
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := run.Update(ctx, func(u *storage.Update) error { return tidy(u, s.ID) }); err != nil {
			return err
		}
	}
	return nil
}

// tidy lets go of the rows of a source's old deliveries.
func tidy(u *storage.Update, id records.ID[Source]) error {
	held, err := Deliveries.List(u, records.Query{Sort: "-received_at", Where: []records.Cond{
		records.Is(&Deliveries.P.Source, id), records.Known(&Deliveries.P.CubeFile)}})
	if err != nil || len(held) <= keptNewest {
		return err
	}
	keep, err := closedOn(u, id)
	if err != nil {
		return err
	}
	days := map[records.Date]bool{}
	for i, d := range held {
		day := records.DateOf(d.ReceivedAt.Time())
		young := d.ReceivedAt.Time().After(u.Now.AddDate(0, 0, -keptDays))
		first := len(days) == 0 // the last accepted one: all figures are made of it
		lastOfDay := d.State == Accepted && !days[day] && (young || first)
		if d.State == Accepted {
			days[day] = true
		}
		if i < keptNewest || lastOfDay || keep[d.ID] {
			continue
		}
		err := Deliveries.Update(u, d.ID, func(d *Delivery) error {
			d.CubeFile = records.Opt[string]{}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// closedOn are the deliveries of a source that counted when a month was closed.
func closedOn(u *storage.Update, id records.ID[Source]) (map[records.ID[Delivery]]bool, error) {
	moments, err := figures.Closings(u)
	if err != nil {
		return nil, err
	}
	keep := map[records.ID[Delivery]]bool{}
	for _, at := range moments {
		d, err := accepted(records.AsOf(u.Reading(), at), id)
		if err != nil {
			return nil, err
		}
		if d != nil {
			keep[d.ID] = true
		}
	}
	return keep, nil
}

// letGo says whether the rows of a delivery were let go by Steward, not lost.
func letGo(r records.Reader, d *Delivery) (bool, error) {
	v := asSystem(r)
	v.AsOf = time.Time{}
	now, err := Deliveries.Get(v, d.ID)
	return err == nil && !now.CubeFile.Set, err
}
