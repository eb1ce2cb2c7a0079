package topology

import (
	"math/rand/v2"
	"testing"
)

func BenchmarkBuild300SwitchesWith6000Hosts(b *testing.B) {
	n := made(rand.New(rand.NewPCG(1, 1)), 300, 20, 20, true)
	devices := n.devices(true, false, true, true)
	b.ResetTimer()
	for b.Loop() {
		m := Build(devices)
		if len(m.Links) < 6000 {
			b.Fatal(len(m.Links))
		}
		SVG(m)
	}
}
