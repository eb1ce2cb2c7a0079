package table

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Trouble is what keeps a database from being read, as far as it is plain.
type Trouble string

const (
	NoTrouble       Trouble = ""              // none, or one not known here
	HostUnknown     Trouble = "host-unknown"  // no address for the host's name
	NothingListens  Trouble = "refused"       // the host answers, no server at the port
	NoAnswer        Trouble = "no-answer"     // within the time given
	NoServer        Trouble = "no-server"     // what answers speaks another language
	WrongPassword   Trouble = "password"      // or no such account
	NotAdmitted     Trouble = "not-admitted"  // the server's rules let this account not in from here
	NoSuchDatabase  Trouble = "no-database"   // on that server
	NoEncryption    Trouble = "no-encryption" // asked for, and the server cannot
	BadCertificate  Trouble = "certificate"   // expired, of another name, or from nobody known
	NoRight         Trouble = "no-right"      // to read this table
	ServerBusy      Trouble = "busy"          // too many connections, starting up, shutting down
	NotADatabase    Trouble = "not-a-database"
	DatabaseLocked  Trouble = "locked"
	FileMissing     Trouble = "file-missing"
	FileNotReadable Trouble = "file-right"
)

// TroubleOf tells what an error of opening, looking at or reading a database
// means.
func TroubleOf(err error) Trouble {
	var told *hidden
	if errors.As(err, &told) {
		return told.trouble
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return troubleByState(server)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case 26, 11: // SQLITE_NOTADB, SQLITE_CORRUPT
			return NotADatabase
		case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
			return DatabaseLocked
		case 14: // SQLITE_CANTOPEN
			return FileNotReadable
		}
	}
	var name *net.DNSError
	var cert *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var timeout net.Error
	switch {
	case err == nil:
		return NoTrouble
	case errors.As(err, &cert), errors.As(err, &authority), errors.As(err, &host):
		return BadCertificate
	case errors.As(err, &name):
		return HostUnknown
	case errors.Is(err, syscall.ECONNREFUSED):
		return NothingListens
	case errors.Is(err, fs.ErrNotExist):
		return FileMissing
	case errors.Is(err, fs.ErrPermission):
		return FileNotReadable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.As(err, &timeout) && timeout.Timeout():
		return NoAnswer
	}
	var connecting *pgconn.ConnectError
	if !errors.As(err, &connecting) {
		return NoTrouble
	}
	switch words := err.Error(); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), strings.Contains(words, "unexpected message"), strings.Contains(words, "invalid message"), strings.Contains(words, "invalid body length"):
		return NoServer // after TLS was refused, too, where it is not insisted on
	case strings.Contains(words, "server refused TLS"):
		return NoEncryption
	case strings.Contains(words, "tls:"):
		return NoServer
	}
	return NoTrouble
}

// troubleByState goes by SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
func troubleByState(e *pgconn.PgError) Trouble {
	switch e.Code {
	case "28P01":
		return WrongPassword
	case "28000":
		if strings.Contains(e.Message, "does not exist") || strings.Contains(e.Message, "authentication failed") {
			return WrongPassword
		}
		return NotAdmitted
	case "3D000":
		return NoSuchDatabase
	case "42501":
		return NoRight
	case "53300", "57P01", "57P02", "57P03":
		return ServerBusy
	}
	return NoTrouble
}
