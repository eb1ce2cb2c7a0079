package identify

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"steward/collect/network/device"
	"steward/collect/network/snmp"
)

// File is one file of device data.
type File struct {
	About   string            `json:"about,omitempty" doc:"for people: what is in the file and where it is from"`
	Vendors map[string]string `json:"vendors,omitempty" doc:"IANA enterprise number → maker's name"`
	Models  map[string]string `json:"models,omitempty" doc:"sysObjectID → model; written from the enterprise number on"`
	Rules   []Rule            `json:"rules,omitempty"`
	Tables  []device.Table    `json:"tables,omitempty" doc:"where makers keep sensors, storage, processors, members of a stack and power supplies"`
}

// Rule is what one kind of device is known by and what that says. A field of
// it may hold {name} for a group of its expression.
type Rule struct {
	ID      string            `json:"rule" doc:"its name, shown with the evidence"`
	Object  []string          `json:"object,omitempty" doc:"sysObjectID is or lies under one of these; from the enterprise number on, or whole with a leading dot"`
	Descr   []string          `json:"descr,omitempty" doc:"sysDescr matches one of these expressions; (?P<version>…) and the like name what they read"`
	Name    string            `json:"name,omitempty" doc:"sysName matches this expression"`
	Has     []string          `json:"has,omitempty" doc:"the agent has a value under each of these objects"`
	Banner  map[string]string `json:"banner,omitempty" doc:"what a service says of itself matches: ssh, ftp, telnet, smtp, pop3, imap, other, server, title, realm, certificate or organisation → expression, with groups as descr has"`
	Vendor  string            `json:"vendor,omitempty"`
	Model   string            `json:"model,omitempty"`
	Kind    string            `json:"kind,omitempty"`
	OS      string            `json:"os,omitempty"`
	Version string            `json:"version,omitempty"`
	Serial  string            `json:"serial,omitempty"`
	Kinds   []Refine          `json:"kinds,omitempty" doc:"the first whose expression matches sysDescr or the model sets kind (and os), instead of what the rule says"`
	Read    map[string][]Read `json:"read,omitempty" doc:"field → objects to read it from, the first with a value counts"`
	Weight  float64           `json:"confidence,omitempty" doc:"0 to 1, where the usual one does not fit"`

	object []snmp.OID
	descr  []*regexp.Regexp
	name   *regexp.Regexp
	has    []snmp.OID
	banner map[string]*regexp.Regexp
	from   string
}

// Refine sets kind and system by what the model or description says.
type Refine struct {
	Match string `json:"match"`
	Kind  string `json:"kind,omitempty"`
	OS    string `json:"os,omitempty"`
	re    *regexp.Regexp
}

// Read is an object to read a field from.
type Read struct {
	OID    string  `json:"oid" doc:"one object; with .* behind, the first value under it that fits; {object:4} in front stands for the first 4 numbers of sysObjectID from the enterprise's on, {object} for all"`
	Match  string  `json:"match,omitempty" doc:"expression the value must match; its first group, else all of it, is the field"`
	Prefix string  `json:"prefix,omitempty" doc:"put before the value"`
	Weight float64 `json:"confidence,omitempty"`
	// Map turns a number or word into another.
	Map map[string]string `json:"map,omitempty"`

	oid   snmp.OID
	tree  bool
	below int // numbers of sysObjectID it lies below; -1 is all, 0 none
	re    *regexp.Regexp
}

// fields in the order they are decided; kind and system may follow the model.
var fields = []string{"vendor", "model", "os", "version", "serial", "kind"}

// Rules is the device data of one or more files.
type Rules struct {
	rules   []*Rule
	vendors map[uint32]string
	models  map[string]string // whole sysObjectID → model
	tables  []device.Table
}

// Tables are the makers' own tables, for device.Options.
func (r *Rules) Tables() []device.Table { return r.tables }

//go:embed data/*.json
var embedded embed.FS

// Builtin is the data that comes with the program.
var Builtin = sync.OnceValue(func() *Rules {
	sub, err := fs.Sub(embedded, "data")
	if err != nil {
		panic(err)
	}
	r := &Rules{vendors: map[uint32]string{}, models: map[string]string{}}
	if err := r.addAll(sub); err != nil {
		panic("identify: " + err.Error()) // embedded, so wrong only by a programmer's hand
	}
	return r
})

// WithFolder returns the built-in data with that of a folder's *.json files
// added: its rules come first, its vendors and models replace.
func WithFolder(dir string) (*Rules, error) {
	own := &Rules{vendors: map[uint32]string{}, models: map[string]string{}}
	if err := own.addAll(os.DirFS(dir)); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	b := Builtin()
	all := &Rules{rules: slices.Concat(own.rules, b.rules), vendors: maps.Clone(b.vendors), models: maps.Clone(b.models), tables: slices.Concat(own.tables, b.tables)}
	maps.Copy(all.vendors, own.vendors)
	maps.Copy(all.models, own.models)
	return all, nil
}

func (r *Rules) addAll(dir fs.FS) error {
	names, err := fs.Glob(dir, "*.json")
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errors.New("holds no .json file of device data")
	}
	for _, n := range names {
		raw, err := fs.ReadFile(dir, n)
		if err != nil {
			return err
		}
		if err := r.Add(n, raw); err != nil {
			return err
		}
	}
	return nil
}

// maxFile is the most bytes a file of device data may have.
const maxFile = 16 << 20

// Add adds one file. An error names the file, the rule and what is wrong.
func (r *Rules) Add(name string, raw []byte) error {
	if len(raw) > maxFile {
		return fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	var f File
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		line := 1 + bytes.Count(raw[:min(int(d.InputOffset()), len(raw))], []byte("\n"))
		return fmt.Errorf("%s: line %d: %w", name, line, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%s: there is more behind the object", name)
	}
	for number, vendor := range f.Vendors {
		o, err := objectID(number)
		if err != nil || len(o) != 7 {
			return fmt.Errorf("%s: vendors: %q is no enterprise number", name, number)
		}
		r.vendors[o[6]] = vendor
	}
	for object, model := range f.Models {
		o, err := objectID(object)
		if err != nil {
			return fmt.Errorf("%s: models: %w", name, err)
		}
		r.models[o.String()] = model
	}
	for i := range f.Tables {
		if err := f.Tables[i].Prepare(); err != nil {
			return fmt.Errorf("%s: table %d (%s): %w", name, i+1, f.Tables[i].ID, err)
		}
		r.tables = append(r.tables, f.Tables[i])
	}
	for i := range f.Rules {
		u := &f.Rules[i]
		u.from = name
		if err := u.prepare(); err != nil {
			return fmt.Errorf("%s: rule %d (%s): %w", name, i+1, u.ID, err)
		}
		r.rules = append(r.rules, u)
	}
	return nil
}

// objectID reads "9.1.5", from the enterprise number on, or a whole identifier
// with a leading dot.
func objectID(s string) (snmp.OID, error) {
	if strings.HasPrefix(s, ".") {
		return snmp.ParseOID(s)
	}
	o, err := snmp.ParseOID(s)
	if err != nil {
		return nil, err
	}
	return snmp.OID{1, 3, 6, 1, 4, 1}.With(o...), nil
}

// below reads {object} or {object:4} off the front of an identifier.
func below(s string) (int, string, error) {
	rest, ok := strings.CutPrefix(s, "{object")
	if !ok {
		return 0, s, nil
	}
	count, rest, ok := strings.Cut(rest, "}.")
	if !ok {
		return 0, s, fmt.Errorf("%q: {object} and a dot belong in front of the numbers", s)
	}
	if count == "" {
		return -1, rest, nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(count, ":"))
	if err != nil || n < 1 || n > 20 {
		return 0, s, fmt.Errorf("%q: {object:N} wants N from 1 to 20", s)
	}
	return n, rest, nil
}

var kinds = []string{"switch", "router", "firewall", "access-point", "controller", "printer", "ups", "pdu", "server", "nas", "storage", "camera", "video-recorder", "phone", "hypervisor", "load-balancer",
	"management", "sensor", "bridge", "modem", "workstation", "vpn", "console-server", "san-switch", "media-converter", "olt", "ids", "voice-gateway", "print-server", "radio", "ups-card", "chassis", "appliance", "time-server", "industrial", "kvm", "conference", "access-control", "air-conditioner", "power", "dslam", "cmts", "optical", "proxy", "scanner"}

func (u *Rule) prepare() error {
	if u.ID == "" {
		return errors.New(`"rule" names it and is missing`)
	}
	if len(u.Object) == 0 && len(u.Descr) == 0 && len(u.Has) == 0 && u.Name == "" && len(u.Banner) == 0 {
		return errors.New("it has no condition: object, descr, name, has or banner")
	}
	for _, s := range u.Object {
		o, err := objectID(s)
		if err != nil {
			return fmt.Errorf("object: %w", err)
		}
		u.object = append(u.object, o)
	}
	for _, s := range u.Descr {
		re, err := regexp.Compile(s)
		if err != nil {
			return fmt.Errorf("descr: %w", err)
		}
		if err := groupsOf(re); err != nil {
			return fmt.Errorf("descr: %w", err)
		}
		u.descr = append(u.descr, re)
	}
	var err error
	u.banner = map[string]*regexp.Regexp{}
	for said, s := range u.Banner {
		if !slices.Contains(sayings, said) {
			return fmt.Errorf("banner: %q is none of %s", said, strings.Join(sayings, ", "))
		}
		re, err := regexp.Compile(s)
		if err == nil {
			err = groupsOf(re)
		}
		if err != nil {
			return fmt.Errorf("banner: %s: %w", said, err)
		}
		u.banner[said] = re
	}
	if u.Name != "" {
		if u.name, err = regexp.Compile(u.Name); err != nil {
			return fmt.Errorf("name: %w", err)
		}
	}
	for _, s := range u.Has {
		o, err := objectID(s)
		if err != nil {
			return fmt.Errorf("has: %w", err)
		}
		u.has = append(u.has, o)
	}
	if u.Kind != "" && !slices.Contains(kinds, u.Kind) {
		return fmt.Errorf("kind %q is none of: %s", u.Kind, strings.Join(kinds, ", "))
	}
	for i := range u.Kinds {
		k := &u.Kinds[i]
		if k.Kind != "" && !slices.Contains(kinds, k.Kind) {
			return fmt.Errorf("kinds: %q is none of: %s", k.Kind, strings.Join(kinds, ", "))
		}
		if k.re, err = regexp.Compile(k.Match); err != nil {
			return fmt.Errorf("kinds: %w", err)
		}
	}
	for field, list := range u.Read {
		if !slices.Contains(fields, field) {
			return fmt.Errorf("read: %q is no field; %s are", field, strings.Join(fields, ", "))
		}
		for i := range list {
			p := &list[i]
			s, tree := strings.CutSuffix(p.OID, ".*")
			p.tree = tree
			if p.below, s, err = below(s); err == nil && p.below != 0 {
				p.oid, err = snmp.ParseOID(s)
			} else if err == nil {
				p.oid, err = objectID(s)
			}
			if err != nil {
				return fmt.Errorf("read %s: %w", field, err)
			}
			if p.re, err = regexp.Compile(p.Match); err != nil {
				return fmt.Errorf("read %s: %w", field, err)
			}
		}
	}
	if u.Weight < 0 || u.Weight > 1 {
		return fmt.Errorf("confidence %v is not from 0 to 1", u.Weight)
	}
	return nil
}

// groupsOf checks the names of an expression's groups.
func groupsOf(re *regexp.Regexp) error {
	for _, g := range re.SubexpNames() {
		if g != "" && !slices.Contains(fields, g) && !strings.HasPrefix(g, "x") {
			return fmt.Errorf("group %q is no field; a group only for use in {…} begins with x", g)
		}
	}
	return nil
}
