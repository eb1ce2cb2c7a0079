package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	goora "github.com/sijms/go-ora/v2"
	"github.com/sijms/go-ora/v2/network"
)

func openOracle(ctx context.Context, t Target, o Options) (session, error) {
	host, port, _ := net.SplitHostPort(t.hosts[0])
	number, _ := strconv.Atoi(port)
	options := map[string]string{
		"PROGRAM": "steward", "CONNECTION TIMEOUT": strconv.Itoa(max(1, int(o.Connect.Seconds()))), "TIMEOUT": strconv.Itoa(int(o.Statement.Seconds()) + 5),
	}
	for k := range t.query {
		options[k] = t.query.Get(k)
	}
	db, err := sql.Open("oracle", goora.BuildUrl(host, number, t.database, t.user, t.password, options))
	if err != nil {
		return nil, err
	}
	s := newOracle(db, t, o)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, unreachableOracle(err, t)
	}
	return s, nil
}

// newOracle asks through db; the driver has no read-only transactions of its
// own, so each begins by asking for one.
func newOracle(db *sql.DB, t Target, o Options) *sqlSession {
	db.SetMaxOpenConns(1)
	return &sqlSession{db: db, target: t, options: o, refused: refusedByOracle, whoami: whoIsOracle, begin: []string{"SET TRANSACTION READ ONLY"}}
}

func unreachableOracle(err error, t Target) error {
	var e *network.OracleError
	if errors.As(err, &e) {
		return &refusal{why: strings.TrimSpace(e.ErrMsg), right: e.ErrCode == 1017 || e.ErrCode == 1045 || e.ErrCode == 28000 || e.ErrCode == 28001}
	}
	return unreachable(err, t)
}

// refusedByOracle reads ORA numbers, Oracle's Database Error Messages.
func refusedByOracle(err error) (error, bool) {
	var e *network.OracleError
	if !errors.As(err, &e) {
		return err, false
	}
	why := strings.TrimSpace(e.ErrMsg)
	switch e.ErrCode {
	case 942, 904, 1031, 1039, 4043: // table or view, column, privileges, privileges on underlying objects, object
		return &refusal{why: why, right: true}, true
	case 1013:
		return &refusal{why: "took longer than allowed"}, true
	case 54, 30006:
		return &refusal{why: "waited longer for a lock than allowed"}, true
	case 1456:
		return &refusal{why: "wanted to write: " + why}, true
	}
	if why == "" {
		why = fmt.Sprintf("ORA-%05d", e.ErrCode)
	}
	return &refusal{why: why}, true
}

func whoIsOracle(ctx context.Context, s *sqlSession) (Server, error) {
	row, err := s.one(ctx, `
SELECT SYS_CONTEXT('USERENV', 'DB_NAME') AS "database", SYS_CONTEXT('USERENV', 'SESSION_USER') AS "user",
       SYS_CONTEXT('USERENV', 'DATABASE_ROLE') AS "role", SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL') AS "protocol",
       (SELECT MAX(version) FROM product_component_version WHERE UPPER(product) LIKE 'ORACLE%') AS "version",
       (SELECT MAX(product) FROM product_component_version WHERE UPPER(product) LIKE 'ORACLE%') AS "edition" FROM dual`)
	if err != nil {
		return Server{}, err
	}
	who := Server{
		Engine: Oracle, Product: "oracle", Version: cleanVersion(text(row["version"])), Edition: strings.TrimSpace(text(row["edition"])),
		Database: text(row["database"]), User: text(row["user"]), Role: "primary", Encrypted: new(strings.EqualFold(text(row["protocol"]), "tcps")),
	}
	if strings.Contains(text(row["role"]), "STANDBY") {
		who.Role = "replica"
	}
	if row, err := s.one(ctx, `SELECT version_full AS "version" FROM v$instance`); err == nil && text(row["version"]) != "" {
		who.Version = cleanVersion(text(row["version"]))
	}
	if row, err := s.one(ctx, `SELECT ROUND((CAST(SYS_EXTRACT_UTC(CAST(startup_time AS TIMESTAMP)) AS DATE) - DATE '1970-01-01') * 86400) AS "started" FROM v$instance`); err == nil {
		who.Started = moment(row["started"])
	}
	return who, nil
}
