package identify

import (
	"slices"
	"strings"
	"testing"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

func TestDevicesAreKnownByWhatTheirServicesSay(t *testing.T) {
	for name, c := range map[string]struct {
		banners []seen.Banner
		want    string
	}{
		"HP printer":   {[]seen.Banner{{Port: 80, Service: "http", Server: "HP HTTP Server; HP OfficeJet Pro 8600 - CM749A; Serial Number: CN26ABX0F9; Coulomb Built:Thu Sep 27, 2012"}}, "HP|OfficeJet Pro 8600|printer|||CN26ABX0F9"},
		"FortiGate":    {[]seen.Banner{{Port: 443, Service: "https", Server: "xxxxxxxx-xxxxx", Certificate: "FGT60ETK18012345", Organisation: "Fortinet"}}, "Fortinet||firewall|FortiOS||FGT60ETK18012345"},
		"MikroTik":     {[]seen.Banner{{Port: 21, Service: "ftp", Greeting: "220 gate FTP server (MikroTik 6.49.7) ready"}, {Port: 22, Service: "ssh", Greeting: "SSH-2.0-ROSSSH"}}, "MikroTik||router|RouterOS|6.49.7|"},
		"iDRAC":        {[]seen.Banner{{Port: 443, Service: "https", Title: "iDRAC9 - Login", Certificate: "idrac-7CX3YZ2", Organisation: "Dell Inc."}}, "Dell||server|iDRAC||7CX3YZ2"},
		"Debian":       {[]seen.Banner{{Port: 22, Service: "ssh", Greeting: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"}}, "||server|Debian|12|"},
		"Proxmox":      {[]seen.Banner{{Port: 22, Service: "ssh", Greeting: "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"}, {Port: 8006, Service: "https", Server: "pve-api-daemon/3.0", Title: "pve1 - Proxmox Virtual Environment"}}, "Proxmox||hypervisor|Proxmox VE||"},
		"Brother":      {[]seen.Banner{{Port: 80, Service: "http", Server: "debut/1.30", Title: "Brother HL-L2350DW series"}}, "Brother|HL-L2350DW|printer|||"},
		"nobody knows": {[]seen.Banner{{Port: 80, Service: "http", Server: "nginx", Title: "Welcome"}}, "|||||"},
		// the realm of one service and the title of another are not one device's words
		"two services": {[]seen.Banner{{Port: 80, Service: "http", Server: "Web-Server/3.0"}, {Port: 81, Service: "http", Title: "Web Image Monitor"}}, "|||||"},
	} {
		d := seen.Device{Banners: c.banners}
		if err := Builtin().Identify(t.Context(), snmp.NewRecording(nil), &d); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{d.Vendor, d.Model, d.Kind, d.OS, d.Version, d.Serial}, "|"); got != c.want {
			t.Errorf("%s: got %s, want %s\n%+v", name, got, c.want, d.Claims)
		}
		for _, claim := range d.Claims {
			if !strings.Contains(claim.From, " at port ") || claim.Saw == "" || claim.Confidence > 0.8 {
				t.Errorf("%s: claim %+v", name, claim)
			}
		}
	}
}

func TestWhatAnAgentTellsWeighsMoreThanABanner(t *testing.T) {
	rec, err := snmp.ReadRecording(strings.NewReader(system("14988.1", "RouterOS RB750Gr3", "1.3.6.1.4.1.14988.1.1.4.4.0|4|6.48.6")))
	if err != nil {
		t.Fatal(err)
	}
	d := seen.Device{SysDescr: "RouterOS RB750Gr3", SysObjectID: "1.3.6.1.4.1.14988.1", Banners: []seen.Banner{{Port: 22, Service: "ssh", Greeting: "SSH-2.0-OpenSSH_9.2p1 Debian-2"}}}
	if err := Builtin().Identify(t.Context(), rec, &d); err != nil || d.OS != "RouterOS" || d.Version != "6.48.6" || !slices.ContainsFunc(d.Claims, func(c seen.Claim) bool { return c.Conflict && c.Value == "Debian" }) {
		t.Errorf("%s %s %v %+v", d.OS, d.Version, err, d.Claims)
	}
}
