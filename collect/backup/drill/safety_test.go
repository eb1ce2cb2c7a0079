package drill

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/backuptest"
	"steward/collect/backup/hold"
	"steward/collect/backup/repository"
	"steward/collect/backup/scratch"
)

// place is a scratch folder of its own for one test.
func place(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(sources.scratchParent, "p")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	return dir
}

func clean(t testing.TB, dir string) {
	t.Helper()
	for _, l := range backuptest.Leavings(t, dir) {
		if !strings.Contains(l, "steward-secret-") { // tests beside this one have theirs
			t.Errorf("left: %s", l)
		}
	}
}

func TestAnInterruptInAnyPhaseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	a := tamper(t, dump(t, repository.Custom), nil, nil)
	phases := []string{"unpack", "restore"}
	if os.Getenv("STEWARD_LONG") != "" {
		phases = append(phases, "start", "first query")
	}
	for _, when := range phases {
		dir := place(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Run(ctx, Options{Path: a.Dir, Level: L4, Scratch: dir, template: sources.template, at: func(phase string) {
			if phase == when {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted in %s: %v", when, err)
		}
		clean(t, dir)
	}
	if a.Held() {
		t.Error("the artefact is still held")
	}
}

func TestAPanicLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	dir := place(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("there was no panic")
			}
		}()
		Run(t.Context(), Options{Path: a.Dir, Level: L3, Scratch: dir, template: sources.template, at: func(phase string) {
			if phase == "first query" {
				panic("on purpose")
			}
		}})
	}()
	clean(t, dir)
}

func TestACopyThatDoesNotStartIsCaughtAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Base)
	r := drilled(t, Options{Path: tamper(t, a, func(role string, b []byte) []byte {
		switch role {
		case "manifest", "wal": // without its log the copy is not whole
			return nil
		}
		return b
	}, nil).Dir, Level: L3})
	fails(t, r, L3, "restore", "ended")
}

func TestADrillThatIsKilledIsTidiedUpByTheNextOne(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	dir := place(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "STEWARD_TEST_DRILL_CHILD="+a.Dir+"\n"+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 5)
	if _, err := out.Read(line); err != nil || string(line) != "ready" {
		t.Errorf("the child said %q, %v", line, err)
	}
	child.Process.Kill()
	child.Wait()
	// The server dies with the drill.
	for range 200 {
		if l := backuptest.Leavings(t, dir); len(l) == 0 || !strings.Contains(strings.Join(l, " "), "/proc/") {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	left := backuptest.Leavings(t, dir)
	if joined := strings.Join(left, " "); strings.Contains(joined, "/proc/") || !strings.Contains(joined, "steward-drill-") {
		t.Errorf("after the kill there should be a folder and no process: %v", left)
	}
	room, err := scratch.NewRoom(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := room.Close(); err != nil {
		t.Error(err)
	}
	clean(t, dir)
}

// drillChild runs a drill that waits to be killed when its server runs.
func drillChild() {
	path, dir, _ := strings.Cut(os.Getenv("STEWARD_TEST_DRILL_CHILD"), "\n")
	Run(context.Background(), Options{Path: path, Level: L3, Scratch: dir, at: func(phase string) {
		if phase == "restore" {
			os.Stdout.WriteString("ready")
			select {}
		}
	}})
	os.Exit(1)
}

func TestADrillNeverWorksInTheSourcesOrTheRepositorysFolder(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	source := pg(t).Target("spoilt")
	for _, dir := range []string{pg(t).Data, filepath.Join(pg(t).Data, "base"), filepath.Dir(a.Dir), a.Dir} {
		_, err := Run(t.Context(), Options{Path: a.Dir, Level: L3, Source: &source, Scratch: dir})
		var wrong *backup.Wrong
		if !errors.As(err, &wrong) {
			t.Errorf("a drill in %s: %v", dir, err)
		}
		clean(t, dir)
	}
}

func TestAScratchServerThatTurnsOutToBeTheSourceIsRefused(t *testing.T) {
	t.Parallel()
	a := dump(t, repository.Custom)
	dir := place(t)
	// A cluster made from the same template as the scratch server has its identifier.
	room, err := scratch.NewRoom(t.Context(), place(t))
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	twin, err := room.InitPostgres(t.Context(), backuptest.Major, "postgres", sources.template)
	if err != nil {
		t.Fatal(err)
	}
	source := twin.Target("template1")
	restored := false
	_, err = Run(t.Context(), Options{Path: bare(t, "shop.dump", plain(t, filepath.Join(a.Dir, "data.dump"), nil)), Level: L3, Source: &source, Scratch: dir, template: sources.template, at: func(phase string) { restored = restored || phase == "restore" }})
	if err == nil || !strings.Contains(err.Error(), "never restores into its source") || restored {
		t.Errorf("got %v, restored %v", err, restored)
	}
	clean(t, dir)
}

func TestADiskThatIsTooSmallIsSeenBeforehand(t *testing.T) {
	t.Parallel()
	for _, form := range []repository.Form{repository.Custom, repository.Base} {
		a := dump(t, form)
		dir := place(t)
		_, err := Run(t.Context(), Options{Path: a.Dir, Level: L3, Scratch: dir, free: func(string) (int64, bool) { return 1 << 20, true }, at: func(phase string) {
			if phase == "restore" || phase == "recovery" {
				t.Error("it was restored")
			}
		}})
		if err == nil || !strings.Contains(err.Error(), "--scratch") {
			t.Errorf("%s: %v", form, err)
		}
		clean(t, dir)
	}
}

func TestAnArtefactThatADrillRunsOnIsHeld(t *testing.T) {
	t.Parallel()
	a := tamper(t, dump(t, repository.Custom), nil, nil)
	r := &repository.Repository{Dir: filepath.Dir(filepath.Dir(a.Dir))}
	seen := false
	_, err := Run(t.Context(), Options{Path: a.Dir, Level: L2, Scratch: place(t), at: func(string) {
		seen = true
		if err := r.Remove(a, nil); !errors.Is(err, hold.ErrHeld) {
			t.Errorf("it could be removed: %v", err)
		}
	}})
	if err != nil || !seen {
		t.Fatal(err, seen)
	}
	if err := r.Remove(a, nil); err != nil {
		t.Error(err)
	}
	if list, err := r.List(); err != nil || len(list) != 0 {
		t.Errorf("it is still there: %v %v", list, err)
	}
}
