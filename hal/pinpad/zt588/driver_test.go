package zt588_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/pinblock"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/hal/pinpad/zt588/zt588sim"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

const (
	pan    = "4321987654321098"
	master = "0123456789abcdeffedcba9876543210"
	pinKey = "11111111111111112222222222222222"
	macKey = "33333333333333334444444444444444"
)

type rig struct {
	t      *testing.T
	d      *zt588.Driver
	p      *zt588sim.Pad
	now    time.Time
	events []pinpad.Event
	id     uint32
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, d: zt588.New(), p: zt588sim.New(), now: t0}
	r.p.Inject(0, unhex(t, master))
	r.run(time.Second)
	return r
}

// run pumps for d of virtual time.
func (r *rig) run(d time.Duration) {
	for end := r.now.Add(d); r.now.Before(end); r.now = r.now.Add(10 * time.Millisecond) {
		tx, events := r.d.Advance(r.now, r.p.Advance(r.now))
		r.events = append(r.events, events...)
		if len(tx) > 0 {
			r.p.Receive(r.now, tx)
		}
	}
}

func (r *rig) order(c pinpad.Command) uint32 {
	r.t.Helper()
	r.id++
	c.ID = r.id
	if err := r.d.Do(r.now, c); err != nil {
		r.t.Fatal(err)
	}
	r.run(200 * time.Millisecond)
	return r.id
}

// outcome is the one outcome of a command, or fails.
func (r *rig) outcome(id uint32) pinpad.Event {
	r.t.Helper()
	var found []pinpad.Event
	for _, e := range r.events {
		if (e.Kind == pinpad.Done || e.Kind == pinpad.NotDone) && e.ID == id {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		r.t.Fatalf("%d outcomes of command %d: %+v", len(found), id, r.events)
	}
	return found[0]
}

func (r *rig) status() pinpad.Status {
	var s pinpad.Status
	for _, e := range r.events {
		if e.Kind == pinpad.StatusChanged {
			s = e.Status
		}
	}
	return s
}

// load loads a working key with its right check value.
func (r *rig) load(use pinpad.Use, key string) pinpad.Event {
	r.t.Helper()
	cryptogram, err := pinblock.Encrypt(unhex(r.t, master), unhex(r.t, key))
	if err != nil {
		r.t.Fatal(err)
	}
	kcv, err := pinblock.CheckValue(unhex(r.t, key))
	if err != nil {
		r.t.Fatal(err)
	}
	return r.outcome(r.order(pinpad.Command{Op: pinpad.LoadKey, Slot: 1, Use: use, Key: cryptogram, KCV: kcv[:3]}))
}

func TestPINBlock(t *testing.T) {
	r := newRig(t)
	if s := r.status(); s.State != hal.DeviceOnline || !s.Keyed || s.Tamper {
		t.Fatalf("status %+v", s)
	}
	if e := r.load(pinpad.ForPIN, pinKey); e.Kind != pinpad.Done {
		t.Fatalf("load: %+v", e)
	}
	id := r.order(pinpad.Command{Op: pinpad.EnterPIN, Slot: 1, PAN: []byte(pan)})
	r.events = nil
	for _, k := range "12B234E" {
		r.p.Press(r.now, string(k))
		r.run(50 * time.Millisecond)
	}
	r.run(time.Second)
	var counts []int
	for _, e := range r.events {
		if e.Kind == pinpad.KeyPressed {
			counts = append(counts, e.Count)
		}
	}
	if fmt.Sprint(counts) != "[1 2 1 2 3 4]" {
		t.Errorf("marks %v", counts)
	}
	e := r.outcome(id)
	want, err := pinblock.Format0(unhex(t, pinKey), "1234", pan)
	if err != nil || e.Kind != pinpad.Done || string(e.Data) != string(want) {
		t.Errorf("block %x, %v; want %x, %v", []byte(e.Data), e.Err, want, err)
	}
	if got := fmt.Sprintf("%+v %#v", r.events, r.events); strings.Contains(got, hex.EncodeToString(want[:4])) {
		t.Errorf("the block prints: %s", got)
	}
}

// TestAnInputKeepsNobodyBusy: while a customer thinks about the PIN the pad is not asked how
// it is, and the driver wants to run no earlier than when the time is over.
func TestAnInputKeepsNobodyBusy(t *testing.T) {
	r := newRig(t)
	r.load(pinpad.ForPIN, pinKey)
	r.order(pinpad.Command{Op: pinpad.EnterPIN, Slot: 1, PAN: []byte(pan), Wait: time.Minute})
	r.run(time.Second)
	r.run(2 * zt588.PollEvery)
	if wake := r.d.Wake(); wake.Before(r.now.Add(30 * time.Second)) {
		t.Errorf("at %s it wants to run at %s", r.now, wake)
	}
}

func TestFormat4(t *testing.T) {
	r := newRig(t)
	r.load(pinpad.ForPIN, pinKey)
	id := r.order(pinpad.Command{Op: pinpad.EnterPIN, Slot: 1, Format: pinpad.Format4, PAN: []byte(pan)})
	r.p.Press(r.now, "987654E")
	r.run(time.Second)
	want, err := pinblock.Format4(unhex(t, pinKey), "987654", pan, [8]byte{})
	if e := r.outcome(id); err != nil || string(e.Data) != string(want) {
		t.Errorf("block %x, %v; want %x", []byte(e.Data), e.Err, want)
	}
}

func TestMAC(t *testing.T) {
	r := newRig(t)
	r.load(pinpad.ForMAC, macKey)
	id := r.order(pinpad.Command{Op: pinpad.MAC, Slot: 1, Data: []byte("0200 a message")})
	want, err := pinblock.MAC(unhex(t, macKey), []byte("0200 a message"))
	if e := r.outcome(id); err != nil || string(e.Data) != string(want) {
		t.Errorf("MAC %x, %v; want %x", []byte(e.Data), e.Err, want)
	}
}

// TestMACMethods: X9.9 and UnionPay's method were made with the openssl command
// (des-ede-cbc, and des-ede half by half).
func TestMACMethods(t *testing.T) {
	r := newRig(t)
	r.load(pinpad.ForMAC, macKey)
	for m, want := range map[pinpad.Method]string{
		pinpad.X919: "ab47296b24becdc2", pinpad.X99: "962a9eda9e5fc928", pinpad.UnionPay: hex.EncodeToString([]byte("0FFBCB78")),
	} {
		e := r.outcome(r.order(pinpad.Command{Op: pinpad.MAC, Slot: 1, Method: m, Data: []byte("0200 a message")}))
		if e.Kind != pinpad.Done || hex.EncodeToString(e.Data) != want {
			t.Errorf("method %d: %x, %v; want %s", m, []byte(e.Data), e.Err, want)
		}
	}
	if err := zt588.New().Do(t0, pinpad.Command{Op: pinpad.MAC, Method: 3, Data: []byte("x")}); !errors.Is(err, pinpad.ErrArgument) {
		t.Errorf("method 3: %v", err)
	}
}

func TestDigits(t *testing.T) {
	r := newRig(t)
	id := r.order(pinpad.Command{Op: pinpad.EnterDigits, Max: 10})
	r.p.Press(r.now, "10000000B0123456E") // the eleventh digit is not taken
	r.run(time.Second)
	if e := r.outcome(id); e.Kind != pinpad.Done || string(e.Data) != "1000000012" {
		t.Errorf("%v: %d digits, %v", e.Kind, len(e.Data), e.Err)
	}
}

// TestDigitsAcrossAnotherPort: a key press that was lost with the port must not leave a
// shorter number.
func TestDigitsAcrossAnotherPort(t *testing.T) {
	r := newRig(t)
	id := r.order(pinpad.Command{Op: pinpad.EnterDigits, Max: 10})
	r.p.Press(r.now, "10000")
	r.run(time.Second)
	r.d.Opened(r.now)
	if w := r.d.Wake(); w.After(r.now) {
		t.Errorf("Wake is %v late", w.Sub(r.now))
	}
	r.p.Press(r.now, "01E")
	r.run(time.Second)
	if e := r.outcome(id); e.Kind != pinpad.NotDone || !errors.Is(e.Err, pinpad.ErrDevice) {
		t.Errorf("%v: %d digits, %v", e.Kind, len(e.Data), e.Err)
	}
}

func TestFailures(t *testing.T) {
	enter := pinpad.Command{Op: pinpad.EnterPIN, Slot: 1, PAN: []byte(pan), Wait: 10 * time.Second}
	for _, c := range []struct {
		name string
		do   func(r *rig) pinpad.Event
		want error
	}{
		{"cancelled by the customer", func(r *rig) pinpad.Event {
			id := r.order(enter)
			r.p.Press(r.now, "12C")
			r.run(time.Second)
			return r.outcome(id)
		}, pinpad.ErrCancelled},
		{"cancelled by the terminal", func(r *rig) pinpad.Event {
			id := r.order(enter)
			if e := r.outcome(r.order(pinpad.Command{Op: pinpad.Cancel})); e.Kind != pinpad.Done {
				t.Errorf("cancel: %+v", e)
			}
			return r.outcome(id)
		}, pinpad.ErrCancelled},
		{"nobody there", func(r *rig) pinpad.Event {
			id := r.order(enter)
			r.run(11 * time.Second)
			return r.outcome(id)
		}, pinpad.ErrTimeout},
		{"another slot", func(r *rig) pinpad.Event {
			return r.outcome(r.order(pinpad.Command{Op: pinpad.EnterPIN, Slot: 2, PAN: []byte(pan)}))
		}, pinpad.ErrNoKey},
		{"a PIN key makes no MAC", func(r *rig) pinpad.Event {
			return r.outcome(r.order(pinpad.Command{Op: pinpad.MAC, Slot: 1, Data: []byte("x")}))
		}, pinpad.ErrNoKey},
		{"wrong check value", func(r *rig) pinpad.Event {
			return r.outcome(r.order(pinpad.Command{Op: pinpad.LoadKey, Slot: 1, Use: pinpad.ForPIN, Key: make([]byte, 16), KCV: []byte{1, 2, 3}}))
		}, pinpad.ErrKCV},
		{"silent", func(r *rig) pinpad.Event {
			r.p.Silent = true
			id := r.order(enter)
			r.run(5 * time.Second)
			return r.outcome(id)
		}, pinpad.ErrSilent},
	} {
		r := newRig(t)
		r.load(pinpad.ForPIN, pinKey)
		if e := c.do(r); e.Kind != pinpad.NotDone || !errors.Is(e.Err, c.want) {
			t.Errorf("%s: %+v", c.name, e)
		}
		if c.name == "silent" {
			continue
		}
		r.run(time.Second)
		id := r.order(enter) // and the next customer can pay
		r.p.Press(r.now, "1234E")
		r.run(time.Second)
		if e := r.outcome(id); e.Kind != pinpad.Done {
			t.Errorf("after %s: %+v", c.name, e)
		}
	}
}

func TestTamperAndSilenceShow(t *testing.T) {
	r := newRig(t)
	r.p.Tamper()
	r.run(6 * time.Second)
	if s := r.status(); !s.Tamper || s.Keyed {
		t.Errorf("status %+v", s)
	}
	r.p.Silent = true
	r.run(10 * time.Second)
	if s := r.status(); s.State != hal.DeviceOffline {
		t.Errorf("status %+v", s)
	}
	r.p.Silent = false
	r.run(10 * time.Second)
	if s := r.status(); s.State != hal.DeviceOnline || !s.Tamper {
		t.Errorf("status %+v", s)
	}
	blank := &rig{t: t, d: zt588.New(), p: zt588sim.New(), now: t0}
	blank.run(time.Second)
	if s := blank.status(); s.Keyed || s.Tamper {
		t.Errorf("a new pad: %+v", s)
	}
}

func TestLostReplyIsAskedForAgain(t *testing.T) {
	r := newRig(t)
	r.load(pinpad.ForMAC, macKey)
	r.p.Lost = 2
	id := r.order(pinpad.Command{Op: pinpad.MAC, Slot: 1, Data: []byte("x")})
	r.run(4 * time.Second)
	if e := r.outcome(id); e.Kind != pinpad.Done {
		t.Errorf("%+v", e)
	}
}

// TestNoise: on a bad line a PIN may fail, but no block is ever another one.
func TestNoise(t *testing.T) {
	want, err := pinblock.Format0(unhex(t, pinKey), "1234", pan)
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	for seed := range uint64(200) {
		r := newRig(t)
		r.load(pinpad.ForPIN, pinKey)
		r.p.Noise, r.p.PerMille = rand.New(rand.NewPCG(seed, 7)), 10
		id := r.order(pinpad.Command{Op: pinpad.EnterPIN, Slot: 1, PAN: []byte(pan), Wait: 20 * time.Second})
		r.run(4 * time.Second)
		r.p.Press(r.now, "1234E")
		r.run(30 * time.Second)
		e := r.outcome(id)
		if e.Kind == pinpad.Done {
			good++
			if string(e.Data) != string(want) {
				t.Errorf("seed %d: another block", seed)
			}
		}
	}
	if good < 100 {
		t.Errorf("only %d of 200 inputs came through", good)
	}
}

func TestFrame(t *testing.T) {
	b, err := zt588.AppendFrame(nil, []byte("3"))
	if want := "\x020013\x0301"; err != nil || string(b) != want { // 30^30^31^33^03 = 01
		t.Errorf("%q, %v; want %q", b, err, want)
	}
	if err := zt588.New().Do(t0, pinpad.Command{Op: pinpad.EnterPIN, PAN: []byte("12")}); !errors.Is(err, pinpad.ErrArgument) || strings.Contains(err.Error(), "12 ") && !strings.Contains(err.Error(), "12 to 19") {
		t.Errorf("short account number: %v", err)
	}
}

func FuzzDriver(f *testing.F) {
	b, _ := zt588.AppendFrame(nil, append([]byte{' '}, strings.Repeat("0", 80)...))
	f.Add(b)
	f.Add([]byte("****\r"))
	f.Fuzz(func(t *testing.T, rx []byte) {
		d := zt588.New()
		if err := d.Do(t0, pinpad.Command{ID: 1, Op: pinpad.MAC, Data: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		outcomes := 0
		for i := range 20 {
			_, events := d.Advance(t0.Add(time.Duration(i)*time.Second), rx)
			for _, e := range events {
				if e.Kind == pinpad.Done || e.Kind == pinpad.NotDone {
					outcomes++
				}
			}
		}
		if outcomes > 1 {
			t.Errorf("%d outcomes of one command", outcomes)
		}
	})
}
