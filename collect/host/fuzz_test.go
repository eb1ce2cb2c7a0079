package host

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"steward/collect/advisory/version"
	"steward/collect/fact"
	"steward/collect/host/machine/machinetest"
)

// FuzzParsers gives every reader of outside bytes the same input: none may
// panic, and none may make more out of it than is in it.
func FuzzParsers(f *testing.F) {
	for _, s := range []string{
		"Package: a\nStatus: install ok installed\nVersion: 1:2-3\n\n", "a\t1:1-1\tx86_64\ta-1-1.src.rpm\tv\t1700000000\t5\tm:1:2\n", "P:a\nV:1-r0\n\n", "%NAME%\na\n\n",
		"RHSA-1 Important/Sec. a-1-1.x86_64\n", "a.x86_64 1-1 repo\n", "a-1-r0 < 1-r1\n", "a 1 -> 2 [ignored]\n", "sshd.service loaded active running x\n", "root:x:0:0:r:/:/bin/sh\n",
		"0: 00000000:0016 00000000:0000 0A 0:0 0:0 0 0 0 1 1\n", `[{"ifname":"a","addr_info":[{"local":"::1","prefixlen":128}]}]`, "nameserver ::1\n", "/dev/sda1 /a\\040b ext4 rw 0 0\n",
		"<update name='a' edition='1' kind='package'/>", `{"os":{"build":"10.0.1.2"},"cpu":{"cores":"x"}}`, `{"SPHardwareDataType":[{"number_processors":"proc 8:4:4"}]}`, "p1\ncx\nPTCP\nn*:22\n",
		"\x11\x28\x00\x00", "\x00\xff\xff\xff\xff\xff\xff\x00", "Package: *\nPin: release a=[\nPin-Priority: 1\n", "{ sec = 1, usec = 0 }", "<dict><key>a</key><string>b</string></dict>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text := string(b)
		ps, _ := parseDpkgStatus(bytes.NewReader(b))
		if len(ps) > len(b) {
			t.Error("more packages than bytes")
		}
		parseExtendedStates(bytes.NewReader(b))
		parseAPK(bytes.NewReader(b))
		parseRPM(b)
		parsePacmanDesc(b)
		parseSnaps(b)
		parseFlatpaks(b)
		parseCheckUpdate(b)
		parseUpdateInfoList(b)
		parseZypper(b)
		parseUpdateInfoXML(bytes.NewReader(b), map[string][]suseFix{})
		parseAPKVersion(b)
		parsePacmanQu(b)
		var r release
		parseRelease(bytes.NewReader(b), &r)
		scanPackages(bytes.NewReader(b), map[string]bool{"a": true}, func(string, string, string) {})
		for _, p := range parsePins(b) {
			p.names(text)
			p.matches(offer{version: text, from: &r})
		}
		aptConf(b, "A")
		version.CompareDeb(text, "1.0-1")
		compareRPM(text, "1.0-1")
		parseOSRelease(b)
		parseUnits(b)
		parseUnitFile(b, &fact.Service{})
		parseOpenRC(b, &fact.Service{})
		parsePasswd(b, 1000)
		parseGroups(b)
		parseShadow(b)
		parseSudoers(b, map[string]bool{})
		parseStatus(b)
		unitOf(b)
		deletedLibrary(b)
		parseSockets(b, "tcp")
		parseIPAddr(b)
		parseTemporary(b)
		parseRoutes(b, b)
		parseResolv(b)
		parseVLAN(b)
		parseMounts(b)
		parseCPUInfo(b)
		parseMemInfo(b)
		parseSMBIOSMemory(b)
		parseEDID(b)
		parseTimeServers(b)
		parseDockerPS(b, "docker")
		parseLibvirt(b)
		hostKey(text)
		flavour(text)
		upstream(text)
		var inv fact.Inventory
		if parseWindows(b, &inv, testNow) == nil {
			if _, err := inv.Hashes(); err != nil {
				t.Error(err)
			}
			Words(inv)
		}
		parseSystemProfiler(b, &fact.Inventory{})
		parseLsof(b)
		parsePlist(b)
		parseDSCL(b, b)
		parseRecommended(b)
		parseLaunchctl(b)
		parseBrew(b)
		parseBoottime(b)
		parseSysctl(b)
		parsePkgQuery(b)
		parseSockstat(b)
	})
}

// FuzzMachine collects from a machine whose files hold anything.
func FuzzMachine(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.rec")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		inv, err := Collect(t.Context(), Options{Machine: machinetest.Recorded("linux", b), Now: testNow})
		if err != nil {
			return
		}
		for _, g := range inv.AllGaps() {
			if g.What == "system: parts of the inventory" {
				t.Fatal(g.Why)
			}
		}
	})
}
