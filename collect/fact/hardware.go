package fact

// Hardware is the machine as its firmware and kernel describe it.
type Hardware struct {
	Vendor   string         `json:"vendor,omitempty" doc:"maker of the machine"`
	Model    string         `json:"model,omitempty" doc:"product name"`
	Version  string         `json:"version,omitempty" doc:"the maker's revision of the model"`
	SKU      string         `json:"sku,omitempty" doc:"the maker's order number of the model"`
	Chassis  string         `json:"chassis,omitempty" doc:"desktop, laptop, tower, server, blade, tablet, virtual …"`
	Board    *Board         `json:"board,omitempty" doc:"the main board"`
	Firmware *Firmware      `json:"firmware,omitempty" doc:"BIOS or UEFI"`
	CPU      *CPU           `json:"cpu,omitempty"`
	Memory   *int64         `json:"memory_bytes,omitempty" doc:"memory the operating system can use, bytes"`
	Modules  []MemoryModule `json:"memory_modules,omitempty" doc:"memory modules in their slots, where the firmware tells"`
	TPM      string         `json:"tpm,omitempty" doc:"version of the trusted platform module, e.g. 2.0"`
}

// Board is the main board.
type Board struct {
	Vendor  string `json:"vendor,omitempty"`
	Model   string `json:"model,omitempty"`
	Version string `json:"version,omitempty"`
}

// Firmware is the BIOS or UEFI.
type Firmware struct {
	Vendor     string `json:"vendor,omitempty"`
	Version    string `json:"version,omitempty"`
	Date       string `json:"date,omitempty" doc:"release date, YYYY-MM-DD"`
	Mode       string `json:"mode,omitempty" doc:"uefi or bios"`
	SecureBoot *bool  `json:"secure_boot,omitempty" doc:"whether secure boot is on"`
}

// CPU is the processors of the machine taken together.
type CPU struct {
	Vendor       string   `json:"vendor,omitempty"`
	Model        string   `json:"model,omitempty"`
	Architecture string   `json:"architecture,omitempty" doc:"as the kernel calls it: x86_64, aarch64 …"`
	Sockets      *int     `json:"sockets,omitempty" doc:"physical packages"`
	Cores        *int     `json:"cores,omitempty" doc:"physical cores over all sockets"`
	Threads      *int     `json:"threads,omitempty" doc:"logical processors"`
	MaxMHz       *int     `json:"max_mhz,omitempty" doc:"highest rated clock"`
	Microcode    string   `json:"microcode,omitempty" doc:"microcode revision"`
	Open         []string `json:"open_weaknesses,omitempty" doc:"processor weaknesses the kernel reports as not mitigated"`
}

// MemoryModule is one module in its slot.
type MemoryModule struct {
	Slot   string `json:"slot,omitempty"`
	Bytes  *int64 `json:"bytes,omitempty"`
	Type   string `json:"type,omitempty" doc:"DDR4, DDR5 …"`
	MTs    *int   `json:"mts,omitempty" doc:"configured speed, million transfers a second"`
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model,omitempty" doc:"part number"`
	Serial string `json:"serial,omitempty"`
}

// Battery is one battery and how much of its capacity is left.
type Battery struct {
	Name       string `json:"name,omitempty"`
	Vendor     string `json:"vendor,omitempty"`
	Model      string `json:"model,omitempty"`
	Serial     string `json:"serial,omitempty"`
	Technology string `json:"technology,omitempty"`
	DesignMWh  *int   `json:"design_mwh,omitempty" doc:"capacity when new, mWh"`
	Cycles     *int   `json:"cycles,omitempty" doc:"charge cycles; counted coarsely so that it is not a change every day"`
}

// Monitor is a screen as its EDID describes it.
type Monitor struct {
	Vendor string `json:"vendor,omitempty"`
	Model  string `json:"model,omitempty"`
	Serial string `json:"serial,omitempty"`
	Made   string `json:"made,omitempty" doc:"YYYY or YYYY-Www, year and week of manufacture"`
	Port   string `json:"port,omitempty"`
}

// Virtual says what the machine runs on, if it is not hardware of its own,
// and what it hosts.
type Virtual struct {
	Role       string `json:"role" doc:"physical, vm or container"`
	Technology string `json:"technology,omitempty" doc:"kvm, vmware, hyperv, xen, virtualbox, firecracker, docker, lxc, podman, wsl …"`
	Cloud      string `json:"cloud,omitempty" doc:"aws, azure, gcp … where the firmware says so"`
	Hosts      string `json:"hosts,omitempty" doc:"comma-separated technologies it runs guests with: docker, podman, libvirt, proxmox, hyperv …"`
}

// VirtualMachine is a guest or container this machine hosts.
type VirtualMachine struct {
	Name       string `json:"name"`
	Technology string `json:"technology" doc:"libvirt, docker, podman, lxc, hyperv …"`
	UUID       string `json:"uuid,omitempty"`
	State      string `json:"state,omitempty" doc:"running, off, paused …"`
	Image      string `json:"image,omitempty"`
	CPUs       *int   `json:"cpus,omitempty"`
	Memory     *int64 `json:"memory_bytes,omitempty"`
}
