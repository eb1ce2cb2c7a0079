package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/protection/antivirus"
)

// windowsScript asks Windows for everything in one go, since starting
// PowerShell is what takes the time. Each part stands alone: a part that fails
// is null. It runs without administrator rights; what needs them comes back
// null. The update search is offline: it uses what Windows last found.
const windowsScript = `
$ErrorActionPreference='SilentlyContinue';$ProgressPreference='SilentlyContinue'
[Console]::OutputEncoding=[Text.Encoding]::UTF8
function iso($d){if($d){$d.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')}}
$r=[ordered]@{}
$cv=Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$os=Get-CimInstance Win32_OperatingSystem
$r.os=@{caption=$os.Caption;version=$os.Version;build="$($os.Version).$($cv.UBR)";display=$cv.DisplayVersion;edition=$cv.EditionID;type=$os.ProductType;arch=$os.OSArchitecture;installed=iso $os.InstallDate;booted=iso $os.LastBootUpTime;free_kb=$os.FreePhysicalMemory;locale=(Get-Culture).Name;timezone=(Get-TimeZone).Id}
$cs=Get-CimInstance Win32_ComputerSystem;$r.cs=@{name=$cs.DNSHostName;domain=$cs.Domain;joined=$cs.PartOfDomain;vendor=$cs.Manufacturer;model=$cs.Model;sku=$cs.SystemSKUNumber;memory=$cs.TotalPhysicalMemory;hypervisor=$cs.HypervisorPresent}
$p=Get-CimInstance Win32_ComputerSystemProduct;$r.product=@{uuid=$p.UUID;serial=$p.IdentifyingNumber;version=$p.Version}
$b=Get-CimInstance Win32_BIOS;$r.bios=@{vendor=$b.Manufacturer;version=$b.SMBIOSBIOSVersion;date=iso $b.ReleaseDate;serial=$b.SerialNumber}
$b=Get-CimInstance Win32_BaseBoard;$r.board=@{vendor=$b.Manufacturer;model=$b.Product;serial=$b.SerialNumber}
$e=Get-CimInstance Win32_SystemEnclosure;$r.enclosure=@{type=@($e.ChassisTypes)[0];serial=$e.SerialNumber;asset=$e.SMBIOSAssetTag}
$r.machine_guid=(Get-ItemProperty 'HKLM:\SOFTWARE\Microsoft\Cryptography').MachineGuid
$r.cpu=@(Get-CimInstance Win32_Processor|%{@{vendor=$_.Manufacturer;model=$_.Name;cores=$_.NumberOfCores;threads=$_.NumberOfLogicalProcessors;mhz=$_.MaxClockSpeed}})
$r.memory=@(Get-CimInstance Win32_PhysicalMemory|%{@{slot=$_.DeviceLocator;bytes=$_.Capacity;type=$_.SMBIOSMemoryType;speed=$_.ConfiguredClockSpeed;vendor=$_.Manufacturer;part=$_.PartNumber;serial=$_.SerialNumber}})
$r.secure_boot=Confirm-SecureBootUEFI
$r.firmware=$env:firmware_type
$r.tpm=(Get-CimInstance -Namespace root/cimv2/security/microsofttpm Win32_Tpm).SpecVersion
$ips=Get-NetIPAddress;$routes=Get-NetRoute -DestinationPrefix '0.0.0.0/0','::/0';$dns=Get-DnsClientServerAddress;$ipif=Get-NetIPInterface
$r.adapters=@(Get-NetAdapter -IncludeHidden|?{$_.MacAddress}|%{$i=$_.ifIndex;@{name=$_.Name;title=$_.InterfaceDescription;mac=$_.MacAddress;permanent=$_.PermanentAddress;status="$($_.Status)";speed=$_.ReceiveLinkSpeed;mtu=$_.MtuSize;physical=$_.HardwareInterface;media="$($_.PhysicalMediaType)";pnp=$_.PnPDeviceID;addresses=@($ips|?{$_.ifIndex -eq $i -and "$($_.SuffixOrigin)" -ne 'Random'}|%{"$($_.IPAddress)/$($_.PrefixLength)"});gateway=@($routes|?{$_.ifIndex -eq $i}|%{$_.NextHop})[0];dns=@($dns|?{$_.InterfaceIndex -eq $i}|%{$_.ServerAddresses});dhcp="$(@($ipif|?{$_.ifIndex -eq $i -and "$($_.AddressFamily)" -eq 'IPv4'})[0].Dhcp)"}})
$r.disks=@(Get-CimInstance Win32_DiskDrive|%{@{name=$_.DeviceID;model=$_.Model;serial=$_.SerialNumber;bytes=$_.Size;bus=$_.InterfaceType}})
$r.physical=@(Get-PhysicalDisk|%{@{serial=$_.SerialNumber;media="$($_.MediaType)";bus="$($_.BusType)";health="$($_.HealthStatus)"}})
$r.volumes=@(Get-CimInstance Win32_LogicalDisk|?{$_.DriveType -in 2,3}|%{@{mount=$_.DeviceID;type=$_.FileSystem;bytes=$_.Size;free=$_.FreeSpace;remote=$false}})
$r.bitlocker=@(Get-CimInstance -Namespace root/cimv2/Security/MicrosoftVolumeEncryption Win32_EncryptableVolume|%{@{mount=$_.DriveLetter;status=$_.ProtectionStatus;method=$_.EncryptionMethod}})
$r.software=@('HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\*','HKLM:\SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\*'|%{$w=$_ -like '*WOW*';Get-ItemProperty $_|?{$_.DisplayName -and -not $_.SystemComponent -and -not $_.ParentKeyName}|%{@{name=$_.DisplayName;version=$_.DisplayVersion;vendor=$_.Publisher;installed=$_.InstallDate;kb=$_.EstimatedSize;wow=$w}}})
$r.hotfixes=@(Get-CimInstance Win32_QuickFixEngineering|%{@{id=$_.HotFixID;title=$_.Description}})
$r.services=@(Get-CimInstance Win32_Service|%{@{name=$_.Name;title=$_.DisplayName;state=$_.State;start=$_.StartMode;account=$_.StartName;path=$_.PathName;pid=$_.ProcessId}})
$pr=@{};Get-CimInstance Win32_Process|%{$pr[[int]$_.ProcessId]=$_}
$r.ports=@(@(Get-NetTCPConnection -State Listen|%{$q=$pr[[int]$_.OwningProcess];@{protocol='tcp';address=$_.LocalAddress;port=$_.LocalPort;process=$q.Name;program=$q.ExecutablePath}})+@(Get-NetUDPEndpoint|%{$q=$pr[[int]$_.OwningProcess];@{protocol='udp';address=$_.LocalAddress;port=$_.LocalPort;process=$q.Name;program=$q.ExecutablePath}}))
$r.processes=$pr.Count
$admins=@(Get-LocalGroupMember -SID S-1-5-32-544|%{"$($_.SID)"})
$r.users=@(Get-LocalUser|%{@{name=$_.Name;sid="$($_.SID)";title=$_.FullName;enabled=$_.Enabled;changed=iso $_.PasswordLastSet;expires=iso $_.AccountExpires;required=$_.PasswordRequired;admin="$($_.SID)" -in $admins}})
$r.groups=@(Get-LocalGroup|%{$g=$_;@{name=$g.Name;sid="$($g.SID)";members=@(Get-LocalGroupMember -SID $g.SID|%{$_.Name})}})
$r.defender=Get-MpComputerStatus|Select-Object AMServiceEnabled,AntivirusEnabled,RealTimeProtectionEnabled,IsTamperProtected,AMProductVersion,AMRunningMode,AntivirusSignatureVersion,@{n='AntivirusSignatureLastUpdated';e={iso $_.AntivirusSignatureLastUpdated}},@{n='FullScanEndTime';e={iso $_.FullScanEndTime}},@{n='QuickScanEndTime';e={iso $_.QuickScanEndTime}}
$r.antivirus=@(Get-CimInstance -Namespace root/SecurityCenter2 AntiVirusProduct|Select-Object displayName,productState)
$r.firewall=@(Get-NetFirewallProfile -PolicyStore ActiveStore|%{@{name="$($_.Name)";enabled="$($_.Enabled)";inbound="$($_.DefaultInboundAction)"}})
$r.firewall_rules=@(Get-NetFirewallRule -PolicyStore ActiveStore -Enabled True).Count
$u=New-Object -ComObject Microsoft.Update.Session;$s=$u.CreateUpdateSearcher();$s.Online=$false
$f=$s.Search('IsInstalled=0 and IsHidden=0');if($f){$r.updates=@($f.Updates|%{@{title=$_.Title;kb=@($_.KBArticleIDs|%{"KB$_"});severity=$_.MsrcSeverity;categories=@($_.Categories|%{$_.CategoryID})}})}
$au=New-Object -ComObject Microsoft.Update.AutoUpdate;$r.searched=iso $au.Results.LastSearchSuccessDate;$r.automatic=$au.Settings.NotificationLevel
$r.reboot=@(@('HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired','HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending')|?{Test-Path $_})
$r.renames=[bool](Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager').PendingFileRenameOperations
$r.time=@{service="$((Get-Service W32Time).Status)";type=(Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters').Type;server=(Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\W32Time\Parameters').NtpServer}
$r.admin=([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole(544)
$r|ConvertTo-Json -Depth 5 -Compress`

func (c *collection) windows(ctx context.Context) error {
	out, err := c.Command(ctx, "powershell", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", windowsScript)
	if err != nil {
		return err
	}
	return parseWindows(out, &c.inv, c.now)
}

// windowsAnswer is what windowsScript prints. PowerShell writes numbers as
// numbers or texts and lists of one as the one, so these are read leniently.
type windowsAnswer struct {
	OS struct {
		Caption, Version, Build, Display, Edition, Arch, Installed, Booted, Locale, Timezone string
		Type                                                                                 number
		FreeKB                                                                               number `json:"free_kb"`
	}
	CS struct {
		Name, Domain, Vendor, Model, SKU string
		Joined, Hypervisor               bool
		Memory                           number
	}
	Product struct{ UUID, Serial, Version string }
	BIOS    struct{ Vendor, Version, Date, Serial string }
	Board   struct{ Vendor, Model, Serial string }

	Enclosure struct {
		Type          number
		Serial, Asset string
	}
	MachineGUID string `json:"machine_guid"`
	CPU         list[struct {
		Vendor, Model       string
		Cores, Threads, MHz number
	}]
	Memory list[struct {
		Slot, Vendor, Part, Serial string
		Bytes, Type, Speed         number
	}]
	SecureBoot *bool `json:"secure_boot"`
	Firmware   string
	TPM        string
	Adapters   list[struct {
		Name, Title, MAC, Permanent, Status, Media, PNP, Gateway, DHCP string
		Speed, MTU                                                     number
		Physical                                                       bool
		Addresses, DNS                                                 list[string]
	}]
	Disks list[struct {
		Name, Model, Serial, Bus string
		Bytes                    number
	}]
	Physical list[struct{ Serial, Media, Bus, Health string }]
	Volumes  list[struct {
		Mount, Type string
		Bytes, Free number
	}]
	BitLocker list[struct {
		Mount          string
		Status, Method number
	}]
	Software list[struct {
		Name, Version, Vendor, Installed string
		KB                               number
		WOW                              bool
	}]
	Hotfixes list[struct{ ID, Title string }]
	Services list[struct{ Name, Title, State, Start, Account, Path string }]
	Ports    list[struct {
		Protocol, Address, Process, Program string
		Port                                number
	}]
	Processes number
	Users     list[struct {
		Name, SID, Title, Changed, Expires string
		Enabled, Required, Admin           bool
	}]
	Groups list[struct {
		Name, SID string
		Members   list[string]
	}]
	Defender      json.RawMessage
	Antivirus     json.RawMessage
	FirewallList  list[struct{ Name, Enabled, Inbound string }] `json:"firewall"`
	FirewallRules number                                        `json:"firewall_rules"`
	Updates       *list[struct {
		Title, Severity string
		KB, Categories  list[string]
	}]
	Searched  string
	Automatic number
	Reboot    list[string]
	Renames   bool
	Time      struct{ Service, Type, Server string }
	Admin     bool
}

// number is a JSON number, a number in quotes, or null.
type number struct{ n *int64 }

func (v *number) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		v.n = &n
	} else if f, err := strconv.ParseFloat(s, 64); err == nil && f > -9e15 && f < 9e15 {
		v.n = new(int64(f))
	}
	return nil
}

func (v number) count() *int {
	if v.n == nil || *v.n <= 0 || *v.n > 1<<40 {
		return nil
	}
	return new(int(*v.n))
}

// list is a JSON list, or one element where PowerShell dropped the brackets.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if len(b) == 0 || string(b) == "null" || string(b) == "{}" {
		return nil
	}
	var many []T
	if b[0] == '[' {
		if err := json.Unmarshal(b, &many); err != nil {
			return err
		}
		*l = many
		return nil
	}
	var one T
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*l = list[T]{one}
	return nil
}

// parseWindows fills the inventory from windowsScript's answer.
func parseWindows(out []byte, inv *fact.Inventory, now time.Time) error {
	var w windowsAnswer
	out = bytes.TrimPrefix(bytes.TrimSpace(out), []byte("\xef\xbb\xbf"))
	if err := json.Unmarshal(out, &w); err != nil {
		return fmt.Errorf("the answer of Windows is not the JSON asked for: %w", err)
	}
	needs := ""
	if !w.Admin {
		needs = "run as administrator"
	}
	w.system(inv)
	w.hardware(inv, needs)
	w.identity(inv)
	w.network(inv)
	w.storage(inv, needs)
	w.programs(inv)
	w.accounts(inv, needs)
	w.guards(inv, needs, now)
	return nil
}

func (w *windowsAnswer) system(inv *fact.Inventory) {
	server := w.OS.Type.n != nil && *w.OS.Type.n != 1
	s := fact.System{Name: strings.TrimSpace(w.OS.Caption), Family: "windows", Product: "windows", Full: w.OS.Build, Release: w.OS.Display, Edition: w.OS.Edition, Kernel: w.OS.Version,
		Locale: w.OS.Locale, Timezone: w.OS.Timezone, Installed: dayOf(w.OS.Installed), Support: fact.WindowsSupport(server, w.OS.Build, w.OS.Edition)}
	if server {
		s.Product = "windows-server"
		if f := strings.Fields(strings.TrimPrefix(s.Name, "Microsoft ")); len(f) > 2 {
			s.Release = f[2]
			if len(f) > 3 && f[3] == "R2" {
				s.Release += " R2"
			}
		}
	} else if f := strings.Fields(s.Name); len(f) > 2 && w.OS.Display != "" {
		s.Release = f[2] + " " + w.OS.Display
	}
	switch {
	case strings.HasPrefix(w.OS.Arch, "ARM"):
		s.Architecture = "arm64"
	case strings.HasPrefix(w.OS.Arch, "64"):
		s.Architecture = "amd64"
	case strings.HasPrefix(w.OS.Arch, "32"):
		s.Architecture = "386"
	}
	inv.System = fact.Saw(s)
	if s.Support == nil {
		inv.System.Miss("end of support", "the support table of "+fact.SupportTableDate+" does not know build "+w.OS.Build, "a newer table")
	}
	if t := moment(w.OS.Booted); t != nil {
		inv.Volatile.Booted = t
	}
	if n := w.OS.FreeKB.n; n != nil {
		inv.Volatile.Available = new(*n * 1024)
	}
	inv.Volatile.Processes = w.Processes.count()
}

func (w *windowsAnswer) hardware(inv *fact.Inventory, needs string) {
	ok := func(s string) string {
		s = strings.TrimSpace(s)
		if fact.GarbageSerial(s+"....") == "is a placeholder of the maker" {
			return ""
		}
		return s
	}
	h := fact.Hardware{Vendor: ok(w.CS.Vendor), Model: ok(w.CS.Model), SKU: ok(w.CS.SKU), Version: ok(w.Product.Version), TPM: firstPart(w.TPM)}
	if n := w.Enclosure.Type.n; n != nil {
		h.Chassis = chassisName(strconv.FormatInt(*n, 10))
	}
	h.Board = &fact.Board{Vendor: ok(w.Board.Vendor), Model: ok(w.Board.Model)}
	h.Firmware = &fact.Firmware{Vendor: ok(w.BIOS.Vendor), Version: ok(w.BIOS.Version), Date: dayOf(w.BIOS.Date), Mode: map[string]string{"UEFI": "uefi", "Legacy": "bios"}[w.Firmware], SecureBoot: w.SecureBoot}
	if w.CS.Memory.n != nil {
		h.Memory = w.CS.Memory.n
	}
	if len(w.CPU) > 0 {
		cpu := fact.CPU{Vendor: w.CPU[0].Vendor, Model: strings.Join(strings.Fields(w.CPU[0].Model), " "), Sockets: new(len(w.CPU)), MaxMHz: w.CPU[0].MHz.count()}
		cores, threads := 0, 0
		for _, c := range w.CPU {
			if c.Cores.count() != nil && c.Threads.count() != nil {
				cores, threads = cores+*c.Cores.count(), threads+*c.Threads.count()
			}
		}
		if cores > 0 {
			cpu.Cores, cpu.Threads = &cores, &threads
		}
		h.CPU = &cpu
	}
	for _, m := range w.Memory {
		module := fact.MemoryModule{Slot: m.Slot, Bytes: m.Bytes.n, MTs: m.Speed.count(), Vendor: ok(m.Vendor), Model: ok(m.Part), Serial: ok(m.Serial)}
		if m.Type.n != nil {
			module.Type = memoryTypes[byte(*m.Type.n)]
		}
		h.Modules = append(h.Modules, module)
	}
	inv.Hardware = fact.Saw(h)
	if w.SecureBoot == nil && w.Firmware == "UEFI" {
		inv.Hardware.Miss("secure boot and TPM", "access denied", needs)
	}
	v := fact.Virtual{Role: "physical"}
	text := w.CS.Vendor + "|" + w.CS.Model
	for _, t := range []struct{ text, name string }{{"VMware", "vmware"}, {"VirtualBox", "virtualbox"}, {"QEMU", "kvm"}, {"KVM", "kvm"}, {"Microsoft Corporation|Virtual Machine", "hyperv"}, {"Amazon EC2", "kvm"}, {"Google", "kvm"}, {"Xen", "xen"}, {"Parallels", "parallels"}} {
		if strings.Contains(text, t.text) {
			v.Role, v.Technology = "vm", t.name
			break
		}
	}
	switch {
	case strings.HasPrefix(w.CS.Vendor, "Amazon EC2"):
		v.Cloud = "aws"
	case w.CS.Vendor == "Google":
		v.Cloud = "gcp"
	case w.Enclosure.Asset == "7783-7084-3265-9085-8269-3286-77":
		v.Cloud = "azure"
	}
	for _, s := range w.Services {
		if s.Name == "vmms" {
			v.Hosts = "hyperv"
		}
	}
	inv.Virtual = fact.Saw(v)
}

func firstPart(s string) string {
	s, _, _ = strings.Cut(s, ",")
	return strings.TrimSpace(s)
}

func (w *windowsAnswer) identity(inv *fact.Inventory) {
	id := fact.Identity{Hostname: w.CS.Name, MachineID: strings.ReplaceAll(strings.ToLower(w.MachineGUID), "-", ""), UUID: strings.ToLower(w.Product.UUID), Serial: strings.TrimSpace(w.BIOS.Serial), Board: strings.TrimSpace(w.Board.Serial), Chassis: strings.TrimSpace(w.Enclosure.Serial), AssetTag: strings.TrimSpace(w.Enclosure.Asset), Cloud: inv.Virtual.Value.Cloud}
	if fact.GarbageSerial(id.AssetTag) != "" {
		id.AssetTag = ""
	}
	if id.Cloud == "azure" {
		id.Instance = id.UUID
	}
	if w.CS.Joined {
		id.Domain = w.CS.Domain
		id.FQDN = strings.ToLower(w.CS.Name + "." + w.CS.Domain)
	}
	for _, a := range w.Adapters {
		mac := a.Permanent
		if mac == "" {
			mac = a.MAC
		}
		if m, ok := fact.MAC(mac); ok && a.Physical && !strings.HasPrefix(a.PNP, "USB") {
			id.MACs = append(id.MACs, m)
		}
	}
	inv.Identity = fact.Saw(id)
}

func (w *windowsAnswer) network(inv *fact.Inventory) {
	inv.Interfaces = fact.Saw([]fact.Interface{})
	for _, a := range w.Adapters {
		i := fact.Interface{Name: a.Name, MTU: a.MTU.count(), DNS: a.DNS, Driver: a.Title}
		i.MAC, _ = fact.MAC(a.MAC)
		if p, ok := fact.MAC(a.Permanent); ok && p != i.MAC {
			i.Permanent = p
		}
		for _, s := range a.Addresses {
			address, bits, _ := strings.Cut(s, "/")
			address, _, _ = strings.Cut(address, "%")
			if p, err := netip.ParsePrefix(address + "/" + bits); err == nil {
				i.Addresses = append(i.Addresses, p.String())
			}
		}
		switch {
		case strings.Contains(a.Media, "802.11"):
			i.Kind = "wifi"
		case a.Physical:
			i.Kind = "ethernet"
		default:
			i.Kind = "virtual"
			if len(i.Addresses) == 0 {
				continue // WAN miniports and their like
			}
		}
		i.Bus = strings.ToLower(strings.SplitN(a.PNP, `\`, 2)[0])
		if i.Bus == "" || i.Bus == "root" || i.Bus == "swd" {
			i.Bus = ""
		}
		i.Up = new(a.Status == "Up")
		if n := a.Speed.n; n != nil && *n > 0 {
			i.Mbits = new(int(*n / 1_000_000))
		}
		if a.Gateway != "0.0.0.0" && a.Gateway != "::" {
			i.Gateway = a.Gateway
		}
		if a.DHCP != "" {
			i.DHCP = new(a.DHCP == "Enabled" || a.DHCP == "1")
		}
		inv.Interfaces.Value = append(inv.Interfaces.Value, i)
	}
	inv.Ports = fact.Saw([]fact.Port{})
	ephemeral := 0
	for _, p := range w.Ports {
		if p.Port.count() == nil {
			continue
		}
		if p.Protocol == "udp" && *p.Port.count() >= 49152 {
			ephemeral++
			continue
		}
		address, _, _ := strings.Cut(p.Address, "%")
		inv.Ports.Value = append(inv.Ports.Value, fact.Port{Protocol: p.Protocol, Address: address, Port: *p.Port.count(), Process: p.Process, Program: p.Program})
	}
	inv.Volatile.Ephemeral = &ephemeral
}

func (w *windowsAnswer) storage(inv *fact.Inventory, needs string) {
	inv.Disks = fact.Saw([]fact.Disk{})
	for _, d := range w.Disks {
		disk := fact.Disk{Name: strings.TrimPrefix(d.Name, `\\.\`), Model: strings.TrimSpace(d.Model), Serial: strings.TrimSpace(d.Serial), Bytes: d.Bytes.n, Bus: strings.ToLower(d.Bus)}
		for _, p := range w.Physical {
			if s := strings.TrimSpace(p.Serial); s != "" && s == disk.Serial {
				disk.Bus, disk.Health = strings.ToLower(p.Bus), strings.ToLower(p.Health)
				disk.Kind = strings.ToLower(p.Media)
				if disk.Bus == "nvme" {
					disk.Kind = "nvme"
				}
			}
		}
		if virtualDisk(disk.Model) || strings.Contains(disk.Model, "Virtual") {
			disk.Kind = "virtual"
		}
		if disk.Bus == "usb" {
			disk.Kind = "removable"
		}
		if fact.GarbageSerial(disk.Serial) != "" {
			disk.Serial = ""
		}
		inv.Disks.Value = append(inv.Disks.Value, disk)
	}
	inv.Filesystems = fact.Saw([]fact.Filesystem{})
	for _, v := range w.Volumes {
		f := fact.Filesystem{Mount: v.Mount, Device: v.Mount, Type: strings.ToLower(v.Type), Bytes: v.Bytes.n}
		for _, b := range w.BitLocker {
			if b.Mount == v.Mount && b.Status.n != nil {
				f.Encrypted = new(*b.Status.n == 1)
				if *b.Status.n == 1 {
					f.Cipher = "bitlocker"
				}
			}
		}
		inv.Filesystems.Value = append(inv.Filesystems.Value, f)
		if v.Bytes.n != nil && v.Free.n != nil {
			inv.Volatile.Usage = append(inv.Volatile.Usage, fact.FilesystemUsage{Mount: v.Mount, Free: *v.Free.n, Used: *v.Bytes.n - *v.Free.n})
		}
	}
	if w.BitLocker == nil {
		inv.Filesystems.Miss("whether volumes are encrypted", "BitLocker did not answer", needs)
	}
}

func (w *windowsAnswer) programs(inv *fact.Inventory) {
	inv.Packages = fact.Saw([]fact.Package{})
	for _, s := range w.Software {
		p := fact.Package{Name: strings.TrimSpace(s.Name), Version: s.Version, Vendor: s.Vendor, Manager: "msi", Arch: "amd64"}
		if s.WOW {
			p.Arch = "386"
		}
		if t, err := time.Parse("20060102", s.Installed); err == nil {
			p.Day = t.Format(time.DateOnly)
		}
		if n := s.KB.n; n != nil && *n > 0 {
			p.Bytes = new(*n * 1024)
		}
		inv.Packages.Value = append(inv.Packages.Value, p)
	}
	for _, h := range w.Hotfixes {
		inv.Packages.Value = append(inv.Packages.Value, fact.Package{Name: h.ID, Manager: "hotfix", Vendor: "Microsoft"})
	}
	inv.Packages.Miss("programs installed for one account only, and Store apps", "they stand in each account's own registry", "")
	inv.Services = fact.Saw([]fact.Service{})
	running := map[string]bool{}
	for _, s := range w.Services {
		running[s.Name] = s.State == "Running"
		inv.Services.Value = append(inv.Services.Value, fact.Service{Name: s.Name, Title: s.Title, Manager: "windows", Account: s.Account, Command: windowsProgram(s.Path),
			State: map[string]string{"Running": "running", "Stopped": "stopped"}[s.State], Start: map[string]string{"Auto": "enabled", "Manual": "manual", "Disabled": "disabled", "Boot": "enabled", "System": "enabled"}[s.Start]})
	}
	inv.Servers = fact.Saw([]fact.Server{})
	for _, s := range w.Services {
		kind, product := "", ""
		switch name := strings.ToLower(s.Name); {
		case name == "mssqlserver" || strings.HasPrefix(name, "mssql$"):
			kind, product = "database", "sqlserver"
		case strings.HasPrefix(name, "postgresql"):
			kind, product = "database", "postgresql"
		case strings.HasPrefix(name, "mysql"):
			kind, product = "database", "mysql"
		case strings.HasPrefix(name, "mariadb"):
			kind, product = "database", "mariadb"
		case strings.HasPrefix(name, "oracleservice"):
			kind, product = "database", "oracle"
		case name == "mongodb":
			kind, product = "database", "mongodb"
		case name == "w3svc":
			kind, product = "web", "iis"
		case strings.HasPrefix(name, "apache2"):
			kind, product = "web", "apache"
		case name == "msexchangeis":
			kind, product = "mail", "exchange"
		case name == "ntds":
			kind, product = "directory", "active-directory"
		case name == "dns":
			kind, product = "dns", "windows-dns"
		case name == "redis":
			kind, product = "cache", "redis"
		case name == "com.docker.service" || name == "docker":
			kind, product = "container", "docker"
		default:
			continue
		}
		server := fact.Server{Kind: kind, Product: product, Running: new(running[s.Name]), Evidence: []string{"service " + s.Name}}
		if _, instance, found := strings.Cut(s.Name, "$"); found {
			server.Instance = instance
		}
		program := windowsProgram(s.Path)
		for _, p := range inv.Ports.Value {
			if p.Protocol == "tcp" && p.Program != "" && strings.EqualFold(p.Program, program) {
				server.Ports = append(server.Ports, p.Port)
			}
		}
		inv.Servers.Value = append(inv.Servers.Value, server)
	}
}

// windowsProgram is the program of a command line, without its arguments.
func windowsProgram(command string) string {
	command = strings.TrimSpace(command)
	if rest, quoted := strings.CutPrefix(command, `"`); quoted {
		program, _, _ := strings.Cut(rest, `"`)
		return program
	}
	if i := strings.Index(strings.ToLower(command), ".exe"); i >= 0 {
		return command[:i+4]
	}
	program, _, _ := strings.Cut(command, " ")
	return program
}

func (w *windowsAnswer) accounts(inv *fact.Inventory, needs string) {
	inv.Accounts, inv.Groups = fact.Saw([]fact.Account{}), fact.Saw([]fact.Group{})
	for _, u := range w.Users {
		a := fact.Account{Name: u.Name, ID: u.SID, Title: u.Title, Kind: "person", Admin: u.Admin, Login: new(u.Enabled), Changed: dayOf(u.Changed), Expires: dayOf(u.Expires), Password: "set"}
		if i := strings.LastIndexByte(u.SID, '-'); i >= 0 && len(u.SID[i+1:]) <= 3 {
			a.Kind = "system" // 500 Administrator, 501 Guest, 503, 504
		}
		switch {
		case !u.Enabled:
			a.Password = "locked"
		case u.Changed == "" && !u.Required:
			a.Password = "empty"
		}
		inv.Accounts.Value = append(inv.Accounts.Value, a)
	}
	if len(w.Users) == 0 {
		inv.Accounts.Miss("local accounts", "none were returned: a domain controller has none, an older PowerShell cannot ask", needs)
	}
	for _, g := range w.Groups {
		inv.Groups.Value = append(inv.Groups.Value, fact.Group{Name: g.Name, ID: g.SID, Members: g.Members})
	}
}

// securityCategory is Windows Update's id for security updates, and
// definitionCategory that for virus signatures.
const (
	securityCategory   = "0fa1201d-4330-4fa8-8ae9-b877473b6441"
	definitionCategory = "e0789628-ce08-4437-be74-2495b842f43b"
)

func (w *windowsAnswer) guards(inv *fact.Inventory, needs string, now time.Time) {
	if w.Updates == nil {
		inv.Updates = fact.Unseen[fact.Updates]("pending updates", "the update service did not answer", needs)
	} else {
		u := fact.Updates{Manager: "windows-update"}
		for _, p := range *w.Updates {
			one := fact.Update{Name: p.Title, IDs: p.KB, Severity: strings.ToLower(p.Severity), Security: new(p.Severity != "")}
			signatures := false
			for _, id := range p.Categories {
				*one.Security = *one.Security || strings.EqualFold(id, securityCategory)
				signatures = signatures || strings.EqualFold(id, definitionCategory)
			}
			if !signatures {
				u.Pending = append(u.Pending, one)
			}
		}
		if n := w.Automatic.n; n != nil && *n > 0 {
			u.Automatic = new(*n == 4)
		}
		inv.Updates = fact.Saw(u)
		if t := moment(w.Searched); t != nil {
			inv.Volatile.Refreshed = t
			if now.Sub(*t) > 7*24*time.Hour {
				inv.Updates.Miss("updates published since", "Windows last searched more than a week ago", "check for updates")
			}
		}
	}
	restart := fact.Restart{Reboot: new(len(w.Reboot) > 0)}
	for _, key := range w.Reboot {
		if strings.Contains(key, "WindowsUpdate") {
			restart.Reasons = append(restart.Reasons, "Windows Update waits for it")
		} else {
			restart.Reasons = append(restart.Reasons, "components wait for it")
		}
	}
	if w.Renames && len(w.Reboot) > 0 {
		restart.Reasons = append(restart.Reasons, "files wait to be replaced at the next start")
	}
	inv.Restart = fact.Saw(restart)
	found, err := antivirus.ParseDefender(w.Defender, w.Antivirus)
	inv.Antivirus = fact.Saw(found)
	if err != nil {
		inv.Antivirus.Miss("malware protection", err.Error(), needs)
	}
	inv.Firewalls = fact.Saw([]fact.Firewall{})
	for _, p := range w.FirewallList {
		f := fact.Firewall{Product: "windows", Profile: strings.ToLower(p.Name), On: new(p.Enabled == "True" || p.Enabled == "1"), Rules: w.FirewallRules.count(), Default: "drop"}
		if p.Inbound == "Allow" || p.Inbound == "2" {
			f.Default = "accept"
		}
		inv.Firewalls.Value = append(inv.Firewalls.Value, f)
	}
	if len(w.FirewallList) == 0 {
		inv.Firewalls.Miss("firewall profiles", "none were returned", needs)
	}
	t := fact.TimeSync{Product: "w32time", Running: new(w.Time.Service == "Running")}
	if w.Time.Type == "NTP" || w.Time.Type == "AllSync" {
		for s := range strings.FieldsSeq(w.Time.Server) {
			name, _, _ := strings.Cut(s, ",")
			t.Servers = append(t.Servers, name)
		}
	} else if w.Time.Type == "NT5DS" {
		t.Servers = []string{"domain"}
	}
	inv.TimeSync = fact.Saw(t)
	inv.TimeSync.Miss("whether the clock is synchronised", "w32tm tells it only in the system's language", "")
}

func moment(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1990 {
		return nil
	}
	return new(t.UTC())
}

func dayOf(s string) string {
	if t := moment(s); t != nil {
		return t.Format(time.DateOnly)
	}
	return ""
}
