package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"steward/collect/network/snmp"
)

// Credential is a way of being let in by SNMP agents, and where it may be
// tried: a community is sent in the clear to whoever is asked.
type Credential struct {
	snmp.Credential
	Networks []netip.Prefix // none is everywhere
}

// fits reports whether a credential may be tried at an address.
func (c Credential) fits(a netip.Addr) bool {
	return len(c.Networks) == 0 || slices.ContainsFunc(c.Networks, func(p netip.Prefix) bool { return p.Contains(a) })
}

// written is a credential as the file has it.
type written struct {
	Name         string   `json:"name"`
	Version      string   `json:"version"`
	Community    string   `json:"community"`
	User         string   `json:"user"`
	Auth         string   `json:"auth"`
	AuthPassword string   `json:"auth_password"`
	Priv         string   `json:"priv"`
	PrivPassword string   `json:"priv_password"`
	Networks     []string `json:"networks"`
}

// ReadCredentials reads a JSON list of credentials, in the order they are to be
// tried:
//
//	[{"name": "core", "version": "3", "user": "reader", "auth": "sha256", "auth_password": "…", "priv": "aes", "priv_password": "…"},
//	 {"name": "printers", "version": "2c", "community": "…", "networks": ["10.2.0.0/16"]}]
//
// An error names the place and never a secret.
func ReadCredentials(raw []byte) ([]Credential, error) {
	var list []written
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		line := 1 + bytes.Count(raw[:min(int(d.InputOffset()), len(raw))], []byte("\n"))
		return nil, fmt.Errorf("line %d: not a JSON list of credentials with the fields name, version, community, user, auth, auth_password, priv, priv_password, networks", line)
	}
	var out []Credential
	for i, w := range list {
		c := Credential{Credential: snmp.Credential{Name: w.Name, Community: w.Community,
			User: snmp.User{Name: w.User, Auth: w.Auth, AuthPassword: w.AuthPassword, Priv: w.Priv, PrivPassword: w.PrivPassword}}}
		if c.Name == "" {
			c.Name = fmt.Sprintf("credential %d", i+1)
		}
		where := fmt.Sprintf("[%d] (%s)", i, c.Name)
		switch w.Version {
		case "1":
			c.Version = 1
		case "2c", "2", "":
			if c.Version = 2; w.Version == "" && w.User != "" {
				c.Version = 3
			}
		case "3":
			c.Version = 3
		default:
			return nil, fmt.Errorf("%s: version %q; 1, 2c and 3 are known", where, w.Version)
		}
		if err := c.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		for _, n := range w.Networks {
			p, err := netip.ParsePrefix(n)
			if err != nil {
				return nil, fmt.Errorf("%s: networks: %q is no network, such as 10.0.0.0/8", where, n)
			}
			c.Networks = append(c.Networks, p.Masked())
		}
		out = append(out, c)
	}
	return out, nil
}
