package host

import (
	"context"
	"errors"
	"strings"

	"steward/collect/fact"
)

// linux takes the inventory of a Linux. What stands on other parts comes after
// them: servers after packages, processes and ports.
func (c *collection) linux(ctx context.Context, asked []string) error {
	if !c.Exists("/proc") && !c.Exists("/etc") {
		return errors.New("neither /proc nor /etc can be read; is this the root of a Linux?")
	}
	c.inv.System = c.linuxSystem()
	family := c.inv.System.Value.Family
	problems := parallel(
		func() {
			if wants(asked, "packages", "updates", "servers", "restart", "antivirus", "firewalls") {
				c.packages(ctx, family)
			}
		},
		func() { c.scanProcesses() },
		func() { c.inv.Hardware = c.linuxHardware(); c.inv.Identity = c.linuxIdentity() },
		func() {
			if wants(asked, "accounts", "groups") {
				c.accounts()
			}
		},
		func() { c.disks(); c.filesystems(ctx); c.batteries(); c.monitors() },
		func() { c.interfaces(ctx) },
	)
	problems = append(problems, parallel(
		func() {
			if wants(asked, "updates", "packages") {
				c.updates(ctx, family)
			}
		},
		func() {
			if wants(asked, "services", "restart") {
				c.services(ctx)
			}
		},
		func() { c.ports() },
		func() { c.virtual(ctx) },
	)...)
	problems = append(problems, parallel(
		func() { c.restart(family) },
		func() { c.antivirus(ctx) },
		func() { c.firewalls(ctx) },
		func() { c.timeSync() },
		func() { c.servers() },
		func() { c.linuxVolatile() },
	)...)
	if len(problems) > 0 {
		c.inv.System.Gaps = append(c.inv.System.Gaps, fact.Gap{What: "parts of the inventory", Why: "the collector failed: " + firstLine(problems[0]), Needs: "report this fault"})
	}
	return nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
