package database

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Size is how large a database or table is at the moment of its observation.
type Size struct {
	Object string `json:"object" doc:"database, table, tablespace, memory, keys"`
	Name   string `json:"name"`
	Bytes  *int64 `json:"bytes,omitempty"`
	Rows   *int64 `json:"rows,omitempty" doc:"as the server estimates"`
	Free   *int64 `json:"free_bytes,omitempty" doc:"space within that is free for reuse"`
}

// Growth is the difference of two sizes.
type Growth struct {
	Object string    `json:"object"`
	Name   string    `json:"name"`
	Since  time.Time `json:"since" doc:"moment of the earlier size, UTC"`
	Before int64     `json:"before_bytes"`
	After  int64     `json:"after_bytes"`
	PerDay *float64  `json:"bytes_per_day,omitempty" doc:"absent when less than an hour lies between"`
}

type sized struct {
	Size
	at time.Time
}

// jsonTime reads a moment and takes what is none as unknown.
type jsonTime struct{ time.Time }

func (t *jsonTime) UnmarshalJSON(b []byte) error {
	if err := t.Time.UnmarshalJSON(b); err != nil {
		t.Time = time.Time{}
	}
	return nil
}

const maxSizes = 200 // objects whose size is told, the largest first

// sizes emits a "size" each, the largest first, and a "growth" for each that
// the earlier run knew.
func (r *run) sizes(ctx context.Context) error {
	t, err := r.survey(ctx, "sizes", maxAsked)
	if err != nil || t == nil {
		return err
	}
	var list []Size
	t.each(func(f fields) {
		list = append(list, Size{Object: f.text("object"), Name: f.text("name"), Bytes: f.whole("bytes"), Rows: f.whole("rows"), Free: f.whole("free_bytes")})
	})
	bytes := func(s Size) int64 {
		if s.Bytes == nil {
			return -1
		}
		return *s.Bytes
	}
	slices.SortStableFunc(list, func(a, b Size) int {
		return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(bytes(b), bytes(a)), cmp.Compare(a.Name, b.Name))
	})
	for _, s := range list[:min(len(list), maxSizes)] {
		if err := r.say("size", s); err != nil {
			return err
		}
	}
	for _, g := range r.options.Earlier.growth(r.target.Name, list, r.now()) {
		if err := r.say("growth", g); err != nil {
			return err
		}
	}
	return nil
}

// growth compares sizes with those of an earlier run, what grew most first.
func (e *Earlier) growth(target string, now []Size, at time.Time) []Growth {
	if e == nil {
		return nil
	}
	var out []Growth
	for _, s := range now {
		i := slices.IndexFunc(e.sizes[target], func(o sized) bool {
			return o.Object == s.Object && o.Name == s.Name && o.Bytes != nil && !o.at.IsZero()
		})
		if i < 0 || s.Bytes == nil {
			continue
		}
		o := e.sizes[target][i]
		g := Growth{Object: s.Object, Name: s.Name, Since: o.at, Before: *o.Bytes, After: *s.Bytes}
		if span := at.Sub(o.at); span >= time.Hour {
			g.PerDay = new(round(float64(g.After-g.Before) / span.Hours() * 24))
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b Growth) int { return cmp.Compare(b.After-b.Before, a.After-a.Before) })
	return out[:min(len(out), maxSizes)]
}
