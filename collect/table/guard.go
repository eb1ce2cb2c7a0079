package table

import (
	"errors"
	"fmt"
	"strings"
)

// writing are words of statements and functions that do more than read.
var writing = wordSet("insert update delete merge upsert into exec execute call do drop alter create truncate rename grant revoke deny lock " +
	"begin commit rollback savepoint save declare set use kill shutdown backup restore bulk waitfor reconfigure dbcc updatetext writetext " +
	"openrowset opendatasource openquery xp_cmdshell nextval " +
	"utl_http utl_file utl_smtp utl_tcp dbms_scheduler dbms_job dbms_sql dbms_lock dbms_pipe dbms_xmlgen dbms_xmlquery httpuritype function procedure")

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// guard lets through one SELECT, or WITH before it, in which none of the words
// stands outside of texts, quoted names and comments. It is for engines without
// a read-only transaction; the first defence is a login that may only read.
func guard(query string, refused map[string]bool) error {
	first, last := "", ""
	for i := 0; i < len(query); {
		c := query[i]
		end := i + 1
		switch {
		case strings.HasPrefix(query[i:], "--"):
			if i+2 < len(query) && !strings.ContainsRune(" \t\r\n", rune(query[i+2])) {
				return errors.New("holds -- without a space after it, which engines read differently")
			}
			if end = len(query); strings.IndexByte(query[i:], '\n') >= 0 {
				end = i + strings.IndexByte(query[i:], '\n')
			}
		case strings.HasPrefix(query[i:], "/*"):
			n := strings.Index(query[i+2:], "*/")
			if n < 0 {
				return errors.New("has a comment that does not end")
			}
			// Engines run, or nest, what these begin.
			if inside := query[i+2 : i+2+n]; strings.HasPrefix(inside, "!") || strings.HasPrefix(inside, "M!") || strings.Contains(inside, "/*") {
				return errors.New("has a comment that not all engines leave out; take it away")
			}
			end = i + n + 4
		case c == '\'' || c == '"' || c == '`' || c == '[':
			if end = closing(query, i); end < 0 {
				return fmt.Errorf("has a %c that is not closed", c)
			}
			if name := strings.ToLower(query[i+1 : end-1]); c != '\'' && refused[name] && strings.HasPrefix(strings.TrimLeft(query[end:], " \t\r\n"), "(") {
				return fmt.Errorf("calls %q; only reading is allowed", name)
			}
			last = "x"
		case c == '\\' || c == '#' || c == 0:
			return fmt.Errorf("holds %q outside a text", c)
		case c == ';':
			if strings.Trim(query[i:], "; \t\r\n") != "" {
				return errors.New("holds more than one statement; give one SELECT")
			}
		case letter(c):
			for end < len(query) && (letter(query[end]) || query[end] >= '0' && query[end] <= '9' || query[end] == '$' || query[end] == '#') {
				end++
			}
			word := strings.ToLower(query[i:end])
			if (word == "q" || word == "nq") && end < len(query) && query[end] == '\'' {
				return errors.New("quotes a text with q'…'; write '…'")
			}
			if first == "" {
				if first = word; word != "select" && word != "with" {
					return fmt.Errorf("begins with %q; give one SELECT", word)
				}
			}
			if refused[word] || last == "next" && word == "value" || last == "for" && word == "update" {
				return fmt.Errorf("holds %q; only reading is allowed (quote a column of that name)", word)
			}
			last = word
		}
		i = end
	}
	if first == "" {
		return errors.New("is empty; give one SELECT")
	}
	return nil
}

func letter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '@' || c >= 0x80
}

// closing is the place after what the sign at i opens, or -1. The closing sign
// twice stands for itself.
func closing(s string, i int) int {
	last := s[i]
	if last == '[' {
		last = ']'
	}
	for i++; i < len(s); i++ {
		if s[i] == last {
			if i+1 < len(s) && s[i+1] == last {
				i++
				continue
			}
			return i + 1
		}
		if s[i] == '\\' && (last == '\'' || last == '"') { // MySQL reads on behind it, others do not
			if i+1 < len(s) && (s[i+1] == last || s[i+1] == '\\') {
				return -1
			}
		}
	}
	return -1
}
