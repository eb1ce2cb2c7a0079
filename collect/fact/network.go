package fact

// Interface is a network interface. Interfaces that come and go with
// containers (veth pairs) are left out.
type Interface struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind,omitempty" doc:"ethernet, wifi, loopback, bridge, bond, vlan, tunnel, virtual"`
	MAC       string   `json:"mac,omitempty" doc:"hardware address, lower case with colons"`
	Permanent string   `json:"permanent_mac,omitempty" doc:"the address burnt in, where it differs"`
	Addresses []string `json:"addresses,omitempty" doc:"addresses with prefix length; temporary IPv6 addresses are left out"`
	DHCP      *bool    `json:"dhcp,omitempty"`
	Gateway   string   `json:"gateway,omitempty" doc:"the default route through this interface"`
	DNS       []string `json:"dns,omitempty"`
	MTU       *int     `json:"mtu,omitempty"`
	Mbits     *int     `json:"mbits,omitempty" doc:"link speed"`
	Up        *bool    `json:"up,omitempty"`
	Driver    string   `json:"driver,omitempty"`
	Bus       string   `json:"bus,omitempty" doc:"pci, usb, virtio …; a usb adapter may move to another machine"`
	Parent    string   `json:"parent,omitempty" doc:"bridge, bond or interface it belongs to"`
	VLAN      *int     `json:"vlan,omitempty"`
}
