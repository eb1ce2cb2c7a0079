package database

import (
	"strings"
	"testing"
)

func TestOnlyReadingStatementsAreLetThrough(t *testing.T) {
	for _, q := range []string{
		"SELECT 1", "  select count(*) from t where note = 'DROP TABLE x; --' ", "WITH a AS (SELECT 1) SELECT * FROM a;", "SHOW GLOBAL STATUS", "SELECT \"update\" FROM t -- DELETE\n",
		"SELECT last_update, n_tup_upd FROM t /* INSERT */", "SELECT replace(a, 'b', '') FROM t", "(SELECT 1) UNION SELECT 2",
	} {
		if err := guardSQL(PostgreSQL, q); err != nil {
			t.Errorf("%q: %v", q, err)
		}
	}
	for _, q := range []string{
		"", "DELETE FROM t", "SELECT 1; DROP TABLE t", "SELECT * INTO x FROM t", "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "SELECT * FROM t FOR UPDATE",
		"SELECT pg_terminate_backend(1)", "SELECT \"pg_terminate_backend\"(1)", "SELECT pg_catalog.pg_read_file('/etc/passwd')", "SELECT /*! SLEEP(5) */ 1", "SELECT /*M! SLEEP(5) */ 1",
		"SELECT 1 # pg_sleep(1)", "SELECT 5--sleep(5)", "SELECT $$x$$", "SELECT '\\' || pg_sleep(9) || '", "SELECT 'open", "EXPLAIN ANALYZE DELETE FROM t", "EXEC xp_cmdshell 'x'", "PRAGMA writable_schema = 1",
		"SELECT a[pg_sleep(9)]", "SELECT 1\x00", "SELECT load_extension('x')", "SELECT `x`",
	} {
		if err := guardSQL(PostgreSQL, q); err == nil {
			t.Errorf("%q was let through", q)
		}
	}
	for e, list := range map[Engine][]string{
		Redis:   {"SET a 1", "CONFIG SET x y", "CONFIG GET *", "CONFIG GET requirepass", "CONFIG GET maxmemory masterauth", "FLUSHALL", "", "ACL LIST", "KEYS *", "GET a"},
		MongoDB: {"{}", "x", `{"drop":"t"}`, `{"find":"t"}`, `{"aggregate":"t","pipeline":[{"$out":"x"}],"cursor":{}}`, `{"find":"t","limit":1,"filter":{"$where":"x"}}`, `{"serverStatus":1,"$each":"all"}`, `{"eval":"x"}`},
		MySQL:   {"SHOW STATUS; DROP TABLE t", "SELECT 1 INTO OUTFILE '/x'", "SET GLOBAL x = 1"},
		SQLite:  {"SELECT 1"},
	} {
		for _, ask := range list {
			if err := guardAsk(e, ask); err == nil {
				t.Errorf("%s: %q was let through", e, ask)
			}
		}
	}
}

// Property: whatever passes the guard begins with a word that reads and, its
// texts and comments aside, holds no word that writes.
func FuzzGuard(f *testing.F) {
	for _, q := range []string{"SELECT 'a''b' FROM \"t\"", "SELECT 1; DELETE FROM t", "SELECT /* x */ [a] FROM t -- b\n", "WITH `a` AS (SELECT 1) SELECT 2"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		for _, e := range Engines {
			if guardSQL(e, q) != nil {
				continue
			}
			bare := strings.ToLower(q)
			if !strings.ContainsAny(bare, "'\"`[-/") {
				for _, w := range []string{"delete", "drop", "insert"} {
					for _, word := range strings.FieldsFunc(bare, func(r rune) bool {
						return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '$' || r >= 0x80)
					}) {
						if word == w {
							t.Fatalf("%s lets %q through", e, q)
						}
					}
				}
			}
		}
	})
}

func TestValuesAreTakenOutOfStatements(t *testing.T) {
	for _, c := range []struct {
		engine   Engine
		in, want string
	}{
		{PostgreSQL, "UPDATE t SET a = 'it''s', b = 12.5 WHERE \"Id\" = 7", "UPDATE t SET a = '…', b = … WHERE \"Id\" = …"},
		{PostgreSQL, `SELECT 'a\', secret FROM t WHERE x = 'b'`, `SELECT '…', secret FROM t WHERE x = '…'`},
		{PostgreSQL, `SELECT E'a\'b', 1 -- note 5`, `SELECT E'…', …`},
		{PostgreSQL, "DO $x$ secret $x$ LANGUAGE sql", "DO '…' LANGUAGE sql"},
		{PostgreSQL, "SELECT $1, :name, t1.c2 /* secret */ FROM t1", "SELECT $1, :name, t1.c2 FROM t1"},
		{PostgreSQL, "ALTER ROLE a PASSWORD 'secr", "ALTER ROLE a PASSWORD '…'"},
		{MySQL, `SELECT "a\"b", 'c\'d' # secret`, `SELECT '…', '…'`},
		{MySQL, "SELECT `a`, 0x41, b'1'", "SELECT `a`, …, b'…'"},
		{SQLServer, "SELECT [a b], N'x' FROM t", "SELECT [a b], N'…' FROM t"},
	} {
		if got := Redact(c.engine, c.in); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}

// Property: no letter of a text in single quotes is left.
func FuzzRedact(f *testing.F) {
	f.Add("UPDATE t SET a = '", "zzzz", "'")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		Redact(PostgreSQL, before+secret+after)
		if strings.ContainsAny(before, "'\"`$/-\\") || strings.Contains(secret, "'") || strings.Contains(before, "Q") || strings.Contains(after, "Q") {
			return
		}
		for _, e := range Engines {
			if e == MySQL && (strings.ContainsAny(before, "\"#") || strings.Contains(secret, "\\")) || e == SQLServer && strings.Contains(before, "[") {
				continue
			}
			if strings.HasSuffix(before, "E") || strings.HasSuffix(before, "e") {
				continue
			}
			if got := Redact(e, before+"'QQ"+secret+"'"+after); strings.Contains(got, "QQ") {
				t.Fatalf("%s shows %q", e, got)
			}
		}
	})
}
