package drill

import (
	"encoding/json"
	"fmt"
	"time"

	"steward/collect/backup"
	"steward/collect/backup/program"
	"steward/collect/backup/repository"
	"steward/collect/backup/snapshot"
	"steward/collect/fact"
)

// Level is how far a drill goes. Only L3 and L4 test a backup: what was never
// restored was never tested.
type Level int

// The levels.
const (
	None Level = iota - 1
	L0         // it is there, young enough and not suspiciously small
	L1         // it is what was written: manifest, hashes, decryption, system and generation
	L2         // the tool that made it can read all of it
	L3         // it was restored into a scratch instance and is what its source was
	L4         // it was used: own queries give what they should, a point in time was reached
)

var levelWords = map[Level]string{
	None: "not even present as it should be",
	L0:   "present, not tested",
	L1:   "intact, not tested",
	L2:   "readable, not tested",
	L3:   "tested: restored and compared",
	L4:   "tested: restored, compared and used",
}

func (l Level) String() string {
	if l == None {
		return "none"
	}
	return fmt.Sprintf("L%d", int(l))
}

// MarshalText writes the level as L0 … L4.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads none or L0 … L4.
func (l *Level) UnmarshalText(b []byte) error {
	if string(b) == "none" {
		*l = None
		return nil
	}
	p, err := ParseLevel(string(b))
	*l = p
	return err
}

// ParseLevel reads L0 … L4.
func ParseLevel(s string) (Level, error) {
	for l := L0; l <= L4; l++ {
		if s == l.String() || s == "l"+l.String()[1:] {
			return l, nil
		}
	}
	return None, backup.NewWrong("--level", "%q is no level; right is L0, L1, L2, L3 or L4", s)
}

// State is the answer to one assertion.
type State string

// The states.
const (
	Passed  State = "passed"
	Failed  State = "failed"
	Unknown State = "unknown" // it could not be looked at; why is said
	Noted   State = "noted"   // a fact without a judgement
)

// Assertion is one thing that was looked at.
type Assertion struct {
	Level    Level    `json:"level"`
	Name     string   `json:"name" doc:"present, age, size, manifest, hash, generation, readable, restore, tables, rows, contents, constraints …"`
	State    State    `json:"state"`
	Expected string   `json:"expected,omitempty"`
	Found    string   `json:"found"`
	Detail   []string `json:"detail,omitempty" doc:"each thing that is wrong"`
}

// Phase is one stretch of the way back, timed.
type Phase struct {
	Name    string  `json:"name" doc:"fetch, unpack, start, restore, recovery, first query"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes,omitempty"`
}

// Span is a measured time against its target.
type Span struct {
	Seconds float64 `json:"seconds"`
	Target  float64 `json:"target,omitempty" doc:"seconds; absent when none was given"`
	Met     *bool   `json:"met,omitempty" doc:"absent when no target was given"`
	Method  string  `json:"method" doc:"what was measured, and how"`
}

// Report is what a drill found: the evidence that is signed.
type Report struct {
	Version    int              `json:"version" doc:"of this form: 1"`
	By         string           `json:"by" doc:"who ran it"`
	Host       string           `json:"host" doc:"where"`
	Started    time.Time        `json:"started"`
	Ended      time.Time        `json:"ended"`
	Artefact   Artefact         `json:"artefact"`
	Source     string           `json:"source,omitempty" doc:"the source it was compared with, without password"`
	Asked      Level            `json:"asked"`
	Reached    Level            `json:"reached" doc:"the highest level with all below it passed"`
	Words      string           `json:"words" doc:"what the level reached means"`
	Tested     bool             `json:"tested" doc:"it was restored and is what its source was"`
	Passed     bool             `json:"passed" doc:"the level asked for was reached and nothing failed"`
	Assertions []Assertion      `json:"assertions"`
	Phases     []Phase          `json:"phases,omitempty"`
	RPO        *Span            `json:"rpo,omitempty" doc:"how much would be lost: age of the newest marker or of the state in the copy"`
	RTO        *Span            `json:"rto,omitempty" doc:"how long the way back took"`
	RTONow     *Span            `json:"rto_now,omitempty" doc:"RTO scaled to the source's size of today"`
	Versions   []string         `json:"versions,omitempty" doc:"of programs and servers that took part"`
	Scratch    []string         `json:"scratch,omitempty" doc:"how the scratch instance was kept apart, and that it is gone"`
	Marker     *snapshot.Marker `json:"marker,omitempty" doc:"the newest heartbeat found in the copy"`
}

// Artefact names what was drilled.
type Artefact struct {
	Path      string            `json:"path"`
	ID        string            `json:"id,omitempty"`
	Source    string            `json:"source,omitempty"`
	Form      repository.Form   `json:"form"`
	Made      time.Time         `json:"made,omitzero"`
	Size      int64             `json:"size"`
	SHA256    map[string]string `json:"sha256,omitempty" doc:"of each file, as computed in this drill"`
	Manifest  string            `json:"manifest,omitempty" doc:"sum of the manifest"`
	Encrypted string            `json:"encrypted,omitempty"`
	Tool      *program.Program  `json:"tool,omitempty" doc:"that made it"`
	Gaps      []fact.Gap        `json:"gaps,omitempty" doc:"what is not in it"`
}

func (r *Report) add(level Level, name string, state State, expected, found string, detail ...string) {
	r.Assertions = append(r.Assertions, Assertion{level, name, state, expected, found, detail})
}

// judge adds an assertion that passed or failed.
func (r *Report) judge(level Level, name string, ok bool, expected, found string, detail ...string) bool {
	state := Passed
	if !ok {
		state = Failed
	}
	r.add(level, name, state, expected, found, detail...)
	return ok
}

// failed reports whether an assertion of the level failed.
func (r *Report) failed(level Level) bool {
	for _, a := range r.Assertions {
		if a.Level == level && a.State == Failed {
			return true
		}
	}
	return false
}

// Failures are the assertions that failed.
func (r *Report) Failures() []Assertion {
	var list []Assertion
	for _, a := range r.Assertions {
		if a.State == Failed {
			list = append(list, a)
		}
	}
	return list
}

// settle states what was reached. done is the highest level that was gone through.
func (r *Report) settle(done Level) {
	r.Reached = None
	for l := L0; l <= done && !r.failed(l); l++ {
		r.Reached = l
	}
	r.Tested = done >= L3 && !r.failed(L1) && !r.failed(L2) && !r.failed(L3)
	r.Words = levelWords[r.Reached]
	r.Passed = r.Reached >= r.Asked && len(r.Failures()) == 0
}

// sound reports whether the artefact itself was found good: age, size and times
// against targets are not its fault.
func (r *Report) sound() bool {
	for _, a := range r.Assertions {
		if a.State == Failed && a.Level > L0 && a.Name != "rto" && a.Name != "rto today" && a.Name != "rpo" {
			return false
		}
	}
	return true
}

// ParseReport reads a report from evidence.
func ParseReport(b []byte) (*Report, error) {
	var r Report
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, backup.NewWrong("evidence", "is signed, and is no report of a drill: %v", err)
	}
	if r.Version != 1 {
		return nil, backup.NewWrong("evidence", "has version %d; known is 1", r.Version)
	}
	return &r, nil
}
