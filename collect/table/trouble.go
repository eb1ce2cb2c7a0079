package table

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Trouble is what keeps a database or a file from being read, as far as it is plain.
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
	NoSuchTable     Trouble = "no-table"
	NoSuchColumn    Trouble = "no-column"
	WantsEncryption Trouble = "encryption-wanted" // the server lets nobody in without
	WrongQuery      Trouble = "query"             // the server does not understand it
	WouldWrite      Trouble = "would-write"       // the query; only reading is allowed
	TookTooLong     Trouble = "slow"              // the server ended it
	ConnectionLost  Trouble = "lost"              // while reading
	FileBroken      Trouble = "file-broken"       // cut off, or not what it says it is
	FileTooLarge    Trouble = "file-large"
	FileUnpacks     Trouble = "file-unpacks" // to far more than people make
	FileEmpty       Trouble = "file-empty"   // nothing in it
	FileUnquoted    Trouble = "file-quote"   // a quote that is never closed
	TooManyColumns  Trouble = "columns"
	NoText          Trouble = "binary"      // bytes that no text has
	ValueTooLarge   Trouble = "value-large" // one value of a database
	SheetMissing    Trouble = "sheet"
	SheetEmpty      Trouble = "sheet-empty"
)

// TroubleOf tells what an error of opening, looking at or reading a database
// means.
func TroubleOf(err error) Trouble {
	var told *hidden
	if errors.As(err, &told) {
		return told.trouble
	}
	var wrong *Invalid
	if errors.As(err, &wrong) && wrong.Trouble != NoTrouble {
		return wrong.Trouble
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return troubleByState(server)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case 1: // SQLITE_ERROR, told apart by its words alone
			switch text := lite.Error(); {
			case strings.Contains(text, "no such table"):
				return NoSuchTable
			case strings.Contains(text, "no such column"):
				return NoSuchColumn
			}
			return WrongQuery
		case 18: // SQLITE_TOOBIG
			return ValueTooLarge
		case 8: // SQLITE_READONLY
			return WouldWrite
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
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, driver.ErrBadConn) {
			return ConnectionLost
		}
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
		if strings.Contains(e.Message, "no encryption") || strings.Contains(e.Message, "SSL off") {
			return WantsEncryption
		}
		return NotAdmitted
	case "3D000":
		return NoSuchDatabase
	case "42501":
		return NoRight
	case "42P01", "3F000":
		return NoSuchTable
	case "42703":
		return NoSuchColumn
	case "25006":
		return WouldWrite
	case "57014":
		return TookTooLong
	case "53300", "57P01", "57P02", "57P03":
		return ServerBusy
	}
	if strings.HasPrefix(e.Code, "42") {
		return WrongQuery
	}
	return NoTrouble
}
