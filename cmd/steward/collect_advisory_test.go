package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// advisoryCall runs `steward collect advisory …` and returns what it printed.
func advisoryCall(t *testing.T, want int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(context.Background(), streams{in: strings.NewReader(""), out: &out, err: &errs}, append([]string{"collect", "advisory"}, args...)); code != want {
		t.Fatalf("%q: exit %d, want %d: %s", args, code, want, errs.String())
	}
	return out.String()
}

func TestABundleIsMadeShownAndMatchedAgainst(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	one := file("one.json", `{"id":"ALSA-2099:1","summary":"Important: a security update","modified":"2099-02-01T00:00:00Z","related":["CVE-2099-1001"],"affected":[{"package":{"ecosystem":"AlmaLinux:9","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2-1"}]}]}]}`)
	two := file("two.json", `{"id":"ALBA-2099:2","summary":"a bug fix","modified":"2099-02-01T00:00:00Z","affected":[{"package":{"ecosystem":"AlmaLinux:9","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2-1"}]}]}]}`)
	host := file("host.json", `{"version":1,"collector":"steward","at":"2099-01-01T00:00:00Z","system":{"seen":true,"value":{"name":"AlmaLinux 9.4","product":"almalinux","full_version":"9.4"}},"packages":{"seen":true,"value":[{"name":"a","version":"1-1","manager":"rpm","arch":"x86_64"},{"name":"b","version":"1","manager":"snap"}]}}`)
	key, out := filepath.Join(dir, "key"), filepath.Join(dir, "feeds.tar.zst")
	public := file("public", advisoryCall(t, exitDone, "bundle", "key", "--out", key))
	advisoryCall(t, exitDone, "bundle", "make", "--osv", one, two, "--kev", "../../collect/advisory/kev/testdata/kev.json", "--out", out, "--key", key, "--fetched", "2099-02-20", "--now", "2099-02-21")
	shown := advisoryCall(t, exitDone, "bundle", "show", out, "--trust", public, "--now", "2099-03-01")
	for _, want := range []string{`"signed_by":"steward-feeds"`, `"signature_verified":true`, `"age_days":9`, `"stale":true`, `"licence":"MIT"`, `"licence":"CC0-1.0"`} {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not in %s", want, shown)
		}
	}
	found := advisoryCall(t, exitDone, "match", "--bundle", out, "--trust", public, "--now", "2099-03-01", host)
	lines := strings.Split(strings.TrimSpace(found), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"class":"exploited-by-ransomware"`) || !strings.Contains(lines[0], `"feed_stale":true`) || !strings.Contains(lines[1], `"unknown":1`) {
		t.Errorf("%s", found)
	}
	if raw := advisoryCall(t, exitDone, "match", "--osv", one, "--osv", two, "--kinds", "all", "--summary", host); !strings.Contains(raw, `"matches":2`) {
		t.Errorf("%s", raw)
	}
	statement := file("vex.json", `{"@context":"https://openvex.dev/ns/v0.2.0","author":"own","timestamp":"2099-02-02T00:00:00Z","statements":[{"vulnerability":"CVE-2099-1001","products":["pkg:rpm/almalinux/a"],"status":"not_affected","justification":"inline_mitigations_already_exist"}]}`)
	if quiet := advisoryCall(t, exitDone, "match", "--bundle", out, "--vex", statement, host); !strings.Contains(quiet, `"silenced":1`) || strings.Contains(quiet, "advisory-match") {
		t.Errorf("%s", quiet)
	}
	// An inventory and the bills of materials made of it give the same pairs.
	for _, format := range []string{"cyclonedx", "spdx"} {
		bom := file(format+".json", advisoryCall(t, exitDone, "sbom", host, "--format", format))
		again := advisoryCall(t, exitDone, "match", "--bundle", out, "--now", "2099-03-01", bom)
		if !strings.Contains(again, `"id":"ALSA-2099:1"`) || !strings.Contains(again, `"unknown":1`) {
			t.Errorf("%s: %s", format, again)
		}
	}
	advisoryCall(t, exitUsage, "match", host)
	advisoryCall(t, exitUsage, "match", "--bundle", out, "--osv", one, host)
	advisoryCall(t, exitUsage, "match", "--bundle", host, host)
	advisoryCall(t, exitUsage, "match", "--osv", host, host)
	advisoryCall(t, exitUsage, "match", "--osv", one, "--kinds", "some", host)
	advisoryCall(t, exitUsage, "bundle", "make", "--osv", one)
	advisoryCall(t, exitUsage, "bundle", "show", out, "--trust", "nobody")
	advisoryCall(t, exitUsage)
}

func TestAPlainListIsMatchedWithTheSourcesOfAnIndex(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	feed := file("dsa.json", `{"id":"DSA-1","modified":"2099-02-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:12","name":"openssl"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"3.0.15-1~deb12u1"}]}]}]}`)
	list := file("dpkg.txt", "ii  libssl3:amd64  3.0.11-1~deb12u2  amd64  toolkit\n")
	index := file("Packages", "Package: libssl3\nSource: openssl\nVersion: 3.0.15-1~deb12u1\n")
	if out := advisoryCall(t, exitDone, "match", "--osv", feed, "--ecosystem", "Debian:12", list); !strings.Contains(out, `"matches":0`) || !strings.Contains(out, "does not tell source packages") {
		t.Errorf("%s", out)
	}
	if out := advisoryCall(t, exitDone, "match", "--osv", feed, "--ecosystem", "Debian:12", "--sources", index, list); !strings.Contains(out, `"id":"DSA-1"`) || strings.Contains(out, "does not tell source packages") {
		t.Errorf("%s", out)
	}
	advisoryCall(t, exitUsage, "match", "--osv", feed, list)
	advisoryCall(t, exitUsage, "match", "--osv", feed, "--ecosystem", "Debian:12", "--sources", list, list)
}

func TestScoresAndTheSchemaArePrinted(t *testing.T) {
	if out := advisoryCall(t, exitDone, "cvss", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"); !strings.Contains(out, `"score":9.8`) {
		t.Errorf("%s", out)
	}
	advisoryCall(t, exitUsage, "cvss", "9.8")
	var schema map[string]any
	if err := json.Unmarshal([]byte(advisoryCall(t, exitDone, "--schema")), &schema); err != nil || schema["$defs"].(map[string]any)["advisory-match"] == nil {
		t.Errorf("%v %v", schema, err)
	}
}
