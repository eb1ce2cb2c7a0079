package making

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/snapshot"
)

// markerMoment has a fixed width, so that moments sort as texts do.
const markerMoment = "2006-01-02T15:04:05.000000Z"

// MarkersKept is how long heartbeats stay in the source.
const MarkersKept = 35 * 24 * time.Hour

// Mark writes a heartbeat into the source's marker table and removes those that
// are older than 35 days. It is the one thing that is ever written to a source,
// and only when a table steward_marker is there and the role may write to it.
func Mark(ctx context.Context, t backup.Target) (snapshot.Marker, error) {
	var m snapshot.Marker
	// The moment is taken when the connection stands: the row is committed right after.
	statements := func() (insert, remove string) {
		now := time.Now().UTC().Truncate(time.Microsecond)
		b := make([]byte, 16)
		rand.Read(b)
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a random UUID, RFC 9562
		m = snapshot.Marker{ID: fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), At: now}
		return "INSERT INTO " + snapshot.MarkerTable + " (id, at) VALUES ('" + m.ID + "', '" + now.Format(markerMoment) + "')",
			"DELETE FROM " + snapshot.MarkerTable + " WHERE at < '" + now.Add(-MarkersKept).Format(markerMoment) + "'"
	}
	var err error
	switch t.Kind {
	case backup.PostgreSQL:
		c, cerr := t.Postgres(ctx, false)
		if cerr != nil {
			return m, cerr
		}
		defer c.Close(context.WithoutCancel(ctx))
		insert, remove := statements()
		if _, err = c.Exec(ctx, insert); err == nil {
			_, err = c.Exec(ctx, remove)
		}
	case backup.MariaDB:
		db, cerr := t.MySQL(ctx, 1)
		if cerr != nil {
			return m, cerr
		}
		defer db.Close()
		err = execBoth(ctx, db, statements)
	case backup.SQLite:
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: t.Path}).EscapedPath(), RawQuery: "mode=rw&_pragma=busy_timeout(10000)"}
		db, cerr := sql.Open("sqlite", u.String())
		if cerr != nil {
			return m, cerr
		}
		defer db.Close()
		err = execBoth(ctx, db, statements)
	default:
		return m, backup.NewWrong("--marker", "goes with databases only")
	}
	if err != nil {
		return m, fmt.Errorf("%w; the administrator makes the table with: CREATE TABLE %s (id CHAR(36) PRIMARY KEY, at VARCHAR(40) NOT NULL) and grants SELECT, INSERT and DELETE on it", err, snapshot.MarkerTable)
	}
	return m, nil
}

func execBoth(ctx context.Context, db *sql.DB, statements func() (insert, remove string)) error {
	insert, remove := statements()
	for _, s := range []string{insert, remove} {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
