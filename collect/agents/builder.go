package agents

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"steward/collect/fact"
)

// builder turns rows, as they pass, into one document. Sections come in any
// order, and what a document is may be said at its end; so the rows of small
// sections are kept and read in finish, the long ones are read at once.
type builder struct {
	o        Options
	doc      Document
	single   map[string]row   // bios, hardware, operatingsystem …
	small    map[string][]row // cpus, memories, firmwares
	seen     map[string]bool  // sections present, also empty ones
	unread   map[string]bool
	itemType string
	items    int

	machine  *machine
	devices  []*deviceBuilder
	client   string
	offset   string
	accounts []fact.Account
	groups   []fact.Group
}

func newBuilder(o Options) *builder {
	b := &builder{o: o, single: map[string]row{}, small: map[string][]row{}, seen: map[string]bool{}, unread: map[string]bool{}}
	b.doc.Refused = map[string]int{}
	b.machine = &machine{}
	return b
}

// head takes what stands beside the content.
func (b *builder) head(name string, v any) {
	s := clip(scalar(v))
	switch name {
	case "action", "query":
		b.doc.Action = strings.ToLower(s)
	case "deviceid":
		b.doc.DeviceID = s
	case "itemtype":
		b.itemType = s
	case "tag":
		b.doc.Tag = s
	case "partial":
		b.doc.Partial = s == "1" || s == "true"
	case "versionclient", "moduleversion":
		b.client = cmp.Or(b.client, s)
	case "name":
		b.small["contact"] = append(b.small["contact"], row{"name": s})
	case "version":
		b.small["contact"] = append(b.small["contact"], row{"version": s})
	case "installed-tasks", "enabled-tasks":
		for _, t := range (row{"t": v}).texts("t") {
			if len(b.doc.Tasks) < 64 && !slices.Contains(b.doc.Tasks, t) {
				b.doc.Tasks = append(b.doc.Tasks, clip(t))
			}
		}
	}
}

// clip bounds a text that names something.
func clip(s string) string {
	if len(s) > 1024 {
		s = strings.ToValidUTF8(s[:1024], "")
	}
	return s
}

func (b *builder) present(section string) {
	if len(b.seen) < 512 {
		b.seen[clip(section)] = true
	}
}

// refused are sections that hold what persons do or are, and secrets.
var refused = map[string]string{
	"envs": "environment variables", "processes": "command lines", "users": "user names",
	"local_users": "user names", "local_groups": "user names", "licenseinfos": "licence keys",
	"accesslog": "", "simcards": "telephone numbers",
}

// add takes one row of a section.
func (b *builder) add(section string, r row) error {
	if b.items++; b.items > maxItems {
		return fmt.Errorf("%w: above %d entries", ErrTooLarge, maxItems)
	}
	if d := b.current(section); d != nil {
		return b.deviceRow(d, section, r)
	}
	if what, ok := refused[section]; ok && !(b.o.Users && (section == "local_users" || section == "local_groups")) {
		if what != "" {
			b.doc.Refused[what]++
		}
		if section == "processes" {
			b.machine.processes++
		}
		return nil
	}
	switch section {
	case "bios", "hardware", "operatingsystem":
		old := b.single[section]
		if old == nil {
			old = row{}
		}
		maps.Copy(old, r)
		for _, private := range []string{"lastloggeduser", "datelastloggeduser", "winowner", "winprodkey", "winprodid"} {
			if old.text(private) != "" && private == "lastloggeduser" {
				b.doc.Refused["user names"]++
			}
			delete(old, private)
		}
		b.single[section] = old
	case "cpus", "memories", "firmwares":
		if len(b.small[section]) < 4096 {
			b.small[section] = append(b.small[section], r)
		}
	case "accountinfo":
		if strings.EqualFold(r.text("keyname"), "TAG") {
			b.doc.Tag = cmp.Or(b.doc.Tag, clip(r.text("keyvalue")))
		}
	case "versionprovider":
		b.client = cmp.Or(b.client, clip(strings.TrimSpace(r.text("name")+" "+r.text("version"))))
	default:
		if !b.machineRow(section, r) && len(b.unread) < 128 {
			b.unread[clip(section)] = true
		}
	}
	return nil
}

// finish makes the document of what passed.
func (b *builder) finish(form string) (Document, error) {
	doc := &b.doc
	doc.Form = form
	if doc.Action == "" {
		return Document{}, fmt.Errorf("%s document has neither an action nor a query: it is not an agent's", form)
	}
	for _, r := range b.small["contact"] {
		b.client = cmp.Or(b.client, r.text("name"))
		if v := r.text("version"); v != "" && !strings.Contains(b.client, v) {
			b.client += " " + v
		}
	}
	doc.Agent = b.client
	doc.Unread = slices.Sorted(maps.Keys(b.unread))
	if len(doc.Refused) == 0 {
		doc.Refused = nil
	}
	if !b.carries() {
		return *doc, nil
	}
	doc.Kind = b.kind()
	if len(b.devices) > 0 {
		for _, d := range b.devices {
			e, err := b.finishDevice(d)
			if err != nil {
				return Document{}, err
			}
			doc.Equipment = append(doc.Equipment, e)
		}
		doc.Kind = doc.Equipment[0].Kind
		doc.Inventory = doc.Equipment[0].Inventory
		return *doc, nil
	}
	inv, err := b.finishMachine()
	doc.Inventory = inv
	return *doc, err
}

// carries reports whether the message is one that holds facts.
func (b *builder) carries() bool {
	switch b.doc.Action {
	case "inventory":
		return true
	case "netinventory", "netdiscovery", "snmpquery", "snmp":
		return len(b.devices) > 0 // the others only say that a scan begins or ends
	}
	return false
}

func (b *builder) kind() string { return kindOf(b.itemType, Computer) }

func kindOf(name, otherwise string) string {
	switch strings.ToLower(name) {
	case "computer":
		return Computer
	case "phone":
		return Phone
	case "networkequipment", "networking":
		return Network
	case "printer":
		return Printer
	case "":
		return otherwise
	}
	return Unmanaged
}

// start is an inventory with its head filled.
func (b *builder) start() fact.Inventory {
	return fact.Inventory{Version: fact.InventoryVersion, Collector: cmp.Or(b.client, "agent"), At: b.o.Now.UTC().Truncate(1e9)}
}
