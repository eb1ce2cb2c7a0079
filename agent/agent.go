// Package agent runs on a machine and reports what it is to a Steward server:
// it makes a key of its own, enrols once with a token, and from then on sends
// an inventory each interval, outbound only. It keeps what it could not send
// for a day, holds back when the machine is busy, and says why.
package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"runtime"
	"time"

	"steward/collect/agentproto"
	"steward/collect/fact"
	"steward/collect/host"
)

// Options say where to report and within which limits. The zero values are the
// defaults named.
type Options struct {
	Server string // address of the server, https; http only for this machine itself
	Token  string // one-time enrolment token; needed only until enrolled
	Data   string // folder for key, certificate and queue
	CA     string // file with the certificates to trust the server by
	Pin    string // SHA-256 of the server's certificate or of its key, hex

	Interval time.Duration // between reports: 1 hour
	CPU      float64       // share of one processor, averaged over the interval: 0.05
	Memory   int64         // bytes of memory: 128 MB
	Once     bool          // send one report and end

	Version string
	Log     *slog.Logger

	// What the outside world does; the machine's own if nil.
	Collect func(context.Context) (fact.Inventory, error)
	Load    func() Pressure
	Clock   func() time.Time
	Wait    func(context.Context, time.Duration) error
}

func (o *Options) complete() error {
	u, err := url.Parse(o.Server)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("the server %q is not an address such as https://steward.example.net", o.Server)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("the server is not this machine, so it must be reached by https")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("the server's address must begin with https://, not %s://", u.Scheme)
	case o.Data == "":
		return errors.New("name a folder for the agent's key and queue")
	case o.CA != "" && o.Pin != "":
		return errors.New("trust the server by a CA file or by a pin, not both")
	}
	if o.Interval == 0 {
		o.Interval = time.Hour
	}
	if o.Interval < time.Second || o.Interval > 24*time.Hour {
		return errors.New("the interval must be between a second and a day")
	}
	if o.CPU == 0 {
		o.CPU = 0.05
	}
	if o.Memory == 0 {
		o.Memory = 128 << 20
	}
	if o.CPU < 0.001 || o.CPU > 1 || o.Memory < 32<<20 {
		return errors.New("the limits must leave at least 0.1 % of a processor and 32 MB of memory")
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Collect == nil {
		o.Collect = func(ctx context.Context) (fact.Inventory, error) {
			return host.Collect(ctx, host.Options{Collector: "steward-agent " + o.Version})
		}
	}
	if o.Load == nil {
		o.Load = pressure
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Run enrols if need be and reports until ctx ends; with Once it returns after
// the first report, with an error if that was not accepted. A server that
// cannot be reached is no reason to end.
func Run(ctx context.Context, o Options) error {
	if err := o.complete(); err != nil {
		return err
	}
	a := &agent{Options: o}
	var err error
	if a.store, err = open(o.Data); err != nil {
		return err
	}
	defer a.store.close()
	a.limit()
	fresh := a.store.Hashes == nil // nothing has arrived yet
	if err := a.enrol(ctx); err != nil {
		return err
	}
	a.Log.Info("reporting", "server", a.Server, "agent", a.store.ID, "interval", a.Interval)
	failures := 0
	// Whoever enrols a machine, or asks for one report, waits for it now.
	for awaited := fresh || a.Once; ; awaited = false {
		pause := a.jitter(a.Interval)
		var held *agentproto.Held
		if !awaited {
			held = a.holdBack()
		}
		if held != nil {
			pause = held.Until.Sub(a.Clock())
		} else {
			err := a.report(ctx)
			var revoked *refusal
			switch {
			case ctx.Err() != nil:
				return nil
			case a.Once:
				a.ended(err)
				return err
			case errors.As(err, &revoked) && revoked.Code == agentproto.CodeRevoked:
				a.status("refused", err.Error())
				return fmt.Errorf("the server no longer knows this agent: %w; enrol it again in a new folder", err)
			case err != nil:
				pause = backOff(failures, a.Interval)
				failures++
				a.Log.Warn("not sent", "error", err, "queued", len(a.store.queued()), "again_in", pause.Round(time.Second))
				a.status("waiting", err.Error())
			default:
				failures = 0
				pause = max(pause, a.rest())
				a.status("sent", "")
			}
		}
		a.next = a.Clock().Add(pause)
		a.saveStatus()
		if a.Wait(ctx, pause) != nil {
			return nil
		}
	}
}

// ended keeps how a single report went, for who asks for the status.
func (a *agent) ended(err error) {
	if err != nil {
		a.status("waiting", err.Error())
	} else {
		a.status("sent", "")
	}
	a.saveStatus()
}

// agent is one run.
type agent struct {
	Options
	store  *store
	client *client
	held   []agentproto.Held // not told to the server yet
	spent  time.Duration     // processor time of the last report
	began  time.Time
	state  Status
	next   time.Time
	said   string // the server's last words
}

// jitter spreads reports of many agents: between 90 and 100 % of d.
func (a *agent) jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Int64N(int64(d)/10+1))
}

// backOff waits longer after each failure, from half a minute to the interval
// or an hour, and at random between half and the whole of it, so that a fleet
// does not come back all at once.
func backOff(failures int, interval time.Duration) time.Duration {
	longest := max(interval, time.Second)
	if longest > time.Hour {
		longest = time.Hour
	}
	d := longest
	if failures < 12 {
		d = min(longest, 30*time.Second<<failures)
	}
	return d/2 + time.Duration(rand.Int64N(int64(d)/2+1))
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
