package demo

import (
	"fmt"
	"strings"
	"time"

	"steward/kernel/records"
	"steward/modules/infrastructure"
	"steward/modules/systems"
)

// machine is one machine of the group. It follows from its position alone, so
// that no list of all need be kept.
type machine struct {
	n        int
	name     string
	site     *site
	part     *part // of a system's server
	server   bool
	physical bool
	owner    *person
	platform *platform
	first    time.Time // when it first reported
	habit    habit
	since    int // month from which a neglected machine is, counted back from the end
	silent   int // so many months before the end it fell silent; 0: it has not
	random   uint64
}

// habit is how well a machine is looked after.
type habit byte

const (
	tidy    habit = iota // updates within days
	slow                 // updates pile up for a month or two
	neglect              // nobody has looked after it for long
)

// group is how many machines report in one transaction.
const group = 20

func (w *world) hostCount() int { return w.count(900, 30) }

// serverParts are the components with a machine of their own: all of them, or
// the first ones in a small sample.
func (w *world) serverParts() []*part {
	var out []*part
	for _, s := range w.systems {
		for _, p := range s.parts {
			if len(out) < w.hostCount()/3 {
				out = append(out, p)
			}
		}
	}
	return out
}

// arrival is when a group of machines first reported: most in the first months,
// the others as they were bought.
func (w *world) arrival(g int) time.Time {
	if g%5 != 4 {
		return w.start.AddDate(0, 0, 20+g*7%70).Add(time.Duration(7*60+g%480) * time.Minute)
	}
	r := w.random("arrival", g)
	return w.start.AddDate(0, 0, r.between(100, Years*365-20)).Add(time.Duration(7*60+g%480) * time.Minute)
}

func (w *world) machine(n int, parts []*part) *machine {
	r := w.random("machine", n)
	m := &machine{n: n, first: w.arrival(n / group), random: r.Uint64()}
	switch x := r.IntN(100); {
	case x < 4:
		m.habit, m.since = neglect, r.between(2, 7)
	case x < 20:
		m.habit = slow
	}
	switch {
	case n < len(parts):
		m.part, m.server, m.name, m.site = parts[n], true, parts[n].host, parts[n].site
		m.physical = parts[n].role == "esx" || parts[n].role == "sto" || parts[n].role == "hpc" || parts[n].role == "fw"
		m.habit = max(m.habit-1, tidy) // what a system runs on is looked after better
	case n < w.hostCount()*2/5:
		m.site, m.server = w.sites[r.weighted([]int{46, 17, 20, 17})], true
		m.name = fmt.Sprintf("%s-%s%03d", m.site.short, pick(r, []string{"test", "dev", "srv", "stage", "tool"}), n)
		m.physical = r.chance(10)
	default:
		m.owner = w.people[n*7%len(w.people)]
		if m.owner.joined.After(m.first.AddDate(0, 0, -40)) || m.owner.left {
			m.owner = m.owner.unit.head
		}
		for _, s := range w.sites {
			if s.ID == m.owner.Site.V {
				m.site = s
			}
		}
		m.name = fmt.Sprintf("nw-%s-%s%04d", m.site.short, pick(r, []string{"n", "n", "n", "d"}), n)
		m.physical = true
		if r.chance(4) && m.first.Before(w.end.AddDate(0, -8, 0)) {
			m.silent = r.between(1, 6)
		}
	}
	list := desktops
	if m.server {
		list = servers
	}
	weights := make([]int, len(list))
	for i := range list {
		weights[i] = list[i].weight
	}
	m.platform = &list[r.weighted(weights)]
	return m
}

// source is the name of the agent on the machine.
func (m *machine) source() string { return "agent:nordwind/" + m.name }

// tellHosts lets the machines report for the first time, group by group, and
// again at each month's end with what has changed by then.
func (w *world) tellHosts() []step {
	parts := w.serverParts()
	var steps []step
	for g := range (w.hostCount() + group - 1) / group {
		from, to := g*group, min((g+1)*group, w.hostCount())
		at := w.arrival(g)
		steps = append(steps, step{at: at, name: fmt.Sprintf("machines %d to %d", from+1, to), do: func(u *records.Tx) error {
			for n := from; n < to; n++ {
				if err := w.arrive(u, w.machine(n, parts)); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	ends := append(w.monthEnds(months), w.end)
	for i, at := range ends {
		left := len(ends) - 1 - i // months before the end
		for from := 0; from < w.hostCount(); from += reporting {
			to := min(from+reporting, w.hostCount())
			steps = append(steps, step{at: at.Add(-time.Hour), name: "reports of " + at.Format("January 2006"), do: func(u *records.Tx) error {
				return w.report(u, parts, from, to, left)
			}})
		}
	}
	return append(steps, w.tellMachines(parts)...)
}

// months is for how many months the machines' changes are told.
const months = 13

// reporting is how many machines are gone through in one transaction of a
// month's reports; at most a quarter of them have changed.
const reporting = 100

// arrive takes in a machine's first inventory and says whose it is.
func (w *world) arrive(u *records.Tx, m *machine) error {
	id, _, err := infrastructure.Ingest(u, w.inventory(m, 1000, u.Now), m.source())
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	return infrastructure.Hosts.Update(u, id, func(h *infrastructure.Host) error {
		h.Site = records.Some(m.site.ID)
		switch {
		case m.owner != nil:
			h.Owner, h.Unit = records.Some(m.owner.ID), records.Some(m.owner.unit.ID)
		case m.part != nil:
			h.Unit = records.Some(w.byCode["MIS-INF"].ID)
			h.Criticality = records.Some(infrastructure.High)
			h.Purpose = records.Some(m.part.Name)
		default:
			h.Unit = records.Some(w.byCode["MIS-APP"].ID)
			h.Criticality = records.Some(infrastructure.Low)
			h.Purpose = records.Some("Development and tests")
		}
		return nil
	})
}

// report takes in what some machines say so many months before the end: those
// that have changed in full, the others only that they are there.
func (w *world) report(u *records.Tx, parts []*part, from, to, left int) error {
	var same []any
	for n := from; n < to; n++ {
		m := w.machine(n, parts)
		if m.first.After(u.Now) || m.silent > left {
			continue
		}
		was := w.state(m, left+1)
		if m.first.After(u.Now.AddDate(0, 0, -32)) || left == months {
			was = condition{} // nothing but its first report is known
		}
		if left > 0 && w.state(m, left) == was {
			same = append(same, m.source())
			continue
		}
		if _, _, err := infrastructure.Ingest(u, w.inventory(m, left, u.Now), m.source()); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if len(same) == 0 {
		return nil
	}
	marks := make([]string, len(same))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	_, err := u.Exec("UPDATE infrastructure_host_seen SET seen_at = $1, reported_at = $1 WHERE source IN ("+strings.Join(marks, ", ")+")", append([]any{u.Now.UnixMicro()}, same...)...)
	return err
}

// tellMachines ties the components to the machines they run on, once both are
// there.
func (w *world) tellMachines(parts []*part) []step {
	var steps []step
	made := map[*part]time.Time{}
	for _, s := range w.systems {
		for _, p := range s.parts {
			made[p] = s.made
		}
	}
	for n, p := range parts {
		m := w.machine(n, parts)
		at := maxTime(m.first, made[p]).Add(20 * time.Hour)
		steps = append(steps, step{at: at, name: "machine of " + p.Name, by: w.byCode["MIS-INF"].head, do: func(u *records.Tx) error {
			var host string
			found, err := u.Row("SELECT host FROM infrastructure_host_source WHERE source = $1", []any{m.source()}, &host)
			if err != nil || !found {
				return err
			}
			return systems.Components.Update(u, p.ID, func(c *systems.Component) error {
				c.RunsOn = records.Some(infrastructure.Hosts.Ref(records.ID[infrastructure.Host](host)))
				return nil
			})
		}})
	}
	return steps
}
