// Package post sends mail: what the program has to say to people outside it. Nothing
// is sent until an administrator has named a mail server.
package post

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/wneessen/go-mail"

	"steward/kernel/seal"
)

// Message is one mail to one person.
type Message struct {
	To, Name string
	Subject  string
	Text     string
	Files    []File
}

// File is something attached.
type File struct {
	Name, Type string
	Content    []byte
}

// wait is the longest the mail server may take for one step.
const wait = 30 * time.Second

// Send hands messages to the mail server in one connection and returns for each
// what went wrong, nil for those it took; an error of its own means that the server was
// not reached, or let nobody in, and none was offered. It is called outside transactions.
func Send(ctx context.Context, key *seal.Key, s Settings, messages []Message) ([]error, error) {
	if !s.On() {
		return nil, fmt.Errorf("send mail: no mail server is named")
	}
	secure := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
	if s.Certificate != "" {
		secure.RootCAs = x509.NewCertPool()
		secure.RootCAs.AppendCertsFromPEM([]byte(s.Certificate))
	}
	options := []mail.Option{mail.WithPort(s.Port), mail.WithTimeout(wait), mail.WithTLSConfig(secure)}
	switch s.Security {
	case TLS:
		options = append(options, mail.WithSSL())
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		password, err := key.Open(sealPlace, s.Password)
		if err != nil {
			return nil, fmt.Errorf("send mail: open the password: %w", err)
		}
		how := mail.SMTPAuthAutoDiscover
		if s.Security == Plain { // the library gives no password away unprotected unless told
			how = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(how), mail.WithUsername(s.User), mail.WithPassword(string(password)))
	}
	client, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("send mail: %w", err)
	}
	out := make([]error, len(messages))
	var ready []*mail.Msg
	var at []int
	for i, m := range messages {
		msg, err := m.message(s)
		if out[i] = err; err == nil {
			ready, at = append(ready, msg), append(at, i)
		}
	}
	if len(ready) == 0 {
		return out, nil
	}
	if err := client.DialWithContext(ctx); err != nil {
		return nil, fmt.Errorf("reach the mail server %s: %w", s.Host, err)
	}
	defer client.Close()
	if err := client.Send(ready...); err != nil {
		for k, msg := range ready {
			switch {
			case msg.HasSendError():
				out[at[k]] = msg.SendError()
			case !msg.IsDelivered():
				out[at[k]] = err
			}
		}
	}
	return out, nil
}

func (m Message) message(s Settings) (*mail.Msg, error) {
	msg := mail.NewMsg()
	if err := msg.From(s.From); err != nil {
		return nil, fmt.Errorf("the sender %q: %w", s.From, err)
	}
	if err := msg.AddToFormat(m.Name, m.To); err != nil {
		return nil, fmt.Errorf("the recipient %q: %w", m.To, err)
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	for _, f := range m.Files {
		if err := msg.AttachReader(f.Name, bytes.NewReader(f.Content), mail.WithFileContentType(mail.ContentType(f.Type))); err != nil {
			return nil, fmt.Errorf("attach %s: %w", f.Name, err)
		}
	}
	return msg, nil
}
