package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"steward/collect/fact"
)

// Help is what the command's help says, whichever program it is part of.
const Help = `Asks each target once whether it answers as it should, and prints a state, the
time of each phase, what was checked, and for TLS the certificates.

  tcp://host:port  https://host/path  dns://server/name  icmp://host
  smtp://host?starttls  imap://host?starttls  ldap://host?starttls
  ftp://host?starttls  grpc://host:port/service

  --timeout 10s         for the whole of one target
  --parent TARGET       if a target is down, ask this one, to tell which of both is
  --ca FILE             trust these roots (PEM) instead of the system's
  --tls-days N          days a certificate must still be valid
  --tls-min 1.2         lowest TLS version accepted
  --status 200,3xx      HTTP statuses that are right; below 400 if not given
  --header 'Name: RE'   a header must match; may be repeated
  --body RE, --no-body RE   the body must, must not match; may be repeated
  --json path=value     a value of a JSON body, as checks.0.state=ok; also != ~RE !~RE
                        < <= > >=, as queue.length<100; may be repeated
  --follow              follow redirects
  --expect RE           banner or answer must match
  --type MX             DNS record type
`

// Flags adds the options to fs. What it returns reads them, and the files they
// name, once fs was parsed.
func Flags(fs *flag.FlagSet) func() (Options, error) {
	var o Options
	list := func(to *[]string, name string) {
		fs.Func(name, "", func(s string) error { *to = append(*to, s); return nil })
	}
	fs.DurationVar(&o.Timeout, "timeout", 10*time.Second, "")
	fs.StringVar(&o.Parent, "parent", "", "")
	ca := fs.String("ca", "", "")
	fs.IntVar(&o.MinDays, "tls-days", 0, "")
	fs.StringVar(&o.MinTLS, "tls-min", "", "")
	fs.StringVar(&o.Status, "status", "", "")
	list(&o.Header, "header")
	list(&o.Body, "body")
	list(&o.NoBody, "no-body")
	list(&o.JSON, "json")
	fs.BoolVar(&o.Follow, "follow", false, "")
	fs.StringVar(&o.Expect, "expect", "", "")
	fs.StringVar(&o.Type, "type", "", "")
	return func() (Options, error) {
		if o.Timeout <= 0 {
			return o, errors.New("--timeout is above 0")
		}
		if *ca == "" {
			return o, nil
		}
		pem, err := os.ReadFile(*ca)
		if err != nil {
			return o, err
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return o, fmt.Errorf("%s holds no certificate in PEM form", *ca)
		}
		return o, nil
	}
}

// Use is wrong use: a target or option that cannot be.
type Use struct{ Problem string }

func (u Use) Error() string { return u.Problem }

// All asks the targets one after the other and emits what came of each. An
// error that is a Use is of a target's or option's form.
func All(ctx context.Context, targets []string, o Options, emit fact.Emit) error {
	if len(targets) == 0 {
		return Use{"name what to ask, such as tcp://host:port"}
	}
	for _, target := range targets {
		at := time.Now()
		result, err := Ask(ctx, target, o)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return Use{err.Error()}
		}
		if err := emit(Observation(result, at)); err != nil {
			return err
		}
	}
	return nil
}
