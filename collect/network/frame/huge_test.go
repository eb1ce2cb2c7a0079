package frame

import (
	"encoding/binary"
	"io"
	"runtime"
	"testing"
)

// endless makes a capture as it is read: frames of which no two announcements
// are the same, each as long as a frame can be, between frames of other kinds.
type endless struct {
	frames, at int
	rest       []byte
	other      []byte
}

func (e *endless) Read(b []byte) (int, error) {
	for len(e.rest) == 0 {
		if e.at == e.frames {
			return 0, io.EOF
		}
		e.at++
		frame := e.other
		if e.at%3 == 0 {
			id := binary.BigEndian.AppendUint32([]byte{4, 0x02, 0x1b}, uint32(e.at))
			note := make([]byte, 250)
			for i := range note {
				note[i] = byte('a' + (e.at+i)%26)
			}
			frame = lldpFrame(tlv(1, id...), tlv(2, 7, 'x'), tlv(3, 0, 120), tlv(4, note...), tlv(5, note...), tlv(6, note...), org(0x123456, 1, note...), org(0x123456, 2, note...), tlv(0))
		}
		e.rest = binary.LittleEndian.AppendUint32(make([]byte, 8, 16+len(frame)), uint32(len(frame)))
		e.rest = binary.LittleEndian.AppendUint32(e.rest, uint32(len(frame)))
		e.rest = append(e.rest, frame...)
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestAHugeCaptureTakesBoundedMemory(t *testing.T) {
	in := &endless{frames: 120_000, rest: capture(Ethernet, false, binary.LittleEndian), other: make([]byte, 1500)}
	in.other[12], in.other[13] = 8, 0
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	heard, sum, err := Read(t.Context(), in, func(Problem) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapAlloc-before.HeapAlloc) >> 20
	t.Logf("%d frames, %d announcements, %d MiB held", sum.Frames, len(heard), grown)
	if sum.Frames != in.frames || grown > 128 || sum.Folded == 0 {
		t.Errorf("%d frames; %d MiB held for %d announcements", sum.Frames, grown, len(heard))
	}
	runtime.KeepAlive(heard)
}
