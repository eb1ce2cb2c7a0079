package cli

import (
	"bytes"
	"encoding/json"
	"io"
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
		"run --server https://x":          "--data",
		"run --server https://x --cpu no": "cpu",
		"status":                          "--data",
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
