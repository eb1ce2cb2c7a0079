package probe

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const maxBody = 1 << 20

// dialler makes the connections of an HTTP client, each phase timed. The client
// dials beside the request and may give the request up first, so whoever reads
// the phases must wait for the end.
type dialler struct {
	mu    sync.Mutex
	under sync.WaitGroup
	over  bool
}

func (d *dialler) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.over {
		d.under.Add(1)
	}
	return !d.over
}

func (d *dialler) end() {
	d.mu.Lock()
	d.over = true
	d.mu.Unlock()
	d.under.Wait()
}

// transport speaks over the connections that dial makes. They are bound to ctx,
// that of the whole asking, since the client's own may outlive it.
func (r *run) transport(ctx context.Context, protocols ...string) (*http.Transport, *dialler) {
	d := &dialler{}
	dial := func(network, address string, secure bool) (net.Conn, error) {
		if !d.begin() {
			return nil, net.ErrClosed
		}
		defer d.under.Done()
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		if host != r.url.Hostname() || port != r.port { // a redirect leads elsewhere
			u := *r.url
			u.Host = net.JoinHostPort(host, port)
			r.url, r.port = &u, port
		}
		r.tls = false
		c, err := r.dial(ctx, network)
		if err != nil || !secure {
			return c, err
		}
		t, err := r.handshake(ctx, c, protocols...)
		if err != nil {
			c.Close()
			return nil, err
		}
		return t, nil
	}
	return &http.Transport{DisableKeepAlives: len(protocols) == 0, MaxResponseHeaderBytes: 64 << 10,
		DialContext:    func(_ context.Context, n, a string) (net.Conn, error) { return dial(n, a, false) },
		DialTLSContext: func(_ context.Context, n, a string) (net.Conn, error) { return dial(n, a, true) }}, d
}

// askHTTP makes one request and holds the answer against what was asked for.
func askHTTP(ctx context.Context, r *run) error {
	method := r.o.Method
	if method == "" {
		method = "GET"
	}
	q, err := http.NewRequestWithContext(ctx, method, r.url.String(), nil)
	if err != nil {
		return err
	}
	q.Header.Set("User-Agent", "steward-probe")
	t, dials := r.transport(ctx)
	client := &http.Client{Transport: t}
	if !r.o.Follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	began := time.Now()
	a, err := client.Do(q)
	took := ms(time.Since(began))
	dials.end()
	if !r.ended {
		r.Phases = append(r.Phases, Phase{"first_byte", max(0, took-r.spent())})
	}
	if err != nil {
		return unwrap(err)
	}
	defer a.Body.Close()
	var body []byte
	if err := r.phase("body", func() (err error) {
		body, err = io.ReadAll(io.LimitReader(a.Body, maxBody+1))
		return err
	}); err != nil {
		return err
	}
	r.say(a.Status)
	want := r.o.Status
	if want == "" {
		want = "100-399"
	}
	r.check("status", want, strconv.Itoa(a.StatusCode), statusIn(want, a.StatusCode))
	for _, h := range r.o.Header {
		name, expression, _ := strings.Cut(h, ":")
		got := strings.Join(a.Header.Values(strings.TrimSpace(name)), ", ")
		ok, _ := regexp.MatchString(strings.TrimSpace(expression), got)
		r.check("header "+name, strings.TrimSpace(expression), got, ok && len(a.Header.Values(strings.TrimSpace(name))) > 0)
	}
	if len(body) > maxBody && len(r.o.Body)+len(r.o.NoBody)+len(r.o.JSON) > 0 {
		r.check("body", "1 MiB at most", "more", false)
		return nil
	}
	for _, e := range r.o.Body {
		ok, _ := regexp.Match(e, body)
		r.check("body", e, found(ok), ok)
	}
	for _, e := range r.o.NoBody {
		ok, _ := regexp.Match(e, body)
		r.check("body", "not "+e, found(ok), !ok)
	}
	for _, j := range r.o.JSON {
		a, _ := readAssertion(j)
		got, err := lookUp(body, a.path)
		if err != nil {
			got = err.Error()
		}
		r.check("JSON "+a.path, a.String(), got, err == nil && a.holds(got))
	}
	return nil
}

func (r *run) spent() (sum float64) {
	for _, p := range r.Phases {
		sum += p.Ms
	}
	return sum
}

func found(ok bool) string {
	if ok {
		return "found"
	}
	return "not found"
}

// unwrap takes the cause out of the client's words, which repeat the URL.
func unwrap(err error) error {
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		var w *wrongAnswer
		if errors.As(err, &w) {
			return err
		}
		if _, ok := next.(net.Error); !ok {
			return next
		}
		err = next
	}
	return err
}

// statusIn reports whether a status is in a list such as 200,3xx,500-502.
func statusIn(list string, status int) bool {
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "-")
		if !isRange {
			high = low
		}
		a, err1 := strconv.Atoi(strings.ReplaceAll(low, "x", "0"))
		b, err2 := strconv.Atoi(strings.ReplaceAll(high, "x", "9"))
		if err1 == nil && err2 == nil && a <= status && status <= b {
			return true
		}
	}
	return false
}

// lookUp finds a value in JSON by a path of names and numbers.
func lookUp(body []byte, path string) (string, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", errors.New("the body is not JSON")
	}
	for name := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[name]
			if !ok {
				return "", fmt.Errorf("there is no %q", name)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(at) {
				return "", fmt.Errorf("there is no entry %q among %d", name, len(at))
			}
			v = at[i]
		default:
			return "", fmt.Errorf("there is nothing below %q", name)
		}
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// askGRPC asks grpc.health.v1.Health/Check over HTTP/2; the path of the target
// names the service, none means the whole server.
func askGRPC(ctx context.Context, r *run) error {
	service := strings.Trim(r.url.Path, "/")
	if len(service) > 100 {
		return wrong("the service's name is above 100 letters")
	}
	var message []byte
	if service != "" {
		message = append([]byte{0x0a, byte(len(service))}, service...)
	}
	frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	scheme := "http"
	secure := r.tls
	t, dials := r.transport(ctx, "h2")
	defer t.CloseIdleConnections()
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP2(secure)
	t.Protocols.SetUnencryptedHTTP2(!secure)
	if secure {
		scheme = "https"
	}
	q, err := http.NewRequestWithContext(ctx, "POST", scheme+"://"+net.JoinHostPort(r.url.Hostname(), r.port)+"/grpc.health.v1.Health/Check", bytes.NewReader(append(frame, message...)))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/grpc")
	q.Header.Set("TE", "trailers")
	began := time.Now()
	a, err := (&http.Client{Transport: t}).Do(q)
	took := ms(time.Since(began))
	dials.end()
	if !r.ended {
		r.Phases = append(r.Phases, Phase{"reply", max(0, took-r.spent())})
	}
	if err != nil {
		return unwrap(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, 4096))
	if err != nil {
		return err
	}
	status := a.Trailer.Get("Grpc-Status")
	if status == "" {
		status = a.Header.Get("Grpc-Status")
	}
	switch {
	case a.StatusCode != 200 || status == "":
		return wrong("answered %s, which is no gRPC", a.Status)
	case status == "5":
		return wrong("the server does not know the service %q", service)
	case status == "12":
		return wrong("the server has no health service")
	case status != "0":
		return wrong("answered with gRPC status %s", status)
	}
	state := 0
	if len(b) >= 7 && b[5] == 0x08 {
		state = int(b[6])
	}
	words := []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}
	got := fmt.Sprint(state)
	if state < len(words) {
		got = words[state]
	}
	r.say(got)
	r.check("health", "SERVING", got, state == 1)
	return nil
}
