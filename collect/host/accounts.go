package host

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

// accounts reads the local accounts and groups. Of passwords only their state
// is taken, never the hash.
func (c *collection) accounts() {
	b, err := c.Read("/etc/passwd")
	if err != nil {
		why, needs := reason(err)
		c.inv.Accounts = fact.Unseen[[]fact.Account]("accounts", why, needs)
		c.inv.Groups = fact.Unseen[[]fact.Group]("groups", why, needs)
		return
	}
	groups, primary := c.groups()
	c.inv.Groups = groups
	section := fact.Saw(parsePasswd(b, c.firstPerson()))
	sudoers, sudoErr := c.sudoers()
	memberOf := map[string][]string{}
	for _, g := range groups.Value {
		for _, m := range g.Members {
			memberOf[m] = append(memberOf[m], g.Name)
		}
	}
	gids := passwdGroups(b)
	shadow, shadowErr := c.Read("/etc/shadow")
	states := parseShadow(shadow)
	for i := range section.Value {
		a := &section.Value[i]
		a.Groups = memberOf[a.Name]
		if g := primary[gids[a.Name]]; g != "" && !slices.Contains(a.Groups, g) {
			a.Groups = append(a.Groups, g)
		}
		a.Admin = a.ID == "0" || sudoers[a.Name]
		for _, g := range a.Groups {
			a.Admin = a.Admin || g == "sudo" || g == "wheel" || g == "admin" || sudoers["%"+g]
		}
		if s, ok := states[a.Name]; ok {
			a.Password, a.Changed, a.Expires = s.state, s.changed, s.expires
			if s.expires != "" && s.expires < c.now.Format(time.DateOnly) {
				a.Password = "expired"
			}
		}
		if *a.Login && a.Home != "" {
			if keys, err := c.Read(a.Home + "/.ssh/authorized_keys"); err == nil {
				a.Keys = new(countKeys(keys))
			}
		}
	}
	if shadowErr != nil {
		why, needs := reason(shadowErr)
		section.Miss("state of passwords", "/etc/shadow: "+why, needs)
	}
	if sudoErr != nil {
		why, needs := reason(sudoErr)
		section.Miss("administrators named in sudoers", "/etc/sudoers: "+why, needs)
	}
	c.inv.Accounts = section
}

// parsePasswd reads passwd(5).
func parsePasswd(b []byte, firstPerson int) []fact.Account {
	var all []fact.Account
	for line := range bytes.Lines(b) {
		f := strings.Split(strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), ""), ":")
		if len(f) < 7 || f[0] == "" || strings.HasPrefix(f[0], "#") || f[0] == "+" {
			continue
		}
		title, _, _ := strings.Cut(f[4], ",")
		shell := f[6]
		login := shell != "" && !strings.HasSuffix(shell, "/nologin") && !strings.HasSuffix(shell, "/false") && !strings.HasSuffix(shell, "/sync") && !strings.HasSuffix(shell, "/halt") && !strings.HasSuffix(shell, "/shutdown")
		a := fact.Account{Name: f[0], ID: f[2], Title: title, Home: f[5], Shell: shell, Kind: "system", Login: &login}
		if uid, err := strconv.Atoi(f[2]); err == nil && uid >= firstPerson && uid < 65534 {
			a.Kind = "person"
			if !login {
				a.Kind = "service"
			}
		}
		all = append(all, a)
	}
	return all
}

func passwdGroups(b []byte) map[string]string {
	gids := map[string]string{}
	for line := range bytes.Lines(b) {
		if f := strings.Split(string(line), ":"); len(f) >= 4 {
			gids[f[0]] = f[3]
		}
	}
	return gids
}

// groups reads group(5); primary maps a group id to its name.
func (c *collection) groups() (fact.Section[[]fact.Group], map[string]string) {
	primary := map[string]string{}
	b, err := c.Read("/etc/group")
	if err != nil {
		why, needs := reason(err)
		return fact.Unseen[[]fact.Group]("groups", why, needs), primary
	}
	section := fact.Saw(parseGroups(b))
	for _, g := range section.Value {
		primary[g.ID] = g.Name
	}
	return section, primary
}

func parseGroups(b []byte) []fact.Group {
	var all []fact.Group
	for line := range bytes.Lines(b) {
		f := strings.Split(strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), ""), ":")
		if len(f) < 4 || f[0] == "" || f[0] == "+" {
			continue
		}
		g := fact.Group{Name: f[0], ID: f[2]}
		for m := range strings.SplitSeq(f[3], ",") {
			if m = strings.TrimSpace(m); m != "" {
				g.Members = append(g.Members, m)
			}
		}
		all = append(all, g)
	}
	return all
}

type passwordState struct{ state, changed, expires string }

// parseShadow reads shadow(5): the state of each password and its dates.
func parseShadow(b []byte) map[string]passwordState {
	states := map[string]passwordState{}
	for line := range bytes.Lines(b) {
		f := strings.Split(strings.TrimRight(string(line), "\r\n"), ":")
		if len(f) < 8 {
			continue
		}
		s := passwordState{state: "set", changed: shadowDay(f[2]), expires: shadowDay(f[7])}
		switch {
		case f[1] == "":
			s.state = "empty"
		case strings.HasPrefix(f[1], "!") || strings.HasPrefix(f[1], "*") || f[1] == "x":
			s.state = "locked"
		}
		states[f[0]] = s
	}
	return states
}

// shadowDay turns days since 1970 into a date; 0 and nothing mean none.
func shadowDay(s string) string {
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 || n > 1_000_000 {
		return ""
	}
	return time.Unix(int64(n)*86400, 0).UTC().Format(time.DateOnly)
}

// firstPerson is the lowest user id given to people.
func (c *collection) firstPerson() int {
	first := 1000
	c.Lines("/etc/login.defs", func(line string) bool {
		if f := strings.Fields(line); len(f) == 2 && f[0] == "UID_MIN" {
			if n, err := strconv.Atoi(f[1]); err == nil {
				first = n
			}
		}
		return true
	})
	return first
}

// sudoers returns the accounts, and the groups with % before them, that may
// run everything.
func (c *collection) sudoers() (map[string]bool, error) {
	admins := map[string]bool{}
	var failed error
	for _, p := range append([]string{"/etc/sudoers"}, c.Glob("/etc/sudoers.d/*")...) {
		b, err := c.Read(p)
		if err != nil {
			if p != "/etc/sudoers" || c.Exists(p) {
				failed = err
			}
			continue
		}
		parseSudoers(b, admins)
	}
	return admins, failed
}

func parseSudoers(b []byte, admins map[string]bool) {
	for line := range bytes.Lines(b) {
		t, _, _ := strings.Cut(strings.ToValidUTF8(string(line), ""), "#")
		f := strings.Fields(t)
		if len(f) < 2 || strings.HasPrefix(f[0], "Defaults") || strings.HasSuffix(f[0], "_Alias") || strings.HasPrefix(f[0], "@") {
			continue
		}
		if strings.HasPrefix(f[1], "ALL") && f[len(f)-1] == "ALL" || strings.HasSuffix(f[len(f)-1], "NOPASSWD:ALL") {
			admins[f[0]] = true
		}
	}
}

func countKeys(b []byte) int {
	n := 0
	for line := range bytes.Lines(b) {
		if t := strings.TrimSpace(string(line)); t != "" && !strings.HasPrefix(t, "#") {
			n++
		}
	}
	return n
}

// accountNames maps user ids to names.
func (c *collection) accountNames() map[string]string {
	names := map[string]string{}
	b, err := c.Read("/etc/passwd")
	if err != nil {
		return names
	}
	for _, a := range parsePasswd(b, 1000) {
		if names[a.ID] == "" {
			names[a.ID] = a.Name
		}
	}
	return names
}
