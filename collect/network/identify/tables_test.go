package identify

import (
	"fmt"
	"strings"
	"testing"

	"steward/collect/network/device"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// readings writes what was read in short, so that a case can be seen at a glance.
func readings(d seen.Device) string {
	var all []string
	for _, s := range d.Sensors {
		v := ""
		if s.Value != nil {
			v = fmt.Sprintf(" %g%s", *s.Value, s.Unit)
		}
		if s.State != "" {
			v += " " + s.State
		}
		all = append(all, s.Kind+" "+s.Name+v)
	}
	for _, s := range d.Storage {
		v := "storage " + s.Name
		if s.Bytes != nil {
			v += fmt.Sprintf(" %d", *s.Bytes)
		}
		if s.Used != nil {
			v += fmt.Sprintf("/%d", *s.Used)
		}
		all = append(all, v)
	}
	for _, p := range d.Processors {
		all = append(all, fmt.Sprintf("cpu %s %d%%", p.Name, *p.Load))
	}
	for _, m := range d.Members {
		all = append(all, strings.TrimSpace(fmt.Sprintf("member %d %s %s %s", m.Number, m.Serial, m.Role, m.State)))
	}
	for _, v := range d.VLANs {
		all = append(all, fmt.Sprintf("vlan %d %s", v.ID, v.Name))
	}
	if u := d.UPS; u != nil {
		v := "ups " + u.Battery + " " + u.Output
		for _, f := range []*float64{u.Charge, u.Runtime, u.Load} {
			if f != nil {
				v += fmt.Sprintf(" %g", *f)
			}
		}
		all = append(all, v+fmt.Sprint(u.InputV))
	}
	return strings.Join(all, "; ")
}

func TestMakersReadingsAreWhereTheirMIBsHaveThem(t *testing.T) {
	e := func(line string) string { return "1.3.6.1.4.1." + line }
	for name, c := range map[string]struct {
		object string
		lines  []string
		want   string
	}{
		"MikroTik":   {"14988.1", []string{"14988.1.1.3.8.0|2|240", "14988.1.1.3.10.0|2|315", "14988.1.1.3.17.0|66|0", "14988.1.1.3.100.1.2.14|4|cpu-temperature", "14988.1.1.3.100.1.3.14|2|41", "14988.1.1.3.100.1.4.14|2|1"}, "temperature cpu-temperature 41°C; voltage voltage 24V; temperature temperature 31.5°C"},
		"Fortinet":   {"12356.101.1.1000", []string{"12356.101.4.1.3.0|66|7", "12356.101.4.1.4.0|66|38", "12356.101.4.1.6.0|66|12", "12356.101.4.1.7.0|66|100", "12356.101.4.3.2.1.2.1|4|CPU Temp", "12356.101.4.3.2.1.3.1|4|51.5", "12356.101.4.3.2.1.4.1|2|0"}, "other CPU Temp 51.5 ok; memory memory 38%; storage disk 104857600/12582912; cpu CPU 7%"},
		"iDRAC":      {"674.10892.5", []string{"674.10892.5.4.700.20.1.5.1.1|2|3", "674.10892.5.4.700.20.1.6.1.1|2|230", "674.10892.5.4.700.20.1.8.1.1|4|System Board Inlet Temp", "674.10892.5.4.700.12.1.5.1.1|2|3", "674.10892.5.4.700.12.1.6.1.1|2|5880", "674.10892.5.4.700.12.1.8.1.1|4|Fan1A"}, "temperature System Board Inlet Temp 23°C ok; fan Fan1A 5880rpm ok"},
		"QNAP":       {"24681", []string{"24681.1.2.5.0|4|47 C/117 F", "24681.1.2.15.1.2.1|4|System FAN 1", "24681.1.2.15.1.3.1|4|870 RPM", "24681.1.2.17.1.2.1|4|[Volume DataVol1, Pool 1]", "24681.1.2.17.1.4.1|4|2.00 TB", "24681.1.2.17.1.5.1|4|512.00 GB"}, "temperature CPU 47°C; fan System FAN 1 870rpm; storage [Volume DataVol1, Pool 1] 2199023255552/1649267441664"},
		"Synology":   {"8072.3.2.10", []string{"6574.1.1.0|2|1", "6574.1.2.0|2|39", "6574.2.1.1.2.0|4|Disk 1", "6574.2.1.1.5.0|2|1", "6574.2.1.1.6.0|2|34", "6574.3.1.1.2.0|4|Volume 1", "6574.3.1.1.3.0|2|11"}, "temperature system 39°C; state system status normal; temperature Disk 1 34°C normal; state Volume 1 degraded"},
		"CyberPower": {"3808.1.1.1", []string{"3808.1.1.1.2.1.1.0|2|2", "3808.1.1.1.2.2.1.0|66|100", "3808.1.1.1.2.2.4.0|67|360000", "3808.1.1.1.3.2.1.0|66|2315", "3808.1.1.1.4.1.1.0|2|3", "3808.1.1.1.4.2.3.0|66|22"}, "ups normal battery 100 60 22[231.5]"},
		"Raritan":    {"13742.6", []string{"13742.6.3.6.3.1.2.1.1|2|10", "13742.6.3.6.3.1.4.1.1|4|Rack top", "13742.6.3.6.3.1.16.1.1|2|7", "13742.6.3.6.3.1.17.1.1|66|1", "13742.6.5.5.3.1.3.1.1|2|4", "13742.6.5.5.3.1.4.1.1|2|247"}, "temperature Rack top 24.7°C normal"},
		"NetBotz":    {"5528.100.20.10", []string{"5528.100.4.1.1.1.2.1|2|228", "5528.100.4.1.1.1.3.1|2|0", "5528.100.4.1.1.1.4.1|4|Ambient", "5528.100.4.1.2.1.2.1|2|402", "5528.100.4.1.2.1.4.1|4|Humidity"}, "temperature Ambient 22.8°C normal; humidity Humidity 40.2%"},
		"Dell FASTPATH": {"674.10895.3053", []string{"674.10895.5000.2.6132.1.1.43.1.8.1.4.1.0|2|1", "674.10895.5000.2.6132.1.1.43.1.8.1.5.1.0|2|34", "674.10895.5000.2.6132.1.1.43.1.6.1.3.1.0|2|2", "674.10895.5000.2.6132.1.1.43.1.6.1.4.1.0|2|4100",
			"674.10895.5000.2.6132.1.1.1.1.4.9.0|4|    5 Sec (  6.99%)    60 Sec (  6.72%)   300 Sec (  9.06%)", "674.10895.5000.2.6132.1.1.13.2.2.1.11.1|2|1", "674.10895.5000.2.6132.1.1.13.2.2.1.19.1|4|CN0A1", "674.10895.5000.2.6132.1.1.13.2.2.1.5.1|2|1", "674.10895.5000.2.6132.1.1.13.2.2.1.11.2|2|1", "674.10895.5000.2.6132.1.1.13.2.2.1.19.2|4|CN0A2"},
			"temperature temperature 1.0 34°C; fan fan 1.0 4100rpm ok; cpu CPU 7%; member 1 CN0A1 master ok; member 2 CN0A2  ok"},
		"older FASTPATH": {"4526.100.1.13", []string{"4526.10.43.1.8.1.2.0|2|1", "4526.10.43.1.8.1.3.0|2|1", "4526.10.43.1.8.1.4.0|2|43"}, "temperature temperature 0 43°C"},
		"Juniper stack":  {"2636.1.1.1.2.63", []string{"2636.3.40.1.4.1.1.1.2.0|4|PE3714110001", "2636.3.40.1.4.1.1.1.2.1|4|PE3714110002", "2636.3.40.1.4.1.1.1.3.0|2|2", "2636.3.40.1.4.1.1.1.3.1|2|1"}, "member 0 PE3714110001 standby; member 1 PE3714110002 master"},
		"VSF":            {"11.2.3.7.11.163", []string{"11.2.14.11.5.1.116.1.3.1.9.1|2|3", "11.2.14.11.5.1.116.1.3.1.9.2|2|4", "11.2.14.11.5.1.116.1.3.1.14.1|4|SG8A0001", "11.2.14.11.5.1.116.1.3.1.14.2|4|SG8A0002"}, "member 1 SG8A0001 master commander; member 2 SG8A0002 standby standby"},
		"EXOS VLANs":     {"1916.2.220", []string{"1916.1.2.1.2.1.2.1000004|4|Default", "1916.1.2.1.2.1.2.1000010|4|voice", "1916.1.2.1.2.1.10.1000004|2|1", "1916.1.2.1.2.1.10.1000010|2|210"}, "vlan 1 Default; vlan 210 voice"},
		"VRP VLANs":      {"2011.2.23.276", []string{"2011.5.25.42.3.1.1.1.1.2.1|4|VLAN 0001", "2011.5.25.42.3.1.1.1.1.2.20|4|guests"}, "vlan 1 VLAN 0001; vlan 20 guests"},
		"Eaton":          {"534.1", []string{"534.1.2.1.0|2|1800", "534.1.2.4.0|2|97", "534.1.3.4.1.2.1|2|231", "534.1.4.1.0|2|18", "534.1.4.5.0|2|3"}, "ups  normal 97 30 18[231]"},
		"UCD memory":     {"8072.3.2.10", []string{"2021.4.5.0|2|1000", "2021.4.6.0|2|400", "2021.11.11.0|2|93"}, "storage memory 1024000/614400; cpu CPU 7%"},
	} {
		var text strings.Builder
		text.WriteString("1.3.6.1.2.1.1.2.0|6|" + e(c.object) + "\n")
		for _, l := range c.lines {
			text.WriteString(e(l) + "\n")
		}
		rec, err := snmp.ReadRecording(strings.NewReader(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		var d seen.Device
		if err := device.System(t.Context(), rec, &d); err != nil {
			t.Fatal(err)
		}
		if err := device.Read(t.Context(), rec, &d, device.Options{Tables: Builtin().Tables()}); err != nil {
			t.Fatal(err)
		}
		if got := readings(d); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}
