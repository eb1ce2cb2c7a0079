package network

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"steward/collect/network/device"
	"steward/collect/network/identify"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
	"steward/collect/network/topology"
)

// FuzzDescribe reads, identifies and draws whatever an agent may say.
func FuzzDescribe(f *testing.F) {
	if raw, err := os.ReadFile("device/testdata/switch.snmprec"); err == nil {
		f.Add(string(raw), "SSH-2.0-OpenSSH_9.2p1 Debian-2", "iDRAC9")
	}
	f.Add("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.14988.1\n1.3.6.1.4.1.14988.1.1.3.8.0|2|240\n1.3.6.1.4.1.14988.1.1.3.100.1.2.1|4|cpu\n1.3.6.1.4.1.14988.1.1.3.100.1.3.1|2|41\n1.3.6.1.4.1.14988.1.1.3.100.1.4.1|2|1\n", "", "")
	f.Add("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.2636.1\n1.3.6.1.4.1.2636.3.40.1.4.1.1.1.2.0|4|PE1\n1.3.6.1.4.1.2636.3.40.1.4.1.1.1.2.1|4|PE2\n1.3.6.1.4.1.2636.3.40.1.4.1.1.1.3.1|2|1\n", "", "")
	f.Add("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.24681\n1.3.6.1.4.1.24681.1.2.17.1.2.1|4|[Volume 1]\n1.3.6.1.4.1.24681.1.2.17.1.4.1|4|1.5 TB\n1.3.6.1.4.1.24681.1.2.17.1.5.1|4|99999999999999999999 PB\n1.3.6.1.4.1.24681.1.2.5.0|4|47 C/117 F\n", "220 BRW", "")
	f.Add("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.13742.6\n1.3.6.1.4.1.13742.6.5.5.3.1.4.1.1|2|-214\n1.3.6.1.4.1.13742.6.3.6.3.1.17.1.1|2|1\n1.3.6.1.4.1.13742.6.3.6.3.1.2.1.1|2|10\n", "", "")
	f.Fuzz(func(t *testing.T, text, greeting, title string) {
		rec, err := snmp.ReadRecording(strings.NewReader(text))
		if err != nil {
			return
		}
		d := seen.Device{Key: "a", Banners: []seen.Banner{{Port: 22, Service: "ssh", Greeting: greeting}, {Port: 80, Service: "http", Title: title}}}
		if err := Describe(t.Context(), rec, &d, identify.Builtin(), device.Options{}); err != nil && !errors.Is(err, snmp.ErrNoAnswer) {
			t.Fatal(err)
		}
		raw, err := json.Marshal(d)
		if err != nil || len(raw) > 100*len(text)+100_000 {
			t.Fatalf("%d bytes of %d, %v", len(raw), len(text), err)
		}
		_ = topology.SVG(topology.Build([]seen.Device{d}))
	})
}
