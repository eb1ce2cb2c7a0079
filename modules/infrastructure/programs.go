package infrastructure

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// platforms are what the agent is made for; `make agents` makes them all.
var platforms = []string{"linux/amd64", "linux/arm64", "windows/amd64", "windows/arm64", "darwin/amd64", "darwin/arm64", "freebsd/amd64", "freebsd/arm64"}

// agentProgram is an agent that the server can give out to machines.
type agentProgram struct {
	Platform string // linux/amd64
	Version  string // as the agent tells its own
	Sum      string // SHA-256, hex
	Size     int64
	Whole    bool // it is the server's own program, whose agent is a part of it
	path     string
	made     time.Time
}

// programs finds the agents that can be given out: in the folder agents of the
// data folder, beside the server's own program, and that program itself for its
// own platform. What a program is for is read from it, not from its name.
type programs struct {
	folders []string
	own     string
	mu      sync.Mutex
	known   map[string]*agentProgram // by path; held against size and time of the file
}

const mostProgram = 512 << 20

// newPrograms looks in the data folder and beside the running program.
func newPrograms(data string) *programs {
	p := &programs{folders: []string{filepath.Join(data, "agents")}, known: map[string]*agentProgram{}}
	if own, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(own); err == nil {
			own = real
		}
		p.own = own
		p.folders = append(p.folders, filepath.Dir(own))
	}
	return p
}

// fileOf is what the program of a platform is called in a folder.
func fileOf(platform string) string {
	name := "steward-agent-" + strings.ReplaceAll(platform, "/", "-")
	if strings.HasPrefix(platform, "windows/") {
		name += ".exe"
	}
	return name
}

// find returns the program of a platform; nil if there is none, with what was
// found instead of it if there was something.
func (p *programs) find(platform string) (found *agentProgram, wrong error) {
	host := runtime.GOOS + "/" + runtime.GOARCH
	for _, dir := range p.folders {
		names := []string{fileOf(platform)}
		if platform == host {
			names = append(names, "steward-agent")
		}
		for _, name := range names {
			a, err := p.look(filepath.Join(dir, name), false)
			switch {
			case errors.Is(err, fs.ErrNotExist):
			case err != nil:
				wrong = errors.Join(wrong, err)
			case a.Platform != platform:
				wrong = errors.Join(wrong, fmt.Errorf("%s is made for %s", name, a.Platform))
			default:
				return a, nil
			}
		}
	}
	if platform == host && p.own != "" {
		if a, err := p.look(p.own, true); err == nil && a.Platform == platform {
			return a, nil
		}
	}
	return nil, wrong
}

// look reads what a file is; it reads the whole of it once as long as its size
// and its time stay.
func (p *programs) look(path string, whole bool) (*agentProgram, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.known[path]; a != nil && a.Size == info.Size() && a.made.Equal(info.ModTime()) {
		return a, nil
	}
	f, a, err := p.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	build, err := buildinfo.Read(f)
	if err != nil || !whole && !strings.HasSuffix(build.Path, "/cmd/steward-agent") {
		return nil, fmt.Errorf("%s is not the agent's program", filepath.Base(path))
	}
	about := map[string]string{}
	for _, s := range build.Settings {
		about[s.Key] = s.Value
	}
	a.Platform, a.Version, a.Whole = about["GOOS"]+"/"+about["GOARCH"], "dev", whole
	if revision := about["vcs.revision"]; len(revision) >= 12 {
		a.Version = revision[:12]
	}
	h := sha256.New()
	if n, err := io.Copy(h, f); err != nil || n != a.Size {
		return nil, errors.Join(fmt.Errorf("%s could not be read to its end", filepath.Base(path)), err)
	}
	a.Sum = hex.EncodeToString(h.Sum(nil))
	p.known[path] = a
	return a, nil
}

// open opens a program's file as it is now.
func (p *programs) open(path string) (*os.File, *agentProgram, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() > mostProgram) {
		err = fmt.Errorf("%s is no program", filepath.Base(path))
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, &agentProgram{Size: info.Size(), made: info.ModTime(), path: path}, nil
}
