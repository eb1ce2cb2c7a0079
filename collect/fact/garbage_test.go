package fact

import (
	"strings"
	"testing"
)

func TestPlaceholderSerialsIdentifyNothing(t *testing.T) {
	for _, s := range []string{
		"", "  ", "To be filled by O.E.M.", "To Be Filled By O.E.M", "Default string", "System Serial Number", "Not Specified", "Not Applicable", "None",
		"0", "00000000", "0000000000000000", "123456789", "0123456789", "1234567890", "98765432", "XXXXXXXX", "N/A", "(null string)", "NNNNNNN",
		"SerialNumber", "Chassis Serial Number", "OEM_Serial", "SystemSerialNumb", "INVALID", "EVAL", "To be filled by O.E.M.\x00", "abc\ufffddef", ".", "-----", "................", "Type2 - Board Serial Number"[:0],
	} {
		if GarbageSerial(s) == "" {
			t.Errorf("%q was believed", s)
		}
	}
}

func TestRealSerialsAreBelieved(t *testing.T) {
	for _, s := range []string{"640HP72", "C02XK0ZZJGH5", "VMware-56 4d 1e 3c 1a 2b 3c 4d-5e 6f 70 81 92 a3 b4 c5", "PF2ABCDE", "5CG1234XYZ", "MXL0123456", "2UA1234567", "/640HP72/CE129536461378/", "0000-0012-3456-7890-1234-5678-90"} {
		if why := GarbageSerial(s); why != "" {
			t.Errorf("%q was refused: it %s", s, why)
		}
	}
}

func TestSharedUUIDsIdentifyNothing(t *testing.T) {
	for _, s := range []string{
		"", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
		"4C4C4544-0000-2010-8020-80C04F202020", "6AB5B300-538D-1014-9FB5-B0684D007B53", "12345678-1234-5678-90AB-CDDEEFAABBCC", "01010101-0101-0101-0101-010101010101",
		"Not Settable", "not-a-uuid", "00000000-0000-0000-0000-0000000000a1",
	} {
		if GarbageUUID(s) == "" {
			t.Errorf("%q was believed", s)
		}
	}
	for _, s := range []string{"4C4C4544-0034-3010-8048-B6C04F503732", "00000000-0000-0000-0000-AC1F6B123456", "564d1e3c-1a2b-3c4d-5e6f-708192a3b4c5", "{EC2F2E5D-9B9A-4D0A-8A1D-0A1B2C3D4E5F}"} {
		if why := GarbageUUID(s); why != "" {
			t.Errorf("%q was refused: it %s", s, why)
		}
	}
}

func TestSharedMACsIdentifyNothing(t *testing.T) {
	for _, s := range []string{"", "00:00:00:00:00:00", "FF-FF-FF-FF-FF-FF", "02:00:4C:4F:4F:50", "50:50:54:50:30:30", "00:05:9A:3C:7A:00", "0242ac110002", "00:50:56:C0:00:08", "01:00:5e:00:00:01", "11:11:11:11:11:11", "00:00:5e:00:01:0a", "zz:00:00:00:00:01"} {
		if GarbageMAC(s) == "" {
			t.Errorf("%q was believed", s)
		}
	}
	for _, s := range []string{"3c:52:82:6a:11:0f", "00:50:56:9a:12:34", "52:54:00:12:34:57", "00155d0a0b0c", "3C-52-82-6A-11-0F"} {
		if why := GarbageMAC(s); why != "" {
			t.Errorf("%q was refused: it %s", s, why)
		}
	}
}

func TestEvidenceLeavesGarbageOutAndSaysWhy(t *testing.T) {
	id := Identity{Hostname: "ERP01", FQDN: "erp01.example.net", UUID: "03000200-0400-0500-0006-000700080009", Serial: "To be filled by O.E.M.", Board: "MB77123XK", MachineID: "3d1219c7c4c5404aaa1f6d2a48adfda4",
		MACs: []string{"3C-52-82-6A-11-0F", "02:42:ac:11:00:02", "52:54:00:12:34:57"}}
	believed, refused := id.Evidence("Dell Inc.")
	var got []string
	for _, e := range believed {
		got = append(got, e.Kind+"="+e.Value)
	}
	want := "board_serial=dell/mb77123xk machine_id=3d1219c7c4c5404aaa1f6d2a48adfda4 mac=3c:52:82:6a:11:0f mac=52:54:00:12:34:57 hostname=erp01.example.net"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if len(refused) != 3 {
		t.Errorf("refused %v, want UUID, serial and the container's MAC", refused)
	}
	for _, r := range refused {
		if r.Why == "" {
			t.Errorf("%v is refused without a reason", r)
		}
	}
}

func TestSameSerialOfTwoMakersIsTwoMachines(t *testing.T) {
	a, _ := Identity{Serial: "AB12CD"}.Evidence("Dell Inc.")
	b, _ := Identity{Serial: "AB12CD"}.Evidence("LENOVO")
	if a[0].Value == b[0].Value {
		t.Errorf("both are %q", a[0].Value)
	}
}

func FuzzGarbage(f *testing.F) {
	for _, s := range []string{"", "0", "To be filled", "\x00", "4C4C4544-0034-3010-8048-B6C04F503732", "00:50:56:9a:12:34", "٠٠٠٠"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		GarbageSerial(s)
		GarbageUUID(s)
		GarbageMAC(s)
		GarbageMachineID(s)
		Identity{Serial: s, UUID: s, MachineID: s, MACs: []string{s}, Hostname: s}.Evidence(s)
		SupportOf("debian", s)
		WindowsSupport(true, s, s)
	})
}
