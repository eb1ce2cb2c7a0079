package frame

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// groups are the addresses announcements are sent to: nearest bridge, nearest
// bridge that is no two-port relay, nearest customer bridge; Cisco's.
var groups = [][6]byte{{0x01, 0x80, 0xC2, 0, 0, 0x0E}, {0x01, 0x80, 0xC2, 0, 0, 0x03}, {0x01, 0x80, 0xC2, 0, 0, 0x00}, {0x01, 0x00, 0x0C, 0xCC, 0xCC, 0xCC}}

// packet_mreq of packet(7).
type packetMreq struct {
	index   int32
	kind    uint16
	size    uint16
	address [8]byte
}

// Listen hears the announcements that arrive at an interface until ctx ends,
// and calls got for each frame that is one, or would be if it were not
// malformed. It needs the right to open packet sockets (CAP_NET_RAW); without
// it the error is a Right.
func Listen(ctx context.Context, name string, got func(Packet, *Neighbour, []Problem) error) error {
	card, err := net.InterfaceByName(name)
	if err != nil {
		return fmt.Errorf("interface %s: %w", name, err)
	}
	var socks []int
	defer func() {
		for _, fd := range socks {
			syscall.Close(fd)
		}
	}()
	// A socket for each protocol sees only frames that arrive, and no other traffic.
	for _, protocol := range []uint16{etherLLDP, cookedLLC} {
		fd, err := openPacket(protocol, card.Index)
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
			return Right{name}
		}
		if err != nil {
			return fmt.Errorf("interface %s: %w", name, err)
		}
		socks = append(socks, fd)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var mu sync.Mutex
	number := 0
	problems := make(chan error, len(socks))
	for _, fd := range socks {
		go func() {
			b := make([]byte, maxKept)
			for ctx.Err() == nil {
				n, _, err := syscall.Recvfrom(fd, b, syscall.MSG_TRUNC)
				switch {
				case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
					continue
				case err != nil:
					problems <- fmt.Errorf("interface %s: %w", name, err)
					return
				}
				mu.Lock()
				number++
				p := Packet{Number: number, At: time.Now().UTC(), Link: Ethernet, Data: b[:min(n, len(b))], Original: int64(n), Interface: name}
				neighbour, faults := Decode(p.Link, p.Data, p.Cut())
				if neighbour == nil && len(faults) == 0 {
					number--
				} else {
					for i := range faults {
						faults[i].Frame, faults[i].At = p.Number, p.At
					}
					err = got(p, neighbour, faults)
				}
				mu.Unlock()
				if err != nil {
					problems <- err
					return
				}
			}
			problems <- nil
		}()
	}
	var first error
	for range socks {
		if err := <-problems; err != nil && first == nil {
			first = err
			stop() // the other one ends as well
		}
	}
	return first
}

func openPacket(protocol uint16, index int) (int, error) {
	wire := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, protocol))
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, int(wire))
	if err != nil {
		return 0, err
	}
	fail := func(err error) (int, error) {
		syscall.Close(fd)
		return 0, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: wire, Ifindex: index}); err != nil {
		return fail(err)
	}
	// So that the end is noticed without a frame.
	if err := syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &syscall.Timeval{Usec: 200_000}); err != nil {
		return fail(err)
	}
	for _, g := range groups {
		m := packetMreq{index: int32(index), size: 6}
		copy(m.address[:], g[:])
		if _, _, errno := syscall.Syscall6(syscall.SYS_SETSOCKOPT, uintptr(fd), syscall.SOL_PACKET, syscall.PACKET_ADD_MEMBERSHIP, uintptr(unsafe.Pointer(&m)), unsafe.Sizeof(m), 0); errno != 0 {
			return fail(errno)
		}
	}
	return fd, nil
}
