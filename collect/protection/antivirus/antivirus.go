// Package antivirus recognises malware protection on a machine and reads how
// it is: installed, running, how old its signatures are, when it last scanned.
package antivirus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"steward/collect/fact"
	"steward/collect/host/machine"
)

// product is what a protection product is recognised by on Linux and macOS.
type product struct {
	name, vendor string
	places       []string // files or folders of the installation
	packages     []string
	processes    []string
	realtime     []string // processes that mean that files are checked in use
}

// products is the table of what is recognised beside ClamAV and Defender.
var products = []product{
	{"ESET", "ESET", []string{"/opt/eset/eea", "/opt/eset/efs", "/Applications/ESET Endpoint Security.app"}, []string{"eea", "efs"}, []string{"startd", "oaeventd", "scand"}, []string{"oaeventd"}},
	{"Sophos Protection", "Sophos", []string{"/opt/sophos-spl", "/opt/sophos-av", "/Library/Sophos Anti-Virus"}, nil, []string{"sophos_managementagent", "sophos_threat_detector", "savd"}, []string{"soapd", "savd"}},
	{"Bitdefender GravityZone", "Bitdefender", []string{"/opt/bitdefender-security-tools", "/Library/Bitdefender"}, []string{"bitdefender-security-tools"}, []string{"bdsecd", "BDLDaemon"}, []string{"bdsecd", "BDLDaemon"}},
	{"Kaspersky Endpoint Security", "Kaspersky", []string{"/opt/kaspersky/kesl"}, []string{"kesl"}, []string{"kesl"}, []string{"kesl"}},
	{"Trellix Endpoint Security", "Trellix", []string{"/opt/McAfee/ens", "/opt/isec/ens"}, []string{"McAfeeTP", "ISecESP"}, []string{"mfetpd"}, []string{"mfetpd"}},
	{"Trend Micro Deep Security", "Trend Micro", []string{"/opt/ds_agent"}, []string{"ds-agent", "ds_agent"}, []string{"ds_agent"}, []string{"ds_am"}},
	{"Symantec Endpoint Protection", "Broadcom", []string{"/opt/Symantec/symantec_antivirus", "/opt/Symantec/sdcssagent"}, []string{"sep", "sav"}, []string{"rtvscand", "sisamddaemon"}, []string{"rtvscand", "sisamddaemon"}},
	{"WithSecure", "WithSecure", []string{"/opt/f-secure", "/opt/withsecure"}, nil, []string{"fsavd", "fsoasd"}, []string{"fsoasd"}},
	{"CrowdStrike Falcon", "CrowdStrike", []string{"/opt/CrowdStrike", "/Applications/Falcon.app"}, []string{"falcon-sensor"}, []string{"falcon-sensor", "falcond"}, []string{"falcon-sensor"}},
	{"SentinelOne", "SentinelOne", []string{"/opt/sentinelone", "/Library/Sentinel"}, []string{"SentinelAgent"}, []string{"s1-agent", "sentineld"}, []string{"s1-agent", "sentineld"}},
	{"Cortex XDR", "Palo Alto Networks", []string{"/opt/traps", "/Library/Application Support/PaloAltoNetworks/Traps"}, []string{"cortex-agent"}, []string{"pmd", "trapsd"}, []string{"pmd"}},
	{"Carbon Black", "Broadcom", []string{"/opt/carbonblack"}, []string{"cb-psc-sensor"}, []string{"cbagentd"}, []string{"cbagentd"}},
	{"Elastic Endpoint", "Elastic", []string{"/opt/Elastic/Endpoint"}, nil, []string{"elastic-endpoint"}, []string{"elastic-endpoint"}},
	{"Cylance", "BlackBerry", []string{"/opt/cylance"}, nil, []string{"cylancesvc"}, []string{"cylancesvc"}},
	{"Avast", "Gen Digital", []string{"/usr/bin/avast", "/lib/systemd/system/avast.service"}, []string{"avast"}, []string{"avast"}, []string{"avast-fss"}},
	{"Dr.Web", "Doctor Web", []string{"/opt/drweb.com"}, nil, []string{"drweb-configd"}, []string{"drweb-spider"}},
	{"Comodo", "Comodo", []string{"/opt/COMODO"}, nil, []string{"cmdagent", "cmdavd"}, []string{"cmdavd"}},
}

// State tells what runs and what is installed on the machine looked at.
type State struct {
	Running   func(names ...string) bool
	Installed func(name string) (version string, ok bool)
}

// Find returns the products found on a Linux, macOS or FreeBSD.
func Find(ctx context.Context, m *machine.Machine, s State) ([]fact.Antivirus, []fact.Gap) {
	found := []fact.Antivirus{}
	var gaps []fact.Gap
	if a, missing, ok := clamAV(m, s); ok {
		found, gaps = append(found, a), append(gaps, missing...)
	}
	if m.Exists("/opt/microsoft/mdatp") || m.Exists("/Applications/Microsoft Defender.app") || m.Exists("/Applications/Microsoft Defender ATP.app") {
		out, err := m.Command(ctx, "mdatp", "health", "--output", "json")
		a, parsed := ParseMDATP(out)
		if err != nil || parsed != nil {
			why, needs := machine.Why(errors.Join(err, parsed))
			gaps = append(gaps, fact.Gap{What: "state of Microsoft Defender", Why: why, Needs: needs})
			a = fact.Antivirus{Product: "Microsoft Defender for Endpoint", Vendor: "Microsoft"}
		}
		a.Running = new(s.Running("wdavdaemon", "wdavdaemon enterprise", "mdatp"))
		found = append(found, a)
	}
	for _, p := range products {
		a := fact.Antivirus{Product: p.name, Vendor: p.vendor}
		there := false
		for _, place := range p.places {
			there = there || m.Exists(place)
		}
		for _, name := range p.packages {
			if v, ok := s.Installed(name); ok {
				there, a.Version = true, v
			}
		}
		if !there {
			continue
		}
		a.Running = new(s.Running(p.processes...))
		if *a.Running {
			a.RealTime = new(s.Running(p.realtime...))
		} else {
			a.RealTime = new(false)
		}
		gaps = append(gaps, fact.Gap{What: "signatures and last scan of " + p.name, Why: "the product keeps them in a form that is not read", Needs: "the product's own console"})
		found = append(found, a)
	}
	return found, gaps
}

func clamAV(m *machine.Machine, s State) (fact.Antivirus, []fact.Gap, bool) {
	a := fact.Antivirus{Product: "ClamAV", Vendor: "Cisco"}
	there := m.Exists("/usr/sbin/clamd") || m.Exists("/usr/bin/clamscan") || m.Exists("/usr/local/sbin/clamd")
	for _, name := range []string{"clamav", "clamav-daemon", "clamd", "clamav-freshclam", "clamav-server"} {
		if v, ok := s.Installed(name); ok {
			there = true
			if a.Version == "" {
				a.Version = v
			}
		}
	}
	if !there {
		return a, nil, false
	}
	a.Running = new(s.Running("clamd"))
	a.RealTime = new(s.Running("clamonacc"))
	var gaps []fact.Gap
	// The daily database counts: main and bytecode change once in months.
	signatures := 0
	for _, name := range []string{"main", "daily", "bytecode"} {
		for _, ext := range []string{".cld", ".cvd"} {
			f, err := m.Open("/var/lib/clamav/" + name + ext)
			if err != nil {
				f, err = m.Open("/var/db/clamav/" + name + ext)
			}
			if err != nil {
				if errors.Is(err, fs.ErrPermission) {
					gaps = append(gaps, fact.Gap{What: "age of ClamAV's signatures", Why: "permission denied", Needs: "run as root"})
				}
				continue
			}
			head := make([]byte, 512)
			n, _ := f.Read(head)
			f.Close()
			h, err := ParseCVD(head[:n])
			if err != nil {
				gaps = append(gaps, fact.Gap{What: "age of ClamAV's " + name + " signatures", Why: err.Error()})
				continue
			}
			signatures++
			if name == "daily" || a.Made == nil {
				a.Made = &h.Made
			}
			if name == "daily" {
				a.Signatures = strconv.Itoa(h.Version)
			}
			break
		}
	}
	if signatures == 0 && len(gaps) == 0 {
		gaps = append(gaps, fact.Gap{What: "age of ClamAV's signatures", Why: "it has none: no database in /var/lib/clamav", Needs: "run freshclam"})
	}
	return a, gaps, true
}

// CVD is the header of a ClamAV signature database.
type CVD struct {
	Made       time.Time
	Version    int
	Signatures int
}

// ParseCVD reads the 512-byte header of a .cvd or .cld file:
// ClamAV-VDB:build time:version:signatures:level:md5:signature:builder:unix time.
// The build time itself holds colons or dashes; the last field is the moment
// in seconds where the file has it.
func ParseCVD(head []byte) (CVD, error) {
	text := strings.TrimRight(strings.ToValidUTF8(string(head), ""), " \x00\n")
	if !strings.HasPrefix(text, "ClamAV-VDB:") {
		return CVD{}, errors.New("the file does not begin as a ClamAV database does")
	}
	f := strings.Split(text, ":")
	if len(f) < 5 {
		return CVD{}, errors.New("the header of the database is cut short")
	}
	// The build time is "07 Sep 2023 04-03 -0400"; old files write 04:03.
	at := 2
	made := f[1]
	if len(f) > 5 && len(f[2]) >= 2 && strings.Contains(f[2], " ") {
		made, at = f[1]+"-"+f[2], 3
	}
	var c CVD
	var err error
	if c.Version, err = strconv.Atoi(f[at]); err != nil {
		return CVD{}, fmt.Errorf("the version %q in the header is not a number", f[at])
	}
	if at+1 < len(f) {
		c.Signatures, _ = strconv.Atoi(f[at+1])
	}
	if seconds, err := strconv.ParseInt(f[len(f)-1], 10, 64); err == nil && seconds > 1e9 && seconds < 1e10 {
		c.Made = time.Unix(seconds, 0).UTC()
		return c, nil
	}
	for _, layout := range []string{"02 Jan 2006 15-04 -0700", "2 Jan 2006 15-04 -0700"} {
		if t, err := time.Parse(layout, made); err == nil {
			c.Made = t.UTC()
			return c, nil
		}
	}
	return CVD{}, fmt.Errorf("the build time %q in the header cannot be read", made)
}

// ParseMDATP reads `mdatp health --output json`. Its values are plain or, in
// newer versions, wrapped in {"$type": …, "value": …}.
func ParseMDATP(out []byte) (fact.Antivirus, error) {
	a := fact.Antivirus{Product: "Microsoft Defender for Endpoint", Vendor: "Microsoft"}
	var h map[string]any
	if err := json.Unmarshal(out, &h); err != nil {
		return a, fmt.Errorf("mdatp's answer is not JSON: %w", err)
	}
	plain := func(key string) any {
		v := h[key]
		for range 3 {
			m, ok := v.(map[string]any)
			if !ok {
				break
			}
			v = m["value"]
		}
		return v
	}
	text := func(key string) string { s, _ := plain(key).(string); return s }
	a.Version, a.Signatures = text("appVersion"), text("definitionsVersion")
	if on, ok := plain("realTimeProtectionEnabled").(bool); ok {
		a.RealTime = &on
	}
	switch v := plain("tamperProtection").(type) {
	case string:
		a.Tamper = new(v == "block")
	case bool:
		a.Tamper = &v
	}
	switch v := plain("definitionsUpdated").(type) {
	case string:
		for _, layout := range []string{time.RFC3339, "Jan 02, 2006 at 03:04:05 PM", "Jan 2, 2006 at 3:04:05 PM"} {
			if t, err := time.Parse(layout, v); err == nil {
				a.Made = new(t.UTC())
				break
			}
		}
		if ms, err := strconv.ParseInt(v, 10, 64); err == nil && ms > 1e12 && ms < 1e14 {
			a.Made = new(time.UnixMilli(ms).UTC())
		}
	case float64:
		if v > 1e12 && v < 1e14 {
			a.Made = new(time.UnixMilli(int64(v)).UTC())
		}
	}
	return a, nil
}

// ParseDefender reads Get-MpComputerStatus and the products registered with
// Windows' security centre, as the collector's script prints them.
func ParseDefender(status, products []byte) ([]fact.Antivirus, error) {
	found := []fact.Antivirus{}
	var s struct {
		AMServiceEnabled              *bool
		AntivirusEnabled              *bool
		RealTimeProtectionEnabled     *bool
		IsTamperProtected             *bool
		AMProductVersion              string
		AMRunningMode                 string
		AntivirusSignatureVersion     string
		AntivirusSignatureLastUpdated string
		FullScanEndTime               string
		QuickScanEndTime              string
	}
	if len(status) > 0 && string(status) != "null" {
		if err := json.Unmarshal(status, &s); err != nil {
			return found, fmt.Errorf("the answer of Defender is not JSON: %w", err)
		}
		if s.AMProductVersion != "" && s.AMProductVersion != "0.0.0.0" {
			a := fact.Antivirus{Product: "Microsoft Defender Antivirus", Vendor: "Microsoft", Version: s.AMProductVersion, Signatures: s.AntivirusSignatureVersion,
				RealTime: s.RealTimeProtectionEnabled, Tamper: s.IsTamperProtected, Made: windowsTime(s.AntivirusSignatureLastUpdated), Scanned: windowsTime(s.FullScanEndTime)}
			if s.AMServiceEnabled != nil {
				a.Running = new(*s.AMServiceEnabled && (s.AntivirusEnabled == nil || *s.AntivirusEnabled))
			}
			if a.Scanned == nil {
				a.Scanned = windowsTime(s.QuickScanEndTime)
			}
			found = append(found, a)
		}
	}
	var list []struct {
		DisplayName  string `json:"displayName"`
		ProductState int64  `json:"productState"`
	}
	if len(products) > 0 && string(products) != "null" {
		if err := json.Unmarshal(products, &list); err != nil {
			return found, fmt.Errorf("the security centre's answer is not JSON: %w", err)
		}
	}
	for _, p := range list {
		if p.DisplayName == "" || strings.Contains(p.DisplayName, "Defender") && len(found) > 0 {
			continue
		}
		// The state's middle byte says whether it is on, the last whether its
		// signatures are current (0) or old (0x10).
		on := p.ProductState>>12&1 == 1
		found = append(found, fact.Antivirus{Product: p.DisplayName, Running: &on, RealTime: &on})
	}
	return found, nil
}

// windowsTime reads the two forms in which PowerShell writes moments as JSON.
func windowsTime(s string) *time.Time {
	if ms, found := strings.CutPrefix(s, "/Date("); found {
		ms, _, _ = strings.Cut(ms, ")")
		if n, err := strconv.ParseInt(ms, 10, 64); err == nil && n > 0 && n < 1e14 {
			return new(time.UnixMilli(n).UTC())
		}
		return nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 2000 {
		return nil
	}
	return new(t.UTC())
}
