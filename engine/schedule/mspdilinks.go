package schedule

import (
	"fmt"

	"steward/engine/calc"
	"steward/engine/schedule/mspdi"
	"steward/engine/schedule/workcal"
)

var mspdiLinks = []string{"FF", "FS", "SF", "SS"}

func (r *mspdiReader) links(seen map[string]bool) error {
	at := map[string]*Task{}
	for i := range r.in.Tasks {
		at[r.in.Tasks[i].ID] = &r.in.Tasks[i]
	}
	for i := range r.p.Tasks {
		x := &r.p.Tasks[i]
		t := at[x.UID]
		if t == nil || t.idle {
			continue
		}
		for _, l := range x.Links {
			where := fmt.Sprintf("Task UID %s, PredecessorLink", x.UID)
			if pred := at[l.PredecessorUID]; !seen[l.PredecessorUID] || pred == nil || pred.idle {
				r.in.notes = append(r.in.notes, fmt.Sprintf("the link of task %s to %s is left out: that task is not in the file or not active", x.UID, l.PredecessorUID))
				continue
			}
			kind, err := mspdi.Int(l.Type, 1)
			if err != nil || kind < 0 || kind > 3 {
				return calc.Wrong(where+", Type", "%q is not a link type from 0 to 3", l.Type)
			}
			lag, err := mspdi.Int(l.LinkLag, 0)
			if err != nil {
				return calc.Wrong(where+", LinkLag", "%v", err)
			}
			format, err := mspdi.Int(l.LagFormat, 7)
			if err != nil {
				return calc.Wrong(where+", LagFormat", "%v", err)
			}
			a := Amount{set: lag != 0, value: float64(lag) / float64(workcal.Minute), unit: "m", elapsed: mspdi.Elapsed(int(format))}
			if mspdi.Percent(int(format)) {
				a.value, a.unit = float64(lag), "%"
			}
			t.After = append(t.After, Link{Task: l.PredecessorUID, Type: mspdiLinks[kind], Lag: a})
		}
	}
	return nil
}
