package testkit

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"
)

// Postbox is an SMTP server on loopback that keeps what it is given.
type Postbox struct {
	Port   int
	mu     sync.Mutex
	got    []string
	Auth   []string // what AUTH PLAIN was given
	refuse string
}

// NewPostbox opens a server that ends with the test.
func NewPostbox(t testing.TB) *Postbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	b := &Postbox{Port: l.Addr().(*net.TCPAddr).Port}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go b.talk(c)
		}
	}()
	return b
}

func (b *Postbox) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { c.Write([]byte(s + "\r\n")) }
	say("220 postbox ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		switch verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0]); {
		case verb == "EHLO":
			say("250-postbox")
			say("250-AUTH PLAIN")
			say("250 8BITMIME")
		case verb == "AUTH":
			b.mu.Lock()
			b.Auth = append(b.Auth, strings.TrimPrefix(line, "AUTH PLAIN "))
			b.mu.Unlock()
			say("235 welcome")
		case verb == "RCPT" && b.refuses(line):
			say("550 no such mailbox")
		case verb == "DATA":
			say("354 go on")
			var text strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				text.WriteString(strings.TrimPrefix(l, "."))
			}
			b.mu.Lock()
			b.got = append(b.got, text.String())
			b.mu.Unlock()
			say("250 kept")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// Letters are the messages taken.
func (b *Postbox) Letters() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string{}, b.got...)
}

// Refuse has recipients whose address holds the text answered by 550; "" refuses none.
func (b *Postbox) Refuse(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse = text
}

func (b *Postbox) refuses(line string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refuse != "" && strings.Contains(line, b.refuse)
}
