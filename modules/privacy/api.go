package privacy

import (
	"steward/kernel/access"
	"steward/kernel/api"
	"steward/kernel/records"
)

type personIn struct {
	Person string `json:"person"`
}

var heldOperation = api.Op("GET /privacy/people/{person}", "", access.View, "What is held of a person, by id or number: for who may export all that concerns personal data, and for the person. That it was read stands in the person's history.",
	func(u *records.Tx, in personIn) (*Held, error) { return Read(u, in.Person, ByAPI) })

var previewOperation = api.Op("GET /privacy/people/{person}/erasure", access.Compliance, access.Archive, "What an erasure of a person would clear, change and keep, and what stands against it.",
	func(u *records.Tx, in personIn) (*Plan, error) {
		rec, err := mayOn(u, in.Person, access.Archive)
		if err != nil {
			return nil, err
		}
		return Preview(u, rec.ID())
	})

type requestIn struct {
	Person string `json:"person"`
	Reason string `json:"reason"`
}

// stateOut is where an erasure stands.
type stateOut struct {
	Asked  bool   `json:"asked"`
	Erased bool   `json:"erased"`
	Holds  []Hold `json:"holds"`
}

func stateOf(u *records.Tx, person string) (out stateOut, err error) {
	rec, err := mayOn(u, person, access.View)
	if err != nil {
		return out, err
	}
	a, err := askedFor(&u.View, rec.ID())
	if err != nil {
		return out, err
	}
	at, err := erasedAt(&u.View, rec.ID())
	if err != nil {
		return out, err
	}
	out.Asked, out.Erased = a != nil, at != 0
	out.Holds, err = Holds(u, rec.ID())
	out.Holds = append([]Hold{}, out.Holds...)
	return out, err
}

var requestOperation = api.Op("POST /privacy/people/{person}/erasure", access.Compliance, access.Archive, "Ask for a person to be erased; it takes effect when a second person decides so.",
	func(u *records.Tx, in requestIn) (stateOut, error) {
		if err := Request(u, in.Person, in.Reason); err != nil {
			return stateOut{}, err
		}
		return stateOf(u, in.Person)
	})

var withdrawOperation = api.Op("POST /privacy/people/{person}/erasure/withdraw", access.Compliance, access.Archive, "Take back that a person be erased.",
	func(u *records.Tx, in personIn) (stateOut, error) {
		if err := Withdraw(u, in.Person); err != nil {
			return stateOut{}, err
		}
		return stateOf(u, in.Person)
	})

type holdIn struct {
	Person string       `json:"person"`
	Reason string       `json:"reason"`
	Until  records.Date `json:"until,omitempty"`
}

var holdOperation = api.Op("POST /privacy/people/{person}/holds", access.Compliance, access.Edit, "Keep what is held of a person against an erasure, until a day or until it is lifted.",
	func(u *records.Tx, in holdIn) (stateOut, error) {
		if err := SetHold(u, in.Person, in.Reason, in.Until); err != nil {
			return stateOut{}, err
		}
		return stateOf(u, in.Person)
	})

type liftIn struct {
	Person string `json:"person"`
	Hold   string `json:"hold"`
}

var liftOperation = api.Op("POST /privacy/people/{person}/holds/{hold}/lift", access.Compliance, access.Edit, "Lift a legal hold.",
	func(u *records.Tx, in liftIn) (stateOut, error) {
		if err := LiftHold(u, in.Person, in.Hold); err != nil {
			return stateOut{}, err
		}
		return stateOf(u, in.Person)
	})
