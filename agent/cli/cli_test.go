package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"steward/collect/fact"
)

func TestInventoryIsJSONWhereNobodyReadsIt(t *testing.T) {
	var out bytes.Buffer
	if err := Run(t.Context(), &out, io.Discard, []string{"inventory", "--sections", "identity,system"}, "1"); err != nil {
		t.Fatal(err)
	}
	var inv fact.Inventory
	if err := json.Unmarshal(out.Bytes(), &inv); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(inv.Present(), " "); got != "identity system" || inv.Collector != "steward-agent 1" {
		t.Errorf("sections %s by %s", got, inv.Collector)
	}
}

func TestWrongUseIsNamedAndEndsWithTwo(t *testing.T) {
	for line, want := range map[string]string{
		"":                                "say what to do",
		"walk":                            "walk",
		"inventory --sections pakages":    "pakages",
		"inventory here":                  "here",
		"run --data x":                    "--server",
		"run --server https://x --cpu no": "cpu",
		"probe":                           "name what to ask",
		"probe gopher://x":                "gopher",
		"probe tcp://x:1 --tls-min 9":     "9",
	} {
		err := Run(t.Context(), io.Discard, io.Discard, strings.Fields(line), "1")
		if Exit(err) != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, exit %d", line, err, Exit(err))
		}
	}
	err := Run(t.Context(), io.Discard, io.Discard, []string{"run", "--server", "http://example.net", "--data", t.TempDir()}, "1")
	if Exit(err) != 1 || !strings.Contains(err.Error(), "https") {
		t.Errorf("plain http: %v", err)
	}
}

func TestWithoutAFolderThePlaceForItIsUsed(t *testing.T) {
	if dir := folder(); !filepath.IsAbs(dir) || !strings.Contains(dir, "agent") || !strings.Contains(Help("steward agent"), "(default "+dir+")") {
		t.Errorf("folder %q; the help does not name it", dir)
	}
}

func TestAnAgentAsksAServiceFromWhereItIs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var out bytes.Buffer
	if err := Run(t.Context(), &out, io.Discard, []string{"probe", "tcp://" + l.Addr().String(), "--timeout", "5s"}, "1"); err != nil {
		t.Fatal(err)
	}
	var o struct {
		Kind string
		Data struct {
			State  string
			Phases []struct{ Name string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &o); err != nil || o.Kind != "probe" || o.Data.State != "up" || len(o.Data.Phases) != 1 {
		t.Errorf("%s %v", out.String(), err)
	}
}
