package agents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"steward/collect/fact"
)

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func sample(t testing.TB, name string) Document {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Parse(bytes.NewReader(b), "", Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// public is a document of the public set.
func public(t testing.TB, name string) []byte {
	t.Helper()
	folder := os.Getenv("STEWARD_TESTDATA")
	if folder == "" {
		t.Skip("NOT HELD AGAINST REAL DOCUMENTS: STEWARD_TESTDATA is unset")
	}
	b, err := os.ReadFile(filepath.Join(folder, "inventory", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestXMLOfAWindowsTellsTheSameAsTheHostCollectorWould(t *testing.T) {
	doc := sample(t, "windows.xml")
	inv := doc.Inventory
	if doc.Kind != Computer || doc.Tag != "werk-süd" || inv.Platform != "windows" {
		t.Errorf("kind %q, tag %q, platform %q", doc.Kind, doc.Tag, inv.Platform)
	}
	p := inv.Packages.Value
	if len(p) != 2 || p[0].Name != "Büro" || p[0].Vendor != "Müller & Söhne" || p[0].Manager != "msi" || p[0].Day != "2024-02-28" {
		t.Errorf("packages %+v", p)
	}
	if got := inv.Hardware.Value.Firmware.Date; got != "2023-04-03" {
		t.Errorf("a BIOS date is month first; got %s", got)
	}
	if s := inv.System.Value.Support; s == nil || !strings.HasPrefix(s.Cycle, "11-23h2") {
		t.Errorf("support %+v", s)
	}
	if f := inv.Filesystems.Value; len(f) != 1 || f[0].Mount != "C:" || f[0].Encrypted == nil || !*f[0].Encrypted {
		t.Errorf("file systems %+v", f)
	}
	if a := inv.Interfaces.Value[0]; a.Addresses[0] != "10.1.2.3/23" || a.MAC != "54:e1:ad:01:02:03" {
		t.Errorf("interface %+v", a)
	}
	if u := inv.Volatile.Usage; len(u) != 1 || u[0].Free != 250<<20 || u[0].Used != 750<<20 {
		t.Errorf("usage %+v", u)
	}
}

func TestGarbageIdentitiesAreKeptAsReadButNotBelieved(t *testing.T) {
	inv := sample(t, "windows.xml").Inventory
	believed, refused := inv.Identity.Value.Evidence(inv.Hardware.Value.Vendor)
	for _, e := range believed {
		if e.Kind == "serial" || e.Kind == "smbios_uuid" || strings.HasPrefix(e.Value, "00:50:56:c0") {
			t.Errorf("believed %+v", e)
		}
	}
	if len(refused) < 2 {
		t.Errorf("refused %+v", refused)
	}
}

func TestWhatIsOfPersonsIsRefusedAndCounted(t *testing.T) {
	doc := sample(t, "windows.xml")
	b, _ := json.Marshal([]any{doc, doc.Inventory})
	for _, secret := range []string{"hunter2", "anna", "SECRET_TOKEN"} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("%q was kept", secret)
		}
	}
	want := map[string]int{"environment variables": 1, "command lines": 1, "user names": 3}
	if fmt.Sprint(doc.Refused) != fmt.Sprint(want) {
		t.Errorf("refused %v, want %v", doc.Refused, want)
	}
	raw, _ := os.ReadFile("testdata/windows.xml")
	with, err := Parse(bytes.NewReader(raw), "", Options{Users: true, Now: noon})
	if err != nil || len(with.Inventory.Accounts.Value) != 1 {
		t.Errorf("accounts asked for: %v, %+v", err, with.Inventory.Accounts)
	}
}

func TestSNMPDocumentHoldsSeveralDevices(t *testing.T) {
	doc := sample(t, "switch.xml")
	if len(doc.Equipment) != 2 {
		t.Fatalf("%d devices", len(doc.Equipment))
	}
	sw, pr := doc.Equipment[0], doc.Equipment[1]
	if sw.Kind != Network || pr.Kind != Printer || strings.Join(sw.Addresses, " ") != "10.0.0.2 10.9.0.2" {
		t.Errorf("kinds %s %s, addresses %v", sw.Kind, pr.Kind, sw.Addresses)
	}
	if len(sw.Ports) != 2 || sw.Ports[0].Number != 1 || sw.Ports[0].Neighbours[0].Name != "sw-2" || sw.Ports[0].Neighbours[0].Method != "discovery" {
		t.Errorf("ports %+v", sw.Ports)
	}
	if n := sw.Ports[1].Neighbours; len(n) != 1 || len(n[0].MACs) != 2 || n[0].Method != "forwarding" || sw.Ports[1].VLANs[0].Name != "office" {
		t.Errorf("port 2 %+v", sw.Ports[1])
	}
	if pr.Supplies[0].State != "OK" || pr.Supplies[0].Percent != nil || pr.Counters["total"] != 12 {
		t.Errorf("printer %+v", pr)
	}
}

func TestPartialInventoryChangesOnlyWhatItTells(t *testing.T) {
	whole := sample(t, "windows.xml").Inventory
	partial := `{"action":"inventory","deviceid":"x","partial":true,"content":{"versionclient":"GLPI-Agent_v1.11","bios":{"bversion":"9"},"softwares":[{"name":"Editor","version":"2.0","from":"registry"}]}}`
	doc, err := Parse(strings.NewReader(partial), "", Options{Now: noon.Add(time.Hour)})
	if err != nil || !doc.Partial {
		t.Fatal(err, doc.Partial)
	}
	got, err := Merge(whole, doc.Inventory)
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Packages.Value; len(p) != 1 || p[0].Version != "2.0" {
		t.Errorf("packages %+v", p)
	}
	if h := got.Hardware.Value; h.CPU == nil || h.Vendor != "LENOVO" || h.Firmware.Version != "9" {
		t.Errorf("hardware %+v", h)
	}
	if len(got.Interfaces.Value) != 2 || got.Identity.Value.Hostname != "PC-042" || !got.At.Equal(noon.Add(time.Hour)) {
		t.Errorf("what was not told must stay: %+v", got.Identity)
	}
	if whole.Packages.Value[0].Name != "Büro" || whole.Hardware.Value.Firmware.Version == "9" {
		t.Error("Merge changed its argument")
	}
}

func TestWrongDocumentsSayWhereAndWhatWouldBeRight(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "empty",
		"hello":                                "begins with",
		`{"action":"inventory","content":[1]}`: "object of sections",
		`{"content":{}}`:                       "neither an action nor a query",
		`{"action":"inventory","content":{"bios":`: "content.bios",
		`<html></html>`:                             "REQUEST",
		`<REQUEST><QUERY>PROLOG</QUERY>`:            "XML, byte",
		`<?xml version="1.0" encoding="nonsense"?>`: "not known",
	} {
		if _, err := Parse(strings.NewReader(text), "", Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestDocumentAboveTheLimitIsRefusedNotKept(t *testing.T) {
	bomb := io.MultiReader(strings.NewReader(`{"action":"inventory","tag":"`), io.LimitReader(repeat("a"), 1<<30))
	if _, err := Parse(bomb, "", Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one entry of a gigabyte: %v", err)
	}
	many := io.MultiReader(strings.NewReader(`{"action":"inventory","content":{"softwares":[{}`), io.LimitReader(repeat(`,{"name":"a"}`), 1<<30))
	if _, err := Parse(many, "", Options{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("endless entries: %v", err)
	}
	if _, err := Parse(strings.NewReader(`{"action":"contact","tag":"1234567890"}`), "", Options{MaxBytes: 20}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("above 20 bytes: %v", err)
	}
}

// repeat is a text without end.
type repeat string

func (r repeat) Read(p []byte) (int, error) {
	n := 0
	for n+len(r) <= len(p) {
		n += copy(p[n:], r)
	}
	if n == 0 {
		return 0, io.ErrShortBuffer
	}
	return n, nil
}

func TestSwitchOf20MegabytesIsReadInLessThan100(t *testing.T) {
	r, w := io.Pipe()
	go func() {
		n, _ := io.WriteString(w, `{"action":"netinventory","itemtype":"NetworkEquipment","deviceid":"x","content":{"network_device":{"name":"core","type":"Networking"},"network_ports":[`)
		for port := 0; n < 20<<20; port++ {
			var b strings.Builder
			if port > 0 {
				b.WriteString(",")
			}
			fmt.Fprintf(&b, `{"ifnumber":%d,"ifname":"Gi%d","ifstatus":1,"ifinbytes":12345678901,"connections":[`, port, port)
			for i := range 100 {
				if i > 0 {
					b.WriteString(",")
				}
				fmt.Fprintf(&b, `{"mac":["00:1b:21:%02x:%02x:%02x"], "comment":"seen in the forwarding table"}`, port>>8&255, port&255, i)
			}
			b.WriteString("]}")
			k, _ := io.WriteString(w, b.String())
			n += k
		}
		io.WriteString(w, "]}}")
		w.Close()
	}()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	doc, err := Parse(r, "", Options{Now: noon})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	// What the heap holds in use of the system's memory; it may be less than before,
	// when the collector gave back what earlier tests used.
	held := func(m runtime.MemStats) int64 { return int64(m.HeapSys) - int64(m.HeapReleased) }
	used := (held(after) - held(before)) >> 20
	t.Logf("%d ports, %d MiB of heap more", len(doc.Equipment[0].Ports), used)
	if used > 100 {
		t.Errorf("took %d MiB", used)
	}
}

func TestRealDocumentsAreReadWhole(t *testing.T) {
	read := func(name string) Document {
		doc, err := Parse(bytes.NewReader(public(t, name)), "", Options{Now: noon})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return doc
	}
	one := read("computer_1.json")
	id := one.Inventory.Identity.Value
	if id.Serial != "640HP72" || id.UUID != "4c4c4544-0034-3010-8048-b6c04f503732" || len(one.Inventory.Packages.Value) != 6 {
		t.Errorf("computer_1: %+v", id)
	}
	if c := one.Inventory.Hardware.Value.CPU; c.Architecture != "x86_64" || *c.Cores != 2 || *c.Threads != 4 {
		t.Errorf("processor %+v", c)
	}
	partial := read("computer_1_partial_softs.json")
	merged, err := Merge(one.Inventory, partial.Inventory)
	if err != nil || !partial.Partial || len(merged.Interfaces.Value) != len(one.Inventory.Interfaces.Value) {
		t.Errorf("merge: %v", err)
	}
	for _, p := range merged.Packages.Value {
		if p.Name == "gitg" && p.Version != "3.33.0-1.fc31" {
			t.Errorf("gitg %s", p.Version)
		}
	}
	if got := len(read("computer_3.json.gz").Inventory.Packages.Value); got < 3000 || got > 3033 {
		t.Errorf("%d packages", got)
	}
	sw := read("networkequipment_1.json").Equipment
	if len(sw) != 1 || len(sw[0].Ports) != 183 || len(sw[0].Components) != 66 || sw[0].Inventory.Identity.Value.Serial != "SSI1912014B" {
		t.Errorf("switch: %d devices", len(sw))
	}
	if pr := read("printer_1.json"); pr.Kind != Printer || *pr.Equipment[0].Supplies[0].Percent != 71 || pr.Equipment[0].Counters["total"] != 1802 {
		t.Errorf("printer %+v", pr.Kind)
	}
	if ph := read("phone_1.json"); ph.Kind != Phone || ph.Inventory.Hardware.Value.Model != "Mi 9T Pro" {
		t.Errorf("phone %+v", ph.Kind)
	}
	again := read("computer_1.json")
	a, _ := one.Inventory.Hashes()
	b, _ := again.Inventory.Hashes()
	if fmt.Sprint(a) != fmt.Sprint(b) || len(a) == 0 {
		t.Error("the same document twice is a change")
	}
}

func BenchmarkParse3033Packages(b *testing.B) {
	raw := public(b, "computer_3.json.gz")
	for b.Loop() {
		if _, err := Parse(bytes.NewReader(raw), "", Options{Now: noon}); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"windows.xml", "switch.xml"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"action":"inventory","itemtype":"Printer","content":{"network_device":{"type":"Printer","ips":["::1"]},"cartridges":[{"tonerblack":"71"}],"firmwares":[{"version":"1"}],"network_ports":[{"aggregate":[1,"2"],"connections":[{"mac":"x"}]}]}}`))
	f.Add([]byte(`{"action":"contact","deviceid":"a","installed-tasks":["inventory"],"name":"GLPI-Agent","version":"1.11"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := Parse(bytes.NewReader(b), "", Options{Now: noon, Users: true, MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		err = Observations(doc, "fuzz", func(o fact.Observation) error {
			_, err := json.Marshal(o)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Merge(doc.Inventory, doc.Inventory); err != nil {
			t.Fatal(err)
		}
	})
}
