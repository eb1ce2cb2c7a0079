package host

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

func (c *collection) linuxVolatile() {
	v := &c.inv.Volatile
	if f := strings.Fields(c.Text("/proc/uptime")); len(f) > 0 {
		if s, err := strconv.ParseFloat(f[0], 64); err == nil && s >= 0 && s < 1e10 {
			v.Uptime = new(int64(s))
		}
	}
	v.Booted = c.booted()
	for i, f := range strings.Fields(c.Text("/proc/loadavg")) {
		if n, err := strconv.ParseFloat(f, 64); err == nil && i < 3 {
			v.Load = append(v.Load, n)
		}
	}
	m := c.memInfo()
	for key, to := range map[string]**int64{"MemAvailable": &v.Available, "SwapTotal": &v.SwapTotal, "SwapFree": &v.SwapFree} {
		if kib, ok := m[key]; ok {
			*to = new(kib * 1024)
		}
	}
	if n := len(c.processes); n > 0 {
		v.Processes = &n
	}
	if c.Exists("/run/systemd/sessions") {
		n := 0
		for _, s := range c.Names("/run/systemd/sessions") {
			if !strings.HasSuffix(s, ".ref") {
				n++
			}
		}
		v.SignedIn = &n
	}
}

// booted is when the kernel started.
func (c *collection) booted() *time.Time {
	var at *time.Time
	c.Lines("/proc/stat", func(line string) bool {
		if s, found := strings.CutPrefix(line, "btime "); found {
			if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 40); err == nil && n > 0 {
				at = new(time.Unix(n, 0).UTC())
			}
			return false
		}
		return true
	})
	return at
}

// timeSync tells who keeps the clock, and whether it is kept.
func (c *collection) timeSync() {
	t := fact.TimeSync{}
	section := fact.Section[fact.TimeSync]{Seen: true}
	for _, p := range []struct {
		product string
		process []string
		configs []string
		pack    string
	}{
		{"chrony", []string{"chronyd"}, []string{"/etc/chrony/chrony.conf", "/etc/chrony.conf", "/etc/chrony/sources.d/*.sources", "/etc/chrony/conf.d/*.conf"}, "chrony"},
		{"ntpsec", []string{"ntpd"}, []string{"/etc/ntpsec/ntp.conf"}, "ntpsec"},
		{"ntpd", []string{"ntpd"}, []string{"/etc/ntp.conf"}, "ntp"},
		{"openntpd", []string{"ntpd"}, []string{"/etc/openntpd/ntpd.conf"}, "openntpd"},
		{"systemd-timesyncd", []string{"systemd-timesyncd", "systemd-timesyn"}, []string{"/etc/systemd/timesyncd.conf", "/etc/systemd/timesyncd.conf.d/*.conf"}, "systemd-timesyncd"},
	} {
		configured := slices.ContainsFunc(p.configs, func(pattern string) bool { return len(c.Glob(pattern)) > 0 })
		has := c.installed[p.pack] || configured && c.running(p.process...) != nil || p.product == "systemd-timesyncd" && (c.Exists("/lib/systemd/systemd-timesyncd") || c.Exists("/usr/lib/systemd/systemd-timesyncd"))
		if !has {
			continue
		}
		running := c.running(p.process...) != nil
		if t.Product != "" && !running {
			continue // the first found counts, unless a later one runs
		}
		t = fact.TimeSync{Product: p.product, Running: &running}
		for _, pattern := range p.configs {
			for _, path := range c.Glob(pattern) {
				if b, err := c.Read(path); err == nil {
					t.Servers = append(t.Servers, parseTimeServers(b)...)
				}
			}
		}
		if running {
			break
		}
	}
	if c.running("busybox") != nil || c.running("ntpd") != nil && t.Product == "" {
		if p := c.running("ntpd"); p != nil {
			t.Product, t.Running = "busybox ntpd", new(true)
		}
	}
	if c.Live {
		t.Synced = clockSynced()
	}
	if t.Synced == nil {
		section.Miss("whether the clock is synchronised", "the kernel was not asked: this is not the running machine", "")
	}
	section.Value = t
	c.inv.TimeSync = section
}

// parseTimeServers reads "server NAME", "pool NAME", "peer NAME" lines, and
// NTP= of systemd.
func parseTimeServers(b []byte) []string {
	var servers []string
	for line := range strings.SplitSeq(string(b), "\n") {
		line, _, _ = strings.Cut(strings.ToValidUTF8(strings.TrimSpace(line), ""), "#")
		if list, found := strings.CutPrefix(line, "NTP="); found {
			servers = append(servers, strings.Fields(list)...)
			continue
		}
		f := strings.Fields(line)
		if len(f) >= 2 && (f[0] == "server" || f[0] == "pool" || f[0] == "peer" || f[0] == "servers") {
			servers = append(servers, f[1])
		}
	}
	return servers
}
