package crt571

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
)

// bench holds a driver against written-down bytes.
type bench struct {
	*testing.T
	d      *Driver
	now    time.Time
	events []card.Event
}

func newBench(t *testing.T, cfg Config) *bench {
	return &bench{T: t, d: New(cfg), now: time.Unix(1_700_000_000, 0)}
}

// sends runs to the next wake and compares what goes out.
func (b *bench) sends(want string) {
	b.Helper()
	for range 3 {
		if at := b.d.Wake(); at.After(b.now) {
			b.now = at
		}
		tx, ev := b.d.Advance(b.now, nil)
		b.events = append(b.events, ev...)
		if len(tx) > 0 {
			if !bytes.Equal(tx, unhex(b.T, want)) {
				b.Fatalf("sent % X, want %s", tx, want)
			}
			return
		}
	}
	b.Fatalf("sent nothing, want %s", want)
}

// hears feeds bytes and compares what goes out at once.
func (b *bench) hears(rx, want string) {
	b.Helper()
	b.now = b.now.Add(5 * time.Millisecond)
	tx, ev := b.d.Advance(b.now, unhex(b.T, rx))
	b.events = append(b.events, ev...)
	if !bytes.Equal(tx, unhex(b.T, want)) {
		b.Fatalf("after %s sent % X, want %s", rx, tx, want)
	}
}

// reply frames a text and feeds it after an ACK; the driver acknowledges.
func (b *bench) reply(text string) {
	b.Helper()
	frame, err := AppendFrame([]byte{ACK}, b.d.cfg.Address, []byte(text))
	if err != nil {
		b.Fatal(err)
	}
	b.hears(fmt.Sprintf("%X", frame), "06")
}

func (b *bench) do(c card.Command) {
	b.Helper()
	if err := b.d.Do(b.now, c); err != nil {
		b.Fatal(err)
	}
}

// last is the last event.
func (b *bench) last() card.Event {
	b.Helper()
	if len(b.events) == 0 {
		b.Fatal("no event")
	}
	return b.events[len(b.events)-1]
}

// TestSession: bytes on the line, from the start to the ATR.
func TestSession(t *testing.T) {
	b := newBench(t, Config{})
	b.sends("F2 00 00 03 43 31 30 03 B0") // status
	b.reply("N10B0")                      // not initialised
	b.sends("F2 00 00 03 43 30 33 03 B2") // initialise, no move
	b.reply("P03000CRT-571")              //
	b.sends("F2 00 00 03 43 31 30 03 B0") // status
	b.reply("P10000")                     // no card
	if s := b.last().Status; s.State != hal.DeviceOnline || s.Media != card.NotPresent {
		t.Errorf("status %+v", s)
	}
	b.sends("F2 00 00 03 43 33 31 03 B3") // no entry
	b.reply("P31000")
	b.do(card.Command{ID: 1, Op: card.Accept})
	b.sends("F2 00 00 03 43 33 30 03 B2")
	b.reply("P30000")
	if ev := b.last(); ev.Kind != card.Done || ev.ID != 1 {
		t.Errorf("%+v", ev)
	}
	b.sends("F2 00 00 03 43 31 30 03 B0")
	b.reply("P10200") // a card is inside
	if s := b.last().Status; s.Media != card.Present {
		t.Errorf("status %+v", s)
	}
	b.do(card.Command{ID: 2, Op: card.PowerOn})
	b.sends("F2 00 00 03 43 32 31 03 B2") // to the contacts
	b.reply("P21200")
	b.sends("F2 00 00 04 43 51 30 33 03 E4") // cold reset, 5 V, ISO
	b.reply("PQ02000;\x00")
	if ev := b.last(); ev.Kind != card.Done || ev.ID != 2 || !bytes.Equal(ev.Data, []byte{0x3B, 0x00}) {
		t.Errorf("%+v", ev)
	}
	b.do(card.Command{ID: 3, Op: card.PowerOn}) // warm
	b.sends("F2 00 00 03 43 51 38 03 D8")
	b.reply("PQ82000;\x00")
	b.do(card.Command{ID: 4, Op: card.Transmit, Data: unhex(t, "00B0990108")})
	b.sends("F2 00 00 08 43 51 33 00 B0 99 01 08 03 F8")
	b.reply("PQ3200\x12\x34\x90\x00")
	if ev := b.last(); ev.Kind != card.Done || !bytes.Equal(ev.Data, unhex(t, "12349000")) {
		t.Errorf("%+v", ev)
	}
}

// inside brings the driver to where a card is at the contacts and has power.
func inside(t *testing.T, cfg Config) *bench {
	t.Helper()
	b := newBench(t, cfg)
	b.sends("F2 00 00 03 43 31 30 03 B0")
	b.reply("P10200")
	b.sends("F2 00 00 03 43 33 31 03 B3")
	b.reply("P31200")
	b.do(card.Command{ID: 1, Op: card.PowerOn})
	b.sends("F2 00 00 03 43 32 31 03 B2")
	b.reply("P21200")
	b.sends("F2 00 00 04 43 51 30 33 03 E4")
	b.reply("PQ02000;\x00")
	return b
}

const (
	apduText  = "00D6810001AA"
	apduFrame = "F2 00 00 09 43 51 33 00 D6 81 00 01 AA 03 25"
)

// TestOnce: a command that may change the card, and every way its ACK can go.
func TestOnce(t *testing.T) {
	write := card.Command{ID: 9, Op: card.Transmit, Data: unhex(t, apduText)}
	t.Run("NAK", func(t *testing.T) {
		b := inside(t, Config{})
		b.do(write)
		for range 4 { // the first and three repeats
			b.sends(apduFrame)
			b.hears("15", "")
		}
		b.sends("F2 00 00 03 43 31 30 03 B0") // a look at where the card is
		b.reply("P10200")
		if ev := b.last(); ev.Kind != card.NotDone || !errors.Is(ev.Err, card.ErrLine) {
			t.Errorf("%v, %v; want not done: the reader never took it", ev.Kind, ev.Err)
		}
	})
	t.Run("two NAKs send it again once", func(t *testing.T) {
		b := inside(t, Config{})
		b.do(write)
		b.sends(apduFrame)
		b.hears("15 15", "")
		b.sends(apduFrame)
		b.reply("PQ3200\x90\x00")
		if ev := b.last(); ev.Kind != card.Done {
			t.Errorf("%v, %v", ev.Kind, ev.Err)
		}
	})
	t.Run("NAK, then ACK", func(t *testing.T) {
		b := inside(t, Config{})
		b.do(write)
		b.sends(apduFrame)
		b.hears("15", "")
		b.reply("PQ3200\x90\x00")
		if ev := b.last(); ev.Kind != card.Done {
			t.Errorf("%v, %v", ev.Kind, ev.Err)
		}
	})
	t.Run("NAK among other bytes", func(t *testing.T) { // a byte of an answer that lost its beginning
		b := inside(t, Config{})
		b.do(write)
		b.sends(apduFrame)
		b.hears("32 30 30 15", "")
		b.sends("04")
		b.sends("F2 00 00 03 43 31 30 03 B0")
		b.reply("P10200")
		if ev := b.last(); ev.Kind != card.Unknown {
			t.Errorf("%v, %v; want unknown", ev.Kind, ev.Err)
		}
	})
	t.Run("NAK, then other bytes", func(t *testing.T) {
		b := inside(t, Config{})
		b.do(write)
		b.sends(apduFrame)
		b.hears("15", "")
		b.hears("32 30", "")
		b.sends("04")
	})
	t.Run("no ACK", func(t *testing.T) {
		b := inside(t, Config{})
		b.do(write)
		b.sends(apduFrame)
		b.sends("04")
		b.sends("F2 00 00 03 43 31 30 03 B0")
		b.reply("P10200")
		if ev := b.last(); ev.Kind != card.Unknown || !errors.Is(ev.Err, card.ErrSilent) {
			t.Errorf("%v, %v; want unknown", ev.Kind, ev.Err)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		b := inside(t, Config{CardTimeout: 2 * time.Second})
		b.do(write)
		b.sends(apduFrame)
		b.hears("06", "")
		before := b.now
		b.sends("04")
		if waited := b.now.Sub(before); waited < 2*time.Second || waited > 3*time.Second {
			t.Errorf("waited %v", waited)
		}
		b.sends("F2 00 00 03 43 31 30 03 B0")
		b.reply("P10000") // and the card is gone
		if ev := b.events[len(b.events)-1]; ev.Kind != card.Unknown || !errors.Is(ev.Err, card.ErrPulled) {
			t.Errorf("%v, %v; want unknown", ev.Kind, ev.Err)
		}
	})
	t.Run("damaged answer", func(t *testing.T) {
		b := inside(t, Config{})
		b.do(write)
		b.sends(apduFrame)
		b.hears("06 F2 00 00 08 50 51 33 32 30 30 90 00 03 00", "")
		b.sends("15")
		b.hears("F2 00 00 08 50 51 33 32 30 30 90 00 03 69", "06")
		if ev := b.last(); ev.Kind != card.Done || !bytes.Equal(ev.Data, []byte{0x90, 0}) {
			t.Errorf("%v, %v", ev.Kind, ev.Err)
		}
	})
	for code, kind := range map[string]card.Kind{
		"00": card.NotDone, "04": card.NotDone, "10": card.Unknown, "40": card.Unknown, "67": card.Unknown, "68": card.Unknown,
	} {
		t.Run("code "+code, func(t *testing.T) {
			b := inside(t, Config{})
			b.do(write)
			b.sends(apduFrame)
			b.reply("NQ3" + code)
			if kind == card.Unknown {
				b.sends("F2 00 00 03 43 31 30 03 B0")
				b.reply("P10200")
			}
			if ev := b.last(); ev.Kind != kind || !strings.Contains(ev.Err.Error(), code) {
				t.Errorf("%v, %v; want %v", ev.Kind, ev.Err, kind)
			}
		})
	}
}

// TestMemoryBytes: the frames of the groups 53 and 54 as the manual has them.
func TestMemoryBytes(t *testing.T) {
	text := func(b *bench, want string) {
		t.Helper()
		frame, err := AppendFrame(nil, 0, unhex(t, want))
		if err != nil {
			t.Fatal(err)
		}
		b.sends(fmt.Sprintf("%X", frame))
	}
	b := inside(t, Config{})
	b.do(card.Command{ID: 2, Op: card.Select, Chip: card.SLE4442})
	text(b, "43 53 30")
	b.reply("PS0200\xA2\x13\x10\x91")
	b.do(card.Command{ID: 3, Op: card.Read, Address: 0x20, Length: 2})
	text(b, "43 53 33 00 B0 00 20 02")
	b.reply("PS3200ab\x90\x00")
	b.do(card.Command{ID: 4, Op: card.Read, Area: card.Protection, Length: 4})
	text(b, "43 53 33 00 B0 01 00 04")
	b.reply("PS3200\x0F\x00\x00\x01\x90\x00")
	if ev := b.last(); !bytes.Equal(ev.Data, []byte{0xF0, 0xFF, 0xFF, 0xFE}) {
		t.Errorf("protection % X", []byte(ev.Data))
	}
	b.do(card.Command{ID: 5, Op: card.Verify, Data: []byte{1, 2, 3}})
	text(b, "43 53 33 00 B0 02 00 04")
	b.reply("PS3200\x07\x00\x00\x00\x90\x00")
	text(b, "43 53 33 00 20 03 01 03 01 02 03")
	b.reply("PS3200\x90\x00")
	b.do(card.Command{ID: 6, Op: card.Write, Address: 0x40, Data: []byte{7, 8}})
	text(b, "43 53 33 00 D0 00 40 02 07 08")
	b.reply("PS3200\x6F\x00")
	if ev := b.last(); ev.Kind != card.Unknown || !errors.Is(ev.Err, card.ErrProtected) {
		t.Errorf("refused in the middle: %v, %v", ev.Kind, ev.Err)
	}
	b.do(card.Command{ID: 7, Op: card.PowerOff})
	text(b, "43 53 31")
	b.reply("PS1200")

	b.do(card.Command{ID: 8, Op: card.Select, Chip: card.SLE4428})
	text(b, "43 53 30")
	b.reply("PS0200\x92\x23\x10\x91")
	b.do(card.Command{ID: 9, Op: card.Verify, Data: []byte{1, 2}})
	text(b, "43 53 34 00 B0 03 FD 01")
	b.reply("PS4200\x7F\x90\x00")
	text(b, "43 53 34 00 20 00 00 02 01 02")
	b.reply("PS4200\x6F\x01")
	text(b, "43 53 34 00 B0 03 FD 01")
	b.reply("PS4200\x3F\x90\x00")
	if ev := b.last(); ev.Kind != card.NotDone || !errors.Is(ev.Err, card.ErrWrongPSC) || !bytes.Equal(ev.Data, []byte{6}) {
		t.Errorf("wrong code: %v, %v, %v", ev.Kind, ev.Err, []byte(ev.Data))
	}
	b.do(card.Command{ID: 10, Op: card.Read, Area: card.Protection, Address: 5, Length: 1})
	text(b, "43 53 34 00 B0 10 05 01")
	b.reply("PS4200\x00\x90\x00")

	b.do(card.Command{ID: 11, Op: card.Select, Chip: card.AT24C})
	text(b, "43 54 30 30")
	b.reply("PT0200")
	text(b, "43 54 32")
	b.reply("PT22007")
	b.do(card.Command{ID: 12, Op: card.Read, Address: 0x1FFF, Length: 1})
	text(b, "43 54 33 00 B0 1F FF 01")
	b.reply("PT3200a\x90\x00")
	b.do(card.Command{ID: 13, Op: card.Write, Address: 0x1234, Data: []byte{9}})
	text(b, "43 54 34 00 D0 12 34 01 09")
	b.reply("PT4200\x90\x00")
	if ev := b.last(); ev.Kind != card.Done || ev.ID != 13 {
		t.Errorf("%+v", ev)
	}
}

// TestSecrets: nothing that must stay secret stands in an error or an event in
// words.
func TestSecrets(t *testing.T) {
	b := inside(t, Config{})
	b.do(card.Command{ID: 2, Op: card.Select, Chip: card.SLE4442})
	b.sends("F2 00 00 03 43 53 30 03 D2")
	b.reply("PS0200\xA2\x13\x10\x91")
	b.do(card.Command{ID: 3, Op: card.Verify, Data: []byte("PSC-is-long")})
	b.now = b.now.Add(gap)
	_, ev := b.d.Advance(b.now, nil)
	for _, e := range append(b.events, ev...) {
		if s := fmt.Sprintf("%+v %v", e, e.Err); strings.Contains(s, "PSC-is") || strings.Contains(s, "505343") {
			t.Errorf("event tells the code: %s", s)
		}
	}
	if len(ev) != 1 || !errors.Is(ev[0].Err, card.ErrArgument) {
		t.Errorf("events %+v", ev)
	}
}

func TestAnswersOfOthers(t *testing.T) {
	b := newBench(t, Config{})
	b.sends("F2 00 00 03 43 31 30 03 B0")
	b.hears("F2 00 00 06 50 31 30 32 30 30 03 94", "")    // before ACK: not trusted
	b.hears("06", "")                                     //
	b.hears("F2 00 00 06 50 33 31 32 30 30 03 97", "")    // of another command
	b.hears("F2 01 00 06 50 31 30 32 30 30 03 95", "")    // of another reader
	b.hears("F2 00 00 06 50 31 30 32 30 30 03 94", "06")  // ours
	b.hears("F2 00 00 06 50 31 30 30 30 30 03 96 06", "") // nobody asked
	if s := b.last().Status; s.Media != card.Present {
		t.Errorf("status %+v", s)
	}
}
