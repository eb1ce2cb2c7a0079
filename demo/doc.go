// Package demo loads a sample organisation into an empty installation and takes
// it away again: the Nordwind Group, a maker of pumps with its head office in
// Hamburg and plants in Malmö, Kraków and Győr, with its people, information
// systems, machines, vendors, contracts, money and orders of three years.
//
// Everything follows from a seed, a scale and a day: the same three bring the
// same records with the same ids. It is told in the order in which it happened,
// each step at its own moment, so that records have a past and the figures of past
// months are computed from what was known then. Each step is one transaction that
// notes how far the telling has come: a load that was stopped goes on where it
// stood.
package demo

import (
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
)

// Options say what to load.
type Options struct {
	// Scale multiplies people, hosts and orders; 1 is 400 people and 900 hosts.
	Scale float64 `json:"scale"`
	Seed  uint64  `json:"seed"`
	// Today is the day from which the story is told; it ends at its beginning.
	Today records.Date `json:"today"`
	// Password is given to the accounts made for trying out; without one each
	// gets a one-time sign-in.
	Password string `json:"-"`
	// Say is called now and then with how far the load has come.
	Say func(done, total int, what string) `json:"-"`
}

// Login is an account made for trying out.
type Login struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Role   string `json:"role"`
	Login  string `json:"login"`
	Link   string `json:"link,omitempty"` // one-time sign-in; "" when a password was given
	person records.ID[org.Person]
}

// Years is how far back the story begins.
const Years = 3

// world is the whole plan, made in memory before anything is written. Hosts are
// not in it: they are made when they are written, so that a large scale needs no
// more memory.
type world struct {
	Options
	start, end time.Time
	sites      []*site
	units      []*unit
	byCode     map[string]*unit
	people     []*person
	byUnit     map[string][]*person
	logins     []*Login
	vendors    []*vendor
	contracts  []*contract
	systems    []*system
	bySystem   map[string]*system
}

// plan makes the world of some options.
func plan(o Options) *world {
	end := o.Today.Time()
	w := &world{Options: o, end: end, start: end.AddDate(-Years, 0, 0), byCode: map[string]*unit{}, byUnit: map[string][]*person{}, bySystem: map[string]*system{}}
	w.planSites()
	w.planUnits()
	w.planPeople()
	w.planLogins()
	w.planVendors()
	w.planSystems()
	w.planContracts()
	return w
}

// count is n at scale 1, and never less than least.
func (w *world) count(n, least int) int { return max(least, int(float64(n)*w.Scale+0.5)) }

// ago is a moment some days before the end, at an hour of its day.
func (w *world) ago(days, hour, minute int) time.Time {
	return w.end.AddDate(0, 0, -days).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}

// monthEnds are the last evenings of the months before the day, the oldest first:
// at 20:00 UTC it is the same day everywhere in Europe, summer time or not.
func (w *world) monthEnds(n int) []time.Time {
	first := time.Date(w.end.Year(), w.end.Month(), 1, 0, 0, 0, 0, time.UTC)
	out := make([]time.Time, n)
	for i := range out {
		out[i] = first.AddDate(0, i+1-n, 0).Add(-4 * time.Hour)
	}
	return out
}
