package identify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"steward/collect/network/device"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

func identified(t testing.TB, rules *Rules, text string) seen.Device {
	t.Helper()
	rec, err := snmp.ReadRecording(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var d seen.Device
	if err := device.System(t.Context(), rec, &d); err != nil {
		t.Fatal(err)
	}
	if err := device.Read(t.Context(), rec, &d, device.Options{}); err != nil {
		t.Fatal(err)
	}
	if err := rules.Identify(t.Context(), rec, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// system is the beginning of a recording.
func system(object, descr string, more ...string) string {
	return "1.3.6.1.2.1.1.1.0|4|" + descr + "\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1." + object + "\n" + strings.Join(more, "\n") + "\n"
}

// chassis is a device's ENTITY-MIB.
func chassis(model, serial string) string {
	return "1.3.6.1.2.1.47.1.1.1.1.5.1|2|3\n1.3.6.1.2.1.47.1.1.1.1.11.1|4|" + serial + "\n1.3.6.1.2.1.47.1.1.1.1.13.1|4|" + model
}

func TestTheUsualDevicesAreKnown(t *testing.T) {
	for name, c := range map[string]struct{ recording, want string }{
		"Cisco IOS switch":          {system("9.1.516", "Cisco IOS Software, C3750 Software (C3750-IPBASE-M), Version 12.2(50)SE5, RELEASE SOFTWARE (fc1)", chassis("WS-C3750G-24TS-S", "FDO1234X5YZ")), "Cisco|WS-C3750G-24TS-S|switch|IOS|12.2(50)SE5|FDO1234X5YZ"},
		"Cisco IOS XE":              {system("9.1.2494", "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.3.4, RELEASE SOFTWARE (fc3)", chassis("C9300-48P", "FOC12345678")), "Cisco|C9300-48P|switch|IOS XE|17.3.4|FOC12345678"},
		"Cisco IOS XE router":       {system("9.1.1861", "Cisco IOS Software, ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 15.5(3)S4b, RELEASE SOFTWARE (fc1)", chassis("ISR4331/K9", "FDO12345679")), "Cisco|ISR4331/K9|router|IOS XE|15.5(3)S4b|FDO12345679"},
		"Cisco NX-OS":               {system("9.12.3.1.3.1239", "Cisco NX-OS(tm) n3000, Software (n3000-uk9), Version 6.0(2)U6(5), RELEASE SOFTWARE", chassis("N3K-C3048TP-1GE", "FOC12345680")), "Cisco|N3K-C3048TP-1GE|switch|NX-OS|6.0(2)U6(5)|FOC12345680"},
		"Cisco ASA":                 {system("9.1.1194", "Cisco Adaptive Security Appliance Version 9.1(2)", chassis("ASA5505", "JMX12345678")), "Cisco|ASA5505|firewall|ASA|9.1(2)|JMX12345678"},
		"Cisco WLC":                 {system("9.1.1069", "Cisco Controller", chassis("AIR-CT5508-K9", "FCW12345678"), "1.3.6.1.4.1.14179.1.1.1.14.0|4|8.0.140.0"), "Cisco|AIR-CT5508-K9|controller|AireOS|8.0.140.0|FCW12345678"},
		"HP ProCurve":               {system("11.2.3.7.11.137", "HP J9773A 2530-24G-PoEP Switch, revision YA.16.02.0008, ROM YA.15.19 (/ws/x)", "1.3.6.1.4.1.11.2.36.1.1.2.9.0|4|CN12ABC345"), "HP|J9773A|switch|ProCurve|YA.16.02.0008|CN12ABC345"},
		"Aruba controller":          {system("14823.1.1.32", "ArubaOS (MODEL: Aruba7210), Version 6.5.1.6 (60228)", "1.3.6.1.4.1.14823.2.2.1.2.1.29.0|4|CV0012345"), "Aruba|7210|controller|ArubaOS|6.5.1.6|CV0012345"},
		"Juniper":                   {system("2636.1.1.1.2.43", "Juniper Networks, Inc. ex4200-48t Ethernet Switch, kernel JUNOS 12.3R6.6, Build date: 2014-03-13", "1.3.6.1.4.1.2636.3.1.2.0|4|Juniper EX4200-48T Switch", "1.3.6.1.4.1.2636.3.1.3.0|4|BP0211223344"), "Juniper|EX4200-48T|switch|Junos|12.3R6.6|BP0211223344"},
		"Arista":                    {system("30065.1.3011.7050.2512.52", "Arista Networks EOS version 4.20.5F running on an Arista Networks DCS-7050TX-64", chassis("DCS-7050TX-64", "JPE12345678")), "Arista|DCS-7050TX-64|switch|EOS|4.20.5F|JPE12345678"},
		"H3C":                       {system("25506.1.578", "H3C Switch S5120 Software Version 5.20, Release 1513P62", chassis("H3C S5120-28P", "210235A0GKC1234567")), "H3C|S5120-28P|switch|Comware|5.20, Release 1513P62|210235A0GKC1234567"},
		"Huawei":                    {system("2011.2.23.276", "S5720-36C-EI-AC Huawei Versatile Routing Platform Software VRP (R) software,Version 5.160 (S5720 V200R007C00SPC500)", chassis("S5720-36C-EI-AC", "21023589021234567890")), "Huawei|S5720-36C-EI-AC|switch|VRP|5.160 (S5720 V200R007C00SPC500)|21023589021234567890"},
		"MikroTik":                  {system("14988.1", "RouterOS RB750Gr3", "1.3.6.1.4.1.14988.1.1.4.4.0|4|6.48.6", "1.3.6.1.4.1.14988.1.1.7.3.0|4|8AFF0A1B2C3D"), "MikroTik|RB750Gr3|router|RouterOS|6.48.6|8AFF0A1B2C3D"},
		"UniFi":                     {system("41112", "UAP-AC-Pro-Gen2 6.0.21.13673", "1.3.6.1.4.1.41112.1.6.3.3.0|4|UAP-AC-Pro-Gen2", "1.3.6.1.4.1.41112.1.6.3.6.0|4|6.0.21.13673"), "Ubiquiti|UAP-AC-Pro-Gen2|access-point|UniFi|6.0.21.13673|"},
		"FortiGate":                 {system("12356.101.1.1000", "", "1.3.6.1.4.1.12356.100.1.1.1.0|4|FGT60D4613012345", "1.3.6.1.4.1.12356.101.4.1.1.0|4|v5.4.5,build1138,170531 (GA)", chassis("FGT_60D", "FGT60D4613012345")), "Fortinet|FGT_60D|firewall|FortiOS|5.4.5|FGT60D4613012345"},
		"Palo Alto":                 {system("25461.2.3.32", "Palo Alto Networks PA-220 series firewall", "1.3.6.1.4.1.25461.2.1.2.1.1.0|4|9.1.4", "1.3.6.1.4.1.25461.2.1.2.1.3.0|4|012801012345"), "Palo Alto|PA-220|firewall|PAN-OS|9.1.4|012801012345"},
		"Check Point":               {system("8072.3.2.10", "Linux gw1 3.10.0-693cpx86_64 #1 SMP x86_64", "1.3.6.1.4.1.2620.1.6.4.1.0|4|R80.30", "1.3.6.1.4.1.2620.1.6.16.3.0|4|1234BA5678", "1.3.6.1.4.1.2620.1.6.16.7.0|4|Check Point 5200", "1.3.6.1.4.1.2620.1.6.5.1.0|4|Gaia"), "Check Point|5200|firewall|Gaia|R80.30|1234BA5678"},
		"pfSense":                   {system("8072.3.2.8", "pfSense gate.example 2.5.2-RELEASE FreeBSD 12.2-STABLE amd64"), "Netgate||firewall|pfSense|2.5.2-RELEASE|"},
		"Synology":                  {system("8072.3.2.10", "Linux nas 3.10.105 #25426 SMP x86_64", "1.3.6.1.4.1.6574.1.5.1.0|4|DS918+", "1.3.6.1.4.1.6574.1.5.2.0|4|1780PDN123456", "1.3.6.1.4.1.6574.1.5.3.0|4|DSM 6.2-25426"), "Synology|DS918+|nas|DSM|6.2-25426|1780PDN123456"},
		"HP printer":                {system("11.2.3.9.1", "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD149,EEPROM JDI23500067,CIDATE 06/08/2015", "1.3.6.1.2.1.43.10.2.1.4.1.1|65|5", "1.3.6.1.4.1.11.2.3.9.1.1.7.0|4|MFG:Hewlett-Packard;MDL:HP LaserJet 500 color M551;CLS:PRINTER;", "1.3.6.1.4.1.11.2.3.9.4.2.1.1.3.3.0|4|CNCCF12345"), "HP|LaserJet 500 color M551|printer|JetDirect|JDI23500067|CNCCF12345"},
		"Brother":                   {system("2435.2.3.9.1", "Brother NC-7700w, Firmware Ver.1.06 (14.07.17),MID 8CE-317,FID 2", "1.3.6.1.2.1.43.10.2.1.4.1.1|65|5", "1.3.6.1.4.1.2435.2.3.9.1.1.7.0|4|MFG:Brother;CMD:PJL;MDL:MFC-9970CDW;CLS:PRINTER;", "1.3.6.1.4.1.2435.2.3.9.4.2.1.5.5.1.0|4|U62513L0J123456"), "Brother|MFC-9970CDW|printer||1.06|U62513L0J123456"},
		"Ricoh":                     {system("367.1.1", "RICOH Aficio MP 171 1.00.1 / RICOH Network Printer C model / RICOH Network Scanner C model", "1.3.6.1.2.1.43.5.1.1.17.1|4|L7001234567", "1.3.6.1.2.1.43.10.2.1.4.1.1|65|5"), "Ricoh|Aficio MP 171|printer||1.00.1|L7001234567"},
		"APC PDU":                   {system("318.1.3.4.6", "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.7.2 PN:a.bin AF1:v6.7.2 AN1:b.bin MN:AP8641 HR:02 SN: 5A26833B4526 MD:04/16/2019)", "1.3.6.1.4.1.318.1.1.26.2.1.8.1|4|AP8641", "1.3.6.1.4.1.318.1.1.26.2.1.9.1|4|3F3452A51234"), "APC|AP8641|pdu|AOS|6.7.2|3F3452A51234"},
		"UPS by RFC 1628":           {system("32473.9", "a card", "1.3.6.1.2.1.33.1.1.1.0|4|Riello UPS", "1.3.6.1.2.1.33.1.1.2.0|4|SDU 10000", "1.3.6.1.2.1.33.1.1.3.0|4|SWM032-01-02", "1.3.6.1.2.1.33.1.2.1.0|2|2"), "Riello|SDU 10000|ups||SWM032-01-02|"},
		"VMware":                    {system("6876.4.1", "VMware ESXi 6.7.0 build-15160138 VMware, Inc. x86_64", "1.3.6.1.4.1.6876.1.1.0|4|VMware ESXi", "1.3.6.1.4.1.6876.1.2.0|4|6.7.0"), "VMware||hypervisor|ESXi|6.7.0|"},
		"Windows":                   {system("311.1.1.3.1.2", "Hardware: Intel64 Family 6 Model 85 Stepping 4 AT/AT COMPATIBLE - Software: Windows Version 6.3 (Build 17763 Multiprocessor Free)"), "Microsoft||server|Windows Server 2019|6.3.17763|"},
		"Linux":                     {system("8072.3.2.10", "Linux host 5.10.0-8-amd64 #1 SMP Debian 5.10.46-4 (2021-08-03) x86_64"), "||server|Linux|5.10.0-8-amd64|"},
		"Axis":                      {system("368.1.1", " ; AXIS P3225-V; Network Camera; 6.50.1.2; Mar 04 2017 10:10; 1FC; 1; "), "Axis|P3225-V|camera|AXIS OS|6.50.1.2|"},
		"Linux that says so little": {system("8072.3.2.10", "db server of accounting"), "|||Linux||"},
		"Aruba named":               {system("11.2.3.7.11.181.14", "Aruba JL255A 2930F-24G-PoE+-4SFP+ Switch, revision WC.16.10.0012, ROM WC.16.01.0008 (/ws/swbuildm)"), "Aruba|JL255A|switch|ProCurve|WC.16.10.0012|"},
		"ICX stack":                 {system("1991.1.3.62.1.1.1.1", "Ruckus Wireless, Inc. Stacking System ICX7150-48-POEF, IronWare Version 08.0.80dT211 Compiled on Mar 22 2019"), "Ruckus|ICX7150-48-POEF|switch|FastIron|08.0.80dT211|"},
		"Dell N series":             {system("674.10895.3053", "Dell EMC Networking N2048P, 6.5.2.5, Linux 3.6.5"), "Dell|N2048P|switch|DNOS|6.5.2.5|"},
		"Dell OS10":                 {system("674.11000.5000.100.2.1.1", "Dell EMC Networking OS10 Enterprise. OS Version: 10.5.1.4. System Type: S4148F-ON"), "Dell|S4148F-ON|switch|OS10|10.5.1.4|"},
		"Netgear M4300":             {system("4526.100.4.20", "M4300-52G-PoE+ ProSAFE 48-port 1G PoE+ and 2-port 10GBASE-T, 12.0.11.16, 1.0.0.12"), "Netgear|M4300-52G-PoE+|switch|Netgear|12.0.11.16|"},
		"Zyxel GS1920":              {system("890.1.15.173", "GS1920-24HPv2", "1.3.6.1.4.1.890.1.15.3.1.6.0|4|V4.50(ABMH.4) | 11/05/2018"), "Zyxel|GS1920-24HPv2|switch|ZyNOS|V4.50(ABMH.4)|"},
		"AlliedWare Plus":           {system("207.1.14.83", "Allied Telesis router/switch, Software (AlliedWare Plus) Version 5.4.9-1.3"), "Allied Telesis||switch|AlliedWare Plus|5.4.9-1.3|"},
		"VSP of Extreme":            {system("2272.205", "VSP-8284XSQ (8.1.5.0)"), "Extreme|VSP-8284XSQ|switch|VOSS|8.1.5.0|"},
		"OPNsense":                  {system("8072.3.2.8", "FreeBSD OPNsense.localdomain 12.1-RELEASE-p19-HBSD FreeBSD 12.1-RELEASE-p19-HBSD #0  1c7cb0a0d68(stable/21.1)-dirty: Mon Apr 19 19:46:25 CEST 2021 amd64"), "OPNsense||firewall|OPNsense|21.1|"},
		"Xerox":                     {system("253.8.62.1.34.2.2.6", "Xerox WorkCentre 7845 v1 Multifunction System; System Software 073.040.167.14201, ESS 073.047.14201"), "Xerox|WorkCentre 7845|printer||073.040.167.14201|"},
		"Zebra":                     {system("10642.1.1", "Zebra Technologies ZTC ZT410-300dpi ZPL"), "Zebra|ZT410|printer|||"},
		"bizhub":                    {system("18334.1.2.1.2.1.118.1.2", "KONICA MINOLTA bizhub C258"), "Konica Minolta|bizhub C258|printer|||"},
		"A10":                       {system("22610.1.3.28", "Thunder Series Unified Application Service Gateway TH930, Advanced Core OS (ACOS) version 4.1.1-P8,"), "A10|TH930|load-balancer|ACOS|4.1.1-P8|"},
		"Raritan":                   {system("13742.6", "PX2 030410", "1.3.6.1.4.1.13742.6.3.2.1.1.3.1|4|PX2-5260R", "1.3.6.1.4.1.13742.6.3.2.1.1.4.1|4|QFC1234567"), "Raritan|PX2-5260R|pdu|||QFC1234567"},
		"only sysDescr":             {"1.3.6.1.2.1.1.1.0|4|Linux host 5.10.0-8-amd64 #1 SMP\n", "||" + "|Linux|5.10.0-8-amd64|"},
	} {
		t.Run(name, func(t *testing.T) {
			d := identified(t, Builtin(), c.recording)
			got := strings.Join([]string{d.Vendor, d.Model, d.Kind, d.OS, d.Version, d.Serial}, "|")
			if got != c.want {
				t.Errorf("got  %s\nwant %s\n%+v", got, c.want, d.Claims)
			}
		})
	}
}

func TestEvidenceThatDisagreesIsShown(t *testing.T) {
	d := identified(t, Builtin(), system("9.1.516", "Cisco IOS Software, C3750 Software (C3750-IPBASE-M), Version 12.2(50)SE5, RELEASE SOFTWARE (fc1)", chassis("WS-C3750G-24TS-S", "FDO1234X5YZ"),
		"1.3.6.1.2.1.47.1.1.1.1.12.1|4|Juniper Networks, Inc.", "1.3.6.1.2.1.47.1.1.1.1.10.1|4|15.0(2)SE"))
	conflicts := map[string]string{}
	for _, c := range d.Claims {
		if c.Conflict {
			conflicts[c.Field] = c.Value
		}
		if c.From == "" || c.Confidence <= 0 || c.Confidence > 1 {
			t.Errorf("a claim without source or confidence: %+v", c)
		}
	}
	if d.Vendor != "Cisco" || d.Version != "12.2(50)SE5" || conflicts["vendor"] != "Juniper" || conflicts["version"] != "15.0(2)SE" {
		t.Errorf("%s %s, conflicts %v", d.Vendor, d.Version, conflicts)
	}
}

func TestADescriptionAloneIsBelievedLittle(t *testing.T) {
	d := identified(t, Builtin(), "1.3.6.1.2.1.1.1.0|4|Cisco IOS Software, C3750\n")
	for _, c := range d.Claims {
		if c.Confidence > 0.5 {
			t.Errorf("%+v", c)
		}
	}
	if d.Vendor != "Cisco" {
		t.Errorf("vendor %q", d.Vendor)
	}
}

func TestPlaceholdersAreNoSerialNumbers(t *testing.T) {
	for _, serial := range []string{"N/A", "0000000000", "Not Specified", "123456789", "To be filled by O.E.M."} {
		if d := identified(t, Builtin(), system("9.1.516", "x", chassis("WS-C3750", serial))); d.Serial != "" {
			t.Errorf("%q is taken for a serial number", serial)
		}
	}
}

func TestAPersonsOwnDataComesFirst(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "own.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"vendors": {"32473": "Example"}, "models": {"32473.7": "Door 7"}, "rules": [{"rule": "door", "object": ["32473"], "descr": ["fw (?P<version>[0-9.]+)"], "kind": "access-control", "os": "DoorOS {version}",
		"read": {"serial": [{"oid": "32473.1.1.*", "match": "SN-(.+)"}]}}]}`)
	rules, err := WithFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := identified(t, rules, system("32473.7", "door fw 1.5", "1.3.6.1.4.1.32473.1.1.1|4|other", "1.3.6.1.4.1.32473.1.1.2|4|SN-AB1234"))
	got := strings.Join([]string{d.Vendor, d.Model, d.Kind, d.OS, d.Version, d.Serial}, "|")
	if got != "Example|Door 7|access-control|DoorOS 1.5|1.5|AB1234" {
		t.Errorf("got %s", got)
	}
	for text, want := range map[string]string{
		`{"rules": [{"rule": "x", "object": ["a.b"]}]}`: "rule 1 (x): object", `{"rules": [{"rule": "x", "descr": ["("]}]}`: "rule 1 (x): descr", `{"rules": [{"rule": "x"}]}`: "no condition",
		`{"rules": [{"object": ["1"]}]}`: `"rule" names it`, `{"rules": [{"rule": "x", "object": ["1"], "kind": "toaster"}]}`: "toaster", "{\n\"rulez\": []}": "line 2", `{"vendors": {"x": "y"}}`: "no enterprise number",
		`{"rules": [{"rule": "x", "object": ["1"], "read": {"weight": [{"oid": "1"}]}}]}`: "no field", `{"rules": [{"rule": "x", "descr": ["(?P<mdl>a)"]}]}`: "mdl",
	} {
		write(text)
		if _, err := WithFolder(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "own.json") {
			t.Errorf("%s: got %v, want it to name %q", text, err, want)
		}
	}
}

func TestTheSameDeviceGivesTheSameEvidenceInTheSameOrder(t *testing.T) {
	text := system("11.2.3.7.11.137", "HP J9773A 2530-24G-PoEP Switch, revision YA.16.02.0008, ROM YA.15.19", chassis("J9773A", "CN12ABC345"), "1.0.8802.1.1.2.1.5.4795.1.2.5.0|4|CN12ABC345", "1.0.8802.1.1.2.1.5.4795.1.2.7.0|4|J9773A")
	first := identified(t, Builtin(), text)
	for range 20 {
		again := identified(t, Builtin(), text)
		for i := range first.Claims {
			if again.Claims[i] != first.Claims[i] {
				t.Fatalf("claim %d: %+v, then %+v", i, first.Claims[i], again.Claims[i])
			}
		}
	}
}

func TestNoTwoRulesShareAName(t *testing.T) {
	names := map[string]bool{}
	for _, u := range Builtin().rules {
		if names[u.ID] {
			t.Errorf("%s: rule %s is there twice", u.from, u.ID)
		}
		names[u.ID] = true
	}
}

func FuzzData(f *testing.F) {
	f.Add([]byte(`{"vendors":{"9":"Cisco"},"models":{"9.1.1":"x"},"rules":[{"rule":"a","object":["9"],"descr":["(?P<version>.)"],"kinds":[{"match":"x","kind":"switch"}],"read":{"serial":[{"oid":"9.1.*","match":"(.)"}]}}]}`), "9.1.1", "some text")
	f.Fuzz(func(t *testing.T, raw []byte, object, descr string) {
		r := &Rules{vendors: map[uint32]string{}, models: map[string]string{}}
		if r.Add("fuzz.json", raw) != nil {
			return
		}
		d := seen.Device{SysObjectID: object, SysDescr: descr}
		rec := snmp.NewRecording([]snmp.Binding{{OID: snmp.MustOID("1.3.6.1.4.1.9.1.1"), Value: snmp.Value{Kind: snmp.OctetString, Bytes: []byte(descr)}}})
		if err := r.Identify(t.Context(), rec, &d); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkIdentify(b *testing.B) {
	rec, err := snmp.ReadRecording(strings.NewReader(system("9.1.516", "Cisco IOS Software, C3750 Software (C3750-IPBASE-M), Version 12.2(50)SE5, RELEASE SOFTWARE (fc1)", chassis("WS-C3750G-24TS-S", "FDO1234X5YZ"))))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var d seen.Device
		if err := device.System(b.Context(), rec, &d); err != nil {
			b.Fatal(err)
		}
		if err := Builtin().Identify(b.Context(), rec, &d); err != nil {
			b.Fatal(err)
		}
	}
}
