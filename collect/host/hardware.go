package host

import (
	"bytes"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

// linuxHardware reads the firmware's tables as the kernel shows them in /sys,
// the device tree of boards without one, and /proc.
func (c *collection) linuxHardware() fact.Section[fact.Hardware] {
	h := fact.Hardware{Vendor: c.dmi("sys_vendor"), Model: c.dmi("product_name"), Version: c.dmi("product_version"), SKU: c.dmi("product_sku")}
	section := fact.Section[fact.Hardware]{Seen: true}
	if h.Model == "" {
		h.Model = c.Text("/proc/device-tree/model") // Raspberry Pi and other boards
	}
	if !c.Exists("/sys/class/dmi/id") && h.Model == "" {
		section.Miss("vendor, model, serial number and firmware", "the machine has no SMBIOS table and no device tree", "")
	}
	h.Chassis = chassisName(c.Text("/sys/class/dmi/id/chassis_type"))
	if b := (fact.Board{Vendor: c.dmi("board_vendor"), Model: c.dmi("board_name"), Version: c.dmi("board_version")}); b != (fact.Board{}) {
		h.Board = &b
	}
	f := fact.Firmware{Vendor: c.dmi("bios_vendor"), Version: c.dmi("bios_version"), Date: usDate(c.dmi("bios_date"))}
	if c.Exists("/sys/firmware/efi") {
		f.Mode = "uefi"
		for _, p := range c.Glob("/sys/firmware/efi/efivars/SecureBoot-*") {
			if b, err := c.Read(p); err == nil && len(b) == 5 {
				f.SecureBoot = new(b[4] == 1)
			}
		}
	} else if f.Version != "" {
		f.Mode = "bios"
	}
	if f != (fact.Firmware{}) {
		h.Firmware = &f
	}
	if b, err := c.Read("/proc/cpuinfo"); err == nil {
		h.CPU = parseCPUInfo(b)
		h.CPU.Architecture = c.Text("/proc/sys/kernel/arch")
		if h.CPU.Architecture == "" && c.Live {
			h.CPU.Architecture = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
		}
		if khz := c.Number("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"); khz != nil && *khz > 0 {
			h.CPU.MaxMHz = new(int(*khz / 1000))
		}
		for _, p := range c.Glob("/sys/devices/system/cpu/vulnerabilities/*") {
			if strings.HasPrefix(c.Text(p), "Vulnerable") {
				h.CPU.Open = append(h.CPU.Open, p[strings.LastIndexByte(p, '/')+1:])
			}
		}
	} else {
		section.Miss("processor", "/proc/cpuinfo cannot be read", "")
	}
	if kib, ok := c.memInfo()["MemTotal"]; ok {
		h.Memory = new(kib * 1024)
	} else {
		section.Miss("memory", "/proc/meminfo cannot be read", "")
	}
	if b, err := c.Read("/sys/firmware/dmi/tables/DMI"); err == nil {
		h.Modules = parseSMBIOSMemory(b)
	} else if c.Exists("/sys/firmware/dmi/tables") {
		why, needs := reason(err)
		section.Miss("memory modules", why, needs)
	}
	if major := c.Text("/sys/class/tpm/tpm0/tpm_version_major"); major == "2" {
		h.TPM = "2.0"
	} else if major == "1" {
		h.TPM = "1.2"
	}
	section.Value = h
	return section
}

// dmi reads one of the kernel's SMBIOS values; a maker's placeholder is absent.
func (c *collection) dmi(name string) string {
	s := c.Text("/sys/class/dmi/id/" + name)
	if fact.GarbageSerial(s+"....") == "is a placeholder of the maker" {
		return ""
	}
	return s
}

// usDate turns a firmware's MM/DD/YYYY into YYYY-MM-DD; anything else is absent.
func usDate(s string) string {
	t, err := time.Parse("01/02/2006", s)
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// chassisName names the SMBIOS chassis types (DSP0134, 7.4.1).
func chassisName(number string) string {
	n, _ := strconv.Atoi(number)
	switch n &^ 0x80 {
	case 1:
		return "other"
	case 3, 4, 5, 15:
		return "desktop"
	case 6, 7:
		return "tower"
	case 8, 9, 10, 14:
		return "laptop"
	case 11:
		return "handheld"
	case 12:
		return "dock"
	case 13:
		return "all-in-one"
	case 17, 22, 23, 25:
		return "server"
	case 28, 29:
		return "blade"
	case 30:
		return "tablet"
	case 31, 32:
		return "convertible"
	case 33, 34:
		return "embedded"
	case 35:
		return "mini-pc"
	case 36:
		return "stick-pc"
	}
	return ""
}

// parseCPUInfo reads /proc/cpuinfo of x86, arm64 and others.
func parseCPUInfo(b []byte) *fact.CPU {
	cpu := &fact.CPU{}
	threads := 0
	sockets, cores := map[string]bool{}, map[string]bool{}
	physical := ""
	for line := range bytes.Lines(b) {
		key, value, found := strings.Cut(strings.ToValidUTF8(string(line), ""), ":")
		if !found {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "processor":
			if _, err := strconv.Atoi(value); err == nil {
				threads++
			}
		case "vendor_id":
			cpu.Vendor = value
		case "model name", "cpu model":
			cpu.Model = strings.Join(strings.Fields(value), " ")
		case "Model", "Hardware":
			if cpu.Model == "" {
				cpu.Model = value
			}
		case "CPU implementer":
			cpu.Vendor = armVendors[value]
		case "microcode":
			cpu.Microcode = value
		case "physical id":
			physical = value
			sockets[value] = true
		case "core id":
			cores[physical+"/"+value] = true
		}
	}
	if threads > 0 {
		cpu.Threads = &threads
	}
	if len(sockets) > 0 {
		cpu.Sockets = new(len(sockets))
	}
	if len(cores) > 0 {
		cpu.Cores = new(len(cores))
	}
	return cpu
}

// armVendors are the implementer codes of ARM's MIDR register.
var armVendors = map[string]string{
	"0x41": "ARM", "0x42": "Broadcom", "0x43": "Cavium", "0x46": "Fujitsu", "0x48": "HiSilicon", "0x4e": "NVIDIA", "0x50": "APM", "0x51": "Qualcomm", "0x53": "Samsung", "0x61": "Apple", "0xc0": "Ampere",
}

// memInfo reads /proc/meminfo, in KiB.
func (c *collection) memInfo() map[string]int64 {
	b, _ := c.Read("/proc/meminfo")
	return parseMemInfo(b)
}

func parseMemInfo(b []byte) map[string]int64 {
	values := map[string]int64{}
	for line := range bytes.Lines(b) {
		key, value, found := strings.Cut(string(line), ":")
		f := strings.Fields(value)
		if !found || len(f) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(f[0], 10, 50); err == nil && n >= 0 {
			values[key] = n
		}
	}
	return values
}

// parseSMBIOSMemory reads the memory devices (type 17) of a raw SMBIOS table
// (DMTF DSP0134). Anything cut short ends the reading.
func parseSMBIOSMemory(b []byte) []fact.MemoryModule {
	var modules []fact.MemoryModule
	for len(b) >= 4 {
		kind, length := b[0], int(b[1])
		if length < 4 || length > len(b) {
			break
		}
		body := b[:length]
		end := bytes.Index(b[length:], []byte{0, 0})
		if end < 0 {
			break
		}
		texts := bytes.Split(b[length:length+end], []byte{0})
		b = b[length+end+2:]
		if kind == 127 {
			break
		}
		if kind != 17 || length < 0x15 {
			continue
		}
		text := func(at int) string {
			if at >= length || body[at] == 0 || int(body[at]) > len(texts) {
				return ""
			}
			s := strings.TrimSpace(strings.ToValidUTF8(string(texts[body[at]-1]), ""))
			if fact.GarbageSerial(s+"....") == "is a placeholder of the maker" || s == "NO DIMM" {
				return ""
			}
			return s
		}
		word := func(at int) int {
			if at+1 >= length {
				return 0
			}
			return int(body[at]) | int(body[at+1])<<8
		}
		size := int64(word(0x0C))
		switch {
		case size == 0 || size == 0xFFFF:
			continue // the slot is empty
		case size == 0x7FFF && length >= 0x20:
			size = int64(word(0x1C)|word(0x1E)<<16) << 20
		case size&0x8000 != 0:
			size = (size & 0x7FFF) << 10
		default:
			size <<= 20
		}
		m := fact.MemoryModule{Slot: text(0x10), Bytes: &size, Type: memoryTypes[body[0x12]], Vendor: text(0x17), Serial: text(0x18), Model: text(0x1A)}
		if fact.GarbageSerial(m.Serial) != "" {
			m.Serial = ""
		}
		if s := word(0x20); s > 0 && s < 0xFFFF {
			m.MTs = &s
		} else if s := word(0x15); s > 0 && s < 0xFFFF {
			m.MTs = &s
		}
		modules = append(modules, m)
	}
	return modules
}

var memoryTypes = map[byte]string{0x12: "DDR", 0x13: "DDR2", 0x18: "DDR3", 0x1A: "DDR4", 0x1B: "LPDDR", 0x1C: "LPDDR2", 0x1D: "LPDDR3", 0x1E: "LPDDR4", 0x22: "DDR5", 0x23: "LPDDR5", 0x07: "RAM", 0x0F: "SDRAM"}

// batteries reads /sys/class/power_supply.
func (c *collection) batteries() {
	section := fact.Saw([]fact.Battery{})
	for _, name := range c.Names("/sys/class/power_supply") {
		dir := "/sys/class/power_supply/" + name + "/"
		if c.Text(dir+"type") != "Battery" || c.Text(dir+"scope") == "Device" {
			continue // mains, or a mouse's own battery
		}
		b := fact.Battery{Name: name, Vendor: c.Text(dir + "manufacturer"), Model: c.Text(dir + "model_name"), Serial: c.Text(dir + "serial_number"), Technology: c.Text(dir + "technology")}
		if fact.GarbageSerial(b.Serial) != "" {
			b.Serial = ""
		}
		if n := c.Number(dir + "cycle_count"); n != nil && *n > 0 {
			b.Cycles = new(int(*n) / 50 * 50)
		}
		volts := int64(0)
		if n := c.Number(dir + "voltage_min_design"); n != nil {
			volts = *n
		}
		mwh := func(energy, charge string) *int {
			if n := c.Number(dir + energy); n != nil {
				return new(int(*n / 1000))
			}
			if n := c.Number(dir + charge); n != nil && volts > 0 {
				return new(int(*n / 1000 * (volts / 1000) / 1000))
			}
			return nil
		}
		b.DesignMWh = mwh("energy_full_design", "charge_full_design")
		section.Value = append(section.Value, b)
		charge := fact.BatteryCharge{Name: name, FullMWh: mwh("energy_full", "charge_full")}
		if n := c.Number(dir + "capacity"); n != nil {
			charge.Percent = new(int(*n))
		}
		c.inv.Volatile.Battery = append(c.inv.Volatile.Battery, charge)
	}
	c.inv.Batteries = section
}

// monitors reads the EDID of every connected screen.
func (c *collection) monitors() {
	section := fact.Saw([]fact.Monitor{})
	for _, p := range c.Glob("/sys/class/drm/card*-*/edid") {
		b, err := c.Read(p)
		if err != nil || len(b) == 0 {
			continue
		}
		if m, ok := parseEDID(b); ok {
			port := strings.Split(p, "/")[4]
			_, m.Port, _ = strings.Cut(port, "-")
			section.Value = append(section.Value, m)
		}
	}
	c.inv.Monitors = section
}

// parseEDID reads maker, model, serial and date of a base EDID block (VESA
// E-EDID 1.4).
func parseEDID(b []byte) (fact.Monitor, bool) {
	if len(b) < 128 || !bytes.Equal(b[:8], []byte{0, 255, 255, 255, 255, 255, 255, 0}) {
		return fact.Monitor{}, false
	}
	id := int(b[8])<<8 | int(b[9])
	letters := []byte{byte(id>>10&31) + '@', byte(id>>5&31) + '@', byte(id&31) + '@'}
	m := fact.Monitor{Vendor: string(letters)}
	if year := 1990 + int(b[17]); b[17] > 0 {
		m.Made = strconv.Itoa(year)
		if b[16] > 0 && b[16] < 54 {
			m.Made += "-W" + string([]byte{'0' + b[16]/10, '0' + b[16]%10})
		}
	}
	if n := uint32(b[12]) | uint32(b[13])<<8 | uint32(b[14])<<16 | uint32(b[15])<<24; n != 0 && n != 0x01010101 {
		m.Serial = strconv.FormatUint(uint64(n), 10)
	}
	for at := 54; at+18 <= 126; at += 18 {
		d := b[at : at+18]
		if d[0] != 0 || d[1] != 0 {
			continue
		}
		text, _, _ := bytes.Cut(d[5:], []byte{'\n'})
		s := strings.TrimSpace(strings.Map(printable, string(text)))
		switch d[3] {
		case 0xFC:
			m.Model = s
		case 0xFF:
			if s != "" {
				m.Serial = s
			}
		}
	}
	if slices.Contains(letters, '@') {
		m.Vendor = ""
	}
	return m, true
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}
