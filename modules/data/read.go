package data

import (
	"context"

	"steward/kernel/records"
	"steward/kernel/storage"
)

// Read reads a database source now, as its job does, and keeps what it found as
// a delivery.
func Read(ctx context.Context, db *storage.Database, id records.ID[Source]) error {
	return readDatabase(ctx, db, readArgs{Source: id})
}
