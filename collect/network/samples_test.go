package network

import (
	"fmt"
	"strings"
	"testing"

	"steward/collect/network/snmp"
)

// sampleSwitch is the recording of a switch of n ports as an agent of the usual
// kind tells it: system, interfaces, one chassis, bridge, forwarding table.
func sampleSwitch(t testing.TB, number, ports int) *snmp.Recording {
	t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("1.3.6.1.2.1.1.1.0|4|Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11, RELEASE SOFTWARE (fc3)")
	line("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9.1.716")
	line("1.3.6.1.2.1.1.3.0|67|%d", 100000+number)
	line("1.3.6.1.2.1.1.5.0|4|switch-%d", number)
	line("1.3.6.1.2.1.1.7.0|2|6")
	line("1.3.6.1.2.1.17.1.1.0|4x|0200%08x", number)
	line("1.3.6.1.2.1.47.1.1.1.1.5.1|2|3")
	line("1.3.6.1.2.1.47.1.1.1.1.11.1|4|FOC%08dX", number)
	line("1.3.6.1.2.1.47.1.1.1.1.13.1|4|WS-C2960-%dTT-L", ports)
	for i := 1; i <= ports; i++ {
		for column, value := range map[int]string{1: fmt.Sprintf("2|%d", i), 2: fmt.Sprintf("4|FastEthernet0/%d", i), 3: "2|6", 4: "2|1500", 5: "66|100000000", 6: fmt.Sprintf("4x|0200%06x%02x", number, i), 7: "2|1", 8: "2|1",
			10: "65|1000", 11: "65|10", 13: "65|0", 14: "65|0", 16: "65|2000", 17: "65|20", 19: "65|0", 20: "65|0"} {
			line("1.3.6.1.2.1.2.2.1.%d.%d|%s", column, i, value)
		}
		for column, value := range map[int]string{1: fmt.Sprintf("4|Fa0/%d", i), 6: "70|1000", 10: "70|2000", 15: "66|100", 17: "2|1", 18: "4|desk", 19: "67|0"} {
			line("1.3.6.1.2.1.31.1.1.1.%d.%d|%s", column, i, value)
		}
		line("1.3.6.1.2.1.17.1.4.1.2.%d|2|%d", i, i)
		for n := range 8 {
			line("1.3.6.1.2.1.17.4.3.1.1.0.27.33.%d.%d.%d|4x|001b21%02x%02x%02x", number%256, i, n, number%256, i, n)
			line("1.3.6.1.2.1.17.4.3.1.2.0.27.33.%d.%d.%d|2|%d", number%256, i, n, i)
			line("1.3.6.1.2.1.17.4.3.1.3.0.27.33.%d.%d.%d|2|3", number%256, i, n)
		}
	}
	rec, err := snmp.ReadRecording(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}
