package frame

import (
	"cmp"

	"steward/collect/network/seen"
)

// Words of package seen for the kinds of ids and for capabilities.
var (
	chassisTypes    = map[string]string{"component": "component", "interface-alias": "alias", "port-component": "port", "mac": "mac", "network": "address", "interface-name": "interface", "local": "local", "device-id": "name"}
	portTypes       = map[string]string{"interface-alias": "alias", "port-component": "component", "mac": "mac", "network": "address", "interface-name": "name", "agent-circuit": "circuit", "local": "local"}
	capabilityWords = map[string]string{"telephone": "phone", "wlan-ap": "access-point", "transparent-bridge": "bridge", "source-route-bridge": "bridge"}
)

// Seen is the neighbour as the device would tell it that heard it at port, so
// that links can be built of it.
func (n Neighbour) Seen(port string) seen.Neighbour {
	s := seen.Neighbour{Port: port, ChassisID: n.Chassis.Value, ChassisType: chassisTypes[n.Chassis.Kind], PortID: n.Port.Value, PortType: portTypes[n.Port.Kind],
		PortDescr: n.PortDescription, SysName: n.SystemName, SysDescr: n.SystemDescription, Platform: n.Platform, Addresses: append([]string(nil), n.Addresses...)}
	for _, m := range n.Management {
		if m.Family == "ipv4" || m.Family == "ipv6" {
			s.Addresses = append(s.Addresses, m.Address)
			s.ManagementOID = cmp.Or(s.ManagementOID, m.OID)
		}
	}
	capabilities := n.Enabled
	if capabilities == nil {
		capabilities = n.Capabilities
	}
	for _, c := range capabilities {
		s.Capabilities = append(s.Capabilities, cmp.Or(capabilityWords[c], c))
	}
	if n.NativeVLAN != nil {
		s.NativeVLAN = *n.NativeVLAN
	}
	if n.MED != nil {
		s.Model, s.Serial = n.MED.Model, n.MED.Serial
	}
	return s
}

// Device is what listened, with the neighbours it heard, those that said
// goodbye left out: a device of a topology.
func Device(name string, heard []Sighting) seen.Device {
	d := seen.Device{Key: name, SysName: name, Kind: "listener"}
	for _, s := range heard {
		if s.Gone {
			continue
		}
		port := cmp.Or(s.Interface, "capture")
		if s.Protocol == "cdp" {
			d.CDP = append(d.CDP, s.Seen(port))
		} else {
			d.LLDP = append(d.LLDP, s.Seen(port))
		}
	}
	return d
}
