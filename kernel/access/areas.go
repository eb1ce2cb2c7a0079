package access

// The areas a grant can name. Each record type belongs to one.
const (
	Bridge         = "bridge"         // figures, decisions, reports
	Data           = "data"           // business sources, metrics, dashboards
	Systems        = "systems"        // information systems and what they depend on
	Infrastructure = "infrastructure" // hosts, networks, software, devices
	Service        = "service"        // requests, incidents, changes, knowledge
	Security       = "security"       // findings, risks, exceptions, incidents of security
	Compliance     = "compliance"     // controls, policies, processing of personal data
	Money          = "money"          // budgets, costs, rates
	Vendors        = "vendors"        // suppliers, contracts, licences
	Projects       = "projects"       // portfolio, projects, tasks
	People         = "people"         // persons, posts, skills, time
	Strategy       = "strategy"       // goals, architecture, roadmaps
	Settings       = "settings"       // accounts, grants, the installation itself
)

// Areas are all areas, in the order shown.
var Areas = []string{Bridge, Data, Systems, Infrastructure, Service, Security, Compliance, Money, Vendors, Projects, People, Strategy, Settings}

// Everywhere in a grant means all areas, for records that are not sensitive.
const Everywhere = "*"
