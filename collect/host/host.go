// Package host takes the inventory of the machine it runs on: what it is, what
// is installed, what runs, what listens, what is out of date. It reads files
// and asks the system's own tools; it never writes, never uses the network,
// and works without administrator rights, saying what it could not see.
package host

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"steward/collect/fact"
	"steward/collect/host/machine"
)

// Options say how to collect. The zero value collects everything from the
// machine the program runs on.
type Options struct {
	// Machine is what to look at; nil is this machine.
	Machine *machine.Machine
	// Sections names the sections wanted; none means all.
	Sections []string
	// Collector is written into the inventory; "steward" if empty.
	Collector string
	// Now is the moment of collection; the clock's if zero.
	Now time.Time
}

// Collect takes the inventory. It fails only when ctx ends or the options are
// wrong; what could not be seen stands in the inventory as gaps.
func Collect(ctx context.Context, o Options) (fact.Inventory, error) {
	started := time.Now()
	m := o.Machine
	if m == nil {
		m = machine.This()
	}
	for _, s := range o.Sections {
		if !slices.Contains(fact.Sections(), s) {
			return fact.Inventory{}, fmt.Errorf("there is no section %q; the sections are %v", s, fact.Sections())
		}
	}
	now := o.Now
	if now.IsZero() {
		now = started
	}
	c := &collection{Machine: m, now: now.UTC(), inv: fact.Inventory{
		Version: fact.InventoryVersion, Collector: o.Collector, At: now.UTC().Truncate(time.Second), Platform: m.Platform,
	}}
	if c.inv.Collector == "" {
		c.inv.Collector = "steward"
	}
	var err error
	switch m.Platform {
	case "linux":
		err = c.linux(ctx, o.Sections)
	case "windows":
		err = c.windows(ctx)
	case "darwin":
		err = c.macos(ctx)
	default:
		err = c.bsd(ctx)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fact.Inventory{}, fmt.Errorf("inventory of this machine: %w", err)
	}
	inv := c.inv
	if len(o.Sections) > 0 {
		inv = inv.Without(slices.DeleteFunc(fact.Sections(), func(s string) bool { return slices.Contains(o.Sections, s) })...)
	}
	inv, err = inv.Canonical()
	if m.Live {
		inv.Volatile.Took = new(time.Since(started).Milliseconds())
	}
	return inv, err
}

// Observation wraps an inventory as the fact `steward collect host` prints.
func Observation(inv fact.Inventory) fact.Observation {
	name := inv.Identity.Value.Hostname
	if name == "" {
		name, _ = os.Hostname()
	}
	return fact.Observation{Kind: "inventory", Target: name, At: inv.At, Source: inv.Platform, Method: "file, command", Data: inv}
}

// collection is one inventory in the making.
type collection struct {
	*machine.Machine
	now time.Time
	inv fact.Inventory

	processes []process       // of this look, see scanProcesses
	hidden    int             // processes whose files could not be seen
	installed map[string]bool // names of installed packages
	changed   map[string]time.Time
}

// wants reports whether any of the sections is asked for.
func wants(asked []string, sections ...string) bool {
	if len(asked) == 0 {
		return true
	}
	return slices.ContainsFunc(sections, func(s string) bool { return slices.Contains(asked, s) })
}

// parallel runs the parts beside each other; a part that panics on what it
// read leaves its section as a gap instead of ending the program.
func parallel(parts ...func()) (problems []string) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, part := range parts {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					mu.Lock()
					defer mu.Unlock()
					problems = append(problems, fmt.Sprintf("%v: %s", r, debug.Stack()))
				}
			}()
			part()
		})
	}
	wg.Wait()
	return problems
}
