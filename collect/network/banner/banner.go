// Package banner reads what a service says of itself before anybody signs in:
// the greeting of SSH, FTP, mail and Telnet, and of a web interface its server,
// title, realm and certificate. To a greeting nothing is sent; a web interface
// is asked for its first page.
package banner

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"steward/collect/network/seen"
)

// Ports are those looked at where none are named.
var Ports = []int{22, 80, 443}

// kinds of services by port. What is not here is listened to.
var kinds = map[int]string{21: "ftp", 22: "ssh", 2222: "ssh", 23: "telnet", 25: "smtp", 587: "smtp", 110: "pop3", 143: "imap",
	80: "http", 81: "http", 631: "http", 8000: "http", 8008: "http", 8080: "http", 8081: "http", 8888: "http", 5000: "http",
	443: "https", 4343: "https", 4443: "https", 8006: "https", 8443: "https", 9443: "https", 10443: "https", 5001: "https"}

// bounds of one service
const (
	maxLine = 512
	maxPage = 64 << 10
	patient = 5 * time.Second // for one service in all
	hush    = 2 * time.Second // until a greeting that may never come
)

// ErrNothing is a service that says nothing of itself.
var ErrNothing = errors.New("the service says nothing of itself")

// Read reads the banner of one port.
func Read(ctx context.Context, host netip.Addr, port int) (seen.Banner, error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	b := seen.Banner{Port: port, Service: kinds[port]}
	at := netip.AddrPortFrom(host, uint16(port)).String()
	switch b.Service {
	case "http", "https":
		return b, page(ctx, at, &b)
	}
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", at)
	if err != nil {
		return b, err
	}
	defer c.Close()
	until, _ := ctx.Deadline()
	if b.Service == "" || b.Service == "telnet" {
		until = time.Now().Add(hush)
	}
	_ = c.SetReadDeadline(until)
	stop := context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	b.Greeting = greeting(c, b.Service)
	switch {
	case b.Greeting == "":
		return b, ErrNothing
	case strings.HasPrefix(b.Greeting, "SSH-"):
		b.Service = "ssh"
	case b.Service == "":
		b.Service = "other"
	}
	return b, nil
}

// greeting reads the first line that says something; of SSH the one that names
// it (RFC 4253 4.2 lets others come before), of Telnet all that comes.
func greeting(r io.Reader, service string) string {
	buf := make([]byte, 0, 4*maxLine)
	for len(buf) < cap(buf) {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if service != "telnet" && bytes.IndexByte(buf, '\n') >= 0 && (service != "ssh" || bytes.HasPrefix(buf, []byte("SSH-")) || bytes.Contains(buf, []byte("\nSSH-"))) {
			break
		}
		if err != nil {
			break
		}
	}
	if service == "telnet" {
		return clean(withoutOptions(buf))
	}
	for line := range bytes.Lines(buf) {
		if s := clean(line); s != "" && (service != "ssh" || strings.HasPrefix(s, "SSH-")) {
			return s
		}
	}
	return ""
}

// withoutOptions takes the negotiation out of what a Telnet server sends: RFC 854.
func withoutOptions(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] != 255 {
			out = append(out, b[i])
			continue
		}
		switch {
		case i+1 < len(b) && b[i+1] == 255:
			out = append(out, 255)
			i++
		case i+1 < len(b) && b[i+1] == 250: // subnegotiation, up to IAC SE
			end := bytes.Index(b[i:], []byte{255, 240})
			if end < 0 {
				return out
			}
			i += end + 1
		case i+1 < len(b) && b[i+1] >= 251:
			i += 2
		default:
			i++
		}
	}
	return out
}

var controls = regexp.MustCompile(`[\x00-\x1f\x7f]+`)

// clean is a text of one line, at most maxLine letters long.
func clean(b []byte) string {
	s := strings.TrimSpace(controls.ReplaceAllString(strings.ToValidUTF8(string(b), "�"), " "))
	if r := []rune(s); len(r) > maxLine {
		s = string(r[:maxLine])
	}
	return s
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// page asks for the first page. It follows a redirect on the same machine only,
// and takes whatever certificate there is: it is read, not trusted.
func page(ctx context.Context, at string, b *seen.Banner) error {
	host, _, _ := net.SplitHostPort(at)
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: maxPage, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: anyCipher()}},
		CheckRedirect: func(q *http.Request, via []*http.Request) error {
			if len(via) > 3 || q.URL.Hostname() != host {
				return http.ErrUseLastResponse
			}
			return nil
		}}
	q, err := http.NewRequestWithContext(ctx, "GET", b.Service+"://"+at+"/", nil)
	if err != nil {
		return err
	}
	q.Header.Set("User-Agent", "steward")
	a, err := client.Do(q)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	b.Server, b.Realm = clean([]byte(a.Header.Get("Server"))), clean([]byte(a.Header.Get("WWW-Authenticate")))
	if a.TLS != nil && len(a.TLS.PeerCertificates) > 0 {
		s := a.TLS.PeerCertificates[0].Subject
		b.Certificate, b.Organisation = clean([]byte(s.CommonName)), clean([]byte(strings.Join(s.Organization, ", ")))
	}
	body, _ := io.ReadAll(io.LimitReader(a.Body, maxPage))
	if g := title.FindSubmatch(body); g != nil {
		b.Title = clean([]byte(html.UnescapeString(string(g[1]))))
	}
	if b.Server+b.Realm+b.Certificate+b.Organisation+b.Title == "" {
		return fmt.Errorf("%w: status %d", ErrNothing, a.StatusCode)
	}
	return nil
}

// anyCipher is every cipher there is: nothing secret is sent, and old devices
// know no better.
func anyCipher() []uint16 {
	var all []uint16
	for _, c := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		all = append(all, c.ID)
	}
	return all
}
