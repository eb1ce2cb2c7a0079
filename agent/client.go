package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"steward/collect/agentproto"
)

// client speaks to the server.
type client struct {
	http   *http.Client
	base   string
	store  *store
	clock  func() time.Time
	offset time.Duration // server's clock minus ours, learnt when it refused ours
	agent  string
}

// refusal is an answer that is not 2xx.
type refusal struct {
	agentproto.Problem
	retry time.Duration
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("the server answers %d", r.Status)
	for _, part := range []string{r.Title, r.Detail} {
		if part != "" {
			text += ": " + part
		}
	}
	return text
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// connect prepares the connection: whom to trust, and the certificate to show.
func (a *agent) connect() error {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	switch {
	case a.Pin != "":
		pin, err := hex.DecodeString(strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(a.Pin, "sha256:")), ":", ""))
		if err != nil || len(pin) != sha256.Size {
			return errors.New("the pin is not a SHA-256 in hex (64 digits)")
		}
		// The pin says which certificate it is; name and issuer add nothing.
		c.InsecureSkipVerify = true
		c.VerifyConnection = func(s tls.ConnectionState) error { return pinned(s.PeerCertificates, pin) }
	case a.CA != "" || a.store.CA != "":
		text := []byte(a.store.CA)
		if a.CA != "" {
			var err error
			if text, err = os.ReadFile(a.CA); err != nil {
				return fmt.Errorf("the CA file: %w", err)
			}
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return errors.New("the CA file has no PEM certificate")
		}
	}
	if a.store.Certificate != "" {
		certificate, err := agentproto.ParseCertificate(a.store.Certificate)
		if err != nil {
			return fmt.Errorf("the agent's certificate: %w", err)
		}
		own := tls.Certificate{Certificate: [][]byte{certificate.Raw}, PrivateKey: a.store.key, Leaf: certificate}
		// Given whoever the server says it trusts: a proxy may name others.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: c, ForceAttemptHTTP2: true, MaxIdleConns: 1, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 15 * time.Second, ResponseHeaderTimeout: 60 * time.Second, DialContext: (&net.Dialer{Timeout: 15 * time.Second}).DialContext,
	}
	var offset time.Duration
	if a.client != nil {
		offset = a.client.offset
		a.client.http.CloseIdleConnections()
	}
	a.client = &client{
		http: &http.Client{Transport: transport, Timeout: 5 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		base: strings.TrimRight(a.Server, "/"), store: a.store, clock: a.Clock, agent: "steward-agent/" + a.Version, offset: offset,
	}
	return nil
}

// pinned accepts a server that shows the pinned certificate or key, at the
// leaf. A pin to an issuer is not offered, since the chain is not verified.
func pinned(chain []*x509.Certificate, pin []byte) error {
	if len(chain) == 0 {
		return errors.New("the server shows no certificate")
	}
	whole, key := sha256.Sum256(chain[0].Raw), sha256.Sum256(chain[0].RawSubjectPublicKeyInfo)
	if bytes.Equal(whole[:], pin) || bytes.Equal(key[:], pin) {
		return nil
	}
	return fmt.Errorf("the server's certificate is not the pinned one; it is sha256:%x, its key sha256:%x; if the server was given another key, its page 'Add a host' has a line with the new pin", whole, key)
}

// untrusted adds to the refusal of a certificate what a person can do about it, and
// what to compare: nobody should pin a certificate that was only met on the way.
func untrusted(err error) error {
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) || len(refused.UnverifiedCertificates) == 0 {
		return err
	}
	seen := refused.UnverifiedCertificates[0]
	return fmt.Errorf("%w; give the certificate of who issued it with --ca FILE, or --pin %x if the server's start names this fingerprint too", err, sha256.Sum256(seen.Raw))
}

// post sends a body and reads the answer into v. Signed requests that are
// refused for the clock are sent once more by the server's clock.
func (c *client) post(ctx context.Context, path string, body []byte, encoding string, signed bool, v any) error {
	for attempt := 0; ; attempt++ {
		err := c.once(ctx, path, body, encoding, signed, v)
		var r *refusal
		if attempt == 0 && signed && errors.As(err, &r) && r.Code == agentproto.CodeClock {
			continue
		}
		return err
	}
}

func (c *client) once(ctx context.Context, path string, body []byte, encoding string, signed bool, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", c.agent)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	if signed {
		if err := agentproto.Sign(req.Header, c.store.key, c.store.ID, http.MethodPost, path, body, c.clock().Add(c.offset)); err != nil {
			return err
		}
	}
	res, err := c.http.Do(req)
	if err != nil {
		return untrusted(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if res.StatusCode/100 == 2 {
		if err := json.Unmarshal(answer, v); err != nil {
			return fmt.Errorf("the server's answer is not JSON; is %s a Steward server? %w", c.base, err)
		}
		return nil
	}
	r := told(res, answer)
	if r.Code == agentproto.CodeClock {
		if t, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			c.offset = t.Sub(c.clock())
		}
	}
	return r
}

// problem reads why an answer is not the one hoped for.
func problem(res *http.Response) error {
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	return told(res, answer)
}

func told(res *http.Response, answer []byte) *refusal {
	r := &refusal{Problem: agentproto.Problem{Status: res.StatusCode, Title: http.StatusText(res.StatusCode)}}
	json.Unmarshal(answer, &r.Problem) // what is no problem document has its status
	r.Status = res.StatusCode
	if d, err := time.ParseDuration(res.Header.Get("Retry-After") + "s"); err == nil && d > 0 {
		r.retry = d
	}
	return r
}
