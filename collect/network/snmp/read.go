package snmp

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Source is what can be read like an agent: a Client or a Recording.
type Source interface {
	// Get reads values; one that is not there comes back Missing.
	Get(ctx context.Context, oids ...OID) ([]Binding, error)
	// Next reads what follows o, in order, as many as come at once; none
	// means that nothing follows.
	Next(ctx context.Context, o OID) ([]Binding, error)
}

// statuses of a response: RFC 3416 3.
const (
	statusTooBig        = 1
	statusNoSuchName    = 2
	statusGeneral       = 5
	statusNoAccess      = 6
	statusAuthorization = 16
)

func statusError(n int64) error {
	switch n {
	case statusNoAccess, statusAuthorization:
		return ErrAccess
	case statusTooBig:
		return errors.New("the agent's answer would be too big for it")
	case statusGeneral:
		return errGeneral
	}
	return fmt.Errorf("the agent answers with error %d", n)
}

// errGeneral is genErr: the agent failed at a value of its own.
var errGeneral = errors.New("the agent failed at this value (genErr)")

// Get reads values. Too many for one answer are asked for in parts.
func (c *Client) Get(ctx context.Context, oids ...OID) ([]Binding, error) {
	if len(oids) == 0 {
		return nil, nil
	}
	p := &pdu{kind: getRequest, bindings: make([]Binding, len(oids))}
	for i, o := range oids {
		p.bindings[i].OID = o
	}
	a, err := c.ask(ctx, p)
	if err != nil {
		return nil, err
	}
	switch {
	case a.status == 0:
		return answersTo(oids, a.bindings), nil
	case len(oids) == 1 && (a.status == statusNoSuchName || a.status == statusGeneral || a.status == statusTooBig):
		return []Binding{{OID: oids[0], Value: Value{Kind: NoSuchObject}}}, nil
	case a.status == statusNoSuchName && a.index >= 1 && int(a.index) <= len(oids):
		bad := int(a.index) - 1
		rest, err := c.Get(ctx, slices.Delete(slices.Clone(oids), bad, bad+1)...)
		if err != nil {
			return nil, err
		}
		return slices.Insert(rest, bad, Binding{OID: oids[bad], Value: Value{Kind: NoSuchObject}}), nil
	case len(oids) > 1 && (a.status == statusTooBig || a.status == statusGeneral || a.status == statusNoSuchName):
		half := len(oids) / 2
		left, err := c.Get(ctx, oids[:half]...)
		if err != nil {
			return nil, err
		}
		right, err := c.Get(ctx, oids[half:]...)
		return append(left, right...), err
	}
	return nil, statusError(a.status)
}

// answersTo puts answers in the order of the questions: some agents leave out,
// repeat or reorder.
func answersTo(oids []OID, got []Binding) []Binding {
	out := make([]Binding, len(oids))
	for i, o := range oids {
		out[i] = Binding{OID: o, Value: Value{Kind: NoSuchObject}}
		if i < len(got) && got[i].OID.Compare(o) == 0 {
			out[i] = got[i]
			continue
		}
		for _, b := range got {
			if b.OID.Compare(o) == 0 {
				out[i] = b
			}
		}
	}
	return out
}

// Next reads what follows o: by GETBULK as many rows as the agent manages, by
// GETNEXT one.
func (c *Client) Next(ctx context.Context, o OID) ([]Binding, error) {
	for !c.noBulk {
		a, err := c.ask(ctx, &pdu{kind: getBulkRequest, index: int64(c.reps), bindings: []Binding{{OID: o}}})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, ErrNoAnswer) && (c.heard || c.o.Credential.Version == 2):
			// too much for it or for the way, or an agent without GETBULK
			if c.reps > 1 {
				c.reps = max(1, c.reps/4)
				c.topReps = c.reps
				if b, err := c.single(ctx, o); err == nil {
					return b, nil
				}
				return nil, err
			}
			c.noBulk = true
		case err != nil:
			return nil, err
		case a.status == statusTooBig && c.reps > 1:
			c.reps /= 2
			c.topReps = c.reps
		case a.status == statusNoSuchName:
			return nil, nil
		case a.status != 0:
			// an agent that fails at one row fails the whole answer: go by one
			return c.single(ctx, o)
		default:
			got := len(a.bindings)
			if got == 0 {
				return c.single(ctx, o)
			}
			if got >= c.reps && c.reps < c.topReps {
				c.reps = min(2*c.reps, c.topReps)
			} else if got < c.reps && a.bindings[got-1].Value.Kind != EndOfView {
				c.reps = got + got/4 + 1 // more does not fit into its answers
			}
			return following(a.bindings), nil
		}
	}
	return c.single(ctx, o)
}

// single reads the one binding that follows o.
func (c *Client) single(ctx context.Context, o OID) ([]Binding, error) {
	a, err := c.ask(ctx, &pdu{kind: getNextRequest, bindings: []Binding{{OID: o}}})
	switch {
	case err != nil:
		return nil, err
	case a.status == statusNoSuchName:
		return nil, nil
	case a.status != 0:
		return nil, statusError(a.status)
	}
	return following(a.bindings), nil
}

// following cuts off the end of the view.
func following(list []Binding) []Binding {
	for i, b := range list {
		if b.Value.Kind == EndOfView {
			return list[:i]
		}
	}
	return list
}
