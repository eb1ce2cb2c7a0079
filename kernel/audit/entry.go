package audit

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// entry is a row of the history as the log sees it.
type entry struct {
	ID, Type, Record   string
	Version, At        int64
	Actor, ActorName   string
	Origin, Act        string
	Changes, Salt      string
	seq                int64
	erasedTo, erasedBy sql.NullString // the marker's digest and entry
}

// columns are scanned by into; h is the history and e its erasure marker, if any.
const columns = "h.id, h.type, h.record, h.version, h.at, h.actor, h.actor_name, h.origin, h.act, h.changes, h.salt, h.seq, e.content, e.by_entry"

func (e *entry) into() []any {
	return []any{&e.ID, &e.Type, &e.Record, &e.Version, &e.At, &e.Actor, &e.ActorName, &e.Origin, &e.Act, &e.Changes, &e.Salt, &e.seq, &e.erasedTo, &e.erasedBy}
}

// content is the digest of what can be erased. Without the salt, which is erased too,
// it cannot be guessed from the few values that a field may have had.
func (e *entry) content() string {
	mac := hmac.New(sha256.New, []byte(e.Salt))
	mac.Write(fields(e.ActorName, e.Changes))
	return hex.EncodeToString(mac.Sum(nil))
}

// leaf is the entry's hash in the log. For an erased entry the digest comes from its marker.
func (e *entry) leaf() tlog.Hash {
	content := e.erasedTo.String
	if !e.erasedTo.Valid {
		content = e.content()
	}
	return tlog.RecordHash(fields("steward-history-1", e.ID, e.Type, e.Record, strconv.FormatInt(e.Version, 10), strconv.FormatInt(e.At, 10),
		e.Actor, e.Origin, e.Act, content))
}

// fields writes texts so that no two lists of them look alike: each with its length.
func fields(texts ...string) []byte {
	var b bytes.Buffer
	for _, t := range texts {
		b.WriteString(strconv.Itoa(len(t)))
		b.WriteByte(':')
		b.WriteString(t)
		b.WriteByte(',')
	}
	return b.Bytes()
}
