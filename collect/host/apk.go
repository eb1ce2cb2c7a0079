package host

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
)

func (c *collection) apkDatabase() string {
	for _, p := range []string{"/usr/lib/apk/db/installed", "/lib/apk/db/installed"} {
		if c.Exists(p) {
			return p
		}
	}
	return ""
}

func (c *collection) apkPackages(database string) ([]fact.Package, error) {
	f, err := c.Open(database)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := parseAPK(f)
	world := map[string]bool{}
	for w := range strings.FieldsSeq(c.Text("/etc/apk/world")) {
		if i := strings.IndexAny(w, "@<>=~"); i >= 0 {
			w = w[:i]
		}
		world[w] = true
	}
	for i := range all {
		all[i].Auto = len(world) > 0 && !world[all[i].Name]
	}
	return all, err
}

// parseAPK reads apk's installed database: a letter, a colon and a value a
// line, packages parted by an empty line.
func parseAPK(r io.Reader) ([]fact.Package, error) {
	var all []fact.Package
	var p fact.Package
	end := func() {
		if p.Name != "" {
			if p.Source == p.Name {
				p.Source = ""
			}
			p.Manager = "apk"
			all = append(all, p)
		}
		p = fact.Package{}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.ToValidUTF8(lines.Text(), "")
		if line == "" {
			end()
			continue
		}
		if len(line) < 2 || line[1] != ':' {
			continue
		}
		value := line[2:]
		switch line[0] {
		case 'P':
			p.Name = value
		case 'V':
			p.Version = value
		case 'A':
			p.Arch = value
		case 'o':
			p.Source = value
		case 'm':
			p.Vendor, _, _ = strings.Cut(value, " <")
		case 's':
			p.Origin = value
		case 'I':
			if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
				p.Bytes = &n
			}
		}
	}
	end()
	return all, lines.Err()
}

// pacmanPackages reads pacman's local database, a folder a package.
func (c *collection) pacmanPackages() ([]fact.Package, error) {
	var all []fact.Package
	for _, path := range c.Glob("/var/lib/pacman/local/*/desc") {
		b, err := c.Read(path)
		if err != nil {
			return all, err
		}
		p, when := parsePacmanDesc(b)
		if p.Name != "" {
			all = append(all, p)
			c.changed[p.Name] = when
		}
	}
	return all, nil
}

// parsePacmanDesc reads one package: %KEY% lines, each followed by its values.
func parsePacmanDesc(b []byte) (fact.Package, time.Time) {
	p := fact.Package{Manager: "pacman"}
	var key string
	var when time.Time
	for line := range bytes.Lines(b) {
		s := strings.ToValidUTF8(strings.TrimSpace(string(line)), "")
		if len(s) > 2 && s[0] == '%' && s[len(s)-1] == '%' {
			key = s[1 : len(s)-1]
			continue
		}
		if s == "" {
			key = ""
			continue
		}
		switch key {
		case "NAME":
			p.Name = s
		case "VERSION":
			p.Version = s
		case "ARCH":
			p.Arch = s
		case "BASE":
			p.Source = s
		case "PACKAGER":
			p.Vendor, _, _ = strings.Cut(s, " <")
		case "REASON":
			p.Auto = s == "1"
		case "SIZE":
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 {
				p.Bytes = &n
			}
		case "INSTALLDATE":
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<34 {
				when = time.Unix(n, 0).UTC()
				p.Day = when.Format(time.DateOnly)
			}
		}
	}
	if p.Source == p.Name {
		p.Source = ""
	}
	return p, when
}

// snaps asks snap for what is installed: a table with a heading.
func (c *collection) snaps(ctx context.Context) ([]fact.Package, error) {
	out, err := c.Command(ctx, "snap", "list", "--unicode=never", "--color=never")
	if err != nil {
		return nil, err
	}
	return parseSnaps(out), nil
}

func parseSnaps(out []byte) []fact.Package {
	var all []fact.Package
	for line := range bytes.Lines(out) {
		f := strings.Fields(strings.ToValidUTF8(string(line), ""))
		if len(f) < 5 || f[0] == "Name" && f[1] == "Version" {
			continue
		}
		all = append(all, fact.Package{Name: f[0], Version: f[1], Origin: f[3], Vendor: strings.TrimRight(f[4], "*^"), Manager: "snap"})
	}
	return all
}

func (c *collection) flatpaks(ctx context.Context) ([]fact.Package, error) {
	out, err := c.Command(ctx, "flatpak", "list", "--system", "--columns=application,version,arch,origin")
	if err != nil {
		return nil, err
	}
	return parseFlatpaks(out), nil
}

func parseFlatpaks(out []byte) []fact.Package {
	var all []fact.Package
	for line := range bytes.Lines(out) {
		f := strings.Split(strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), ""), "\t")
		if len(f) == 4 && f[0] != "" && f[0] != "Application ID" {
			all = append(all, fact.Package{Name: f[0], Version: f[1], Arch: f[2], Origin: f[3], Manager: "flatpak"})
		}
	}
	return all
}
