// Package modules is the program's table of contents.
package modules

import (
	"steward/kernel/app"
	"steward/modules/attachments"
	"steward/modules/bridge"
	"steward/modules/data"
	"steward/modules/identity"
	"steward/modules/importing"
	"steward/modules/infrastructure"
	"steward/modules/lists"
	"steward/modules/money"
	"steward/modules/notices"
	"steward/modules/openapi"
	"steward/modules/people"
	"steward/modules/privacy"
	"steward/modules/reports"
	"steward/modules/search"
	"steward/modules/settings"
	"steward/modules/systems"
	"steward/modules/upkeep"
	"steward/modules/vendors"
	"steward/modules/webhooks"
)

// All are the modules of the program, each after those whose records it links to.
func All() []app.Module {
	return []app.Module{
		bridge.Module(),
		vendors.Module(),
		infrastructure.Module(),
		systems.Module(),
		data.Module(),
		money.Module(),
		people.Module(),
		privacy.Module(),
		reports.Module(),
		settings.Module(),
		identity.Module(),
		importing.Module(),
		lists.Module(),
		search.Module(),
		attachments.Module(),
		webhooks.Module(),
		notices.Module(),
		openapi.Module(),
		upkeep.Module(),
	}
}
