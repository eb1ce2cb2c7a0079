package host

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

// debPackages reads dpkg's status file, and status.d of images without dpkg.
func (c *collection) debPackages() ([]fact.Package, error) {
	var all []fact.Package
	f, err := c.Open("/var/lib/dpkg/status")
	if err == nil {
		all, err = parseDpkgStatus(f)
		f.Close()
	}
	if err != nil && !c.Exists("/var/lib/dpkg/status.d") {
		return all, err
	}
	for _, p := range c.Glob("/var/lib/dpkg/status.d/*") {
		if strings.HasSuffix(p, ".md5sums") {
			continue
		}
		if b, err := c.Read(p); err == nil {
			more, _ := parseDpkgStatus(bytes.NewReader(append([]byte("Status: install ok installed\n"), b...)))
			all = append(all, more...)
		}
	}
	auto := map[string]bool{}
	if f, err := c.Open("/var/lib/apt/extended_states"); err == nil {
		auto, _ = parseExtendedStates(f)
		f.Close()
	}
	for i := range all {
		p := &all[i]
		p.Auto = auto[p.Name+":"+p.Arch] || p.Arch == "all" && auto[p.Name]
		// The list file is written anew at each upgrade, so its moment is that
		// of the version installed.
		when := c.Modified("/var/lib/dpkg/info/" + p.Name + ".list")
		if when.IsZero() {
			when = c.Modified("/var/lib/dpkg/info/" + p.Name + ":" + p.Arch + ".list")
		}
		if !when.IsZero() && when.Year() > 1980 {
			p.Day = when.Format(time.DateOnly)
			c.changed[p.Name] = when
		}
	}
	return all, nil
}

// parseDpkgStatus reads the stanzas of dpkg's status file; only packages whose
// files are on the machine are returned.
func parseDpkgStatus(r io.Reader) ([]fact.Package, error) {
	var all []fact.Package
	var p fact.Package
	var status string
	end := func() {
		if p.Name != "" && present(status) {
			if p.Source == p.Name {
				p.Source = ""
			}
			if p.SrcVer == p.Version {
				p.SrcVer = ""
			}
			p.Held = strings.HasPrefix(status, "hold ")
			p.Manager = "deb"
			all = append(all, p)
		}
		p, status = fact.Package{}, ""
	}
	err := stanzas(r, func(key, value string) {
		switch key {
		case "Package":
			p.Name = value
		case "Status":
			status = value
		case "Version":
			p.Version = value
		case "Architecture":
			p.Arch = value
		case "Maintainer":
			p.Vendor, _, _ = strings.Cut(value, " <")
		case "Source":
			name, version, found := strings.Cut(value, " (")
			p.Source = name
			if found {
				p.SrcVer = strings.TrimSuffix(version, ")")
			}
		case "Installed-Size":
			if kib, err := strconv.ParseInt(value, 10, 48); err == nil && kib >= 0 {
				p.Bytes = new(kib * 1024)
			}
		}
	}, end)
	return all, err
}

// present reports whether a dpkg status has the package's files on the machine
// ("deinstall ok config-files" has not).
func present(status string) bool {
	f := strings.Fields(status)
	if len(f) != 3 {
		return false
	}
	switch f[2] {
	case "installed", "unpacked", "half-configured", "half-installed", "triggers-awaited", "triggers-pending":
		return true
	}
	return false
}

func parseExtendedStates(r io.Reader) (map[string]bool, error) {
	auto := map[string]bool{}
	var name, arch string
	var is bool
	err := stanzas(r, func(key, value string) {
		switch key {
		case "Package":
			name = value
		case "Architecture":
			arch = value
		case "Auto-Installed":
			is = value == "1"
		}
	}, func() {
		if is {
			auto[name+":"+arch], auto[name] = true, true
		}
		name, arch, is = "", "", false
	})
	return auto, err
}

// stanzas reads Debian control data: "Key: value" lines, stanzas parted by an
// empty line. Continuation lines are passed over. A line longer than 1 MB is
// passed over too.
func stanzas(r io.Reader, field func(key, value string), end func()) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	open := false
	for {
		line, err := lines.ReadSlice('\n')
		long := err == bufio.ErrBufferFull
		for err == bufio.ErrBufferFull {
			_, err = lines.ReadSlice('\n')
		}
		if n := len(bytes.TrimRight(line, "\r\n")); n == 0 && !long {
			if open {
				end()
			}
			open = false
		} else if line[0] != ' ' && line[0] != '\t' && !long {
			if i := bytes.IndexByte(line, ':'); i > 0 {
				field(string(line[:i]), strings.ToValidUTF8(strings.TrimSpace(string(line[i+1:n])), ""))
				open = true
			}
		}
		if err == io.EOF {
			if open {
				end()
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// isRegular reports whether a path is an ordinary file.
func (c *collection) isRegular(p string) bool {
	info, err := fs.Stat(c.Files, strings.TrimPrefix(path.Clean(p), "/"))
	return err == nil && info.Mode().IsRegular()
}
