// Package openapi describes the JSON API to programs: the OpenAPI 3.1 document, made
// from the definitions of the record types and the modules' operations.
package openapi

import (
	"steward/kernel/api"
	"steward/kernel/app"
	"steward/kernel/records"
)

// Module is what openapi adds to the program.
func Module() app.Module {
	return app.Module{Name: "openapi", Document: func(p *app.Program, r records.Reader, operations []api.Operation) (map[string]any, error) {
		return describe(p.Registry, r, operations)
	}}
}
