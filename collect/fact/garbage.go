package fact

import (
	"net"
	"regexp"
	"strings"
)

// Makers leave placeholders where a serial number belongs, and cloned or
// careless firmware repeats UUIDs. Machines merged by such values were the
// commonest fault of inventory systems; these functions recognise them. Each
// returns why the value must not identify a machine, or "" when it may.

// placeholders are texts found where a serial number should be, lower case,
// letters and digits only.
var placeholders = set(`
		tobefilledbyoem tobefilledbyoemserial filledbyoem oem oemserial oemserialnumber
		default defaultstring standard none null nil na notavailable notapplicable notspecified notset notprovided notpresent
		unknown unknow undefined unset unspecified invalid empty blank noserial noserialnumber nosn missing
		serial serialnumber systemserial systemserialnumber systemserialnumb chassisserialnumber chassisserial baseboardserialnumber boardserialnumber
		systemproductname systemmanufacturer systemversion systemname productname assettag noassettag noassetinformation chassisassettag baseboardassettag
		eval iatpass tulipcomputers sys1234567890 sys9876543210 sn12345 sn123456 sn1234567890 mb1234567890 nb0123456789 nb1234567890 sn0123456789
		serialnumberxxxxxx sn123456fvgv3i0b8o5n6n7k btfilledbyoem intelcorporation vmware virtualbox qemu bochs xen
		abcdefg abcdefgh test testserial example sample demo placeholder changeme oemchassis oembaseboard chassis baseboard unavailable dummy
		uninitialized nullstring badindex nosuchinstance error fixme x xx xxx n`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var notAlphanumeric = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// GarbageSerial says why a serial number or asset tag identifies nothing.
func GarbageSerial(s string) string {
	t := strings.TrimSpace(s)
	bare := strings.ToLower(notAlphanumeric.ReplaceAllString(t, ""))
	switch {
	case bare == "":
		return "is empty"
	case placeholders[bare]:
		return "is a placeholder of the maker"
	case strings.Contains(bare, "tobefilled"), strings.HasPrefix(bare, "serialnumber"), strings.Contains(strings.ToLower(t), "o.e.m."):
		return "is a placeholder of the maker"
	case len([]rune(bare)) < 4:
		return "is too short to be one machine's"
	case oneCharacter(bare):
		return "repeats one character"
	case counting(bare):
		return "only counts up or down"
	case len(t) > 128:
		return "is too long to be a serial number"
	}
	for _, r := range t {
		if r < ' ' || r == '\uFFFD' {
			return "holds characters no serial number has"
		}
	}
	return ""
}

// sharedUUIDs are firmware UUIDs found on many machines, without dashes.
var sharedUUIDs = map[string]string{
	"03000200040005000006000700080009": "is the sample of a firmware kit, on boards of many makers",
	"00020003000400050006000700080009": "is the sample of a firmware kit, byte-swapped",
	"6ab5b300538d10149fb5b0684d007b53": "was shipped on many boards",
	"00b3b56a8d5314109fb5b0684d007b53": "was shipped on many boards, byte-swapped",
	"123456781234567890abcddeefaabbcc": "is a sample, on boards of Supermicro and ASUS",
	"785634123412785690abcddeefaabbcc": "is a sample, byte-swapped",
	"4c4c454400002010802080c04f202020": "is a Dell's whose service tag is blank",
	"44454c4c00002010802080c04f202020": "is a Dell's whose service tag is blank, byte-swapped",
	"01010101010101010101010101010101": "repeats one byte",
	"00112233445566778899aabbccddeeff": "is a sample",
	"0123456789abcdef0123456789abcdef": "is a sample",
	"12345678123412341234123456789012": "is a sample",
	"12345678123412341234123456789abc": "is a sample",
	"deadbeefdeadbeefdeadbeefdeadbeef": "is a sample",
	"00000000000000000000000000000001": "is a sample",
	"00000000000010008000000000000000": "is the empty Bluetooth base",
}

// GarbageUUID says why a firmware UUID identifies nothing.
func GarbageUUID(s string) string {
	bare := strings.ToLower(notAlphanumeric.ReplaceAllString(s, ""))
	if bare == "" {
		return "is empty"
	}
	if len(bare) != 32 || strings.Trim(bare, "0123456789abcdef") != "" {
		return "is not a UUID"
	}
	if why := sharedUUIDs[bare]; why != "" {
		return why
	}
	if oneCharacter(bare) || periodic(bare, 2) {
		return "repeats one byte"
	}
	// A Supermicro UUID of zeros with the MAC at its end is unique; one with
	// fewer than six digits that are not zero is not.
	if strings.Count(bare, "0") > 26 {
		return "is nearly all zeros"
	}
	return ""
}

// GarbageMachineID says why an installation's id identifies nothing.
func GarbageMachineID(s string) string {
	bare := strings.ToLower(notAlphanumeric.ReplaceAllString(s, ""))
	switch {
	case bare == "":
		return "is empty"
	case bare == "uninitialized":
		return "was not made yet"
	case strings.Trim(bare, "0123456789abcdef") != "" || len(bare) != 32:
		return "is not a machine id"
	case oneCharacter(bare) || periodic(bare, 2):
		return "repeats one byte"
	}
	if why := sharedUUIDs[bare]; why != "" {
		return why
	}
	return ""
}

// MAC returns a hardware address in lower case with colons, and whether s is
// one of six bytes.
func MAC(s string) (string, bool) {
	t := strings.TrimSpace(s)
	if len(t) == 12 && !strings.ContainsAny(t, ":-.") {
		var parts []string
		for i := 0; i < 12; i += 2 {
			parts = append(parts, t[i:i+2])
		}
		t = strings.Join(parts, ":")
	}
	hw, err := net.ParseMAC(t)
	if err != nil || len(hw) != 6 {
		return "", false
	}
	return hw.String(), true
}

// sharedMACs are addresses that drivers and docking stations give to every
// machine alike; the keys may be prefixes.
var sharedMACs = []struct{ prefix, why string }{
	{"00:00:00:00:00", "is empty"},
	{"ff:ff:ff:ff:ff:ff", "is the broadcast address"},
	{"02:00:4c:4f:4f:50", "is the Microsoft loopback adapter's"},
	{"50:50:54:50:30:30", "is the WAN miniport's"},
	{"33:50:6f:45:30:30", "is the WAN miniport's"},
	{"20:41:53:59:4e:ff", "is the RAS adapter's"},
	{"44:45:53:54", "is a virtual adapter's of Windows"},
	{"00:53:45", "is a virtual adapter's of Windows"},
	{"80:00:60:0f:e8:00", "is the Windows Mobile adapter's"},
	{"00:05:9a:3c:7", "is Cisco's VPN adapter's"},
	{"00:09:0f:fe:00:01", "is Fortinet's VPN adapter's"},
	{"00:09:0f:aa:00:01", "is Fortinet's VPN adapter's"},
	{"02:50:41:00:00:01", "is Palo Alto's VPN adapter's"},
	{"02:05:85:7f:eb:80", "is Juniper's VPN adapter's"},
	{"00:a0:c6:00:00:00", "is a mobile modem's default"},
	{"02:80:37:ec:02:00", "is a mobile modem's default"},
	{"58:2c:80:13:92:63", "is a mobile modem's default"},
	{"0c:5b:8f:27:9a:64", "is a mobile modem's default"},
	{"00:50:56:c0:00", "is VMware's own adapter on a host"},
	{"0a:00:27:00:00", "is VirtualBox's own adapter on a host"},
	{"00:01:02:03:04:05", "is a sample"},
	{"00:11:22:33:44:55", "is a sample"},
	{"00:12:34:56:78:9", "is a sample"},
	{"12:34:56:78:9a:bc", "is a sample"},
	{"de:ad:be:ef", "is a sample"},
	{"00:00:5e:00:01", "belongs to a virtual router (VRRP)"},
	{"00:00:0c:07:ac", "belongs to a virtual router (HSRP)"},
	{"00:0b:ca:fe:00:00", "is a docking station's default"},
	{"00:e0:4c:36:00", "is an uncoded Realtek chip's"},
	{"00:e0:4c:68:00:0", "is an uncoded Realtek chip's"},
	{"02:42:", "is a container's"},
	{"02:bf:", "belongs to a load-balancing cluster"},
	{"03:bf:", "belongs to a load-balancing cluster"},
}

// GarbageMAC says why a hardware address identifies no machine.
func GarbageMAC(s string) string {
	mac, ok := MAC(s)
	if !ok {
		return "is not a hardware address"
	}
	for _, g := range sharedMACs {
		if strings.HasPrefix(mac, g.prefix) {
			return g.why
		}
	}
	bare := strings.ReplaceAll(mac, ":", "")
	if periodic(bare, 2) {
		return "repeats one byte"
	}
	hw, _ := net.ParseMAC(mac)
	if hw[0]&1 == 1 {
		return "is a group address"
	}
	return ""
}

// locallyAdministered reports whether an address was made up rather than
// bought: it is unique only within its own network.
func locallyAdministered(mac string) bool {
	hw, err := net.ParseMAC(mac)
	return err != nil || hw[0]&2 == 2
}

func oneCharacter(s string) bool { return strings.Count(s, s[:1]) == len(s) }

func periodic(s string, n int) bool {
	for i := n; i < len(s); i++ {
		if s[i] != s[i-n] {
			return false
		}
	}
	return len(s) > n
}

// counting reports whether s is digits that only count: 0123456789, 98765432,
// 1234567890123 (a ten wraps to zero).
func counting(s string) bool {
	up, down := true, true
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		if i > 0 {
			d := int(s[i]) - int(s[i-1])
			up = up && (d == 1 || d == -9)
			down = down && (d == -1 || d == 9)
		}
	}
	return up || down || strings.Trim(s, "0") == "123456789"
}
