package host

import (
	"context"
	"time"

	"steward/collect/fact"
)

// packages reads the databases of every package manager found, whatever the
// distribution says it uses.
func (c *collection) packages(ctx context.Context, family string) {
	section := fact.Saw([]fact.Package{})
	c.installed, c.changed = map[string]bool{}, map[string]time.Time{}
	found := false
	take := func(ps []fact.Package, err error, what string) {
		found = true
		section.Value = append(section.Value, ps...)
		if err != nil {
			why, needs := reason(err)
			section.Miss(what, why, needs)
		}
	}
	if c.Exists("/var/lib/dpkg/status") || c.Exists("/var/lib/dpkg/status.d") {
		ps, err := c.debPackages()
		take(ps, err, "deb packages")
	}
	if c.hasRPM() {
		ps, err := c.rpmPackages(ctx)
		take(ps, err, "rpm packages")
	}
	if path := c.apkDatabase(); path != "" {
		ps, err := c.apkPackages(path)
		take(ps, err, "apk packages")
	}
	if c.Exists("/var/lib/pacman/local") {
		ps, err := c.pacmanPackages()
		take(ps, err, "pacman packages")
	}
	if c.Exists("/snap") || c.Exists("/var/lib/snapd/snaps") {
		ps, err := c.snaps(ctx)
		take(ps, err, "snaps")
	}
	if c.Exists("/var/lib/flatpak/app") {
		ps, err := c.flatpaks(ctx)
		take(ps, err, "flatpaks")
	}
	for _, p := range section.Value {
		c.installed[p.Name] = true
	}
	if !found {
		c.inv.Packages = fact.Unseen[[]fact.Package]("packages", "no package database that is known was found (family "+family+")", "")
		return
	}
	c.inv.Packages = section
}
