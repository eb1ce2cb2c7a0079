package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"steward/kernel/org"
	"steward/kernel/records"
)

type person struct {
	org.Person
	unit   *unit
	boss   *person
	joined time.Time
	left   bool // has left since
}

// fixed are the people the documentation speaks of, by the unit they head or
// work in; the others' names come from chance.
var fixed = []struct {
	unit, name, title string
	head              bool
}{
	{"NWG", "Katharina Brandt", "", true},
	{"MIS", "Helena Lindqvist", "", true},
	{"MIS-INF", "Anders Holm", "", true},
	{"SAL", "Claudia Vogt", "", true},
	{"FIN", "Michael Steinhoff", "", true},
	{"PL-IT", "Tomasz Wójcik", "System engineer", false},
	{"HU-PRD", "Eszter Molnár", "Production planner", false},
	{"AUD", "Oskar Bergström", "", true},
}

func (w *world) planPeople() {
	r := w.random("people")
	taken, used := map[string]bool{}, map[string]bool{}
	for _, f := range fixed {
		used[f.name] = true
	}
	add := func(u *unit, name, title string, head bool) {
		t := tongues[u.site.Country]
		if name == "" {
			name = w.name(r, t, used)
		}
		p := &person{unit: u, boss: u.head}
		if head {
			u.head = p
			for up := u.parent; up != nil && p.boss == nil; up = up.parent {
				p.boss = up.head
			}
		}
		n := len(w.people)
		p.joined = w.start.Add(9 * time.Hour)
		if !head && r.chance(30) {
			p.joined = p.joined.AddDate(0, 0, r.between(10, Years*365-30))
		}
		p.Person = org.Person{Name: name, Email: records.Some(address(name, taken)), Title: records.Some(title), Unit: records.Some(u.ID), Site: records.Some(u.site.ID),
			Phone: records.Some(fmt.Sprintf("%s%02d%02d", t.phone, n/100%100, n%100)), Lang: records.Some(t.lang), Timezone: records.Some(u.site.Timezone), External: !head && r.chance(4)}
		p.ID = records.ID[org.Person](w.id(p.joined, "person", n))
		if fixedName(name) {
			p.Lang = records.Opt[string]{} // they read the organisation's language, which is the documentation's
		}
		if p.boss != nil {
			p.Manager = records.Some(p.boss.ID)
		}
		p.left = !head && name != "" && !fixedName(name) && r.chance(3)
		w.people = append(w.people, p)
		w.byUnit[u.Code.V] = append(w.byUnit[u.Code.V], p)
	}
	for _, u := range w.units {
		name := ""
		for _, f := range fixed {
			if f.unit == u.Code.V && f.head {
				name = f.name
			}
		}
		add(u, name, u.lead, true)
	}
	for _, f := range fixed {
		if !f.head {
			add(w.byCode[f.unit], f.name, f.title, false)
		}
	}
	for total := w.count(400, 60); len(w.people) < total; {
		u := w.place(r)
		add(u, "", pick(r, strings.Split(u.jobs, ",")), false)
	}
	slices.SortStableFunc(w.people, func(a, b *person) int { return a.joined.Compare(b.joined) })
}

func fixedName(name string) bool {
	for _, f := range fixed {
		if f.name == name {
			return true
		}
	}
	return false
}

// name is a name that nobody else has while there are enough of them.
func (w *world) name(r random, t tongue, used map[string]bool) string {
	for try := 0; ; try++ {
		first := pick(r, t.women)
		if r.chance(50) {
			first = pick(r, t.men)
		}
		name := first + " " + pick(r, t.family)
		if try > 5 {
			name += "-" + pick(r, t.family)
		}
		if !used[name] || try > 20 {
			used[name] = true
			return name
		}
	}
}

// place is a unit for one more person: the site by its share, the unit by its weight.
func (w *world) place(r random) *unit {
	var shares []int
	for _, s := range w.sites {
		shares = append(shares, s.share)
	}
	s := w.sites[r.weighted(shares)]
	var of []*unit
	var weights []int
	for _, u := range w.units {
		if u.site == s {
			of, weights = append(of, u), append(weights, u.weight)
		}
	}
	return of[r.weighted(weights)]
}

// anyone is somebody of a unit or, without one, its head.
func (w *world) anyone(r random, code string) *person {
	of := w.byUnit[code]
	for range 5 {
		if p := pick(r, of); !p.left && !p.joined.After(w.start.AddDate(0, 0, 1)) {
			return p
		}
	}
	return w.byCode[code].head
}

// batch is how many records one transaction writes at most.
const batch = 200

func (w *world) tellPeople() []step {
	var steps []step
	at := w.start.Add(9 * time.Hour)
	for first := range slices.Chunk(w.atStart(), batch) {
		steps = append(steps, step{at: at, name: "people", do: func(u *records.Tx) error { return createPeople(u, first) }})
	}
	steps = append(steps, step{at: at.Add(time.Minute), name: "heads of units", do: func(u *records.Tx) error {
		for _, x := range w.units {
			err := org.Units.Update(u, x.ID, func(rec *org.Unit) error { rec.Head = records.Some(x.head.ID); return nil })
			if err != nil {
				return err
			}
		}
		return nil
	}})
	// Later arrivals, month by month, and those who leave.
	months := map[string][]*person{}
	var order []string
	for _, p := range w.people {
		if p.joined.After(at) {
			m := p.joined.Format("2006-01")
			if months[m] == nil {
				order = append(order, m)
			}
			months[m] = append(months[m], p)
		}
	}
	for _, m := range order {
		of := months[m]
		for part := range slices.Chunk(of, batch) {
			steps = append(steps, step{at: part[len(part)-1].joined, name: "people who joined in " + m, by: w.byCode["HR"].head, do: func(u *records.Tx) error { return createPeople(u, part) }})
		}
	}
	return append(steps, w.tellLeaving()...)
}

// atStart are those who were there from the beginning, managers first.
func (w *world) atStart() []*person {
	var out []*person
	for _, p := range w.people {
		if !p.joined.After(w.start.Add(9 * time.Hour)) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *person) int { return cmp.Compare(a.depth(), b.depth()) })
	return out
}

func (p *person) depth() int {
	if p.boss == nil {
		return 0
	}
	return p.boss.depth() + 1
}

func createPeople(u *records.Tx, of []*person) error {
	for _, p := range of {
		rec := p.Person
		if err := org.Persons.Create(u, &rec); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// tellLeaving archives those who left, in the months in which they did.
func (w *world) tellLeaving() []step {
	r := w.random("leaving")
	var gone []*person
	for _, p := range w.people {
		if p.left {
			gone = append(gone, p)
		}
	}
	var steps []step
	for part := range slices.Chunk(gone, batch) {
		// All of a batch leave at the end of the same month, after the last of them joined.
		at := w.ago(r.between(5, 25), 16, 0)
		steps = append(steps, step{at: at, name: "people who left", by: w.byCode["HR"].head, do: func(u *records.Tx) error {
			for _, p := range part {
				if err := org.Persons.Archive(u, p.ID); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	return steps
}
