package fact

import (
	"cmp"
	"slices"
	"strings"
)

// Identity is the evidence by which a machine is told from others and known
// again. It holds what was read, garbage included, so that a person can see
// it; Evidence returns only what can be believed.
type Identity struct {
	Hostname  string   `json:"hostname,omitempty" doc:"short name"`
	FQDN      string   `json:"fqdn,omitempty" doc:"full name, where the machine knows it"`
	Domain    string   `json:"domain,omitempty" doc:"directory or DNS domain it is joined to"`
	MachineID string   `json:"machine_id,omitempty" doc:"/etc/machine-id, MachineGuid or IOPlatformUUID; made at installation, copied by careless cloning"`
	UUID      string   `json:"smbios_uuid,omitempty" doc:"the firmware's UUID, lower case"`
	Serial    string   `json:"serial,omitempty" doc:"the machine's serial number"`
	Board     string   `json:"board_serial,omitempty"`
	Chassis   string   `json:"chassis_serial,omitempty"`
	AssetTag  string   `json:"asset_tag,omitempty"`
	MACs      []string `json:"macs,omitempty" doc:"hardware addresses of adapters that stay in the machine, lower case"`
	Cloud     string   `json:"cloud,omitempty" doc:"aws, azure, gcp …"`
	Instance  string   `json:"cloud_instance,omitempty" doc:"the cloud's id of the machine"`
	HostKeys  []string `json:"ssh_host_keys,omitempty" doc:"SHA256 fingerprints of the public SSH host keys"`
}

// Evidence is one believable piece of a machine's identity.
type Evidence struct {
	Kind   string `json:"kind" doc:"cloud_instance, smbios_uuid, serial, board_serial, chassis_serial, machine_id, ssh_host_key, mac, hostname"`
	Value  string `json:"value" doc:"in its comparable form"`
	Strong bool   `json:"strong" doc:"true if two machines never share it unless one was cloned from the other"`
	Copied bool   `json:"copied" doc:"true if it is copied along when a disk image is cloned"`
}

// Refused is a piece of identity that must not be used, and why.
type Refused struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Why   string `json:"why"`
}

// Evidence sorts what was read into what can be believed, strongest first, and
// what cannot. Vendor is the maker from Hardware: a serial is unique only for
// one maker, so its value carries the maker's first word.
func (id Identity) Evidence(vendor string) (believed []Evidence, refused []Refused) {
	add := func(kind, value, why string, strong, copied bool) {
		switch {
		case value == "":
		case why != "":
			refused = append(refused, Refused{kind, value, why})
		default:
			believed = append(believed, Evidence{kind, value, strong, copied})
		}
	}
	if id.Instance != "" {
		add("cloud_instance", strings.Trim(strings.ToLower(id.Cloud+"/"+id.Instance), "/"), "", true, false)
	}
	add("smbios_uuid", strings.ToLower(id.UUID), GarbageUUID(id.UUID), true, false)
	maker, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(vendor)), " ")
	serial := func(kind, value string) {
		if why := GarbageSerial(value); why != "" {
			add(kind, value, why, false, false)
			return
		}
		// A short serial is counted by its maker alone; without the maker it
		// proves little.
		clean := strings.ToLower(strings.TrimSpace(value))
		add(kind, strings.Trim(maker+"/"+clean, "/"), "", maker != "" || len(clean) >= 10, false)
	}
	serial("serial", id.Serial)
	serial("board_serial", id.Board)
	if id.Chassis != id.Serial {
		serial("chassis_serial", id.Chassis)
	}
	add("machine_id", strings.ToLower(id.MachineID), GarbageMachineID(id.MachineID), true, true)
	for _, k := range id.HostKeys {
		add("ssh_host_key", k, "", true, true)
	}
	for _, m := range id.MACs {
		clean, ok := MAC(m)
		if !ok {
			add("mac", m, "is not a hardware address", false, false)
			continue
		}
		add("mac", clean, GarbageMAC(clean), !locallyAdministered(clean), false)
	}
	name := strings.ToLower(cmp.Or(id.FQDN, id.Hostname))
	add("hostname", name, garbageHostname(name), false, true)
	slices.SortStableFunc(believed, func(a, b Evidence) int {
		switch {
		case a.Strong == b.Strong:
			return 0
		case a.Strong:
			return -1
		}
		return 1
	})
	return believed, refused
}

func garbageHostname(name string) string {
	short, _, _ := strings.Cut(name, ".")
	switch short {
	case "localhost", "localhost4", "localhost6", "debian", "ubuntu", "kali", "raspberrypi", "archlinux", "alpine", "fedora", "user-pc", "admin-pc", "desktop", "unknown", "vm", "template":
		return "is a name systems have before they are given one"
	}
	return ""
}
