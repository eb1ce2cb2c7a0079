package device

import (
	"context"
	"encoding/hex"

	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// System reads the system group, which every agent has, and who answers. It is
// the first question to a device, so an error says that nothing can be read.
func System(ctx context.Context, src snmp.Source, d *seen.Device) error {
	ids := []snmp.OID{}
	for _, n := range []uint32{1, 2, 3, 4, 5, 6, 7} {
		ids = append(ids, snmp.OID{1, 3, 6, 1, 2, 1, 1, n, 0})
	}
	got, err := src.Get(ctx, ids...)
	if err != nil {
		return err
	}
	v := func(n int) snmp.Value { return got[n-1].Value }
	d.SysDescr, d.SysObjectID, d.Contact, d.SysName, d.Location = v(1).Text(), v(2).Text(), v(4).Text(), v(5).Text(), v(6).Text()
	if d.SysObjectID == "0.0" {
		d.SysObjectID = ""
	}
	if n, ok := v(7).Int(); ok {
		d.Services = int(n)
	}
	if t, ok := v(3).Uint(); ok {
		d.Uptime = new(float64(t) / 100)
	}
	// The engine's clock does not wrap after 497 days as sysUpTime does.
	more, err := src.Get(ctx, snmp.MustOID("1.3.6.1.6.3.10.2.1.1.0"), snmp.MustOID("1.3.6.1.6.3.10.2.1.2.0"), snmp.MustOID("1.3.6.1.6.3.10.2.1.3.0"),
		snmp.MustOID("1.3.6.1.6.3.10.2.1.4.0"), snmp.MustOID("1.3.6.1.2.1.25.1.1.0"))
	if err != nil {
		return ctx.Err() // an agent that has none of it may fail at it
	}
	if id := more[0].Value; id.Kind == snmp.OctetString && len(id.Bytes) >= 5 {
		e := &seen.Engine{ID: hex.EncodeToString(id.Bytes)}
		e.Boots, _ = more[1].Value.Int()
		e.Time, _ = more[2].Value.Int()
		e.Packet, _ = more[3].Value.Int()
		d.Engine = e
	}
	if t, ok := more[4].Value.Uint(); ok && !more[4].Value.Missing() && (d.Uptime == nil || float64(t)/100 > *d.Uptime) {
		d.Uptime = new(float64(t) / 100)
	}
	return nil
}
