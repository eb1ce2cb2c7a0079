package database

import (
	"errors"
	"fmt"
	"strings"
)

// writing are words that do more than read, wherever they stand in a statement.
var writing = words("insert update delete merge upsert into exec execute call do drop alter create truncate grant revoke deny copy lock unlock " +
	"begin commit rollback savepoint declare prepare handler load rename reindex vacuum attach detach shutdown kill backup restore bulk openrowset opendatasource openquery " +
	"waitfor reconfigure dbcc use outfile dumpfile xp_cmdshell " +
	"pg_terminate_backend pg_cancel_backend pg_reload_conf pg_rotate_logfile pg_switch_wal pg_promote pg_create_restore_point pg_wal_replay_pause pg_wal_replay_resume " +
	"pg_backup_start pg_start_backup pg_read_file pg_read_binary_file pg_ls_dir lo_import lo_export lo_unlink dblink dblink_exec nextval setval set_config pg_sleep " +
	"pg_stat_reset pg_stat_statements_reset pg_drop_replication_slot pg_create_logical_replication_slot pg_create_physical_replication_slot pg_logical_emit_message " +
	"load_file sleep benchmark get_lock release_lock sys_exec sys_eval load_extension writefile edit " +
	"utl_http utl_file utl_smtp utl_tcp dbms_scheduler dbms_job dbms_sql dbms_lock dbms_pipe httpuritype")

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// guardSQL lets through one statement that only reads. It is the second line
// of defence: the first is the role, the third the read-only transaction.
func guardSQL(e Engine, q string) error {
	first := ""
	ended := false
	err := sqlWords(e, q, func(word string) error {
		if ended {
			return errors.New("holds more than one statement")
		}
		if word == ";" {
			ended = true
			return nil
		}
		if first == "" {
			first = word
			if first != "select" && first != "with" && first != "show" && first != "(" {
				return fmt.Errorf("begins with %q; a check only reads: SELECT, WITH or SHOW", word)
			}
		}
		if writing[word] {
			return fmt.Errorf("holds %q; a check only reads", word)
		}
		return nil
	})
	if err == nil && first == "" {
		err = errors.New("is empty")
	}
	return err
}

// sqlWords calls f with each bare word in lower case and each other sign,
// leaving out comments, texts and quoted names, as the engine reads them. What
// engines or their modes read differently is refused, so that nothing hides.
func sqlWords(e Engine, q string, f func(string) error) error {
	for i := 0; i < len(q); {
		c := q[i]
		switch {
		case strings.HasPrefix(q[i:], "--"):
			if i+2 < len(q) && q[i+2] != ' ' && q[i+2] != '\n' {
				return errors.New("holds -- without a space after it, which engines read differently")
			}
			n := strings.IndexByte(q[i:], '\n')
			if n < 0 {
				return nil
			}
			i += n
		case strings.HasPrefix(q[i:], "/*"):
			n := strings.Index(q[i+2:], "*/")
			if n < 0 {
				return errors.New("has a comment that does not end")
			}
			text := q[i+2 : i+2+n]
			if strings.HasPrefix(text, "!") || strings.HasPrefix(text, "M!") || strings.Contains(text, "/*") {
				return errors.New("has a comment that some engines run or end elsewhere; leave it out")
			}
			i += n + 4
		case c == '\'', c == '"', c == '`' && (e == MySQL || e == SQLite), c == '[' && (e == SQLServer || e == SQLite):
			last := c
			if c == '[' {
				last = ']'
			}
			end, err := closing(q, i, last)
			if err != nil {
				return err
			}
			name := strings.ToLower(q[i+1 : end-1])
			if c != '\'' && strings.HasPrefix(strings.TrimLeft(q[end:], " \t\r\n"), "(") && writing[name] {
				return fmt.Errorf("calls %q; a check only reads", name)
			}
			i = end
		case c == '#', c == '`', c == '\\', c == 0, c == '$':
			return fmt.Errorf("holds %q outside a text, which engines read differently", c)
		case isLetter(c):
			j := i
			for j < len(q) && (isLetter(q[j]) || q[j] >= '0' && q[j] <= '9' || q[j] == '$') {
				j++
			}
			if err := f(strings.ToLower(q[i:j])); err != nil {
				return err
			}
			i = j
		default:
			if c > ' ' {
				if err := f(string(c)); err != nil {
					return err
				}
			}
			i++
		}
	}
	return nil
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// closing finds the place after the quoted text that begins at i. Engines
// differ on a backslash before a quote, so that is refused.
func closing(q string, i int, last byte) (int, error) {
	for j := i + 1; j < len(q); j++ {
		switch {
		case q[j] == '\\' && j+1 < len(q) && (q[j+1] == last || q[j+1] == '\\'):
			return 0, errors.New("holds a backslash before a quote, which engines read differently; double the quote")
		case q[j] != last:
		case j+1 < len(q) && q[j+1] == last:
			j++
		default:
			return j + 1, nil
		}
	}
	return 0, errors.New("has a text that does not end")
}

// guardAsk lets through what a check may ask before its query.
func guardAsk(e Engine, ask string) error {
	switch e {
	case Redis:
		_, err := redisCommand(ask)
		return err
	case MongoDB:
		_, err := mongoCommand(ask)
		return err
	case SQLite:
		return errors.New("is not needed for an SQLite file: its query asks itself")
	}
	return guardSQL(e, ask)
}
