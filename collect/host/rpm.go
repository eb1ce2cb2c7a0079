package host

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"steward/collect/advisory/version"
	"steward/collect/fact"
	"steward/collect/host/machine"
)

func reason(err error) (why, needs string) { return machine.Why(err) }

func (c *collection) hasRPM() bool {
	for _, dir := range []string{"/usr/lib/sysimage/rpm", "/var/lib/rpm"} {
		for _, f := range []string{"rpmdb.sqlite", "Packages", "Packages.db"} {
			if c.Exists(dir + "/" + f) {
				return true
			}
		}
	}
	return false
}

// rpmFields are asked of rpm, one package a line. The module label is unknown
// to rpm before 4.14, which refuses the whole query for it.
const (
	rpmFields = `%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\t%{VENDOR}\t%{INSTALLTIME}\t%{SIZE}`
	rpmModule = `\t%{MODULARITYLABEL}`
)

func (c *collection) rpmPackages(ctx context.Context) ([]fact.Package, error) {
	out, err := c.Command(ctx, "rpm", "-qa", "--qf", rpmFields+rpmModule+`\n`)
	var exit *machine.ExitError
	if errors.As(err, &exit) {
		out, err = c.Command(ctx, "rpm", "-qa", "--qf", rpmFields+`\n`)
	}
	if err != nil {
		return nil, err
	}
	all, when := parseRPM(out)
	c.changed = when
	return all, nil
}

// parseRPM reads the lines rpm wrote by rpmFields, and when each package was
// installed. A line that is not one is passed over.
func parseRPM(out []byte) ([]fact.Package, map[string]time.Time) {
	var all []fact.Package
	when := map[string]time.Time{}
	for line := range bytes.Lines(out) {
		f := strings.Split(strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), ""), "\t")
		if len(f) < 7 || f[0] == "" || f[0] == "gpg-pubkey" {
			continue
		}
		p := fact.Package{Name: f[0], Version: f[1], Arch: known(f[2]), Vendor: known(f[4]), Manager: "rpm"}
		name, version := splitSourceRPM(f[3])
		if name != p.Name {
			p.Source = name
		}
		bare := p.Version
		if _, rest, found := strings.Cut(bare, ":"); found {
			bare = rest
		}
		if version != bare {
			p.SrcVer = version
		}
		if s, err := strconv.ParseInt(f[5], 10, 64); err == nil && s > 0 && s < 1<<34 {
			t := time.Unix(s, 0).UTC()
			p.Day = t.Format(time.DateOnly)
			if t.After(when[p.Name]) {
				when[p.Name] = t
			}
		}
		if n, err := strconv.ParseInt(f[6], 10, 64); err == nil && n >= 0 {
			p.Bytes = &n
		}
		if len(f) > 7 {
			p.Module = moduleStream(known(f[7]))
		}
		all = append(all, p)
	}
	return all, when
}

// known turns rpm's "(none)" into nothing.
func known(s string) string {
	if s == "(none)" {
		return ""
	}
	return s
}

// splitSourceRPM parts openssl-3.0.7-27.el9.src.rpm into name and version.
func splitSourceRPM(s string) (name, version string) {
	s, found := strings.CutSuffix(s, ".src.rpm")
	if !found {
		s, found = strings.CutSuffix(s, ".nosrc.rpm")
	}
	if !found {
		return "", ""
	}
	i := strings.LastIndexByte(s, '-')
	if i <= 0 {
		return "", ""
	}
	j := strings.LastIndexByte(s[:i], '-')
	if j <= 0 {
		return "", ""
	}
	return s[:j], s[j+1:]
}

// moduleStream shortens nodejs:18:8090020230:abc123 to nodejs:18.
func moduleStream(label string) string {
	f := strings.SplitN(label, ":", 3)
	if len(f) < 2 {
		return ""
	}
	return f[0] + ":" + f[1]
}

// compareRPM orders two rpm versions [epoch:]version-release as rpm does.
func compareRPM(a, b string) int {
	ea, va, ra := splitRPM(a)
	eb, vb, rb := splitRPM(b)
	if d := compareDigits(ea, eb); d != 0 {
		return d
	}
	if d := version.RPMVerCmp(va, vb); d != 0 {
		return d
	}
	if ra == "" || rb == "" { // a version without release equals any release
		return 0
	}
	return version.RPMVerCmp(ra, rb)
}

func splitRPM(v string) (epoch, version, release string) {
	if e, rest, found := strings.Cut(v, ":"); found {
		epoch, v = e, rest
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}
