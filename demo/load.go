package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/kernel/storage"
)

// Clock is the program's clock while the story is told. It shows the real time
// until it is set.
type Clock struct{ micros atomic.Int64 }

// Now is the time it shows.
func (c *Clock) Now() time.Time {
	if at := c.micros.Load(); at != 0 {
		return time.UnixMicro(at).UTC()
	}
	return time.Now()
}

func (c *Clock) set(at time.Time) { c.micros.Store(at.UnixMicro()) }

// Release lets it show the real time again.
func (c *Clock) Release() { c.micros.Store(0) }

// step is one piece of the story: a transaction at its moment, or work on the
// whole program with its clock at that moment.
type step struct {
	at   time.Time
	name string
	by   *person // who did it; nil: Steward
	do   func(u *records.Tx) error
	work func(ctx context.Context, p *app.Program) error
}

// state is what is kept of a load in the installation.
type state struct {
	Options
	Done   int  `json:"done"`
	Loaded bool `json:"loaded"`
}

// setting is the key under which state is kept.
const setting = "demo"

// Origin is what the history says of everything the sample brought.
const Origin = "demo"

// Load tells the sample organisation into the program's database, which must hold
// nobody but its first administrator, or a load that was stopped. The clock is the
// one the program was opened with.
func Load(ctx context.Context, p *app.Program, clock *Clock, o Options) ([]*Login, error) {
	defer clock.Release()
	if o.Scale <= 0 || o.Scale > 1000 {
		return nil, fail.New(fail.Invalid, "demo.scale", "The scale is a number above 0, up to 1000.")
	}
	if !o.Today.Valid() || o.Today < "2010-01-01" || o.Today > "2100-01-01" {
		return nil, fail.New(fail.Invalid, "demo.today", "The day is written like 2026-11-22.")
	}
	s, err := begin(ctx, p, o)
	if err != nil {
		return nil, err
	}
	o.Scale, o.Seed, o.Today = s.Scale, s.Seed, s.Today
	w := plan(o)
	steps := w.story(p)
	for i := s.Done; i < len(steps); i++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("stopped at step %d of %d; load again with the same options to go on, or remove what is there: %w", i, len(steps), err)
		}
		if o.Say != nil {
			o.Say(i, len(steps), steps[i].name)
		}
		clock.set(steps[i].at)
		if err := w.take(ctx, p, steps[i], state{o, i + 1, i+1 == len(steps)}); err != nil {
			if errors.Is(err, context.Canceled) {
				return nil, fmt.Errorf("stopped at step %d of %d; load again with the same options to go on, or remove what is there: %w", i, len(steps), err)
			}
			return nil, fmt.Errorf("sample organisation: %s: %w", steps[i].name, err)
		}
	}
	clock.Release()
	return w.logins, w.invite(ctx, p, steps[len(steps)-1].at)
}

// take takes one step and keeps, in the same transaction, that it was taken.
func (w *world) take(ctx context.Context, p *app.Program, s step, next state) error {
	ids := w.random("step", next.Done).id
	p.DB.IDs = ids
	defer func() { p.DB.IDs = nil }()
	if s.work != nil {
		if err := s.work(ctx, p); err != nil {
			return err
		}
	}
	return p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Now, u.Origin = s.at, Origin
		u.IDs = ids
		if s.do != nil {
			v := u
			if s.by != nil {
				v = u.As(s.by.actor())
			}
			if err := s.do(v); err != nil {
				return err
			}
		}
		return org.Set(u, setting, next)
	})
}

// actor is a person as who did something in the story, with the rights to.
func (x *person) actor() *access.Actor {
	return &access.Actor{Kind: access.SystemKind, Person: string(x.ID), Name: x.Name}
}

// begin refuses an installation that holds anything of its own, and returns how
// far an earlier load came.
func begin(ctx context.Context, p *app.Program, o Options) (s state, err error) {
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		found, err := org.Setting(u, setting, &s)
		if err != nil {
			return err
		}
		switch {
		case found && s.Loaded:
			return fail.New(fail.Conflict, "demo.loaded", "The sample organisation is loaded already. Take it away first: steward demo remove.")
		case found && (s.Scale != o.Scale || s.Seed != o.Seed):
			return fail.New(fail.Conflict, "demo.other", "A load with scale {scale} and seed {seed} was stopped. Go on with the same, or take it away first: steward demo remove.").
				With("scale", s.Scale).With("seed", s.Seed)
		case found:
			return nil
		}
		if err := empty(u, p); err != nil {
			return err
		}
		u.Origin, u.Now = Origin, o.Today.Time().AddDate(-Years, 0, 0)
		s = state{Options: o}
		if err := org.Set(u, setting, s); err != nil {
			return err
		}
		// The banner is there from the first moment on.
		return org.Set(u, "organisation", nordwind)
	})
	return s, err
}

// empty refuses a database that holds records of people.
func empty(u *records.Tx, p *app.Program) error {
	for _, d := range p.Registry.Defs() {
		n, err := d.Count(u, records.Query{Both: true}, 0)
		if err != nil {
			return err
		}
		if d == org.Persons.Def() && n <= 1 {
			continue // the first administrator
		}
		if n > 0 {
			return fail.New(fail.Conflict, "demo.not-empty", "This installation already holds records of its own ({type}: {count}). Load the sample organisation into another folder: --data DIR.").
				With("type", d.Plural).With("count", n)
		}
	}
	return nil
}

// story is everything in the order in which it happened.
func (w *world) story(p *app.Program) []step {
	var all []step
	for _, part := range []func() []step{w.tellRates, w.tellOrganisation, w.tellAccounts, w.tellVendors, w.tellSystems, w.tellContracts, w.tellMoney, w.tellHosts, w.tellFigures, w.tellDecisions} {
		all = append(all, part()...)
	}
	all = append(all, w.tellShop(p)...)
	slices.SortStableFunc(all, func(a, b step) int { return cmp.Compare(a.at.UnixMicro(), b.at.UnixMicro()) })
	return append(all, w.tellSalaries(all[len(all)-1].at))
}
