package host

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"steward/collect/fact"
)

// initNamespace is the inode of the first process namespace of a kernel
// (PROC_PID_INIT_INO); a container has another.
const initNamespace = "pid:[4026531836]"

func (c *collection) virtual(ctx context.Context) {
	v := fact.Virtual{Role: "physical"}
	section := fact.Section[fact.Virtual]{Seen: true}
	v.Cloud, _ = c.cloud()
	if container := c.container(); container != "" {
		v.Role, v.Technology = "container", container
	} else if vm := c.hypervisor(); vm != "" {
		v.Role, v.Technology = "vm", strings.TrimSuffix(vm, "?")
		if v.Technology == "" {
			section.Miss("which hypervisor", "neither firmware nor kernel names it", "")
		}
	} else if !c.Exists("/sys/class/dmi/id") && !c.Exists("/proc/device-tree") && !c.Exists("/proc/cpuinfo") {
		c.inv.Virtual = fact.Unseen[fact.Virtual]("what the machine runs on", "no firmware table and no /proc/cpuinfo", "")
		return
	}
	guests := fact.Saw([]fact.VirtualMachine{})
	var hosts []string
	if c.Exists("/run/docker.sock") || c.running("dockerd") != nil {
		hosts = append(hosts, "docker")
		out, err := c.Command(ctx, "docker", "ps", "--all", "--no-trunc", "--format", "{{json .}}")
		if err != nil {
			why, needs := reason(err)
			guests.Miss("docker containers", why, needs)
		}
		guests.Value = append(guests.Value, parseDockerPS(out, "docker")...)
	}
	if c.installed["podman"] {
		hosts = append(hosts, "podman")
	}
	if c.running("libvirtd", "virtqemud") != nil || c.Exists("/etc/libvirt/qemu") {
		hosts = append(hosts, "libvirt")
		for _, p := range c.Glob("/etc/libvirt/qemu/*.xml") {
			b, err := c.Read(p)
			if err != nil {
				why, needs := reason(err)
				guests.Miss("virtual machines of libvirt", why, needs)
				break
			}
			if g, ok := parseLibvirt(b); ok {
				guests.Value = append(guests.Value, g)
			}
		}
	}
	if c.Exists("/etc/pve") {
		hosts = append(hosts, "proxmox")
	}
	if c.running("containerd") != nil && c.running("kubelet") != nil {
		hosts = append(hosts, "kubernetes")
	}
	v.Hosts = strings.Join(hosts, ",")
	section.Value = v
	c.inv.Virtual, c.inv.VirtualMachines = section, guests
}

// container names the container this is, or "". A marker file alone is not
// believed when the process tree is the kernel's first: disk images of
// virtual machines are made of container images too.
func (c *collection) container() string {
	if c.Link("/proc/self/ns/pid") == initNamespace {
		return ""
	}
	switch s := c.Text("/run/systemd/container"); {
	case s != "":
		return s
	case c.Exists("/run/.containerenv"):
		return "podman"
	case c.Exists("/.dockerenv"):
		return "docker"
	}
	if b, err := c.Read("/proc/1/environ"); err == nil {
		for v := range strings.SplitSeq(string(b), "\x00") {
			if name, found := strings.CutPrefix(v, "container="); found {
				return strings.ToLower(name)
			}
		}
	}
	if strings.Contains(strings.ToLower(c.Text("/proc/sys/kernel/osrelease")), "microsoft") {
		return "wsl"
	}
	if c.Exists("/proc/vz") && !c.Exists("/proc/bc") {
		return "openvz"
	}
	cgroup := c.Text("/proc/1/cgroup")
	for _, name := range []string{"docker", "lxc", "kubepods", "containerd", "podman"} {
		if strings.Contains(cgroup, "/"+name) {
			return name
		}
	}
	return ""
}

// hypervisor names what this virtual machine runs on; "?" when it is one and
// the hypervisor is not told, "" when it is none.
func (c *collection) hypervisor() string {
	dmi := c.Text("/sys/class/dmi/id/sys_vendor") + "|" + c.Text("/sys/class/dmi/id/product_name") + "|" + c.Text("/sys/class/dmi/id/bios_vendor") + "|" + c.Text("/sys/class/dmi/id/board_vendor")
	for _, v := range []struct{ text, name string }{
		{"VMware", "vmware"}, {"VirtualBox", "virtualbox"}, {"innotek", "virtualbox"}, {"KVM", "kvm"}, {"QEMU", "kvm"}, {"Amazon EC2", "kvm"}, {"Google Compute Engine", "kvm"}, {"OpenStack", "kvm"},
		{"Microsoft Corporation|Virtual Machine", "hyperv"}, {"Xen", "xen"}, {"Bochs", "bochs"}, {"Parallels", "parallels"}, {"BHYVE", "bhyve"}, {"Hetzner", "kvm"}, {"DigitalOcean", "kvm"}, {"Apple Virtualization", "apple"}, {"RHEV", "kvm"}, {"oVirt", "kvm"}, {"Alibaba Cloud", "kvm"},
	} {
		if strings.Contains(dmi, v.text) && !(v.name == "kvm" && strings.Contains(dmi, ".metal")) {
			return v.name
		}
	}
	if c.Text("/sys/hypervisor/type") == "xen" {
		if strings.Contains(c.Text("/proc/xen/capabilities"), "control_d") {
			return "" // the first domain rules the hardware
		}
		return "xen"
	}
	if strings.Contains(c.Text("/proc/device-tree/hypervisor/compatible"), "kvm") {
		return "kvm"
	}
	b, _ := c.Read("/proc/cpuinfo")
	if !strings.Contains(string(b), " hypervisor ") && !strings.Contains(string(b), " hypervisor\n") {
		return ""
	}
	switch clock := c.Text("/sys/devices/system/clocksource/clocksource0/available_clocksource"); {
	case strings.Contains(clock, "kvm-clock"):
		return "kvm"
	case strings.Contains(clock, "hyperv"):
		return "hyperv"
	case strings.Contains(clock, "xen"):
		return "xen"
	}
	return "?"
}

// parseDockerPS reads `docker ps --format '{{json .}}'`, an object a line.
func parseDockerPS(out []byte, technology string) []fact.VirtualMachine {
	var all []fact.VirtualMachine
	lines := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var one struct{ Names, Image, State string }
		if lines.Decode(&one) != nil {
			return all
		}
		if one.Names == "" {
			continue
		}
		state := map[string]string{"running": "running", "paused": "paused", "exited": "off", "created": "off", "dead": "off"}[one.State]
		all = append(all, fact.VirtualMachine{Name: one.Names, Technology: technology, Image: one.Image, State: state})
	}
}

// parseLibvirt takes name, UUID, memory and processors of a domain's XML.
func parseLibvirt(b []byte) (fact.VirtualMachine, bool) {
	text := func(tag string) string {
		_, rest, found := strings.Cut(string(b), "<"+tag)
		if !found {
			return ""
		}
		_, rest, _ = strings.Cut(rest, ">")
		value, _, _ := strings.Cut(rest, "<")
		return strings.TrimSpace(strings.ToValidUTF8(value, ""))
	}
	g := fact.VirtualMachine{Name: text("name"), UUID: text("uuid"), Technology: "libvirt"}
	if n, err := strconv.Atoi(text("vcpu")); err == nil && n > 0 {
		g.CPUs = &n
	}
	if kib, err := strconv.ParseInt(text("memory"), 10, 50); err == nil && kib > 0 {
		g.Memory = new(kib * 1024)
	}
	return g, g.Name != ""
}
