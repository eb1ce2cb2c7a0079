package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestApprovedRulesAreReadInEachForm(t *testing.T) {
	const nft = `{"nftables":[{"chain":{"family":"inet","table":"f","name":"input","hook":"input","policy":"drop"}}]}`
	for text, want := range map[string]string{
		nft: "nftables",
		"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n":                                                                          "iptables",
		`{"product":"pf","source":"pfctl -s rules","rules":[]}`:                                                                                               "pf",
		"{\"kind\":\"updates\",\"data\":{}}\n{\"kind\":\"firewalls\",\"data\":{\"seen\":true,\"value\":[{\"product\":\"windows\"},{\"product\":\"ufw\"}]}}\n": "windows ufw",
		`{"kind":"firewalls","data":{"seen":true,"value":[]}}`:                                                                                                "",
		"table inet f {\n}\n": "",
		"nothing":             "",
	} {
		path := filepath.Join(t.TempDir(), "rules")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sets, err := approvedRules(path)
		var products []string
		for _, s := range sets {
			products = append(products, s.Product)
		}
		if got := strings.Join(products, " "); got != want || (err == nil) != (want != "") {
			t.Errorf("%.40q: %q, %v; want %q", text, got, err, want)
		}
	}
}
