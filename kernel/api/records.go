package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
)

// MaxPage is the most records a page has; PageSize how many without being asked.
const (
	MaxPage  = 500
	PageSize = 100
)

func (r *request) limit(least, most int) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return least, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fail.Named("limit", "kernel.records.range", "The value must lie between {low} and {high}.").With("low", 1).With("high", most)
	}
	return n, nil
}

// query reads the address; escapes that cannot be read are refused, not dropped.
func (r *request) query() (url.Values, error) {
	in, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &statusError{http.StatusBadRequest, "kernel.api.address", "The address cannot be read: {what}.", map[string]any{"what": err.Error()}}
	}
	return in, nil
}

func (r *request) list(d *records.Def) error {
	in, err := r.query()
	if err != nil {
		return err
	}
	out := struct {
		Records []map[string]any `json:"records"`
		Next    *string          `json:"next"`
		Prev    *string          `json:"prev"`
	}{Records: []map[string]any{}}
	err = r.view(func(v *records.View) error {
		if !d.MayAny(v, access.View) {
			return records.NotFound()
		}
		q, err := records.ParseQuery(v, d, in)
		if err != nil {
			return err
		}
		if q.Limit, err = r.limit(PageSize, MaxPage); err != nil {
			return err
		}
		only, err := r.chosen(v, d)
		if err != nil {
			return err
		}
		then, err := r.asOf(v, in)
		if err != nil {
			return err
		}
		page, err := d.List(then, q)
		if err != nil {
			return err
		}
		for _, rec := range page.Rows {
			one, err := r.written(v, rec, only)
			if err != nil {
				return err
			}
			out.Records = append(out.Records, one)
		}
		for rel, mark := range map[string]string{"next": page.Next, "prev": page.Prev} {
			if mark == "" {
				continue
			}
			to := url.Values{}
			for k, vs := range in {
				to[k] = vs
			}
			to.Del("after")
			to.Del("before")
			if rel == "next" {
				out.Next = &mark
				to.Set("after", mark)
			} else {
				out.Prev = &mark
				to.Set("before", mark)
			}
			r.w.Header().Add("Link", "<"+r.URL.EscapedPath()+"?"+to.Encode()+`>; rel="`+rel+`"`)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.answerTagged(out)
}

// asOf is the reader as of what the address asks for; a day is the organisation's.
func (r *request) asOf(v *records.View, in url.Values) (*records.View, error) {
	o, _, err := org.Get(v)
	if err != nil {
		return nil, err
	}
	return records.ParseAsOf(v, in.Get("as_of"), o.Zone())
}

func (r *request) get(d *records.Def) error {
	var out map[string]any
	var version int64
	err := r.view(func(v *records.View) error {
		in, err := r.query()
		if err != nil {
			return err
		}
		then, err := r.asOf(v, in)
		if err != nil {
			return err
		}
		rec, err := d.Find(then, r.PathValue("id"))
		if err != nil {
			return err
		}
		only, err := r.chosen(v, d)
		if err != nil {
			return err
		}
		version = rec.Meta().Version
		out, err = r.written(v, rec, only)
		return err
	})
	if err != nil {
		return err
	}
	if r.unchanged(etag(version)) {
		return nil
	}
	return r.answer(http.StatusOK, out)
}

func (r *request) create(d *records.Def) error {
	raw, err := r.body(false)
	if err != nil {
		return err
	}
	in, err := object(raw)
	if err != nil {
		return err
	}
	return r.once(raw, func(u *records.Tx) (*reply, error) {
		if !d.MayAny(u, access.Add) {
			if !d.MayAny(u, access.View) {
				return nil, records.NotFound()
			}
			return nil, fail.New(fail.Forbidden, "kernel.records.may-not-add", "You may not add such a record.")
		}
		rec := records.Record{Def: d, V: d.Begin()}
		if err := missing(u, d, in); err != nil {
			return nil, joined(err, patch(u, rec, in))
		}
		if err := patch(u, rec, in); err != nil {
			return nil, err
		}
		if err := d.Create(u, rec.V); err != nil {
			return nil, err
		}
		return r.stored(u, d, rec.ID(), http.StatusCreated)
	})
}

// joined puts the problems of two checks into one answer.
func joined(a, b error) error {
	x, y := fail.As(a), fail.As(b)
	if x == nil || y == nil {
		return a
	}
	return fail.Join([]*fail.Error{x, y})
}

// stored is the answer to a write: the record as it is read again, since its
// rules may have completed it, and who wrote it may not see all of it.
func (r *request) stored(u *records.Tx, d *records.Def, id string, status int) (*reply, error) {
	rec, err := d.Get(u, id)
	if fail.Is(err, fail.NotFound) {
		return &reply{Status: status, Body: map[string]any{"id": id}}, nil
	}
	if err != nil {
		return nil, err
	}
	body, err := r.written(u, rec, nil)
	out := &reply{Status: status, ETag: etag(rec.Meta().Version), Body: body}
	if status == http.StatusCreated {
		out.Location = Prefix + strings.TrimPrefix(d.Path(id), "/")
	}
	return out, err
}

func (r *request) change(d *records.Def) error {
	raw, err := r.body(false)
	if err != nil {
		return err
	}
	in, err := object(raw)
	if err != nil {
		return err
	}
	r.sent = maps.Clone(in)
	for _, f := range d.Fields {
		if f.Kind == records.Secret {
			delete(r.sent, f.Name)
		}
	}
	return r.write(d, func(u *records.Tx, id string, version int64) error {
		return d.Update(u, id, version, func(after any) error { return patch(u, records.Record{Def: d, V: after}, in) })
	})
}

func (r *request) archive(d *records.Def) error {
	return r.write(d, func(u *records.Tx, id string, version int64) error { return d.Archive(u, id, version) })
}

func (r *request) restore(d *records.Def) error {
	if _, err := r.body(true); err != nil {
		return err
	}
	return r.write(d, func(u *records.Tx, id string, version int64) error { return d.Restore(u, id, version) })
}

// write changes one record, at the version that If-Match names.
func (r *request) write(d *records.Def, change func(u *records.Tx, id string, version int64) error) error {
	version, err := ifMatch(r.Header.Get("If-Match"))
	if err != nil {
		return err
	}
	var out *reply
	err = r.update(func(u *records.Tx) error {
		rec, err := d.Find(u, r.PathValue("id"))
		if err != nil {
			return err
		}
		if err := change(u, rec.ID(), version); err != nil {
			return err
		}
		out, err = r.stored(u, d, rec.ID(), http.StatusOK)
		return err
	})
	if err != nil {
		return err
	}
	return r.reply(out)
}

func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// ifMatch reads the version a change is made to; AnyVersion without one.
func ifMatch(header string) (int64, error) {
	header = strings.TrimSpace(header)
	if header == "" || header == "*" {
		return records.AnyVersion, nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(header, `"v`), `"`), 10, 64)
	if err != nil || n < 1 || etag(n) != header {
		return 0, &statusError{http.StatusBadRequest, "kernel.api.if-match", `If-Match wants the ETag of the record as it was read, such as {example}.`, map[string]any{"example": `"v3"`}}
	}
	return n, nil
}

func noneMatch(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if part = strings.TrimPrefix(strings.TrimSpace(part), "W/"); part == "*" || part == tag {
			return true
		}
	}
	return false
}

func (r *request) answer(status int, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r.sendJSON(status, raw)
	return nil
}

// answerTagged answers with a tag of the contents, so that what did not change
// is not sent again.
func (r *request) answerTagged(body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r.sendTagged(raw)
	return nil
}

func (r *request) sendTagged(raw []byte) {
	if !r.unchanged(`"` + hash(raw)[:22] + `"`) {
		r.sendJSON(http.StatusOK, raw)
	}
}

// unchanged tags the answer and answers that it is as the asker has it, if so.
func (r *request) unchanged(tag string) bool {
	r.w.Header().Set("ETag", tag)
	same := noneMatch(r.Header.Get("If-None-Match"), tag)
	if same {
		r.w.WriteHeader(http.StatusNotModified)
	}
	return same
}

func (r *request) sendJSON(status int, raw []byte) {
	r.w.Header().Set("Content-Type", "application/json")
	r.w.WriteHeader(status)
	r.w.Write(append(raw, '\n'))
}
