package database

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"steward/collect/fact"
)

// Unreachable is a server that could not be asked at all. A gap has been
// emitted for it.
type Unreachable struct {
	Target string
	Why    string
}

func (u *Unreachable) Error() string { return u.Target + ": " + u.Why }

// Run asks one target and emits what it finds: one "database", then a "check"
// each, a "table" each, sizes, statements, and what changed since o.Earlier. It
// returns ctx's or emit's error, an *Unreachable, or nil.
func Run(ctx context.Context, t Target, o Options, emit fact.Emit) error {
	o = o.whole()
	s, err := open(ctx, t, o)
	if err != nil {
		r := &run{target: t, options: o, emit: emit, source: t.Name}
		return r.unreachable(ctx, err)
	}
	return runOver(ctx, s, t, o, emit)
}

// runOver asks over an open session and closes it.
func runOver(ctx context.Context, s session, t Target, o Options, emit fact.Emit) error {
	defer s.close()
	r := &run{target: t, options: o.whole(), emit: emit, source: t.Name, session: s}
	return r.all(ctx)
}

// run is one target being asked.
type run struct {
	target  Target
	options Options
	emit    fact.Emit
	source  string
	session session
	who     Server
	asked   map[string]*table // answers already had, by what was asked
	denied  map[string]error
}

func (r *run) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	why, right := explain(r.target.hide(err))
	g := fact.Gap{What: "the server", Why: why, Needs: "a server that answers at this address"}
	if right {
		g.Needs = "a user and password that may sign in; `steward collect database --role " + string(r.target.Engine) + "` prints the script that makes one"
	}
	if err := r.say("gap", g); err != nil {
		return err
	}
	return &Unreachable{r.target.Name, why}
}

func (r *run) say(kind string, data any) error {
	return r.emit(fact.Observation{Kind: kind, Target: r.target.Name, At: r.now(), Source: r.source, Method: r.method(), Data: data})
}

func (r *run) now() time.Time {
	if !r.options.Now.IsZero() {
		return r.options.Now.UTC()
	}
	return time.Now().UTC().Truncate(time.Millisecond)
}

func (r *run) method() string {
	switch r.target.Engine {
	case Redis:
		return "redis"
	case MongoDB:
		return "mongodb"
	}
	return "sql"
}

func (r *run) all(ctx context.Context) error {
	who, err := r.session.server(ctx)
	if err != nil {
		return r.unreachable(ctx, err)
	}
	who.Support = SupportOf(who.Product, who.Version, r.now())
	r.who = who
	r.source = fmt.Sprintf("%s %s", who.Product, cmp.Or(who.Version, "of unknown version"))
	if err := r.say("database", who); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{{"checks", r.checks}, {"structure", r.structure}, {"sizes", r.sizes}, {"statements", r.statements}} {
		if !slices.Contains(r.options.Parts, part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// gap says what a part could not see; a cancelled run says nothing more.
func (r *run) gap(ctx context.Context, what string, err error, needs string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	why, right := explain(r.target.hide(err))
	if !right {
		needs = ""
	}
	return r.say("gap", fact.Gap{What: what, Why: why, Needs: needs})
}

// checks runs those that are for this server, in their order.
func (r *run) checks(ctx context.Context) error {
	list := r.options.Checks
	if list == nil {
		list = Checks()
	}
	d, err := openDesk()
	if err != nil {
		return err
	}
	defer d.close()
	r.asked, r.denied = map[string]*table{}, map[string]error{}
	if err := r.say("check", supportResult(r.who)); err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		if !c.fits(r.who) {
			continue
		}
		result := r.check(ctx, d, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if result.Proven == "live" && (r.who.Product == "mysql" || r.who.Product == "valkey") {
			result.Proven = "related" // MariaDB and Redis stood for them
		}
		if err := r.say("check", result); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) check(ctx context.Context, d *desk, c *Check) Result {
	failed := func(err error) Result {
		why, right := explain(err)
		if !right {
			return c.unknown(why, "")
		}
		return c.unknown(why, cmp.Or(c.Needs, "the role that `steward collect database --role "+string(c.Engine)+"` prints"))
	}
	if len(c.Ask) == 0 {
		t, err := r.session.ask(ctx, c.text(), maxRows)
		if err != nil && len(c.Instead) > 0 && ctx.Err() == nil {
			if _, right := explain(err); right || c.Engine == SQLite { // there no right is missing, only a table
				if other, again := r.session.ask(ctx, c.otherText(), maxRows); again == nil {
					t, err = other, nil
				}
			}
		}
		if err != nil {
			return failed(err)
		}
		return c.judge(t)
	}
	more := false
	for _, name := range slices.Sorted(maps.Keys(c.Ask)) {
		t, err := r.answer(ctx, string(c.Ask[name]))
		if err != nil {
			return failed(err)
		}
		more = more || t.more
		if err := d.lay(ctx, name, t); err != nil {
			return c.unknown(err.Error(), "")
		}
	}
	t, err := d.ask(ctx, c.text(), maxRows)
	if err != nil {
		return c.unknown(err.Error(), "")
	}
	t.more = t.more || more
	return c.judge(t)
}

// answer asks once a run what several checks want to know.
func (r *run) answer(ctx context.Context, ask string) (*table, error) {
	if t := r.asked[ask]; t != nil {
		return t, nil
	}
	if err := r.denied[ask]; err != nil {
		return nil, err
	}
	t, err := r.session.ask(ctx, ask, maxAsked)
	if err != nil {
		if ctx.Err() == nil {
			r.denied[ask] = err
		}
		return nil, err
	}
	r.asked[ask] = t
	return t, nil
}
