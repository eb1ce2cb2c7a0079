package network

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"steward/collect/fact"
	"steward/collect/network/device"
	"steward/collect/network/identify"
	"steward/collect/network/seen"
	"steward/collect/network/snmp"
)

// FromRecording reads a recorded walk (snmprec or snmpwalk) as if it were the
// device. The device's key is the file's name.
func FromRecording(ctx context.Context, path string, rules *identify.Rules, o device.Options) (seen.Device, error) {
	f, err := os.Open(path)
	if err != nil {
		return seen.Device{}, err
	}
	defer f.Close()
	rec, err := snmp.ReadRecording(f)
	if err != nil {
		return seen.Device{}, fmt.Errorf("%s: %w", path, err)
	}
	d := seen.Device{Key: strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))}
	if rec.Lines > 0 {
		d.Gaps = append(d.Gaps, fact.Gap{What: fmt.Sprintf("%d lines of the recording", rec.Lines), Why: strings.Join(rec.Unread[:min(3, len(rec.Unread))], "; ")})
	}
	return d, Describe(ctx, rec, &d, rules, o)
}

// Describe reads a whole device from src and identifies it.
func Describe(ctx context.Context, src snmp.Source, d *seen.Device, rules *identify.Rules, o device.Options) error {
	if err := device.System(ctx, src, d); err != nil {
		return err
	}
	if o.Tables == nil {
		o.Tables = rules.Tables()
	}
	err := device.Read(ctx, src, d, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e := rules.Identify(ctx, src, d); e != nil {
		return e
	}
	return err
}
