package lists

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// facetBar is the filters that a list offers.
type facetBar struct {
	Facets  []facetView
	Further []furtherView // what else the list can be filtered by
	Fixed   []hidden      // what no input has goes along
}

type hidden struct{ Name, Value string }

type facetView struct {
	Key, Name, Value, Clear string
	On, Open                bool
	Options                 []facetOption
	Input                   string // the input's type of a value that is typed
	Bounds                  []boundView
	Typed                   string
	Hint                    string // how a value is written
}

// furtherView leads to the list with one more filter in its bar.
type furtherView struct{ Name, Href string }

// inBar is how many filters stand in the bar before a menu offers the others; those in
// use stand there always.
const inBar = 6

// asking is the parameter that puts one more filter into the bar, opened.
const asking = "ask"

// boundView is from or up to where a number or day is looked for.
type boundView struct{ Key, Name, Value string }

type facetOption struct {
	Value, Name string
	On          bool
	Count       int64
	Counted     bool
}

// listFacets offers the filters: choices with their counts, yes and no, links by
// how often they occur, and text for the rest.
func facets(r *web.Request, d *records.Def, in url.Values) (p facetBar, err error) {
	asked := in.Get(asking)
	in.Del(asking) // it is of this answer alone
	q, then := records.Query{}, r.View
	if asked, err := records.ParseQuery(r.View, d, in); err == nil { // else the list says what is wrong
		if past, err := r.AsOf(d); err == nil {
			q, then = asked, past
		}
	}
	keys := []string{"q", "sort", "col", "as_of", "after", "before", "limit", "fields"}
	all, err := d.All(r.View)
	if err != nil {
		return p, err
	}
	for _, f := range all {
		if !f.Filters || f.IsHidden || f.IsTitle || !f.Shows(r.View, d) {
			continue
		}
		chosen := slices.DeleteFunc(slices.Clone(in[f.Name]), func(s string) bool { return s == "" })
		of := func(key string) bool { return key == f.Name || strings.HasPrefix(key, f.Name+".") }
		on := slices.ContainsFunc(slices.Collect(maps.Keys(in)), func(key string) bool { return of(key) && strings.Join(in[key], "") != "" })
		if !on && f.Name != asked && len(p.Facets) >= inBar {
			p.Further = append(p.Further, furtherView{r.Label(d, f), web.Address(d.Path(""), in, func(v url.Values) {
				if len(v) == 0 {
					v.Set("view", "all") // else it opens with the person's own view
				}
				v.Set(asking, f.Name)
			})})
			continue
		}
		v := facetView{Key: f.Name, Name: r.Label(d, f), On: on, Clear: web.Address(d.Path(""), in, func(v url.Values) {
			maps.DeleteFunc(v, func(key string, _ []string) bool { return of(key) || key == "after" || key == "before" })
		})}
		keys = append(keys, f.Name)
		switch f.Kind {
		case records.Choice, records.Bool, records.Link:
			err := v.choices(r, d, then, q, f, chosen)
			if fail.Is(err, fail.Invalid) { // a link that leads nowhere, which the list says
				q, then = records.Query{}, r.View
				err = v.choices(r, d, then, q, f, chosen)
			}
			if err != nil {
				return p, err
			}
		case records.DateKind, records.Instant, records.Int, records.Measure, records.Decimal, records.Amount:
			v.Input = "number"
			if f.Kind == records.DateKind || f.Kind == records.Instant {
				v.Input = "date"
			}
			keys[len(keys)-1] = f.Name + ".gte"
			keys = append(keys, f.Name+".lte")
			v.Bounds = []boundView{{f.Name + ".gte", r.T("lists.from", "From"), in.Get(f.Name + ".gte")}, {f.Name + ".lte", r.T("lists.up-to", "Up to"), in.Get(f.Name + ".lte")}}
			if f.Kind == records.Amount {
				v.amounts(r, f, in)
			}
			for _, b := range v.Bounds {
				if b.Value == "" {
					continue
				}
				text := b.Value
				if records.Date(text).Valid() {
					text = r.Day(records.Date(text))
				}
				v.Value = strings.TrimSpace(v.Value + " " + b.Name + " " + text)
			}
		default:
			v.Input = "text"
			if len(chosen) > 0 {
				v.Typed, v.Value = chosen[0], chosen[0]
			}
		}
		v.Open = f.Name == asked
		p.Facets = append(p.Facets, v)
	}
	for _, key := range slices.Sorted(maps.Keys(in)) { // what no input has goes along
		for _, v := range in[key] {
			if v != "" && !slices.Contains(keys, key) {
				p.Fixed = append(p.Fixed, hidden{key, v})
			}
		}
	}
	return p, nil
}

// choices offers the values that a filter can have.
func (v *facetView) choices(r *web.Request, d *records.Def, then *records.View, q records.Query, f *records.Field, chosen []string) error {
	switch f.Kind {
	case records.Bool:
		v.Options = []facetOption{{Value: "true", Name: r.T("kernel.web.yes", "Yes"), On: slices.Contains(chosen, "true")}, {Value: "false", Name: r.T("kernel.web.no", "No"), On: slices.Contains(chosen, "false")}}
	case records.Choice:
		for _, o := range f.Options {
			v.Options = append(v.Options, facetOption{Value: o.Value, Name: r.OptionLabel(d, f, o), On: slices.Contains(chosen, o.Value)})
		}
	case records.Link:
		// The records most often linked to, under the other filters.
		without := q
		without.After, without.Before = "", ""
		without.Where = slices.DeleteFunc(slices.Clone(q.Where), func(c records.Cond) bool { return c.Field == f.Name })
		counts, whole, err := d.Facets(then, without, f, 10)
		if err != nil {
			return err
		}
		target := r.Site.Registry.Targets(f)[0]
		ids := slices.Clone(chosen)
		for _, c := range counts {
			if id, ok := c.Value.(string); ok {
				ids = append(ids, id)
			}
		}
		labels, err := target.Labels(r.View, ids)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, c := range counts {
			id, _ := c.Value.(string)
			if l, ok := labels[id]; ok {
				seen[id] = true
				v.Options = append(v.Options, facetOption{Value: id, Name: l.Title, On: slices.Contains(chosen, id), Count: c.Count, Counted: whole})
			}
		}
		for _, id := range chosen {
			if l, ok := labels[id]; ok && !seen[id] {
				v.Options = append(v.Options, facetOption{Value: id, Name: l.Title, On: true})
			}
		}
	}
	if f.Unknowable() {
		v.Options = append(v.Options, facetOption{Value: "none", Name: r.T("kernel.web.not-set", "Not set"), On: slices.Contains(chosen, "none")})
	}
	for _, o := range v.Options {
		if o.On {
			v.Value = o.Name
		}
	}
	if len(chosen) > 1 {
		v.Value = r.Lang.Int(int64(len(chosen)))
	}
	return nil
}
