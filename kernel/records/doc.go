// Package records turns one typed definition of a record into everything the
// program does with it: its table, validation, rights, lists, history, forms,
// import, export and API.
//
// A module declares a struct that embeds Base and describes its fields by
// address in Define, so a rename does not compile until the description is
// right. Reading and writing go through the Type that Define returns. There is
// one write path (write.go) for forms, the API, imports, jobs and agents.
//
// Inside, the engine is untyped: a Def holds Fields, and a field's value is
// normalised to nil (unknown), string, int64, float64, bool or Money.
package records
