package document

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	glpi = `{"action":"inventory","deviceid":"m-2099-01-01-00-00-00","itemtype":"Computer","content":{"versionclient":"GLPI-Agent_v1.7","hardware":{"name":"web1"},
"operatingsystem":{"full_name":"AlmaLinux 8.9 (Midnight Oncilla)","name":"AlmaLinux","version":"8.9","kernel_name":"linux","kernel_version":"4.18.0-513.9.1.el8_9.x86_64"},
"softwares":[{"name":"openssl-libs","version":"1.1.1k-9.el8_7","arch":"x86_64","from":"rpm","publisher":"AlmaLinux"},{"name":"firefox","version":"1","from":"flatpak"}]}}`
	fusion   = `<?xml version="1.0" encoding="UTF-8" ?><REQUEST><CONTENT><HARDWARE><NAME>web2</NAME><OSNAME>Debian GNU/Linux 12</OSNAME></HARDWARE><OPERATINGSYSTEM><FULL_NAME>Debian GNU/Linux 12 (bookworm)</FULL_NAME><NAME>Debian</NAME><VERSION>12.1</VERSION></OPERATINGSYSTEM><SOFTWARES><NAME>openssl</NAME><VERSION>3.0.9-1</VERSION><ARCH>amd64</ARCH><FROM>deb</FROM></SOFTWARES></CONTENT><DEVICEID>x</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>`
	fact1    = `{"version":1,"collector":"steward","at":"2099-01-01T00:00:00Z","system":{"seen":true,"value":{"name":"Rocky Linux 9.1","product":"rocky","full_version":"9.1"}},"packages":{"seen":true,"value":[{"name":"bash","version":"5.1.8-6.el9","manager":"rpm"}]}}`
	observed = `{"kind":"package","target":"web3","data":{}}
{"kind":"inventory","target":"web3","at":"2099-01-01T00:00:00Z","source":"s","method":"m","data":` + fact1 + `}
{"kind":"inventory","target":"web4","at":"2099-01-01T00:00:00Z","source":"s","method":"m","data":` + fact1 + `}`
	spdx = `{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"n","packages":[{"name":"a","SPDXID":"SPDXRef-a","versionInfo":"1","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:rpm/x/a@1-1"}]}]}`
)

func TestEveryKindOfDocumentIsRead(t *testing.T) {
	for _, c := range []struct {
		doc, ecosystem       string
		targets              int
		name, key, manager   string
		noEpochs, noSources_ bool
	}{
		{glpi, "", 1, "web1", "AlmaLinux:8", "rpm", true, true}, {fusion, "", 1, "web2", "Debian:12", "deb", true, true}, {fact1, "", 1, "file", "Rocky Linux:9", "rpm", false, false},
		{observed, "", 2, "web3", "Rocky Linux:9", "rpm", false, false}, {spdx, "AlmaLinux:9", 1, "n", "AlmaLinux:9", "rpm", false, false}, {fact1, "AlmaLinux:9", 1, "file", "AlmaLinux:9", "rpm", false, false},
	} {
		all, err := Parse([]byte(c.doc), "file", c.ecosystem)
		if err != nil || len(all) != c.targets {
			t.Errorf("%.60s: %d targets, %v", c.doc, len(all), err)
			continue
		}
		a, last := all[0], all[0].Packages[len(all[0].Packages)-1]
		if a.Name != c.name || a.Ecosystem != c.key || last.Ecosystem != c.key || last.Manager != c.manager || a.NoEpochs != c.noEpochs || a.NoSources != c.noSources_ {
			t.Errorf("%.60s: %+v", c.doc, a)
		}
	}
}

func TestAPackedDocumentIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.json.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(glpi)); err != nil {
		t.Fatal(err)
	}
	z.Close()
	f.Close()
	all, err := Read(path, "")
	if err != nil || len(all) != 1 || len(all[0].Packages) != 2 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestWhatIsNoListOfSoftwareIsRefused(t *testing.T) {
	for doc, place := range map[string]string{
		"": "empty", "hello": "neither", "{": "neither", `{"version":7,"collector":"steward"}`: "version 7", `{"kind":"port","target":"x","data":{}}`: "no inventory",
		`{"action":"contact","deviceid":"x"}`: "without a list", fact1 + "{": "document 2",
	} {
		if _, err := Parse([]byte(doc), "x", ""); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%.40q: %v, want it to say %q", doc, err, place)
		}
	}
}

func TestRealInventoriesOfAgentsAreRead(t *testing.T) {
	dir := os.Getenv("STEWARD_TESTDATA")
	if dir == "" {
		t.Skip("STEWARD_TESTDATA IS UNSET: the agents' real inventories are not read")
	}
	for name, n := range map[string]int{"computer_1.json": 6, "computer_3.json.gz": 3033, "phone_1.json": 3} {
		all, err := Read(filepath.Join(dir, "inventory", name), "")
		if err != nil || len(all) != 1 || len(all[0].Packages) == 0 || len(all[0].Packages) > n {
			t.Fatalf("%s: %v", name, err)
		}
		if name == "computer_3.json.gz" && (all[0].Ecosystem != "Fedora:25" || len(all[0].Packages) < 3000) {
			t.Errorf("%s: %s, %d packages", name, all[0].Ecosystem, len(all[0].Packages))
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{glpi, fusion, fact1, observed, spdx} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(_ *testing.T, doc []byte) { _, _ = Parse(doc, "x", "") })
}
