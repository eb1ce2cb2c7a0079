package table

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// HTTP is how to ask an HTTP API for a table.
type HTTP struct {
	Items   string       // path to the list of rows in the answer, e.g. data.items; empty: the answer itself, or its only list
	Next    string       // path to the next page's address or cursor, e.g. links.next; empty: the Link header, or a member named next
	Cursor  string       // parameter that takes a cursor, when Next is not an address; empty: cursor
	Offset  string       // parameter that takes the number of rows read so far, for APIs that name no next page
	Page    string       // parameter that takes the page's number, likewise; what the address says of either is where it begins
	Headers []string     // 'Name: value', e.g. for authorization; never shown
	Client  *http.Client // nil: one with a time limit of a minute a request
	Pages   int          // most pages; 0: 10,000
}

// Bounds of an HTTP API.
const (
	maxPage    = 64 << 20
	maxPages   = 10_000
	maxAttempt = 4
)

// httpPages reads page after page as one stream of JSON objects.
type httpPages struct {
	ctx  context.Context
	h    HTTP
	next string
	page int
	seen map[string]bool
	host string
	last [sha256.Size]byte // of the page before
}

func newHTTPPages(ctx context.Context, address string, h HTTP) (*httpPages, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, Wrong("address", "%q is not an address", address)
	}
	for i, line := range h.Headers {
		if k, _, ok := strings.Cut(line, ":"); !ok || strings.TrimSpace(k) == "" {
			return nil, Wrong(fmt.Sprintf("headers[%d]", i), "should be 'Name: value'")
		}
	}
	if h.Offset != "" && h.Page != "" {
		return nil, Wrong("page", "an API counts rows or pages, not both")
	}
	c := http.Client{Timeout: time.Minute}
	if h.Client != nil {
		c = *h.Client
	}
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if r.URL.Host != u.Host || r.URL.Scheme != u.Scheme {
			return errors.New("the API leads to another host; that is not followed")
		}
		if len(via) > 5 {
			return errors.New("the API leads from address to address")
		}
		return nil
	}
	h.Client = &c
	if h.Pages == 0 {
		h.Pages = maxPages
	}
	return &httpPages{ctx: ctx, h: h, next: address, seen: map[string]bool{}, host: u.Host}, nil
}

// rows returns the next page's rows, and io.EOF after the last page.
func (p *httpPages) rows() ([]json.RawMessage, error) {
	if p.next == "" {
		return nil, io.EOF
	}
	if p.seen[p.next] {
		return nil, fmt.Errorf("page %d: the API leads back to a page that was read", p.page+1)
	}
	if p.page == p.h.Pages {
		return nil, fmt.Errorf("more than %d pages; raise the limit if that is meant", p.h.Pages)
	}
	p.seen[p.next] = true
	p.page++
	body, header, err := p.get(p.next)
	if err != nil {
		return nil, fmt.Errorf("page %d: %w", p.page, err)
	}
	var answer any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return nil, fmt.Errorf("page %d is not JSON: %w", p.page, err)
	}
	items, err := p.items(body)
	if err != nil {
		return nil, err
	}
	if p.h.Offset+p.h.Page != "" {
		return items, p.count(body, len(items))
	}
	return items, p.follow(answer, header, len(items))
}

// get asks once more after a busy answer, later each time.
func (p *httpPages) get(address string) ([]byte, http.Header, error) {
	wait := time.Second
	for try := 1; ; try++ {
		req, err := http.NewRequestWithContext(p.ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, nil, err
		}
		req.Header.Set("Accept", "application/json")
		for _, line := range p.h.Headers {
			k, v, _ := strings.Cut(line, ":")
			req.Header.Set(strings.TrimSpace(k), strings.TrimSpace(v))
		}
		resp, err := p.h.Client.Do(req)
		if err != nil {
			return nil, nil, err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
		resp.Body.Close()
		switch {
		case err != nil:
			return nil, nil, err
		case len(body) > maxPage:
			return nil, nil, fmt.Errorf("the answer is larger than %d MB", maxPage>>20)
		case resp.StatusCode == http.StatusOK:
			return body, resp.Header, nil
		case resp.StatusCode == http.StatusNoContent:
			return []byte("[]"), resp.Header, nil
		case try < maxAttempt && (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable):
			if after, ok := readInt([]byte(resp.Header.Get("Retry-After")), false); ok && after >= 0 && after <= 120 {
				wait = time.Duration(after) * time.Second
			}
			select {
			case <-time.After(wait):
			case <-p.ctx.Done():
				return nil, nil, p.ctx.Err()
			}
			wait *= 2
		default:
			return nil, nil, fmt.Errorf("%s answers %s", req.URL.Redacted(), resp.Status)
		}
	}
}

// items finds the list of rows.
func (p *httpPages) items(body []byte) ([]json.RawMessage, error) {
	at := json.RawMessage(body)
	if p.h.Items != "" {
		for _, name := range strings.Split(p.h.Items, ".") {
			var o map[string]json.RawMessage
			if err := json.Unmarshal(at, &o); err != nil || o[name] == nil {
				return nil, Wrong("items", "the answer has nothing at %q", p.h.Items)
			}
			at = o[name]
		}
	}
	var list []json.RawMessage
	if json.Unmarshal(at, &list) == nil {
		return list, nil
	}
	var o map[string]json.RawMessage
	if err := json.Unmarshal(at, &o); err != nil {
		return nil, Wrong("items", "the answer holds no list of rows")
	}
	var found []string
	for name, raw := range o {
		var l []json.RawMessage
		if json.Unmarshal(raw, &l) == nil && string(raw) != "null" {
			found, list = append(found, name), l
		}
	}
	if len(found) != 1 {
		return nil, Wrong("items", "say where the rows are: the answer has %d lists", len(found))
	}
	return list, nil
}

// follow finds the next page's address; none: this was the last.
func (p *httpPages) follow(answer any, header http.Header, rows int) error {
	here := p.next
	p.next = ""
	next := ""
	if p.h.Next != "" {
		at := answer
		for _, name := range strings.Split(p.h.Next, ".") {
			o, _ := at.(map[string]any)
			at = o[name]
		}
		next = textOf(at)
	} else if next = linkNext(header); next == "" {
		if o, ok := answer.(map[string]any); ok {
			for _, path := range [][]string{{"next"}, {"links", "next"}, {"_links", "next", "href"}, {"paging", "next"}, {"@odata.nextLink"}, {"next_page_url"}} {
				var at any = o
				for _, name := range path {
					m, _ := at.(map[string]any)
					at = m[name]
				}
				if next = textOf(at); strings.Contains(next, "/") || strings.HasPrefix(next, "?") {
					break
				}
				next = ""
			}
		}
	}
	if next == "" || rows == 0 {
		return nil
	}
	base, err := url.Parse(here)
	if err != nil {
		return err
	}
	if !strings.Contains(next, "/") && !strings.HasPrefix(next, "?") { // a cursor
		q := base.Query()
		name := p.h.Cursor
		if name == "" {
			name = "cursor"
		}
		q.Set(name, next)
		base.RawQuery = q.Encode()
		p.next = base.String()
		return nil
	}
	u, err := base.Parse(next)
	if err != nil {
		return fmt.Errorf("the next page's address %q: %w", next, err)
	}
	if u.Host != p.host || u.Scheme != base.Scheme { // what is sent along must not go to others
		return errors.New("the API leads to another host for its next page; that is not followed")
	}
	p.next = u.String()
	return nil
}

// count moves on by the rows read or to the next number; a page without rows is
// the last.
func (p *httpPages) count(body []byte, rows int) error {
	name, step := p.h.Page, 1
	if p.h.Offset != "" {
		name, step = p.h.Offset, rows
	}
	sum := sha256.Sum256(body)
	if rows > 0 && p.page > 1 && sum == p.last {
		return fmt.Errorf("page %d: the API gives the page before once more; is %q the parameter it counts by?", p.page, name)
	}
	p.last = sum
	here, err := url.Parse(p.next)
	if err != nil {
		return err
	}
	if p.next = ""; rows == 0 {
		return nil
	}
	q := here.Query()
	at := 0
	if text := q.Get(name); text != "" {
		if at, err = strconv.Atoi(text); err != nil || at < 0 {
			return Wrong("address", "%s is %q; it should be a whole number", name, text)
		}
	} else if p.h.Page != "" {
		at = 1
	}
	q.Set(name, strconv.Itoa(at+step))
	here.RawQuery = q.Encode()
	p.next = here.String()
	return nil
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// linkNext reads RFC 8288: <https://…?page=2>; rel="next".
func linkNext(h http.Header) string {
	for _, line := range h.Values("Link") {
		for _, part := range strings.Split(line, ",") {
			address, rest, ok := strings.Cut(part, ">")
			if ok && (strings.Contains(rest, `rel="next"`) || strings.Contains(rest, "rel=next")) {
				if _, address, ok = strings.Cut(address, "<"); ok {
					return address
				}
			}
		}
	}
	return ""
}
