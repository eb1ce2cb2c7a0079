package data

import (
	"strings"

	"steward/collect/table"
	"steward/kernel/fail"
)

// trouble says what keeps a database from being read; nil where that is not plain.
func trouble(err error) error {
	var e *fail.Error
	switch table.TroubleOf(err) {
	case table.HostUnknown:
		e = fail.Named("host", "data.trouble.host-unknown", "There is no host of this name. Check how the host is written.")
	case table.NothingListens:
		e = fail.Named("port", "data.trouble.refused", "The host answers, but no database server at this port. Check the port, and whether the server runs and listens for other machines.")
	case table.NoAnswer:
		e = fail.Named("host", "data.trouble.no-answer", "The host does not answer. Check the address, and whether a firewall lies between.")
	case table.NoServer:
		e = fail.Named("port", "data.trouble.no-server", "What answers at this port is no PostgreSQL server.")
	case table.WrongPassword:
		e = fail.Named("password", "data.trouble.password", "The server does not know this account, or the password is wrong.")
	case table.NotAdmitted:
		e = fail.Named("account", "data.trouble.not-admitted", "The server does not let this account in from here, or only over an encrypted connection. Its pg_hba.conf says who may.")
	case table.NoSuchDatabase:
		e = fail.Named("database", "data.trouble.no-database", "There is no database of this name on the server.")
	case table.NoEncryption:
		e = fail.Named("tls", "data.trouble.no-encryption", "The server cannot encrypt the connection. Set TLS up there, or choose “not encrypted” where the network is safe.")
	case table.BadCertificate:
		e = fail.Named("tls", "data.trouble.certificate", "The server's certificate is expired, of another name, or signed by nobody known here.")
	case table.NoRight:
		e = fail.Named("account", "data.trouble.no-right", "The account may not read this. Grant it SELECT.")
	case table.ServerBusy:
		e = fail.Named("host", "data.trouble.busy", "The server takes no connection at the moment: it starts, stops, or has too many.")
	case table.NotADatabase:
		e = fail.Named("path", "data.trouble.not-a-database", "The file is no SQLite database, or a damaged one.")
	case table.DatabaseLocked:
		e = fail.Named("path", "data.trouble.locked", "The database is locked by the program that writes to it. Try again in a moment.")
	case table.FileMissing:
		e = fail.Named("path", "data.no-file", "The file is not there.")
	case table.FileNotReadable:
		e = fail.Named("path", "data.trouble.file-right", "Steward may not read the file. Give its account the right to.")
	case table.NoSuchTable:
		e = fail.Named("table", "data.trouble.no-table", "The table is not there: it was renamed, moved or deleted, or its name is written differently.")
	case table.NoSuchColumn:
		e = fail.Named("query", "data.trouble.no-column", "A column that the query names is not there: it was renamed or deleted.")
	case table.WantsEncryption:
		e = fail.Named("tls", "data.trouble.encryption-wanted", "The server does not let this account in without encryption. Choose “encrypted”; if that is refused too, the server's pg_hba.conf says who may come from here.")
	case table.WrongQuery:
		e = fail.Named("query", "data.trouble.query", "The database does not understand the query, or a view it reads.")
	case table.WouldWrite:
		e = fail.Named("query", "data.trouble.would-write", "The query would write. Only reading is allowed here.")
	case table.TookTooLong:
		e = fail.Named("query", "data.trouble.slow", "The server ended the reading because it took longer than it allows.")
	case table.ConnectionLost:
		e = fail.Named("host", "data.trouble.lost", "The connection broke while reading. It is tried again.")
	case table.FileBroken:
		e = fail.Named("file", "data.file.broken", "The workbook is broken or cut off, or no workbook. Open it in a spreadsheet program, save it anew and send it again.")
	case table.FileTooLarge:
		e = fail.Named("file", "data.file.large", "The workbook is larger than is read. Save the table as CSV, or in parts.")
	case table.FileUnpacks:
		e = fail.Named("file", "data.file.unpacks", "The file unpacks to far more than workbooks of its size do, so it is not read. Save the table anew, or as CSV.")
	case table.FileEmpty:
		e = fail.Named("file", "data.file.empty", "There is no table in it: neither a row nor a sheet with cells.")
	case table.FileUnquoted:
		e = fail.Named("file", "data.file.quote", "No row could be read. Perhaps a quotation mark is opened and never closed.")
	case table.TooManyColumns:
		e = fail.Named("file", "data.file.columns", "The table has more columns than are read. Leave out those that nobody needs.")
	case table.NoText:
		e = fail.Named("file", "data.file.no-text", "The file holds bytes that no text has, so it is no CSV file.")
	case table.ValueTooLarge:
		e = fail.Named("file", "data.file.value", "One value of the table is larger than is read.")
	case table.SheetMissing:
		e = fail.Named("file", "data.file.sheet", "The sheet that is read is not in this workbook. Name it as before, or make a new source of the file.")
	case table.SheetEmpty:
		e = fail.Named("file", "data.file.sheet-empty", "The sheet is empty.")
	default:
		return nil
	}
	return e.Because(err)
}

// otherTrouble is the key of what has no sentence of its own.
const otherTrouble = "data.trouble.other"

// mostSaid bounds what is kept of a server's own words.
const mostSaid = 600

// serverSaid is what the database or its driver said itself, in its own language,
// for who looks after the connection; "" where Steward alone has said something.
func serverSaid(problem error) string {
	e := fail.As(problem)
	if e == nil || e.Cause == nil {
		return ""
	}
	said := []rune(strings.ToValidUTF8(strings.TrimSpace(e.Cause.Error()), "�"))
	if len(said) > mostSaid {
		return string(said[:mostSaid-1]) + "…"
	}
	return string(said)
}

// passing says whether what kept a database from being read may be over soon.
func passing(err error) bool {
	switch table.TroubleOf(err) {
	case table.HostUnknown, table.NothingListens, table.NoAnswer, table.NoServer, table.ServerBusy, table.DatabaseLocked, table.ConnectionLost, table.TookTooLong:
		return true
	}
	return false
}
