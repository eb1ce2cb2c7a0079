package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// smallDisk mounts a file system of some megabytes.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("NOT TESTED: a small disk cannot be mounted (%v); run as root", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes all room there is on a disk.
func fill(t *testing.T, dir string) (file string) {
	t.Helper()
	file = filepath.Join(dir, "filler")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for chunk := make([]byte, 64<<10); err == nil; {
		_, err = f.Write(chunk)
	}
	return file
}

// page asks for a page that needs no sign-in.
func (s *server) page(path string) (int, string) {
	s.t.Helper()
	res, err := http.Get(s.base + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text := make([]byte, 4096)
	n, _ := res.Body.Read(text)
	return res.StatusCode, string(text[:n])
}

// add makes a vendor with some kilobytes of notes.
func (s *server) add(name string) (int, map[string]any) {
	for {
		code, got := s.ask("POST", "/api/v1/vendors/vendors", map[string]any{"name": name, "country": "SE", "state": "approved", "notes": strings.Repeat(name+" ", 800)})
		if code != 429 {
			return code, got
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *server) ready(t *testing.T, want int, says string) {
	t.Helper()
	if code, text := s.page("/readyz"); code != want || !strings.Contains(text, says) {
		t.Errorf("/readyz: %d %q, want %d with %q", code, text, want, says)
	}
}

// refuses writes until the disk is full: what does not fit is refused with its reason,
// reads go on, and the server says how it is.
func (s *server) refuses(t *testing.T, write func(n int) (int, map[string]any)) {
	t.Helper()
	refused := 0
	for n := 0; n < 1000 && refused < 5; n++ {
		code, got := write(n)
		if code == 201 {
			continue // there was room in the database's own files
		}
		if refused++; code != 503 || got["key"] != "kernel.storage.full" {
			t.Errorf("a write on a full disk: %d %v, want 503 kernel.storage.full", code, got)
		}
	}
	if refused == 0 {
		t.Fatal("the disk does not fill up")
	}
	s.ready(t, 503, "full")
	if code, _ := s.page("/healthz"); code != 200 {
		t.Errorf("/healthz on a full disk: %d", code)
	}
	if code, got := s.ask("GET", "/api/v1/vendors/vendors?limit=1", nil); code != 200 {
		t.Errorf("reading on a full disk: %d %v", code, got)
	}
}

func TestAFullDiskRefusesWritesSaysSoAndRecovers(t *testing.T) {
	disk := smallDisk(t, 24)
	i := newInstallation(t, filepath.Join(disk, "data"), "")
	s := i.serve()
	s.ready(t, 200, "ready")
	var told []string
	write := func(n int) (int, map[string]any) {
		name := fmt.Sprintf("vendor %d", n)
		code, got := s.add(name)
		if code == 201 {
			told = append(told, name)
		}
		return code, got
	}
	for n := range 20 {
		if code, got := write(n); code != 201 {
			t.Fatal(code, got)
		}
	}
	for round := range 3 {
		filler := fill(t, disk)
		s.refuses(t, func(n int) (int, map[string]any) { return write(1000*(round+1) + n) })
		if round == 1 { // and when the program ends there
			s.kill()
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if round == 1 {
			s = i.serve()
		}
		if code, got := write(9000 + round); code != 201 {
			t.Errorf("a write when there is room again: %d %v", code, got)
		}
		s.ready(t, 200, "ready")
	}
	have, after := map[string]bool{}, ""
	for page := 0; page == 0 || after != ""; page++ {
		code, got := s.ask("GET", "/api/v1/vendors/vendors?fields=name&limit=500&after="+after, nil)
		if code != 200 {
			t.Fatal(code, got)
		}
		for _, one := range got["records"].([]any) {
			have[one.(map[string]any)["name"].(string)] = true
		}
		after, _ = got["next"].(string)
	}
	for _, name := range told {
		if !have[name] {
			t.Errorf("lost: %s", name)
		}
	}
	s.stop()
	i.must("verify")
}

func TestAFullDiskOfPostgreSQLRefusesWritesSaysSoAndRecovers(t *testing.T) {
	disk := smallDisk(t, 64)
	folder, err := os.MkdirTemp("", "steward-full-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	pg := startPostgres(t, folder)
	// What is recorded lies on the small disk, PostgreSQL's log on another. Were that one
	// full, the server itself would end: a database that cannot be reached.
	owner, err := os.Stat(filepath.Join(folder, "pg", "data"))
	if err != nil {
		t.Fatal(err)
	}
	space := filepath.Join(disk, "space")
	who := owner.Sys().(*syscall.Stat_t)
	if err := errors.Join(os.Mkdir(space, 0o700), os.Chown(space, int(who.Uid), int(who.Gid)), os.Chmod(disk, 0o755), os.Chmod(filepath.Dir(disk), 0o755)); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"CREATE TABLESPACE small LOCATION '" + space + "'", "CREATE DATABASE tight TABLESPACE small"} {
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	c.Close(t.Context())
	at, err := url.Parse(pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	at.Path = "/tight"
	i := newInstallation(t, t.TempDir(), at.String())
	s := i.serve()
	s.ready(t, 200, "ready")
	told := 0
	write := func(want int) (int, map[string]any) {
		code, got := s.add(fmt.Sprintf("vendor %d", told))
		if code == 201 {
			told++
		}
		if want != 0 && code != want {
			t.Errorf("a write: %d %v, want %d", code, got, want)
		}
		return code, got
	}
	for range 20 {
		write(201)
	}
	for range 2 {
		filler := fill(t, disk)
		s.refuses(t, func(int) (int, map[string]any) { return write(0) })
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		s.ready(t, 200, "ready") // nobody has to write first
		write(201)
	}
	have, after := 0, ""
	for page := 0; page == 0 || after != ""; page++ {
		code, got := s.ask("GET", "/api/v1/vendors/vendors?fields=name&limit=500&after="+after, nil)
		if code != 200 {
			t.Fatal(code, got)
		}
		have += len(got["records"].([]any))
		after, _ = got["next"].(string)
	}
	if have != told {
		t.Errorf("%d vendors, want the %d told of", have, told)
	}
	s.stop()
	i.must("verify")
}

func TestAReadOnlyDiskIsSaidAtTheStart(t *testing.T) {
	disk := smallDisk(t, 24)
	i := newInstallation(t, filepath.Join(disk, "data"), "")
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, errs, code := i.run("serve", "--listen", "127.0.0.1:0")
	if code != 1 || !strings.Contains(errs, "cannot be written to") || strings.Contains(errs, "goroutine") {
		t.Errorf("on a read-only disk: exit %d\n%s", code, errs)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	i.serve().ready(t, 200, "ready")
}

// failing mounts a file system of its own that fail makes read-only, as a kernel does
// with one whose disk fails, and that mend checks and mounts again.
type failing struct {
	t          *testing.T
	image, dir string
}

func failingDisk(t *testing.T) *failing {
	t.Helper()
	d := &failing{t: t, image: filepath.Join(t.TempDir(), "disk"), dir: t.TempDir()}
	f, err := os.Create(d.image)
	if err == nil {
		err = errors.Join(f.Truncate(64<<20), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{{"mkfs.ext4", "-q", d.image}, {"mount", "-o", "loop,errors=remount-ro", d.image, d.dir}} {
		if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
			t.Skipf("NOT TESTED: a disk that fails cannot be mounted (%v: %s); run as root, with e2fsprogs", err, out)
		}
	}
	t.Cleanup(func() { syscall.Unmount(d.dir, syscall.MNT_DETACH) })
	return d
}

// fail makes the file system read-only beneath whoever uses it.
func (d *failing) fail() {
	d.t.Helper()
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		d.t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if at := strings.Fields(line); at[1] == d.dir {
			if err := os.WriteFile("/sys/fs/ext4/"+filepath.Base(at[0])+"/trigger_fs_error", []byte("1"), 0); err != nil {
				d.t.Skipf("NOT TESTED: the disk cannot be made to fail: %v", err)
			}
			return
		}
	}
	d.t.Fatal("the disk is not mounted")
}

// mend checks the file system, which nobody uses any more, and mounts it again.
func (d *failing) mend() {
	d.t.Helper()
	if err := syscall.Unmount(d.dir, 0); err != nil {
		d.t.Fatal(err)
	}
	if out, err := exec.Command("e2fsck", "-y", d.image).CombinedOutput(); err != nil && err.(*exec.ExitError).ExitCode() != 1 { // 1: mended
		d.t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop,errors=remount-ro", d.image, d.dir).CombinedOutput(); err != nil {
		d.t.Fatalf("%v: %s", err, out)
	}
}

func TestADiskThatBecomesReadOnlyBeneathTheServerRefusesWritesSaysSoAndRecovers(t *testing.T) {
	disk := failingDisk(t)
	i := newInstallation(t, filepath.Join(disk.dir, "data"), "")
	s := i.serve()
	s.ready(t, 200, "ready")
	for n := range 20 {
		if code, got := s.add(fmt.Sprint("vendor ", n)); code != 201 {
			t.Fatal(code, got)
		}
	}
	disk.fail()
	for n := range 5 {
		if code, got := s.add(fmt.Sprint("refused ", n)); code != 503 || got["key"] != "kernel.storage.readonly" {
			t.Errorf("a write: %d %v, want 503 kernel.storage.readonly", code, got)
		}
	}
	s.ready(t, 503, "cannot be written to")
	if code, _ := s.page("/healthz"); code != 200 {
		t.Errorf("/healthz: %d", code)
	}
	if code, got := s.ask("GET", "/api/v1/vendors/vendors?fields=name&limit=500", nil); code != 200 || len(got["records"].([]any)) != 20 {
		t.Errorf("reading: %d, %d records", code, len(got["records"].([]any)))
	}
	s.kill() // the file system can be mended when nobody uses it
	disk.mend()
	s = i.serve()
	s.ready(t, 200, "ready")
	if code, got := s.add("again"); code != 201 {
		t.Errorf("a write when the disk is mended: %d %v", code, got)
	}
	if code, got := s.ask("GET", "/api/v1/vendors/vendors?fields=name&limit=500", nil); code != 200 || len(got["records"].([]any)) != 21 {
		t.Errorf("afterwards: %d, %d records, want the 20 told of and the new one", code, len(got["records"].([]any)))
	}
	s.stop()
	i.must("verify")
}

func TestAReadOnlyDatabaseServerRefusesWritesSaysSoAndRecovers(t *testing.T) {
	folder, err := os.MkdirTemp("", "steward-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	pg := startPostgres(t, folder)
	i := newInstallation(t, t.TempDir(), pg.URL)
	s := i.serve()
	set := func(value string) {
		c, err := pgx.Connect(context.Background(), pg.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(context.Background())
		for _, sql := range []string{"SET default_transaction_read_only = off", "ALTER SYSTEM SET default_transaction_read_only = " + value, "SELECT pg_reload_conf()"} {
			if _, err := c.Exec(context.Background(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("on")
	var code int
	var got map[string]any
	for n := range 100 { // connections hear of it one by one
		if code, got = s.add(fmt.Sprint("vendor ", n)); code != 201 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if code != 503 || got["key"] != "kernel.storage.readonly" {
		t.Errorf("a write on a read-only database: %d %v", code, got)
	}
	s.ready(t, 503, "cannot be written to")
	set("off")
	for n := range 100 {
		if code, got = s.add(fmt.Sprint("again ", n)); code == 201 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if code != 201 {
		t.Errorf("a write when it can be written again: %d %v", code, got)
	}
	s.ready(t, 200, "ready")
}
