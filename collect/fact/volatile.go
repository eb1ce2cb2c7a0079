package fact

import "time"

// Volatile is what is different at each look; it never makes a change.
type Volatile struct {
	Took      *int64            `json:"took_ms,omitempty" doc:"how long the collection took, ms"`
	Booted    *time.Time        `json:"booted_at,omitempty" doc:"start of the operating system, UTC"`
	Uptime    *int64            `json:"uptime_seconds,omitempty"`
	Available *int64            `json:"memory_available_bytes,omitempty"`
	SwapTotal *int64            `json:"swap_bytes,omitempty"`
	SwapFree  *int64            `json:"swap_free_bytes,omitempty"`
	Load      []float64         `json:"load,omitempty" doc:"mean number of runnable tasks over 1, 5 and 15 minutes"`
	Processes *int              `json:"processes,omitempty"`
	Ephemeral *int              `json:"ephemeral_ports,omitempty" doc:"waiting sockets on random ports, left out of ports"`
	Usage     []FilesystemUsage `json:"filesystem_usage,omitempty"`
	Refreshed *time.Time        `json:"updates_refreshed_at,omitempty" doc:"when the package manager last looked at its sources, UTC"`
	ClockOff  *float64          `json:"clock_offset_seconds,omitempty" doc:"local clock minus reference, where the time service tells"`
	Battery   []BatteryCharge   `json:"battery_charge,omitempty"`
	SignedIn  *int              `json:"sessions,omitempty" doc:"interactive sessions open"`
}

// FilesystemUsage is how full a file system is.
type FilesystemUsage struct {
	Mount      string `json:"mount"`
	Free       int64  `json:"free_bytes" doc:"what an ordinary account may still use"`
	Used       int64  `json:"used_bytes"`
	FreeInodes *int64 `json:"free_inodes,omitempty"`
}

// BatteryCharge is what a battery holds now.
type BatteryCharge struct {
	Name    string `json:"name"`
	FullMWh *int   `json:"full_mwh,omitempty" doc:"capacity it still reaches"`
	Percent *int   `json:"percent,omitempty"`
}
