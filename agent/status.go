package agent

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Status is how the agent stands, in status.json of its folder, for a person
// who asks why nothing arrives.
type Status struct {
	AgentID  string    `json:"agent_id"`
	Server   string    `json:"server"`
	State    string    `json:"state" doc:"sent, waiting, holding back or refused"`
	Reason   string    `json:"reason,omitempty" doc:"why it does not send"`
	Since    time.Time `json:"since"`
	Accepted time.Time `json:"last_accepted_at,omitzero" doc:"when the server last accepted a report"`
	Sections int       `json:"last_sections" doc:"sections the last accepted report brought in full"`
	Queued   int       `json:"queued" doc:"reports that wait"`
	Dropped  int       `json:"dropped,omitempty" doc:"reports given up"`
	Next     time.Time `json:"next_at,omitzero"`
	CPU      float64   `json:"last_cpu_seconds" doc:"processor time of the last report"`
	Memory   int64     `json:"memory_bytes" doc:"memory the agent holds"`
}

func (a *agent) status(state, reason string) {
	if a.state.State != state || a.state.Reason != reason {
		a.state.Since = a.Clock().UTC().Truncate(time.Second)
	}
	a.state.State, a.state.Reason = state, reason
}

func (a *agent) saveStatus() {
	s := &a.state
	s.AgentID, s.Server, s.Queued, s.Dropped = a.store.ID, a.Server, len(a.store.queued()), a.store.Dropped
	s.Next, s.CPU, s.Memory = a.next.UTC().Truncate(time.Second), a.spent.Seconds(), pressure().Memory
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = a.store.write("status.json", append(b, '\n'))
	}
	if err != nil {
		a.Log.Warn("the status was not written", "error", err)
	}
}

// ReadStatus reads the status of the agent that uses a folder.
func ReadStatus(dir string) (Status, error) {
	var s Status
	b, err := os.ReadFile(filepath.Join(dir, "status.json"))
	if err != nil {
		return s, fmt.Errorf("there is no agent's status in %s: %w", dir, err)
	}
	return s, json.Unmarshal(b, &s)
}

// Words says the status in lines for a person.
func (s Status) Words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Agent %s reports to %s.\n", s.AgentID, s.Server)
	fmt.Fprintf(&b, "State: %s since %s", s.State, s.Since.Format(time.RFC3339))
	if s.Reason != "" {
		fmt.Fprintf(&b, ": %s", s.Reason)
	}
	b.WriteString(".\n")
	if !s.Accepted.IsZero() {
		fmt.Fprintf(&b, "Last accepted: %s, %d sections in full.\n", s.Accepted.Format(time.RFC3339), s.Sections)
	}
	fmt.Fprintf(&b, "Waiting: %d reports; given up: %d.", s.Queued, s.Dropped)
	if !s.Next.IsZero() { // after a single report there is none
		fmt.Fprintf(&b, " Next: %s.", s.Next.Format(time.RFC3339))
	}
	fmt.Fprintln(&b)
	fmt.Fprintf(&b, "Last report took %.2f s of processor time; the agent holds %d MB.\n", s.CPU, s.Memory>>20)
	return b.String()
}
