package receive

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"steward/collect/fact"
)

func TestWhatPmacctSendsBySFlowAddsUp(t *testing.T) {
	program, err := exec.LookPath("pmacctd")
	if err != nil {
		program = "/usr/sbin/pmacctd"
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("SKIPPED: no pmacctd here; install the package pmacct")
	}
	t.Parallel()
	path, want := packets(t, time.Now().Add(-time.Minute))
	r := start(t, Config{SFlow: "127.0.0.1:0", Report: time.Millisecond})
	conf := filepath.Join(t.TempDir(), "pmacct.conf")
	// it waits at the capture's end: left to itself it may end before it has sent what it has
	text := fmt.Sprintf("daemonize: false\npcap_savefile: %s\npcap_savefile_wait: true\nplugins: sfprobe\nsfprobe_receiver: %s\nsfprobe_agentip: 127.0.0.1\nsampling_rate: 1\n", path, r.addresses["sflow"])
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(program, "-f", conf)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt) // it ends its plugin's process too
		cmd.Wait()
		if t.Failed() {
			t.Logf("pmacctd: %s", &out)
		}
	})
	r.until(func(f []fact.Observation) bool {
		s := kind[Status](f)
		return len(s) > 0 && s[len(s)-1].Facts >= 40 // the program may keep the last few to itself
	})
	facts := r.end()
	bytesOf, packetsOf := map[int]uint64{}, map[int]uint64{}
	for _, f := range kind[Flow](facts) {
		if f.Source != "10.0.0.1" || f.Protocol != "udp" {
			t.Errorf("%+v", f)
		}
		bytesOf[*f.Port] += f.Bytes
		packetsOf[*f.Port] += f.Packets
	}
	for port := range want { // of 20 packets to each port, each 3 bytes longer than the one before
		n, first := packetsOf[port], uint64(60+port-1000)
		// sFlow counts frames whole: 14 bytes of Ethernet in front and 4 of checksum behind
		if sum := n*(first+18) + 3*n*(n-1)/2; n < 1 || n > 20 || bytesOf[port] != sum || n == 20 && sum != want[port]+20*18 {
			t.Errorf("port %d: %d bytes in %d packets, want %d", port, bytesOf[port], n, sum)
		}
	}
	if last := kind[Status](facts)[len(kind[Status](facts))-1]; len(packetsOf) != len(want) || last.Malformed > 0 || last.Lost > 0 {
		t.Errorf("ports %v, want %v; %+v", packetsOf, want, last)
	}
}
