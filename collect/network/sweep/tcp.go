package sweep

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"syscall"
	"time"

	"steward/collect/fact"
)

// tcp connects to the ports of every address and closes at once. A refusal
// shows as well that somebody is there. An address that did not answer ICMP is
// asked all the same.
func (r *run) tcp(ctx context.Context) error {
	if len(r.o.Ports) == 0 {
		return errors.New("the tcp method needs ports")
	}
	for _, p := range r.o.Ports {
		if p < 1 || p > 65535 {
			return fmt.Errorf("port %d is not from 1 to 65535", p)
		}
	}
	type job struct{ i, port int }
	jobs := make(chan job)
	var workers sync.WaitGroup
	var once sync.Once
	var few error // too few file descriptors
	inner, stop := context.WithCancel(ctx)
	defer stop()
	for range min(r.o.Parallel, r.t.Len()*len(r.o.Ports)) {
		workers.Go(func() {
			for j := range jobs {
				if err := r.connect(inner, j.i, j.port); err != nil {
					once.Do(func() { few = err; stop() })
				}
			}
		})
	}
	total := r.t.Len() * len(r.o.Ports)
	begun := time.Now()
	err := func() error {
		defer workers.Wait()
		defer close(jobs)
		for n := r.at.Next; n < total; n++ {
			// all addresses for a port, then the next port: no host is asked twice in a row
			j := job{n % r.t.Len(), r.o.Ports[n/r.t.Len()]}
			if err := r.limit.Wait(inner, 1); err != nil {
				return err
			}
			select {
			case jobs <- j:
			case <-inner.Done():
				return inner.Err()
			}
			r.probes++
			r.at.Next = n + 1 - min(r.o.Parallel, n+1) // those under way are asked again after a stop
			if err := r.show("tcp", 0, n+1, total); err != nil {
				return err
			}
		}
		return nil
	}()
	r.sending += time.Since(begun)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if few != nil {
		r.gap(fact.Gap{What: "TCP ports", Why: few.Error(), Needs: "more open files (ulimit -n), or fewer connections at once"})
		return nil
	}
	return err
}

func (r *run) connect(ctx context.Context, i, port int) error {
	a := r.t.At(i)
	d := net.Dialer{Timeout: r.o.Timeout, KeepAlive: -1}
	begun := time.Now()
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(port)))
	took := time.Since(begun)
	switch {
	case err == nil:
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // leaves nothing behind on either side
		}
		c.Close()
		r.port(i, port, true, took)
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		r.port(i, port, false, took)
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return err
	}
	return nil
}

func (r *run) port(i, port int, open bool, took time.Duration) {
	r.heard(i, byTCP, took)
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.closed
	if open {
		list = r.open
	}
	for _, p := range list[i] {
		if p == port {
			return
		}
	}
	list[i] = append(list[i], port)
}
