package topology

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"steward/collect/network/seen"
)

func FuzzBuild(f *testing.F) {
	for seed := range uint64(4) {
		n := made(rand.New(rand.NewPCG(seed, 9)), 3, 1, 1, seed%2 == 0)
		b, err := json.Marshal(n.devices(true, true, true, true))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(`[{"key":"a","interfaces":[{"index":1,"aggregate":1},{"index":2,"aggregate":1}],"lldp":[{"if_index":1,"chassis_id":"x"},{"if_index":2,"chassis_id":"x"}]}]`)
	f.Add(`[{"key":"a","sys_name":"a","interfaces":[{"index":1,"ips":["10.0.0.1/31"]}]},{"key":"b","arp":[{"if_index":3,"ip":"1.2.3.4","mac":"3c:22:fb:00:00:01"}],"interfaces":[{"index":7,"ips":["10.0.0.0/31"],"type":136}]}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var devices []seen.Device
		if json.Unmarshal([]byte(text), &devices) != nil || len(devices) > 50 {
			return
		}
		m := Build(devices)
		nodes := map[string]bool{}
		for _, n := range m.Nodes {
			nodes[n.ID] = true
		}
		for _, l := range m.Links {
			if !nodes[l.A.Node] || !nodes[l.B.Node] {
				t.Errorf("a link to nowhere: %+v", l)
			}
			if l.Confidence < 0 || l.Confidence > 0.99 {
				t.Errorf("confidence %v", l.Confidence)
			}
		}
		d := xml.NewDecoder(strings.NewReader(SVG(m)))
		for {
			if _, err := d.Token(); err == io.EOF {
				return
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}
