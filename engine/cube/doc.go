// Package cube computes metrics over business data: a column store in plain
// bytes and queries of measures by dimensions on it.
//
// A Table is built once by a Builder and read from bytes or any io.ReaderAt; it
// does not change. A Query names measures, dimensions and filters; it is only
// ever run for a Viewer, whose rows are the only ones that exist for it. The same
// Query can be had as SQL for SQLite and PostgreSQL, with answers that are equal
// to the last digit: decimals are whole numbers of their smallest unit throughout.
//
// The package does no I/O of its own.
package cube
