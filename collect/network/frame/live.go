package frame

// Right is the error of listening without the right to.
type Right struct{ Interface string }

func (r Right) Error() string {
	return "interface " + r.Interface + ": packet sockets are not allowed to this account"
}

// Needs is the right that is missing.
func (r Right) Needs() string { return "run as root or with CAP_NET_RAW" }

// Listening folds what Listen hears, so that each neighbour is told when it is
// first heard and when it says something new.
type Listening struct{ f *folder }

// NewListening returns one that has heard nothing.
func NewListening() *Listening { return &Listening{newFolder()} }

// Heard takes an announcement and returns its sighting when it is new.
func (l *Listening) Heard(n Neighbour, p Packet) (Sighting, bool) {
	i, fresh := l.f.add(n, p)
	if !fresh {
		return Sighting{}, false
	}
	return l.f.seen[i], true
}
