package zt588

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/pinpad"
)

// Waits and bounds.
const (
	ReplyTimeout = time.Second
	Tries        = 3
	PollEvery    = 5 * time.Second
	QueueLength  = 16

	defaultWait = 30 * time.Second
	defaultMax  = 6
	maxPending  = 2 * MaxText
	mask        = '*'
)

// Key bytes outside of frames.
const (
	keyEnter     = '\r'
	keyBackspace = '\b'
	keyCancel    = 0x1B
	keyTimeout   = 0x80
)

// purpose is why a frame was sent: what its reply means.
type purpose int

const (
	toPoll purpose = iota + 1
	toOpen         // switch input off and set the mask, after the pad was heard
	toLoad
	toMAC
	toStart // begin an input
	toFetch // get the PIN block
	toCheck // get it once more: an XOR misses two flips of one bit
	toStop  // switch input off at the end of one
)

// Driver is a pinpad.Engine. New makes one.
type Driver struct {
	queue []pinpad.Command
	input *input // under way
	sent  *sending
	then  []sending // to be sent after it
	out   []pinpad.Event

	status pinpad.Status
	told   bool
	held   bool // a master key was there once
	pollAt time.Time
	broken bool // the port was opened during the input under way
	rx     []byte
	now    time.Time
}

// sending is a frame and what it is for.
type sending struct {
	why   purpose
	text  string
	cmd   pinpad.Command // of toLoad, toMAC, toStart, toFetch, toCheck
	first string         // toCheck: the first reading
	tries int
	at    time.Time
}

// input is EnterPIN or EnterDigits under way.
type input struct {
	cmd    pinpad.Command
	count  int
	digits []byte // EnterDigits only
	by     time.Time
}

var (
	_ pinpad.Engine = (*Driver)(nil)
	_ hal.Reopener  = (*Driver)(nil)
)

// New makes a driver that has not heard of its pad.
func New() *Driver { return &Driver{} }

// Do queues a command. Cancel goes before everything.
func (d *Driver) Do(now time.Time, c pinpad.Command) error {
	d.now = now
	if err := c.Check(); err != nil {
		return err
	}
	if len(d.queue) >= QueueLength {
		return hal.ErrBusy
	}
	if c.Op == pinpad.Cancel {
		d.queue = append([]pinpad.Command{c}, d.queue...)
		return nil
	}

	d.queue = append(d.queue, c)
	return nil
}

// Wake implements hal.Engine.
func (d *Driver) Wake() time.Time {
	if d.sent == nil && !d.told {
		return hal.AtOnce() // the pad was never asked
	}

	w := d.pollAt
	switch {
	case d.sent != nil:
		w = d.sent.at.Add(ReplyTimeout)
	case d.broken || len(d.queue) > 0 && (d.input == nil || d.queue[0].Op == pinpad.Cancel) || len(d.then) > 0:
		return d.now
	case d.input != nil: // it is not asked how it is meanwhile
		w = d.input.by
	}
	if d.input != nil && d.input.by.Before(w) {
		w = d.input.by
	}
	return w
}

// Advance implements hal.Engine.
func (d *Driver) Advance(now time.Time, rx []byte) ([]byte, []pinpad.Event) {
	d.now, d.out = now, nil
	if d.broken {
		d.broken = false
		d.endInput(fmt.Errorf("%w: its line was opened during the input", pinpad.ErrDevice))
	}

	d.rx = append(d.rx, rx...)
	if n := len(d.rx) - maxPending; n > 0 {
		d.rx = d.rx[n:]
	}

	d.hear()
	if d.input != nil && !now.Before(d.input.by) {
		d.endInput(pinpad.ErrTimeout)
	}
	return d.send(), d.out
}

// Opened implements hal.Reopener. Keys come one by one and without a frame: of an input
// under way nobody knows how many were lost, and a number must not become a shorter one.
func (d *Driver) Opened(now time.Time) {
	d.now, d.rx = now, nil
	d.broken = d.input != nil
}

// hear takes frames and key presses out of what was received.
func (d *Driver) hear() {
	for len(d.rx) > 0 {
		text, used, err := Decode(d.rx)
		switch err {
		case nil:
			d.rx = d.rx[used:]
			d.reply(text)
		case errShort:
			return
		default:
			d.press(d.rx[0])
			d.rx = d.rx[1:]
		}
	}
}

// press takes a byte outside of a frame.
func (d *Driver) press(c byte) {
	in := d.input
	if in == nil {
		return
	}

	pin := in.cmd.Op == pinpad.EnterPIN
	switch {
	case c == keyCancel:
		d.endInput(pinpad.ErrCancelled)
	case c == keyTimeout:
		d.endInput(pinpad.ErrTimeout)
	case c == keyBackspace:
		if in.count > 0 {
			in.count--
			in.digits = in.digits[:min(len(in.digits), in.count)]
			d.out = append(d.out, pinpad.Event{Kind: pinpad.KeyPressed, Count: in.count})
		}
	case c == keyEnter && pin:
		if in.count < pinpad.MinPIN {
			return // the pad itself refuses so few
		}
		d.input = nil
		d.then = append(d.then, sending{why: toFetch, text: "7", cmd: in.cmd})
	case c == keyEnter:
		d.input = nil
		d.out = append(d.out, pinpad.Event{Kind: pinpad.Done, ID: in.cmd.ID, Data: in.digits})
		d.then = append(d.then, stop())
	case in.count < in.limit() && (pin && c == mask || !pin && c >= '0' && c <= '9'):
		in.count++
		if !pin {
			in.digits = append(in.digits, c)
		}
		d.out = append(d.out, pinpad.Event{Kind: pinpad.KeyPressed, Count: in.count})
	}
}

func (in *input) limit() int {
	if in.cmd.Max == 0 {
		return defaultMax
	}
	return in.cmd.Max
}

func stop() sending { return sending{why: toStop, text: "502"} }

// endInput ends the input under way without a result.
func (d *Driver) endInput(err error) {
	if d.input == nil {
		return
	}
	d.notDone(d.input.cmd, err)
	d.input = nil
	d.then = append(d.then, stop())
}

func (d *Driver) notDone(c pinpad.Command, err error) {
	if c.Op != 0 {
		d.out = append(d.out, pinpad.Event{Kind: pinpad.NotDone, ID: c.ID, Err: err})
	}
}

// reply takes the answer to the frame under way.
func (d *Driver) reply(text []byte) {
	s := d.sent
	if s == nil || len(text) == 0 {
		return
	}

	d.sent = nil
	if text[0] >= 0xE0 && text[0] <= 0xEF {
		d.refused(s, text[0])
		return
	}

	data := string(text[1:])
	switch s.why {
	case toPoll:
		d.polled(string(text))
	case toLoad:
		d.loaded(s.cmd, data)
	case toMAC:
		d.result(s.cmd, data, 8)
	case toStart:
		wait := s.cmd.Wait
		if wait == 0 {
			wait = defaultWait
		}
		d.input = &input{cmd: s.cmd, by: d.now.Add(wait)}
		d.out = append(d.out, pinpad.Event{Kind: pinpad.KeyPressed})
	case toFetch:
		d.then = append(d.then, sending{why: toCheck, text: "7", cmd: s.cmd, first: data})
	case toCheck:
		if data != s.first {
			d.notDone(s.cmd, fmt.Errorf("%w: two readings of the block differ", pinpad.ErrDevice))
			d.then = append(d.then, stop())
			return
		}
		d.block(s.cmd, data)
	}
}

// block takes the reply with the PIN block.
func (d *Driver) block(c pinpad.Command, data string) {
	d.then = append(d.then, stop())
	n := 8
	if c.Format == pinpad.Format4 {
		n = 16
	}
	d.result(c, data[min(len(data), 4):], n) // after track and length
}

// settingsAt is where the settings begin in the user information: after the
// status, 10 characters of user text and 48 of scan codes.
const settingsAt = 1 + 10 + 48

func (d *Driver) polled(text string) {
	d.pollAt = d.now.Add(PollEvery)
	s := pinpad.Status{State: hal.DeviceFault, Detail: "user information is short"}
	if len(text) >= settingsAt+2 {
		b, err := hex.DecodeString(text[settingsAt : settingsAt+2])
		if err == nil {
			s = pinpad.Status{State: hal.DeviceOnline, Keyed: b[0]&1 == 0}
		}
	}
	if s.State == hal.DeviceOnline {
		if s.Keyed {
			d.held = true
		} else if s.Detail = "no master key"; d.held {
			s.Tamper, s.Detail = true, "the pad has wiped its keys"
		}
	}
	if d.status.State != hal.DeviceOnline && d.input == nil {
		d.then = append(d.then, sending{why: toOpen, text: "502"}, sending{why: toOpen, text: fmt.Sprintf("53%02X", mask)})
	}
	d.report(s)
}

func (d *Driver) report(s pinpad.Status) {
	if d.told && s == d.status {
		return
	}
	d.status, d.told = s, true
	d.out = append(d.out, pinpad.Event{Kind: pinpad.StatusChanged, Status: s})
}

func (d *Driver) loaded(c pinpad.Command, data string) {
	kcv, err := hex.DecodeString(data)
	switch {
	case err != nil || len(kcv) < len(c.KCV):
		d.notDone(c, fmt.Errorf("%w: no key check value", pinpad.ErrDevice))
	case !bytes.Equal(kcv[:len(c.KCV)], c.KCV):
		d.notDone(c, pinpad.ErrKCV)
	default:
		d.out = append(d.out, pinpad.Event{Kind: pinpad.Done, ID: c.ID, Data: kcv[:len(c.KCV)]})
	}
}

func (d *Driver) result(c pinpad.Command, data string, n int) {
	b, err := hex.DecodeString(data)
	if err != nil || len(b) != n {
		d.notDone(c, fmt.Errorf("%w: answer of another length", pinpad.ErrDevice))
		return
	}
	d.out = append(d.out, pinpad.Event{Kind: pinpad.Done, ID: c.ID, Data: b})
}

// words of the error codes.
var words = map[byte]string{
	0xE0: "low battery", 0xE1: "no initial key", 0xE2: "no master key", 0xE3: "wrong key length", 0xE4: "no such key",
	0xE5: "no such key, or another use", 0xE6: "key parity", 0xE7: "key check", 0xE8: "command length", 0xE9: "data",
	0xEA: "no such command", 0xEB: "parameter", 0xEC: "authorisation required", 0xED: "authorisation locked",
	0xEE: "input timed out", 0xEF: "general error",
}

// refused takes an error code.
func (d *Driver) refused(s *sending, code byte) {
	err := pinpad.ErrDevice
	switch code {
	case 0xE1, 0xE2, 0xE4, 0xE5:
		err = pinpad.ErrNoKey
	case 0xEA, 0xEB:
		err = pinpad.ErrUnsupported
	case 0xEC, 0xED:
		err = pinpad.ErrAuth
	case 0xEE:
		err = pinpad.ErrTimeout
	}

	err = fmt.Errorf("%w: %02X %s", err, code, words[code])
	if s.why == toPoll {
		d.pollAt = d.now.Add(PollEvery)
		d.report(pinpad.Status{State: hal.DeviceFault, Detail: err.Error()})
		return
	}
	if s.why == toCheck { // a pad that gives its block once only
		d.block(s.cmd, s.first)
		return
	}

	d.notDone(s.cmd, err)
	if s.why == toFetch {
		d.then = append(d.then, stop())
	}
}

// send sends what is due: again what got no answer, then what belongs to the last,
// then the next command, then a poll.
func (d *Driver) send() []byte {
	if d.sent != nil {
		if d.now.Before(d.sent.at.Add(ReplyTimeout)) {
			return nil
		}
		if d.sent.tries < Tries {
			return d.put(*d.sent)
		}
		d.silent()
		return nil
	}
	if len(d.then) > 0 {
		s := d.then[0]
		d.then = d.then[1:]
		return d.put(s)
	}
	if !d.told {
		return d.put(sending{why: toPoll, text: "3"})
	}
	if s, ok := d.command(); ok {
		return d.put(s)
	}
	if len(d.then) > 0 {
		return d.send()
	}
	if d.input == nil && !d.now.Before(d.pollAt) {
		return d.put(sending{why: toPoll, text: "3"})
	}
	return nil
}

// silent ends everything: the pad does not answer.
func (d *Driver) silent() {
	s := d.sent
	d.sent, d.then = nil, nil
	d.notDone(s.cmd, pinpad.ErrSilent)
	if d.input != nil {
		d.notDone(d.input.cmd, pinpad.ErrSilent)
		d.input = nil
	}

	for _, c := range d.queue {
		d.notDone(c, pinpad.ErrSilent)
	}

	d.queue = nil
	d.pollAt = d.now.Add(PollEvery)
	d.report(pinpad.Status{State: hal.DeviceOffline, Detail: pinpad.ErrSilent.Error()})
}

// command turns the next command into a frame.
func (d *Driver) command() (sending, bool) {
	for len(d.queue) > 0 {
		c := d.queue[0]
		if c.Op == pinpad.Cancel {
			d.queue = d.queue[1:]
			d.endInput(pinpad.ErrCancelled)
			d.out = append(d.out, pinpad.Event{Kind: pinpad.Done, ID: c.ID})
			continue
		}
		if d.input != nil || len(d.then) > 0 {
			return sending{}, false // it waits for the end of the input
		}
		d.queue = d.queue[1:]
		return frameOf(c), true
	}

	return sending{}, false
}

// Slots of the pad.
func masterSlot(n byte) byte { return 0x10 * n }
func pinSlot(n byte) byte    { return 0x40 + 8*n }
func macSlot(n byte) byte    { return 0x41 + 8*n }

// modes of command 8, by pinpad.Method.
const modes = "012"

func frameOf(c pinpad.Command) sending {
	switch c.Op {
	case pinpad.LoadKey:
		slot, typ := pinSlot(c.Slot), '3'
		if c.Use == pinpad.ForMAC {
			slot, typ = macSlot(c.Slot), '5'
		}
		return sending{why: toLoad, cmd: c, text: fmt.Sprintf("2%02X%02X%c%d%s", masterSlot(c.Under), slot, typ, len(c.Key)/8, upper(c.Key))}
	case pinpad.MAC:
		return sending{why: toMAC, cmd: c, text: fmt.Sprintf("8%02X%c%s", macSlot(c.Slot), modes[c.Method], upper(c.Data))}
	case pinpad.EnterDigits:
		return sending{why: toStart, cmd: c, text: "503"}
	}

	format := ' '
	if c.Format == pinpad.Format4 {
		format = '4'
	}

	most := c.Max
	if most == 0 {
		most = defaultMax
	}
	return sending{why: toStart, cmd: c, text: fmt.Sprintf("6%02X%c0%02d%s", pinSlot(c.Slot), format, most, string(c.PAN))}
}

func upper(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) }

func (d *Driver) put(s sending) []byte {
	s.tries++
	s.at = d.now
	d.sent = &s
	if s.tries > 1 {
		d.rx = nil
	}

	tx, err := AppendFrame(nil, []byte(s.text))
	if err != nil {
		d.sent = nil
		d.notDone(s.cmd, fmt.Errorf("%w: too long for the pad", pinpad.ErrArgument))
		return nil
	}
	return tx
}
