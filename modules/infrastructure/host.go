package infrastructure

import (
	"steward/kernel/access"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/lib/words"
)

// Host is a machine: hardware, virtual, or a device on the network. What a
// collector finds out is computed; what people intend with it is theirs.
type Host struct {
	records.Base[Host]
	Name        string
	Kind        Kind
	State       State
	Owner       records.Opt[records.ID[org.Person]]
	Unit        records.Opt[records.ID[org.Unit]]
	Site        records.Opt[records.ID[org.Site]]
	Criticality records.Opt[Criticality]
	Purpose     records.Opt[string]

	Hostname  records.Opt[string]
	FQDN      records.Opt[string]
	Serial    records.Opt[string]
	UUID      records.Opt[string]
	MachineID records.Opt[string]

	Vendor   records.Opt[string]
	Model    records.Opt[string]
	CPU      records.Opt[string]
	Threads  records.Opt[int64]
	Memory   records.Opt[int64]
	Platform records.Opt[string] // what a guest runs on: kvm, vmware, docker …

	OSName          records.Opt[string]
	OSVersion       records.Opt[string]
	Kernel          records.Opt[string]
	Architecture    records.Opt[string]
	OSSupportEnds   records.Opt[records.Date]
	OSExtendedEnds  records.Opt[records.Date]
	OSSupportOver   records.Opt[bool]
	UpdatesPending  records.Opt[int64]
	SecurityPending records.Opt[int64]
	SecuritySince   records.Opt[records.Moment]
	Reboot          records.Opt[bool]

	Antivirus      records.Opt[string]
	AntivirusState records.Opt[Protection]
	SignaturesAt   records.Opt[records.Moment]
	Firewall       records.Opt[string]
	FirewallState  records.Opt[Protection]
	FirewallRules  records.Opt[int64]
	Encrypted      records.Opt[Encryption]
	TimeSynced     records.Opt[bool]
	TimeService    records.Opt[string]
	MergedInto     records.Opt[records.ID[Host]]
}

// Kind says what sort of machine a host is.
type Kind string

const (
	Server    Kind = "server"
	Desktop   Kind = "desktop"
	Laptop    Kind = "laptop"
	VM        Kind = "vm"
	Container Kind = "container"
	Network   Kind = "network"
	Printer   Kind = "printer"
	Mobile    Kind = "mobile"
	Other     Kind = "other"
)

// State says whether a host is there.
type State string

const (
	Live    State = "live"
	Unheard State = "unknown" // it reported once and no longer does, or was never heard of
	Retired State = "retired"
)

// Criticality says how much depends on a host.
type Criticality string

const (
	Low      Criticality = "low"
	Medium   Criticality = "medium"
	High     Criticality = "high"
	Critical Criticality = "critical"
)

// Protection is how an antivirus or a firewall stands.
type Protection string

const (
	On      Protection = "on"
	Partial Protection = "partial" // an antivirus that runs and does not check files as they are used
	Off     Protection = "off"
	None    Protection = "none" // looked for and not there
)

// Encryption says which of a host's local file systems are encrypted, the one
// it starts from left out.
type Encryption string

const (
	Whole   Encryption = "all"
	Part    Encryption = "part"
	Nothing Encryption = "none"
)

// Hosts are the machines.
var Hosts = records.Define("infrastructure.host", "Host", "Hosts", "HST", func(h *Host, f *records.Fields) {
	f.Title(&h.Name, "Name")
	records.Choices(f, &h.Kind, "Kind", Server, Desktop, Laptop, VM, Container, Network, Printer, Mobile, Other).Called("vm", "Virtual machine").Called("network", "Network device").Called("mobile", "Mobile device").List()
	records.Choices(f, &h.State, "State", Live, Unheard, Retired).State("live", "ok").State("unknown", "warn").State("retired", "mute").List()
	f.Group("Responsibility")
	records.Linked(f, &h.Owner, "Owner").ScopeOf(access.Owned).List()
	records.Linked(f, &h.Unit, "Unit").ScopeOf(access.Unit)
	records.Linked(f, &h.Site, "Site").List()
	records.Choices(f, &h.Criticality, "Criticality", Low, Medium, High, Critical).State("high", "warn").State("critical", "bad")
	records.Long(f, &h.Purpose, "Purpose").Max(2000)
	f.Group("Operating system")
	records.Str(f, &h.OSName, "Operating system").Filter().Computed().List()
	records.Str(f, &h.OSVersion, "Version").Computed()
	records.Str(f, &h.Kernel, "Kernel").Computed()
	records.Str(f, &h.Architecture, "Architecture").Computed()
	records.Day(f, &h.OSSupportEnds, "Support ends").Filter().Computed().List()
	records.Day(f, &h.OSExtendedEnds, "Extended support ends").Computed()
	records.Flag(f, &h.OSSupportOver, "Support is over").Computed().Hidden()
	f.Group("Updates")
	records.Whole(f, &h.UpdatesPending, "Updates pending").Computed()
	records.Whole(f, &h.SecurityPending, "Security updates pending").Filter().Computed().List()
	records.When(f, &h.SecuritySince, "Oldest security update pending since").Filter().Computed()
	records.Flag(f, &h.Reboot, "Reboot needed").Filter().Computed()
	f.Group("Protection")
	records.Str(f, &h.Antivirus, "Antivirus").Computed()
	records.Choices(f, &h.AntivirusState, "Antivirus state", On, Partial, Off, None).Called("partial", "On demand only").State("on", "ok").State("partial", "warn").State("off", "bad").State("none", "bad").Computed()
	records.When(f, &h.SignaturesAt, "Antivirus signatures of").Computed()
	records.Str(f, &h.Firewall, "Firewall").Computed()
	records.Choices(f, &h.FirewallState, "Firewall state", On, Off, None).State("on", "ok").State("off", "bad").State("none", "bad").Computed()
	records.Whole(f, &h.FirewallRules, "Firewall rules").Computed()
	records.Choices(f, &h.Encrypted, "Disks encrypted", Whole, Part, Nothing).Called("part", "In part").State("all", "ok").State("part", "warn").State("none", "warn").Computed()
	records.Flag(f, &h.TimeSynced, "Clock synchronised").Computed()
	records.Str(f, &h.TimeService, "Time service").Computed()
	f.Group("Hardware")
	records.Str(f, &h.Vendor, "Vendor").Filter().Computed()
	records.Str(f, &h.Model, "Model").Filter().Computed()
	records.Str(f, &h.Platform, "Runs on").Computed()
	records.Str(f, &h.CPU, "Processor").Computed()
	records.Whole(f, &h.Threads, "Logical processors").Computed()
	records.Whole(f, &h.Memory, "Memory").Unit("bytes").Computed()
	f.Group("Identity")
	records.Str(f, &h.Hostname, "Host name").Computed()
	records.Str(f, &h.FQDN, "Full name").Max(255).Computed()
	records.Str(f, &h.Serial, "Serial number").Filter().Computed()
	records.Str(f, &h.UUID, "Firmware UUID").Computed()
	records.Str(f, &h.MachineID, "Machine id").Computed()
	records.Linked(f, &h.MergedInto, "Merged into").Computed()
}).Icon("server-2").SortedBy("name").Large().Begins(func(h *Host) { h.State = Live }).Check(checkHost).Details(map[string]words.Word{
	"package": words.T("infrastructure.software.title", "Software"), "service": words.T("infrastructure.facts.services", "Services"), "port": words.T("infrastructure.ports.title", "Listening ports"),
	"interface": words.T("infrastructure.facts.interfaces", "Network interfaces"), "address": words.T("infrastructure.network.addresses", "Addresses"), "disk": words.T("infrastructure.disks.title", "Disks"),
	"filesystem": words.T("infrastructure.facts.filesystems", "File systems"), "account": words.T("infrastructure.facts.accounts", "Accounts"), "update": words.T("infrastructure.updates.title", "Pending updates"),
	"program": words.T("infrastructure.facts.programs", "Server programs")})

// checkHost keeps what only the program writes from being given by hand: the
// form does not offer it, and a host that was merged away points elsewhere.
func checkHost(u *records.Tx, before, h *Host) error {
	if before == nil && h.State == "" {
		h.State = Unheard
	}
	return nil
}
