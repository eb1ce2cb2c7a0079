//go:build !linux

package frame

import (
	"context"
	"errors"
)

// Listen hears announcements on Linux only.
func Listen(context.Context, string, func(Packet, *Neighbour, []Problem) error) error {
	return errors.New("listening on an interface is done on Linux only; read a capture instead")
}
