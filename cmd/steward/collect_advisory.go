package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"steward/collect/advisory"
	"steward/collect/advisory/bundle"
	"steward/collect/advisory/cvss"
	"steward/collect/advisory/document"
	"steward/collect/advisory/feed"
	"steward/collect/advisory/index"
	"steward/collect/advisory/match"
	"steward/collect/advisory/sbom"
	"steward/collect/advisory/software"
	"steward/collect/fact"
)

func advisoryCollector() collector {
	return collector{
		name: "advisory", summary: "weaknesses known in installed software; offline bundles of advisories; bills of materials; CVSS",
		help: `Usage: steward collect advisory match --bundle FILE INVENTORY|SBOM|-… [flags]
       steward collect advisory bundle make --osv DIR|ZIP… --csaf DIR… --kev FILE --epss FILE --out FILE [--key FILE]
       steward collect advisory bundle show FILE [--trust KEY]
       steward collect advisory bundle key --out FILE [--name NAME]
       steward collect advisory sbom INVENTORY|SBOM --format cyclonedx|spdx
       steward collect advisory cvss VECTOR…

match   prints one fact for each package an advisory speaks of, in the order to
        work on them, with the reason, and one that says what was looked at. It
        takes inventories of ` + "`steward collect host`" + `, documents of GLPI,
        FusionInventory and OCS agents, CycloneDX and SPDX, and plain lists as
        rpm -qa, dpkg -l, dpkg-query -W and apk list print them (--ecosystem).
  --bundle FILE          advisories of a bundle; or feeds as they are:
  --osv PATH             OSV records: folder, zip or file (may be repeated)
  --csaf PATH            CSAF 2.0 documents: folder, zip or file (may be repeated)
  --debian-tracker FILE  the Debian security tracker's JSON
  --kev FILE             CISA's list of exploited weaknesses, JSON or CSV
  --epss FILE            EPSS scores, CSV, packed or not
  --vex FILE             statements that silence (OpenVEX, CycloneDX, CSAF; may be repeated)
  --trust KEY            the bundle must be signed by this public key (or the file it is in)
  --kinds LIST           security,malicious (the rule), bugfix, enhancement, or all
  --channels LIST        fixes the machine is entitled to, e.g. Pro,LTSS
  --ecosystem NAME       the distribution, where the document does not tell: AlmaLinux:9, Debian:12 …
  --sources FILE         Debian's and Ubuntu's index Packages, or a /var/lib/dpkg/status,
                         plain or packed (gzip, zstd): tells the source packages that
                         agents leave out (may be repeated)
  --stale TIME           say so if a feed is older (7d)
  --now TIME             count ages to this moment (RFC 3339)
  --all                  print silenced matches too
  --summary              print only what was looked at and the counts

bundle  packs feeds into one signed file for machines without a network.
  --fetched TIME         when the feeds were fetched (else: the newest change of their files)
  --url PATH=URL         where a feed was fetched from (may be repeated)
  --licence PATH=TEXT    a feed's licence (may be repeated)
  --key FILE             sign with this key; ` + "`bundle key`" + ` makes one
  --no-raw               leave out the feeds' own files

Example: steward collect advisory match --osv osv/AlmaLinux/all.zip --kev kev.json host.json
Example: steward collect host | steward collect advisory match --bundle feeds.tar.zst -
Example: steward collect advisory cvss CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N`,
		schema: func() []byte {
			return factSchema("collect advisory", map[string]any{advisoryMatch: match.Match{}, advisoryCoverage: match.Coverage{}, advisoryBundle: bundleFact{}, advisoryScore: cvss.Result{}})
		},
		run: func(ctx context.Context, s streams, args []string, emit fact.Emit) error {
			if len(args) == 0 {
				return wrongUse("say what to do: match, bundle, sbom or cvss; see --help")
			}
			verb, args := args[0], args[1:]
			switch verb {
			case "match":
				return advisoryRun(ctx, s, args, emit)
			case "bundle":
				return advisoryBundles(ctx, s, args, emit)
			case "sbom":
				return advisorySBOM(s, args)
			case "cvss":
				return advisoryScores(args, emit)
			}
			return wrongUse("there is no %q; match, bundle, sbom and cvss are", verb)
		},
	}
}

// Kinds of the facts.
const (
	advisoryMatch    = "advisory-match"
	advisoryCoverage = "advisory-coverage"
	advisoryBundle   = "advisory-bundle"
	advisoryScore    = "cvss"
)

// feedFlags are the flags that name feeds.
func feedFlags(fs flagSet, s streams) *bundle.Sources {
	src := &bundle.Sources{URLs: map[string]string{}, Licences: map[string]string{}, Progress: func(f string, a ...any) { fmt.Fprintf(s.err, f+"\n", a...) }}
	fs.Func("osv", "", func(v string) error { src.OSV = append(src.OSV, v); return nil })
	fs.Func("csaf", "", func(v string) error { src.CSAF = append(src.CSAF, v); return nil })
	fs.StringVar(&src.KEV, "kev", "", "")
	fs.StringVar(&src.EPSS, "epss", "", "")
	fs.StringVar(&src.Debian, "debian-tracker", "", "")
	fs.Func("fetched", "", func(v string) (err error) { src.Fetched, err = momentOf(v); return err })
	pair := func(m map[string]string) func(string) error {
		return func(v string) error {
			path, value, found := strings.Cut(v, "=")
			if !found {
				return fmt.Errorf("%q is not PATH=VALUE", v)
			}
			m[path] = value
			return nil
		}
	}
	fs.Func("url", "", pair(src.URLs))
	fs.Func("licence", "", pair(src.Licences))
	return src
}

type flagSet interface {
	Func(name, usage string, fn func(string) error)
	StringVar(p *string, name, value, usage string)
}

func momentOf(v string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, v); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no moment; write 2026-01-31 or 2026-01-31T12:00:00Z", v)
}

// ageOf is a duration that may be in days: 7d.
func ageOf(v string) (time.Duration, error) {
	if n, found := strings.CutSuffix(v, "d"); found {
		if days, err := strconv.ParseFloat(n, 64); err == nil && days > 0 && days < 36500 {
			return time.Duration(days * 24 * float64(time.Hour)), nil
		}
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no length of time; write 7d or 36h", v)
	}
	return d, nil
}

// keyOf is a key given itself or as the file it is in.
func keyOf(v string) (string, error) {
	if v == "" || strings.Contains(v, "+") && !strings.ContainsAny(v, "/\\") {
		return v, nil
	}
	b, err := os.ReadFile(v)
	if err != nil {
		if _, wrong := note.NewVerifier(v); wrong == nil { // a key may hold a slash itself
			return v, nil
		}
		return "", err
	}
	return strings.TrimSpace(string(b)), nil
}

func byCommas(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' })
}

func advisoryRun(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	fs := newFlags("collect advisory match")
	src := feedFlags(fs, s)
	o := match.Options{Now: time.Now().UTC()}
	file := fs.String("bundle", "", "")
	trust := fs.String("trust", "", "")
	ecosystem := fs.String("ecosystem", "", "")
	kinds := fs.String("kinds", "", "")
	summary := fs.Bool("summary", false, "")
	fs.BoolVar(&o.All, "all", false, "")
	fs.Func("channels", "", func(v string) error { o.Channels = byCommas(v); return nil })
	fs.Func("stale", "", func(v string) (err error) { o.Stale, err = ageOf(v); return err })
	fs.Func("now", "", func(v string) (err error) { o.Now, err = momentOf(v); return err })
	fs.Func("vex", "", func(v string) error {
		all, err := bundle.Statements(v)
		o.VEX = append(o.VEX, all...)
		return err
	})
	var sources software.Sources
	fs.Func("sources", "", func(v string) error {
		doc, err := feed.File(v, feed.Limits{Document: 1 << 30})
		if err != nil {
			return err
		}
		if err := sources.ReadSources(doc); err != nil {
			return fmt.Errorf("%s: %w", v, err)
		}
		return nil
	})
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return wrongUse("name an inventory or a bill of materials; - is standard input")
	}
	if o.Kinds, err = kindsOf(*kinds); err != nil {
		return err
	}
	x, err := advisories(ctx, src, *file, *trust)
	if err != nil {
		return err
	}
	for _, name := range files {
		targets, err := document.Read(name, *ecosystem)
		if err != nil {
			return wrongUse("%s", err)
		}
		for _, t := range targets {
			if n := sources.Tell(&t); n > 0 {
				fmt.Fprintf(s.err, "%s: the indexes of --sources do not know %d of its packages\n", t.Name, n)
			}
			result, err := match.Run(x, t, o)
			if err != nil {
				return err
			}
			line := func(kind string, data any) error {
				return emit(fact.Observation{Kind: kind, Target: t.Name, At: o.Now, Source: name, Method: "match", Data: data})
			}
			if !*summary {
				for _, m := range result.Matches {
					if err := errors.Join(ctx.Err(), line(advisoryMatch, m)); err != nil {
						return err
					}
				}
			}
			if err := line(advisoryCoverage, result.Coverage); err != nil {
				return err
			}
			c := result.Coverage
			fmt.Fprintf(s.err, "%s: %d of %d packages are affected, in %d pairs with advisories (%d exploited); %d pairs undecided, %d silenced; %d packages are covered by no feed\n",
				t.Name, c.Affected, c.Packages, c.Matches, c.Exploited, c.Undecided, c.Silenced, c.Unknown)
		}
	}
	return nil
}

func kindsOf(v string) ([]advisory.Kind, error) {
	all := []advisory.Kind{advisory.Security, advisory.Malicious, advisory.BugFix, advisory.Enhancement}
	if v == "all" {
		return all, nil
	}
	var kinds []advisory.Kind
	for _, k := range byCommas(v) {
		known := false
		for _, a := range all {
			known = known || string(a) == k
		}
		if !known {
			return nil, wrongUse("there is no kind %q; security, malicious, bugfix, enhancement and all are", k)
		}
		kinds = append(kinds, advisory.Kind(k))
	}
	return kinds, nil
}

// advisories opens the bundle or reads the feeds.
func advisories(ctx context.Context, src *bundle.Sources, file, trust string) (*index.Index, error) {
	feeds := len(src.OSV)+len(src.CSAF) > 0 || src.Debian != ""
	switch {
	case file != "" && feeds:
		return nil, wrongUse("give a bundle or feeds, not both")
	case file == "" && !feeds:
		return nil, wrongUse("give a bundle (--bundle) or feeds (--osv, --csaf, --debian-tracker)")
	case file == "":
		x, err := src.Open(ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			err = wrongUse("%s", err)
		}
		return x, err
	}
	key, err := keyOf(trust)
	if err != nil {
		return nil, wrongUse("--trust: %s", err)
	}
	b, err := bundle.Open(file, key, true)
	if err != nil {
		return nil, wrongUse("%s", err)
	}
	return b.Index, nil
}

// bundleFact is what `bundle make` and `bundle show` print.
type bundleFact struct {
	File     string       `json:"file"`
	Made     time.Time    `json:"made_at"`
	Signed   string       `json:"signed_by,omitempty" doc:"name of the key it is signed with; absent if it is not signed"`
	Verified bool         `json:"signature_verified" doc:"the signature was held against the key that was given"`
	Bytes    int64        `json:"index_bytes"`
	Members  int          `json:"members" doc:"the feeds' own files in it"`
	Feeds    []bundleFeed `json:"feeds"`
}

type bundleFeed struct {
	index.Feed
	Age   *int `json:"age_days,omitempty" doc:"days since the feed was fetched"`
	Stale bool `json:"stale,omitempty" doc:"older than seven days, or than --stale"`
}

func bundleFactOf(file string, m bundle.Manifest, signer string, verified bool, now time.Time, stale time.Duration) bundleFact {
	f := bundleFact{File: file, Made: m.Made, Signed: signer, Verified: verified, Bytes: m.Index.Bytes, Members: len(m.Members)}
	for _, x := range m.Feeds {
		b := bundleFeed{Feed: x}
		if !x.Fetched.IsZero() {
			age := now.Sub(x.Fetched)
			b.Age, b.Stale = new(max(0, int(age.Hours()/24))), age > stale
		}
		f.Feeds = append(f.Feeds, b)
	}
	return f
}

func advisoryBundles(ctx context.Context, s streams, args []string, emit fact.Emit) error {
	if len(args) == 0 {
		return wrongUse("say what to do: bundle make, bundle show or bundle key")
	}
	verb, args := args[0], args[1:]
	fs := newFlags("collect advisory bundle " + verb)
	now, stale := time.Now().UTC(), 7*24*time.Hour
	fs.Func("now", "", func(v string) (err error) { now, err = momentOf(v); return err })
	fs.Func("stale", "", func(v string) (err error) { stale, err = ageOf(v); return err })
	switch verb {
	case "make":
		src := feedFlags(fs, s)
		out := fs.String("out", "", "")
		key := fs.String("key", "", "")
		o := bundle.Options{}
		fs.BoolVar(&o.NoRaw, "no-raw", false, "")
		rest, err := parse(fs, repeatFlags(args, "osv", "csaf"))
		switch {
		case err != nil:
			return err
		case len(rest) > 0:
			return wrongUse("%q belongs to no flag", rest[0])
		case *out == "":
			return wrongUse("name the file to write: --out FILE")
		}
		o.Now = now
		signer := ""
		if *key != "" {
			secret, err := os.ReadFile(*key)
			if err != nil {
				return wrongUse("--key: %s", err)
			}
			o.Key = string(secret)
			if n, err := note.NewSigner(strings.TrimSpace(o.Key)); err == nil {
				signer = n.Name()
			}
		} else {
			fmt.Fprintln(s.err, "the bundle is not signed: no --key was given")
		}
		m, err := bundle.Make(ctx, src, *out, o)
		if err != nil {
			return err
		}
		return emit(fact.Observation{Kind: advisoryBundle, Target: *out, At: now, Source: *out, Method: "make", Data: bundleFactOf(*out, m, signer, false, now, stale)})
	case "show":
		trust := fs.String("trust", "", "")
		files, err := parse(fs, args)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return wrongUse("name the bundle to show")
		}
		key, err := keyOf(*trust)
		if err != nil {
			return wrongUse("--trust: %s", err)
		}
		for _, file := range files {
			b, err := bundle.Open(file, key, false)
			if err != nil {
				return wrongUse("%s", err)
			}
			f := bundleFactOf(file, b.Manifest, b.Signer, b.Trusted, now, stale)
			if err := emit(fact.Observation{Kind: advisoryBundle, Target: file, At: now, Source: file, Method: "file", Data: f}); err != nil {
				return err
			}
		}
		return nil
	case "key":
		out := fs.String("out", "", "")
		name := fs.String("name", "steward-feeds", "")
		if rest, err := parse(fs, args); err != nil || len(rest) > 0 || *out == "" {
			return errors.Join(err, wrongUse("name the file for the secret key: --out FILE"))
		}
		secret, public, err := note.GenerateKey(rand.Reader, *name)
		if err != nil {
			return wrongUse("--name: %s", err)
		}
		f, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(secret + "\n"); err != nil {
			return errors.Join(err, f.Close())
		}
		fmt.Fprintln(s.out, public)
		return f.Close()
	}
	return wrongUse("there is no bundle %q; make, show and key are", verb)
}

// repeatFlags writes a flag before each of several values that follow it:
// --osv a b becomes --osv a --osv b.
func repeatFlags(args []string, names ...string) []string {
	var out []string
	current, values := "", 0
	for _, a := range args {
		if strings.HasPrefix(a, "-") && a != "-" {
			current, values = "", 0
			for _, n := range names {
				if a == "--"+n || a == "-"+n {
					current = a
				}
			}
			out = append(out, a)
			continue
		}
		if values++; current != "" && values > 1 {
			out = append(out, current)
		}
		out = append(out, a)
	}
	return out
}

func advisorySBOM(s streams, args []string) error {
	fs := newFlags("collect advisory sbom")
	format := fs.String("format", sbom.CycloneDX, "")
	serial := fs.String("serial", "", "")
	ecosystem := fs.String("ecosystem", "", "")
	at := time.Now().UTC()
	fs.Func("now", "", func(v string) (err error) { at, err = momentOf(v); return err })
	files, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return wrongUse("name one inventory; - is standard input")
	}
	targets, err := document.Read(files[0], *ecosystem)
	if err != nil {
		return wrongUse("%s", err)
	}
	if len(targets) != 1 {
		return wrongUse("%s holds %d machines; a bill of materials is of one", files[0], len(targets))
	}
	if *serial == "" {
		*serial = uuid.NewString()
	} else if _, err := uuid.Parse(*serial); err != nil {
		return wrongUse("--serial %q is no UUID", *serial)
	}
	tool := sbom.Tool{Name: "steward", Version: version()}
	switch *format {
	case sbom.CycloneDX:
		return sbom.WriteCycloneDX(s.out, &targets[0], tool, *serial, at)
	case sbom.SPDX:
		return sbom.WriteSPDX(s.out, &targets[0], tool, *serial, at)
	}
	return wrongUse("there is no format %q; cyclonedx and spdx are", *format)
}

func advisoryScores(args []string, emit fact.Emit) error {
	if len(args) == 0 {
		return wrongUse("give one or more CVSS vectors")
	}
	for _, v := range args {
		r, err := cvss.Parse(v)
		if err != nil {
			return wrongUse("%s", err)
		}
		if err := emit(fact.Observation{Kind: advisoryScore, Target: v, At: time.Now().UTC(), Source: "argument", Method: "cvss", Data: r}); err != nil {
			return err
		}
	}
	return nil
}
