package agent

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"steward/collect/agentproto"
)

// Bounds of the queue.
const (
	maxQueueAge   = 24 * time.Hour
	maxQueueBytes = 64 << 20
	maxQueueFiles = 500
)

// store is the agent's folder: its key, its certificate, what the server
// already has, and the reports that wait. Every file is written whole under
// another name and then renamed, so that a crash leaves the old one.
type store struct {
	dir  string
	key  crypto.Signer
	lock *os.File
	memory
}

// memory is what the agent remembers, in agent.json.
type memory struct {
	ID          string            `json:"agent_id,omitempty"`
	Server      string            `json:"server,omitempty"`
	Certificate string            `json:"certificate_pem,omitempty"`
	CA          string            `json:"ca_pem,omitempty"`
	Pin         string            `json:"pin,omitempty"`
	Sequence    int64             `json:"sequence"`
	Hashes      map[string]string `json:"hashes,omitempty"` // what the server has
	Dropped     int               `json:"dropped,omitempty"`
}

// open opens the folder, makes it and the key if they are not there, and takes
// it for this process alone.
func open(dir string) (*store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "queue"), 0o700); err != nil {
		return nil, fmt.Errorf("the agent's folder: %w", err)
	}
	s := &store{dir: dir}
	var err error
	if s.lock, err = lockFile(filepath.Join(dir, "lock")); err != nil {
		return nil, fmt.Errorf("the agent's folder %s: another agent uses it (%w)", dir, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "agent.json"))
	if err == nil {
		err = json.Unmarshal(b, &s.memory)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.close()
		return nil, fmt.Errorf("the agent's memory agent.json: %w", err)
	}
	if s.key, err = s.readKey(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// peek reads what an agent's folder remembers and its key, and changes nothing:
// another process may be using it.
func peek(dir string) (*store, error) {
	s := &store{dir: dir}
	b, err := os.ReadFile(filepath.Join(dir, "agent.json"))
	if err == nil {
		err = json.Unmarshal(b, &s.memory)
	}
	if err == nil {
		_, err = os.Stat(filepath.Join(dir, "agent.key")) // readKey would make one
	}
	if err == nil {
		s.key, err = s.readKey()
	}
	if err != nil {
		return nil, fmt.Errorf("no agent has enrolled with the folder %s: %w", dir, err)
	}
	return s, nil
}

func (s *store) close() {
	if s.lock != nil {
		s.lock.Close()
	}
}

// readKey returns the agent's key, which never leaves the machine.
func (s *store) readKey() (crypto.Signer, error) {
	path := filepath.Join(s.dir, "agent.key")
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := agentproto.NewKey()
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		return key, s.write("agent.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	if err != nil {
		return nil, fmt.Errorf("the agent's key: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("the agent's key %s is not PEM", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the agent's key %s: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("the agent's key %s cannot sign", path)
	}
	return signer, nil
}

func (s *store) write(name string, b []byte) error {
	path := filepath.Join(s.dir, name)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		os.Remove(path + ".new")
	}
	return err
}

func (s *store) remember() error {
	b, err := json.MarshalIndent(s.memory, "", "  ")
	if err != nil {
		return err
	}
	return s.write("agent.json", b)
}

// queued are the names of the waiting reports, oldest first.
func (s *store) queued() []string {
	entries, err := os.ReadDir(filepath.Join(s.dir, "queue"))
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json.gz") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names
}

// enqueue puts a report's wire form at the end of the queue and gives up the
// oldest ones beyond its bounds.
func (s *store) enqueue(wire []byte, sequence int64, now time.Time) error {
	name := fmt.Sprintf("%013d-%012d.json.gz", now.UnixMilli(), sequence)
	if err := s.write(filepath.Join("queue", name), wire); err != nil {
		return fmt.Errorf("queue the report: %w", err)
	}
	return s.trim(now)
}

// trim drops the reports that are too old or too many; the newest stays.
func (s *store) trim(now time.Time) error {
	names := s.queued()
	total, dropped := int64(0), 0
	for i := len(names) - 1; i >= 0; i-- {
		path := filepath.Join(s.dir, "queue", names[i])
		if info, err := os.Stat(path); err == nil {
			total += info.Size()
		}
		if i == len(names)-1 {
			continue
		}
		if total > maxQueueBytes || len(names)-i > maxQueueFiles || now.Sub(queuedAt(names[i])) > maxQueueAge {
			if err := os.Remove(path); err != nil {
				return err
			}
			dropped++
		}
	}
	if dropped == 0 {
		return nil
	}
	s.Dropped += dropped
	return s.remember()
}

func queuedAt(name string) time.Time {
	ms, _, _ := strings.Cut(name, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

func (s *store) load(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(s.dir, "queue", name))
}

func (s *store) remove(name string) error { return os.Remove(filepath.Join(s.dir, "queue", name)) }
