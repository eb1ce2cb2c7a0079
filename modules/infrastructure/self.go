package infrastructure

import (
	"context"
	"os"
	"strings"
	"time"

	"steward/collect/host"
	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/figures"
	"steward/kernel/jobs"
	"steward/kernel/records"
)

// selfJob inventories the machine that the program runs on.
const selfJob = "infrastructure.self"

// SelfSource is the source of this machine's own inventory. The host name is
// part of it, so that copies of the program on several machines are told apart
// where nothing else tells them apart.
func SelfSource() string {
	name, err := os.Hostname()
	if err != nil {
		name = "unknown"
	}
	return "agent:self/" + strings.ToLower(line(name, 100))
}

func selfKind() jobs.Kind {
	return jobs.Kind{Name: selfJob, Attempts: 3, Timeout: 10 * time.Minute, Run: func(ctx context.Context, run *jobs.Run) error {
		inv, err := host.Collect(ctx, host.Options{})
		if err != nil {
			return err
		}
		return run.Update(ctx, func(u *records.Tx) error {
			u.Origin = "agent:self"
			_, diff, err := Ingest(u, inv, SelfSource())
			if err == nil && diff.New { // show its software at once, and not in ten minutes
				if _, err = jobs.Enqueue(u, catalogueJob, catalogueArgs{}, jobs.Options{Key: "schedule:" + catalogueJob}); err == nil {
					err = figures.Soon(u)
				}
			}
			return err
		})
	}}
}

func jobKinds(*app.Program) ([]jobs.Kind, []jobs.Schedule) {
	return []jobs.Kind{selfKind(), catalogueKind(), unheardKind()}, []jobs.Schedule{
		{Name: selfJob, Kind: selfJob, Args: struct{}{}, When: jobs.Every(time.Hour)},
		{Name: catalogueJob, Kind: catalogueJob, Args: catalogueArgs{}, When: jobs.Every(10 * time.Minute)},
		{Name: catalogueJob + ".whole", Kind: catalogueJob, Args: catalogueArgs{Whole: true}, When: jobs.Daily("03:20")},
		{Name: unheardJob, Kind: unheardJob, Args: struct{}{}, When: jobs.Every(time.Hour)},
	}
}

// started has this machine inventoried now, in the background.
func started(ctx context.Context, p *app.Program) error {
	return p.DB.Update(ctx, access.System(), func(u *records.Tx) error {
		_, err := jobs.Enqueue(u, selfJob, struct{}{}, jobs.Options{Key: "schedule:" + selfJob})
		return err
	})
}
