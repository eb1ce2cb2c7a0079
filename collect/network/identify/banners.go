package identify

import (
	"slices"
	"strconv"

	"steward/collect/network/seen"
)

// sayings are what a rule may ask of banners.
var sayings = []string{"ssh", "ftp", "telnet", "smtp", "pop3", "imap", "other", "server", "title", "realm", "certificate", "organisation"}

// saying is what a banner says under one of these names.
func saying(b seen.Banner, name string) string {
	switch name {
	case "server":
		return b.Server
	case "title":
		return b.Title
	case "realm":
		return b.Realm
	case "certificate":
		return b.Certificate
	case "organisation":
		return b.Organisation
	case b.Service:
		return b.Greeting
	}
	return ""
}

// says reports where one service says all that a rule asks for, and what it
// said; the groups of the expressions are added to groups.
func (w *weigher) says(u *Rule, groups map[string]string) (where, saw string) {
	for _, b := range w.d.Banners {
		found := map[string]string{}
		where, saw = "", ""
		for _, name := range sayings {
			re := u.banner[name]
			if re == nil {
				continue
			}
			text := saying(b, name)
			g := re.FindStringSubmatch(text)
			if text == "" || g == nil {
				found = nil
				break
			}
			where, saw = name+" at port "+strconv.Itoa(b.Port), text
			for i, group := range re.SubexpNames() {
				if group != "" && g[i] != "" && !slices.Contains([]string{found[group], groups[group]}, g[i]) {
					found[group] = g[i]
				}
			}
		}
		if found == nil {
			continue
		}
		for group, value := range found {
			if groups[group] == "" {
				groups[group] = value
			}
		}
		return where, saw
	}
	return "", ""
}
