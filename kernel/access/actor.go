// Package access decides who may do what to which record, filters lists by the
// same rules, and explains either. Policies ship with the program over a closed
// vocabulary of areas, acts and scopes; what an organisation edits is grants.
package access

import "time"

// Act is what somebody wants to do.
type Act string

const (
	View    Act = "view"
	Add     Act = "add"
	Edit    Act = "edit"
	Archive Act = "archive" // and bring back
	Export  Act = "export"
	Import  Act = "import"
	Approve Act = "approve" // answer a decision
	Admin   Act = "admin"   // settings, accounts, grants

	// Deliver is to hand in a host's inventory. No grant gives it: it is what agents do.
	Deliver Act = "deliver"
)

// Acts are all acts that can be granted, in the order shown.
var Acts = []Act{View, Add, Edit, Archive, Export, Import, Approve, Admin}

// Scope is how far a grant reaches.
type Scope string

const (
	All      Scope = "all"      // every record of the area
	Unit     Scope = "unit"     // records of the units the person heads, and those below
	Line     Scope = "line"     // records about people below the person in the hierarchy
	Owned    Scope = "owned"    // records the person owns
	Member   Scope = "member"   // records the person takes part in
	Assigned Scope = "assigned" // records given to the person to work on
	Authored Scope = "authored" // records the person created
	Party    Scope = "party"    // records of the outside company the person works for
)

// Scopes are all scopes, widest first.
var Scopes = []Scope{All, Unit, Line, Owned, Member, Assigned, Authored, Party}

// Sensitivity closes a field or a record type to all but those granted it.
type Sensitivity string

const (
	Ordinary   Sensitivity = ""
	Pay        Sensitivity = "pay"
	Discipline Sensitivity = "discipline"
	Candidate  Sensitivity = "candidate"
	Review     Sensitivity = "review"
	Health     Sensitivity = "health"
)

// Sensitivities are all that can be granted.
var Sensitivities = []Sensitivity{Pay, Discipline, Candidate, Review, Health}

// Closed reports whether records of this sensitivity are closed to administrators
// and auditors too, and each reading of them is to be logged.
func (s Sensitivity) Closed() bool { return s != Ordinary && s != Pay }

// Grant lets the holders of a role do an act in an area as far as a scope reaches.
type Grant struct {
	Role  string
	Area  string // a module's area, or "*" for all ordinary ones
	Act   Act
	Scope Scope
	// Sensitivity, when set, opens that closed category too (never by "*").
	Sensitivity Sensitivity
	Until       time.Time // zero: no end
}

// Kind says what acts.
type Kind string

const (
	PersonKind Kind = "person"
	TokenKind  Kind = "token"  // a program with a person's rights, narrowed
	AgentKind  Kind = "agent"  // a host agent: may only deliver its inventory
	SystemKind Kind = "system" // Steward itself: jobs, migrations, import of facts
)

// Actor is who acts in a transaction, with everything the policies need to know.
// It is made at sign-in or per request and never changed after.
type Actor struct {
	Kind   Kind
	Person string // id of the person, "" for agent and system
	Name   string // shown in history
	Lang   string // language of the person: en, de, sv, pl, hu
	Roles  []string
	Grants []Grant
	Units  []string // ids of the units headed, with every unit below them
	Below  []string // ids of the people below in the hierarchy
	Party  string   // id of the vendor a consultant works for
	Host   string   // id of the host an agent was enrolled for
	// Token narrows a token to these; without any it may do nothing.
	Token []TokenScope
}

// TokenScope is one act in one area that a token may be used for; "*" is any.
// It gives nothing by itself: the token's person must hold the grant.
type TokenScope struct {
	Area string `json:"area"`
	Act  Act    `json:"act"`
}

// System is Steward acting by itself.
func System() *Actor { return &Actor{Kind: SystemKind, Name: "Steward"} }
