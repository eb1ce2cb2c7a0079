package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"steward/kernel/storage"
)

// RestartAct is the act of the entry with which a log begins anew.
const RestartAct = "restart"

// Restart ends the history and its log and begins new ones, whose first entry says
// so, with the reason, the number of entries there were and the root that they had.
// It is for taking away a sample organisation, and for nothing else: checkpoints kept
// elsewhere do not fit the new log. folder is where the last checkpoint is kept. It does not
// ask whether the actor may; the caller has.
func Restart(u *storage.Update, folder, reason string) error {
	n, err := size(&u.View)
	if err != nil {
		return err
	}
	told := map[string]any{"sealed": n}
	if n > 0 {
		root, err := tlog.TreeHash(n, &hashes{&u.View, nil})
		if err != nil {
			return fmt.Errorf("end the log: %w", err)
		}
		told["root"] = root.String()
	}
	for _, table := range []string{"audit_hash", "audit_checkpoint", "audit_erased", "history"} {
		if _, err := u.Exec("DELETE FROM " + table); err != nil {
			return fmt.Errorf("end the log: %w", err)
		}
	}
	// A checkpoint that is gone is made anew; one of the old log would accuse the new one.
	if err := os.Remove(filepath.Join(folder, CheckpointFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("end the log: %w", err)
	}
	return tell(u, u.NewID(), "kernel.restart", RestartAct, reason, told)
}
