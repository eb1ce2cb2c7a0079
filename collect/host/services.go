package host

import (
	"bytes"
	"context"
	"path"
	"strings"

	"steward/collect/fact"
)

// services reads the units of systemd, the scripts of OpenRC, or those of
// System V, whichever starts this machine.
func (c *collection) services(ctx context.Context) {
	switch {
	case c.Exists("/run/systemd/system"):
		c.systemdServices(ctx)
	case c.Exists("/run/openrc") || c.Exists("/etc/runlevels"):
		c.openrcServices()
	case c.Exists("/lib/systemd/system") || c.Exists("/usr/lib/systemd/system"):
		c.inv.Services = fact.Saw(c.unitFiles())
		c.inv.Services.Miss("which services run", "systemd did not start this machine", "")
	case c.Exists("/etc/rc3.d") || c.Exists("/etc/rc2.d"):
		c.sysvServices()
	default:
		c.inv.Services = fact.Unseen[[]fact.Service]("services", "no service manager that is known was found", "")
	}
}

func (c *collection) systemdServices(ctx context.Context) {
	section := fact.Saw(c.unitFiles())
	byName := map[string]int{}
	for i, s := range section.Value {
		byName[s.Name] = i
	}
	out, err := c.Command(ctx, "systemctl", "list-units", "--type=service", "--all", "--plain", "--no-legend", "--no-pager", "--full")
	if err != nil {
		why, needs := reason(err)
		section.Miss("which services run", why, needs)
	}
	for _, u := range parseUnits(out) {
		i, ok := byName[u.Name]
		if !ok {
			i, ok = byName[template(u.Name)]
			if ok { // an instance of a template unit
				u.Command, u.Account = section.Value[i].Command, section.Value[i].Account
				u.Start = section.Value[i].Start
			}
			section.Value = append(section.Value, u)
			continue
		}
		section.Value[i].State = u.State
		if u.Title != "" {
			section.Value[i].Title = u.Title
		}
	}
	// A template is not a service; its instances are.
	kept := section.Value[:0]
	for _, s := range section.Value {
		if !strings.HasSuffix(s.Name, "@") {
			kept = append(kept, s)
		}
	}
	section.Value = kept
	c.inv.Services = section
}

// parseUnits reads `systemctl list-units --plain --no-legend`: unit, load,
// active, sub, description. Units that are named but not there are left out.
func parseUnits(out []byte) []fact.Service {
	var all []fact.Service
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.TrimLeft(strings.ToValidUTF8(string(line), ""), "●*x \t"))
		if len(f) < 4 || f[1] == "not-found" {
			continue
		}
		name, is := strings.CutSuffix(f[0], ".service")
		if !is {
			continue
		}
		s := fact.Service{Name: name, Manager: "systemd", Title: strings.Join(f[4:], " ")}
		switch {
		case f[2] == "failed":
			s.State = "failed"
		case f[3] == "running":
			s.State = "running"
		case f[2] == "active":
			s.State = "exited"
		default:
			s.State = "stopped"
		}
		all = append(all, s)
	}
	return all
}

func template(name string) string {
	before, _, found := strings.Cut(name, "@")
	if !found {
		return name
	}
	return before + "@"
}

// unitFiles reads systemd's unit files; a unit is enabled when a target wants
// it, masked when it is a link to /dev/null.
func (c *collection) unitFiles() []fact.Service {
	enabled := map[string]bool{}
	for _, dir := range []string{"/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/system"} {
		for _, kind := range []string{"wants", "requires"} {
			for _, p := range c.Glob(dir + "/*." + kind + "/*.service") {
				enabled[path.Base(p)] = true
			}
		}
	}
	seen := map[string]bool{}
	var all []fact.Service
	// The first folder that has a unit decides.
	for _, dir := range []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"} {
		for _, file := range c.Names(dir) {
			name, is := strings.CutSuffix(file, ".service")
			if !is || seen[name] {
				continue
			}
			p := dir + "/" + file
			to := c.Link(p)
			if to != "" && to != "/dev/null" && path.Base(to) != file {
				continue // an alias of another unit
			}
			seen[name] = true
			s := fact.Service{Name: name, Manager: "systemd"}
			if to == "/dev/null" {
				s.Start = "masked"
				all = append(all, s)
				continue
			}
			b, err := c.Read(p)
			if err != nil {
				continue
			}
			installable := parseUnitFile(b, &s)
			switch {
			case enabled[file]:
				s.Start = "enabled"
			case installable:
				s.Start = "disabled"
			default:
				s.Start = "static"
			}
			all = append(all, s)
		}
	}
	return all
}

// parseUnitFile takes description, program and account of a unit file, and
// says whether it can be enabled.
func parseUnitFile(b []byte, s *fact.Service) (installable bool) {
	section := ""
	for line := range bytes.Lines(b) {
		t := strings.ToValidUTF8(strings.TrimSpace(string(line)), "")
		if strings.HasPrefix(t, "[") {
			section = t
			installable = installable || t == "[Install]"
			continue
		}
		key, value, found := strings.Cut(t, "=")
		if !found || strings.HasPrefix(t, "#") || strings.HasPrefix(t, ";") {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch section + key {
		case "[Unit]Description":
			s.Title = value
		case "[Service]User":
			s.Account = value
		case "[Service]ExecStart":
			if f := strings.Fields(strings.TrimLeft(value, "-@:+!|")); len(f) > 0 && s.Command == "" {
				s.Command = f[0]
			}
		}
	}
	return installable
}

func (c *collection) openrcServices() {
	section := fact.Saw([]fact.Service{})
	enabled := map[string]bool{}
	for _, p := range c.Glob("/etc/runlevels/*/*") {
		enabled[path.Base(p)] = true
	}
	state := c.Exists("/run/openrc/started")
	for _, name := range c.Names("/etc/init.d") {
		if name == "functions.sh" || !c.isRegular("/etc/init.d/"+name) {
			continue
		}
		s := fact.Service{Name: name, Manager: "openrc", Start: "disabled"}
		if enabled[name] {
			s.Start = "enabled"
		}
		if state {
			s.State = "stopped"
			if c.Link("/run/openrc/started/"+name) != "" || c.Exists("/run/openrc/started/"+name) {
				s.State = "running"
			}
			if c.Link("/run/openrc/failed/"+name) != "" || c.Exists("/run/openrc/failed/"+name) {
				s.State = "failed"
			}
		}
		if b, err := c.Read("/etc/init.d/" + name); err == nil {
			parseOpenRC(b, &s)
		}
		section.Value = append(section.Value, s)
	}
	if !state {
		section.Miss("which services run", "/run/openrc/started is not there", "")
	}
	c.inv.Services = section
}

func parseOpenRC(b []byte, s *fact.Service) {
	for line := range bytes.Lines(b) {
		key, value, found := strings.Cut(strings.ToValidUTF8(strings.TrimSpace(string(line)), ""), "=")
		if !found {
			continue
		}
		value = unquote(value)
		switch key {
		case "description":
			s.Title = value
		case "command":
			if !strings.Contains(value, "$") {
				s.Command = value
			}
		case "command_user":
			user, _, _ := strings.Cut(value, ":")
			if !strings.Contains(user, "$") {
				s.Account = user
			}
		}
	}
}

func (c *collection) sysvServices() {
	section := fact.Saw([]fact.Service{})
	enabled := map[string]bool{}
	for _, level := range []string{"2", "3", "4", "5"} {
		for _, name := range c.Names("/etc/rc" + level + ".d") {
			if len(name) > 3 && name[0] == 'S' {
				enabled[name[3:]] = true
			}
		}
	}
	for _, name := range c.Names("/etc/init.d") {
		if !c.isRegular("/etc/init.d/"+name) || name == "README" || name == "functions" {
			continue
		}
		s := fact.Service{Name: name, Manager: "sysv", Start: "disabled"}
		if enabled[name] {
			s.Start = "enabled"
		}
		section.Value = append(section.Value, s)
	}
	section.Miss("which services run", "System V scripts do not say", "")
	c.inv.Services = section
}
