package host

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"steward/collect/advisory/version"
	"steward/collect/fact"
)

var errNotThere = fs.ErrNotExist

// maxList bounds what one unpacked package list may hold.
const maxList = 1 << 30

// release is a repository as its Release file describes it.
type release struct {
	origin, label, suite, codename, version, component, site string
	notAutomatic, butUpgrades                                bool
}

// name is how the repository is shown.
func (r release) name() string {
	return strings.Trim(r.origin+" "+r.suite, " ")
}

// security reports whether the repository brings security updates: Debian's
// label, the suite names of Debian, Ubuntu and derivatives, Ubuntu's extended
// maintenance.
func (r release) security() bool {
	l, s, o := strings.ToLower(r.label), strings.ToLower(r.suite+" "+r.codename), r.origin
	return strings.Contains(l, "security") || strings.Contains(s, "-security") || strings.HasPrefix(o, "UbuntuESM")
}

// offer is one version of a package that a repository has.
type offer struct {
	version  string
	arch     string
	from     *release
	priority int
}

// aptUpdates does what apt does to find upgrades: it reads the package lists
// that apt keeps, gives each version the priority of its repository and pins
// (apt_preferences(5)), and takes the highest. apt itself takes two seconds
// for it.
func (c *collection) aptUpdates() {
	section := fact.Saw(fact.Updates{Manager: "apt"})
	pins := c.aptPins()
	offers := map[string][]offer{} // by name
	want := map[string]bool{}
	for _, p := range c.inv.Packages.Value {
		if p.Manager == "deb" {
			want[p.Name] = true
		}
	}
	lists := 0
	for _, file := range c.Names("/var/lib/apt/lists") {
		stem, _, is := strings.Cut(file, "_Packages")
		if !is {
			continue
		}
		r := c.aptRelease(stem)
		err := c.unpack("/var/lib/apt/lists/"+file, func(in io.Reader) error {
			return scanPackages(in, want, func(name, version, arch string) {
				offers[name] = append(offers[name], offer{version: version, arch: arch, from: r})
			})
		})
		if err != nil {
			why, needs := reason(err)
			section.Miss("updates of "+r.name(), "list "+file+": "+why, needs)
			continue
		}
		lists++
	}
	if lists == 0 {
		c.inv.Updates = fact.Unseen[fact.Updates]("pending updates", "apt keeps no package lists on this machine", "apt-get update")
		return
	}
	native := c.nativeArch()
	for i := range c.inv.Packages.Value {
		p := &c.inv.Packages.Value[i]
		if p.Manager != "deb" {
			continue
		}
		candidate, origin := choose(*p, offers[p.Name], native, pins)
		p.Origin = origin
		if candidate == nil {
			continue
		}
		u := fact.Update{Name: p.Name, Arch: p.Arch, From: p.Version, To: candidate.version, Origin: candidate.from.name(), Held: p.Held, Security: new(false)}
		// A security repository may bring the same version as another, or one
		// between the installed and the newest.
		for _, o := range offers[p.Name] {
			if o.from.security() && fits(p.Arch, o.arch, native) && version.CompareDeb(o.version, p.Version) > 0 && version.CompareDeb(o.version, candidate.version) <= 0 {
				*u.Security = true
				if o.version == candidate.version {
					u.Origin = o.from.name()
				}
			}
		}
		section.Value.Pending = append(section.Value.Pending, u)
	}
	section.Value.Automatic = new(c.unattended())
	c.inv.Updates = section
}

// choose returns the version apt would upgrade a package to, or nil, and the
// repository the installed version comes from.
func choose(p fact.Package, offers []offer, native string, pins []pin) (*offer, string) {
	best := offer{version: p.Version, priority: 100}
	for _, pin := range pins { // the installed version may be pinned without being offered
		if pin.kind == "version" && pin.names(p.Name) && pin.matches(offer{version: p.Version}) {
			best.priority = pin.priority
			break
		}
	}
	origin := ""
	for _, o := range offers {
		if fits(p.Arch, o.arch, native) && o.version == p.Version {
			best.priority = max(best.priority, priority(p.Name, o, pins))
			if origin == "" || o.from.security() {
				origin = o.from.name()
			}
		}
	}
	for _, o := range offers {
		if !fits(p.Arch, o.arch, native) {
			continue
		}
		o.priority = priority(p.Name, o, pins)
		newer := version.CompareDeb(o.version, p.Version)
		switch {
		case o.priority < 0 || newer < 0 && o.priority <= 1000:
			continue // never, or a step back that no pin asks for
		case o.priority > best.priority || o.priority == best.priority && version.CompareDeb(o.version, best.version) > 0:
			best = o
		}
	}
	if best.from == nil || version.CompareDeb(best.version, p.Version) <= 0 {
		return nil, origin
	}
	return &best, origin
}

// fits reports whether an offered architecture can replace the installed one.
func fits(installed, offered, native string) bool {
	if installed == "all" {
		installed = native
	}
	if offered == "all" {
		offered = native
	}
	return installed == offered || native == ""
}

func (c *collection) nativeArch() string {
	if f := strings.Fields(c.Text("/var/lib/dpkg/arch")); len(f) > 0 {
		return f[0]
	}
	for _, p := range c.inv.Packages.Value {
		if p.Name == "dpkg" && p.Manager == "deb" {
			return p.Arch
		}
	}
	return ""
}

// aptRelease reads the Release file a list belongs to. Lists are named
// SITE_dists_SUITE_COMPONENT_binary-ARCH, Release files SITE_dists_SUITE.
func (c *collection) aptRelease(stem string) *release {
	r := &release{}
	r.site, _, _ = strings.Cut(stem, "_")
	base := stem
	if i := strings.LastIndex(stem, "_binary-"); i >= 0 {
		base = stem[:i]
		if j := strings.LastIndexByte(base, '_'); j >= 0 {
			base, r.component = base[:j], base[j+1:]
		}
	}
	for _, name := range []string{base + "_InRelease", base + "_Release"} {
		f, err := c.Open("/var/lib/apt/lists/" + name)
		if err != nil {
			continue
		}
		parseRelease(f, r)
		f.Close()
		return r
	}
	if r.suite == "" {
		r.suite = strings.TrimPrefix(base[strings.LastIndexByte(base, '_')+1:], "_")
	}
	return r
}

// parseRelease reads the head of a Release or InRelease file.
func parseRelease(in io.Reader, r *release) {
	lines := bufio.NewScanner(io.LimitReader(in, 64<<10))
	for lines.Scan() {
		key, value, found := strings.Cut(strings.ToValidUTF8(lines.Text(), ""), ":")
		if !found {
			continue
		}
		value = strings.TrimSpace(value)
		switch key {
		case "Origin":
			r.origin = value
		case "Label":
			r.label = value
		case "Suite":
			r.suite = value
		case "Codename":
			r.codename = value
		case "Version":
			r.version = value
		case "NotAutomatic":
			r.notAutomatic = value == "yes"
		case "ButAutomaticUpgrades":
			r.butUpgrades = value == "yes"
		case "MD5Sum", "SHA256", "SHA1":
			return
		}
	}
}

// unpack opens a file that may be compressed and reads it through.
func (c *collection) unpack(name string, read func(io.Reader) error) error {
	f, err := c.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	var in io.Reader = f
	switch path.Ext(name) {
	case ".lz4":
		in = lz4.NewReader(f)
	case ".gz":
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		in = z
	case ".zst":
		z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
		if err != nil {
			return err
		}
		defer z.Close()
		in = z
	case ".xz", ".bz2", ".lzma", ".zck":
		return errors.New("its compression " + path.Ext(name) + " cannot be read")
	}
	return read(io.LimitReader(in, maxList))
}

// scanPackages reads a Packages list and calls found for each wanted package.
// It looks only at the three fields it needs; a list is 50 MB.
func scanPackages(in io.Reader, want map[string]bool, found func(name, version, arch string)) error {
	lines := bufio.NewReaderSize(in, 256<<10)
	var name, version, arch string
	end := func() {
		if name != "" && version != "" {
			found(name, version, arch)
		}
		name, version, arch = "", "", ""
	}
	for {
		line, err := lines.ReadSlice('\n')
		for err == bufio.ErrBufferFull {
			_, err = lines.ReadSlice('\n')
		}
		switch {
		case len(line) <= 1:
			end()
		case line[0] == 'P' && bytes.HasPrefix(line, []byte("Package: ")):
			if n := bytes.TrimSpace(line[9:]); want[string(n)] {
				name = string(n)
			}
		case name == "":
		case line[0] == 'V' && bytes.HasPrefix(line, []byte("Version: ")):
			version = string(bytes.TrimSpace(line[9:]))
		case line[0] == 'A' && bytes.HasPrefix(line, []byte("Architecture: ")):
			arch = string(bytes.TrimSpace(line[14:]))
		}
		if err == io.EOF {
			end()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// pin is one stanza of apt_preferences(5).
type pin struct {
	packages []string
	kind     string // release, version, origin
	value    string
	priority int
}

func (c *collection) aptPins() []pin {
	var all []pin
	for _, p := range append([]string{"/etc/apt/preferences"}, c.Glob("/etc/apt/preferences.d/*")...) {
		if ext := path.Ext(p); ext != "" && ext != ".pref" {
			continue // apt passes over such files
		}
		if b, err := c.Read(p); err == nil {
			all = append(all, parsePins(b)...)
		}
	}
	for _, p := range append(c.Glob("/etc/apt/apt.conf.d/*"), "/etc/apt/apt.conf") {
		if b, err := c.Read(p); err == nil {
			if r := aptConf(b, "APT::Default-Release"); r != "" {
				all = append(all, pin{packages: []string{"*"}, kind: "default", value: r, priority: 990})
			}
		}
	}
	return all
}

func parsePins(b []byte) []pin {
	var all []pin
	var p pin
	set := false
	stanzas(bytes.NewReader(b), func(key, value string) {
		switch key {
		case "Package":
			p.packages = strings.Fields(value)
		case "Pin":
			p.kind, p.value, _ = strings.Cut(value, " ")
			p.value = strings.TrimSpace(p.value)
		case "Pin-Priority":
			n, err := strconv.Atoi(value)
			p.priority, set = n, err == nil
		}
	}, func() {
		if set && len(p.packages) > 0 && p.kind != "" {
			all = append(all, p)
		}
		p, set = pin{}, false
	})
	return all
}

// priority is what apt gives a version: the first pin that names the package,
// else the highest of the general pins, else the repository's own.
func priority(name string, o offer, pins []pin) int {
	for _, p := range pins {
		if p.names(name) && p.matches(o) {
			return p.priority
		}
	}
	general, found := 0, false
	for _, p := range pins {
		if len(p.packages) == 1 && p.packages[0] == "*" && p.matches(o) && (!found || p.kind != "default") {
			general = p.priority
			if p.kind != "default" {
				return general
			}
			found = true
		}
	}
	switch {
	case found:
		return general
	case o.from.notAutomatic && o.from.butUpgrades:
		return 100
	case o.from.notAutomatic:
		return 1
	}
	return 500
}

func (p pin) names(name string) bool {
	for _, pattern := range p.packages {
		if pattern == "*" {
			continue
		}
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

func (p pin) matches(o offer) bool {
	like := func(pattern, s string) bool {
		pattern = strings.Trim(strings.TrimSpace(pattern), `"`)
		ok, err := path.Match(pattern, s)
		return err == nil && ok
	}
	switch p.kind {
	case "default":
		return like(p.value, o.from.suite) || like(p.value, o.from.codename)
	case "version":
		return like(p.value, o.version)
	case "origin":
		return like(p.value, o.from.site)
	case "release":
		for part := range strings.SplitSeq(p.value, ",") {
			key, value, found := strings.Cut(strings.TrimSpace(part), "=")
			if !found {
				if !like(part, o.from.suite) && !like(part, o.from.codename) && !like(part, o.from.version) {
					return false
				}
				continue
			}
			have := map[string]string{"a": o.from.suite, "n": o.from.codename, "o": o.from.origin, "l": o.from.label, "v": o.from.version, "c": o.from.component}
			if !like(value, have[key]) {
				return false
			}
		}
		return true
	}
	return false
}

// aptConf finds the last value of a key written in one line of apt.conf(5).
func aptConf(b []byte, key string) string {
	found := ""
	for line := range bytes.Lines(b) {
		t := strings.TrimSpace(string(line))
		if rest, is := strings.CutPrefix(t, key); is {
			rest = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), ";"))
			if strings.HasPrefix(rest, `"`) {
				found = strings.Trim(rest, `"`)
			}
		}
	}
	return found
}

// unattended reports whether apt installs security updates by itself.
func (c *collection) unattended() bool {
	if !c.installed["unattended-upgrades"] {
		return false
	}
	on := ""
	for _, p := range append(c.Glob("/etc/apt/apt.conf.d/*"), "/etc/apt/apt.conf") {
		if b, err := c.Read(p); err == nil {
			if v := aptConf(b, "APT::Periodic::Unattended-Upgrade"); v != "" {
				on = v
			}
		}
	}
	return on != "" && on != "0"
}
