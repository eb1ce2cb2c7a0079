package host

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/host/machine"
)

// updates asks the machine's own package manager, without the network, what
// could be newer as of its last look at its sources.
func (c *collection) updates(ctx context.Context, family string) {
	switch {
	case c.Exists("/var/lib/apt/lists") && c.Exists("/var/lib/dpkg/status"):
		c.aptUpdates()
	case c.hasRPM() && family == "suse":
		c.zypperUpdates(ctx)
	case c.hasRPM():
		c.dnfUpdates(ctx)
	case c.apkDatabase() != "":
		c.apkUpdates(ctx)
	case c.Exists("/var/lib/pacman/local"):
		c.pacmanUpdates(ctx)
	default:
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", "no package manager that is known was found", "")
		return
	}
	if at := c.refreshed(); at.Year() > 1980 {
		c.inv.Volatile.Refreshed = &at
		if age := c.now.Sub(at); age > 7*24*time.Hour && c.inv.Updates.Seen {
			c.inv.Updates.Miss("updates published since", "the package manager last looked at its sources more than a week ago (see updates_refreshed_at)", "refresh the package lists")
		}
	}
}

// refreshed is when the package manager last looked at its sources.
func (c *collection) refreshed() time.Time {
	var newest time.Time
	paths := []string{"/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists/partial", "/var/lib/apt/lists"}
	for _, pattern := range []string{"/var/cache/dnf/*/repodata", "/var/cache/libdnf5/*/repodata", "/var/cache/zypp/raw/*/repodata", "/var/cache/apk/APKINDEX.*.tar.gz", "/var/lib/pacman/sync/*.db"} {
		paths = append(paths, c.Glob(pattern)...)
	}
	for _, p := range paths {
		if t := c.Modified(p); t.After(newest) {
			newest = t
		}
	}
	return newest.Truncate(time.Second)
}

func (c *collection) installedVersions() map[string]string {
	versions := map[string]string{}
	for _, p := range c.inv.Packages.Value {
		key := p.Name + "." + p.Arch
		if versions[key] == "" || compareRPM(p.Version, versions[key]) > 0 {
			versions[key] = p.Version
		}
	}
	return versions
}

func (c *collection) dnfUpdates(ctx context.Context) {
	tool := "dnf"
	out, err := c.Command(ctx, tool, "-q", "-C", "check-update")
	if errors.Is(err, errNotThere) {
		tool = "yum"
		out, err = c.Command(ctx, tool, "-q", "-C", "check-update")
	}
	var exit *machine.ExitError
	if errors.As(err, &exit) && exit.Code == 100 {
		err = nil // 100 says that there are updates
	}
	if err != nil {
		why, needs := reason(err)
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", tool+": "+why, needs)
		return
	}
	section := fact.Saw(fact.Updates{Manager: tool, Pending: parseCheckUpdate(out)})
	verb := []string{"-q", "-C", "updateinfo", "list", "--updates"}
	if tool == "yum" {
		verb = []string{"-q", "-C", "updateinfo", "list", "updates"}
	}
	out, err = c.Command(ctx, tool, verb...)
	if err != nil {
		why, needs := reason(err)
		section.Miss("which updates are security updates", tool+" updateinfo: "+why, needs)
	}
	advisories := parseUpdateInfoList(out)
	versions := c.installedVersions()
	for i := range section.Value.Pending {
		u := &section.Value.Pending[i]
		u.From = versions[u.Name+"."+u.Arch]
		if err != nil {
			continue
		}
		u.Security = new(false)
		for _, a := range advisories[u.Name+"."+u.Arch] {
			u.IDs = append(u.IDs, a.id)
			if a.security {
				*u.Security = true
				u.Severity = worse(u.Severity, a.severity)
			}
		}
	}
	section.Value.Automatic = c.dnfAutomatic()
	c.inv.Updates = section
}

func (c *collection) dnfAutomatic() *bool {
	b, err := c.Read("/etc/dnf/automatic.conf")
	if err != nil {
		return new(false)
	}
	apply := false
	for line := range bytes.Lines(b) {
		key, value, found := strings.Cut(string(line), "=")
		if found && strings.TrimSpace(key) == "apply_updates" {
			value = strings.ToLower(strings.TrimSpace(value))
			apply = value == "yes" || value == "true" || value == "1"
		}
	}
	timer := len(c.Glob("/etc/systemd/system/*.wants/dnf-automatic*.timer")) > 0 || len(c.Glob("/etc/systemd/system/*.wants/dnf5-automatic.timer")) > 0
	install := len(c.Glob("/etc/systemd/system/*.wants/dnf-automatic-install.timer")) > 0
	return new(install || timer && apply)
}

// parseCheckUpdate reads `dnf check-update`: name.arch, version, repository;
// yum breaks long lines in two. What follows "Obsoleting Packages" is no update.
func parseCheckUpdate(out []byte) []fact.Update {
	var all []fact.Update
	var f []string
	for line := range bytes.Lines(out) {
		text := strings.ToValidUTF8(string(line), "")
		if strings.HasPrefix(text, "Obsoleting") {
			break
		}
		words := strings.Fields(text)
		if len(words) == 0 {
			f = nil
			continue
		}
		if text[0] != ' ' {
			f = nil
		}
		f = append(f, words...)
		if len(f) < 3 {
			continue
		}
		name, arch := f[0], ""
		if i := strings.LastIndexByte(name, '.'); i > 0 {
			name, arch = name[:i], name[i+1:]
		}
		if len(f) == 3 && arch != "" && strings.ContainsAny(f[1], "0123456789") {
			all = append(all, fact.Update{Name: name, Arch: arch, To: f[1], Origin: f[2]})
		}
		f = nil
	}
	return all
}

type advisory struct {
	id, severity string
	security     bool
}

// parseUpdateInfoList reads `dnf updateinfo list` of dnf 4, 5 and yum:
// advisory, kind and severity in one or two columns, package. The map is by
// name.arch.
func parseUpdateInfoList(out []byte) map[string][]advisory {
	all := map[string][]advisory{}
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) < 3 {
			continue
		}
		a := advisory{id: f[0]}
		key := ""
		for i, w := range f[1:] {
			if before, found := strings.CutSuffix(w, "/Sec."); found {
				a.security, a.severity = true, strings.ToLower(before)
			}
			if strings.EqualFold(w, "security") {
				a.security = true
				if i+2 < len(f) {
					a.severity = strings.ToLower(f[i+2])
				}
			}
			if name, arch, ok := splitNEVRA(w); ok {
				key = name + "." + arch
			}
		}
		if a.severity == "none" || a.severity == "unknown" {
			a.severity = ""
		}
		if key != "" {
			all[key] = append(all[key], a)
		}
	}
	return all
}

// splitNEVRA parts kernel-core-4.18.0-477.el8.x86_64 into name and arch.
func splitNEVRA(s string) (name, arch string, ok bool) {
	dot := strings.LastIndexByte(s, '.')
	if dot < 0 {
		return "", "", false
	}
	s, arch = s[:dot], s[dot+1:]
	switch arch {
	case "x86_64", "noarch", "aarch64", "i686", "i586", "i386", "ppc64le", "s390x", "armv7hl", "src":
	default:
		return "", "", false
	}
	for range 2 {
		i := strings.LastIndexByte(s, '-')
		if i <= 0 {
			return "", "", false
		}
		s = s[:i]
	}
	return s, arch, true
}

func worse(a, b string) string {
	rank := map[string]int{"low": 1, "moderate": 2, "medium": 2, "important": 3, "high": 3, "critical": 4}
	if rank[b] > rank[a] {
		return b
	}
	return a
}

func (c *collection) zypperUpdates(ctx context.Context) {
	out, err := c.Command(ctx, "zypper", "--non-interactive", "--no-refresh", "--xmlout", "list-updates")
	if err != nil {
		why, needs := reason(err)
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", "zypper: "+why, needs)
		return
	}
	pending, err := parseZypper(out)
	section := fact.Saw(fact.Updates{Manager: "zypper", Pending: pending})
	if err != nil {
		section.Miss("some pending updates", err.Error(), "")
	}
	if len(pending) > 0 {
		known := 0
		fixes := map[string][]suseFix{}
		for _, p := range c.Glob("/var/cache/zypp/raw/*/repodata/*updateinfo.xml*") {
			if c.unpack(p, func(r io.Reader) error { return parseUpdateInfoXML(r, fixes) }) == nil {
				known++
			}
		}
		if known == 0 {
			section.Miss("which updates are security updates", "zypper's cache holds no advisories that can be read", "")
		}
		for i := range pending {
			if known > 0 {
				markSUSE(&pending[i], fixes)
			}
		}
	}
	timer := len(c.Glob("/etc/systemd/system/*.wants/*zypp*.timer")) > 0 || len(c.Glob("/etc/systemd/system/*.wants/transactional-update.timer")) > 0
	section.Value.Automatic = &timer
	c.inv.Updates = section
}

// parseZypper reads `zypper --xmlout list-updates`.
func parseZypper(out []byte) ([]fact.Update, error) {
	type update struct {
		Name   string `xml:"name,attr"`
		Kind   string `xml:"kind,attr"`
		To     string `xml:"edition,attr"`
		From   string `xml:"edition-old,attr"`
		Arch   string `xml:"arch,attr"`
		Source struct {
			Alias string `xml:"alias,attr"`
		} `xml:"source"`
	}
	var all []fact.Update
	d := xml.NewDecoder(bytes.NewReader(out))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, errors.New("zypper's answer is not whole XML: " + err.Error())
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "update" {
			continue
		}
		var u update
		if err := d.DecodeElement(&u, &start); err != nil {
			return all, errors.New("zypper's answer is not whole XML: " + err.Error())
		}
		if u.Name != "" && (u.Kind == "package" || u.Kind == "") {
			all = append(all, fact.Update{Name: u.Name, Arch: u.Arch, From: u.From, To: u.To, Origin: u.Source.Alias})
		}
	}
}

// suseFix is a version that an advisory brings.
type suseFix struct {
	advisory
	version string
}

// parseUpdateInfoXML reads updateinfo.xml: what each advisory brings, by
// package name.
func parseUpdateInfoXML(r io.Reader, fixes map[string][]suseFix) error {
	type update struct {
		Type     string `xml:"type,attr"`
		ID       string `xml:"id"`
		Severity string `xml:"severity"`
		Packages []struct {
			Name    string `xml:"name,attr"`
			Version string `xml:"version,attr"`
			Release string `xml:"release,attr"`
			Epoch   string `xml:"epoch,attr"`
		} `xml:"pkglist>collection>package"`
	}
	d := xml.NewDecoder(r)
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "update" {
			continue
		}
		var u update
		if err := d.DecodeElement(&u, &start); err != nil {
			return err
		}
		for _, p := range u.Packages {
			version := p.Version + "-" + p.Release
			if p.Epoch != "" && p.Epoch != "0" {
				version = p.Epoch + ":" + version
			}
			if len(fixes[p.Name]) < 1000 {
				fixes[p.Name] = append(fixes[p.Name], suseFix{advisory{u.ID, strings.ToLower(u.Severity), u.Type == "security"}, version})
			}
		}
	}
}

// markSUSE says whether any advisory between the installed version and the
// offered one is a security advisory.
func markSUSE(u *fact.Update, fixes map[string][]suseFix) {
	u.Security = new(false)
	for _, f := range fixes[u.Name] {
		if u.From != "" && compareRPM(f.version, u.From) <= 0 || compareRPM(f.version, u.To) > 0 {
			continue
		}
		u.IDs = append(u.IDs, f.id)
		if f.security {
			*u.Security = true
			u.Severity = worse(u.Severity, f.severity)
		}
	}
}

func (c *collection) apkUpdates(ctx context.Context) {
	out, err := c.Command(ctx, "apk", "--no-network", "version", "-v", "-l", "<")
	if err != nil {
		why, needs := reason(err)
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", "apk: "+why, needs)
		return
	}
	section := fact.Saw(fact.Updates{Manager: "apk", Pending: parseAPKVersion(out)})
	if len(section.Value.Pending) == 0 && len(c.Glob("/var/cache/apk/APKINDEX.*")) == 0 && c.Live {
		section = fact.Unseen[fact.Updates]("pending updates", "apk keeps no index on this machine", "apk update")
	}
	section.Miss("which updates are security updates", "Alpine's index does not say", "Alpine's advisories")
	c.inv.Updates = section
}

// parseAPKVersion reads `apk version -v -l '<'`: name-version < version.
func parseAPKVersion(out []byte) []fact.Update {
	var all []fact.Update
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) < 3 || f[1] != "<" {
			continue
		}
		// The version begins at the last dash but one: name-1.2.3-r0.
		i := strings.LastIndexByte(f[0], '-')
		if i <= 0 {
			continue
		}
		j := strings.LastIndexByte(f[0][:i], '-')
		if j <= 0 {
			continue
		}
		u := fact.Update{Name: f[0][:j], From: f[0][j+1:], To: f[2]}
		if len(f) > 3 {
			u.Origin = strings.TrimPrefix(f[3], "@")
		}
		all = append(all, u)
	}
	return all
}

func (c *collection) pacmanUpdates(ctx context.Context) {
	out, err := c.Command(ctx, "pacman", "-Qu", "--color", "never")
	var exit *machine.ExitError
	if errors.As(err, &exit) && exit.Code == 1 && len(out) == 0 {
		err = nil // 1 without output says that there are none
	}
	if err != nil {
		why, needs := reason(err)
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", "pacman: "+why, needs)
		return
	}
	c.inv.Updates = fact.Saw(fact.Updates{Manager: "pacman", Pending: parsePacmanQu(out)})
	c.inv.Updates.Miss("which updates are security updates", "pacman's databases do not say", "Arch's advisories")
}

// parsePacmanQu reads `pacman -Qu`: name old -> new [ignored].
func parsePacmanQu(out []byte) []fact.Update {
	var all []fact.Update
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) >= 4 && f[2] == "->" {
			all = append(all, fact.Update{Name: f[0], From: f[1], To: f[3], Held: len(f) > 4 && f[4] == "[ignored]"})
		}
	}
	return all
}
