package upkeep

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"steward/kernel/app"
	"steward/kernel/jobs"
	"steward/kernel/storage"
)

const sweepJob = "upkeep.sweep"

// settled is how long ago a file must have been kept before it may be thrown away:
// somebody may still look at the preview of what was sent.
const settled = 48 * time.Hour

func jobKinds(p *app.Program) ([]jobs.Kind, []jobs.Schedule) {
	run := func(ctx context.Context, run *jobs.Run) error {
		return run.View(ctx, func(v *storage.View) error {
			n, size, err := sweep(v, p.Files.Path, time.Now().Add(-settled))
			if n > 0 {
				p.Log.Info("kept files that nothing names are thrown away", slog.Int("files", n), slog.Int64("bytes", size))
			}
			return err
		})
	}
	// An hour before rows are let go of: what is let go of tonight lies there until
	// tomorrow, so that a backup that has begun finds it.
	return []jobs.Kind{{Name: sweepJob, Attempts: 2, Timeout: 30 * time.Minute, Run: run}},
		[]jobs.Schedule{{Name: sweepJob, Kind: sweepJob, When: jobs.Daily("02:40")}}
}

// Discard throws away the kept files of those hashes that nothing in the database names.
func Discard(v *storage.View, folder string, hashes []string) error {
	used := map[string]bool{}
	if err := usesOf(v, func(hash, _ string) { used[hash] = true }); err != nil {
		return err
	}
	for _, hash := range hashes {
		if used[hash] || !hashName.MatchString(hash) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, hash[:2], hash)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// sweep throws away the kept files below folder that were kept before a moment and
// that nothing in the database names: uploads that nobody took, what was read and
// given up, rows let go of. It says how many there were and their bytes.
func sweep(v *storage.View, folder string, before time.Time) (n int, size int64, err error) {
	used := map[string]bool{}
	if err := usesOf(v, func(hash, _ string) { used[hash] = true }); err != nil {
		return 0, 0, err
	}
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // nothing was kept yet
		}
		if err == nil {
			err = v.Err()
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name := filepath.Base(path)
		kept := hashName.MatchString(name) && path == filepath.Join(folder, name[:2], name)
		begun := strings.HasPrefix(name, "incoming-") && filepath.Dir(path) == filepath.Clean(folder)
		if !kept && !begun || used[name] {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.ModTime().Before(before) {
			return nil
		}
		if err == nil {
			err = os.Remove(path)
		}
		if err == nil {
			n, size = n+1, size+info.Size()
		}
		return err
	})
	return n, size, err
}
