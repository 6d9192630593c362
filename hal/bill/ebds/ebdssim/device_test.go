package ebdssim_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"wattkiosk/hal/bill/billsim"
	"wattkiosk/hal/bill/billtest"
	"wattkiosk/hal/bill/ebds/ebdssim"
)

// framed frames control byte and data by its own reading.
func framed(p []byte) []byte {
	b := append([]byte{0x02, byte(len(p) + 4)}, p...)
	sum := byte(0)
	for _, c := range b[1:] {
		sum ^= c
	}
	return append(b, 0x03, sum)
}

// bench talks to a device.
type bench struct {
	t   *testing.T
	dev *ebdssim.Device
	now time.Time
}

func newBench(t *testing.T, cfg ebdssim.Config) *bench {
	b := &bench{t: t, dev: ebdssim.New(cfg), now: time.Date(2024, 3, 1, 8, 0, 0, 0, time.UTC)}
	b.wait(0) // it begins to initialise
	return b
}

// send passes one frame and returns the reply; nil if there is none.
func (b *bench) send(frame []byte) []byte {
	b.dev.Receive(b.now, frame)
	b.now = b.now.Add(5 * time.Millisecond)
	return b.dev.Advance(b.now)
}

// bytes compares whole frames.
func (b *bench) bytes(tx, rx string) {
	b.t.Helper()
	if got := b.send(billtest.Hex(b.t, tx)); !bytes.Equal(got, billtest.Hex(b.t, rx)) {
		b.t.Fatalf("%s: % X, want %q", tx, got, rx)
	}
}

// say compares control byte and data; an empty want means that no reply is expected.
func (b *bench) say(p, want string) {
	b.t.Helper()
	got := b.send(framed(billtest.Hex(b.t, p)))
	if want == "" && got == nil {
		return
	}
	if !bytes.Equal(got, framed(billtest.Hex(b.t, want))) {
		b.t.Fatalf("%s: % X, want data %s", p, got, want)
	}
}

// fill is the message between two with a state.
func (b *bench) fill() { b.t.Helper(); b.say("60 00 00 00", "60 01 0C 03 0F 00 00") }

// wait lets time pass, and the device do what is due in it.
func (b *bench) wait(d time.Duration) {
	end := b.now.Add(d)
	for at := b.dev.Wake(); !at.IsZero() && at.Before(end); at = b.dev.Wake() {
		b.dev.Advance(at)
	}
	b.now = end
	b.dev.Advance(end)
}

func (b *bench) ready() {
	b.t.Helper()
	b.wait(4 * time.Second)
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")
	b.fill()
}

func (b *bench) insert(fen int64, outcome string) {
	b.t.Helper()
	if err := b.dev.Insert(b.now, fen, outcome); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) fault(kind string, clear bool) {
	b.t.Helper()
	if err := b.dev.Fault(kind, clear); err != nil {
		b.t.Fatal(err)
	}
}

const (
	note20  = "00 43 4E 59 30 32 30 2B 30 30 00 41 41 41 41 00 00 00"
	noNote  = "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
	escrow  = "71 02 04 10 00 00 54 10" + note20
	stacked = "71 02 10 10 00 00 54 10" + note20
)

func TestStartBytes(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.bytes("02 08 11 00 1C 10 03 15", "02 0B 21 00 10 01 00 54 10 03 7F") // powering up
	b.wait(4 * time.Second)
	b.bytes("02 08 11 00 1C 10 03 15", "02 0B 21 00 10 01 00 54 10 03 7F") // the same toggle: the same reply
	b.bytes("02 08 60 00 00 00 03 68", "02 0B 60 01 0C 03 0F 00 00 03 6A")
	b.bytes("02 08 11 00 1C 10 03 15", "02 0B 21 01 10 00 00 54 10 03 7F")
	if err := b.dev.Insert(b.now, 2000, billsim.Genuine); !errors.Is(err, billsim.ErrSlot) {
		t.Errorf("a disabled device took a note: %v", err)
	}
	b.fill()
	b.say("71 02 00 1C 10 01", "71 02 01 10 00 00 54 10 01 43 4E 59 30 30 31 2B 30 30 00 41 41 41 41 00 00 00")
	b.fill()
	b.say("71 02 00 1C 10 08", "71 02 01 10 00 00 54 10"+noNote)
	b.fill()
	b.say("71 04 00 1C 10 7F 7F", "71 04 01 10 00 00 54 10")
	b.fill()
	b.say("71 06 00 1C 10", "21 01 10 02 00 54 10") // not known
	b.fill()
	b.say("51 00", "21 01 10 02 00 54 10")
}

func TestStackBytes(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.say("11 7F 1C 10", "21 02 10 00 00 54 10")
	b.wait(800 * time.Millisecond)
	b.fill()
	b.say("11 7F 1C 10", escrow)
	b.say("11 7F 3C 10", escrow) // a repetition is no order
	b.fill()
	b.say("11 7F 3C 10", "21 08 10 00 00 54 10")
	b.wait(650 * time.Millisecond)
	if got := b.dev.Cassette(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("cassette %v past the lever, want one of 20 yuan", got)
	}
	b.wait(400 * time.Millisecond)
	b.fill()
	for range 3 {
		b.say("11 7F 1C 10", stacked) // until acknowledged
		b.wait(time.Second)
	}
	if err := b.dev.Insert(b.now, 2000, billsim.Genuine); !errors.Is(err, billsim.ErrSlot) {
		t.Errorf("a note before the acknowledgement: error %v, want ErrSlot", err)
	}
	b.fill()
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")
}

func TestSplitFrames(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.wait(4 * time.Second)
	frame := billtest.Hex(t, "02 08 11 00 1C 10 03 15")
	for i, pause := range []time.Duration{10 * time.Millisecond, 60 * time.Millisecond} {
		b.send(frame[:5])
		b.now = b.now.Add(pause)
		if got := b.send(frame[5:]); (got != nil) != (i == 0) {
			t.Errorf("a frame with a pause of %v: reply % X", pause, got)
		}
	}
}

func TestReturnAndReject(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("11 7F 5C 10", "21 20 10 00 00 54 10")
	b.wait(time.Second)
	b.fill()
	b.say("11 7F 1C 10", "21 40 10 00 00 54 10")
	b.fill()
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")
	b.insert(2000, billsim.Suspect)
	b.wait(3 * time.Second)
	b.fill()
	b.say("11 7F 1C 10", "21 01 12 00 00 54 10")
	b.fill()
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")
	if got := b.dev.Returned(); !slices.Equal(got, []int64{2000, 2000}) {
		t.Errorf("returned %v, want both", got)
	}
}

func TestLostAcknowledgement(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("11 7F 3C 10", "21 08 10 00 00 54 10")
	b.wait(time.Second)
	b.fill()
	b.say("11 7F 1C 10", stacked)
	b.fault(billsim.LostAck, false)
	b.say("60 00 00 00", "")
	b.say("11 7F 1C 10", stacked) // as if nothing had been said
	b.fill()
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")
}

func TestInhibits(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.say("71 03 7F 1C 10 20 00 00 00 00 00 00 00", "21 01 10 00 00 54 10") // 100 yuan, first issue
	b.insert(2000, billsim.Genuine)
	b.wait(3 * time.Second)
	b.fill()
	b.say("11 7F 1C 10", "21 01 12 00 00 54 10")
	b.fill()
	b.insert(10000, billsim.Genuine)
	b.wait(time.Second)
	b.say("11 7F 1C 10", "71 02 04 10 00 00 54 10 00 43 4E 59 31 30 30 2B 30 30 00 41 41 41 41 00 00 00")

	b = newBench(t, ebdssim.Config{Wide: true})
	b.ready()
	b.say("71 03 7F 1C 10 20 00 00 00 00 00 00 00", "21 01 10 02 00 54 10")
}

func TestEscrowTime(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.say("71 04 7F 1C 10 0F 0F", "71 04 01 10 00 00 54 10")
	b.insert(2000, billsim.Genuine)
	for range 14 {
		b.wait(time.Second)
		b.fill()
		b.say("11 7F 1C 10", escrow)
	}
	b.wait(12 * time.Second)
	if got := b.dev.Returned(); !slices.Equal(got, []int64{2000}) {
		t.Errorf("returned %v after the escrow time, want the note", got)
	}
}

func TestPowerUpStates(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.dev.PowerCut(b.now)
	b.dev.PowerOn(b.now)
	b.say("11 7F 1C 10", "") // booting
	b.wait(time.Second)
	b.say("11 7F 1C 10", "21 02 10 01 00 54 10") // in the path
	b.wait(4 * time.Second)
	b.fill()
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")

	b.fill()
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("11 7F 3C 10", "21 08 10 00 00 54 10")
	b.wait(700 * time.Millisecond)
	b.dev.PowerCut(b.now)
	b.dev.PowerOn(b.now)
	b.wait(20 * time.Second)
	b.say("11 7F 1C 10", "71 02 10 10 01 00 54 10"+noNote) // it does not know which
	b.say("11 7F 1C 10", "71 02 10 10 01 00 54 10"+noNote)
	b.fill()
	b.say("11 7F 1C 10", "21 00 10 01 00 54 10")
}

func TestResetBytes(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.say("11 7F 1C 10", "21 01 10 00 00 54 10")
	b.bytes("02 08 60 7F 7F 7F 03 17", "")
	b.say("11 00 1C 10", "21 00 10 01 00 54 10")
	b.wait(4 * time.Second)
	b.fill()
	b.say("11 00 1C 10", "21 01 10 00 00 54 10")
}

func TestFaultBits(t *testing.T) {
	for kind, want := range map[string]string{
		billsim.Jam: "21 00 14 00 00 54 10", billsim.JamCassette: "21 00 14 00 00 54 10", billsim.Cheat: "21 00 11 00 00 54 10",
		billsim.CassetteFull: "21 00 18 00 00 54 10", billsim.CassetteOut: "21 00 00 00 00 54 10", billsim.Failure: "21 00 10 04 00 54 10",
	} {
		b := newBench(t, ebdssim.Config{})
		b.ready()
		b.fault(kind, false)
		b.say("11 7F 1C 10", want)
		b.fault(kind, true)
		b.fill()
		b.say("11 7F 1C 10", "21 00 10 01 00 54 10")
	}
	b := newBench(t, ebdssim.Config{})
	b.ready()
	b.fault(billsim.Silent, false)
	b.say("11 7F 1C 10", "")
}

func TestPlainBytes(t *testing.T) {
	b := newBench(t, ebdssim.Config{Plain: true, Quiet: true})
	b.wait(4 * time.Second)
	b.say("11 00 1C 00", "21 00 10 00 00 54 10")
	b.fill()
	b.say("11 08 1C 00", "21 01 10 00 00 54 10")
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.fill()
	b.say("71 02 08 1C 00 01", "21 04 10 22 00 54 10") // not known; and denomination 4 in escrow
	b.fill()
	b.say("11 08 3C 00", "21 08 10 00 00 54 10")
	b.wait(time.Second)
	b.fill()
	b.say("11 08 1C 00", "21 10 10 20 00 54 10")
}

func TestStrangers(t *testing.T) {
	b := newBench(t, ebdssim.Config{Strict: true})
	b.wait(4 * time.Second)
	b.say("11 00 1C 10", "20 01 10 00 00 54 10") // refused
	b.fill()
	b.say("11 00 1C 10", "21 01 10 00 00 54 10")

	b = newBench(t, ebdssim.Config{Mute: true})
	b.wait(4 * time.Second)
	b.say("11 00 1C 10", "")
	b.fill()
	b.say("11 00 1C 10", "21 01 10 00 00 54 10")

	b = newBench(t, ebdssim.Config{Once: true, Afresh: true})
	b.ready()
	b.insert(2000, billsim.Genuine)
	b.wait(time.Second)
	b.say("11 7F 1C 10", escrow)
	b.say("11 7F 1C 10", "21 04 10 00 00 54 10")
}

// TestIdentities: what other hosts ask, by literal frames. A query that the device does
// not know is answered as the one for its software.
func TestIdentities(t *testing.T) {
	b := newBench(t, ebdssim.Config{})
	b.ready()
	for i, c := range []struct{ query, want string }{
		{"04", "53 43 38 33 30 37 52 00 00 00 00 00 00 00 00 00 00 00 00 00"},
		{"05", "32 37 30 30 32 32 31 32 33 34 35 00 00 00 00 00 00 00 00 00"},
		{"06", "32 38 30 30 35 39 31 30 33"},
		{"07", "32 38 36 30 30 31 32 31 30"},
		{"08", "43 4E 59 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"},
		{"09", "34 39 30 30 30 36 31 31 35"},
		{"0D", "04 00 00 00 00 00"},
		{"0E", "32 38 36 30 30 31 32 31 30"},
		{"0F", "34 39 30 30 30 36 31 31 35"},
		{"3A", "01 0C 03 0F 00 00"},
	} {
		ctl := []string{"61", "60"}[i%2]
		b.say(ctl+" 00 00 "+c.query, ctl+" "+c.want)
	}
}
