package api

import (
	"net/http"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
)

// history answers what was done to a record, newest first.
func (r *request) history(d *records.Def) error {
	type change struct {
		Field string `json:"field"`
		Old   any    `json:"old"`
		New   any    `json:"new"`
	}
	type entry struct {
		ID        string         `json:"id"`
		At        records.Moment `json:"at"`
		Actor     any            `json:"actor"` // person's id; null for Steward
		ActorName string         `json:"actor_name"`
		Origin    string         `json:"origin"`
		Act       string         `json:"act"`
		Version   int64          `json:"version"`
		Changes   []change       `json:"changes"`
	}
	out := struct {
		Entries []entry `json:"entries"`
	}{[]entry{}}
	return r.about(d, &out, func(v *records.View, rec records.Record, limit int) error {
		entries, err := d.History(v, rec.ID(), limit)
		for _, e := range entries {
			one := entry{e.ID, e.At, null(e.Actor), e.ActorName, e.Origin, e.Act, e.Version, []change{}}
			for _, c := range e.Changes {
				if c.Field != nil {
					c.Old, c.New = records.ToJSON(c.Field, c.Old), records.ToJSON(c.Field, c.New)
				}
				one.Changes = append(one.Changes, change{c.Name, c.Old, c.New})
			}
			out.Entries = append(out.Entries, one)
		}
		return err
	})
}

// about answers what find puts into out of a record, as many as are asked for.
func (r *request) about(d *records.Def, out any, find func(v *records.View, rec records.Record, limit int) error) error {
	err := r.view(func(v *records.View) error {
		limit, err := r.limit(PageSize, MaxPage)
		if err != nil {
			return err
		}
		rec, err := d.Find(v, r.PathValue("id"))
		if err != nil {
			return err
		}
		return find(v, rec, limit)
	})
	if err != nil {
		return err
	}
	return r.answerTagged(out)
}

type comment struct {
	ID         string         `json:"id"`
	At         records.Moment `json:"at"`
	Author     string         `json:"author"`
	AuthorName string         `json:"author_name"`
	Body       string         `json:"body"`
}

func commentOf(n records.NoteText) comment {
	return comment{n.ID, n.At, n.Author, n.AuthorName, n.Body}
}

func (r *request) comments(d *records.Def) error {
	out := struct {
		Comments []comment `json:"comments"`
	}{[]comment{}}
	return r.about(d, &out, func(v *records.View, rec records.Record, limit int) error {
		notes, err := d.Comments(v, rec.ID(), limit)
		for _, n := range notes {
			out.Comments = append(out.Comments, commentOf(n))
		}
		return err
	})
}

func (r *request) comment(d *records.Def) error {
	raw, err := r.body(false)
	if err != nil {
		return err
	}
	in := struct {
		Body string `json:"body"`
	}{}
	if err := decode(raw, &in); err != nil {
		return err
	}
	return r.once(raw, func(u *records.Tx) (*reply, error) {
		rec, err := d.Find(u, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		if err := d.Comment(u, rec.ID(), in.Body); err != nil {
			return nil, err
		}
		notes, err := d.Comments(u, rec.ID(), 1)
		if err != nil {
			return nil, err
		}
		return &reply{Status: http.StatusCreated, Body: commentOf(notes[0])}, nil
	})
}

// search answers what the global search finds.
func (r *request) search() error {
	type hit struct {
		Type   string `json:"type"`
		ID     string `json:"id"`
		Number string `json:"number"`
		Title  string `json:"title"`
		Path   string `json:"path"`
	}
	out := struct {
		Found []hit `json:"found"`
	}{[]hit{}}
	in, err := r.query()
	if err != nil {
		return err
	}
	limit, err := r.limit(20, 100)
	if err != nil {
		return err
	}
	q := in.Get("q")
	if !isText(q) || q == "" {
		return fail.Named("q", "kernel.records.required", "This must be filled in.")
	}
	err = r.view(func(v *records.View) error {
		found, err := records.Find(v, q, limit)
		for _, f := range found {
			out.Found = append(out.Found, hit{f.Def.Name, f.ID, f.Label.Human, f.Label.Title, Prefix[:len(Prefix)-1] + f.Label.Path})
		}
		return err
	})
	if err != nil {
		return err
	}
	return r.answerTagged(out)
}

// me answers who asks and what that gives.
func (r *request) me() error {
	type may struct {
		Area string       `json:"area"`
		Acts []access.Act `json:"acts"`
	}
	out := struct {
		Person string              `json:"person"`
		Name   string              `json:"name"`
		Lang   string              `json:"lang"`
		Kind   access.Kind         `json:"kind"`
		Roles  []string            `json:"roles"`
		Token  []access.TokenScope `json:"token,omitempty"`
		May    []may               `json:"may"`
	}{r.actor.Person, r.actor.Name, string(r.lang), r.actor.Kind, r.actor.Roles, r.actor.Token, []may{}}
	now := r.api.DB.Now()
	for _, area := range access.Areas {
		m := may{Area: area}
		for _, act := range access.Acts {
			if len(access.HeldScopes(r.actor, act, area, access.Ordinary, now)) > 0 {
				m.Acts = append(m.Acts, act)
			}
		}
		if len(m.Acts) > 0 {
			out.May = append(out.May, m)
		}
	}
	return r.answerTagged(out)
}
