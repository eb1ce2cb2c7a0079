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
	// it waits at the capture's end: left to itself it may end before it has sent all
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
		return len(s) > 0 && s[len(s)-1].Facts >= 60
	})
	facts := r.end()
	got, packetsSeen := map[int]uint64{}, uint64(0)
	for _, f := range kind[Flow](facts) {
		if f.Source != "10.0.0.1" || f.Protocol != "udp" {
			t.Errorf("%+v", f)
		}
		got[*f.Port] += f.Bytes
		packetsSeen += f.Packets
	}
	// sFlow counts frames whole: 14 bytes of Ethernet in front and 4 of checksum behind, of 20 packets to each port
	for port := range want {
		want[port] += 20 * 18
	}
	last := kind[Status](facts)[len(kind[Status](facts))-1]
	if fmt.Sprint(got) != fmt.Sprint(want) || packetsSeen != 60 || last.Malformed > 0 || last.Lost > 0 {
		t.Errorf("%v, %d packets; want %v; %+v", got, packetsSeen, want, last)
	}
}
