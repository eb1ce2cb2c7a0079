package host

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"

	"steward/collect/fact"
)

// linuxIdentity reads all by which the machine can be known again.
func (c *collection) linuxIdentity() fact.Section[fact.Identity] {
	id := fact.Identity{
		MachineID: c.Text("/etc/machine-id"), UUID: strings.ToLower(c.Text("/sys/class/dmi/id/product_uuid")),
		Serial: c.Text("/sys/class/dmi/id/product_serial"), Board: c.Text("/sys/class/dmi/id/board_serial"), Chassis: c.Text("/sys/class/dmi/id/chassis_serial"),
		AssetTag: c.dmi("chassis_asset_tag"),
	}
	section := fact.Section[fact.Identity]{Seen: true}
	if id.MachineID == "" {
		id.MachineID = c.Text("/var/lib/dbus/machine-id")
	}
	if id.Serial == "" {
		id.Serial = c.Text("/proc/device-tree/serial-number")
	}
	if id.UUID == "" && c.Exists("/sys/class/dmi/id/product_uuid") {
		section.Miss("SMBIOS UUID and serial numbers", "only root may read them", "run as root")
	} else if id.UUID == "" && id.Serial == "" {
		section.Miss("SMBIOS UUID and serial numbers", "the machine has no SMBIOS table", "")
	}
	if id.MachineID == "" {
		section.Miss("machine id", "/etc/machine-id is not there or empty", "")
	}
	id.Hostname = c.Text("/proc/sys/kernel/hostname")
	if id.Hostname == "" {
		id.Hostname = c.Text("/etc/hostname")
	}
	if id.Hostname == "" && c.Live {
		id.Hostname, _ = os.Hostname()
	}
	if strings.Contains(id.Hostname, ".") {
		id.FQDN = id.Hostname
		id.Hostname, _, _ = strings.Cut(id.Hostname, ".")
	} else {
		id.FQDN = c.fqdn(id.Hostname)
	}
	id.Domain = c.joinedDomain()
	if id.Domain == "" {
		_, id.Domain, _ = strings.Cut(id.FQDN, ".")
	}
	for _, name := range c.Names("/sys/class/net") {
		if c.hardwareAdapter(name) {
			if mac, ok := fact.MAC(c.Text("/sys/class/net/" + name + "/address")); ok {
				id.MACs = append(id.MACs, mac)
			}
		}
	}
	id.Cloud, id.Instance = c.cloud()
	for _, p := range c.Glob("/etc/ssh/ssh_host_*_key.pub") {
		if f := hostKey(c.Text(p)); f != "" {
			id.HostKeys = append(id.HostKeys, f)
		}
	}
	section.Value = id
	return section
}

// hostKey is the fingerprint of a public SSH key as ssh-keygen -l prints it.
func hostKey(line string) string {
	f := strings.Fields(line)
	if len(f) < 2 {
		return ""
	}
	b, err := base64.StdEncoding.DecodeString(f[1])
	if err != nil || len(b) < 32 {
		return ""
	}
	sum := sha256.Sum256(b)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// fqdn finds the full name in /etc/hosts; the network is not asked.
func (c *collection) fqdn(short string) string {
	found := ""
	c.Lines("/etc/hosts", func(line string) bool {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		for i, name := range f {
			if i > 0 && short != "" && strings.HasPrefix(name, short+".") && !strings.HasPrefix(name, "localhost") {
				found = name
				return false
			}
		}
		return true
	})
	return found
}

// joinedDomain is the directory the machine is joined to by SSSD or Samba.
func (c *collection) joinedDomain() string {
	domain := ""
	c.Lines("/etc/sssd/sssd.conf", func(line string) bool {
		if key, value, found := strings.Cut(line, "="); found && strings.TrimSpace(key) == "ad_domain" {
			domain = strings.TrimSpace(value)
		}
		return domain == ""
	})
	if domain == "" {
		c.Lines("/etc/samba/smb.conf", func(line string) bool {
			if key, value, found := strings.Cut(line, "="); found && strings.TrimSpace(key) == "realm" {
				domain = strings.ToLower(strings.TrimSpace(value))
			}
			return domain == ""
		})
	}
	return domain
}

// cloud tells the cloud and the machine's id in it by files alone: SMBIOS and
// what cloud-init left. The metadata service is not asked.
func (c *collection) cloud() (name, instance string) {
	vendor, product, asset := c.Text("/sys/class/dmi/id/sys_vendor"), c.Text("/sys/class/dmi/id/product_name"), c.Text("/sys/class/dmi/id/chassis_asset_tag")
	switch {
	case strings.HasPrefix(vendor, "Amazon EC2"):
		name = "aws"
		if tag := c.Text("/sys/class/dmi/id/board_asset_tag"); strings.HasPrefix(tag, "i-") {
			instance = tag
		}
	case vendor == "Google" && strings.Contains(product, "Compute Engine"):
		name = "gcp"
	case asset == "7783-7084-3265-9085-8269-3286-77":
		name = "azure"
		instance = strings.ToLower(c.Text("/sys/class/dmi/id/product_uuid"))
	case vendor == "Hetzner":
		name, instance = "hetzner", c.Text("/sys/class/dmi/id/product_serial")
	case vendor == "DigitalOcean":
		name, instance = "digitalocean", c.Text("/sys/class/dmi/id/product_serial")
	case strings.Contains(asset, "OracleCloud.com"):
		name = "oracle"
	case strings.HasPrefix(vendor, "OpenStack") || strings.HasPrefix(product, "OpenStack"):
		name = "openstack"
	case vendor == "Vultr" || vendor == "Scaleway" || vendor == "Exoscale" || vendor == "UpCloud" || vendor == "Linode" || vendor == "Akamai":
		name = strings.ToLower(vendor)
	case vendor == "Alibaba Cloud":
		name = "alibaba"
	}
	if name != "" && instance == "" {
		instance = c.Text("/var/lib/cloud/data/instance-id")
	}
	if fact.GarbageSerial(instance) != "" || strings.HasPrefix(instance, "iid-datasource") {
		instance = ""
	}
	return name, instance
}
