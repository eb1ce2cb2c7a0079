package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

func openSQLServer(ctx context.Context, t Target, o Options) (session, error) {
	q := url.Values{}
	for k, v := range t.query {
		q[k] = v
	}
	path := q.Get("instance")
	q.Del("instance")
	if q.Get("encrypt") == "" {
		q.Set("encrypt", "true")
	}
	q.Set("app name", "steward")
	q.Set("dial timeout", fmt.Sprint(int(o.Connect.Seconds())))
	u := url.URL{Scheme: "sqlserver", Host: t.hosts[0], Path: path, RawQuery: q.Encode()}
	if t.user != "" {
		u.User = url.UserPassword(t.user, t.password)
	}
	connector, err := mssql.NewConnector(u.String())
	if err != nil {
		return nil, err
	}
	s := newSQLServer(sql.OpenDB(connector), t, o)
	if err := s.db.PingContext(ctx); err != nil {
		s.db.Close()
		return nil, unreachableSQLServer(err, t)
	}
	return s, nil
}

// newSQLServer asks through db. SQL Server has no read-only transaction: the
// role, the guard and the roll-back stand for it.
func newSQLServer(db *sql.DB, t Target, o Options) *sqlSession {
	db.SetMaxOpenConns(1)
	return &sqlSession{
		db: db, target: t, options: o, refused: refusedBySQLServer, whoami: whoIsSQLServer,
		begin: []string{fmt.Sprintf("SET LOCK_TIMEOUT %d; SET DEADLOCK_PRIORITY LOW; SET TRANSACTION ISOLATION LEVEL READ COMMITTED", o.Lock.Milliseconds())},
	}
}

func unreachableSQLServer(err error, t Target) error {
	var e mssql.Error
	if errors.As(err, &e) {
		return &refusal{why: e.Message, right: e.Number == 18456 || e.Number == 4060 || e.Number == 916}
	}
	return unreachable(err, t)
}

// refusedBySQLServer reads the server's error numbers (sys.messages).
func refusedBySQLServer(err error) (error, bool) {
	var e mssql.Error
	if !errors.As(err, &e) {
		return err, false
	}
	switch e.Number {
	case 229, 230, 262, 297, 300, 371, 916, 15151, 15247:
		return &refusal{why: e.Message, right: true}, true
	case 207, 208: // column, object
		return &refusal{why: e.Message, right: true}, true
	case 1222:
		return &refusal{why: "waited longer for a lock than allowed"}, true
	}
	return &refusal{why: fmt.Sprintf("%s (error %d)", e.Message, e.Number)}, true
}

func whoIsSQLServer(ctx context.Context, s *sqlSession) (Server, error) {
	row, err := s.one(ctx, `
SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(60)) AS version, CAST(SERVERPROPERTY('Edition') AS nvarchar(128)) AS edition,
       CAST(SERVERPROPERTY('ProductLevel') AS nvarchar(60)) AS level, DB_NAME() AS [database], SUSER_SNAME() AS [user]`)
	if err != nil {
		return Server{}, err
	}
	who := Server{
		Engine: SQLServer, Product: "sqlserver", Version: cleanVersion(text(row["version"])),
		Edition: strings.TrimSpace(text(row["edition"]) + " " + text(row["level"])), Database: text(row["database"]), User: text(row["user"]),
	}
	// Both need VIEW SERVER STATE; without it they stay unknown.
	if row, err := s.one(ctx, "SELECT DATEDIFF_BIG(second, '1970-01-01', DATEADD(minute, DATEDIFF(minute, GETDATE(), GETUTCDATE()), sqlserver_start_time)) AS started FROM sys.dm_os_sys_info"); err == nil {
		who.Started = moment(row["started"])
	}
	if row, err := s.one(ctx, "SELECT CASE encrypt_option WHEN 'TRUE' THEN 1 ELSE 0 END AS encrypted FROM sys.dm_exec_connections WHERE session_id = @@SPID"); err == nil {
		who.Encrypted = truth(row["encrypted"])
	}
	return who, nil
}
