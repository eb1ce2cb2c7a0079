package table

import (
	"context"
	"errors"
	"io"
	"sync"
)

// feed reads blocks ahead in a goroutine of its own, a few at most.
type feed struct {
	full   chan fed
	empty  chan *block
	cancel context.CancelFunc
	done   sync.WaitGroup
	last   *block
	err    error
}

type fed struct {
	b   *block
	err error
}

const ahead = 3

func startFeed(s cellSource) *feed {
	ctx, cancel := context.WithCancel(context.Background())
	f := &feed{full: make(chan fed, ahead), empty: make(chan *block, ahead), cancel: cancel}
	for range ahead {
		f.empty <- &block{}
	}
	f.done.Go(func() {
		defer close(f.full)
		for {
			select {
			case b := <-f.empty:
				err := s.next(ctx, b)
				select {
				case f.full <- fed{b, err}:
				case <-ctx.Done():
					return
				}
				if err != nil {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	})
	return f
}

// next returns the next block, which stays valid until the call after. With
// io.EOF it may come with a last block.
func (f *feed) next(ctx context.Context) (*block, error) {
	if f.last != nil {
		f.recycle(f.last)
	}
	if f.err != nil {
		return nil, f.err
	}
	select {
	case got, ok := <-f.full:
		if !ok {
			return nil, io.EOF
		}
		f.last, f.err = got.b, got.err
		if got.err != nil && !errors.Is(got.err, io.EOF) {
			return nil, got.err
		}
		return got.b, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// recycle gives a block back before the next is asked for.
func (f *feed) recycle(b *block) {
	if b != nil && b == f.last {
		f.last = nil
		f.empty <- b
	}
}

func (f *feed) stop() {
	f.cancel()
	f.done.Wait()
}
