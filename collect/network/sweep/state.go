package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// place is where a sweep is: everything before it was sent.
type place struct {
	Method int `json:"method"`
	Try    int `json:"try"`
	Next   int `json:"next"`
}

// state is a sweep that was interrupted.
type state struct {
	Targets string  `json:"targets"`
	Methods string  `json:"methods"`
	Ports   []int   `json:"ports,omitempty"`
	At      place   `json:"at"`
	Found   []found `json:"found"`
}

type found struct {
	Index  int    `json:"i"`
	How    uint8  `json:"how"`
	RTT    int32  `json:"rtt_us,omitempty"`
	MAC    string `json:"mac,omitempty"`
	Open   []int  `json:"open,omitempty"`
	Closed []int  `json:"closed,omitempty"`
}

// maxState is the most bytes a state file may have.
const maxState = 256 << 20

// load goes on from the state file, if there is one. One of another sweep is an
// error: it would be lost.
func (r *run) load() error {
	if r.o.State == "" {
		return nil
	}
	info, err := os.Stat(r.o.State)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Size() > maxState:
		return fmt.Errorf("%s: too large to be the state of a sweep", r.o.State)
	}
	raw, err := os.ReadFile(r.o.State)
	if err != nil {
		return err
	}
	return r.restore(raw)
}

func (r *run) restore(raw []byte) error {
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("%s is not the state of a sweep: %w", r.o.State, err)
	}
	if s.Targets != r.t.String() || s.Methods != strings.Join(r.o.Methods, " ") || fmt.Sprint(s.Ports) != fmt.Sprint(r.o.Ports) {
		return fmt.Errorf("%s is the state of another sweep (%.80s, %s); finish that one or remove the file", r.o.State, s.Targets, s.Methods)
	}
	if s.At.Method < 0 || s.At.Method >= len(r.o.Methods) || s.At.Try < 0 || s.At.Next < 0 {
		return fmt.Errorf("%s is not the state of a sweep: its place is nowhere", r.o.State)
	}
	for _, f := range s.Found {
		if f.Index < 0 || f.Index >= len(r.how) {
			return fmt.Errorf("%s is not the state of this sweep: it found an address that is no target", r.o.State)
		}
		r.how[f.Index], r.rtt[f.Index] = f.How, f.RTT
		if f.MAC != "" {
			r.mac[f.Index] = f.MAC
		}
		if len(f.Open) > 0 {
			r.open[f.Index] = f.Open
		}
		if len(f.Closed) > 0 {
			r.closed[f.Index] = f.Closed
		}
	}
	r.at = s.At
	return nil
}

// save writes the state, whole or not at all.
func (r *run) save() error {
	if r.o.State == "" {
		return nil
	}
	r.mu.Lock()
	s := state{Targets: r.t.String(), Methods: strings.Join(r.o.Methods, " "), Ports: r.o.Ports, At: r.at}
	for i, h := range r.how {
		if h != 0 {
			s.Found = append(s.Found, found{Index: i, How: h, RTT: r.rtt[i], MAC: r.mac[i], Open: r.open[i], Closed: r.closed[i]})
		}
	}
	raw, err := json.Marshal(s)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(r.o.State), ".sweep-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(raw)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), r.o.State)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// forget removes the state of a sweep that is done.
func (r *run) forget() error {
	if r.o.State == "" {
		return nil
	}
	if err := os.Remove(r.o.State); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
