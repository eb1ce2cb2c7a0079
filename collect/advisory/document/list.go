package document

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"steward/collect/advisory/software"
)

// Lists of packages as the package managers themselves print them. They name
// no distribution, so a person must.

var (
	// openssl-libs-1:3.0.7-18.el9.x86_64 (rpm -qa) and, as --nevra orders of
	// dnf, 1:openssl-libs-3.0.7-18.el9.x86_64.
	nevraForm = regexp.MustCompile(`^(?:(\d+):)?([A-Za-z0-9][A-Za-z0-9._+-]*)-(?:(\d+|\(none\)):)?([^\s:/-]+)-([^\s:/-]+)\.([a-z0-9_]+)$`)
	// musl-1.2.4-r2 (apk info -v, apk list -I).
	apkForm = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._+-]*)-(\d[A-Za-z0-9._~]*-r\d+)$`)
	// libssl3:amd64, or libssl3.
	debName = regexp.MustCompile(`^([a-z0-9][a-z0-9.+-]*)(?::([a-z0-9-]+))?$`)
	// 3.0.11-1~deb12u2
	debVersion = regexp.MustCompile(`^(?:\d+:)?\d[A-Za-z0-9.+~:-]*$`)
)

// list reads the output of `rpm -qa`, `dpkg -l`, `dpkg-query -W`, `apk info -v`
// or `apk list -I`. Ok is false if the lines are of none of them; an error
// names the first line that is not like those before it.
func list(doc []byte, name, ecosystem string) (t software.Target, ok bool, err error) {
	t = software.Target{Name: name, Document: "list", Ecosystem: ecosystem, NoEpochs: true, NoSources: true}
	number := 0
	for line := range strings.Lines(string(doc)) {
		number++
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" || strings.HasPrefix(line, "#") || dpkgHead(line) {
			continue
		}
		p, kept, read := listed(line)
		if !read {
			if len(t.Packages) == 0 {
				return t, false, nil
			}
			return t, true, fmt.Errorf("line %d: %.60q is no package as rpm -qa, dpkg -l, dpkg-query -W or apk info -v print one", number, line)
		}
		if !kept {
			continue
		}
		if len(t.Packages) > 0 && p.Manager != t.Packages[0].Manager {
			return t, true, fmt.Errorf("line %d: %.60q is a package of %s among those of %s", number, line, p.Manager, t.Packages[0].Manager)
		}
		t.NoEpochs = t.NoEpochs && !(p.Manager == "rpm" && strings.Contains(p.Version, ":"))
		p.Why = "the distribution or its release is not known"
		t.Packages = append(t.Packages, p)
	}
	if len(t.Packages) == 0 {
		return t, false, nil
	}
	if ecosystem == "" {
		return t, true, errors.New("is a list of packages, which names no distribution; say it with --ecosystem, e.g. AlmaLinux:9 or Debian:12")
	}
	t.Assume(ecosystem)
	return t, true, nil
}

// dpkgHead reports a line of the table head that dpkg -l prints.
func dpkgHead(line string) bool {
	return strings.HasPrefix(line, "Desired=") || strings.HasPrefix(line, "| Status=") || strings.HasPrefix(line, "|/ Err?=") || strings.HasPrefix(line, "||/ Name") || strings.HasPrefix(line, "+++-") || line == "Listing..."
}

// listed reads one line; kept is false for a package that is not installed
// (removed, its settings kept) or no software (a key).
func listed(line string) (p software.Package, kept, read bool) {
	f := strings.Fields(line)
	if len(f) >= 4 && len(f[0]) >= 2 && len(f[0]) <= 3 && strings.ContainsAny(f[0][:1], "uihrp") && strings.ContainsAny(f[0][1:2], "ncHUFWti") {
		// dpkg -l: ii  libssl3:amd64  3.0.11-1~deb12u2  amd64  Secure Sockets Layer toolkit
		if m := debName.FindStringSubmatch(f[1]); m != nil && debVersion.MatchString(f[2]) {
			return software.Package{Manager: "deb", Name: m[1], Version: f[2], Arch: f[3]}, f[0][1] != 'n' && f[0][1] != 'c', true
		}
	}
	switch {
	case len(f) == 1:
		if strings.HasPrefix(line, "gpg-pubkey-") {
			return p, false, true
		}
		if m := apkForm.FindStringSubmatch(line); m != nil {
			return software.Package{Manager: "apk", Name: m[1], Version: m[2]}, true, true
		}
		if m := nevraForm.FindStringSubmatch(line); m != nil {
			return software.Package{Manager: "rpm", Name: m[2], Version: withEpoch(m[1]+m[3], m[4]+"-"+m[5]), Arch: m[6]}, true, true
		}
	case len(f) >= 4 && strings.HasPrefix(f[2], "{"): // apk list -I: musl-1.2.4-r2 x86_64 {musl} (MIT) [installed]
		if m := apkForm.FindStringSubmatch(f[0]); m != nil {
			return software.Package{Manager: "apk", Name: m[1], Version: m[2], Arch: f[1], Source: strings.Trim(f[2], "{}")}, true, true
		}
	case len(f) == 2: // dpkg-query -W: libssl3:amd64	3.0.11-1~deb12u2
		if m := debName.FindStringSubmatch(f[0]); m != nil && debVersion.MatchString(f[1]) {
			return software.Package{Manager: "deb", Name: m[1], Version: f[1], Arch: m[2]}, true, true
		}
	case len(f) == 5 && (f[1] == "(none)" || strings.Trim(f[1], "0123456789") == ""):
		// rpm -qa --queryformat "%{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}\n"
		if f[0] == "gpg-pubkey" {
			return p, false, true
		}
		return software.Package{Manager: "rpm", Name: f[0], Version: withEpoch(f[1], f[2]+"-"+f[3]), Arch: f[4]}, true, true
	}
	return p, false, false
}

func withEpoch(epoch, version string) string {
	if epoch == "" || epoch == "0" || epoch == "(none)" {
		return version
	}
	return epoch + ":" + version
}
