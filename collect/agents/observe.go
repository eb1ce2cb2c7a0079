package agents

import (
	"cmp"

	"steward/collect/fact"
)

// Observations are the facts of a document: what came, and what it tells. A
// computer or phone is a fact.Inventory, another device an Equipment.
func Observations(doc Document, source string, emit fact.Emit) error {
	at := doc.Inventory.At
	o := fact.Observation{Kind: "agent-document", Target: cmp.Or(doc.Inventory.Identity.Value.Hostname, doc.DeviceID, source), At: at, Source: source, Method: "agent", Data: doc}
	if err := emit(o); err != nil {
		return err
	}
	if doc.HasInventory() && len(doc.Equipment) == 0 {
		o.Kind, o.Data = doc.Kind, doc.Inventory
		return emit(o)
	}
	for _, e := range doc.Equipment {
		o.Kind, o.Data = e.Kind, e
		o.Target = cmp.Or(e.Inventory.Identity.Value.Hostname, first(e.Addresses), source)
		if err := emit(o); err != nil {
			return err
		}
	}
	return nil
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
