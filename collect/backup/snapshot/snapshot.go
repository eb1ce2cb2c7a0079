// Package snapshot takes down what a database or folder holds at one moment: its
// identity, tables with row counts and fingerprints that do not depend on the
// order of rows, constraints, sequences, extensions, roles, grants, encoding. Two
// of them compared say whether a restored copy is what was backed up. No content
// is kept: a fingerprint is a sum of hashes.
package snapshot

import (
	"fmt"
	"time"

	"steward/collect/backup"
	"steward/collect/fact"
)

// Snapshot is the state of one database or folder.
type Snapshot struct {
	Engine      backup.Kind  `json:"engine"`
	At          time.Time    `json:"at" doc:"the moment of the state"`
	Exact       bool         `json:"exact" doc:"taken inside the very snapshot that was dumped; else rows may differ within the window"`
	How         string       `json:"how" doc:"how it was taken"`
	Identity    Identity     `json:"identity"`
	Bytes       int64        `json:"bytes" doc:"size of the database on its server, or of the files"`
	Encoding    string       `json:"encoding,omitempty" doc:"encoding, collation and character type"`
	Tables      []Table      `json:"tables"`
	Sequences   []Sequence   `json:"sequences,omitempty"`
	Constraints []Constraint `json:"constraints,omitempty"`
	Extensions  []string     `json:"extensions,omitempty" doc:"name and version"`
	Roles       []string     `json:"roles,omitempty" doc:"name, attributes and memberships; no password"`
	Grants      []string     `json:"grants,omitempty"`
	Objects     []string     `json:"objects,omitempty" doc:"views, functions, triggers, indexes, types …"`
	Marker      *Marker      `json:"marker,omitempty" doc:"the newest heartbeat, where a marker table is"`
	Gaps        []fact.Gap   `json:"gaps,omitempty"`
}

// Identity says which system, and which generation of it, this is.
type Identity struct {
	System   string `json:"system,omitempty" doc:"PostgreSQL's system identifier, MariaDB's server_uid, a file's path"`
	Timeline int64  `json:"timeline,omitempty" doc:"PostgreSQL's timeline: a failover or a restore to a point in time begins a new one; SQLite's change counter"`
	Version  string `json:"version,omitempty" doc:"the server's version"`
	Major    int    `json:"major,omitempty"`
	Database string `json:"database,omitempty"`
	Folder   string `json:"folder,omitempty" doc:"where the server keeps its data"`
	Host     string `json:"host,omitempty"`
	Super    string `json:"superuser,omitempty" doc:"PostgreSQL's first superuser, whom a copy of the whole cluster is asked as"`
	Checksum bool   `json:"checksums,omitempty" doc:"pages carry checksums"`
}

// Table is one table, or one file or folder at the top of a folder.
type Table struct {
	Name     string `json:"name" doc:"schema.table"`
	Kind     string `json:"kind" doc:"table, partitioned, view, materialized, foreign; file, folder"`
	Columns  string `json:"columns,omitempty" doc:"hash of names and types of the columns"`
	Owner    string `json:"owner,omitempty"`
	Rows     int64  `json:"rows" doc:"rows, or files; -1: not counted"`
	Most     int64  `json:"most,omitempty" doc:"rows after the dump, when it was not taken in one snapshot and they differ"`
	Print    string `json:"print,omitempty" doc:"sum of the first 60 bits of each row's MD5"`
	Unlogged bool   `json:"unlogged,omitempty" doc:"its rows are not in a copy of the cluster"`
}

// Sequence is one sequence. It is not held still by a snapshot, so its value is
// read before and after the dump.
type Sequence struct {
	Name  string `json:"name"`
	Value int64  `json:"value"`
	Until int64  `json:"until" doc:"its value after the dump"`
	Step  int64  `json:"step"`
}

// Constraint is one constraint.
type Constraint struct {
	Table      string `json:"table"`
	Name       string `json:"name"`
	Kind       string `json:"kind" doc:"primary, unique, foreign, check, exclude"`
	Definition string `json:"definition"`
	Valid      bool   `json:"valid"`
}

// Marker is a heartbeat: a row that somebody wrote into the source at a known time.
type Marker struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// MarkerTable is the table for heartbeats, made by the administrator:
//
//	CREATE TABLE steward_marker (id CHAR(36) PRIMARY KEY, at VARCHAR(40) NOT NULL)
//
// with INSERT, DELETE and SELECT granted. The moment is RFC 3339 in UTC.
const MarkerTable = "steward_marker"

// Options say how much is taken.
type Options struct {
	Prints   bool                              // fingerprints; else rows are counted only
	Progress func(done, total int, now string) // may be nil
}

func (o Options) progress(done, total int, now string) {
	if o.Progress != nil {
		o.Progress(done, total, now)
	}
}

// TableCount is how many tables hold rows of their own.
func (s *Snapshot) TableCount() (n int) {
	for _, t := range s.Tables {
		if t.Kind == "table" {
			n++
		}
	}
	return n
}

// RowCount is the number of rows in all tables.
func (s *Snapshot) RowCount() (n int64) {
	for _, t := range s.Tables {
		if t.Kind == "table" || t.Kind == "file" || t.Kind == "folder" {
			n += max(t.Rows, 0)
		}
	}
	return n
}

func (s *Snapshot) gap(what, needs string, err error) {
	s.Gaps = append(s.Gaps, fact.Gap{What: what, Why: fmt.Sprint(err), Needs: needs})
}
