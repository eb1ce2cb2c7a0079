package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"steward/kernel/fail"
	"steward/lib/words"
)

var statuses = map[fail.Kind]int{
	fail.Invalid:         http.StatusUnprocessableEntity,
	fail.Conflict:        http.StatusConflict,
	fail.NotFound:        http.StatusNotFound,
	fail.Forbidden:       http.StatusForbidden,
	fail.Unauthenticated: http.StatusUnauthorized,
	fail.TooLarge:        http.StatusRequestEntityTooLarge,
	fail.TooMany:         http.StatusTooManyRequests,
	fail.Unavailable:     http.StatusServiceUnavailable,
}

// Status is the HTTP status that tells a kind of failure.
func Status(k fail.Kind) int { return cmp.Or(statuses[k], http.StatusInternalServerError) }

// Say renders a failure's sentence in a language.
func Say(s Speaker, r *Request, e *fail.Error) string {
	return s.Text(r.Lang, e.Key, e.Text, e.Args)
}

// Say renders a failure's sentence for the reader.
func (r *Request) Say(e *fail.Error) string { return Say(r.Site.Words, r, e) }

type errorPage struct {
	Code          int
	Title, Advice string
	ID            string
}

var errorTemplate = MustPage[errorPage](pageFiles, "pages/error.html")

// fail turns an error into its page. It is the one place that does.
func (r *Request) fail(w http.ResponseWriter, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // the reader has gone elsewhere; nobody is there to be told
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = fail.New(fail.TooLarge, "kernel.web.too-large", "What was sent is larger than is taken here.")
	}
	if errors.Is(err, errMust) {
		http.Redirect(w, r.Request, "/account?must="+r.Session.Must, http.StatusSeeOther)
		return
	}
	e := fail.As(err)
	if e != nil && e.Kind == fail.Unauthenticated {
		if r.Method == http.MethodGet {
			to := "/sign-in"
			if r.URL.Path != "/" {
				to += "?back=" + url.QueryEscape(r.URL.RequestURI())
			}
			if r.Header.Get("HX-Request") == "true" {
				w.Header().Set("HX-Redirect", to)
				w.WriteHeader(http.StatusNoContent)
				return
			}
			http.Redirect(w, r.Request, to, http.StatusSeeOther)
			return
		}
	}
	p := errorPage{Code: http.StatusInternalServerError, Title: r.T("kernel.web.internal", "Something went wrong here"),
		Advice: r.T("kernel.web.internal-advice", "Nothing was saved. The error is in the program's log; tell your administrator when it happened.")}
	if e != nil {
		p.Code = Status(e.Kind)
		p.Title = r.word(errorTitles[e.Kind], r.T("kernel.web.sign-in-title", "Sign in"))
		p.Advice = r.Say(e)
	}
	if p.Code >= 500 {
		r.Site.Log.Error("a page failed", "path", r.URL.Path, "method", r.Method, "error", err, "cause", errors.Unwrap(err))
	}
	if err := errorTemplate.Status(w, r, p.Code, Shell{Title: p.Title}, p); err != nil {
		r.Site.Log.Error("an error page failed", "path", r.URL.Path, "error", err)
		http.Error(w, p.Title, p.Code)
	}
}

var errorTitles = map[fail.Kind]words.Word{
	fail.NotFound:    words.T("kernel.web.not-found", "Not found"),
	fail.Forbidden:   words.T("kernel.web.forbidden", "Not allowed"),
	fail.Conflict:    words.T("kernel.web.not-now", "This cannot be done now"),
	fail.Invalid:     words.T("kernel.web.invalid", "Something in it is wrong"),
	fail.Unavailable: words.T("kernel.web.unavailable", "Not possible right now"),
	fail.TooLarge:    words.T("kernel.web.large", "Too large"),
	fail.TooMany:     words.T("kernel.web.many", "Too many tries"),
}
