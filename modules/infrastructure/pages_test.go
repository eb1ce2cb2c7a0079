package infrastructure

import (
	"net/url"
	"strings"
	"testing"

	"steward/collect/fact"
	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/records"
	"steward/kernel/testkit/apptest"
)

func TestPagesShowWhatAHostReportedAndToWhom(t *testing.T) {
	apptest.Each(t, []app.Module{Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		var id records.ID[Host]
		inv := server("erp01", 120)
		inv.Packages.Value[3].Name = "<script>alert(1)</script>"
		twin := server("erp01", 1)
		twin.Identity.Value.UUID, twin.Identity.Value.Serial, twin.Identity.Value.MACs, twin.Identity.Value.MachineID = "", "", nil, ""
		p.Do(t, func(u *records.Tx) (err error) {
			if id, _, err = Ingest(u, inv, "agent:1"); err == nil {
				_, _, err = Ingest(u, twin, "scan")
			}
			return err
		})
		manager := p.Browser(t, p.Person(t, "Maria Lind", access.MISManager))
		for path, want := range map[string]string{
			Hosts.Path(id):                                "nftables · 12 rules",
			Hosts.Path(id) + "/software":                  "50 rows on this page",
			Hosts.Path(id) + "/software?q=PACKAGE-0119":   "1 row on this page",
			Hosts.Path(id) + "/software?q=%25&gone=1":     "No package fits",
			Hosts.Path(id) + "/software?after=garbage":    "50 rows on this page",
			Hosts.Path(id) + "/software?q=script%3Ealert": "&lt;script&gt;",
			Hosts.Path(id) + "/updates":                   "openssl",
			"/infrastructure/duplicates":                  "They have the same name",
			"/infrastructure/add-host":                    "No machine has enrolled yet",
			"/infrastructure/hosts?security_pending.gt=0": "erp01",
		} {
			got := manager.Get(path)
			if got.Status != 200 || !strings.Contains(got.Body, want) || strings.Contains(got.Body, "<script>alert") {
				t.Errorf("%s: %d without %q", path, got.Status, want)
			}
		}
		made := manager.Post("/infrastructure/add-host", url.Values{"do": {"token"}, "label": {"Office"}, "uses": {"2"}, "days": {"1"}})
		if made.Status != 200 || !strings.Contains(made.Body, "stw_") {
			t.Errorf("no token: %d", made.Status)
		}
		if got := manager.Post("/infrastructure/add-host", url.Values{"do": {"token"}, "uses": {"0"}, "days": {"x"}}); got.Status != 422 || !strings.Contains(got.Body, "A token is for 1 to") {
			t.Errorf("a token for nothing: %d", got.Status)
		}
		employee := p.Browser(t, p.Person(t, "Erik Berg", access.Employee))
		auditor := p.Browser(t, p.Person(t, "Anna Nowak", access.Auditor))
		for _, path := range []string{Hosts.Path(id), Hosts.Path(id) + "/software", Hosts.Path(id) + "/updates"} {
			if got := employee.Get(path); got.Status != 404 {
				t.Errorf("an employee sees %s: %d", path, got.Status)
			}
			if got := auditor.Get(path); got.Status != 200 {
				t.Errorf("an auditor does not see %s: %d", path, got.Status)
			}
		}
		if got := auditor.Get("/infrastructure/add-host"); got.Status == 200 {
			t.Error("an auditor may make tokens")
		}
		pair := ""
		p.Look(t, access.System(), func(v *records.View) error {
			list, err := Duplicates(v, "open", 1)
			if len(list) == 1 {
				pair = list[0].ID
			}
			return err
		})
		if got := auditor.Post("/infrastructure/duplicates", url.Values{"id": {pair}, "do": {"first"}}); got.Status < 400 {
			t.Errorf("an auditor merges: %d", got.Status)
		}
		if got := manager.Post("/infrastructure/duplicates", url.Values{"id": {pair}, "do": {"first"}}); got.Status != 303 && got.Status != 200 {
			t.Errorf("the manager cannot merge: %d", got.Status)
		}
		merged, told := 0, 0
		p.Look(t, access.System(), func(v *records.View) error {
			if _, err := v.Row("SELECT COUNT(*) FROM infrastructure_merge", nil, &merged); err != nil {
				return err
			}
			_, err := v.Row("SELECT COUNT(*) FROM history WHERE type = 'infrastructure.host' AND act = 'merge' AND changes LIKE '%(HST-%'", nil, &told)
			return err
		})
		if told != 1 {
			t.Error("the history does not name the other host as people do")
		}
		if merged != 1 {
			t.Errorf("%d merges, want the manager's one", merged)
		}
	})
}

func TestAHostsPageBeginsWithItsAddressAndTheSpaceThatIsLeast(t *testing.T) {
	apptest.Each(t, []app.Module{Module()}, func(t *testing.T, p *apptest.Program) {
		p.Organisation(t)
		inv := server("erp01", 1)
		inv.Interfaces.Value = []fact.Interface{
			{Name: "docker0", Addresses: []string{"172.17.0.1/16"}},
			{Name: "eth0", Gateway: "192.0.2.1", Up: new(true), Addresses: []string{"fe80::1/64", "2001:db8::7/64", "192.0.2.7/24"}},
			{Name: "lo", Up: new(true), Addresses: []string{"127.0.0.1/8", "::1/128"}},
		}
		inv.Volatile.Usage = []fact.FilesystemUsage{{Mount: "/", Free: 90 << 30, Used: 10 << 30}, {Mount: "/var", Free: 2 << 30, Used: 62 << 30}, {Mount: "/odd"}}
		var id records.ID[Host]
		p.Do(t, func(u *records.Tx) (err error) {
			id, _, err = Ingest(u, inv, "agent:1")
			return err
		})
		page := p.Browser(t, p.Person(t, "Maria Lind", access.MISManager)).Get(Hosts.Path(id)).Body
		strip, _, _ := strings.Cut(page, "Pending updates")
		for _, want := range []string{"<b>192.0.2.7</b>", "eth0 · 2 more", "3 % free on /var"} {
			if !strings.Contains(strip, want) {
				t.Errorf("the page does not begin with %q", want)
			}
		}
	})
}
