package host

import (
	"context"
	"os"
	"strings"
	"testing"

	"steward/collect/host/machine"
)

// script answers a command by its first words.
func script(answers map[string]string) machine.Runner {
	return func(_ context.Context, name string, args ...string) ([]byte, error) {
		full := strings.Join(append([]string{name}, args...), " ")
		best := ""
		for prefix := range answers {
			if strings.HasPrefix(full, prefix) && len(prefix) > len(best) {
				best = prefix
			}
		}
		if best == "" {
			return nil, os.ErrNotExist
		}
		return []byte(answers[best]), nil
	}
}

func TestWindowsIsReadWhole(t *testing.T) {
	answer, err := os.ReadFile("testdata/windows.json")
	if err != nil {
		t.Fatal(err)
	}
	inv, err := Collect(t.Context(), Options{Now: testNow, Machine: &machine.Machine{Files: os.DirFS(t.TempDir()), Platform: "windows", Run: script(map[string]string{"powershell": string(answer)})}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "system", inv.System.Value, `{"family":"windows","product":"windows-server","release":"2022","full_version":"10.0.20348.2762","support":{"cycle":"2022","security_ends":"2031-10-14"}}`)
	same(t, "identity", inv.Identity.Value, `{"hostname":"ERP02","fqdn":"erp02.corp.example.net","machine_id":"0a1b2c3d4e5f60718293a4b5c6d7e8f9","serial":"5CG1234XYZ","macs":["3c:52:82:6a:11:0f"]}`)
	same(t, "hardware", inv.Hardware.Value, `{"vendor":"HPE","chassis":"server","cpu":{"sockets":1,"cores":8,"threads":16},"memory_modules":[{"type":"DDR4","mts":3200}],"firmware":{"mode":"uefi","secure_boot":true,"date":"2022-03-01"}}`)
	same(t, "packages", inv.Packages.Value, `[{"name":"7-Zip 23.01","version":"23.01","installed":null},{"name":"KB5044281","manager":"hotfix"},{"name":"Microsoft Edge","arch":"386","installed":"2024-10-20"}]`)
	same(t, "ports", inv.Ports.Value, `[{"protocol":"tcp","address":"0.0.0.0","port":1433,"process":"sqlservr.exe"},{"protocol":"tcp","address":"::","port":3389}]`)
	same(t, "servers", inv.Servers.Value, `[{"kind":"database","product":"sqlserver","instance":"ERP","running":true,"ports":[1433]}]`)
	same(t, "updates", inv.Updates.Value, `{"automatic":true,"pending":[{"name":"2024-11 Cumulative Update","security":true,"severity":"critical","ids":["KB5046616"]}]}`)
	same(t, "restart", inv.Restart.Value, `{"reboot":true,"reasons":["Windows Update waits for it","files wait to be replaced at the next start"]}`)
	same(t, "antivirus", inv.Antivirus.Value, `[{"product":"Microsoft Defender Antivirus","running":true,"real_time":true,"signatures_at":"2024-11-12T03:00:00Z"}]`)
	same(t, "firewalls", inv.Firewalls.Value, `[{"profile":"public","on":false},{"profile":"domain","on":true,"default":"drop"}]`)
	same(t, "accounts", inv.Accounts.Value, `[{"name":"Administrator","kind":"system","admin":true},{"name":"olga","kind":"person","admin":null,"password":"empty"}]`)
	same(t, "filesystems", inv.Filesystems.Value, `[{"mount":"C:","encrypted":true,"cipher":"bitlocker"},{"mount":"D:","encrypted":false}]`)
	same(t, "interfaces", inv.Interfaces.Value, `[{"name":"Ethernet","kind":"ethernet","addresses":["10.0.0.20/24","fe80::1/64"],"mbits":1000,"dhcp":false,"bus":"pci"}]`)
}

func TestAnOldOrBrokenPowerShellIsAnErrorNotAnInvention(t *testing.T) {
	for _, answer := range []string{"", "The term 'Get-CimInstance' is not recognized", `{"os":`} {
		_, err := Collect(t.Context(), Options{Now: testNow, Machine: &machine.Machine{Files: os.DirFS(t.TempDir()), Platform: "windows", Run: script(map[string]string{"powershell": answer})}})
		if err == nil {
			t.Errorf("%q: no error", answer)
		}
	}
}

func TestMacOSIsReadWhole(t *testing.T) {
	inv, err := Collect(t.Context(), Options{Now: testNow, Machine: &machine.Machine{Files: os.DirFS(t.TempDir()), Platform: "darwin", Run: script(map[string]string{
		"sw_vers":         "ProductName:\t\tmacOS\nProductVersion:\t\t13.6.1\nBuildVersion:\t\t22G313\n",
		"uname -rm":       "22.6.0 arm64\n",
		"system_profiler": `{"SPHardwareDataType":[{"machine_name":"MacBook Pro","machine_model":"Mac14,9","chip_type":"Apple M2 Pro","number_processors":"proc 10:6:4","physical_memory":"16 GB","serial_number":"C02XK0ZZJGH5","platform_UUID":"EC2F2E5D-9B9A-4D0A-8A1D-0A1B2C3D4E5F"}],"SPApplicationsDataType":[{"_name":"Firefox","name":"Firefox","version":"132.0","path":"/Applications/Firefox.app","obtained_from":"identified_developer","lastModified":"2024-10-28T10:00:00Z"},{"name":"Finder","path":"/System/Library/CoreServices/Finder.app"}],"SPPowerDataType":[{"sppower_battery_health_info":{"sppower_battery_cycle_count":123},"sppower_battery_model_info":{"sppower_battery_serial_number":"F8Y123"}}]}`,
		"lsof":            "p88\ncsshd\nLroot\nPTCP\nn*:22\np99\ncpostgres\nLanna\nPTCP\nn[::1]:5432\n",
		"diskutil info":   `<?xml version="1.0"?><plist><dict><key>DeviceNode</key><string>/dev/disk3s1</string><key>FilesystemType</key><string>apfs</string><key>TotalSize</key><integer>1000</integer><key>APFSContainerFree</key><integer>400</integer></dict></plist>`,
		"fdesetup status": "FileVault is On.\n",
		"dscl . -readall": "NFSHomeDirectory: /Users/anna\nRealName:\n Anna Berg\nRecordName: anna\nUniqueID: 501\nUserShell: /bin/zsh\n-\nRecordName: _www\nUniqueID: 70\nUserShell: /usr/bin/false\n",
		"dscl . -read":    "GroupMembership: root anna\n",
		"launchctl list":  "PID\tStatus\tLabel\n88\t0\torg.example.daemon\n-\t1\torg.example.broken\n-\t0\tcom.apple.x\n",
		"brew list":       "jq 1.6 1.7.1\n",
	})}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "system", inv.System.Value, `{"release":"13","codename":"Ventura","architecture":"arm64","support":{"security_ends":"2025-09-15"}}`)
	same(t, "hardware", inv.Hardware.Value, `{"vendor":"Apple","model":"Mac14,9","chassis":"laptop","cpu":{"model":"Apple M2 Pro","cores":10},"memory_bytes":17179869184}`)
	same(t, "packages", inv.Packages.Value, `[{"name":"Firefox","installed":"2024-10-28"},{"name":"jq","version":"1.7.1","manager":"homebrew"}]`)
	same(t, "ports", inv.Ports.Value, `[{"protocol":"tcp","address":"0.0.0.0","port":22,"process":"sshd","account":"root"},{"protocol":"tcp","address":"::1","port":5432,"account":"anna"}]`)
	same(t, "accounts", inv.Accounts.Value, `[{"name":"_www","kind":"system","login":false},{"name":"anna","kind":"person","admin":true,"title":"Anna Berg"}]`)
	same(t, "filesystems", inv.Filesystems.Value, `[{"mount":"/","encrypted":true,"cipher":"filevault","bytes":1000}]`)
	same(t, "services", inv.Services.Value, `[{"name":"org.example.broken","state":"failed"},{"name":"org.example.daemon","state":"running"}]`)
	same(t, "battery", inv.Batteries.Value, `[{"cycles":100}]`)
}

func TestFreeBSDIsReadAndSaysWhatItDoesNotLookAt(t *testing.T) {
	inv, err := Collect(t.Context(), Options{Now: testNow, Machine: &machine.Machine{Files: os.DirFS(t.TempDir()), Platform: "freebsd", Run: script(map[string]string{
		"freebsd-version": "14.1-RELEASE-p5\n", "uname -rm": "14.1-RELEASE amd64\n", "sysctl": "hw.ncpu: 4\nhw.physmem: 8000000000\nkern.boottime: { sec = 1700000000, usec = 0 } x\n",
		"pkg query": "nginx\t1.26.2\tFreeBSD:14:amd64\tFreeBSD\twww/nginx\t1000\t0\n", "sockstat": "USER COMMAND PID FD PROTO LOCAL FOREIGN\nwww nginx 1 6 tcp4 *:80 *:*\n",
	})}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "system", inv.System.Value, `{"product":"freebsd","release":"14.1","support":{"cycle":"14.1","security_ends":"2025-03-31"}}`)
	same(t, "packages", inv.Packages.Value, `[{"name":"nginx","arch":"amd64","manager":"pkg"}]`)
	same(t, "ports", inv.Ports.Value, `[{"protocol":"tcp","address":"0.0.0.0","port":80,"process":"nginx"}]`)
	if inv.Updates.Seen || len(inv.Updates.Gaps) == 0 {
		t.Errorf("updates: %+v", inv.Updates)
	}
}
