package signin

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"time"

	"steward/kernel/fail"
	"steward/kernel/storage"
)

// patience is how many failures a slot may have before each further attempt has to
// wait, the wait doubling from a second up to a longest, and how fast failures are
// forgotten. The wait is short for a sign-in name, so that nobody can lock somebody
// else out; a network forgets fast, because a whole office may sit behind it.
type patience struct {
	free    int64
	longest time.Duration
	forgets time.Duration // one failure each
}

var (
	loginPatience   = patience{5, time.Minute, 10 * time.Minute}
	networkPatience = patience{20, 15 * time.Minute, 30 * time.Second}
)

// slots bounds the table: names and networks share this many counters each.
const slots = 1 << 16

// forgotten is when a slot is empty whatever was counted.
const forgotten = 24 * time.Hour

// slotOf is the counter for a name or network; kind keeps the two apart.
func slotOf(kind, value string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + value))
	return fmt.Sprintf("%s %d", kind, binary.BigEndian.Uint32(sum[:])%slots)
}

// attempt counts a try as failed before it is made, so that many at once cannot
// slip through, and refuses it while the slot has to wait.
func attempt(u *storage.Update, slot string, p patience) error {
	var failures, last int64
	found, err := u.Row("SELECT failures, last_at FROM signin_failure WHERE slot = $1", []any{slot}, &failures, &last)
	if err != nil {
		return err
	}
	since := u.Now.Sub(time.UnixMicro(last))
	failures = max(0, failures-int64(since/p.forgets))
	if wait := p.wait(failures) - since; found && wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		return fail.New(fail.TooMany, "kernel.signin.wait", "Too many failed attempts. Try again in {seconds} {seconds|second|seconds}.").With("seconds", seconds)
	}
	failures = min(failures+1, p.free+16)
	_, err = u.Exec(`INSERT INTO signin_failure (slot, failures, last_at) VALUES ($1, $2, $3)
		ON CONFLICT (slot) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at`, slot, failures, u.Now.UnixMicro())
	return err
}

func (p patience) wait(failures int64) time.Duration {
	if failures < p.free {
		return 0
	}
	return min(time.Second<<(failures-p.free), p.longest)
}

// forgive lets a name start afresh after a success.
func forgive(u *storage.Update, name string) error {
	_, err := u.Exec("DELETE FROM signin_failure WHERE slot = $1", name)
	return err
}

// takeBack takes back the one try of a network that did not fail: not more, or
// whoever has an account could try others' without end.
func takeBack(u *storage.Update, network string) error {
	_, err := u.Exec("UPDATE signin_failure SET failures = failures - 1 WHERE slot = $1 AND failures > 0", network)
	return err
}

// Network is the part of an address that is kept and counted: the first three
// numbers of an IPv4 address, the first 56 bits of an IPv6 address.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		if ap, e := netip.ParseAddrPort(address); e == nil {
			a = ap.Addr()
		} else {
			return ""
		}
	}
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 56
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
