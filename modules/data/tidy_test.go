package data_test

import (
	"testing"
	"time"

	"steward/kernel/access"
	"steward/kernel/jobs"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules/data"
)

func TestRowsOfOldDeliveriesGoButNotThoseOfAClosedMonth(t *testing.T) {
	each(t, func(t *testing.T, p *apptest.Program) {
		b := p.Browser(t, p.Person(t, "Mia Manager", access.MISManager))
		id := records.ID[data.Source](upload(t, b, orders))
		first := source(t, p, string(id)).ID
		deliver := func(state data.State) (d *data.Delivery) {
			p.Do(t, func(u *records.Tx) error {
				d = &data.Delivery{Source: id, State: state, ReceivedAt: records.Moment(u.Now.UnixMicro()), Fingerprint: "columns", CubeFile: records.Some("rows"), BadFile: records.Some("bad"), ReportFile: "report"}
				return data.Deliveries.Create(u, d)
			})
			return d
		}
		var closed *data.Delivery
		for i := range 120 { // three a day for forty days
			p.Clock.Advance(8 * time.Hour)
			d := deliver(data.Accepted)
			if i == 30 {
				closed = d
				p.Do(t, func(u *records.Tx) error {
					_, err := u.Exec("INSERT INTO figure_closing (month, closed_at) VALUES ('2026-10', $1)", u.Now.UnixMicro())
					return err
				})
			}
		}
		for range 12 { // what came since is faulty: the last accepted one still counts
			p.Clock.Advance(time.Minute)
			deliver(data.Unacceptable)
		}
		for _, k := range p.Runner.Kinds {
			if k.Name == "data.tidy" {
				if err := k.Run(t.Context(), &jobs.Run{DB: p.DB, Kind: k.Name}); err != nil {
					t.Fatal(err)
				}
			}
		}
		p.Look(t, access.System(), func(v *records.View) error {
			all, err := data.Deliveries.List(v, records.Query{Where: []records.Cond{records.Is(&data.Deliveries.P.Source, first)}})
			if err != nil {
				return err
			}
			kept, accepted := 0, 0
			for _, d := range all {
				if d.ReportFile == "" || d.ReportFile == "report" && !d.BadFile.Set {
					t.Errorf("what was found in delivery %s went too", d.ID)
				}
				if d.CubeFile.Set {
					kept++
					if d.State == data.Accepted {
						accepted++
					}
				}
				if d.ID == closed.ID && !d.CubeFile.Set {
					t.Error("the rows that a closed month was read from are gone")
				}
			}
			// the newest ten, all faulty; the last of each of fourteen days and the
			// part of a day before; the closed month's
			if len(all) != 133 || kept-accepted != 10 || accepted < 15 || accepted > 16 {
				t.Errorf("of %d deliveries %d keep their rows, %d of them accepted", len(all), kept, accepted)
			}
			return nil
		})
	})
}
