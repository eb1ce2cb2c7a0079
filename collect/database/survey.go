package database

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"steward/collect/fact"
)

// question is one thing to ask beyond the checks: tables, columns, keys,
// indexes, sizes, statements. The columns of its answer are fixed by its name;
// of several questions of a name the first that fits the server is asked.
type question struct {
	Product string          `json:"product,omitempty"`
	Min     string          `json:"min,omitempty"`
	Max     string          `json:"max,omitempty"`
	Ask     map[string]Text `json:"ask,omitempty"`
	Schema  Text            `json:"schema,omitempty"` // query for the name that stands for {schema}
	Query   Text            `json:"query"`
	Needs   string          `json:"needs,omitempty"`
	Missing string          `json:"missing,omitempty"` // said when {schema} is not there or the answer is empty
}

//go:embed survey/*.json
var surveyFiles embed.FS

var surveys = sync.OnceValue(func() map[Engine]map[string][]question {
	all := map[Engine]map[string][]question{}
	for _, e := range Engines {
		raw, err := surveyFiles.ReadFile("survey/" + string(e) + ".json")
		if err == nil {
			var m map[string][]question
			if err = strictly(raw, &m); err == nil {
				all[e] = m
				continue
			}
		}
		panic(fmt.Sprintf("database: survey of %s: %v", e, err)) // embedded, so wrong only by a programmer's hand
	}
	return all
})

// survey asks a question by its name. The answer is nil when it is not asked
// of this engine, or a gap was emitted in its place.
func (r *run) survey(ctx context.Context, name string, limit int) (*table, error) {
	var q *question
	list := surveys()[r.target.Engine][name]
	for i := range list {
		c := Check{Engine: r.who.Engine, Product: list[i].Product, Min: list[i].Min, Max: list[i].Max}
		if c.fits(r.who) {
			q = &list[i]
			break
		}
	}
	if q == nil {
		return nil, nil
	}
	text := strings.ReplaceAll(string(q.Query), "{top}", strconv.Itoa(r.options.Top))
	if q.Schema != "" {
		t, err := r.session.ask(ctx, string(q.Schema), 1)
		if err != nil {
			return nil, r.gap(ctx, name, err, q.Needs)
		}
		if len(t.rows) == 0 {
			return nil, r.say("gap", fact.Gap{What: name, Why: q.Missing, Needs: q.Needs})
		}
		text = strings.ReplaceAll(text, "{schema}", t.rows[0][0].(string))
	}
	if len(q.Ask) == 0 {
		t, err := r.session.ask(ctx, text, limit)
		if err != nil {
			return nil, r.gap(ctx, name, err, q.Needs)
		}
		if len(t.rows) == 0 && q.Missing != "" {
			return nil, r.say("gap", fact.Gap{What: name, Why: q.Missing, Needs: q.Needs})
		}
		return t, nil
	}
	d, err := openDesk()
	if err != nil {
		return nil, err
	}
	defer d.close()
	for _, k := range slices.Sorted(maps.Keys(q.Ask)) {
		t, err := r.session.ask(ctx, string(q.Ask[k]), maxAsked)
		if err == nil {
			err = d.lay(ctx, k, t)
		}
		if err != nil {
			return nil, r.gap(ctx, name, err, q.Needs)
		}
	}
	t, err := d.ask(ctx, text, limit)
	if err != nil {
		return nil, r.gap(ctx, name, err, q.Needs)
	}
	return t, nil
}

// fields gives the cells of an answer by column name.
type fields struct {
	at  map[string]int
	row []any
}

func (t *table) each(f func(fields)) {
	at := map[string]int{}
	for i, c := range t.columns {
		at[strings.ToLower(c)] = i
	}
	for _, row := range t.rows {
		f(fields{at, row})
	}
}

func (f fields) cell(name string) any {
	if i, ok := f.at[name]; ok {
		return f.row[i]
	}
	return nil
}

func (f fields) text(name string) string { return strings.TrimSpace(text(f.cell(name))) }

func (f fields) yes(name string) bool {
	b := truth(f.cell(name))
	return b != nil && *b
}

func (f fields) whole(name string) *int64 {
	v, ok := number(f.cell(name))
	if !ok || v < 0 || v > 1<<62 {
		return nil
	}
	return new(int64(v))
}

func (f fields) number(name string) *float64 {
	v, ok := number(f.cell(name))
	if !ok {
		return nil
	}
	return new(round(v))
}

// String is for messages of tests.
func (q question) String() string { b, _ := json.Marshal(q); return string(b) }
