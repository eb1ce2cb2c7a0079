package host

import (
	"bytes"
	"runtime"
	"strings"
	"time"

	"steward/collect/fact"
)

// parseOSRelease reads os-release(5): NAME=value lines with shell quoting.
func parseOSRelease(b []byte) map[string]string {
	values := map[string]string{}
	for line := range bytes.Lines(b) {
		key, value, found := strings.Cut(strings.TrimSpace(string(line)), "=")
		if !found || strings.HasPrefix(key, "#") || key == "" || len(values) > 200 {
			continue
		}
		values[key] = unquote(value)
	}
	return values
}

// unquote takes one shell word's quotes and escapes away.
func unquote(s string) string {
	s = strings.TrimSpace(s)
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		single := s[0] == '\''
		s = s[1 : len(s)-1]
		if single {
			return s
		}
	}
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// families maps an os-release ID to its family and its key in the support table.
var families = map[string][2]string{
	"debian": {"debian", "debian"}, "ubuntu": {"debian", "ubuntu"}, "raspbian": {"debian", "debian"}, "linuxmint": {"debian", ""}, "kali": {"debian", ""}, "pop": {"debian", ""}, "proxmox": {"debian", ""},
	"rhel": {"rhel", "rhel"}, "almalinux": {"rhel", "almalinux"}, "rocky": {"rhel", "rocky"}, "centos": {"rhel", "centos"}, "ol": {"rhel", "oracle"}, "fedora": {"rhel", "fedora"}, "amzn": {"rhel", "amazon"},
	"sles": {"suse", "sles"}, "sled": {"suse", "sles"}, "sles_sap": {"suse", "sles"}, "opensuse-leap": {"suse", "opensuse"}, "opensuse-tumbleweed": {"suse", ""},
	"alpine": {"alpine", "alpine"}, "arch": {"arch", ""}, "manjaro": {"arch", ""}, "endeavouros": {"arch", ""},
}

func (c *collection) linuxSystem() fact.Section[fact.System] {
	raw, err := c.Read("/etc/os-release")
	if err != nil {
		raw, err = c.Read("/usr/lib/os-release")
	}
	if err != nil {
		raw, err = c.oldRelease()
	}
	r := parseOSRelease(raw)
	s := fact.System{
		Name: r["PRETTY_NAME"], Release: r["VERSION_ID"], Codename: r["VERSION_CODENAME"], Edition: r["VARIANT"],
		Kernel: c.Text("/proc/sys/kernel/osrelease"), Timezone: c.timezone(), Locale: c.locale(),
	}
	if s.Name == "" {
		s.Name = strings.TrimSpace(r["NAME"] + " " + r["VERSION"])
	}
	id := r["ID"]
	if known, ok := families[id]; ok {
		s.Family, s.Product = known[0], known[1]
	} else {
		for like := range strings.FieldsSeq(r["ID_LIKE"]) {
			switch {
			case families[like][0] != "":
				s.Family = families[like][0]
			case like == "suse" || like == "opensuse":
				s.Family = "suse"
			}
			if s.Family != "" {
				break
			}
		}
	}
	s.Full = c.fullVersion(s, r)
	if id == "centos" && strings.Contains(r["NAME"], "Stream") {
		s.Product = "centos-stream"
	}
	s.Support = fact.SupportOf(s.Product, s.Release)
	if c.Live && c.Platform == runtime.GOOS {
		s.Architecture = runtime.GOARCH
	} else {
		s.Architecture = c.recordedArch()
	}
	if t := c.installDay(); t != "" {
		s.Installed = t
	}
	section := fact.Saw(s)
	if err != nil {
		section.Miss("name and release", "there is no os-release file", "")
	} else if s.Support == nil {
		section.Miss("end of support", "the support table of "+fact.SupportTableDate+" does not know "+strings.TrimSpace(id+" "+s.Release), "a newer table")
	}
	if s.Kernel == "" {
		section.Miss("running kernel", "/proc/sys/kernel/osrelease cannot be read", "")
	}
	return section
}

// oldRelease makes an os-release of the files systems had before it (RHEL 6).
func (c *collection) oldRelease() ([]byte, error) {
	b, err := c.Read("/etc/redhat-release")
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(string(b))
	id := "rhel"
	switch {
	case strings.HasPrefix(text, "CentOS"):
		id = "centos"
	case strings.HasPrefix(text, "Oracle"):
		id = "ol"
	}
	_, version, _ := strings.Cut(text, "release ")
	version, _, _ = strings.Cut(version, " ")
	return []byte("PRETTY_NAME=" + text + "\nID=" + id + "\nVERSION_ID=" + version + "\n"), nil
}

// fullVersion is the release with its point release, which some systems keep
// elsewhere.
func (c *collection) fullVersion(s fact.System, r map[string]string) string {
	switch s.Product {
	case "debian":
		if v := c.Text("/etc/debian_version"); v != "" && v[0] >= '0' && v[0] <= '9' {
			return v
		}
	case "ubuntu":
		if f := strings.Fields(r["VERSION"]); len(f) > 0 {
			return f[0] // 22.04.5
		}
	case "centos":
		b, _ := c.Read("/etc/centos-release")
		if _, v, found := strings.Cut(string(b), "release "); found {
			v, _, _ = strings.Cut(v, " ")
			return v
		}
	case "":
		if r["BUILD_ID"] != "" {
			return r["BUILD_ID"]
		}
	}
	return s.Release
}

func (c *collection) timezone() string {
	if to := c.Link("/etc/localtime"); to != "" {
		if _, zone, found := strings.Cut(to, "zoneinfo/"); found {
			return zone
		}
	}
	return c.Text("/etc/timezone")
}

func (c *collection) locale() string {
	for _, path := range []string{"/etc/locale.conf", "/etc/default/locale"} {
		if b, err := c.Read(path); err == nil {
			if l := parseOSRelease(b)["LANG"]; l != "" {
				return l
			}
		}
	}
	return ""
}

// recordedArch tells the architecture of a machine that is not this one.
func (c *collection) recordedArch() string {
	if a := c.Text("/etc/apk/arch"); a != "" {
		return goArch(a)
	}
	return goArch(c.Text("/proc/sys/kernel/arch"))
}

func goArch(a string) string {
	switch a {
	case "x86_64", "AMD64", "x64":
		return "amd64"
	case "aarch64", "ARM64":
		return "arm64"
	case "i386", "i586", "i686":
		return "386"
	}
	return a
}

// installDay is when the system was installed, by the files installers leave.
func (c *collection) installDay() string {
	for _, path := range []string{"/var/log/installer", "/var/log/installer/syslog", "/root/anaconda-ks.cfg", "/var/log/YaST2", "/lost+found"} {
		if t := c.Modified(path); !t.IsZero() && t.Year() > 2000 {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}
