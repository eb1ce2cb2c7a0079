// Package backup holds what all parts of the backup collector speak of: the
// target a backup is made of, the right way to name it, and the error for wrong
// use. Its sub-packages make backups (making), keep them (repository,
// retention), read other tools' state (read), and prove by a restore into a
// scratch instance that a backup is one (drill, evidence).
package backup
