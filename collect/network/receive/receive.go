package receive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"steward/collect/fact"
	"steward/collect/network/snmp"
)

// receiver is one run.
type receiver struct {
	Config
	queue     chan item
	listeners []*listener
	closers   []func() error
	conns     chan struct{} // one for each open connection
	room      chan struct{} // one for each page of what is queued
	wait      sync.WaitGroup
	// Used by the goroutine that empties the queue alone.
	fold    *fold
	flows   *flows
	emit    fact.Emit
	emitted int
}

// item is one thing that came in.
type item struct {
	from     *listener
	peer     netip.Addr
	at       time.Time
	trap     *Trap
	message  *Message
	records  []record
	counters []Counters
	fault    *fault
	pages    int
}

// What is queued is counted in pages, so that long messages cannot fill the
// memory where short ones may wait. A connection holds the pages of one
// message at most while it waits for more; all together hold fewer than there
// are, so one of them always goes on.
const (
	page       = 4 << 10
	maxPages   = 32 << 20 / page
	recordSize = 256 // bytes, about
)

func (i *item) size() int {
	switch {
	case i.message != nil:
		n := len(i.message.Text)
		for _, e := range i.message.Data {
			n += 64 + len(e.ID)
			for _, p := range e.Params {
				n += 32 + len(p.Name) + len(p.Value)
			}
		}
		return n
	case i.trap != nil:
		n := 0
		for _, v := range i.trap.Variables {
			n += 64 + len(v.OID) + len(v.Value)
		}
		return n
	}
	return recordSize * (len(i.records) + len(i.counters))
}

// errEnough ends a run that has told as many facts as asked for.
var errEnough = errors.New("enough")

// Run listens until ctx ends, the time is over or there are enough facts. It
// returns nil then, after having told what was still held back and each
// listener's last counts.
func Run(ctx context.Context, c Config, emit fact.Emit) error {
	r := &receiver{Config: c.defaults(), emit: emit, flows: newFlows(maxFlows)}
	r.fold = newFold(r.Fold)
	r.queue = make(chan item, r.Queue)
	r.conns = make(chan struct{}, maxConnections)
	r.room = make(chan struct{}, maxPages)
	if r.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.For)
		defer cancel()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	err := r.listen(ctx)
	if err == nil {
		err = r.work(ctx)
	}
	stop()
	for _, c := range r.closers {
		_ = c()
	}
	r.wait.Wait()
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return r.finish(err)
}

func (r *receiver) listen(ctx context.Context) error {
	var traps *snmp.Notifications
	if r.Trap != "" {
		engine := r.Engine
		if engine == nil {
			// RFC 3411 SnmpEngineID: first bit, enterprise 0, then octets of own choice.
			engine = append([]byte{0x80, 0, 0, 0, 5}, make([]byte, 12)...)
			_, _ = rand.Read(engine[5:])
		}
		var err error
		if traps, err = snmp.NewNotifications(r.Credentials, engine, r.Now()); err != nil {
			return err
		}
	}
	if r.SyslogTLS != "" && r.TLS == nil {
		return errors.New("syslog over TLS needs a certificate and its key")
	}
	for _, l := range []struct {
		protocol, address string
		handle            func(*listener, netip.AddrPort, []byte, *net.UDPConn)
	}{
		{"snmp-trap", r.Trap, func(l *listener, from netip.AddrPort, b []byte, c *net.UDPConn) { r.trap(traps, l, from, b, c) }},
		{"syslog-udp", r.SyslogUDP, func(l *listener, from netip.AddrPort, b []byte, _ *net.UDPConn) {
			r.syslog(ctx, l, "udp", from.Addr(), b, false, false)
		}},
		{"netflow", r.NetFlow, r.netflow()},
		{"sflow", r.SFlow, r.sflow()},
	} {
		if l.address == "" {
			continue
		}
		if err := r.udp(ctx, l.protocol, l.address, l.handle); err != nil {
			return err
		}
	}
	for _, l := range []struct {
		protocol, transport, address string
	}{{"syslog-tcp", "tcp", r.SyslogTCP}, {"syslog-tls", "tls", r.SyslogTLS}} {
		if l.address == "" {
			continue
		}
		if err := r.tcp(ctx, l.protocol, l.transport, l.address); err != nil {
			return err
		}
	}
	if len(r.listeners) == 0 {
		return errors.New("there is nothing to listen to")
	}
	return nil
}

// push queues what came in without waiting: what has no room is dropped and counted.
func (r *receiver) push(i item) {
	drop := func() {
		r.release(i.pages)
		i.from.count(func(s *Status) { s.Dropped++ })
	}
	for range i.size()/page + 1 {
		select {
		case r.room <- struct{}{}:
			i.pages++
		default:
			drop()
			return
		}
	}
	select {
	case r.queue <- i:
	default:
		drop()
	}
}

// pushWaiting queues what came in as soon as there is room; it tells whether
// there was before the end.
func (r *receiver) pushWaiting(ctx context.Context, i item) bool {
	stopped := func() bool {
		r.release(i.pages)
		i.from.count(func(s *Status) { s.Dropped++ })
		return false
	}
	for range min(i.size()/page+1, maxPages/maxConnections) {
		select {
		case r.room <- struct{}{}:
			i.pages++
		case <-ctx.Done():
			return stopped()
		}
	}
	select {
	case r.queue <- i:
		return true
	case <-ctx.Done():
		return stopped()
	}
}

func (r *receiver) release(pages int) {
	for range pages {
		<-r.room
	}
}

// malformed counts input that cannot be read and tells it once for each sender and reason.
func (r *receiver) malformed(l *listener, peer netip.Addr, f *fault) {
	if l.malformed(peer.String(), f.reason) {
		r.push(item{from: l, peer: peer, at: r.Now(), fault: f})
	}
}

func (r *receiver) trap(traps *snmp.Notifications, l *listener, from netip.AddrPort, b []byte, c *net.UDPConn) {
	now := r.Now()
	note, answer, err := traps.Decode(b, now)
	if answer != nil {
		_, _ = c.WriteToUDPAddrPort(answer, from) // the sender asks again if it is lost
	}
	switch {
	case errors.Is(err, snmp.ErrRefused):
		r.malformed(l, from.Addr(), &fault{"refused", err.Error()})
	case err != nil:
		r.malformed(l, from.Addr(), &fault{"not a notification", err.Error()})
	case note != nil:
		l.count(func(s *Status) { s.Facts++ })
		t := trapFact(note, from.Addr())
		r.push(item{from: l, peer: from.Addr(), at: now, trap: &t})
	}
}

// syslog reads one message. Over a connection it waits for room in the queue,
// which makes the sender wait; it tells whether to go on.
func (r *receiver) syslog(ctx context.Context, l *listener, transport string, peer netip.Addr, b []byte, cut, wait bool) bool {
	now := r.Now()
	m, err := ParseSyslog(b, now, r.Zone)
	if err != nil {
		r.malformed(l, peer, &fault{"empty message", err.Error()})
		return true
	}
	m.Transport, m.From = transport, peer.String()
	if cut {
		m.remark("longer than %d bytes: cut", maxLine)
	}
	l.count(func(s *Status) { s.Facts++ })
	i := item{from: l, peer: peer, at: now, message: &m}
	if !wait {
		r.push(i)
		return true
	}
	return r.pushWaiting(ctx, i)
}

func (r *receiver) netflow() func(*listener, netip.AddrPort, []byte, *net.UDPConn) {
	decoder := NewNetFlow()
	return func(l *listener, from netip.AddrPort, b []byte, _ *net.UDPConn) {
		r.decoded(l, from.Addr(), decoder.decode(from.Addr(), b, r.Now()), nil)
	}
}

func (r *receiver) sflow() func(*listener, netip.AddrPort, []byte, *net.UDPConn) {
	decoder := NewSFlow()
	return func(l *listener, from netip.AddrPort, b []byte, _ *net.UDPConn) {
		d, counters := decoder.decode(from.Addr(), b)
		r.decoded(l, from.Addr(), d, counters)
	}
}

func (r *receiver) decoded(l *listener, peer netip.Addr, d decoded, counters []Counters) {
	l.count(func(s *Status) {
		s.Facts += uint64(len(d.records) + len(counters))
		s.Waiting += d.sets
		s.Lost += d.lost
	})
	for _, f := range d.faults {
		r.malformed(l, peer, f)
	}
	if len(d.records)+len(counters) > 0 {
		r.push(item{from: l, peer: peer, at: r.Now(), records: d.records, counters: counters})
	}
}

// work empties the queue until the end.
func (r *receiver) work(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	report := r.Now().Add(r.Report)
	for {
		select {
		case <-ctx.Done():
			return nil
		case i := <-r.queue:
			if err := r.tell(i); err != nil {
				return err
			}
		case <-tick.C:
			now := r.Now()
			if err := r.due(now, false); err != nil {
				return err
			}
			if !now.Before(report) {
				report = now.Add(r.Report)
				if err := r.report(now, false); err != nil {
					return err
				}
			}
		}
	}
}

// finish tells what is still queued or held back, and the last counts.
func (r *receiver) finish(err error) error {
	now := r.Now()
	for err == nil {
		select {
		case i := <-r.queue:
			err = r.tell(i)
			continue
		default:
		}
		break
	}
	if err == nil {
		err = r.due(now, true)
	}
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return r.report(now, true)
}

// out tells one fact and counts it towards Max.
func (r *receiver) out(kind string, from *listener, peer string, at time.Time, method string, data any) error {
	if err := r.emit(fact.Observation{Kind: kind, Target: peer, At: at.UTC(), Source: from.protocol + " " + from.address, Method: method, Data: data}); err != nil {
		return err
	}
	if r.emitted++; r.Max > 0 && r.emitted >= r.Max {
		return errEnough
	}
	return nil
}

func (r *receiver) tell(i item) error {
	r.release(i.pages)
	peer := i.peer.String()
	switch {
	case i.fault != nil:
		return r.out("malformed", i.from, peer, i.at, i.from.protocol, Malformed{peer, i.fault.reason, i.fault.detail})
	case i.trap != nil:
		return r.out("trap", i.from, peer, i.at, "snmp", *i.trap)
	case i.message != nil:
		now, before := r.fold.add(*i.message, i.at)
		for _, m := range before {
			if err := r.folded(m); err != nil {
				return err
			}
		}
		if !now {
			i.from.count(func(s *Status) { s.Folded++ })
			return nil
		}
		return r.out("syslog", i.from, peer, i.at, "syslog", *i.message)
	}
	for _, c := range i.counters {
		if err := r.out("counters", i.from, c.Agent, i.at, "sflow", c); err != nil {
			return err
		}
	}
	if len(i.records) > 0 {
		if err := r.minute(i.at); err != nil {
			return err
		}
		for _, one := range i.records {
			r.flows.add(i.peer, one)
		}
	}
	return nil
}

// minute tells the flows of the minute before at, when a new one has begun.
func (r *receiver) minute(at time.Time) error {
	m := at.UTC().Truncate(time.Minute)
	if m.After(r.flows.minute) {
		if err := r.takeFlows(); err != nil {
			return err
		}
		r.flows.minute = m
	}
	return nil
}

func (r *receiver) takeFlows() error {
	if len(r.flows.sums) == 0 && r.flows.folded == 0 {
		return nil
	}
	from := &listener{protocol: "flows"}
	for _, l := range r.listeners {
		if l.protocol == "netflow" || l.protocol == "sflow" {
			from = l
			break
		}
	}
	end := r.flows.minute.Add(time.Minute)
	for _, f := range r.flows.take(r.Top) {
		if err := r.out("flow", from, f.Exporter, end, "flow", f); err != nil {
			return err
		}
	}
	return nil
}

func (r *receiver) folded(m Message) error {
	from := &listener{protocol: "syslog-" + m.Transport}
	for _, l := range r.listeners {
		if l.protocol == from.protocol {
			from = l
		}
	}
	return r.out("syslog", from, m.From, m.Last, "syslog", m)
}

// due tells folded messages and the minute's flows whose time is over.
func (r *receiver) due(now time.Time, all bool) error {
	for _, m := range r.fold.due(now, all) {
		if err := r.folded(m); err != nil {
			return err
		}
	}
	if all {
		return r.takeFlows()
	}
	return r.minute(now)
}

func (r *receiver) report(now time.Time, final bool) error {
	for _, l := range r.listeners {
		s := l.snapshot(final)
		if err := r.emit(fact.Observation{Kind: "receiver", Target: l.address, At: now.UTC(), Source: l.protocol, Method: "count", Data: s}); err != nil {
			return err
		}
	}
	return nil
}

// Said is a status in one line for a person, or nothing where nothing was lost.
func (s Status) Said() string {
	line := ""
	for _, c := range []struct {
		n    uint64
		what string
	}{{s.Dropped, "dropped, the queue was full"}, {s.Missed, "dropped by the operating system"}, {s.Lost, "lost on the way"}, {s.Waiting, "sets without a template"},
		{s.Malformed, "malformed"}, {s.Refused, "connections refused"}} {
		if c.n == 0 {
			continue
		}
		if line != "" {
			line += "; "
		}
		line += thousands(c.n) + " " + c.what
	}
	if line == "" {
		return ""
	}
	return fmt.Sprintf("%s %s: %s", s.Protocol, s.Address, line)
}

func thousands(n uint64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
