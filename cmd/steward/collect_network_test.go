package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func collectNetwork(t *testing.T, args ...string) (out, problems string, code int) {
	t.Helper()
	t.Setenv("STEWARD_SNMP_CREDENTIALS", "")
	t.Setenv("STEWARD_SNMP_COMMUNITY", "")
	var o, e bytes.Buffer
	code = run(t.Context(), streams{in: strings.NewReader(""), out: &o, err: &e}, append([]string{"collect", "network"}, args...))
	return o.String(), e.String(), code
}

func TestCollectNetworkReadsARecordingAsTheDevice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "switch.snmprec")
	text := "1.3.6.1.2.1.1.1.0|4|Arista Networks EOS version 4.20.5F running on an Arista Networks DCS-7050TX-64\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.30065.1.3011.7050\n1.3.6.1.2.1.1.5.0|4|leaf-1\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, problems, code := collectNetwork(t, "--recording", file, "--topology", "--svg", file+".svg")
	if code != exitDone {
		t.Fatalf("exit %d: %s", code, problems)
	}
	var o struct {
		Kind, Method string
		Data         struct {
			Vendor, Model, OS, Version string
			Name                       string `json:"sys_name"`
			Evidence                   []struct{ Field, From string }
		}
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[0]), &o); err != nil {
		t.Fatal(err)
	}
	if o.Kind != "network-device" || o.Method != "recording" || o.Data.Name != "leaf-1" || o.Data.Vendor != "Arista" || o.Data.Model != "DCS-7050TX-64" || o.Data.OS != "EOS" || o.Data.Version != "4.20.5F" || len(o.Data.Evidence) == 0 {
		t.Errorf("%s", lines[0])
	}
	if len(lines) != 2 || !strings.Contains(lines[1], `"network-node"`) {
		t.Errorf("%q", lines[1:])
	}
	if svg, err := os.ReadFile(file + ".svg"); err != nil || !strings.HasPrefix(string(svg), "<svg") || !strings.Contains(string(svg), "leaf-1") {
		t.Errorf("picture: %v %.200s", err, svg)
	}
}

func TestCollectNetworkNamesWhatIsWrong(t *testing.T) {
	for args, want := range map[string]string{
		"":                                 "name what to look at",
		"8.8.8.8":                          "--allow",
		"10.0.0.0/33":                      "no network",
		"10.0.0.1 --methods telepathy":     "telepathy",
		"10.0.0.1 --methods tcp":           "--ports",
		"10.0.0.1 --ports 70000":           "70000",
		"10.0.0.1 --rate 0":                "above 0",
		"10.0.0.1 --sections weather":      "weather",
		"10.0.0.1 --no-sweep":              "credentials",
		"10.0.0.1 --credentials /nowhere":  "/nowhere",
		"10.0.0.1 --devices /nowhere":      "--devices",
		"--recording /nowhere":             "/nowhere",
		"10.0.0.1 --snmp-port 0":           "--snmp-port",
		"10.0.0.1 --parallel 0":            "--parallel",
		"10.0.0.1-10.0.0.9 --exclude what": "exclude",
	} {
		if _, problems, code := collectNetwork(t, strings.Fields(args)...); code != exitUsage || !strings.Contains(problems, want) {
			t.Errorf("%s: exit %d, %q; want it to name %q", args, code, problems, want)
		}
	}
}

func TestCollectNetworkPrintsTheSchemaOfEachKind(t *testing.T) {
	out, _, code := collectNetwork(t, "--schema")
	var s struct {
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitDone {
		t.Fatal(err, code)
	}
	for _, kind := range []string{"network-host", "network-sweep", "network-device", "network-unseen", "network-node", "network-link"} {
		if s.Defs[kind] == nil {
			t.Errorf("no schema of %s", kind)
		}
	}
}
