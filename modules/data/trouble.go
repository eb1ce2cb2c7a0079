package data

import (
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
	default:
		return nil
	}
	return e.Because(err)
}

// passing says whether what kept a database from being read may be over soon.
func passing(err error) bool {
	switch table.TroubleOf(err) {
	case table.HostUnknown, table.NothingListens, table.NoAnswer, table.NoServer, table.ServerBusy, table.DatabaseLocked:
		return true
	}
	return false
}
