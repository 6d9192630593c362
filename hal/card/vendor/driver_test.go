package vendor_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/vendor"
)

const description = `
library = "/lib/x.so"
[op.status]
function = "s"
args = ["value"]
media = { 0 = "not-present", 1 = "present", 2 = "jammed" }
[op.transmit]
function = "t"
args = ["data", "len(data)", "out", "len(out)"]
deadline = "3s"
[op.power-on]
function = "p"
args = ["out", "len(out)"]
[error]
-1 = { is = "no-card", text = "none" }
-2 = { is = "device", text = "time-out", unknown = true }
`

var (
	t0   = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	apdu = card.Secret{0x00, 0xB0, 0x99, 0x01, 0x08}
)

// rig is a driver with a child that the test plays.
type rig struct {
	t     *testing.T
	d     *vendor.Driver
	now   time.Time
	asked []vendor.Request
}

func newRig(t *testing.T) *rig {
	t.Helper()
	a, err := vendor.ParseABI(description)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{t: t, d: vendor.New(a), now: t0}
}

// say lets the child say something, and returns what the driver reports.
func (r *rig) say(answers ...vendor.Response) []card.Event {
	r.t.Helper()
	var rx []byte
	for _, a := range answers {
		var err error
		if rx, err = vendor.AppendFrame(rx, a); err != nil {
			r.t.Fatal(err)
		}
	}
	tx, events := r.d.Advance(r.now, rx)
	for len(tx) > 0 {
		var q vendor.Request
		rest, ok, err := vendor.CutFrame(tx, &q)
		if !ok || err != nil {
			r.t.Fatalf("the driver sent % X: %v", tx, err)
		}
		r.asked, tx = append(r.asked, q), rest
	}
	return events
}

func (r *rig) last() vendor.Request { return r.asked[len(r.asked)-1] }

// online brings the reader up with a card in it.
func (r *rig) online() {
	r.t.Helper()
	r.say(vendor.Response{Ready: true})
	e := r.say(vendor.Response{ID: r.last().ID, Value: 1})
	if len(e) != 1 || e[0].Status != (card.Status{State: hal.DeviceOnline, Media: card.Present}) {
		r.t.Fatalf("events %+v", e)
	}
}

func (r *rig) do(c card.Command) {
	r.t.Helper()
	if err := r.d.Do(r.now, c); err != nil {
		r.t.Fatal(err)
	}
}

// TestHalfAFrameOfADeadChild: the next child begins a frame of its own.
func TestHalfAFrameOfADeadChild(t *testing.T) {
	r := newRig(t)
	r.online()
	whole, err := vendor.AppendFrame(nil, vendor.Response{ID: 9, Data: make([]byte, 200)})
	if err != nil {
		t.Fatal(err)
	}
	r.d.Advance(r.now, whole[:len(whole)/2])
	r.d.Opened(r.now)
	r.online()
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name   string
		op     card.Op
		answer vendor.Response
		kind   card.Kind
		err    error
	}{
		{"done", card.Transmit, vendor.Response{Data: []byte{0x90, 0}}, card.Done, nil},
		{"listed", card.Transmit, vendor.Response{Code: -1}, card.NotDone, card.ErrNoCard},
		{"listed as unknown", card.Transmit, vendor.Response{Code: -2}, card.Unknown, card.ErrDevice},
		{"not listed", card.Transmit, vendor.Response{Code: -3}, card.Unknown, card.ErrDevice},
		{"not listed, changes nothing", card.PowerOn, vendor.Response{Code: -3}, card.NotDone, card.ErrDevice},
		{"late", card.Transmit, vendor.Response{Late: true}, card.Unknown, card.ErrSilent},
		{"a new child", card.Transmit, vendor.Response{Ready: true}, card.Unknown, card.ErrSilent},
		{"a new child, changes nothing", card.PowerOn, vendor.Response{Ready: true}, card.NotDone, card.ErrSilent},
		{"gives up", card.Transmit, vendor.Response{Fatal: "no"}, card.Unknown, card.ErrDevice},
	} {
		r := newRig(t)
		r.online()
		cmd := card.Command{ID: 42, Op: c.op}
		if c.op == card.Transmit {
			cmd.Data = apdu
		}
		r.do(cmd)
		r.say()
		c.answer.ID = r.last().ID
		var got card.Event
		for _, e := range r.say(c.answer) {
			if e.Kind != card.StatusChanged {
				got = e
			}
		}
		if got.Kind != c.kind || got.ID != 42 || !errors.Is(got.Err, c.err) {
			t.Errorf("%s: %+v, want %v, %v", c.name, got, c.kind, c.err)
		}
	}
}

func TestAHungChildIsUnknownAndIsNotAskedAgain(t *testing.T) {
	r := newRig(t)
	r.online()
	r.do(card.Command{ID: 1, Op: card.Transmit, Data: apdu})
	r.do(card.Command{ID: 2, Op: card.PowerOn})
	r.say()
	asked := len(r.asked)
	r.now = r.now.Add(3*time.Second + vendor.Grace)
	if w := r.d.Wake(); !w.Equal(r.now) {
		t.Errorf("wakes at %v, want %v", w, r.now)
	}
	e := r.say()
	if len(e) != 3 || e[0].Kind != card.Unknown || e[0].ID != 1 || e[1].Kind != card.NotDone || e[1].ID != 2 ||
		e[2].Status.State != hal.DeviceOffline {
		t.Fatalf("events %+v", e)
	}
	r.say(vendor.Response{Ready: true})
	for _, q := range r.asked[asked:] {
		if q.Op != vendor.OpStatus {
			t.Errorf("the new child was asked for %s", q.Op)
		}
	}
}

// TestAChildThatEndedAnswersNothing: what it was asked is over at once, and what is asked
// then waits for the next child, unless that does not start either.
func TestAChildThatEndedAnswersNothing(t *testing.T) {
	r := newRig(t)
	r.online()
	r.do(card.Command{ID: 1, Op: card.Transmit, Data: apdu})
	r.do(card.Command{ID: 2, Op: card.PowerOn})
	r.say()
	r.d.Unplugged(r.now, io.EOF)
	if w := r.d.Wake(); w.After(r.now) {
		t.Errorf("wakes at %v, want at once", w)
	}
	e := r.say()
	if len(e) != 3 || e[0].Kind != card.Unknown || e[0].ID != 1 || !errors.Is(e[0].Err, card.ErrSilent) || e[1].Kind != card.NotDone || e[1].ID != 2 ||
		e[2].Status.State != hal.DeviceOffline {
		t.Fatalf("events %+v", e)
	}

	r.do(card.Command{ID: 3, Op: card.PowerOn})
	r.now = r.now.Add(time.Second)
	if e := r.say(); len(e) != 0 {
		t.Errorf("without a child: %+v", e)
	}
	r.say(vendor.Response{Ready: true})
	e = r.say(vendor.Response{ID: r.last().ID, Data: []byte{0x3B}})
	if len(e) != 1 || e[0].Kind != card.Done || e[0].ID != 3 {
		t.Errorf("the next child: %+v", e)
	}

	r.d.Unplugged(r.now, io.EOF)
	r.say()
	r.do(card.Command{ID: 4, Op: card.PowerOn})
	r.d.Unplugged(r.now, vendor.ErrQuarantined)
	e = r.say()
	if len(e) != 2 || e[0].Kind != card.NotDone || e[0].ID != 4 || !strings.Contains(e[1].Status.Detail, "quarantine") {
		t.Errorf("in quarantine: %+v", e)
	}
}

func TestAChildThatNeverStartsIsOffline(t *testing.T) {
	r := newRig(t)
	r.say()
	r.do(card.Command{ID: 1, Op: card.PowerOn})
	r.now = r.now.Add(vendor.StartTime)
	e := r.say()
	if len(e) != 2 || e[0].Kind != card.NotDone || e[1].Status.State != hal.DeviceOffline {
		t.Errorf("events %+v", e)
	}
}

func TestMistakesInADescription(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"/lib/x.so", "x.so", "library: not an absolute path"},
		{"[op.status]", "[op.stratus]", "op.status: missing"},
		{"[op.transmit]", "[op.frobnicate]", "op.frobnicate: no such operation"},
		{`function = "t"`, `function = ""`, "op.transmit: function: missing"},
		{`"len(data)"`, `"size"`, `op.transmit: args[1]: "size" is no argument`},
		{"3s", "3h", "op.transmit: deadline: 3h0m0s is not within 0 to 2m0s"},
		{"no-card", "no-cart", `error.-1: is: "no-cart" is none of`},
		{`2 = "jammed"`, `2 = "lost"`, `op.status: media.2: "lost" is no place of a card`},
		{"unknown = true", "maybe = true", "unknown key error.-2.maybe"},
	} {
		_, err := vendor.ParseABI(strings.Replace(description, c.from, c.to, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
}

func TestNoCardDataInWords(t *testing.T) {
	r := newRig(t)
	r.online()
	r.do(card.Command{ID: 1, Op: card.Transmit, Data: apdu})
	r.say()
	e := r.say(vendor.Response{ID: r.last().ID, Data: []byte{1, 2, 3, 0x90, 0}})
	if got := fmt.Sprintf("%v %+v %#v", e, e, e[0].Data); strings.Contains(got, "0x90") || strings.Contains(got, "144") {
		t.Errorf("an event prints as %s", got)
	}
}

func FuzzCutFrame(f *testing.F) {
	b, _ := vendor.AppendFrame(nil, vendor.Response{ID: 1, Data: []byte{0x90, 0}})
	f.Add(b)
	f.Add([]byte{0xFF, 0xFF, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r vendor.Response
		rest, ok, err := vendor.CutFrame(b, &r)
		if len(rest) > len(b) || ok && err != nil {
			t.Fatalf("rest %d of %d, %v, %v", len(rest), len(b), ok, err)
		}
		a, perr := vendor.ParseABI(description)
		if perr != nil {
			t.Fatal(perr)
		}
		d := vendor.New(a)
		d.Advance(t0, b) // must not panic
	})
}
