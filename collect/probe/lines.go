package probe

import (
	"bufio"
	"context"
	"io"
	"net"
	"regexp"
	"strings"
)

// line reads one line of at most 4 KiB.
func line(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for b.Len() < 4096 {
		c, err := in.ReadByte()
		if err != nil {
			if err == io.EOF && b.Len() > 0 {
				return b.String(), nil
			}
			return "", err
		}
		if c == '\n' {
			return strings.TrimRight(b.String(), "\r"), nil
		}
		b.WriteByte(c)
	}
	return "", wrong("the answer has no end of line within 4096 bytes")
}

// reply reads an answer of SMTP or FTP: lines "220-…" up to "220 …".
func reply(in *bufio.Reader) (code, text string, err error) {
	for range 100 {
		l, err := line(in)
		if err != nil {
			return "", "", err
		}
		if len(l) < 3 || strings.Trim(l[:3], "0123456789") != "" {
			return "", "", wrong("answered %q, which begins with no code", clip(l))
		}
		if text == "" && len(l) > 4 {
			text = l
		}
		if len(l) == 3 || l[3] != '-' {
			return l[:3], text, nil
		}
	}
	return "", "", wrong("answered more than 100 lines")
}

// expect holds an answer against the expression asked for.
func (r *run) expect(answer string) {
	if r.o.Expect != "" {
		ok, _ := regexp.MatchString(r.o.Expect, answer)
		r.check("answer", r.o.Expect, answer, ok)
	}
}

// askTCP connects, and reads a banner only if one is expected.
func askTCP(ctx context.Context, r *run) error {
	c, err := r.dial(ctx, "tcp")
	if err != nil {
		return err
	}
	defer c.Close()
	if r.o.Expect == "" {
		return nil
	}
	return r.phase("banner", func() error {
		l, err := line(bufio.NewReader(c))
		if err == nil {
			r.say(l)
			r.expect(l)
		}
		return err
	})
}

// greeting connects and reads the first answer, which must have the code.
func (r *run) greeting(ctx context.Context, code string) (net.Conn, *bufio.Reader, error) {
	c, err := r.dial(ctx, "tcp")
	if err != nil {
		return nil, nil, err
	}
	in := bufio.NewReader(c)
	err = r.phase("banner", func() error {
		got, text, err := reply(in)
		if err != nil {
			return err
		}
		r.say(text)
		if got != code {
			return wrong("greeted with %s, not %s", clip(text), code)
		}
		return nil
	})
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	r.expect(r.Answer)
	return c, in, nil
}

// command sends a line and wants an answer of the code.
func (r *run) command(name string, c net.Conn, in *bufio.Reader, text, code string) error {
	return r.phase(name, func() error {
		if _, err := io.WriteString(c, text+"\r\n"); err != nil {
			return err
		}
		got, said, err := reply(in)
		if err == nil && got != code {
			err = wrong("answered %s with %s, not %s", text, clip(said), code)
		}
		return err
	})
}

// askSMTP greets (RFC 5321), and with ?starttls begins TLS (RFC 3207).
func askSMTP(ctx context.Context, r *run) error {
	c, in, err := r.greeting(ctx, "220")
	if err != nil {
		return err
	}
	defer c.Close()
	if err := r.command("ehlo", c, in, "EHLO probe.invalid", "250"); err != nil {
		return err
	}
	if r.url.Query().Has("starttls") {
		if err := r.command("starttls", c, in, "STARTTLS", "220"); err != nil {
			return err
		}
		t, err := r.handshake(ctx, c)
		if err != nil {
			return err
		}
		c = t
	}
	_, _ = io.WriteString(c, "QUIT\r\n") // a courtesy
	return nil
}

// askFTP reads the greeting (RFC 959), with ?starttls begins TLS (RFC 4217), and
// leaves.
func askFTP(ctx context.Context, r *run) error {
	c, in, err := r.greeting(ctx, "220")
	if err != nil {
		return err
	}
	defer c.Close()
	if r.url.Query().Has("starttls") {
		if err := r.command("starttls", c, in, "AUTH TLS", "234"); err != nil {
			return err
		}
		t, err := r.handshake(ctx, c)
		if err != nil {
			return err
		}
		c = t
	}
	_, _ = io.WriteString(c, "QUIT\r\n")
	return nil
}

// askIMAP reads the greeting (RFC 9051), and with ?starttls begins TLS.
func askIMAP(ctx context.Context, r *run) error {
	c, err := r.dial(ctx, "tcp")
	if err != nil {
		return err
	}
	defer c.Close()
	in := bufio.NewReader(c)
	if err := r.phase("banner", func() error {
		l, err := line(in)
		if err != nil {
			return err
		}
		r.say(l)
		if !strings.HasPrefix(l, "* OK") && !strings.HasPrefix(l, "* PREAUTH") {
			return wrong("greeted with %q, not * OK", clip(l))
		}
		r.expect(l)
		return nil
	}); err != nil {
		return err
	}
	if r.url.Query().Has("starttls") {
		if err := r.phase("starttls", func() error {
			if _, err := io.WriteString(c, "a1 STARTTLS\r\n"); err != nil {
				return err
			}
			l, err := line(in)
			if err == nil && !strings.HasPrefix(l, "a1 OK") {
				err = wrong("answered STARTTLS with %q", clip(l))
			}
			return err
		}); err != nil {
			return err
		}
		t, err := r.handshake(ctx, c)
		if err != nil {
			return err
		}
		c = t
	}
	_, _ = io.WriteString(c, "a2 LOGOUT\r\n")
	return nil
}

// askSSH reads the identification (RFC 4253, 4.2); other lines may go before it.
func askSSH(ctx context.Context, r *run) error {
	c, err := r.dial(ctx, "tcp")
	if err != nil {
		return err
	}
	defer c.Close()
	return r.phase("banner", func() error {
		in := bufio.NewReader(c)
		for range 20 {
			l, err := line(in)
			if err != nil {
				return err
			}
			if strings.HasPrefix(l, "SSH-") {
				r.say(l)
				r.expect(l)
				r.check("SSH protocol", "2.0", strings.Split(l+"--", "-")[1], strings.HasPrefix(l, "SSH-2.0-") || strings.HasPrefix(l, "SSH-1.99-"))
				return nil
			}
		}
		return wrong("no SSH identification in the first 20 lines")
	})
}
