package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"unicode/utf8"

	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/records"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/kernel/web"
	"steward/lib/locale"
)

// MaxBody is the most bytes a request may have, MaxDepth how deep its JSON may nest.
const (
	MaxBody  = 2 << 20
	MaxDepth = 16
)

// request is one request with the program's or person's rights it is made under.
type request struct {
	*http.Request
	api   *API
	w     http.ResponseWriter
	actor *access.Actor
	lang  locale.Lang
	sent  map[string]any // the change asked for, without secrets
}

func (a *API) request(w http.ResponseWriter, req *http.Request) *request {
	return &request{Request: req, api: a, w: w, lang: locale.Match(req.Header.Get("Accept-Language"))}
}

// guard finds out who asks before h is called, and turns errors into problems.
func (a *API) guard(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r := a.request(w, req)
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				a.Log.Error("an API request panicked", "path", req.URL.Path, "panic", p, "stack", string(debug.Stack()))
				r.refuse(errors.New("panic"))
			}
		}()
		err := r.identify()
		if err == nil {
			err = h(r)
		}
		if err != nil {
			r.refuse(err)
		}
	})
}

// identify finds the token or session and its actor.
func (r *request) identify() error {
	bearer, err := r.bearer()
	if err != nil {
		return err
	}
	var token *signin.Token
	err = r.api.DB.View(r.Context(), nil, func(v *storage.View) error {
		if bearer != "" {
			if token, err = signin.TokenOf(v, bearer); err != nil {
				return err
			}
			r.actor, err = signin.TokenActor(v, token)
			return err
		}
		c, err := r.Cookie(web.SessionCookie)
		if err != nil {
			return fail.New(fail.Unauthenticated, "kernel.api.sign-in", "Send an access token: Authorization: Bearer stw_…")
		}
		session, err := signin.SessionOf(v, c.Value)
		if err != nil {
			return err
		}
		if session.WaitCode || session.Must != "" {
			return fail.New(fail.Unauthenticated, "kernel.web.sign-in", "Sign in first.")
		}
		r.actor, err = signin.ActorOf(v, session.Person)
		return err
	})
	if e := fail.As(err); e != nil && (e.Kind == fail.Unauthenticated || e.Kind == fail.NotFound) {
		// Guessing is slowed by address.
		if err := r.api.limits.take("address "+r.client(), r.api.DB.Now(), 1); err != nil {
			return err
		}
		e.Kind = fail.Unauthenticated
		return e
	}
	if err != nil {
		return err
	}
	if r.Header.Get("Accept-Language") == "" && locale.Lang(r.actor.Lang).Valid() {
		r.lang = locale.Lang(r.actor.Lang)
	}
	rate := r.api.PerSecond
	if rate == 0 {
		rate = 200
	}
	who := "person " + r.actor.Person
	if token != nil {
		who = "token " + token.ID
	}
	if err := r.api.limits.take(who, r.api.DB.Now(), rate); err != nil {
		return err
	}
	if token != nil && token.Stale(r.api.DB.Now()) {
		return r.api.DB.Update(r.Context(), access.System(), func(u *storage.Update) error { return signin.TouchToken(u, token) })
	}
	return nil
}

func (r *request) bearer() (string, error) {
	auth := r.Header.Get("Authorization")
	if auth == "" {
		return "", nil
	}
	kind, secret, _ := strings.Cut(auth, " ")
	if !strings.EqualFold(kind, "Bearer") || secret == "" {
		return "", fail.New(fail.Unauthenticated, "kernel.api.sign-in", "Send an access token: Authorization: Bearer stw_…")
	}
	return strings.TrimSpace(secret), nil
}

func (r *request) client() string {
	return signin.Network(web.ClientOf(r.Request, r.api.TrustProxy))
}

// view runs fn on a snapshot, reading as the actor.
func (r *request) view(fn func(v *records.View) error) error {
	return r.api.DB.View(r.Context(), r.actor, fn)
}

// update runs fn in a transaction, writing as the actor.
func (r *request) update(fn func(u *records.Tx) error) error {
	return r.api.DB.Update(r.Context(), r.actor, func(u *storage.Update) error {
		u.Origin = "api"
		return fn(u)
	})
}

// body reads the request's JSON object; an absent body is an empty one where
// that is allowed.
func (r *request) body(mayBeEmpty bool) (raw []byte, err error) {
	raw, err = io.ReadAll(http.MaxBytesReader(r.w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, fail.New(fail.TooLarge, "kernel.api.too-large", "The body is larger than {bytes} bytes.").With("bytes", MaxBody)
	case errors.Is(err, context.Canceled), err != nil:
		return nil, malformed("the body ends too early")
	case len(raw) == 0 && mayBeEmpty:
		return []byte("{}"), nil
	}
	if how := r.Header.Get("Content-Encoding"); how != "" && !strings.EqualFold(how, "identity") {
		return nil, &statusError{http.StatusUnsupportedMediaType, "kernel.api.encoding", "Send the body as it is, without Content-Encoding.", nil}
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && !(kind == "application/merge-patch+json" && r.Method == http.MethodPatch) {
		return nil, &statusError{http.StatusUnsupportedMediaType, "kernel.api.media", "Send JSON, with Content-Type: application/json.", nil}
	}
	return raw, nil
}

// object decodes a JSON object, numbers as json.Number.
func object(raw []byte) (map[string]any, error) {
	if err := bounded(raw); err != nil {
		return nil, err
	}
	var out map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&out); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			return nil, malformed("an object {…} is wanted")
		}
		return nil, malformed(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, malformed("something follows the object")
	}
	if out == nil {
		return nil, malformed("an object {…} is wanted")
	}
	if name, twice := repeated(raw); twice {
		return nil, malformed("the name " + strconv.Quote(clip(name)) + " is there twice")
	}
	return out, nil
}

// repeated is a name that an object of a JSON text has twice: readers differ on
// which of the values counts.
func repeated(raw []byte) (name string, twice bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var open []map[string]bool // of the objects and, nil, lists that the reader is in
	wantName := false
	for {
		t, err := dec.Token()
		if err != nil {
			return "", false
		}
		if text, ok := t.(string); ok && wantName {
			if seen := open[len(open)-1]; seen[text] {
				return text, true
			} else {
				seen[text] = true
			}
			wantName = false
			continue
		}
		switch t {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
		case json.Delim('['):
			open = append(open, nil)
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		wantName = len(open) > 0 && open[len(open)-1] != nil
	}
}

// bounded refuses what is no text, and nesting deeper than any record has,
// before anything is built from it.
func bounded(raw []byte) error {
	if !utf8.Valid(raw) {
		return malformed("it is not UTF-8")
	}
	depth, text := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return malformed("it is nested deeper than " + strconv.Itoa(MaxDepth))
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

func malformed(what string) error {
	return &statusError{http.StatusBadRequest, "kernel.api.malformed", "The body is not the JSON that is wanted: {what}.", map[string]any{"what": what}}
}

// acceptsJSON says whether an Accept header takes JSON.
func acceptsJSON(accept []string) bool {
	all := strings.Join(accept, ",")
	if strings.TrimSpace(all) == "" {
		return true
	}
	for part := range strings.SplitSeq(all, ",") {
		kind, params, _ := strings.Cut(part, ";")
		if q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			if n, err := strconv.ParseFloat(q, 64); err != nil || n <= 0 {
				continue
			}
		}
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "*/*", "application/*", "application/json", "application/problem+json":
			return true
		}
	}
	return false
}
