package host

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// The tests in this file hold the collector against this machine's own tools.

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not a Linux")
	}
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("NOT HELD AGAINST %s: it is not installed", name)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("NOT HELD AGAINST %s: %v", name, err)
	}
	return string(out)
}

func sortedLines(s string) []string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	slices.Sort(lines)
	return slices.Compact(lines)
}

func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	slices.Sort(got)
	got = slices.Compact(got)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("not seen: %s", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("invented: %s", g)
		}
	}
}

func TestPackagesAreThoseOfDpkgQuery(t *testing.T) {
	want := sortedLines(tool(t, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version} ${Architecture} ${source:Package} ${source:Version}\n"))
	want = slices.DeleteFunc(want, func(l string) bool {
		return strings.HasPrefix(l, "config-files") || strings.HasPrefix(l, "not-installed")
	})
	inv, err := Collect(t.Context(), Options{Sections: []string{"packages"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range inv.Packages.Value {
		if p.Manager != "deb" {
			continue
		}
		source, version := p.Source, p.SrcVer
		if source == "" {
			source = p.Name
		}
		if version == "" {
			version = p.Version
		}
		got = append(got, fmt.Sprintf("installed %s %s %s %s %s", p.Name, p.Version, p.Arch, source, version))
	}
	compareLines(t, got, want)
}

func TestUpdatesAreThoseOfApt(t *testing.T) {
	out := tool(t, "apt", "list", "--upgradable")
	line := regexp.MustCompile(`^(\S+?)/(\S+) (\S+) (\S+) \[upgradable from: (\S+)\]`)
	var want []string
	for _, l := range strings.Split(out, "\n") {
		if m := line.FindStringSubmatch(l); m != nil {
			want = append(want, fmt.Sprintf("%s %s %s security=%v", m[1], m[5], m[3], strings.Contains(m[2], "-security")))
		}
	}
	inv, err := Collect(t.Context(), Options{Sections: []string{"updates"}})
	if err != nil {
		t.Fatal(err)
	}
	if !inv.Updates.Seen {
		t.Skipf("NOT HELD AGAINST apt: %v", inv.Updates.Gaps)
	}
	var got []string
	for _, u := range inv.Updates.Value.Pending {
		// apt names the repository of the newest version. A newer version from
		// elsewhere that also brings a security update is one for us.
		offered := strings.Contains(u.Origin, "-security")
		if offered && !*u.Security {
			t.Errorf("%s is offered by %s and not called a security update", u.Name, u.Origin)
		}
		got = append(got, fmt.Sprintf("%s %s %s security=%v", u.Name, u.From, u.To, offered))
	}
	compareLines(t, got, want)
}

func TestListeningPortsAreThoseOfSS(t *testing.T) {
	out := tool(t, "ss", "-Htln")
	inv, err := Collect(t.Context(), Options{Sections: []string{"ports"}})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, p := range inv.Ports.Value {
		if p.Protocol == "tcp" {
			seen[fmt.Sprintf("%s %d", p.Address, p.Port)] = true
		}
	}
	// Others on this machine open and close ports meanwhile, so only those that
	// ss still shows are asked for.
	again := tool(t, "ss", "-Htln")
	for _, l := range sortedLines(out) {
		f := strings.Fields(l)
		if len(f) < 4 || !strings.Contains(again, f[3]) {
			continue
		}
		i := strings.LastIndexByte(f[3], ':')
		address := strings.Trim(f[3][:i], "[]")
		address, _, _ = strings.Cut(address, "%")
		if address == "*" {
			address = "::"
		}
		if key := address + " " + f[3][i+1:]; !seen[key] {
			t.Errorf("not seen: %s", key)
		}
	}
}

func TestDisksAreThoseOfLsblk(t *testing.T) {
	out := tool(t, "lsblk", "-J", "-b", "-d", "-o", "NAME,SIZE,TYPE,SERIAL")
	var doc struct {
		Devices []struct {
			Name, Type string
			Serial     *string
			Size       int64
		} `json:"blockdevices"`
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Skipf("NOT HELD AGAINST lsblk: %v", err)
	}
	var want []string
	for _, d := range doc.Devices {
		if d.Type == "disk" && medium(d.Name) {
			want = append(want, fmt.Sprintf("%s %d", d.Name, d.Size))
		}
	}
	inv, err := Collect(t.Context(), Options{Sections: []string{"disks"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range inv.Disks.Value {
		got = append(got, fmt.Sprintf("%s %d", d.Name, *d.Bytes))
	}
	compareLines(t, got, want)
}

func TestTheSameMachineTwiceIsTheSame(t *testing.T) {
	sections := []string{"identity", "hardware", "system", "packages", "services", "disks", "filesystems", "accounts", "groups", "updates", "antivirus", "firewalls", "virtual"}
	a, err := Collect(t.Context(), Options{Sections: sections})
	if err != nil {
		t.Skip(err)
	}
	b, err := Collect(t.Context(), Options{Sections: sections, Now: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	ha, _ := a.Hashes()
	hb, _ := b.Hashes()
	for s := range ha {
		if ha[s] != hb[s] {
			x, _ := json.Marshal(a)
			y, _ := json.Marshal(b)
			t.Errorf("section %s changed\n%.2000s\n%.2000s", s, x, y)
		}
	}
}

// BenchmarkThisMachine prints how long an inventory takes and what memory the
// process then holds; run it with -benchtime 5x.
func BenchmarkThisMachine(b *testing.B) {
	for b.Loop() {
		if _, err := Collect(b.Context(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-held")
}
