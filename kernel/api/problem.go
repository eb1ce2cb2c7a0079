package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/web"
)

// Problem is how an answer says what went wrong: RFC 9457.
type Problem struct {
	Type    string         `json:"type"`
	Title   string         `json:"title"`
	Status  int            `json:"status"`
	Detail  string         `json:"detail"`
	Key     string         `json:"key,omitempty"` // names the sentence, whatever the language
	Errors  []FieldProblem `json:"errors,omitempty"`
	Current map[string]any `json:"current,omitempty"` // the record as it is now, when what was sent is stale
	Yours   map[string]any `json:"yours,omitempty"`   // what was sent then
	Version *int64         `json:"your_version,omitempty"`
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
	Key    string `json:"key"`
}

// statusError is a failure that only HTTP knows: malformed, wrong media type.
type statusError struct {
	status    int
	key, text string
	args      map[string]any
}

func (e *statusError) Error() string { return fail.Fill(e.text, e.args) }

func (r *request) say(key, text string, args map[string]any) string {
	return r.api.Words.Text(r.lang, key, text, args)
}

// refuse answers an error. It is the one place that does.
func (r *request) refuse(err error) {
	var http4 *statusError
	if errors.As(err, &http4) {
		r.send(Problem{Status: http4.status, Key: http4.key, Detail: r.say(http4.key, http4.text, http4.args)})
		return
	}
	e := fail.As(err)
	if e == nil {
		r.api.Log.Error("an API request failed", "path", r.URL.Path, "method", r.Method, "error", err)
		r.problem(http.StatusInternalServerError, "kernel.web.internal", "Something went wrong here")
		return
	}
	p := Problem{Status: web.Status(e.Kind), Key: e.Key, Detail: r.say(e.Key, e.Text, e.Args)}
	switch e.Kind {
	case fail.Unauthenticated:
		r.w.Header().Set("WWW-Authenticate", `Bearer realm="steward"`)
	case fail.TooMany, fail.Unavailable:
		r.w.Header().Set("Retry-After", "1")
	}
	for _, one := range e.All() {
		if one.Field != "" {
			p.Errors = append(p.Errors, FieldProblem{one.Field, r.say(one.Key, one.Text, one.Args), one.Key})
		}
	}
	var stale *records.Stale
	if errors.As(err, &stale) {
		if err := r.view(func(v *records.View) error {
			rec, err := stale.Current.Def.Get(v, stale.Current.ID())
			if err == nil {
				p.Current, err = r.written(v, rec, nil)
			}
			return err
		}); err != nil {
			p.Current = nil
		}
		p.Version, p.Yours = &stale.Version, r.sent
	}
	r.send(p)
}

// problem answers with a sentence; args are pairs of a name and a value.
func (r *request) problem(status int, key, text string, args ...any) {
	named := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		named[args[i].(string)] = args[i+1]
	}
	r.send(Problem{Status: status, Key: key, Detail: r.say(key, text, named)})
}

func (r *request) send(p Problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	raw, err := json.Marshal(p)
	if err != nil {
		r.api.Log.Error("a problem could not be written", "error", err)
	}
	r.w.Header().Set("Content-Type", "application/problem+json")
	r.w.Header().Set("Content-Language", string(r.lang))
	r.w.Header().Del("ETag")
	r.w.WriteHeader(p.Status)
	r.w.Write(append(raw, '\n'))
}

// limiter lets each name act so often: a bucket that fills with time.
type limiter struct {
	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

// burst is how many seconds' worth may come at once; most is how many names are
// kept before those that are idle are forgotten.
const (
	burst = 10
	most  = 10_000
)

func (l *limiter) take(name string, now time.Time, perSecond float64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buckets) >= most {
		l.buckets = nil
	}
	if l.buckets == nil {
		l.buckets = map[string]bucket{}
	}
	b, ok := l.buckets[name]
	if !ok {
		b = bucket{perSecond * burst, now}
	}
	b.left = min(perSecond*burst, b.left+now.Sub(b.at).Seconds()*perSecond)
	b.at = now
	if b.left < 1 {
		l.buckets[name] = b
		return fail.New(fail.TooMany, "kernel.api.too-many", "Too many requests in a short time. Wait a second.")
	}
	b.left--
	l.buckets[name] = b
	return nil
}
