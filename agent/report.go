package agent

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"steward/collect/agentproto"
	"steward/collect/fact"
)

// report collects, queues what it found, and sends what waits. Sections that
// the server will have, once the queue has arrived, are sent as hashes only.
func (a *agent) report(ctx context.Context) error {
	used := processorTime()
	defer func() { a.spent = processorTime() - used }()
	inv, err := a.Collect(ctx)
	if err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	base, err := a.baseline()
	if err != nil {
		return err
	}
	if err := a.queue(inv, base, nil); err != nil {
		return err
	}
	a.renew(ctx)
	want, err := a.send(ctx)
	if err != nil {
		return err
	}
	if len(want) == 0 {
		return nil
	}
	// The server has lost, or never had, what the hashes name.
	a.Log.Info("the server asks for sections in full", "sections", want)
	if err := a.queue(inv, a.store.Hashes, want); err != nil {
		return err
	}
	want, err = a.send(ctx)
	if err == nil && len(want) > 0 {
		err = fmt.Errorf("the server asks again for sections it was sent: %v", want)
	}
	return err
}

// baseline is what the server has once it has the queue.
func (a *agent) baseline() (map[string]string, error) {
	names := a.store.queued()
	if len(names) == 0 {
		return a.store.Hashes, nil
	}
	wire, err := a.store.load(names[len(names)-1])
	if err != nil {
		return nil, err
	}
	last, err := agentproto.DecodeReport(wire, "gzip")
	if err != nil { // damaged on disk: send everything
		return nil, nil
	}
	return last.Hashes, nil
}

// queue makes a report of the inventory against what the server has, with the
// sections in want always in full, and puts it at the end of the queue. A
// report without news does not wait in the queue beside others: the newest
// already says the same, only its moment is older.
func (a *agent) queue(inv fact.Inventory, have map[string]string, want []string) error {
	hashes, err := inv.Hashes()
	if err != nil {
		return err
	}
	var same []string
	for s, h := range hashes {
		if have[s] == h && !slices.Contains(want, s) {
			same = append(same, s)
		}
	}
	waiting := a.store.queued()
	if len(same) == len(hashes) && len(hashes) > 0 && len(waiting) > 1 {
		// Keep the first and replace the last "nothing changed".
		last, err := a.store.load(waiting[len(waiting)-1])
		if err == nil {
			if r, err := agentproto.DecodeReport(last, "gzip"); err == nil && len(r.Inventory.Present()) == 0 {
				if err := a.store.remove(waiting[len(waiting)-1]); err != nil {
					return err
				}
			}
		}
	}
	id := make([]byte, 16)
	rand.Read(id)
	a.store.Sequence++
	if err := a.store.remember(); err != nil {
		return err
	}
	wire, err := agentproto.Encode(agentproto.Report{
		ID: hex.EncodeToString(id), Sequence: a.store.Sequence, Version: a.Version, Inventory: inv.Without(same...), Hashes: hashes,
		Queued: 0, Dropped: a.store.Dropped, Held: a.held,
	})
	if err != nil {
		return err
	}
	if len(wire) > agentproto.MaxWire {
		return fmt.Errorf("the report has %d MB, more than the server takes", len(wire)>>20)
	}
	a.held = nil
	return a.store.enqueue(wire, a.store.Sequence, a.Clock())
}

// send delivers the queue, oldest first, and returns the sections that the
// server wants in full after the last one. A report that the server will never
// take is given up, so that it does not stand in the way of the next.
func (a *agent) send(ctx context.Context) (want []string, err error) {
	if err := a.store.trim(a.Clock()); err != nil {
		return nil, err
	}
	for _, name := range a.store.queued() {
		wire, err := a.store.load(name)
		if err != nil {
			return nil, err
		}
		var answer agentproto.Answer
		err = a.client.post(ctx, agentproto.InventoryPath, wire, "gzip", true, &answer)
		var refused *refusal
		if errors.As(err, &refused) && (refused.Status == 413 || refused.Status == 422 || refused.Status == 400 && refused.Code == agentproto.CodeInvalid) {
			a.Log.Error("the server will not take a report; it is given up", "error", err)
			a.store.Dropped++
			a.store.Hashes = nil // what it brought is missing now
			if err := errors.Join(a.store.remember(), a.store.remove(name)); err != nil {
				return nil, err
			}
			return nil, refused
		}
		if err != nil {
			return nil, err
		}
		if !answer.Accepted {
			return nil, fmt.Errorf("the server did not accept the report: %s", answer.Message)
		}
		if err := a.delivered(wire, answer); err != nil {
			return nil, err
		}
		if err := a.store.remove(name); err != nil {
			return nil, err
		}
		want = answer.Want
		if answer.Message != "" && answer.Message != a.said {
			a.said = answer.Message
			a.Log.Info("the server says", "message", answer.Message)
		}
		if d := time.Duration(answer.Interval) * time.Second; d >= time.Minute && d <= 24*time.Hour && d != a.Interval {
			a.Log.Info("the server sets the interval", "interval", d)
			a.Interval = d
		}
	}
	return want, nil
}

// delivered remembers what the server has now.
func (a *agent) delivered(wire []byte, answer agentproto.Answer) error {
	r, err := agentproto.DecodeReport(wire, "gzip")
	if err != nil {
		return err
	}
	a.store.Hashes = r.Hashes
	for _, s := range answer.Want {
		delete(a.store.Hashes, s)
	}
	a.store.Dropped = max(0, a.store.Dropped-r.Dropped)
	a.state.Accepted = a.Clock().UTC().Truncate(time.Second)
	a.state.Sections = len(r.Inventory.Present())
	return a.store.remember()
}
