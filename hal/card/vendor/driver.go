package vendor

import (
	"fmt"
	"strconv"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/hal"
	"wattkiosk/hal/card"
)

// Waits and bounds of the driver.
const (
	// StatusEvery is the pause between looks at where the card is.
	StatusEvery = 500 * time.Millisecond
	// Grace is what the driver waits beyond a call's deadline: the child ends
	// itself at the deadline, and its Host kills it after it.
	Grace = 2 * time.Second
	// StartTime is how long a child may take to load its library.
	StartTime = 15 * time.Second
	// QueueLength bounds the commands that wait.
	QueueLength = 16
)

// Driver is a card.Engine over a child that Host starts.
type Driver struct {
	abi    ABI
	queue  []card.Command
	active *active
	nextID uint32
	ready  bool
	status card.Status
	told   bool // a status was reported
	lookAt time.Time
	lostAt time.Time // when a child that was not heard counts as silent
	rx     []byte
	now    time.Time
	out    []card.Event

	gone error // the child has ended, or does not start; nil: not since the last Advance

	gate card.Op // Accept or Refuse, as it was last wanted; 0 for neither
	tell bool    // a new child is told first
}

// active is the call under way; cmd.Op is 0 for a look at the status.
type active struct {
	id  uint32
	cmd card.Command
	own bool // the driver's own: nobody hears of it
	by  time.Time
}

var (
	_ card.Engine  = (*Driver)(nil)
	_ card.Worker  = (*Driver)(nil)
	_ hal.Reopener = (*Driver)(nil)

	_ hal.Unplugger = (*Driver)(nil)
)

// New makes the driver of a described library.
func New(a ABI) *Driver { return &Driver{abi: a} }

// Do queues a command.
func (d *Driver) Do(now time.Time, c card.Command) error {
	d.now = now
	switch {
	case c.Op < card.Accept || c.Op > card.Work,
		c.Op == card.Transmit && (len(c.Data) < 4 || len(c.Data) > card.MaxAPDU),
		c.Op == card.Read && (c.Length < 1 || c.Length > card.MaxMemory),
		len(c.Data) > card.MaxMemory, c.Address < 0:
		return fmt.Errorf("%w: %v", card.ErrArgument, c.Op)
	case len(d.queue) >= QueueLength:
		return hal.ErrBusy
	}
	if err := checkFields(c.Fields); err != nil {
		return err
	}
	if c.Op == card.Accept || c.Op == card.Refuse {
		d.gate = c.Op
	}
	d.queue = append(d.queue, c)
	return nil
}

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time {
	switch {
	case d.gone != nil, len(d.queue) > 0 && d.active == nil && d.ready:
		return d.now
	case d.active != nil:
		return d.active.by
	case d.ready:
		return d.lookAt
	case d.lostAt.IsZero(): // before the first Advance
		return hal.AtOnce()
	}
	return d.lostAt
}

// Advance implements hal.Engine.
func (d *Driver) Advance(now time.Time, rx []byte) ([]byte, []card.Event) {
	d.now, d.out = now, nil
	if d.lostAt.IsZero() {
		d.lostAt = now.Add(StartTime)
	}

	d.rx = append(d.rx, rx...)
	for {
		var r Response
		rest, ok, err := CutFrame(d.rx, &r)
		d.rx = rest
		if err != nil {
			d.rx = nil
			d.lost(card.ErrLine)
			break
		}
		if !ok {
			break
		}
		d.hear(r)
	}

	if d.gone != nil {
		d.lost(d.gone)
		d.gone = nil
	}
	if d.active != nil && !now.Before(d.active.by) {
		d.lost(card.ErrSilent)
	}
	if !d.ready && !now.Before(d.lostAt) {
		d.lost(card.ErrSilent)
	}
	return d.send(), d.out
}

// Opened implements hal.Reopener: half a frame of a child that died is not continued by
// the next one.
func (d *Driver) Opened(now time.Time) { d.now, d.rx = now, nil }

// Unplugged implements hal.Unplugger: with its child a library takes everything that it was
// asked. What it is asked from now on waits for the next one.
func (d *Driver) Unplugged(now time.Time, why error) {
	d.now, d.gone = now, fmt.Errorf("%w: %w", card.ErrSilent, why)
}

// hear takes one response.
func (d *Driver) hear(r Response) {
	switch {
	case r.Ready: // a new child: what the last one was asked is not known
		d.fail(card.Unknown, card.ErrSilent)
		d.ready, d.lookAt = true, d.now
		d.tell = d.abi.has(card.Command{Op: d.gate})
		d.report(card.Status{State: hal.DeviceStarting})
	case r.Fatal != "":
		d.lost(fmt.Errorf("%w: %s", card.ErrDevice, child.Printable(r.Fatal)))
	case d.active == nil || r.ID != d.active.id:
	case r.Late:
		d.lost(card.ErrSilent)
	default:
		a := d.active
		d.active = nil
		if a.cmd.Op == 0 {
			d.look(r)
			return
		}
		d.lookAt = d.now
		if !a.own {
			d.outcome(a.cmd, r)
		}
	}
}

// lost ends the call under way; the child is gone, or will be.
func (d *Driver) lost(err error) {
	d.fail(card.Unknown, err)
	d.ready, d.lostAt = false, d.now.Add(StartTime)
	for _, c := range d.queue {
		d.out = append(d.out, card.Event{Kind: card.NotDone, ID: c.ID, Err: err})
	}
	d.queue = nil
	d.report(card.Status{State: hal.DeviceOffline, Detail: err.Error()})
}

// fail ends the command under way, if any. One that cannot change a card was not
// done.
func (d *Driver) fail(k card.Kind, err error) {
	a := d.active
	d.active = nil
	if a == nil || a.cmd.Op == 0 || a.own {
		return
	}
	if !a.cmd.Op.Changes() && a.cmd.Op != card.Eject && a.cmd.Op != card.Capture {
		k = card.NotDone
	}
	d.out = append(d.out, card.Event{Kind: k, ID: a.cmd.ID, Err: err})
}

func (d *Driver) report(s card.Status) {
	if d.told && s == d.status {
		return
	}
	d.status, d.told = s, true
	d.out = append(d.out, card.Event{Kind: card.StatusChanged, Status: s})
}

// look takes the answer to a status call.
func (d *Driver) look(r Response) {
	d.lookAt = d.now.Add(StatusEvery)
	call := d.abi.Op[OpStatus]
	if !call.Succeeded(r.Code) {
		_, err := d.abi.fault(r.Code)
		d.report(card.Status{State: hal.DeviceFault, Detail: err.Error()})
		return
	}

	m, ok := mediaOf(call.Media[strconv.Itoa(int(r.Value))])
	if !ok {
		m = card.MediaUnknown
	}

	s := card.Status{State: hal.DeviceOnline, Media: m}
	if m == card.Jammed {
		s.State = hal.DeviceFault
	}
	d.report(s)
}

// outcome turns the answer to a command into its event.
func (d *Driver) outcome(c card.Command, r Response) {
	if c.Op == card.Work {
		d.out = append(d.out, d.worked(c, r))
		return
	}
	e := card.Event{Kind: card.Done, ID: c.ID, Data: r.Data}
	call := d.abi.Op[c.Op.String()]
	switch {
	case !call.Succeeded(r.Code):
		e.Data = nil
		var unknown bool
		unknown, e.Err = d.abi.fault(r.Code)
		e.Kind = card.NotDone
		if unknown && c.Op.Changes() {
			e.Kind = card.Unknown
		}
	case c.Op == card.Tries:
		e.Data = card.Secret{byte(r.Value)}
	case c.Op == card.ReadTracks:
		for i, t := range r.Tracks {
			e.Tracks[i] = t
		}
	}

	d.out = append(d.out, e)
}

// Succeeded reports whether a code says that the call did what it is for.
func (c Call) Succeeded(code int32) bool {
	if c.Returns == "length" {
		return code >= 0
	}
	if len(c.OK) == 0 {
		return code == 0
	}
	for _, k := range c.OK {
		if k == code {
			return true
		}
	}
	return false
}

// fault is what a code means; a code that is not listed may mean anything.
func (a ABI) fault(code int32) (unknown bool, err error) {
	f, ok := a.Error[strconv.Itoa(int(code))]
	if !ok {
		return true, fmt.Errorf("%w: code %d of the library", card.ErrDevice, code)
	}
	return f.Unknown, fmt.Errorf("%w: code %d: %s", errorNames[f.Is], code, f.Text)
}

// send begins the next call.
func (d *Driver) send() []byte {
	if d.ready && d.active == nil && d.tell {
		d.tell = false
		tx := d.call(card.Command{Op: d.gate}, d.gate.String())
		d.active.own = true
		return tx
	}
	for d.ready && d.active == nil {
		if len(d.queue) == 0 {
			if d.now.Before(d.lookAt) {
				return nil
			}
			return d.call(card.Command{}, OpStatus)
		}
		c := d.queue[0]
		d.queue = d.queue[1:]
		if d.abi.has(c) {
			return d.call(c, c.Op.String())
		}
		e := card.Event{Kind: card.NotDone, ID: c.ID, Err: card.ErrUnsupported}
		if c.Op == card.Accept || c.Op == card.Refuse || c.Op == card.PowerOff {
			e = card.Event{Kind: card.Done, ID: c.ID}
		}
		d.out = append(d.out, e)
	}

	return nil
}

// has reports whether the library has what a command asks for.
func (a ABI) has(c card.Command) bool {
	if c.Op == card.Work {
		return len(a.Work[c.Name]) > 0
	}
	_, ok := a.Op[c.Op.String()]
	return ok
}

func (d *Driver) call(c card.Command, op string) []byte {
	d.nextID++
	d.active = &active{id: d.nextID, cmd: c, by: d.now.Add(d.abi.limit(op, c.Name) + Grace)}
	q := Request{
		ID: d.nextID, Op: op, Data: c.Data, Address: c.Address, Length: c.Length, Area: int(c.Area), Chip: int(c.Chip),
		Name: c.Name, Fields: map[string][]byte{},
	}
	for name, b := range c.Fields {
		q.Fields[name] = b
	}
	tx, err := AppendFrame(nil, q)
	if err != nil {
		panic("vendor: bounded request does not encode") // without the cause: it could quote card data
	}
	return tx
}
