package snmp

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// readWalk reads what snmpwalk prints: OID = TYPE: value, a value going on over
// lines until the next OID. -On is best; names of the MIBs every device has are
// known as well.
func (r *Recording) readWalk(in *bufio.Reader) error {
	var id OID
	var value []byte
	begun, bad := 0, false
	end := func() error {
		if begun == 0 || bad {
			return nil
		}
		v, err := walkValue(string(value))
		switch {
		case err != nil:
			r.miss(begun, err.Error())
			return nil
		case v.Missing():
			return nil
		}
		return r.add(Binding{id, v})
	}
	err := lines(in, func(n int, line []byte) error {
		name, rest, ok := bytes.Cut(line, []byte(" ="))
		if ok && isName(name) {
			if err := end(); err != nil {
				return err
			}
			begun, bad = n, false
			value = append(value[:0], bytes.TrimPrefix(rest, []byte(" "))...)
			o, err := parseName(string(name))
			if err != nil {
				r.miss(n, err.Error())
				bad = true
			}
			id = o
			return nil
		}
		if begun > 0 {
			if len(value)+len(line) > maxRecordedLine {
				return fmt.Errorf("line %d: a value longer than %d bytes", n, maxRecordedLine)
			}
			value = append(append(value, '\n'), line...)
		} else if len(bytes.TrimSpace(line)) > 0 && line[0] != '#' {
			r.miss(n, "OID = TYPE: value is wanted")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return end()
}

// isName reports whether a line's beginning is an identifier rather than text
// that goes on.
func isName(b []byte) bool {
	if len(b) == 0 || len(b) > 1000 || bytes.ContainsAny(b, " \t\"") && !bytes.Contains(b, []byte("::")) {
		return false
	}
	switch {
	case b[0] == '.', bytes.HasPrefix(b, []byte("iso.")), bytes.HasPrefix(b, []byte("1.")), bytes.HasPrefix(b, []byte("0.")), bytes.HasPrefix(b, []byte("2.")):
		return bytes.IndexByte(b, '.') >= 0
	}
	module, _, ok := bytes.Cut(b, []byte("::"))
	return ok && len(module) > 0 && bytes.IndexByte(module, ' ') < 0
}

// parseName reads numbers, or a name of the standard's with numbers behind.
func parseName(s string) (OID, error) {
	_, name, ok := strings.Cut(s, "::")
	if !ok {
		return ParseOID(s)
	}
	word, rest, _ := strings.Cut(name, ".")
	base, known := standardNames[word]
	if !known {
		return nil, fmt.Errorf("the name %.40q is not known; print the walk with -On", s)
	}
	if rest == "" {
		return ParseOID(base)
	}
	return ParseOID(base + "." + rest)
}

// standardNames are those a walk without -On holds before anything else.
var standardNames = map[string]string{
	"sysDescr": "1.3.6.1.2.1.1.1", "sysObjectID": "1.3.6.1.2.1.1.2", "sysUpTime": "1.3.6.1.2.1.1.3", "sysUpTimeInstance": "1.3.6.1.2.1.1.3.0", "sysContact": "1.3.6.1.2.1.1.4",
	"sysName": "1.3.6.1.2.1.1.5", "sysLocation": "1.3.6.1.2.1.1.6", "sysServices": "1.3.6.1.2.1.1.7",
	"enterprises": "1.3.6.1.4.1", "mib-2": "1.3.6.1.2.1", "ifNumber": "1.3.6.1.2.1.2.1", "ifIndex": "1.3.6.1.2.1.2.2.1.1", "ifDescr": "1.3.6.1.2.1.2.2.1.2", "ifType": "1.3.6.1.2.1.2.2.1.3",
	"ifMtu": "1.3.6.1.2.1.2.2.1.4", "ifSpeed": "1.3.6.1.2.1.2.2.1.5", "ifPhysAddress": "1.3.6.1.2.1.2.2.1.6", "ifAdminStatus": "1.3.6.1.2.1.2.2.1.7", "ifOperStatus": "1.3.6.1.2.1.2.2.1.8",
	"ifInOctets": "1.3.6.1.2.1.2.2.1.10", "ifOutOctets": "1.3.6.1.2.1.2.2.1.16", "ifInErrors": "1.3.6.1.2.1.2.2.1.14", "ifOutErrors": "1.3.6.1.2.1.2.2.1.20",
	"ifName": "1.3.6.1.2.1.31.1.1.1.1", "ifHCInOctets": "1.3.6.1.2.1.31.1.1.1.6", "ifHCOutOctets": "1.3.6.1.2.1.31.1.1.1.10", "ifHighSpeed": "1.3.6.1.2.1.31.1.1.1.15", "ifAlias": "1.3.6.1.2.1.31.1.1.1.18",
	"entPhysicalDescr": "1.3.6.1.2.1.47.1.1.1.1.2", "entPhysicalVendorType": "1.3.6.1.2.1.47.1.1.1.1.3", "entPhysicalContainedIn": "1.3.6.1.2.1.47.1.1.1.1.4", "entPhysicalClass": "1.3.6.1.2.1.47.1.1.1.1.5",
	"entPhysicalName": "1.3.6.1.2.1.47.1.1.1.1.7", "entPhysicalHardwareRev": "1.3.6.1.2.1.47.1.1.1.1.8", "entPhysicalFirmwareRev": "1.3.6.1.2.1.47.1.1.1.1.9", "entPhysicalSoftwareRev": "1.3.6.1.2.1.47.1.1.1.1.10",
	"entPhysicalSerialNum": "1.3.6.1.2.1.47.1.1.1.1.11", "entPhysicalMfgName": "1.3.6.1.2.1.47.1.1.1.1.12", "entPhysicalModelName": "1.3.6.1.2.1.47.1.1.1.1.13",
	"hrDeviceType": "1.3.6.1.2.1.25.3.2.1.2", "hrDeviceDescr": "1.3.6.1.2.1.25.3.2.1.3", "prtGeneralSerialNumber": "1.3.6.1.2.1.43.5.1.1.17", "prtMarkerLifeCount": "1.3.6.1.2.1.43.10.2.1.4",
	"ipAdEntAddr": "1.3.6.1.2.1.4.20.1.1", "ipAdEntIfIndex": "1.3.6.1.2.1.4.20.1.2", "ipAdEntNetMask": "1.3.6.1.2.1.4.20.1.3", "dot1dBaseBridgeAddress": "1.3.6.1.2.1.17.1.1",
}

// statusWords are enumerations that a walk without -Oe writes as words.
var statusWords = map[string]int64{"up": 1, "down": 2, "testing": 3, "unknown": 4, "true": 1, "false": 2, "ethernetCsmacd": 6, "softwareLoopback": 24, "propVirtual": 53, "tunnel": 131, "l2vlan": 135, "l3ipvlan": 136, "ieee8023adLag": 161}

// walkValue reads what stands behind the equals sign.
func walkValue(s string) (Value, error) {
	t := strings.TrimSpace(s)
	if t == `""` || t == "" {
		return Value{Kind: OctetString, Bytes: []byte{}}, nil
	}
	for _, none := range []string{"No Such", "No more variables", "NULL"} {
		if strings.HasPrefix(t, none) {
			return Value{Kind: Null}, nil
		}
	}
	if rest, ok := strings.CutPrefix(t, "Wrong Type (should be "); ok { // "… INTEGER): STRING: x"
		if _, after, ok := strings.Cut(rest, "): "); ok {
			t, s = after, after
		}
	}
	kind, rest, ok := strings.Cut(t, ":")
	if !ok {
		kind = ""
	}
	rest = strings.TrimPrefix(rest, " ")
	trimmed := strings.TrimSpace(rest)
	switch kind {
	case "STRING":
		return Value{Kind: OctetString, Bytes: unquote(rest)}, nil
	case "Hex-STRING", "BITS", "Hex":
		b, err := hexBytes(trimmed)
		return Value{Kind: OctetString, Bytes: b}, err
	case "INTEGER", "Integer32":
		n, err := walkNumber(trimmed)
		return Value{Kind: Integer, Num: uint64(n)}, err
	case "Gauge32", "Unsigned32", "UInteger32":
		n, err := walkNumber(trimmed)
		return Value{Kind: Gauge32, Num: uint64(n)}, err
	case "Counter32":
		n, err := walkNumber(trimmed)
		return Value{Kind: Counter32, Num: uint64(n)}, err
	case "Counter64":
		n, err := strconv.ParseUint(firstWord(trimmed), 10, 64)
		return Value{Kind: Counter64, Num: n}, err
	case "Timeticks":
		inner := trimmed
		if a, b := strings.IndexByte(inner, '('), strings.IndexByte(inner, ')'); a >= 0 && b > a {
			inner = inner[a+1 : b]
		}
		n, err := strconv.ParseUint(firstWord(inner), 10, 64)
		return Value{Kind: TimeTicks, Num: n}, err
	case "OID":
		if trimmed == "" {
			return Value{Kind: ObjectID, ID: OID{0, 0}}, nil
		}
		o, err := parseName(trimmed)
		return Value{Kind: ObjectID, ID: o}, err
	case "IpAddress":
		return valueOf(IPAddress, []byte(trimmed), false)
	case "Network Address": // C0:A8:01:01
		b, err := hexBytes(strings.ReplaceAll(trimmed, ":", " "))
		return Value{Kind: IPAddress, Bytes: b}, err
	case "Opaque":
		if f, ok := strings.CutPrefix(trimmed, "Float: "); ok {
			return Value{Kind: OctetString, Bytes: []byte(firstWord(f))}, nil
		}
		b, err := hexBytes(trimmed)
		return Value{Kind: Opaque, Bytes: b}, err
	}
	return untyped(s), nil
}

// untyped guesses at a value printed with -OQ or -Oq.
func untyped(s string) Value {
	t := strings.TrimSpace(s)
	if len(t) > 1 && t[0] == '"' {
		return Value{Kind: OctetString, Bytes: unquote(t)}
	}
	if n, err := strconv.ParseInt(t, 10, 64); err == nil {
		return Value{Kind: Integer, Num: uint64(n)}
	}
	if strings.Count(t, ".") > 4 && (t[0] == '.' || strings.HasPrefix(t, "iso.") || strings.HasPrefix(t, "1.3.6.1.")) {
		if o, err := ParseOID(t); err == nil {
			return Value{Kind: ObjectID, ID: o}
		}
	}
	if strings.Count(t, ".") == 3 {
		if v, err := valueOf(IPAddress, []byte(t), false); err == nil {
			return v
		}
	}
	return Value{Kind: OctetString, Bytes: []byte(t)}
}

// walkNumber reads 6, up(1), "100 Percent" and words without their number.
func walkNumber(s string) (int64, error) {
	if a, b := strings.LastIndexByte(s, '('), strings.LastIndexByte(s, ')'); a >= 0 && b > a {
		if n, err := strconv.ParseInt(s[a+1:b], 10, 64); err == nil {
			return n, nil
		}
	}
	word := firstWord(s)
	if n, ok := statusWords[word]; ok {
		return n, nil
	}
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%.30q is no number; print the walk with -Oe", s)
	}
	return n, nil
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	return s
}

// unquote takes a string out of its quotes; \" and \\ stand for what they hide.
func unquote(s string) []byte {
	if !strings.HasPrefix(s, `"`) {
		return []byte(strings.TrimRight(s, "\n"))
	}
	s = strings.TrimPrefix(s, `"`)
	s = strings.TrimSuffix(strings.TrimRight(s, " \n"), `"`)
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\') {
			i++
		}
		out = append(out, s[i])
	}
	return out
}

// hexBytes reads "00 1B 21"; what snmpwalk adds in brackets is left out.
func hexBytes(s string) ([]byte, error) {
	var out []byte
	for f := range strings.FieldsSeq(s) {
		if len(f) != 2 {
			if len(out) > 0 {
				break // the names of bits, or the text beside it
			}
			return nil, fmt.Errorf("%.30q is not hexadecimal", s)
		}
		b, err := hex.DecodeString(f)
		if err != nil {
			if len(out) > 0 {
				break
			}
			return nil, fmt.Errorf("%.30q is not hexadecimal", s)
		}
		out = append(out, b...)
	}
	return out, nil
}
