package sbom

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"steward/collect/advisory/software"
	"steward/collect/fact"
)

func read(t testing.TB, name string) []byte {
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// short writes what matters of a package.
func short(p software.Package) string {
	return strings.Join([]string{p.Ecosystem, p.Name, p.Version, p.Arch, p.Manager, p.Source, p.SourceVersion, p.Module, p.Vendor, p.Why}, "|")
}

func TestTagValueIsReadWithItsPackageURLs(t *testing.T) {
	s, err := Read(read(t, "syft.spdx"), "x")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"AlmaLinux:8|openssl-libs|1:1.1.1k-9.el8|x86_64|rpm|openssl|1.1.1k-9.el8||AlmaLinux|", "npm|left-pad|1.0.0||npm|||||", "|mystery|||unknown||||" + "|no package URL tells what it is"}
	for i, p := range s.Packages {
		if got := short(p); got != want[i] {
			t.Errorf("%s\nwant %s", got, want[i])
		}
	}
	if len(s.Packages) != 3 || s.Name != "image" {
		t.Errorf("%q %d packages", s.Name, len(s.Packages))
	}
}

func TestCycloneDXInXMLIsReadWithItsInnerParts(t *testing.T) {
	s, err := Read(read(t, "bom.xml"), "x")
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "shop" || s.Ecosystem != "Debian:12" || len(s.Packages) != 2 {
		t.Fatalf("%+v", s)
	}
	if got := short(s.Packages[0]); got != "Maven|org.apache.logging.log4j:log4j-core|2.14.1||maven|||||" {
		t.Error(got)
	}
	if got := short(s.Packages[1]); got != "Debian:12|libssl3|3.0.11-1~deb12u2|amd64|deb|openssl||||" {
		t.Error(got)
	}
}

// machines are inventories of every kind of packaging.
func machines() []software.Target {
	inv := func(product, full, manager string, packages ...fact.Package) software.Target {
		for i := range packages {
			if packages[i].Manager == "" {
				packages[i].Manager = manager
			}
		}
		return software.FromInventory(fact.Inventory{Version: 1, Collector: "steward", Identity: fact.Saw(fact.Identity{Hostname: "h"}),
			System: fact.Saw(fact.System{Name: product + " " + full, Product: product, Full: full, Kernel: "k"}), Packages: fact.Saw(packages)}, "h", "")
	}
	agent := software.FromInventory(fact.Inventory{Version: 1, Collector: "GLPI-Agent", System: fact.Saw(fact.System{Name: "AlmaLinux 8.9", Product: "almalinux", Full: "8.9"}),
		Packages: fact.Saw([]fact.Package{{Name: "a", Version: "1-1", Manager: "rpm"}})}, "agent", "")
	return []software.Target{
		inv("almalinux", "8.10", "rpm", fact.Package{Name: "nodejs", Version: "1:18.1-1.module_el8.6.0+1+a", Arch: "x86_64", Module: "nodejs:18", Vendor: "AlmaLinux"}, fact.Package{Name: "kernel-core", Version: "4.18.0-1.el8"}, fact.Package{Name: "kernel-core", Version: "4.18.0-2.el8"},
			fact.Package{Name: "libc", Version: "2-1", Arch: "i686", Source: "glibc", SrcVer: "2-0"}, fact.Package{Name: "app", Version: "1.0 beta", Manager: "flatpak"}, fact.Package{Name: "twice", Version: "1-1"}, fact.Package{Name: "twice", Version: "1-1"}),
		inv("debian", "12.9", "deb", fact.Package{Name: "libstdc++6", Version: "12.2.0-14+deb12u1", Arch: "amd64", Source: "gcc-12"}, fact.Package{Name: "a", Version: "1:2.0~rc1-1+b1", SrcVer: "1:2.0~rc1-1"}),
		inv("ubuntu", "22.04", "deb", fact.Package{Name: "a", Version: "1"}), inv("alpine", "3.18.4", "apk", fact.Package{Name: "libssl3", Version: "3.1.4-r5", Source: "openssl"}),
		inv("sles", "15.5", "rpm", fact.Package{Name: "a", Version: "1-1"}), inv("opensuse", "15.6", "rpm", fact.Package{Name: "a", Version: "1-1"}), inv("rocky", "9.1", "rpm", fact.Package{Name: "a", Version: "1-1"}),
		inv("rhel", "9.4", "rpm", fact.Package{Name: "a", Version: "1-1"}), inv("amazon", "2023", "rpm", fact.Package{Name: "a", Version: "1-1"}), inv("windows-server", "2022", "msi", fact.Package{Name: "7-Zip 19.00 (x64)", Version: "19.0"}),
		agent,
	}
}

func TestWhatIsWrittenIsReadAgainAsTheSamePackages(t *testing.T) {
	at := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, m := range machines() {
		for name, write := range map[string]func(*bytes.Buffer) error{
			CycloneDX: func(b *bytes.Buffer) error {
				return WriteCycloneDX(b, &m, Tool{"steward", "1"}, "59f3b9aa-1511-4099-ace7-c6e293015db6", at)
			},
			SPDX: func(b *bytes.Buffer) error {
				return WriteSPDX(b, &m, Tool{"steward", "1"}, "59f3b9aa-1511-4099-ace7-c6e293015db6", at)
			},
		} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			if !Is(out.Bytes()) {
				t.Fatalf("%s is not known again", name)
			}
			got, err := Read(out.Bytes(), "x")
			if err != nil {
				t.Fatalf("%s of %s: %v", name, m.System, err)
			}
			var a, b []string
			for _, p := range m.Packages {
				a = append(a, short(p))
			}
			for _, p := range got.Packages {
				b = append(b, short(p))
			}
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(a, b) || got.Ecosystem != m.Ecosystem || got.NoEpochs != m.NoEpochs || got.NoSources != m.NoSources || got.Kernel != m.Kernel || got.System != m.System {
				t.Errorf("%s of %s:\n%s\nwant\n%s\n%+v", name, m.System, strings.Join(b, "\n"), strings.Join(a, "\n"), reflect.ValueOf(got).FieldByName("Ecosystem"))
			}
		}
	}
}

func TestReferencesAreUniqueInADocument(t *testing.T) {
	m := machines()[0]
	seen := map[string]bool{}
	for _, p := range identify(&m) {
		if seen[p.ref] {
			t.Errorf("%s stands twice", p.ref)
		}
		seen[p.ref] = true
	}
}

func TestWhatIsNoBillOfMaterialsIsRefused(t *testing.T) {
	for doc, place := range map[string]string{
		`{"bomFormat":"Other"}`: "bomFormat", `{"bomFormat":"CycloneDX","specVersion":"9"}`: "1.4 to 1.6", `{"spdxVersion":"SPDX-9"}`: "SPDX-2.3", `{"spdxVersion":"SPDX-2.3"}`: "SPDXRef-DOCUMENT",
		`{"@graph":[]}`: "SPDX 3", `{}`: "no bill", `<bom xmlns="http://cyclonedx.org/schema/bom/1.4"><components>`: "byte", `<x xmlns="http://cyclonedx.org/schema/bom/1.4"/>`: "bom",
		"SPDXVersion: SPDX-2.3\nnonsense\n": "line 2", "SPDXVersion: SPDX-2.3\nDocumentComment: <text>a\n": "does not end",
		`{"bomFormat":"CycloneDX","specVersion":"1.5","components":` + strings.Repeat(`[{"name":"x","components":`, 60) + "[]" + strings.Repeat("}]", 60) + "}": "50 deep",
	} {
		if _, err := Read([]byte(doc), "x"); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%.60s: %v, want it to name %q", doc, err, place)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(read(f, "syft.spdx"))
	f.Add(read(f, "bom.xml"))
	at := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	m := machines()[0]
	for _, write := range []func(*bytes.Buffer) error{
		func(b *bytes.Buffer) error { return WriteCycloneDX(b, &m, Tool{"s", "1"}, "x", at) },
		func(b *bytes.Buffer) error { return WriteSPDX(b, &m, Tool{"s", "1"}, "x", at) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		s, err := Read(doc, "x")
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := WriteCycloneDX(&b, &s, Tool{"s", "1"}, "x", at); err != nil {
			t.Fatal(err)
		}
		again, err := Read(b.Bytes(), "x")
		if err != nil || len(again.Packages) != len(s.Packages) {
			t.Fatalf("%d packages, then %d, %v", len(s.Packages), len(again.Packages), err)
		}
		_ = fmt.Sprint(again)
	})
}

var update = flag.Bool("update", false, "write the expected documents anew; then hold them against the forms' own JSON schemas")

// The documents in testdata were held against bom-1.6.schema.json of CycloneDX
// and spdx-schema.json of SPDX 2.3; what is written must stay as they are.
func TestDocumentsStayAsTheyWereFoundValid(t *testing.T) {
	at := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	m := machines()[0]
	for name, write := range map[string]func(io.Writer, *software.Target, Tool, string, time.Time) error{"machine.cdx.json": WriteCycloneDX, "machine.spdx.json": WriteSPDX} {
		var out bytes.Buffer
		if err := write(&out, &m, Tool{"steward", "1"}, "59f3b9aa-1511-4099-ace7-c6e293015db6", at); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile("testdata/"+name, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out.Bytes(), read(t, name)) {
			t.Errorf("%s is written otherwise than before; look at it, hold it against its schema, and run with -update", name)
		}
	}
}
