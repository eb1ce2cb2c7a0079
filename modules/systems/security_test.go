package systems_test

import (
	"strings"
	"testing"

	"steward/kernel/access"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
	"steward/modules"
	"steward/modules/infrastructure"
	"steward/modules/systems"
)

func TestHostsOfWhichNothingIsKnownAreNotCalledFine(t *testing.T) {
	apptest.Each(t, modules.All(), func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		var s *systems.System
		add := func(h infrastructure.Host) {
			p.Do(t, func(u *records.Tx) error {
				host := create(t, u, infrastructure.Hosts, &h)
				component(t, u, s, "part on "+h.Name, func(c *systems.Component) {
					c.RunsOn = records.Some(infrastructure.Hosts.Ref(host.ID))
				})
				return nil
			})
		}
		p.Do(t, func(u *records.Tx) error {
			s = system(t, u, "Payroll")
			return nil
		})
		mia := p.Browser(t, p.Person(t, "Mia", access.MISManager))
		panel := func() string { return mia.Get(systems.Systems.Path(s.ID)).Body }

		add(infrastructure.Host{Name: "by-hand", Kind: infrastructure.Server, State: infrastructure.Live})
		if got := panel(); !strings.Contains(got, "Nothing is known of 1 host:") || !strings.Contains(got, "1 host has told nothing yet") || strings.Contains(got, "anything known to be wrong") {
			t.Error("a host that never reported counts as one without anything wrong")
		}
		add(infrastructure.Host{Name: "reported", Kind: infrastructure.Server, State: infrastructure.Live, FirewallState: records.Some(infrastructure.On)})
		if got := panel(); !strings.Contains(got, "1 host without anything known to be wrong.") || !strings.Contains(got, "Nothing is known of 1 host:") || !strings.Contains(got, "of 2") {
			t.Error("the host that reported, or the one that did not, is not counted")
		}
	})
}
