package program

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"steward/collect/backup"
	"steward/collect/backup/hold"
)

// Secret is a folder that only its owner may enter, with a password file for a
// tool. Remove it when the tool has ended.
type Secret struct {
	remove func()
	file   string
}

// Remove removes the folder.
func (s *Secret) Remove() {
	if s != nil {
		s.remove()
	}
}

func secret(name, text string) (*Secret, error) {
	folder, remove, err := Temporary("steward-secret-")
	if err != nil {
		return nil, err
	}
	s := &Secret{remove, filepath.Join(folder, name)}
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// PostgresAccess is the environment that leads PostgreSQL's programs to the
// target, with its password in a file of the form of ~/.pgpass.
func PostgresAccess(t backup.Target) ([]string, *Secret, error) {
	escape := strings.NewReplacer(`\`, `\\`, `:`, `\:`)
	var s *Secret
	env := []string{"PGHOST=" + t.Host, "PGPORT=" + strconv.Itoa(t.Port), "PGUSER=" + t.User, "PGDATABASE=" + t.Database, "PGAPPNAME=steward backup", "PGCONNECT_TIMEOUT=15"}
	for word, v := range t.TLS {
		switch word {
		case "sslmode", "sslrootcert", "sslcert", "sslkey":
			env = append(env, "PG"+strings.ToUpper(word)+"="+v)
		}
	}
	file := "/nonexistent/pgpass" // and not the caller's own
	if t.Password != "" {
		if strings.ContainsAny(t.Password, "\r\n\x00") {
			return nil, nil, backup.NewWrong("target", "has a password with a line break, which no password file can hold")
		}
		var err error
		if s, err = secret("pgpass", "*:*:*:*:"+escape.Replace(t.Password)+"\n"); err != nil {
			return nil, nil, err
		}
		file = s.file
	}
	return append(env, "PGPASSFILE="+file), s, nil
}

// MariaDBAccess is the first argument that leads MariaDB's programs to the
// target: an option file with user and password.
func MariaDBAccess(t backup.Target) (string, *Secret, error) {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	var b strings.Builder
	b.WriteString("[client]\n")
	fmt.Fprintf(&b, "user=\"%s\"\n", escape.Replace(t.User))
	if t.Password != "" {
		fmt.Fprintf(&b, "password=\"%s\"\n", escape.Replace(t.Password))
	}
	if t.Socket != "" {
		fmt.Fprintf(&b, "socket=\"%s\"\nprotocol=socket\n", escape.Replace(t.Socket))
	} else {
		fmt.Fprintf(&b, "host=\"%s\"\nport=%d\nprotocol=tcp\n", escape.Replace(t.Host), t.Port)
	}
	switch mode := strings.ToLower(t.TLS["sslmode"]); mode {
	case "", "disable", "disabled":
	case "verify-full", "verify_identity", "verify-ca", "verify_ca":
		b.WriteString("ssl\nssl-verify-server-cert\n")
	default:
		b.WriteString("ssl\n")
	}
	for word, v := range t.TLS {
		if strings.HasPrefix(word, "ssl-") {
			fmt.Fprintf(&b, "%s=\"%s\"\n", word, escape.Replace(v))
		}
	}
	s, err := secret("client.cnf", b.String())
	if err != nil {
		return "", nil, err
	}
	return "--defaults-file=" + s.file, s, nil
}

// held is the file in a temporary folder that its process holds.
const held = "held"

// Temporary makes a folder that only its owner may enter, and what removes it.
// Folders of this prefix whose process was killed are removed first.
func Temporary(prefix string) (string, func(), error) {
	sweep(prefix)
	folder, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", nil, err
	}
	h, err := hold.Exclusive(filepath.Join(folder, held))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(folder))
	}
	return folder, func() {
		os.RemoveAll(folder) // before the hold ends: a sweep must not meet us
		h.Release()
		os.RemoveAll(folder) // what Windows does not remove while it is held
	}, nil
}

// sweep removes our own folders that nobody holds any more.
func sweep(prefix string) {
	found, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, folder := range found {
		info, err := os.Lstat(folder)
		if err != nil || !info.IsDir() || info.Mode().Perm() != 0o700 || !ours(info) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(folder, held)); err != nil {
			continue // it is being made
		}
		if h, err := hold.Exclusive(filepath.Join(folder, held)); err == nil {
			os.RemoveAll(folder)
			h.Release()
		}
	}
}
