package protection

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/host/machine"
	"steward/collect/protection/firewall"
)

//go:embed baseline.json
var baselineFile []byte

// Check is one question of the baseline, as data.
type Check struct {
	ID        string   `json:"id"`
	Title     string   `json:"title" doc:"what should be so"`
	Severity  string   `json:"severity" doc:"high, medium or low, when it is not"`
	Why       string   `json:"why"`
	Remedy    string   `json:"remedy"`
	Source    string   `json:"source" doc:"where the advice comes from"`
	Platforms []string `json:"platforms,omitempty" doc:"where it applies; absent for everywhere"`
	Needs     string   `json:"needs,omitempty" doc:"sshd: only where that is installed"`
	Unless    string   `json:"unless,omitempty" doc:"hosts-guests: not where containers or guests run"`
	Test      Test     `json:"test"`
}

// Test is how a check is answered.
type Test struct {
	Kind     string   `json:"kind" doc:"fact, sysctl, sshd, config, mode or absent"`
	Name     string   `json:"name,omitempty" doc:"fact: which question about the inventory"`
	Key      string   `json:"key,omitempty" doc:"sysctl, sshd, config: the setting"`
	Files    []string `json:"files,omitempty" doc:"config: where it stands"`
	Path     string   `json:"path,omitempty" doc:"mode: the file"`
	Packages []string `json:"packages,omitempty" doc:"absent: packages that must not be there"`
	Want     []string `json:"want,omitempty" doc:"values that are right"`
	Most     int      `json:"most,omitempty" doc:"the highest number, or mode in octal digits, that is right"`
	Default  string   `json:"default,omitempty" doc:"what holds when the setting is absent"`
}

// Result is a check's answer.
type Result struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Outcome  string `json:"outcome" doc:"pass, fail, unknown or not-applicable"`
	Severity string `json:"severity"`
	Found    string `json:"found,omitempty" doc:"what was found, or why it could not be"`
	Why      string `json:"why"`
	Remedy   string `json:"remedy,omitempty" doc:"when it fails"`
	Source   string `json:"source"`
}

// Checks are the baseline's questions.
func Checks() ([]Check, error) {
	var all []Check
	if err := json.Unmarshal(baselineFile, &all); err != nil {
		return nil, fmt.Errorf("baseline.json: %w", err)
	}
	return all, nil
}

const (
	pass          = "pass"
	failed        = "fail"
	unknown       = "unknown"
	notApplicable = "not-applicable"
)

// Baseline answers every check of the baseline for a machine.
func Baseline(m *machine.Machine, inv fact.Inventory, sets []firewall.Set) ([]Result, error) {
	checks, err := Checks()
	if err != nil {
		return nil, err
	}
	b := &baseline{m, inv, sets}
	var results []Result
	for _, c := range checks {
		r := Result{ID: c.ID, Title: c.Title, Severity: c.Severity, Why: c.Why, Source: c.Source}
		r.Outcome, r.Found = b.answer(c)
		if r.Outcome == failed {
			r.Remedy = c.Remedy
		}
		results = append(results, r)
	}
	return results, nil
}

type baseline struct {
	*machine.Machine
	inv  fact.Inventory
	sets []firewall.Set
}

func (b *baseline) answer(c Check) (outcome, found string) {
	if len(c.Platforms) > 0 && !slices.Contains(c.Platforms, b.Platform) {
		return notApplicable, "it is about " + strings.Join(c.Platforms, ", ")
	}
	if c.Needs == "sshd" && !b.Exists("/etc/ssh/sshd_config") && !b.Exists("/usr/sbin/sshd") {
		return notApplicable, "no SSH server is installed"
	}
	if c.Unless == "hosts-guests" && b.inv.Virtual.Value.Hosts != "" {
		return notApplicable, "the machine runs guests (" + b.inv.Virtual.Value.Hosts + ")"
	}
	t := c.Test
	switch t.Kind {
	case "fact":
		return b.fact(t.Name)
	case "sysctl":
		v := b.Text("/proc/sys/" + t.Key)
		if v == "" {
			return unknown, "/proc/sys/" + t.Key + " cannot be read"
		}
		return t.judge(v, strings.ReplaceAll(t.Key, "/", ".")+" is "+v)
	case "sshd":
		v, err := b.sshd(t.Key)
		return t.setting(v, err, t.Key)
	case "config":
		v, err := b.config(t.Files, t.Key)
		return t.setting(v, err, t.Key)
	case "mode":
		info, err := fs.Stat(b.Files, strings.TrimPrefix(t.Path, "/"))
		if errors.Is(err, fs.ErrNotExist) {
			return notApplicable, t.Path + " is not there"
		}
		if err != nil {
			why, _ := machine.Why(err)
			return unknown, t.Path + ": " + why
		}
		most, _ := strconv.ParseUint(strconv.Itoa(t.Most), 8, 32)
		text := fmt.Sprintf("%s has mode %04o", t.Path, info.Mode().Perm())
		if uint64(info.Mode().Perm())&^most != 0 {
			return failed, text
		}
		return pass, text
	case "absent":
		if !b.inv.Packages.Seen {
			return unknown, "the packages could not be seen"
		}
		var there []string
		for _, p := range b.inv.Packages.Value {
			if slices.Contains(t.Packages, p.Name) {
				there = append(there, p.Name)
			}
		}
		if len(there) > 0 {
			return failed, "installed: " + strings.Join(there, ", ")
		}
		return pass, "none of them is installed"
	}
	return unknown, "the check's kind " + t.Kind + " is not known"
}

func (t Test) setting(v string, err error, key string) (outcome, found string) {
	if err != nil {
		why, needs := machine.Why(err)
		return unknown, strings.TrimSpace(why + " " + needs)
	}
	if v == "" {
		return t.judge(t.Default, key+" is not set; the default is "+t.Default)
	}
	return t.judge(v, key+" is "+v)
}

func (t Test) judge(v, found string) (string, string) {
	if t.Most > 0 {
		n, err := strconv.Atoi(v)
		if err != nil {
			return unknown, found + ", which is no number"
		}
		if n < 0 || n > t.Most {
			return failed, found
		}
		return pass, found
	}
	if slices.ContainsFunc(t.Want, func(w string) bool { return strings.EqualFold(w, v) }) {
		return pass, found
	}
	return failed, found
}

// sshd finds a setting of the SSH server as sshd_config(5) says: the first
// value wins, included files count where they are named, and what stands
// after Match holds only for some.
func (b *baseline) sshd(key string) (string, error) {
	return b.sshdFile("/etc/ssh/sshd_config", key, 0)
}

func (b *baseline) sshdFile(path, key string, depth int) (string, error) {
	if depth > 4 {
		return "", nil
	}
	var found string
	var inner error
	err := b.Lines(path, func(line string) bool {
		f := strings.Fields(strings.Replace(strings.TrimSpace(line), "=", " ", 1))
		if len(f) < 2 || strings.HasPrefix(f[0], "#") {
			return true
		}
		switch {
		case strings.EqualFold(f[0], "Match"):
			return false
		case strings.EqualFold(f[0], "Include"):
			for _, pattern := range f[1:] {
				if !strings.HasPrefix(pattern, "/") {
					pattern = "/etc/ssh/" + pattern
				}
				for _, p := range b.Glob(pattern) {
					v, err := b.sshdFile(p, key, depth+1)
					inner = errors.Join(inner, err)
					if v != "" {
						found = v
						return false
					}
				}
			}
		case strings.EqualFold(f[0], key):
			found = strings.Trim(f[1], `"`)
			return false
		}
		return true
	})
	if found != "" {
		return found, nil
	}
	return "", errors.Join(err, inner)
}

// config finds "KEY VALUE" or "KEY=VALUE"; the last one wins.
func (b *baseline) config(files []string, key string) (string, error) {
	found := ""
	for _, path := range files {
		err := b.Lines(path, func(line string) bool {
			f := strings.Fields(strings.Replace(line, "=", " ", 1))
			if len(f) >= 2 && f[0] == key {
				found = f[1]
			}
			return true
		})
		if err != nil {
			return "", err
		}
	}
	return found, nil
}

// fact answers a question about the inventory. What was not seen is unknown,
// never passed.
func (b *baseline) fact(name string) (outcome, found string) {
	inv := b.inv
	yes := func(ok bool, words string) (string, string) {
		if ok {
			return pass, words
		}
		return failed, words
	}
	switch name {
	case "no-security-update":
		if !inv.Updates.Seen {
			return unknown, "the pending updates could not be seen"
		}
		security, untold := 0, 0
		for _, u := range inv.Updates.Value.Pending {
			switch {
			case u.Security == nil:
				untold++
			case *u.Security:
				security++
			}
		}
		if security == 0 && untold > 0 {
			return unknown, fmt.Sprintf("%d updates wait and their source does not say which mend security problems", untold)
		}
		return yes(security == 0, fmt.Sprintf("%d security updates wait", security))
	case "automatic-updates":
		a := inv.Updates.Value.Automatic
		if a == nil {
			return unknown, "the setting could not be seen"
		}
		return yes(*a, map[bool]string{true: "they do", false: "they do not"}[*a])
	case "supported-system":
		s := inv.System.Value.Support
		if s == nil {
			return unknown, "the release is not in the table of support periods"
		}
		today := inv.At.Format(time.DateOnly)
		switch {
		case s.Ended:
			return failed, "support has ended"
		case s.Security == "":
			return pass, "no end is announced"
		case s.Security >= today:
			return pass, "until " + s.Security
		case s.Extended >= today:
			return failed, "ordinary support ended on " + s.Security + "; long-term or paid updates until " + s.Extended
		}
		return failed, "support ended on " + s.Security
	case "no-restart":
		r := inv.Restart.Value
		if !inv.Restart.Seen || r.Reboot == nil {
			return unknown, "it could not be seen"
		}
		words := strings.Join(append(slices.Clone(r.Reasons), r.Processes...), "; ")
		if words == "" {
			words = "none"
		}
		return yes(!*r.Reboot && len(r.Processes) == 0, words)
	case "default-deny":
		if len(b.sets) == 0 {
			if !inv.Firewalls.Seen || len(inv.Firewalls.Gaps) > 0 {
				return unknown, "the packet filter could not be read"
			}
			return failed, "there is no packet filter"
		}
		var words []string
		ok, some := true, false
		for _, s := range b.sets {
			on := s.On == nil || *s.On
			some = some || on
			ok = ok && (!on || s.Default == "drop" || s.Default == "reject")
			words = append(words, fmt.Sprintf("%s is %s, its default %s", strings.TrimSpace(s.Product+" "+s.Profile), map[bool]string{true: "on", false: "off"}[on], s.Default))
		}
		return yes(ok && some, strings.Join(words, "; "))
	case "cpu-mitigated":
		if inv.Hardware.Value.CPU == nil || !b.Exists("/sys/devices/system/cpu/vulnerabilities") {
			return unknown, "the kernel does not say"
		}
		open := inv.Hardware.Value.CPU.Open
		if len(open) == 0 {
			return pass, "the kernel reports none open"
		}
		return failed, "open: " + strings.Join(open, ", ")
	case "no-empty-password":
		if !inv.Accounts.Seen {
			return unknown, "the accounts could not be seen"
		}
		var empty []string
		known := false
		for _, a := range inv.Accounts.Value {
			known = known || a.Password != ""
			if a.Password == "empty" && (a.Login == nil || *a.Login) {
				empty = append(empty, a.Name)
			}
		}
		if !known {
			return unknown, "only root may see the state of passwords"
		}
		if len(empty) > 0 {
			return failed, strings.Join(empty, ", ")
		}
		return pass, "none"
	case "one-root", "unique-ids":
		if !inv.Accounts.Seen {
			return unknown, "the accounts could not be seen"
		}
		byID := map[string][]string{}
		for _, a := range inv.Accounts.Value {
			byID[a.ID] = append(byID[a.ID], a.Name)
		}
		if name == "one-root" {
			// FreeBSD comes with toor, a second name of root.
			others := slices.DeleteFunc(slices.Clone(byID["0"]), func(n string) bool { return n == "root" || n == "toor" && b.Platform == "freebsd" })
			if len(others) > 0 {
				return failed, "also: " + strings.Join(others, ", ")
			}
			return pass, "only root"
		}
		var twice []string
		for id, names := range byID {
			if len(names) > 1 && !(id == "0" && b.Platform == "freebsd") {
				twice = append(twice, id+": "+strings.Join(names, ", "))
			}
		}
		slices.Sort(twice)
		if len(twice) > 0 {
			return failed, strings.Join(twice, "; ")
		}
		return pass, "they are"
	case "few-administrators":
		if !inv.Accounts.Seen {
			return unknown, "the accounts could not be seen"
		}
		var admins []string
		for _, a := range inv.Accounts.Value {
			if a.Admin && (a.Login == nil || *a.Login) {
				admins = append(admins, a.Name)
			}
		}
		return yes(len(admins) <= 5, fmt.Sprintf("%d: %s", len(admins), strings.Join(admins, ", ")))
	case "encrypted":
		var open, untold []string
		for _, f := range inv.Filesystems.Value {
			if f.Remote || strings.HasPrefix(f.Mount, "/boot") || f.Type == "vfat" {
				continue
			}
			switch {
			case f.Encrypted == nil:
				untold = append(untold, f.Mount)
			case !*f.Encrypted:
				open = append(open, f.Mount)
			}
		}
		switch {
		case !inv.Filesystems.Seen || len(open) == 0 && len(untold) > 0:
			return unknown, strings.TrimSpace("cannot be told " + strings.Join(untold, ", "))
		case len(open) > 0:
			return failed, "not encrypted: " + strings.Join(open, ", ")
		}
		return pass, "all are"
	case "antivirus":
		if !inv.Antivirus.Seen {
			return unknown, "it could not be seen"
		}
		if len(inv.Antivirus.Value) == 0 {
			return failed, "no product that is known was found"
		}
		var words []string
		good, untold := false, false
		for _, a := range inv.Antivirus.Value {
			s := judge(a, inv.At)
			fine := len(s.Problems) == 0 && a.Running != nil
			good = good || fine && a.Made != nil
			untold = untold || fine && a.Made == nil
			if len(s.Problems) == 0 {
				s.Problems = []string{"runs"}
			}
			words = append(words, a.Product+": "+strings.Join(s.Problems, ", "))
		}
		if !good && untold {
			return unknown, strings.Join(words, "; ") + "; the age of its signatures cannot be seen"
		}
		return yes(good, strings.Join(words, "; "))
	case "clock":
		s := inv.TimeSync.Value.Synced
		if s == nil {
			return unknown, "the kernel does not say"
		}
		words := inv.TimeSync.Value.Product
		if words == "" {
			words = "nobody keeps it"
		}
		return yes(*s, words)
	case "logging":
		for _, p := range b.inv.Services.Value {
			if (strings.HasPrefix(p.Name, "systemd-journald") || p.Name == "rsyslog" || p.Name == "syslog-ng" || p.Name == "syslog") && p.State == "running" {
				return pass, p.Name + " runs"
			}
		}
		for _, name := range b.Names("/proc") {
			if _, err := strconv.Atoi(name); err != nil {
				continue
			}
			switch comm := b.Text("/proc/" + name + "/comm"); comm {
			case "systemd-journal", "rsyslogd", "syslog-ng", "syslogd":
				return pass, comm + " runs"
			}
		}
		if len(b.inv.Services.Gaps) > 0 && b.inv.Volatile.Processes == nil {
			return unknown, "which services run could not be seen"
		}
		return failed, "neither journald nor a syslog runs"
	}
	return unknown, "the question " + name + " is not known"
}
