package audit

import (
	"database/sql"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"steward/kernel/storage"
)

// hashes reads the log's hashes from the database, with those added since on top.
type hashes struct {
	view  *storage.View
	added map[int64]tlog.Hash
}

// ReadHashes is a tlog.HashReader's.
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	at := map[int64][]int{}
	var marks []string
	var args []any
	for i, idx := range indexes {
		if hash, ok := h.added[idx]; ok {
			out[i] = hash
			continue
		}
		if at[idx] == nil {
			args = append(args, idx)
			marks = append(marks, fmt.Sprintf("$%d", len(args)))
		}
		at[idx] = append(at[idx], i)
	}
	if len(args) == 0 {
		return out, nil
	}
	err := h.view.Each("SELECT idx, hash FROM audit_hash WHERE idx IN ("+strings.Join(marks, ", ")+")", args, func(rows *sql.Rows) error {
		var idx int64
		var text string
		if err := rows.Scan(&idx, &text); err != nil {
			return err
		}
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return fmt.Errorf("audit_hash %d: %w", idx, err)
		}
		for _, i := range at[idx] {
			out[i] = hash
		}
		delete(at, idx)
		return nil
	})
	if err == nil && len(at) > 0 {
		err = fmt.Errorf("audit log: %d of its hashes are missing", len(at))
	}
	return out, err
}

// size is how many entries the log has. It counts the last hash and not the history,
// which somebody may have cut.
func size(v *storage.View) (int64, error) {
	var last sql.NullInt64
	if _, err := v.Row("SELECT MAX(idx) FROM audit_hash", nil, &last); err != nil || !last.Valid {
		return 0, err
	}
	// The log of n entries has StoredHashCount(n) hashes, which is between n and 2n.
	lo, hi := int64(0), last.Int64+2
	for lo+1 < hi {
		if mid := (lo + hi) / 2; tlog.StoredHashCount(mid) <= last.Int64+1 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, nil
}

// insert writes the hashes from index first on, many a statement.
func insert(u *storage.Update, first int64, list []tlog.Hash) error {
	rows := make([][]any, len(list))
	for i, h := range list {
		rows[i] = []any{first + int64(i), h.String()}
	}
	return u.Insert(storage.Rows{Table: "audit_hash", Columns: []string{"idx", "hash"}}, rows...)
}
