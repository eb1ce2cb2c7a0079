// Package drill proves that a backup is one: it restores it into a scratch
// instance that is never the source, compares what comes out with what went in,
// measures how long the way back takes and how much would be lost, and leaves
// nothing behind.
package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"time"

	"filippo.io/age"

	"steward/collect/backup"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
	"steward/collect/backup/snapshot"
)

// Options say what is drilled, how far, and against what.
type Options struct {
	Path       string         // folder of an artefact, or a file that any tool wrote
	Level      Level          // how far
	Source     *backup.Target // the source as it is now; nil: its manifest alone speaks for it
	Keys       []age.Identity // to decrypt with
	Passphrase string         // file with restic's password
	RPO        time.Duration  // how old it may be; 0: no target
	RTO        time.Duration  // how long the way back may take; 0: no target
	MinSize    int64          // smallest size in bytes that is believed; 0: the history decides
	Globals    string         // file with the roles of a dump that has none beside it
	Log        string         // folder with PostgreSQL's archived log, for a point in time
	Until      string         // lsn:…, marker:ID or a moment (RFC 3339): how far the log is followed
	Superuser  string         // of a copied cluster whose manifest does not tell
	Queries    []Query        // own questions, for L4
	Tolerance  float64        // how far rows may differ from a live source (0.1 is a tenth)
	Scratch    string         // folder in which the scratch instance is made; "" is that for temporary files
	Jobs       int            // parallel restore; 0 is 2
	By         string         // who; "" is the user of this process
	Progress   func(string)   // may be nil

	template string             // a cluster made before, for tests
	at       func(phase string) // is told each phase, for tests
	free     func(string) (int64, bool)
}

// run is one drill.
type run struct {
	Options
	report   *Report
	artefact repository.Artefact // its Manifest is nil for a file of another tool
	file     string              // the file of another tool
	form     repository.Form
	history  []repository.Artefact
	room     *scratch.Room
	restored *restored
	source   *sourceNow
	stopped  bool
	now      time.Time
}

// restored is what the scratch instance holds.
type restored struct {
	state *snapshot.Snapshot
	ask   func(ctx context.Context, sql string) (string, error)
}

// Run runs a drill. The report is there unless the drill could not be run at all;
// what the drill found wrong is in the report and is no error. An interrupt is
// an error, and leaves nothing behind either.
func Run(ctx context.Context, o Options) (report *Report, err error) {
	if o.Jobs <= 0 {
		o.Jobs = 2
	}
	if o.Tolerance <= 0 {
		o.Tolerance = 0.1
	}
	if o.free == nil {
		o.free = scratch.Free
	}
	d := &run{Options: o, report: &Report{Version: 1, Asked: o.Level, Started: time.Now().UTC(), By: o.By}, now: time.Now().UTC()}
	if err := d.who(); err != nil {
		return nil, err
	}
	if err := d.open(); err != nil {
		return nil, err
	}
	if d.artefact.Dir != "" {
		h, err := d.artefact.Hold()
		if err != nil {
			return nil, fmt.Errorf("hold %s: %w", d.artefact.Dir, err)
		}
		defer h.Release()
	}
	if o.Source != nil {
		d.report.Source = o.Source.Shown
		if d.source, err = d.lookAtSource(ctx); err != nil {
			return nil, fmt.Errorf("look at the source: %w", err)
		}
	}
	done, err := d.levels(ctx)
	if err != nil {
		return nil, err
	}
	d.report.settle(done)
	d.report.Ended = time.Now().UTC()
	if d.artefact.Dir != "" {
		seen := repository.Drilled{At: d.report.Ended, Asked: o.Level.String(), Level: d.report.Reached.String(), Passed: d.report.sound(), Round: 1}
		if before := d.artefact.Drill; before != nil {
			if !before.Passed && seen.Passed && seen.Asked < before.Asked {
				// A look that goes less far does not make good what failed.
				seen = *before
			}
			seen.Round = before.Round + 1
		}
		if err := d.artefact.Remember(seen); err != nil {
			d.report.add(L0, "remember", Unknown, "", "the result could not be noted beside the artefact: "+err.Error())
		}
	}
	return d.report, nil
}

// levels goes through the levels up to the one asked for, and returns the highest
// it went through. A backup that is too old or too small is looked at all the
// same; one that is damaged is not restored.
func (d *run) levels(ctx context.Context) (done Level, err error) {
	defer func() {
		// Also on a panic, which goes on after the room is gone.
		err = errors.Join(err, d.cleanUp())
	}()
	done = None
	for _, l := range []struct {
		level Level
		do    func(context.Context) error
	}{{L0, d.l0}, {L1, d.l1}, {L2, d.l2}, {L3, d.l3}, {L4, d.l4}} {
		if l.level > d.Level || d.stopped {
			break
		}
		d.say("%s", l.level)
		if err := l.do(ctx); err != nil {
			return done, err
		}
		if err := ctx.Err(); err != nil {
			return done, err
		}
		done = l.level
		if l.level > L0 && d.report.failed(l.level) {
			break
		}
	}
	return done, nil
}

func (d *run) cleanUp() error {
	if d.room == nil {
		return nil
	}
	err := d.room.Close()
	if err == nil {
		d.report.Scratch = append(d.report.Scratch, "removed with all it held")
	}
	d.room = nil
	return err
}

func (d *run) who() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	d.report.Host = host
	if d.report.By == "" {
		if u, err := user.Current(); err == nil {
			d.report.By = u.Username
		}
	}
	return nil
}

func (d *run) say(format string, args ...any) {
	if d.Progress != nil {
		d.Progress(fmt.Sprintf(format, args...))
	}
}

// phase times one stretch.
func (d *run) phase(name string, bytes int64, do func() error) error {
	if d.at != nil {
		d.at(name)
	}
	d.say("%s", name)
	started := time.Now()
	err := do()
	if err == nil {
		d.report.Phases = append(d.report.Phases, Phase{name, time.Since(started).Seconds(), bytes})
	}
	return err
}

func (d *run) version(text string) {
	if !slices.Contains(d.report.Versions, text) {
		d.report.Versions = append(d.report.Versions, text)
	}
}

// stop ends the drill after this level: going on would mean nothing.
func (d *run) stop() { d.stopped = true }
