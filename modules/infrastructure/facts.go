package infrastructure

import "steward/kernel/records"

// The sets of facts that a host owns. A key is never unknown; a part of it that
// a machine does not tell (an architecture, an instance) is the empty text.

// Package is an installed piece of software. Version is part of the key only
// where several versions of it are installed beside each other (Instance).
type Package struct {
	Name, Arch, Manager, Instance  string
	Version, Source, SourceVersion records.Opt[string]
	Module, Origin, Vendor         records.Opt[string]
	Bytes                          records.Opt[int64]
	Installed                      records.Opt[records.Date]
	Held, Auto                     bool
}

// Packages are the software of each host.
var Packages = records.DefineFacts[Host]("infrastructure_host_package", "package", "Software", func(p *Package, f *records.Fields) {
	records.Str(f, &p.Name, "Name")
	records.Str(f, &p.Arch, "Architecture")
	records.Str(f, &p.Manager, "Manager")
	records.Str(f, &p.Instance, "Instance")
	records.Str(f, &p.Version, "Version")
	records.Str(f, &p.Source, "Source package")
	records.Str(f, &p.SourceVersion, "Source version")
	records.Str(f, &p.Module, "Module")
	records.Str(f, &p.Origin, "Origin")
	records.Str(f, &p.Vendor, "Publisher")
	records.Whole(f, &p.Bytes, "Size")
	records.Day(f, &p.Installed, "Installed")
	records.Flag(f, &p.Held, "Held")
	records.Flag(f, &p.Auto, "For another")
}, func(p *Package) []any { return []any{&p.Name, &p.Arch, &p.Manager, &p.Instance} })

// Service is something the system starts and keeps running.
type Service struct {
	Name, Manager                          string
	Title, Starts, State, Account, Command records.Opt[string]
}

// Services are what each host runs by itself.
var Services = records.DefineFacts[Host]("infrastructure_host_service", "service", "Services", func(s *Service, f *records.Fields) {
	records.Str(f, &s.Name, "Name")
	records.Str(f, &s.Manager, "Manager")
	records.Str(f, &s.Title, "Title")
	records.Str(f, &s.Starts, "Start")
	records.Str(f, &s.State, "State")
	records.Str(f, &s.Account, "Account")
	records.Str(f, &s.Command, "Program")
}, func(s *Service) []any { return []any{&s.Name, &s.Manager} })

// Port is a socket that waits for others.
type Port struct {
	Protocol, Address         string
	Port                      int64
	Process, Program, Account records.Opt[string]
}

// Ports are what each host listens on.
var Ports = records.DefineFacts[Host]("infrastructure_host_port", "port", "Listening ports", func(p *Port, f *records.Fields) {
	records.Str(f, &p.Protocol, "Protocol")
	records.Str(f, &p.Address, "Address")
	records.Whole(f, &p.Port, "Port")
	records.Str(f, &p.Process, "Process")
	records.Str(f, &p.Program, "Program")
	records.Str(f, &p.Account, "Account")
}, func(p *Port) []any { return []any{&p.Protocol, &p.Address, &p.Port} })

// Interface is a network interface.
type Interface struct {
	Name                               string
	Sort, MAC, Gateway, Driver, PartOf records.Opt[string]
	DNS                                records.Opt[string] // servers, blank between
	Mtu, Mbits, VLAN                   records.Opt[int64]
	Up, DHCP                           records.Opt[bool]
}

// Interfaces are each host's network interfaces.
var Interfaces = records.DefineFacts[Host]("infrastructure_host_interface", "interface", "Network interfaces", func(i *Interface, f *records.Fields) {
	records.Str(f, &i.Name, "Name")
	records.Str(f, &i.Sort, "Kind")
	records.Str(f, &i.MAC, "Hardware address")
	records.Str(f, &i.Gateway, "Gateway")
	records.Str(f, &i.Driver, "Driver")
	records.Str(f, &i.PartOf, "Part of")
	records.Str(f, &i.DNS, "Name servers")
	records.Whole(f, &i.Mtu, "MTU")
	records.Whole(f, &i.Mbits, "Speed")
	records.Whole(f, &i.VLAN, "VLAN")
	records.Flag(f, &i.Up, "Up")
	records.Flag(f, &i.DHCP, "DHCP")
}, func(i *Interface) []any { return []any{&i.Name} })

// Address is a network address of an interface.
type Address struct {
	Interface, Address string // without prefix length
	Prefix             records.Opt[int64]
}

// Addresses are each host's network addresses.
var Addresses = records.DefineFacts[Host]("infrastructure_host_address", "address", "Addresses", func(a *Address, f *records.Fields) {
	records.Str(f, &a.Address, "Address")
	records.Str(f, &a.Interface, "Interface")
	records.Whole(f, &a.Prefix, "Prefix length")
}, func(a *Address) []any { return []any{&a.Address, &a.Interface} })

// Disk is a block device.
type Disk struct {
	Name                                     string
	Sort, Bus, Vendor, Model, Serial, Health records.Opt[string]
	Bytes                                    records.Opt[int64]
}

// Disks are each host's block devices.
var Disks = records.DefineFacts[Host]("infrastructure_host_disk", "disk", "Disks", func(d *Disk, f *records.Fields) {
	records.Str(f, &d.Name, "Name")
	records.Str(f, &d.Sort, "Kind")
	records.Str(f, &d.Bus, "Bus")
	records.Str(f, &d.Vendor, "Vendor")
	records.Str(f, &d.Model, "Model")
	records.Str(f, &d.Serial, "Serial number")
	records.Str(f, &d.Health, "Health")
	records.Whole(f, &d.Bytes, "Size")
}, func(d *Disk) []any { return []any{&d.Name} })

// Filesystem is a mounted file system. How full it is changes by the minute and
// stands with the moment the host was last seen.
type Filesystem struct {
	Mount           string
	Device, Format  string
	Bytes           records.Opt[int64]
	Options, Cipher records.Opt[string]
	Encrypted       records.Opt[bool]
	Remote          bool
}

// Filesystems are each host's mounted file systems.
var Filesystems = records.DefineFacts[Host]("infrastructure_host_filesystem", "filesystem", "File systems", func(s *Filesystem, f *records.Fields) {
	records.Str(f, &s.Mount, "Mounted at")
	records.Str(f, &s.Device, "Device")
	records.Str(f, &s.Format, "Type")
	records.Whole(f, &s.Bytes, "Size")
	records.Str(f, &s.Options, "Options")
	records.Flag(f, &s.Encrypted, "Encrypted")
	records.Str(f, &s.Cipher, "Encryption")
	records.Flag(f, &s.Remote, "On another machine")
}, func(s *Filesystem) []any { return []any{&s.Mount} })

// Account is a local account. Passwords and their hashes are never collected.
type Account struct {
	Name, Number            string // number: uid or SID
	Sort                    string // person, system or service
	Title, Password, Groups records.Opt[string]
	Changed, Expires        records.Opt[records.Date]
	Keys                    records.Opt[int64]
	Admin                   bool
	Login                   records.Opt[bool]
}

// Accounts are each host's local accounts.
var Accounts = records.DefineFacts[Host]("infrastructure_host_account", "account", "Accounts", func(a *Account, f *records.Fields) {
	records.Str(f, &a.Name, "Name")
	records.Str(f, &a.Number, "Id")
	records.Str(f, &a.Sort, "Kind")
	records.Str(f, &a.Title, "Full name")
	records.Str(f, &a.Password, "Password")
	records.Str(f, &a.Groups, "Groups")
	records.Day(f, &a.Changed, "Password changed")
	records.Day(f, &a.Expires, "Expires")
	records.Whole(f, &a.Keys, "SSH keys")
	records.Flag(f, &a.Admin, "Administrator")
	records.Flag(f, &a.Login, "Can sign in")
}, func(a *Account) []any { return []any{&a.Name, &a.Number} })

// Update is a pending update. Since is the moment from which it has been
// pending as a security update without a break.
type Update struct {
	Name, Arch                                       string
	Installed, Offered, Origin, Severity, Advisories records.Opt[string]
	Security                                         records.Opt[bool]
	Held                                             bool
	Since                                            records.Opt[records.Moment]
}

// Updates are each host's pending updates.
var Updates = records.DefineFacts[Host]("infrastructure_host_update", "update", "Pending updates", func(p *Update, f *records.Fields) {
	records.Str(f, &p.Name, "Name")
	records.Str(f, &p.Arch, "Architecture")
	records.Str(f, &p.Installed, "Installed")
	records.Str(f, &p.Offered, "Offered")
	records.Str(f, &p.Origin, "Origin")
	records.Str(f, &p.Severity, "Severity")
	records.Str(f, &p.Advisories, "Advisories")
	records.Flag(f, &p.Security, "Security")
	records.Flag(f, &p.Held, "Held")
	records.When(f, &p.Since, "Pending since")
}, func(p *Update) []any { return []any{&p.Name, &p.Arch} })

// Program is a database, web or other server program found on a host.
type Program struct {
	Sort, Product, Instance  string // sort: database, web, mail …
	Version, Ports, Evidence records.Opt[string]
	Running                  records.Opt[bool]
}

// Programs are the server programs found on each host.
var Programs = records.DefineFacts[Host]("infrastructure_host_program", "program", "Server programs", func(s *Program, f *records.Fields) {
	records.Str(f, &s.Sort, "Kind")
	records.Str(f, &s.Product, "Product")
	records.Str(f, &s.Instance, "Instance")
	records.Str(f, &s.Version, "Version")
	records.Str(f, &s.Ports, "Ports")
	records.Str(f, &s.Evidence, "Recognised by")
	records.Flag(f, &s.Running, "Running")
}, func(s *Program) []any { return []any{&s.Sort, &s.Product, &s.Instance} })

// factSets are all sets of a host, in the order they are shown.
func factSets() []*records.FactSet {
	return []*records.FactSet{Packages.Set(), Services.Set(), Ports.Set(), Interfaces.Set(), Addresses.Set(), Disks.Set(), Filesystems.Set(), Accounts.Set(), Updates.Set(), Programs.Set()}
}
