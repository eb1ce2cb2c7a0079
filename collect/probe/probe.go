// Package probe asks a service once whether it answers and answers rightly,
// and how long each phase of that took. It sends what the target names and
// nothing more: no retry, no other port, no sign-in.
package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"steward/collect/fact"
)

// Options say how a target is asked. The zero value asks with what the protocol defines as right.
type Options struct {
	Timeout time.Duration  // for the whole of one target; 10 s if 0
	Parent  string         // target that must be up for this one to be reachable; asked only when this one is down
	Roots   *x509.CertPool // who may sign certificates; the system's if nil
	Now     func() time.Time

	MinDays int    // days a certificate must still be valid
	MinTLS  string // lowest protocol version accepted: 1.0, 1.1, 1.2 or 1.3

	Method string   // of HTTP; GET if empty
	Follow bool     // follow redirects, up to ten
	Status string   // statuses that are right: 200, 2xx, 200-299, by commas; below 400 if empty
	Header []string // Name: regular expression
	Body   []string // regular expressions the body must match
	NoBody []string // regular expressions the body must not match
	JSON   []string // path=value, path by dots: checks.0.state=ok; also != ~ !~ < <= > >=
	Expect string   // regular expression: a banner, an answer of DNS
	Type   string   // DNS record type; A if empty
}

// Result is what came of asking one target.
type Result struct {
	Target   string   `json:"target"`
	Protocol string   `json:"protocol"`
	State    string   `json:"state" doc:"up; wrong: it answers but not as it should; down: no answer; unreachable: no answer, and its parent gives none either; unknown: it could not be asked"`
	Address  string   `json:"address,omitempty" doc:"the address that was asked"`
	Phases   []Phase  `json:"phases" doc:"in their order; the last is the one that failed, if one did"`
	TotalMs  float64  `json:"total_ms"`
	Problem  string   `json:"problem,omitempty" doc:"what went wrong, and in which phase"`
	Checks   []Check  `json:"checks,omitempty"`
	TLS      *TLS     `json:"tls,omitempty"`
	Answer   string   `json:"answer,omitempty" doc:"banner, status or records, at most 300 letters"`
	Parent   *Above   `json:"parent,omitempty" doc:"what came of asking the parent"`
	Clock    *float64 `json:"clock_offset_seconds,omitempty" doc:"NTP: the server's clock minus this one's"`
	Stratum  *int     `json:"stratum,omitempty" doc:"NTP: steps from a reference clock"`
	Gap      string   `json:"needs,omitempty" doc:"the right that was missing, where the state is unknown"`
}

// Above is what came of asking the parent of a target that gave no answer.
type Above struct {
	Target  string `json:"target"`
	State   string `json:"state"`
	Problem string `json:"problem,omitempty"`
}

// Phase is one step and how long it took.
type Phase struct {
	Name string  `json:"name" doc:"resolve, connect, tls, send, first_byte, body, banner, reply …"`
	Ms   float64 `json:"ms"`
}

// Check is one thing that was asked to be so.
type Check struct {
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
	OK   bool   `json:"ok"`
}

// errUnasked is a probe that this machine does not allow.
var errUnasked = errors.New("could not be asked")

type prober func(ctx context.Context, r *run) error

// protocols are the schemes of targets, with the port each has of itself.
var protocols = map[string]struct {
	port string
	ask  prober
	tls  bool // from the first byte
}{
	"tcp": {"", askTCP, false}, "tls": {"443", askTCP, true},
	"http": {"80", askHTTP, false}, "https": {"443", askHTTP, true},
	"grpc": {"50051", askGRPC, false}, "grpcs": {"443", askGRPC, true},
	"dns": {"53", askDNS, false}, "ntp": {"123", askNTP, false}, "icmp": {"", askICMP, false},
	"smtp": {"25", askSMTP, false}, "smtps": {"465", askSMTP, true},
	"imap": {"143", askIMAP, false}, "imaps": {"993", askIMAP, true},
	"ftp": {"21", askFTP, false}, "ftps": {"990", askFTP, true}, "ssh": {"22", askSSH, false},
	"ldap": {"389", askLDAP, false}, "ldaps": {"636", askLDAP, true},
	"mqtt": {"1883", askMQTT, false}, "mqtts": {"8883", askMQTT, true},
	"rdp": {"3389", askRDP, false},
}

// Schemes are the protocols that can be asked.
func Schemes() []string {
	var names []string
	for name := range protocols {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// run is one asking.
type run struct {
	Result
	o     Options
	url   *url.URL
	port  string
	tls   bool
	until time.Time
	ended bool // the last phase failed
}

// Ask asks one target, a URL such as tcp://host:port or dns://server/name. The
// error is of the target's or the options' form only; what the target did is
// in the result.
func Ask(ctx context.Context, target string, o Options) (Result, error) {
	u, err := url.Parse(target)
	if err != nil {
		return Result{}, fmt.Errorf("target %q is no URL such as tcp://host:port", target)
	}
	p, known := protocols[u.Scheme]
	switch {
	case !known:
		return Result{}, fmt.Errorf("target %q: protocol %q is not one of %s", target, u.Scheme, strings.Join(Schemes(), ", "))
	case u.Hostname() == "":
		return Result{}, fmt.Errorf("target %q names no host", target)
	case u.Scheme == "tcp" && u.Port() == "":
		return Result{}, fmt.Errorf("target %q names no port", target)
	}
	if err := o.check(); err != nil {
		return Result{}, err
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	outer := ctx
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	// A password in a target is not repeated.
	r := &run{Result: Result{Target: u.Redacted(), Protocol: u.Scheme, Phases: []Phase{}}, o: o, url: u, port: u.Port(), tls: p.tls}
	if r.port == "" {
		r.port = p.port
	}
	r.until, _ = ctx.Deadline()
	started := time.Now()
	err = p.ask(ctx, r)
	r.TotalMs = ms(time.Since(started))
	r.settle(err)
	if outer.Err() != nil {
		return r.Result, outer.Err()
	}
	if r.State == "down" && o.Parent != "" {
		above, err := Ask(outer, o.Parent, Options{Timeout: o.Timeout, Roots: o.Roots, Now: o.Now})
		if err != nil {
			return r.Result, fmt.Errorf("parent: %w", err)
		}
		r.Parent = &Above{above.Target, above.State, above.Problem}
		if above.State == "down" {
			r.State = "unreachable"
		}
	}
	return r.Result, nil
}

// settle says what the state is.
func (r *run) settle(err error) {
	var wrong *wrongAnswer
	switch {
	case errors.Is(err, errUnasked):
		r.State, r.Problem = "unknown", err.Error()
	case errors.As(err, &wrong):
		r.State, r.Problem = "wrong", wrong.Error()
	case err != nil:
		r.State, r.Problem = "down", err.Error()
		if n := len(r.Phases); n > 0 {
			r.Problem = r.Phases[n-1].Name + ": " + r.Problem
		}
	default:
		r.State = "up"
		for _, c := range r.Checks {
			if !c.OK {
				r.State = "wrong"
				r.Problem = fmt.Sprintf("%s is %s, not %s", c.What, c.Got, c.Want)
				break
			}
		}
	}
}

// wrongAnswer is an answer that is not the protocol's or says no.
type wrongAnswer struct{ text string }

func (w *wrongAnswer) Error() string { return w.text }

func wrong(format string, args ...any) error { return &wrongAnswer{fmt.Sprintf(format, args...)} }

// phase does and times one step.
func (r *run) phase(name string, do func() error) error {
	started := time.Now()
	err := do()
	r.ended = err != nil
	r.Phases = append(r.Phases, Phase{name, ms(time.Since(started))})
	return err
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r *run) say(answer string) { r.Answer = clip(answer) }

func clip(s string) string {
	s = strings.ToValidUTF8(strings.TrimSpace(s), "�")
	if letters := []rune(s); len(letters) > 300 {
		return string(letters[:300]) + "…"
	}
	return s
}

// resolve finds the addresses of the host.
func (r *run) resolve(ctx context.Context) ([]netip.Addr, error) {
	host := r.url.Hostname()
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	var all []netip.Addr
	err := r.phase("resolve", func() (err error) {
		all, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		return err
	})
	return all, err
}

// dial connects, over TLS where the protocol begins with it. A host of several
// addresses is asked at the first that connects.
func (r *run) dial(ctx context.Context, network string) (net.Conn, error) {
	addresses, err := r.resolve(ctx)
	if err != nil {
		return nil, err
	}
	var c net.Conn
	err = r.phase("connect", func() error {
		var failed error
		for _, a := range addresses {
			r.Address = net.JoinHostPort(a.Unmap().String(), r.port)
			var d net.Dialer
			if c, err = d.DialContext(ctx, network, r.Address); err == nil {
				return nil
			}
			failed = err
		}
		return failed
	})
	if err != nil {
		return nil, err
	}
	_ = c.SetDeadline(r.until)
	if r.tls {
		t, err := r.handshake(ctx, c)
		if err != nil {
			c.Close()
			return nil, err
		}
		return t, nil
	}
	return c, nil
}

// Observation wraps a result as the fact `steward collect probe` prints.
func Observation(r Result, at time.Time) fact.Observation {
	return fact.Observation{Kind: "probe", Target: r.Target, At: at.UTC(), Source: r.Address, Method: r.Protocol, Data: r}
}
