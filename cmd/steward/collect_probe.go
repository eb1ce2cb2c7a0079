package main

import (
	"context"
	"crypto/x509"
	"os"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/probe"
)

// several is a flag that may be given more than once.
type several []string

func (s *several) String() string     { return strings.Join(*s, ", ") }
func (s *several) Set(v string) error { *s = append(*s, v); return nil }

func probeCollector() collector {
	return collector{
		name: "probe", summary: "whether services answer, rightly, and how fast: HTTP, TLS, DNS, mail, LDAP, ICMP …",
		help: `Usage: steward collect probe TARGET… [flags]

Asks each target once, one after another, and prints whether it is up, wrong,
down, unreachable or unknown, with the time of each phase. A target is a URL:
` + strings.Join(probe.Schemes(), ", ") + `
  tcp://host:port  https://host/path  dns://server/name  icmp://host
  smtp://host?starttls  imap://host?starttls  grpc://host:port/service

  --timeout 10s         for the whole of one target
  --parent TARGET       if a target is down, ask this one, to tell which of both is
  --ca FILE             trust these roots (PEM) instead of the system's
  --tls-days N          days a certificate must still be valid
  --tls-min 1.2         lowest TLS version accepted
  --status 200,3xx      HTTP statuses that are right; below 400 if not given
  --header 'Name: RE'   a header must match; may be repeated
  --body RE, --no-body RE   the body must, must not match; may be repeated
  --json path=value     a value of a JSON body, as checks.0.state=ok; may be repeated
  --follow              follow redirects
  --expect RE           banner or answer must match
  --type MX             DNS record type

Example: steward collect probe https://www.example.org --status 200 --tls-days 14`,
		schema: func() []byte { return factSchema("collect probe", map[string]any{"probe": probe.Result{}}) },
		run:    runProbe,
	}
}

func runProbe(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect probe")
	var o probe.Options
	var header, body, noBody, values several
	fs.DurationVar(&o.Timeout, "timeout", 10*time.Second, "")
	fs.StringVar(&o.Parent, "parent", "", "")
	ca := fs.String("ca", "", "")
	fs.IntVar(&o.MinDays, "tls-days", 0, "")
	fs.StringVar(&o.MinTLS, "tls-min", "", "")
	fs.StringVar(&o.Status, "status", "", "")
	fs.Var(&header, "header", "")
	fs.Var(&body, "body", "")
	fs.Var(&noBody, "no-body", "")
	fs.Var(&values, "json", "")
	fs.BoolVar(&o.Follow, "follow", false, "")
	fs.StringVar(&o.Expect, "expect", "", "")
	fs.StringVar(&o.Type, "type", "", "")
	targets, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return wrongUse("name what to ask, such as tcp://host:port")
	}
	o.Header, o.Body, o.NoBody, o.JSON = header, body, noBody, values
	if *ca != "" {
		pem, err := os.ReadFile(*ca)
		if err != nil {
			return wrongUse("%s", err)
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return wrongUse("%s holds no certificate in PEM form", *ca)
		}
	}
	for _, target := range targets {
		at := time.Now()
		result, err := probe.Ask(ctx, target, o)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return wrongUse("%s", err)
		}
		if err := emit(probe.Observation(result, at)); err != nil {
			return err
		}
	}
	return nil
}
