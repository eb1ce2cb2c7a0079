// Package receive takes in what devices send by themselves: SNMP traps and
// informs, syslog, NetFlow v5 and v9, IPFIX and sFlow. What arrives becomes
// facts through one bounded queue; whatever does not fit, cannot be read or was
// lost on the way is counted with the reason and told.
package receive

import (
	"crypto/tls"
	"time"

	"steward/collect/network/snmp"
)

// Config says where to listen. An empty address listens nowhere.
type Config struct {
	Trap      string // UDP
	SyslogUDP string
	SyslogTCP string
	SyslogTLS string
	NetFlow   string // UDP: NetFlow v5, v9 and IPFIX, told apart by their version
	SFlow     string // UDP

	TLS         *tls.Config       // of SyslogTLS
	Credentials []snmp.Credential // that traps must come with; see snmp.NewNotifications
	Engine      []byte            // own SNMP engine for informs of version 3; nil makes one for this run

	For    time.Duration  // stop after this time; 0 does not
	Max    int            // stop after this many facts beside receiver facts; 0 does not
	Report time.Duration  // how often counts are told; 0 is a minute
	Fold   time.Duration  // how long the same syslog message is folded; 0 is 10 seconds
	Top    int            // flows told for each minute; 0 is 1,000
	Queue  int            // facts that may wait; 0 is 4,096
	Zone   *time.Location // of syslog times without a zone; nil is UTC

	// Started is called once with the address each listener got.
	Started func(protocol, address string)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

func (c Config) defaults() Config {
	if c.Report <= 0 {
		c.Report = time.Minute
	}
	if c.Fold <= 0 {
		c.Fold = 10 * time.Second
	}
	if c.Top <= 0 {
		c.Top = 1000
	}
	if c.Queue <= 0 {
		c.Queue = 4096
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Started == nil {
		c.Started = func(string, string) {}
	}
	return c
}

// Bounds of what outsiders can make this package hold.
const (
	maxDatagram    = 64 << 10
	maxLine        = 64 << 10         // of syslog; a longer message is cut
	maxConnections = 256              // of syslog over TCP and TLS together
	idle           = 10 * time.Minute // a connection may be silent
	maxReasons     = 64               // different reasons counted by one listener
	maxSenders     = 4096             // remembered at a time, for folding and templates
)
