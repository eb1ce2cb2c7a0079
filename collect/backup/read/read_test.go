package read

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/collect/backup/backuptest"
	"steward/collect/backup/program"
)

func recorded(t testing.TB, tool, name string) *Result {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Parse(tool, f, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var then = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func state(t testing.TB, states []State, source string) State {
	t.Helper()
	for _, s := range states {
		if s.Source == source {
			return s
		}
	}
	t.Fatalf("there is no state of %s in %+v", source, states)
	return State{}
}

func TestPgBackRestOnRecordedOutput(t *testing.T) {
	states := recorded(t, "pgbackrest", "pgbackrest.json").States(then)
	main := state(t, states, "main")
	if main.Copies != 3 || main.Good != 2 || main.LastGood.ID != "20261108-010002F_20261115-010003D" || main.LastGood.Kind != "differential" || main.Size != 3870000000 || main.LastGood.Stored != 9800000 {
		t.Errorf("%+v %+v", main, main.LastGood)
	}
	if want := then.Sub(time.Unix(1794704470, 0)).Seconds(); main.Age != want {
		t.Errorf("age %v, want %v", main.Age, want)
	}
	if len(main.Errors) != 1 || !strings.Contains(main.Errors[0], "base/16384/3351") {
		t.Errorf("errors: %q", main.Errors)
	}
	if old := state(t, states, "old"); old.Age != -1 || old.LastGood != nil || old.Errors[0] != "missing stanza path" {
		t.Errorf("%+v", old)
	}
}

func TestBarmanOnRecordedOutput(t *testing.T) {
	states := recorded(t, "barman", "barman.json").States(then)
	main := state(t, states, "main")
	if main.Copies != 3 || main.Good != 1 || main.LastGood.ID != "20261122T010000" || main.Size != 10737418240 || !main.LastGood.End.Equal(time.Unix(1795309800, 0)) {
		t.Errorf("%+v %+v", main, main.LastGood)
	}
	if text := strings.Join(main.Errors, "|"); !strings.Contains(text, "FAILED") || !strings.Contains(text, "log that makes it whole") || !strings.Contains(text, "server old") {
		t.Errorf("errors: %q", main.Errors)
	}
	if empty := state(t, states, "empty"); empty.Age != -1 || len(empty.Errors) != 2 {
		t.Errorf("%+v", empty)
	}
}

func TestVeeamOnRecordedExports(t *testing.T) {
	states := recorded(t, "veeam", "veeam.csv").States(then)
	erp := state(t, states, "ERP nightly")
	if erp.Copies != 3 || erp.Good != 2 || erp.Size != 100<<30 || erp.LastGood.Stored != 12.5*(1<<30) || !erp.LastGood.Start.Equal(time.Date(2026, 11, 21, 22, 0, 5, 0, time.UTC)) {
		t.Errorf("%+v %+v", erp, erp.LastGood)
	}
	if text := strings.Join(erp.Errors, "|"); !strings.Contains(text, `failed: Cannot connect to host; disk "D"`) || !strings.Contains(text, "warning: One VM was slow") {
		t.Errorf("errors: %q", erp.Errors)
	}
	if files := state(t, states, "Files"); files.Good != 0 || files.Age != -1 {
		t.Errorf("one that still runs is taken for good: %+v", files)
	}
	em := state(t, recorded(t, "veeam", "veeam-em.xml").States(then), "Fileserver Backup")
	if em.Good != 1 || !em.LastGood.End.Equal(time.Date(2026, 11, 19, 5, 30, 12, 0, time.UTC)) {
		t.Errorf("%+v", em)
	}
	ps := state(t, recorded(t, "veeam", "veeam-clixml.xml").States(then), "SQL nightly")
	if ps.Good != 1 || ps.LastGood.Stored != 2<<30 || !ps.LastGood.Start.Equal(time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v %+v", ps, ps.LastGood)
	}
}

func TestVeeamsDatesAreReadInTheOrderTheyShowAndElseThatIsSaid(t *testing.T) {
	for _, c := range []struct {
		date string
		want time.Time
		gaps int
	}{
		{"22.11.2026 06:00:00", time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC), 0},
		{"22/11/2026 06:00", time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC), 0},
		{"11/22/2026 6:00:00 PM", time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC), 0},
		{"12/11/2026 12:00:00 AM", time.Date(2026, 12, 11, 0, 0, 0, 0, time.UTC), 0},
		{"11/12/2026 06:00:00", time.Date(2026, 11, 12, 6, 0, 0, 0, time.UTC), 1},
		{"2026-11-22 06:00:00", time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC), 0},
	} {
		r, err := Veeam([]byte("JobName;CreationTime;Result\nA;"+c.date+";Success\n"), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Copies[0].Start; !got.Equal(c.want) || len(r.Gaps) != c.gaps {
			t.Errorf("%s: got %v with %d gaps, want %v with %d", c.date, got, len(r.Gaps), c.want, c.gaps)
		}
	}
	for _, bad := range []string{"", "x", "31.02.2026 06:00:00", "45/45/2026 06:00:00", "2026-13-01 06:00:00"} {
		if r, err := Veeam([]byte("JobName;CreationTime;Result\nA;"+bad+";Success\n"), time.UTC); err == nil {
			t.Errorf("%q was read as %v", bad, r.Copies[0].Start)
		}
	}
}

// files makes a folder to back up and a password file.
func files(t testing.TB) (dir, password string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte(strings.Repeat("backup ", 3000)), 0o600); err != nil {
		t.Fatal(err)
	}
	password = filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, password
}

func tool(t testing.TB, name, pkg string) program.Program {
	t.Helper()
	p, err := program.Find(t.Context(), name, pkg)
	backuptest.Skip(t, err)
	return p
}

func command(t testing.TB, env []string, dir, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(context.Background(), name, args...)
	c.Env, c.Dir = append(os.Environ(), env...), dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func TestResticsOwnRepositoryIsRead(t *testing.T) {
	restic := tool(t, "restic", "restic")
	dir, password := files(t)
	repo := filepath.Join(t.TempDir(), "r")
	env := []string{"RESTIC_REPOSITORY=" + repo, "RESTIC_PASSWORD_FILE=" + password}
	command(t, env, dir, restic.Path, "--no-cache", "init")
	before := time.Now().Add(-time.Second)
	command(t, env, dir, restic.Path, "--no-cache", "backup", "--host", "db1", ".")
	r, err := Repository(t.Context(), "restic", repo, password)
	if err != nil {
		t.Fatal(err)
	}
	s := r.States(time.Now())
	if len(s) != 1 || s[0].Good != 1 || s[0].Size != 21000 || s[0].Age < 0 || s[0].Age > 600 || s[0].LastGood.End.Before(before) || !strings.HasPrefix(s[0].Source, "db1:") {
		t.Errorf("%+v %+v", s, s[0].LastGood)
	}
	wrong := filepath.Join(t.TempDir(), "wrong")
	os.WriteFile(wrong, []byte("something else\n"), 0o600)
	if _, err := Repository(t.Context(), "restic", repo, wrong); err == nil {
		t.Error("a wrong password reads")
	}
}

func TestBorgsOwnRepositoryIsRead(t *testing.T) {
	borg := tool(t, "borg", "borgbackup")
	dir, password := files(t)
	repo := filepath.Join(t.TempDir(), "b")
	env := []string{"BORG_PASSCOMMAND=cat " + password, "BORG_BASE_DIR=" + t.TempDir(), "TZ=UTC"}
	command(t, env, dir, borg.Path, "init", "--encryption=repokey", repo)
	command(t, env, dir, borg.Path, "create", repo+"::first", ".")
	command(t, env, dir, borg.Path, "create", repo+"::second.checkpoint", ".")
	r, err := Repository(t.Context(), "borg", repo, password)
	if err != nil {
		t.Fatal(err)
	}
	s := r.States(time.Now())
	if len(s) != 1 || s[0].Copies != 2 || s[0].Good != 1 || s[0].LastGood.ID != "first" || s[0].Size < 21000 || s[0].Age < 0 || s[0].Age > 600 {
		t.Errorf("%+v %+v", s, s[0].LastGood)
	}
}

func TestASmallBackupIsNotedAgainstItsOwnHistory(t *testing.T) {
	r := &Result{Tool: "x"}
	for day := range 8 {
		size := int64(1_000_000 + 1000*day)
		if day == 7 {
			size = 100_000
		}
		at := then.AddDate(0, 0, day-9)
		r.Copies = append(r.Copies, Copy{ID: at.Format("0102"), Source: "s", Start: at, End: at, Size: size, Good: true})
	}
	s := r.States(then)[0]
	if !s.Small || s.Trend == nil || s.Trend.Low < 500_000 {
		t.Errorf("%+v %+v", s, s.Trend)
	}
}

func FuzzParse(f *testing.F) {
	for name, tool := range map[string]string{"pgbackrest.json": "pgbackrest", "barman.json": "barman", "veeam.csv": "veeam", "veeam-em.xml": "veeam", "veeam-clixml.xml": "veeam"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(tool, b)
	}
	f.Add("restic", []byte(`[{"id":"a","time":"2026-11-22T06:00:00Z","paths":["/x"],"hostname":"h"}]`+"\n"+`{"total_size":7,"snapshot":"a"}`))
	f.Add("borg", []byte(`{"archives":[{"name":"a","start":"2026-11-22T06:00:00.000000","stats":{"original_size":7}}],"repository":{"id":"x","location":"/b"}}`))
	f.Add("veeam", []byte("\xff\xfeJ\x00"))
	f.Fuzz(func(t *testing.T, tool string, b []byte) {
		r, err := Parse(tool, strings.NewReader(string(b)), time.UTC)
		if err != nil {
			return
		}
		for _, s := range r.States(then) {
			if s.Good > s.Copies || s.Good > 0 != (s.LastGood != nil) || s.Age < -1 || s.Size < -1 {
				t.Fatalf("%+v", s)
			}
		}
	})
}
