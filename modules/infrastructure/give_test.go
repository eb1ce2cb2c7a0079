package infrastructure

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"steward/agent"
	"steward/collect/agentproto"
	"steward/kernel/records"
)

var here = runtime.GOOS + "-" + runtime.GOARCH

func fetched(t *testing.T, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, body
}

func TestTheProgramIsGivenWhileMachinesMayEnrol(t *testing.T) {
	s := sqlite(t)
	url := openDoor(t, s).URL + agentproto.ProgramPath
	if res, body := fetched(t, url+here); res.StatusCode != http.StatusForbidden || len(body) > 1000 {
		t.Errorf("without a token: %d, %d bytes", res.StatusCode, len(body))
	}
	token(t, s, 1)
	res, body := fetched(t, url+here)
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:]) + `"`
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("ETag") != etag || !bytes.Equal(body, readFile(t, self)) {
		t.Fatalf("got %d, %d bytes, %s", res.StatusCode, len(body), res.Header.Get("ETag"))
	}
	if res, part := fetched(t, url+here, "Range", "bytes=100-199", "If-Range", etag); res.StatusCode != 206 || !bytes.Equal(part, body[100:200]) {
		t.Errorf("a part: %d, %d bytes", res.StatusCode, len(part))
	}
	if res, none := fetched(t, url+here, "If-None-Match", etag); res.StatusCode != 304 || len(none) != 0 {
		t.Errorf("known already: %d, %d bytes", res.StatusCode, len(none))
	}
	for _, other := range []string{"plan9-386", "..%2f..%2fetc%2fpasswd", "linux-amd64%00", "steward.db", "linux", "-", here + ".exe"} {
		if res, body := fetched(t, url+other); res.StatusCode/100 != 4 || bytes.Contains(body, []byte("root:")) {
			t.Errorf("%s: %d", other, res.StatusCode)
		}
	}
	s.Clock.Advance(2 * 60 * 60 * 1e9)
	if res, _ := fetched(t, url+here); res.StatusCode != http.StatusForbidden {
		t.Errorf("after the token's time: %d", res.StatusCode)
	}
}

func TestAnEnrolledAgentFetchesItsProgramAtAnyTime(t *testing.T) {
	s := sqlite(t)
	srv := openDoor(t, s)
	inv := server("erp01", 1)
	o := machine(t, s, srv, token(t, s, 1), &inv)
	if err := agent.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(48 * 60 * 60 * 1e9)
	fetch := func(have string) (int, bool, error) {
		var got bytes.Buffer
		_, other, err := agent.Program(context.Background(), agent.Options{Data: o.Data, Clock: s.Clock.Now}, have, &got)
		sum := sha256.Sum256(got.Bytes())
		if other && err == nil {
			return got.Len(), !strings.EqualFold(have, hex.EncodeToString(sum[:])), nil
		}
		return got.Len(), other, err
	}
	n, other, err := fetch(strings.Repeat("0", 64))
	if err != nil || !other || n < 1<<20 {
		t.Fatalf("%d bytes, another %v: %v", n, other, err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(readFile(t, self))
	if n, other, err := fetch(hex.EncodeToString(sum[:])); err != nil || other || n != 0 {
		t.Errorf("what it has already: %d bytes, %v, %v", n, other, err)
	}
	_, id := stolen(t, o.Data)
	write(t, s.Database, func(u *records.Tx) error { return Revoke(u, id) })
	if _, _, err := fetch(strings.Repeat("0", 64)); err == nil {
		t.Error("a revoked agent was given a program")
	}
}

func TestWhatAProgramIsForIsReadFromItAndNotFromItsName(t *testing.T) {
	data := t.TempDir()
	dir := filepath.Join(data, "agents")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	put("steward-agent-windows-amd64.exe", []byte("not a program"))
	put("steward-agent-freebsd-arm64", readFile(t, self)) // a program, of another kind
	if err := os.MkdirAll(filepath.Join(dir, "steward-agent-darwin-arm64"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := newPrograms(data)
	for _, platform := range []string{"windows/amd64", "freebsd/arm64", "darwin/arm64"} {
		if got, wrong := p.find(platform); got != nil || wrong == nil {
			t.Errorf("%s: %+v %v", platform, got, wrong)
		}
	}
	if got, wrong := p.find("windows/arm64"); got != nil || wrong != nil {
		t.Errorf("a platform without a file: %+v %v", got, wrong)
	}
}

func TestTheLineGoesOnOnlyWithTheProgramItNames(t *testing.T) {
	p := &agentProgram{Platform: "linux/amd64", Sum: strings.Repeat("ab", 32)}
	for platform := range platformNames {
		p.Platform = platform
		pinned, plain := pasteLine(p, "https://steward.example.net", "c0ffee", "stw_secret"), pasteLine(p, "https://steward.example.net", "", "stw_secret")
		if strings.ContainsAny(pinned, "\n\r") || !strings.Contains(strings.ToLower(pinned), p.Sum) || !strings.Contains(pinned, "--pin c0ffee") {
			t.Errorf("%s: %s", platform, pinned)
		}
		for _, loose := range []string{"-fsSk", "--no-check-certificate", "--no-verify-peer", "--pin"} {
			if strings.Contains(plain, loose) {
				t.Errorf("%s: a certificate that others vouch for is not checked: %s", platform, plain)
			}
		}
		// The token must not go along with a download that nobody has checked.
		if at := strings.Index(pinned, "stw_secret"); at < strings.Index(strings.ToLower(pinned), p.Sum) {
			t.Errorf("%s: the token comes before the check: %s", platform, pinned)
		}
	}
}
