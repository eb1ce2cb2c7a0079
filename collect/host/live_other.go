//go:build !linux

package host

// usage is known from the platform's own tools elsewhere.
func usage(string) (space, bool) { return space{}, false }

func clockSynced() *bool { return nil }
