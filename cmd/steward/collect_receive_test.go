package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aCapture holds an LLDP announcement, one whose chassis is missing, and
// another form of frame.
const aCapture = "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 01000000" +
	"00f15365 00000000 28000000 28000000 0180c200000e001b5400000288cc 0207 04 001b54000001 0404 05 67 69 31 0602 0078 0a03 73 77 31 0000" +
	"01f15365 00000000 16000000 16000000 0180c200000e001b5400000288cc 0404 05 67 69 31 0000"

func TestCollectReceiveTellsNeighboursFaultsAndLinksOfACapture(t *testing.T) {
	folder := t.TempDir()
	b, err := hex.DecodeString(strings.Join(strings.Fields(aCapture), ""))
	if err != nil {
		t.Fatal(err)
	}
	file, picture := filepath.Join(folder, "a.pcap"), filepath.Join(folder, "a.svg")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, problems bytes.Buffer
	if code := run(t.Context(), streams{in: strings.NewReader(""), out: &out, err: &problems}, []string{"collect", "receive", "--capture", file, "--topology", "--svg", picture}); code != exitDone {
		t.Fatalf("exit %d: %s", code, problems.String())
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{`"kind":"malformed-frame","target":"a.pcap","at":"2023-11-14T22:13:21Z","source":"frame 2"`, `"kind":"neighbour","target":"a.pcap","at":"2023-11-14T22:13:20Z","source":"frame 1 (LLDP)","method":"lldp"`, `"kind":"capture"`, `"kind":"network-node"`, `"kind":"network-node"`, `"kind":"network-link"`} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("line %d lacks %s:\n%s", i+1, want, out.String())
		}
	}
	for _, want := range []string{`"offset":14,"protocol":"lldp","what":"TLV 1 is Port ID where Chassis ID should stand","lost":"frame"`, `"port":{"kind":"interface-name","value":"gi1"}`, `"system_name":"sw1"`, `"methods":["lldp"]`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %s:\n%s", want, out.String())
		}
	}
	if svg, err := os.ReadFile(picture); err != nil || !strings.Contains(string(svg), "sw1") {
		t.Errorf("%v %s", err, svg)
	}
}

func TestCollectReceiveRefusesWhatCannotBeMeant(t *testing.T) {
	secrets := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(secrets, []byte(`{"users":[{"name":"u","auth":"sha256","auth_password":"secret1"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"a.pcap":                         "for a capture write --capture a.pcap",
		"--capture /none":                "no such file",
		"--syslog-tls 127.0.0.1:0":       "--syslog-tls needs --cert and --key",
		"--snmp-engine xyz":              "should be 5 to 32 bytes in hexadecimal",
		"--snmp-secrets " + secrets:      "user 1: an auth password has at least 8 bytes",
		"--for -1s":                      "must not be negative",
		"--zone Nowhere/None":            "--zone",
		"--topology":                     "go with --capture",
		"--interface none-such --for 1s": "none-such",
	} {
		var out, problems bytes.Buffer
		code := run(t.Context(), streams{in: strings.NewReader(""), out: &out, err: &problems}, append([]string{"collect", "receive"}, strings.Fields(args)...))
		if code == exitDone || !strings.Contains(problems.String(), want) || strings.Contains(problems.String(), "secret1") {
			t.Errorf("%s: exit %d: %s; want %s", args, code, problems.String(), want)
		}
	}
}
