// Package table reads business data where it lies: CSV of any dialect and
// encoding, XLSX, JSON lines, Parquet, SQL databases and HTTP JSON APIs. It finds
// out columns, types and keys, yields typed columns in batches, profiles them and
// checks their quality. It never writes to what it reads, keeps rows that do not
// fit aside with the reason, and bounds its memory whatever the input.
package table
