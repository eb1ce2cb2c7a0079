// Package database asks database servers how they are: checks that are data,
// structure, sizes, slow statements, version and end of support, for PostgreSQL,
// MySQL and MariaDB, SQLite, SQL Server, Oracle, MongoDB and Redis.
//
// It only reads. Every statement passes a guard that lets nothing but reading
// through, runs in a read-only transaction where the engine has one, with time
// limits for the statement and for locks and a bound on rows, and is rolled
// back. What a right is missing for is said and the rest goes on.
package database

import "time"

// Engine is a kind of database server.
type Engine string

// The engines that can be asked. MariaDB is asked as MySQL is, Valkey as Redis;
// Server.Product says which it was.
const (
	PostgreSQL Engine = "postgresql"
	MySQL      Engine = "mysql"
	SQLite     Engine = "sqlite"
	SQLServer  Engine = "sqlserver"
	Oracle     Engine = "oracle"
	MongoDB    Engine = "mongodb"
	Redis      Engine = "redis"
)

// Engines are all of them, in the order of the documentation.
var Engines = []Engine{PostgreSQL, MySQL, SQLite, SQLServer, Oracle, MongoDB, Redis}

// Server is what a database server says of itself.
type Server struct {
	Engine    Engine     `json:"engine" doc:"postgresql, mysql, sqlite, sqlserver, oracle, mongodb, redis"`
	Product   string     `json:"product" doc:"the product: also mariadb and valkey"`
	Version   string     `json:"version" doc:"as the maker counts, e.g. 15.19, 10.11.19, 16.0.4265.3"`
	Edition   string     `json:"edition,omitempty" doc:"the edition or build, in the server's own words"`
	Database  string     `json:"database,omitempty" doc:"the database that was asked"`
	User      string     `json:"user,omitempty" doc:"as whom it was asked"`
	Role      string     `json:"role,omitempty" doc:"primary, replica or arbiter, where the engine replicates"`
	Started   *time.Time `json:"started,omitempty" doc:"when the server was started, UTC"`
	Encrypted *bool      `json:"encrypted,omitempty" doc:"whether this connection was encrypted"`
	Support   *Support   `json:"support,omitempty" doc:"until when this version is supported; absent when it is not known"`
}

// Options say how a server is asked. The zero value is made whole by Run.
type Options struct {
	Statement time.Duration // limit for one statement; 10 s
	Lock      time.Duration // limit for waiting on a lock; 1 s
	Connect   time.Duration // limit for connecting; 10 s
	Checks    []Check       // the checks to run; nil: those shipped
	Now       time.Time     // the day for ends of support
	Top       int           // slow statements told; 10
	Parts     []string      // of Parts; nil: all
	Earlier   *Earlier      // what an earlier run said, for changes and growth
}

// Parts are what can be asked for.
var Parts = []string{"checks", "structure", "sizes", "statements"}

func (o Options) whole() Options {
	if o.Statement <= 0 {
		o.Statement = 10 * time.Second
	}
	if o.Lock <= 0 {
		o.Lock = time.Second
	}
	if o.Connect <= 0 {
		o.Connect = 10 * time.Second
	}
	if o.Top <= 0 {
		o.Top = 10
	}
	if o.Parts == nil {
		o.Parts = Parts
	}
	return o
}
