package snmp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Options says how an agent is asked.
type Options struct {
	Address     netip.AddrPort
	Credential  Credential
	Context     string        // of version 3; with a community it is written community@context
	Timeout     time.Duration // until the first answer, before the agent's own pace is known; 0 is 2 s
	MaxTimeout  time.Duration // that a slow agent may be given for one answer; 0 is 10 s
	Retries     int           // after the first try; below 0 none; 0 is 2
	Repetitions int           // rows asked for at once at most; 0 is 60
	// Wait is called before each datagram and may delay it, to hold a rate that
	// many clients share; nil does not.
	Wait func(context.Context) error
}

func (o Options) defaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = 2 * time.Second
	}
	if o.MaxTimeout <= 0 {
		o.MaxTimeout = 10 * time.Second
	}
	o.MaxTimeout = max(o.MaxTimeout, o.Timeout)
	if o.Retries == 0 {
		o.Retries = 2
	}
	o.Retries = max(o.Retries, 0)
	if o.Repetitions <= 0 {
		o.Repetitions = 60
	}
	return o
}

// Credential is one way of being let in. Its texts are secrets: only Name may
// be shown.
type Credential struct {
	Name      string // what it is called in messages; never the secret
	Version   int    // 1, 2 (for 2c) or 3
	Community string
	User      User
}

// String is the credential's name: nothing secret is ever printed.
func (c Credential) String() string { return c.Name }

// GoString keeps secrets out of %#v as well.
func (c Credential) GoString() string { return "snmp.Credential(" + c.Name + ")" }

// Check says what is wrong with a credential, without its secrets.
func (c Credential) Check() error {
	switch c.Version {
	case 1, 2:
		if c.Community == "" {
			return errors.New("version 1 and 2c need a community")
		}
		return nil
	case 3:
		return c.User.check()
	}
	return fmt.Errorf("SNMP version %d; 1, 2 (for 2c) and 3 are known", c.Version)
}

// Why an agent gave no answer, or none that helps.
var (
	// ErrNoAnswer is silence: no agent, a filter on the way, or a community
	// that the agent does not know (it stays silent then).
	ErrNoAnswer = errors.New("no answer")
	// ErrClosed is the machine saying that nothing listens there.
	ErrClosed = errors.New("nothing listens there")
	// ErrUser is an engine that does not know the user.
	ErrUser = errors.New("the agent does not know this user")
	// ErrPassword is a digest the engine found wrong.
	ErrPassword = errors.New("the auth password or algorithm is not the agent's")
	// ErrPrivacy is a message the engine could not decrypt.
	ErrPrivacy = errors.New("the priv password or algorithm is not the agent's")
	// ErrLevel is an engine that wants more, or offers less, protection.
	ErrLevel = errors.New("the agent does not take this security level for the user")
	// ErrAccess is an agent that knows who asks and does not allow it.
	ErrAccess = errors.New("the agent does not allow this to be read")
	// ErrCircle is an agent whose rows do not go forward.
	ErrCircle = errors.New("the agent's identifiers do not increase")
)
