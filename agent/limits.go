package agent

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"steward/collect/agentproto"
)

// Pressure is how busy the machine is. Unknown figures are nil.
type Pressure struct {
	Load      *float64 // runnable tasks over the last minute, by processor
	Available *float64 // share of memory that is free to use
	Battery   *int     // percent, while on battery
	Memory    int64    // bytes this process holds
}

// pressure reads it where Linux says it; elsewhere only the process is known.
func pressure() Pressure {
	var p Pressure
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		if f := strings.Fields(string(b)); len(f) > 0 {
			if n, err := strconv.ParseFloat(f[0], 64); err == nil {
				p.Load = new(n / float64(runtime.NumCPU()))
			}
		}
	}
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		value := func(key string) float64 {
			_, rest, _ := bytes.Cut(b, []byte(key+":"))
			if f := strings.Fields(string(rest[:min(len(rest), 40)])); len(f) > 0 {
				n, _ := strconv.ParseFloat(f[0], 64)
				return n
			}
			return 0
		}
		if total := value("MemTotal"); total > 0 {
			p.Available = new(value("MemAvailable") / total)
		}
	}
	for i := range 2 {
		dir := "/sys/class/power_supply/BAT" + strconv.Itoa(i) + "/"
		state, err := os.ReadFile(dir + "status")
		if err != nil || strings.TrimSpace(string(state)) != "Discharging" {
			continue
		}
		if b, err := os.ReadFile(dir + "capacity"); err == nil {
			if n, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
				p.Battery = &n
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.Memory = int64(m.Sys - m.HeapReleased)
	return p
}

// limit tells the Go runtime the bounds: one thread for Go code, and the
// memory limit, which makes it collect garbage sooner rather than grow.
func (a *agent) limit() {
	if a.CPU < 1 {
		runtime.GOMAXPROCS(1)
		yieldToOthers()
	}
	debug.SetMemoryLimit(a.Memory * 9 / 10)
}

// Bounds beyond which the agent waits, and for how long at most.
const (
	busyLoad    = 2.0
	scarce      = 0.05
	lowBattery  = 20
	longestHold = 6 * time.Hour
)

// holdBack says whether the agent should wait now, and why. It does not wait
// for longer than longestHold in a row: a machine that is always busy is
// reported too.
func (a *agent) holdBack() *agentproto.Held {
	now := a.Clock()
	reason := a.reason(a.Load())
	if reason == "" {
		a.began = time.Time{}
		return nil
	}
	if a.began.IsZero() {
		a.began = now
	}
	if now.Sub(a.began) >= longestHold {
		a.began = time.Time{}
		a.Log.Info("reporting although the machine is busy, after the longest wait", "reason", reason)
		return nil
	}
	held := agentproto.Held{At: now.UTC().Truncate(time.Second), Until: now.Add(min(a.Interval, 10*time.Minute)).UTC(), Reason: reason}
	a.hold(held)
	return &held
}

func (a *agent) reason(p Pressure) string {
	switch {
	case p.Memory > a.Memory:
		debug.FreeOSMemory()
		if again := a.Load(); again.Memory > a.Memory {
			return fmt.Sprintf("the agent holds %d MB of memory, its limit is %d MB", again.Memory>>20, a.Memory>>20)
		}
	case p.Load != nil && *p.Load > busyLoad:
		return fmt.Sprintf("the machine is busy: %.1f tasks want each processor, the limit is %.1f", *p.Load, busyLoad)
	case p.Available != nil && *p.Available < scarce:
		return fmt.Sprintf("memory is scarce: %.0f %% is available, the limit is %.0f %%", *p.Available*100, scarce*100)
	case p.Battery != nil && *p.Battery < lowBattery:
		return fmt.Sprintf("the battery has %d %%, the limit is %d %%", *p.Battery, lowBattery)
	}
	return ""
}

// rest is how long the agent must pause so that what the last report cost
// stays below its share of a processor.
func (a *agent) rest() time.Duration {
	need := time.Duration(float64(a.spent) / a.CPU)
	if need > a.Interval {
		now := a.Clock()
		a.hold(agentproto.Held{At: now.UTC().Truncate(time.Second), Until: now.Add(need).UTC(), Reason: fmt.Sprintf("the last report took %.1f s of processor time; at %.1f %% of a processor that allows one each %s", a.spent.Seconds(), a.CPU*100, need.Round(time.Second))})
	}
	return need
}

// hold notes a time of holding back, for the log, the status and the server.
func (a *agent) hold(h agentproto.Held) {
	a.Log.Info("holding back", "reason", h.Reason, "until", h.Until.Format(time.RFC3339))
	if len(a.held) >= 20 {
		a.held = a.held[1:]
	}
	a.held = append(a.held, h)
	a.status("holding back", h.Reason)
}
