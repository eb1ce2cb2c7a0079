package sweep

import (
	"net"
	"net/netip"
	"slices"
	"testing"
)

func TestLinesOfTheSystemsARPTableAreRead(t *testing.T) {
	for line, want := range map[string]string{
		"192.168.1.1      0x1         0x2         00:1b:21:aa:bb:cc     *        eth0":   "192.168.1.1 00:1b:21:aa:bb:cc",
		"192.168.1.2      0x1         0x0         00:00:00:00:00:00     *        eth0":   "",
		"IP address       HW type     Flags       HW address            Mask     Device": "",
		"": "",
	} {
		a, mac, ok := arpLine(line)
		got := ""
		if ok {
			got = a.String() + " " + mac
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

func FuzzReplies(f *testing.F) {
	e := &echoer{key: 7, raw: true}
	e.fill(3, netip.MustParseAddr("127.0.0.1"))
	reply := slices.Clone(e.out[0].Buffers[0])
	reply[0] = 0
	f.Add(reply)
	f.Add(append([]byte{0x46, 23: 0}, reply...))
	f.Add(arpRequest(net.HardwareAddr{1, 2, 3, 4, 5, 6}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")))
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, _, ok := e.reply(b); ok && (i < 0 || i > maxAddresses) {
			t.Fatal(i)
		}
		arpReply(b)
		neighbourTable(b)
		arpLine(string(b))
		r := &run{o: Options{Methods: []string{"icmp"}}, t: &Targets{}}
		_ = r.restore(b)
	})
}
