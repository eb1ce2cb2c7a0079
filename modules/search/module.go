// Package search finds records of all types, pages and what can be added, for the
// command palette while somebody types and as a page.
package search

import (
	"embed"

	"steward/kernel/app"
	"steward/kernel/web"
)

//go:embed pages/*.html
var files embed.FS

// Module is what search adds to the program.
func Module() app.Module {
	return app.Module{Name: "search", Routes: []web.Route{
		{Pattern: "GET /palette", Handler: palette},
		{Pattern: "GET /search", Handler: search},
	}}
}
