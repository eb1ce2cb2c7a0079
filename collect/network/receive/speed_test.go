package receive

import (
	"testing"
	"time"
)

func BenchmarkParseSyslog(b *testing.B) {
	raw := []byte(`<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] An application event log entry`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseSyslog(raw, today, time.UTC); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNetFlow9Records(b *testing.B) {
	n := NewNetFlow()
	n.decode(exporterAddr, v9Message(1, template9(260)), today)
	message := v9Message(2, data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1), data9(260, 1))
	sums := newFlows(maxFlows)
	b.ReportAllocs()
	records := 0
	for b.Loop() {
		for _, r := range n.decode(exporterAddr, message, today).records {
			sums.add(exporterAddr, r)
			records++
		}
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
