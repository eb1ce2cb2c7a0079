// Package storage opens the database (SQLite in the data folder, or PostgreSQL),
// runs transactions on it, and brings its schema up to date. It is the only
// place that knows which database it is: everything else speaks the SQL both
// understand, with $1 for values, and asks the dialect for the rest.
package storage
