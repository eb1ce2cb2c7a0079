package schedule

import (
	"steward/engine/calc"
)

// WorkPackage earns its budget by a rule.
type WorkPackage struct {
	ID         string      `json:"id"`
	Budget     float64     `json:"budget"`
	Planned    float64     `json:"planned,omitempty" doc:"its planned value by now"`
	Actual     float64     `json:"actual,omitempty" doc:"its actual cost"`
	Rule       string      `json:"rule,omitempty" doc:"percent (default), 0/100, 50/50, 20/80, milestones, units, or loe (level of effort: earns as planned)"`
	Percent    float64     `json:"percent,omitempty" doc:"share done, 0 to 100, for percent"`
	Cap        float64     `json:"cap,omitempty" doc:"most that percent may claim before it is finished; 100 unless said"`
	Started    bool        `json:"started,omitempty" doc:"for the fixed rules"`
	Finished   bool        `json:"finished,omitempty"`
	Milestones []Milestone `json:"milestones,omitempty" doc:"for milestones: weights of those reached count"`
	UnitsDone  float64     `json:"units_done,omitempty"`
	UnitsAll   float64     `json:"units_all,omitempty"`
}

// Milestone is a weighted step of a work package.
type Milestone struct {
	Weight float64 `json:"weight"`
	Done   bool    `json:"done,omitempty"`
}

// earned is the budget a package has earned by its rule.
func (w *WorkPackage) earned(where string) (float64, error) {
	share := 0.0
	fixed := func(atStart float64) {
		if w.Started {
			share = atStart
		}
		if w.Finished {
			share = 1
		}
	}
	switch w.Rule {
	case "", "percent":
		most := w.Cap
		if most == 0 {
			most = 100
		}
		if !(w.Percent >= 0 && w.Percent <= 100 && most > 0 && most <= 100) {
			return 0, calc.Wrong(where+".percent", "%s must lie between 0 and 100", number(w.Percent))
		}
		if share = min(w.Percent, most) / 100; w.Finished {
			share = 1
		}
	case "0/100":
		fixed(0)
	case "50/50":
		fixed(0.5)
	case "20/80":
		fixed(0.2)
	case "milestones":
		sum, done := 0.0, 0.0
		for _, m := range w.Milestones {
			if sum += m.Weight; m.Done {
				done += m.Weight
			}
		}
		if !(sum > 0) {
			return 0, calc.Wrong(where+".milestones", "the weights must add up to more than 0")
		}
		share = done / sum
	case "units":
		if !(w.UnitsAll > 0) || !(w.UnitsDone >= 0) {
			return 0, calc.Wrong(where+".units_all", "must be more than 0")
		}
		share = min(w.UnitsDone/w.UnitsAll, 1)
	case "loe":
		return w.Planned, nil
	default:
		return 0, calc.Wrong(where+".rule", "%q is unknown; use percent, 0/100, 50/50, 20/80, milestones, units or loe", w.Rule)
	}
	return share * w.Budget, nil
}
