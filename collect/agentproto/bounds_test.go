package agentproto

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"steward/collect/fact"
)

func packed(t testing.TB, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(body))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// large is a report of a machine of n packages.
func large(n int) Report {
	all := make([]fact.Package, n)
	for i := range all {
		all[i] = fact.Package{Name: fmt.Sprintf("package-%05d", i), Version: fmt.Sprintf("1.%d-1+deb12u1", i), Arch: "amd64", Manager: "deb", Source: fmt.Sprintf("source-%05d", i), SrcVer: "1.2-3", Origin: "Debian stable", Vendor: "Debian <packages@example.org>", Bytes: new(int64(1000 * i)), Day: "2026-01-02"}
	}
	inv := fact.Inventory{Version: 1, Collector: "test", At: now, Identity: fact.Saw(fact.Identity{Hostname: "a"}), Packages: fact.Saw(all)}
	hashes, _ := inv.Hashes()
	return Report{ID: "r1", Inventory: inv, Hashes: hashes}
}

func TestABodyBeyondWhatAMachineHasIsRefusedBeforeItIsBuilt(t *testing.T) {
	list := func(unit string, n int) string {
		return `{"id":"x","inventory":{"packages":{"seen":true,"value":[` + strings.Repeat(unit+",", n) + unit + `]}}}`
	}
	for name, body := range map[string]string{
		"empty objects":        list("{}", 2_000_000),
		"empty lists":          list("[]", 2_000_000),
		"numbers":              list("1", 3_000_000),
		"one long text":        list(`"`+strings.Repeat("x", 10<<20)+`"`, 0),
		"escapes in a text":    list(`"`+strings.Repeat(`\"`, 200_000)+`"`, 0),
		"nesting":              strings.Repeat("[", 1_000_000),
		"nested in objects":    strings.Repeat(`{"a":`, 1_000_000),
		"many bytes":           list(`"`+strings.Repeat("x", 200<<10)+`"`, 60),
		"letters that grow":    list(`"`+strings.Repeat("<", 200<<10)+`"`, 10),
		"blanks":               strings.Repeat(" ", MaxBody+1),
		"closing of nothing":   strings.Repeat("]", 100) + list("{}", 2_000_000),
		"a text left open":     `"` + strings.Repeat("x", maxString+1),
		"brackets in a text":   `{"a":"` + strings.Repeat("[{", 200_000),
		"gzip of much nothing": strings.Repeat("\x00", 60<<20),
	} {
		wire := packed(t, body)
		body = ""
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := DecodeReport(wire, "gzip")
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
		// All that was ever set aside, also of what was given back at once.
		if took := after.TotalAlloc - before.TotalAlloc; took > 5*MaxBody {
			t.Errorf("%s: refused after %d MB were set aside", name, took>>20)
		}
	}
}

func TestALargeMachineIsWithinTheBounds(t *testing.T) {
	wire, err := Encode(large(20_000))
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeReport(wire, "gzip")
	if err != nil || len(back.Inventory.Packages.Value) != 20_000 {
		t.Errorf("%d packages, %v", len(back.Inventory.Packages.Value), err)
	}
}

func TestABodyThatIsNotUTF8OrGoesOnAfterItsEndIsRefused(t *testing.T) {
	good, err := Encode(report(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, wire := range map[string][]byte{"Latin-1": packed(t, "{\"id\":\"M\xfcller\"}"), "cut": good[:len(good)-3], "more after it": append(bytes.Clone(good), good...), "length that lies": append(bytes.Clone(good[:len(good)-4]), 1, 2, 3, 4)} {
		if _, err := Unpack(wire, "gzip"); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func BenchmarkDecodeReport(b *testing.B) {
	for _, n := range []int{3_000, 20_000} {
		wire, err := Encode(large(n))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeReport(wire, "gzip"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
