package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // zones by name where the machine has none

	"steward/kernel/access"
	"steward/kernel/app"
	"steward/kernel/org"
	"steward/kernel/signin"
	"steward/kernel/storage"
	"steward/modules"
	"steward/modules/identity"
)

// place is where a command finds the program's things: --data and --db.
type place struct {
	data, db string
	noBackup bool
}

func placeFlags(fs *flag.FlagSet) *place {
	p := &place{}
	fs.StringVar(&p.data, "data", "./data", "folder of database, keys and files")
	fs.BoolVar(&p.noBackup, "no-upgrade-backup", false, "upgrade a database that an older version made without a backup before")
	fs.StringVar(&p.db, "db", os.Getenv("STEWARD_DB"), "PostgreSQL URL instead of the embedded SQLite")
	return p
}

// open opens the program for a command.
func (p *place) open(ctx context.Context, log io.Writer) (*app.Program, error) {
	return app.Open(ctx, app.Config{Data: p.data, URL: p.db, NoBackup: p.noBackup, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn}))}, modules.All())
}

func serveCommand() command {
	return command{
		name: "serve", summary: "serve pages, API and agents",
		help: `Usage: steward serve [--data DIR] [--listen ADDRESS:PORT] [--db postgres://…] [--tls-cert FILE --tls-key FILE] [--behind-proxy] [--no-upgrade-backup] [--json]

The first start makes an empty database and prints the first administrator's one-time sign-in.
A database that an older version made is upgraded: DIR/backups gets a backup, which is restored, upgraded and
verified in a place of its own before anything is changed. --no-upgrade-backup is for those who have their own.
A port that is taken is left to its owner and the next free one is used.

Example: steward serve --data ./data --listen 127.0.0.1:8080`,
		run: serve,
	}
}

func serve(ctx context.Context, s streams, args []string) error {
	fs := newFlags("serve")
	at := placeFlags(fs)
	listen := fs.String("listen", "127.0.0.1:8080", "address and port")
	cert := fs.String("tls-cert", "", "certificate file for HTTPS")
	key := fs.String("tls-key", "", "key file for HTTPS")
	proxy := fs.Bool("behind-proxy", false, "a reverse proxy in front speaks HTTPS and sets X-Forwarded-For")
	asJSON := fs.Bool("json", false, "tell of the start as JSON")
	if err := parseFlags(fs, args); err != nil {
		return err
	}
	host, port, err := addressOf(*listen)
	if err != nil {
		return err
	}
	if (*cert == "") != (*key == "") {
		return wrongUse("--tls-cert and --tls-key go together")
	}
	var pair tls.Certificate
	pin := ""
	if *cert != "" {
		if pair, err = tls.LoadX509KeyPair(*cert, *key); err != nil {
			return fmt.Errorf("read the certificate: %w", err)
		}
		pin = pinOf(pair)
	}
	unlock, err := at.serving(at.db == "")
	if err != nil {
		return err
	}
	defer unlock()
	log := slog.New(slog.NewTextHandler(s.err, nil))
	p, err := app.Open(ctx, app.Config{Data: at.data, URL: at.db, NoBackup: at.noBackup, Secure: *cert != "" || *proxy, Pin: pin, TrustProxy: *proxy, Log: log}, modules.All())
	if err != nil {
		return err
	}
	defer p.Close()
	l, err := listenOn(host, port, s.err)
	if err != nil {
		return err
	}
	scheme, fingerprint := "http", ""
	if *cert != "" {
		scheme, fingerprint = "https", fmt.Sprintf("%x", sha256.Sum256(pair.Certificate[0]))
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"}})
	}
	base := scheme + "://" + l.Addr().String()
	link, err := firstSignIn(ctx, p)
	if err != nil {
		return err
	}
	ready := struct {
		Version string `json:"version"`
		Address string `json:"address"`
		Welcome string `json:"welcome,omitempty"` // the first administrator's sign-in
		Pin     string `json:"pin,omitempty"`     // by which an agent may trust the certificate
	}{Version: version(), Address: base, Pin: fingerprint}
	words := fmt.Sprintf("Steward %s is ready at %s\n", ready.Version, base)
	if fingerprint != "" {
		words += "Certificate's SHA-256, for an agent's --pin where its authority is unknown:\n  " + fingerprint + "\n"
	}
	if link != "" {
		ready.Welcome = base + "/welcome/" + link
		words += "First administrator's sign-in (works once, within 24 hours):\n  " + ready.Welcome + "\n"
	}
	if err := told(s.out, *asJSON, ready, "%s", words); err != nil {
		return err
	}
	return p.Serve(ctx, l)
}

// addressOf takes ADDRESS:PORT apart.
func addressOf(address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, wrongUse("--listen wants ADDRESS:PORT, such as 127.0.0.1:8080")
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 || port > 65535 {
		return "", 0, wrongUse("the port %q is not a number between 0 and 65535", text)
	}
	return host, port, nil
}

// listenOn takes the port asked for or, if it is taken, one of the next twenty.
func listenOn(host string, port int, say io.Writer) (net.Listener, error) {
	last := min(port+20, 65535)
	for n := port; n <= last; n++ {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n)))
		if err == nil {
			if n > port {
				fmt.Fprintf(say, "Port %d is taken; using %d.\n", port, n)
			}
			return l, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) || port == 0 {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the ports %d to %d are all taken; choose another with --listen", port, last)
}

// AdminLogin is the name of the first administrator's account.
const adminLogin = "admin"

// firstSignIn makes the first administrator of an empty installation and
// returns the secret of the one-time sign-in. While nobody has signed in yet, a
// new start gives a new one.
func firstSignIn(ctx context.Context, p *app.Program) (secret string, err error) {
	err = p.DB.Update(ctx, access.System(), func(u *storage.Update) error {
		u.Origin = "setup"
		n, err := signin.Accounts(u)
		if err != nil {
			return err
		}
		if n > 0 {
			a, err := signin.AccountNamed(u, adminLogin)
			if err != nil || a == nil || a.Password || !a.LastAt.IsZero() {
				return nil
			}
			secret, err = signin.CreateLink(u, a.Person, 24*time.Hour)
			return err
		}
		person := &org.Person{Name: "Administrator"}
		if err := org.Persons.Create(u, person); err != nil {
			return err
		}
		if err := newAccount(u, string(person.ID), adminLogin, "", []string{access.Administrator, access.MISManager}); err != nil {
			return err
		}
		secret, err = signin.CreateLink(u, string(person.ID), 24*time.Hour)
		return err
	})
	return secret, err
}

// newAccount gives a person an account with roles.
func newAccount(u *storage.Update, person, login, password string, roles []string) error {
	if err := signin.CreateAccount(u, person, login, password); err != nil {
		return err
	}
	names, err := identity.RoleNames(u)
	if err != nil {
		return err
	}
	for _, role := range roles {
		if !slices.Contains(names, role) {
			return wrongUse("there is no role %q; the roles are %s", role, strings.Join(names, ", "))
		}
		if err := signin.GiveRole(u, signin.Role{Person: person, Role: role}); err != nil {
			return err
		}
	}
	return nil
}
