package systems

import (
	"steward/kernel/access"
	"steward/kernel/fail"
	"steward/kernel/org"
	"steward/kernel/records"
	"steward/modules/vendors"
)

// System is an information system: what people in the organisation call by one
// name and cannot work without, whatever it is made of.
type System struct {
	records.Base[System]
	Name          string
	Purpose       records.Opt[string]
	State         State
	Criticality   Criticality
	Owner         records.Opt[records.ID[org.Person]]
	ServiceOwner  records.Opt[records.ID[org.Person]]
	Unit          records.Opt[records.ID[org.Unit]]
	Vendor        records.Opt[records.ID[vendors.Vendor]]
	Product       records.Opt[string]
	Hosting       records.Opt[Hosting]
	Users         records.Opt[int64]
	ServiceHours  records.Opt[string]
	Availability  records.Opt[records.Scaled]
	RTOMinutes    records.Opt[int64]
	RPOMinutes    records.Opt[int64]
	PersonalData  bool
	HealthData    bool
	FinancialData bool
	PublicData    bool
	GoLive        records.Opt[records.Date]
	Review        records.Opt[records.Date]
	Retires       records.Opt[records.Date]
	Notes         records.Opt[string]
}

// State is where a system stands in its life.
type State string

const (
	Planned    State = "planned"
	Introduced State = "introduced" // being brought in, used by some
	Live       State = "live"
	PhasingOut State = "phasing-out"
	Retired    State = "retired"
)

// Criticality is how much hangs on a system.
type Criticality string

const (
	MissionCritical Criticality = "mission-critical"
	Important       Criticality = "important"
	Standard        Criticality = "standard"
	Low             Criticality = "low"
)

// Criticalities are all, the highest first.
var Criticalities = []Criticality{MissionCritical, Important, Standard, Low}

// Hosting says who runs the machines below a system.
type Hosting string

const (
	Own        Hosting = "own"
	Cloud      Hosting = "cloud"
	VendorRuns Hosting = "vendor"
	Hybrid     Hosting = "hybrid"
)

// AvailabilityDigits is how many digits after the point a target in per cent has.
const AvailabilityDigits = 3

// Systems are the organisation's information systems.
var Systems = records.Define(systemType, "Information system", "Information systems", "SYS", func(s *System, f *records.Fields) {
	f.Title(&s.Name, "Name")
	records.Choices(f, &s.Criticality, "Criticality", Criticalities...).State("mission-critical", "bad").State("important", "warn").State("standard", "info").State("low", "mute").Called("mission-critical", "Mission-critical").List()
	records.Choices(f, &s.State, "Life cycle", Planned, Introduced, Live, PhasingOut, Retired).State("planned", "info").State("introduced", "info").State("live", "ok").State("phasing-out", "warn").State("retired", "mute").
		Called("introduced", "Being introduced").List()
	records.Long(f, &s.Purpose, "Purpose")
	records.Linked(f, &s.Owner, "Owner").Help("Answers for the system and decides about it.").ScopeOf(access.Owned).List()
	records.Linked(f, &s.ServiceOwner, "Service owner").Help("Keeps it running day by day.").ScopeOf(access.Assigned)
	records.Linked(f, &s.Unit, "Department").Help("Whose system it is; its head sees it and its costs.").ScopeOf(access.Unit).List()
	records.Whole(f, &s.Users, "Users").From(0).Filter().List()
	f.Group("Operation")
	records.Linked(f, &s.Vendor, "Vendor").ScopeOf(access.Party)
	records.Str(f, &s.Product, "Product")
	records.Choices(f, &s.Hosting, "Hosting", Own, Cloud, VendorRuns, Hybrid).Called("own", "Own machines").Called("vendor", "At the vendor's").List()
	records.Str(f, &s.ServiceHours, "Service hours").Help("Such as Mon–Fri 06:00–20:00.")
	records.Dec(f, &s.Availability, "Availability target", AvailabilityDigits).Unit("%").Between(0, 100_000)
	f.Group("Recovery")
	records.Whole(f, &s.RTOMinutes, "Back within").Unit("minutes").Between(0, 5_256_000).Help("Recovery time objective: how long it may stand still.").Filter()
	records.Whole(f, &s.RPOMinutes, "Data lost at most").Unit("minutes").Between(0, 5_256_000).Help("Recovery point objective: how much of the latest work may be lost.").Filter()
	f.Group("Data")
	records.Flag(f, &s.PersonalData, "Personal data").Filter()
	records.Flag(f, &s.HealthData, "Health data").Filter()
	records.Flag(f, &s.FinancialData, "Financial data").Filter()
	records.Flag(f, &s.PublicData, "Public data").Filter()
	f.Group("Dates")
	records.Day(f, &s.GoLive, "Live since").Filter()
	records.Day(f, &s.Review, "Next review").Filter()
	records.Day(f, &s.Retires, "Retires on").Filter()
	f.Group("")
	records.Long(f, &s.Notes, "Notes")
}).Icon("apps").SortedBy("name").Versioned().Begins(func(s *System) { s.State = Live }).Check(checkSystem)

func checkSystem(_ *records.Tx, _, s *System) error {
	switch {
	case s.HealthData && !s.PersonalData:
		return fail.Field(&s.PersonalData, "health-is-personal", "Health data is personal data; tick both.")
	case s.Retires.Set && s.GoLive.Set && s.Retires.V < s.GoLive.V:
		return fail.Field(&s.Retires, "retires-before-live", "The system retires before it goes live.")
	}
	return nil
}

// Runs says whether a failure of the system is felt: it is in use.
func (s State) Runs() bool { return s == Introduced || s == Live || s == PhasingOut }
