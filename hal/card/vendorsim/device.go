package vendorsim

import (
	"maps"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/vendor"
)

// bootTime is how long a child takes to load the library.
const bootTime = 500 * time.Millisecond

// Device is the child with the library and its reader. It is not safe for concurrent use.
type Device struct {
	*cardtest.FakeReader
	Library Library
	// Before, if set, is called before each order of a function to the reader, counted from
	// 1 since the device was made.
	Before func(n int)
	// Told, if set, may change what a function is told.
	Told func(function string, args []string)
	// Tell, if set, may change what a function returns and tells.
	Tell func(function string, code *int32, tells []string)

	abi    vendor.ABI
	reader card.Engine
	status card.Status
	orders int
	id     uint32

	now     time.Time
	readyAt time.Time // the child is there
	told    bool      // that it is
	hung    bool
	crash   bool // at the next order
	hang    bool
	rx, tx  []byte
	job     *job
}

var _ cardtest.Device = (*Device)(nil)

// job is a request under way.
type job struct {
	req   vendor.Request
	reply vendor.Response
	until time.Time // the call's deadline

	next func() (card.Command, bool) // the orders of a piece of work, or of an operation
	stop func()
	id   uint32 // of the order under way; 0 for none
	came card.Event
}

// New is a device whose library is described by abi, started just now.
func New(now time.Time, abi vendor.ABI) *Device {
	d := &Device{FakeReader: cardtest.NewFakeReader(), abi: abi}
	d.Restart(now)

	return d
}

// Restart ends the child, and starts another: also what a restart of its parent does.
func (d *Device) Restart(now time.Time) {
	if d.job != nil {
		d.job.stop()
	}
	d.job, d.rx, d.tx = nil, nil, nil
	d.hung, d.told = false, false
	d.reader, d.status = cardtest.NewFake(d.FakeReader), card.Status{}
	d.Library.stay = nil
	d.readyAt = now.Add(bootTime)
}

// Crash ends the child as a fault of the library does.
func (d *Device) Crash() { d.Restart(d.now) }

// Hang has the call under way never return.
func (d *Device) Hang() { d.hung = true }

// PowerCut takes the power of the machine, with that of the kiosk.
func (d *Device) PowerCut(now time.Time) {
	d.FakeReader.PowerCut(now)
	d.Restart(now)
}

// PowerOn gives it back.
func (d *Device) PowerOn(now time.Time) {
	d.FakeReader.PowerOn(now)
	d.Restart(now)
}

// Receive takes bytes of the driver.
func (d *Device) Receive(_ time.Time, b []byte) {
	if d.told { // a child that is not there reads nothing
		d.rx = append(d.rx, b...)
	}
}

// Wake is when it goes on with what is under way, or is there again; zero for never.
func (d *Device) Wake() time.Time {
	switch {
	case !d.told:
		return d.readyAt
	case d.job == nil:
		return d.FakeReader.Wake()
	case d.hung:
		return d.job.until
	}
	at := d.reader.Wake()
	if d.job.until.Before(at) {
		return d.job.until
	}

	return at
}

// Faults are the kinds that Fault takes; the last two clear themselves.
func Faults() []string {
	return []string{cardtest.FaultJam, cardtest.FaultBinFull, cardtest.FaultSilent, cardtest.FaultLostReply, FaultCrash, FaultHang}
}

// The faults of a library, beside those of its reader: at its next order to that.
const (
	FaultCrash = "crash"
	FaultHang  = "hang"
)

// Fault sets or clears a fault.
func (d *Device) Fault(kind string, clear bool) error {
	switch kind {
	case FaultCrash:
		d.crash = !clear
	case FaultHang:
		d.hang = !clear
	default:
		return d.FakeReader.Fault(kind, clear)
	}

	return nil
}

// fail has the faults of the library happen.
func (d *Device) fail() {
	crash, hang := d.crash, d.hang
	d.crash, d.hang = false, false
	switch {
	case crash:
		d.Crash()
	case hang:
		d.Hang()
	}
}

// Advance goes on with what is under way.
func (d *Device) Advance(now time.Time) []byte {
	d.now = now
	d.FakeReader.Advance(now)
	if now.Before(d.readyAt) {
		return nil
	}
	if !d.told {
		d.told = true
		d.say(vendor.Response{Ready: true})
	}

	_, heard := d.reader.Advance(now, nil)
	for _, e := range heard {
		if e.Kind == card.StatusChanged {
			d.status = e.Status
		} else if d.job != nil && e.ID == d.job.id {
			d.job.id, d.job.came = 0, e
		}
	}
	d.work()

	tx := d.tx
	d.tx = nil

	return tx
}

func (d *Device) say(r vendor.Response) {
	b, err := vendor.AppendFrame(d.tx, r)
	if err != nil {
		panic(err) // bounded
	}
	d.tx = b
}

// work takes requests, and carries the one under way on.
func (d *Device) work() {
	for {
		if d.job == nil {
			var req vendor.Request
			rest, ok, err := vendor.CutFrame(d.rx, &req)
			if err != nil {
				panic(err) // the driver's own
			}
			d.rx = rest
			if !ok {
				return
			}
			d.begin(req)
		}
		if !d.goOn() {
			return
		}
	}
}

// goOn carries the request under way on; false while it waits, or is lost.
func (d *Device) goOn() bool {
	j := d.job
	if !d.now.Before(j.until) {
		d.say(vendor.Response{ID: j.req.ID, Late: true})
		tx := d.tx
		d.Restart(d.now)
		d.tx = tx

		return false
	}
	if d.hung || j.id != 0 {
		return false
	}

	c, more := j.next()
	if !more {
		j.stop()
		d.job = nil
		d.say(j.reply)

		return true
	}
	d.orders++
	if j.req.Op == vendor.OpWork {
		if d.Before != nil {
			d.Before(d.orders)
		}
		d.fail()
		if d.job != j || d.hung { // it crashed, or never goes on
			return false
		}
	}
	d.id++
	c.ID, j.id = d.id, d.id
	if err := d.reader.Do(d.now, c); err != nil {
		j.id, j.came = 0, card.Event{Kind: card.NotDone, Err: err}
	}

	return j.id == 0
}

// begin makes a request the one under way. What it does runs as a coroutine, which has
// the reader's orders carried out.
func (d *Device) begin(req vendor.Request) {
	j := &job{req: req, reply: vendor.Response{ID: req.ID}}
	d.job = j
	j.next, j.stop = orders(func(do Do) {
		if req.Op == vendor.OpWork {
			d.piece(j, do)
			return
		}
		j.reply.Code, j.reply.Value = operate(req.Op, d.status, do)
	}, func() card.Event { return j.came })
	j.until = d.now.Add(d.abi.Op[req.Op].Limit())
	if calls := d.abi.Work[req.Name]; req.Op == vendor.OpWork && len(calls) > 0 {
		j.until = d.now.Add(calls[0].Limit())
	}
}

// piece does what vendorhost does: it makes the calls of a piece of work, up to the first
// that fails.
func (d *Device) piece(j *job, do Do) {
	known := maps.Clone(j.req.Fields)
	if known == nil {
		known = map[string][]byte{}
	}
	told := map[string][]byte{}
	for i, c := range d.abi.Work[j.req.Name] {
		j.reply.Call, j.until = i, d.now.Add(c.Limit())
		var args []string
		var outs []vendor.Arg
		for _, s := range c.Args {
			a, err := vendor.ParseArg(s)
			switch {
			case err != nil:
				panic(err) // it was checked
			case a.Kind == vendor.ArgTold || a.Kind == vendor.ArgSame:
				outs, args = append(outs, a), append(args, "")
			case a.Kind == vendor.ArgIn:
				args = append(args, string(known[a.Text]))
			default:
				args = append(args, a.Text)
			}
		}

		if d.Told != nil {
			d.Told(c.Function, args)
		}
		code, tells := d.Library.Call(do, c.Function, args)
		if d.Tell != nil {
			tells = slices.Clone(tells)
			d.Tell(c.Function, &code, tells)
		}
		if j.reply.Code = code; code != codeDone {
			return
		}
		for n, a := range outs {
			if a.Kind == vendor.ArgSame && !strings.EqualFold(tells[n], string(known[a.Text])) {
				j.reply.Differs = a.Text

				return
			}
			known[a.Text] = []byte(tells[n])
			told[a.Text] = known[a.Text]
		}
	}
	j.reply.Fields = told
}
