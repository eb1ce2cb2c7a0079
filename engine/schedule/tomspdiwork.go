package schedule

import (
	"strconv"

	"steward/engine/schedule/mspdi"
)

func (w *mspdiWriter) resources() {
	uid := make([]string, len(w.p.res))
	numbers := true
	for _, r := range w.p.res {
		n, err := strconv.Atoi(r.id)
		numbers = numbers && err == nil && n > 0 && n < 1<<31 && strconv.Itoa(n) == r.id
	}
	for i, r := range w.p.res {
		if uid[i] = strconv.Itoa(i + 1); numbers {
			uid[i] = r.id
		}
		in := &w.p.in.Resources[i]
		name := in.Name
		if name == "" {
			name = r.id
		}
		x := mspdi.Resource{UID: uid[i], ID: strconv.Itoa(i + 1), Name: name, Type: "1", MaxUnits: number(in.Capacity)}
		switch {
		case r.cal != nil:
			x.CalendarUID = w.calendar(r.cal)
		case in.cal != nil:
			x.CalendarUID = w.calendar(in.cal)
		}
		w.out.Resources = append(w.out.Resources, x)
	}
	for _, t := range w.p.tasks {
		w.assignments(t, uid)
	}
}

func (w *mspdiWriter) assignments(t *task, uid []string) {
	add := func(a mspdi.Assignment) {
		a.UID, a.TaskUID = strconv.Itoa(len(w.out.Assignments)+1), w.uid[t.i]
		w.out.Assignments = append(w.out.Assignments, a)
	}
	if len(t.src.pauses) > 0 {
		add(mspdi.Assignment{ResourceUID: nobody, Units: "1", Phases: w.phases(t)})
	}
	if t.src.assigned != nil { // as the file read had them
		for _, a := range t.src.assigned {
			x := mspdi.Assignment{ResourceUID: uid[w.p.rindex[a.resource]], Units: number(a.units)}
			if a.work >= 0 {
				x.Work = mspdi.FormatDuration(a.work)
			}
			add(x)
		}
		return
	}
	for _, n := range t.needs {
		units := float64(n.amount) / w.p.res[n.r].scale
		add(mspdi.Assignment{ResourceUID: uid[n.r], Units: number(units), Work: mspdi.FormatDuration(round(float64(t.work) * units))})
	}
}

// nobody is the resource of an assignment that only says when a task is done.
const nobody = "-65535"

// phases writes the parts of a split task, with the rests between them.
func (w *mspdiWriter) phases(t *task) []mspdi.Phased {
	var out []mspdi.Phased
	at, done := w.d.es[t.i], int64(0)
	add := func(work, value int64) {
		from := t.slack.Next(at)
		at = t.slack.Add(from, work)
		out = append(out, mspdi.Phased{Type: "1", UID: w.uid[t.i], Unit: "0", Start: stamp(from), Finish: stamp(at), Value: mspdi.FormatDuration(value)})
	}
	for _, p := range t.src.pauses {
		add(p.after-done, p.after-done)
		add(p.rest, 0)
		done = p.after
	}
	add(t.work-done, t.work-done)
	return out
}
