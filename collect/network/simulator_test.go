//go:build unix

package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"steward/collect/network/device"
	"steward/collect/network/identify"
	"steward/collect/network/seen"
)

// TestALiveAgentAndItsRecordingTellTheSame runs Debian's snmpsim on a recording
// and compares what it tells with what is read from the file.
func TestALiveAgentAndItsRecordingTellTheSame(t *testing.T) {
	program, err := exec.LookPath("snmpsimd")
	if err != nil {
		t.Skip("SKIPPED: snmpsimd is not installed (package snmpsim)")
	}
	dir, err := os.MkdirTemp("", "snmpsim")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	raw, err := os.ReadFile("device/testdata/switch.snmprec")
	if err != nil {
		t.Fatal(err)
	}
	// the simulator wants its lines in order and no comments
	recorded, err := FromRecording(t.Context(), "device/testdata/switch.snmprec", identify.Builtin(), device.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	for line := range bytes.Lines(raw) {
		if line[0] != '#' {
			lines = append(lines, line)
		}
	}
	file := filepath.Join(dir, "public.snmprec")
	for _, err := range []error{os.WriteFile(file, bytes.Join(lines, nil), 0o644), os.Chmod(dir, 0o777), os.Mkdir(filepath.Join(dir, "cache"), 0o777), os.Chmod(filepath.Join(dir, "cache"), 0o777)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := conn.LocalAddr().(*net.UDPAddr).Port
	conn.Close()
	var out bytes.Buffer
	cmd := exec.Command(program, "--data-dir="+dir, "--cache-dir="+filepath.Join(dir, "cache"), fmt.Sprintf("--agent-udpv4-endpoint=127.0.0.1:%d", port), "--logging-method=stderr")
	if os.Getuid() == 0 { // it refuses to run as root
		cmd.Args = append(cmd.Args, "--process-user=nobody", "--process-group=nogroup")
	}
	cmd.Env = append(os.Environ(), "HOME="+dir)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); _ = cmd.Wait() })
	for range 40 {
		got, err := collect(t, t.Context(), Config{Port: uint16(port), Timeout: 300 * time.Millisecond, Retries: 1, Credentials: []Credential{community("public", "public")}}, "127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		live, ok := got[0].Data.(seen.Device)
		if !ok {
			time.Sleep(200 * time.Millisecond) // not up yet
			continue
		}
		live.Key, live.Address, recorded.Key = "", "", ""
		if live.Uptime == nil || recorded.Uptime == nil || *live.Uptime != *recorded.Uptime {
			t.Errorf("uptime %v, recorded %v", live.Uptime, recorded.Uptime)
		}
		a, _ := json.MarshalIndent(live, "", " ")
		b, _ := json.MarshalIndent(recorded, "", " ")
		if !bytes.Equal(a, b) {
			x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
			for i := range min(len(x), len(y)) {
				if !bytes.Equal(x[i], y[i]) {
					t.Fatalf("line %d:\nlive %s\nrecorded %s", i, bytes.Join(x[max(i-6, 0):min(i+4, len(x))], nil), bytes.Join(y[max(i-6, 0):min(i+4, len(y))], nil))
				}
			}
			t.Fatal("one tells more than the other")
		}
		return
	}
	t.Fatalf("snmpsimd does not answer: %s", out.String())
}
