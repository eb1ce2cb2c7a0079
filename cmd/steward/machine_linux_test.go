package main

import (
	"crypto/tls"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// freshMachine runs a script on what looks like another machine: its own
// network, host name, processes and files, which begin as copies of this one's
// and are thrown away. Needs root.
const freshMachine = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/up,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mkdir -p "$1/root/run/systemd/system" "$1/root/usr/local/sbin"
cat > "$1/root/usr/local/sbin/systemctl" <<'END'
#!/bin/sh
# does with the unit what systemd would: its account, its rights, nothing more
unit=/etc/systemd/system/steward-agent.service
case "$1" in
restart)
	account=$(sed -n 's/^User=//p' $unit)
	rights=-all,$(sed -n 's/^AmbientCapabilities=//p' $unit | tr A-Z a-z | sed 's/cap_/+/g; s/ /,/g')
	setsid setpriv --reuid $account --regid $account --clear-groups --inh-caps $rights --ambient-caps $rights --bounding-set $rights --no-new-privs $(sed -n 's/^ExecStart=//p' $unit) < /dev/null > /tmp/agent.log 2>&1 & ;;
esac
END
chmod 755 "$1/root/usr/local/sbin/systemctl"
rm -f "$1/root/etc/machine-id"; echo 77776666555544443333222211110000 > "$1/root/etc/machine-id"
rm -rf "$1/root/etc/ssh"
hostname "$2"
ip link set lo up
cat > "$1/root/line.sh"
HOME=/root PATH=/usr/local/sbin:$PATH chroot "$1/root" sh /line.sh
chroot "$1/root" stat -c '%U %a' /var/lib/steward-agent/agent.key
chroot "$1/root" ps -o user:20,args -C steward-agent | cat
`

func TestAFreshMachinePastesTheLineAndIsInTheList(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: only root makes a machine of its own for this test")
	}
	for _, need := range []string{"unshare", "setpriv", "ip", "curl", "useradd", "openssl"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("SKIPPED: %s is not here (Debian packages util-linux, iproute2, curl, passwd, openssl)", need)
		}
	}
	if said, err := exec.Command("unshare", "--mount", "--net", "sh", "-c", "mount --make-rprivate / && mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/r && mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: this kernel lets nobody lay one file system over another: %s", said)
	}
	// A network of two: this side's address is a link's own, so nothing else is touched.
	space, near, far := fmt.Sprintf("stw-%d", os.Getpid()), fmt.Sprintf("stw%da", os.Getpid()%100000), fmt.Sprintf("stw%db", os.Getpid()%100000)
	run := func(name string, args ...string) {
		t.Helper()
		if said, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v %s", name, strings.Join(args, " "), err, said)
		}
	}
	run("ip", "netns", "add", space)
	t.Cleanup(func() { exec.Command("ip", "netns", "del", space).Run() })
	run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", space)
	t.Cleanup(func() { exec.Command("ip", "link", "del", near).Run() })
	at := fmt.Sprintf("10.231.%d.", os.Getpid()%250)
	run("ip", "addr", "add", at+"1/30", "dev", near)
	run("ip", "link", "set", near, "up")
	run("ip", "-n", space, "addr", "add", at+"2/30", "dev", far)
	run("ip", "-n", space, "link", "set", far, "up")

	i := newInstallation(t, t.TempDir(), "")
	cert, key := filepath.Join(i.data, "server.crt"), filepath.Join(i.data, "server.key")
	run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=steward.example.org", "-addext", "subjectAltName=IP:"+at+"1")
	_, link, _ := strings.Cut(i.must("user", "add", "--login", "anders", "--role", "administrator,mis-manager"), "/welcome/")
	s := i.serve("--listen", at+"1:0", "--tls-cert", cert, "--tls-key", key)
	defer s.stop()
	b := browser(t, s.base)
	b("/welcome/"+trim(link), url.Values{})
	b("/account", url.Values{"do": {"password"}, "password": {"correct horse battery 7"}})
	page := b("/infrastructure/add-host", url.Values{"do": {"token"}, "platform": {runtime.GOOS + "/" + runtime.GOARCH}, "uses": {"1"}, "days": {"1"}})
	found := regexp.MustCompile(`(?s)<pre class="wrap"[^>]*>(.*?)</pre>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("the page gives no line:\n%s", page)
	}
	line := html.UnescapeString(found[1])
	dir := t.TempDir()
	c := exec.Command("ip", "netns", "exec", space, "unshare", "--mount", "--uts", "--pid", "--ipc", "--fork", "--kill-child", "sh", "-c", freshMachine, "sh", dir, "web07")
	c.Env = append(os.Environ(), beProgram+"=1") // the program given out is the test's own
	c.Stdin = strings.NewReader(line + "\n")
	c.WaitDelay = 10 * time.Second
	said, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, want := range []string{"a: OK", "Account: steward-agent", "Service: /etc/systemd/system/steward-agent.service", "the host is in its list", "steward-agent 600", "steward-agent        /usr/local/bin/steward-agent agent run"} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the machine does not say %q:\n%s", want, said)
		}
	}
	if list := b("/infrastructure/hosts", nil); !strings.Contains(list, "web07") {
		t.Errorf("the host is not in the list:\n%s", list)
	}
}

// browser is somebody at a server whose certificate nobody vouches for: a GET
// without a form, else a POST; it returns the page where it ends.
func browser(t *testing.T, base string) func(path string, form url.Values) string {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	return func(path string, form url.Values) string {
		t.Helper()
		method, body := http.MethodGet, io.Reader(nil)
		if form != nil {
			method, body = http.MethodPost, strings.NewReader(form.Encode())
		}
		req, err := http.NewRequest(method, base+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", base)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		page, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode >= 400 {
			t.Fatalf("%s: %d %v\n%s", path, res.StatusCode, err, page)
		}
		return string(page)
	}
}
