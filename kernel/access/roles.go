package access

// The roles that ship with the program. An organisation adds grants to them, takes
// grants from them, and may name roles of its own.
const (
	Administrator  = "administrator"
	MISManager     = "mis-manager"
	Technician     = "technician"
	DepartmentHead = "department-head"
	Executive      = "executive"
	Employee       = "employee"
	Auditor        = "auditor"
	DPO            = "data-protection-officer"
	Consultant     = "consultant"
)

// Role is a shipped role: its name, English words, and grants.
type Role struct {
	Name, Title, About string
	// ForUnit: it can be given for a unit, to somebody who does not head it (a deputy).
	ForUnit bool
	Grants  []Grant
}

// Roles are the shipped roles, in the order shown.
func Roles() []Role { return builtIn }

// RoleNamed returns a shipped role.
func RoleNamed(name string) (Role, bool) {
	for _, r := range builtIn {
		if r.Name == name {
			return r, true
		}
	}
	return Role{}, false
}

// The order is that in which people are called by one of their roles.
var builtIn = func() []Role {
	change := []Act{View, Add, Edit, Archive, Export, Import}
	read := []Act{View, Export}
	business := []string{Systems, Service, Security, Compliance, Money, Vendors, Projects, Data}
	return []Role{
		role(Administrator, "Administrator", "Runs the installation: accounts, grants, settings, imports. Sees all that is not sensitive and approves nothing.", false,
			give(All, change, Everywhere), give(All, []Act{Admin}, Settings)),
		role(MISManager, "MIS manager", "Manages information systems, their people, money and risks, and decides.", false,
			give(All, append(change, Approve), Everywhere),
			sensitive(Line, Pay, []Act{View, Export}, People),
			sensitive(Line, Review, []Act{View, Add, Edit}, People),
			sensitive(Unit, Candidate, []Act{View, Add, Edit}, People)),
		role(Executive, "Executive", "Sees the Bridge, the reports, the strategy, and the decisions that wait for the own answer.", false,
			give(All, read, Bridge, Strategy),
			give(Unit, read, append([]string{People}, business...)...),
			give(Assigned, []Act{View, Approve}, Everywhere),
			give(Owned, []Act{View}, Everywhere)),
		role(Auditor, "Auditor", "Reads everything that is not sensitive and changes nothing.", false,
			give(All, read, Everywhere)),
		role(DPO, "Data protection officer", "Keeps the register of processing, watches over personal data, breaches and requests of persons.", false,
			give(All, append(change, Approve), Compliance),
			give(All, read, Systems, Data, Security, Infrastructure, Service, Vendors, Projects, People)),
		role(Technician, "Technician", "Keeps systems and infrastructure running and works on requests.", false,
			give(All, []Act{View, Add, Edit, Archive, Export, Import}, Infrastructure),
			give(All, []Act{View, Add, Edit, Export}, Systems, Service, Security),
			give(All, []Act{View}, Vendors, Projects, Compliance),
			give(Assigned, []Act{View, Edit}, Everywhere),
			give(Owned, []Act{View, Edit}, Everywhere),
			give(Member, []Act{View, Edit}, Projects, Data),
			give(Authored, []Act{View, Add, Edit}, Projects, Bridge)),
		role(DepartmentHead, "Department head", "Sees and answers for the systems, costs, requests and people of the own units.", true,
			give(Unit, read, append([]string{Bridge, Infrastructure, People, Strategy}, business...)...),
			give(Unit, []Act{Approve}, Systems, Service, Money, Projects, Vendors, Security),
			give(Line, []Act{View}, People),
			give(Authored, []Act{View, Add, Edit}, Service, Projects)),
		role(Employee, "Employee", "Asks for service, sees the own requests, devices, systems and tasks.", false,
			give(Authored, []Act{View, Add, Edit}, Service),
			give(Assigned, []Act{View, Edit}, Service, Projects, Security, Compliance),
			give(Member, []Act{View}, Systems, Projects, Data, Compliance),
			give(Owned, []Act{View}, Systems, Infrastructure, Security, Compliance, Projects, Data, People)),
		role(Consultant, "Consultant", "Works for an outside company: sees that company's contracts and the work given to it.", false,
			give(Party, []Act{View}, Vendors, Projects, Service, Systems),
			give(Party, []Act{Add, Edit}, Service),
			give(Assigned, []Act{View, Edit}, Service, Projects, Systems, Security)),
	}
}()

func role(name, title, about string, forUnit bool, grants ...[]Grant) Role {
	r := Role{Name: name, Title: title, About: about, ForUnit: forUnit}
	for _, gs := range grants {
		for _, g := range gs {
			g.Role = name
			r.Grants = append(r.Grants, g)
		}
	}
	return r
}

func give(scope Scope, acts []Act, areas ...string) []Grant {
	return sensitive(scope, Ordinary, acts, areas...)
}

func sensitive(scope Scope, s Sensitivity, acts []Act, areas ...string) (out []Grant) {
	for _, area := range areas {
		for _, act := range acts {
			out = append(out, Grant{Area: area, Act: act, Scope: scope, Sensitivity: s})
		}
	}
	return out
}
