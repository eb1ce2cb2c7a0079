package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// tableState keeps for each table how far it was read, between calls of
// `collect table --state`.
type tableState struct {
	path string
	Last map[string]string `json:"last"` // by target and table
}

// readTableState reads what an earlier call kept; nothing is there before the first.
func readTableState(path string) (*tableState, error) {
	s := &tableState{path: path}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, wrongUse("%v", err)
	default:
		if err := json.Unmarshal(raw, s); err != nil {
			return nil, wrongUse("%s is not what --state wrote: %v", path, err)
		}
	}
	if s.Last == nil {
		s.Last = map[string]string{}
	}
	return s, nil
}

// keep writes how far a table was read, whole or not at all: a kill leaves the
// old file or the new one.
func (s *tableState) keep(place, last string) error {
	s.Last[place] = last
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.path), ".state-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
