package software

import (
	"bytes"
	"fmt"
	"strings"

	"steward/collect/advisory"
)

// Sources tells the source packages of Debian's binary packages, which agents'
// inventories leave out.
type Sources struct {
	byName map[string]source
}

type source struct {
	name     string
	versions map[string]string // source versions by binary version, where they differ
}

// maxSources bounds the packages of all indexes; Debian and Ubuntu have fewer
// than 100,000 in a release.
const maxSources = 2_000_000

// ReadSources adds an archive's index of packages (the file Packages of a
// Debian archive, as it lies in /var/lib/apt/lists) or a machine's
// /var/lib/dpkg/status: paragraphs of Package, Version and Source, the last
// left out where it is the same (Debian Policy 5.3, 5.6.1).
func (s *Sources) ReadSources(doc []byte) error {
	if s.byName == nil {
		s.byName = map[string]source{}
	}
	var name, version, from string
	read, number := 0, 0
	end := func() error {
		if name == "" {
			return nil
		}
		read++
		src, srcVersion := name, version
		if from != "" {
			var rest string
			src, rest, _ = strings.Cut(from, " ")
			if v := strings.Trim(rest, " ()"); v != "" {
				srcVersion = v
			}
		}
		known := s.byName[name]
		if known.name == "" && len(s.byName) >= maxSources {
			return fmt.Errorf("more than %d packages", maxSources)
		}
		known.name = src
		if srcVersion != version {
			if known.versions == nil {
				known.versions = map[string]string{}
			}
			known.versions[version] = srcVersion
		}
		s.byName[name] = known
		name, version, from = "", "", ""
		return nil
	}
	for line := range bytes.Lines(doc) {
		number++
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			if err := end(); err != nil {
				return err
			}
			continue
		}
		if text[0] == ' ' || text[0] == '\t' {
			continue
		}
		key, value, found := strings.Cut(text, ":")
		if !found {
			return fmt.Errorf("line %d: %.40q is no field; this is not an index of packages", number, text)
		}
		switch strings.ToLower(key) {
		case "package":
			name = strings.TrimSpace(value)
		case "version":
			version = strings.TrimSpace(value)
		case "source":
			from = strings.TrimSpace(value)
		}
	}
	if err := end(); err != nil {
		return err
	}
	if read == 0 {
		return fmt.Errorf("holds no package; this is not an index of packages")
	}
	return nil
}

// Tell fills in the source packages of a target whose inventory left them out,
// and returns how many of its packages the indexes do not know.
func (s *Sources) Tell(t *Target) (unknown int) {
	if s == nil || s.byName == nil || !t.NoSources {
		return 0
	}
	for i := range t.Packages {
		p := &t.Packages[i]
		if base := advisory.Base(p.Ecosystem); p.Manager != "deb" || base != "Debian" && base != "Ubuntu" {
			continue
		}
		known, ok := s.byName[p.Name]
		if !ok {
			unknown++
			continue
		}
		if known.name != p.Name {
			p.Source = known.name
		}
		p.SourceVersion = known.versions[p.Version]
	}
	t.NoSources = unknown > 0
	return unknown
}
