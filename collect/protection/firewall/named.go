package firewall

import (
	"encoding/json"
	"strings"
)

// nftNamed are the named sets and verdict maps of nftables, by
// "family table @name" or, of one table, by "@name".
type nftNamed map[string]json.RawMessage

func (n nftNamed) add(item map[string]json.RawMessage) {
	for _, kind := range []string{"set", "map"} {
		raw, ok := item[kind]
		if !ok {
			continue
		}
		var e struct {
			Family, Table, Name string
			Elem                json.RawMessage
		}
		if json.Unmarshal(raw, &e) == nil && len(e.Elem) > 0 {
			n[e.Family+" "+e.Table+" @"+e.Name] = e.Elem
		}
	}
}

// of are those of one table.
func (n nftNamed) of(family, table string) nftNamed {
	own := nftNamed{}
	for name, elements := range n {
		if bare, found := strings.CutPrefix(name, family+" "+table+" @"); found {
			own["@"+bare] = elements
		}
	}
	return own
}

// elements puts the elements of a named set in place of its name. An empty set
// matches nothing, and one of several values an element is not taken apart; so
// their names stay.
func (n nftNamed) elements(values []string) []string {
	if len(values) != 1 || !strings.HasPrefix(values[0], "@") {
		return values
	}
	if all := nftValues(n[values[0]], 0); len(all) > 0 {
		return all
	}
	return values
}

// pairs are the entries of a verdict map, written out or named.
func (n nftNamed) pairs(data json.RawMessage) [][2]json.RawMessage {
	var name string
	if json.Unmarshal(data, &name) == nil {
		var all [][2]json.RawMessage
		json.Unmarshal(n[name], &all) // not of this form: none
		return all
	}
	var written struct{ Set [][2]json.RawMessage }
	json.Unmarshal(data, &written)
	return written.Set
}
