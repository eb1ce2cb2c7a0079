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
	now := time.Now().UTC().Truncate(time.Microsecond)
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a random UUID, RFC 9562
	m := snapshot.Marker{ID: fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), At: now}
	at, old := now.Format(markerMoment), now.Add(-MarkersKept).Format(markerMoment)
	insert, remove := "INSERT INTO "+snapshot.MarkerTable+" (id, at) VALUES ('"+m.ID+"', '"+at+"')", "DELETE FROM "+snapshot.MarkerTable+" WHERE at < '"+old+"'"
	var err error
	switch t.Kind {
	case backup.PostgreSQL:
		c, cerr := t.Postgres(ctx, false)
		if cerr != nil {
			return m, cerr
		}
		defer c.Close(context.WithoutCancel(ctx))
		_, err = c.Exec(ctx, insert+"; "+remove)
	case backup.MariaDB:
		db, cerr := t.MySQL(ctx, 1)
		if cerr != nil {
			return m, cerr
		}
		defer db.Close()
		err = execAll(ctx, db, insert, remove)
	case backup.SQLite:
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: t.Path}).EscapedPath(), RawQuery: "mode=rw&_pragma=busy_timeout(10000)"}
		db, cerr := sql.Open("sqlite", u.String())
		if cerr != nil {
			return m, cerr
		}
		defer db.Close()
		err = execAll(ctx, db, insert, remove)
	default:
		return m, backup.NewWrong("--marker", "goes with databases only")
	}
	if err != nil {
		return m, fmt.Errorf("%w; the administrator makes the table with: CREATE TABLE %s (id CHAR(36) PRIMARY KEY, at VARCHAR(40) NOT NULL) and grants SELECT, INSERT and DELETE on it", err, snapshot.MarkerTable)
	}
	return m, nil
}

func execAll(ctx context.Context, db *sql.DB, statements ...string) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
