package cardtest

import (
	"errors"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// restCases are about the reader and the path of the card. Never written to.
var restCases = []testCase{
	{"starts online", needNothing, startsOnline},
	{"rests", needNothing, rests},
	{"refuses cards until told", needMotor, refusesCards},
	{"accepts, holds, ejects", needNothing, acceptsEjects},
	{"no card", needNothing, noCard},
	{"captures", needMotor, captures},
	{"captures from the gate", needMotor, capturesFromGate},
	{"bin full", needMotor, binFull},
	{"jam", needMotor, jam},
	{"jam goes by itself", needMotor, jamGoes},
	{"pulled out at rest", needNothing, pulledAtRest},
	{"reset keeps the card", needNothing, resetKeeps},
	{"host restart with a card inside", needNothing, hostRestart},
	{"reads tracks", needTracks, readsTracks},
	{"has no tracks", needNoTracks, hasNoTracks},
	{"queue", needNothing, queues},
}

func startsOnline(r *run) {
	r.online()
	r.RunFor(10 * time.Second)
	for _, s := range r.Statuses[1:] {
		if s.State != hal.DeviceOnline || s.Media != card.NotPresent {
			r.Errorf("status %+v at rest", s)
		}
	}
}

// rests: a reader that nobody wants anything from costs little.
func rests(r *run) {
	r.online()
	sent, events := r.Sent, len(r.Statuses)
	r.RunFor(time.Minute)
	if n := r.Sent - sent; n > 60*8 {
		r.Errorf("%d times sent in a minute of rest, want at most 8 a second", n)
	}
	if len(r.Statuses) != events {
		r.Errorf("statuses at rest: %+v", r.Statuses[events:])
	}
}

func refusesCards(r *run) {
	r.online()
	c := &cardsim.Card{ID: "a"}
	if r.Device.InsertCard(r.Now, c) == nil {
		r.Fatal("a card went in before Accept")
	}
	r.want(card.Command{Op: card.Accept}, card.Done, nil)
	r.want(card.Command{Op: card.Refuse}, card.Done, nil)
	if r.Device.InsertCard(r.Now, c) == nil {
		r.Fatal("a card went in after Refuse")
	}
	r.insert(c)
}

func acceptsEjects(r *run) {
	c := &cardsim.Card{ID: "a"}
	r.insert(c)
	if r.able.Motor {
		if _, err := r.Device.TakeCard(r.Now); err == nil {
			r.Fatal("a held card could be taken")
		}
	}

	r.RunFor(30 * time.Second)
	r.AwaitMedia(card.Present, card.Latched)
	if got := r.leave(); got != c {
		r.Errorf("card %v came out", got)
	}
	if n := len(r.Device.Retained()); n != 0 {
		r.Errorf("%d cards retained", n)
	}
}

func noCard(r *run) {
	r.online()
	for _, c := range []card.Command{
		{Op: card.PowerOn},
		{Op: card.Transmit, Data: []byte{0, 0x84, 0, 0, 8}},
	} {
		r.want(c, card.NotDone, card.ErrNoCard)
	}

	if r.able.Motor {
		r.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrNoCard)
		r.want(card.Command{Op: card.Capture}, card.NotDone, card.ErrNoCard)
	}

	for _, chip := range r.able.Chips {
		r.want(card.Command{Op: card.Select, Chip: chip}, card.NotDone, card.ErrNoCard)
	}
}

func captures(r *run) {
	c := &cardsim.Card{ID: "a"}
	r.insert(c)
	r.want(card.Command{Op: card.Capture}, card.Done, nil)
	r.AwaitMedia(card.NotPresent)
	if got := r.Device.Retained(); len(got) != 1 || got[0] != c {
		r.Errorf("retained %v", got)
	}
}

func capturesFromGate(r *run) {
	c := &cardsim.Card{ID: "a"}
	r.insert(c)
	r.want(card.Command{Op: card.Eject}, card.Done, nil)
	r.AwaitMedia(card.Entering)
	r.want(card.Command{Op: card.Capture}, card.Done, nil)
	r.AwaitMedia(card.NotPresent)
	if n := len(r.Device.Retained()); n != 1 {
		r.Errorf("%d cards retained, want 1", n)
	}
}

func binFull(r *run) {
	r.insert(&cardsim.Card{ID: "a"})
	r.fault(FaultBinFull, false)
	if r.able.BinSensor {
		r.Await("bin full", func(s card.Status) bool { return s.BinFull && s.State == hal.DeviceOnline })
	}
	r.want(card.Command{Op: card.Capture}, card.NotDone, card.ErrBinFull)
	r.AwaitMedia(card.Present, card.Latched)
	r.fault(FaultBinFull, true)
	r.Await("room in the bin", func(s card.Status) bool { return !s.BinFull })
	r.want(card.Command{Op: card.Capture}, card.Done, nil)
}

func jam(r *run) {
	r.insert(&cardsim.Card{ID: "a"})
	r.fault(FaultJam, false)
	r.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrJam)
	r.Await("jammed", func(s card.Status) bool { return s.Media == card.Jammed })
	r.want(card.Command{Op: card.Capture}, card.NotDone, card.ErrJam)
	if n := len(r.Device.Retained()); n != 0 {
		r.Errorf("%d cards retained", n)
	}
	r.fault(FaultJam, true)
	r.want(card.Command{Op: card.Reset}, card.Done, nil)
	r.AwaitMedia(card.Present, card.Latched)
	r.leave()
}

func jamGoes(r *run) {
	r.insert(&cardsim.Card{ID: "a"})
	r.fault(FaultJam, false)
	r.refused(card.Command{Op: card.Eject}, card.ErrJam)
	r.RunFor(time.Minute)
	r.fault(FaultJam, true)
	r.AwaitMedia(card.Present, card.Latched, card.Entering)
	r.leave()
}

func pulledAtRest(r *run) {
	c, _ := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if _, err := r.Device.PullCard(r.Now); err != nil {
		r.Fatal(err)
	}
	r.AwaitMedia(card.NotPresent)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(1)}, card.NotDone, card.ErrNoCard)
	next, _ := echoCard()
	r.insert(next)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(2)}, card.NotDone, card.ErrNotPowered)
}

func resetKeeps(r *run) {
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.want(card.Command{Op: card.Reset}, card.Done, nil)
	r.AwaitMedia(card.Present, card.Latched)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.transmit(echoAPDU(1)...)
	if n := rec.Count(echoAPDU(1)); n != 1 {
		r.Errorf("the card got the APDU %d times", n)
	}
	if got := r.leave(); got != c {
		r.Errorf("card %v came out", got)
	}
}

func hostRestart(r *run) {
	c, _ := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.Restart()
	r.AwaitMedia(card.Present, card.Latched)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(1)}, card.NotDone, card.ErrNotPowered)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.transmit(echoAPDU(2)...)
	r.leave()
}

func readsTracks(r *run) {
	tracks := cardsim.Tracks{"", "6222020000000000001=30121200000", ""}
	r.insert(&cardsim.Card{ID: "bank", Tracks: tracks})
	ev := r.Rig.Do(card.Command{Op: card.ReadTracks})
	if ev.Kind != card.Done {
		r.Fatalf("ReadTracks: %v, %v", ev.Kind, ev.Err)
	}
	for i, want := range tracks {
		if string(ev.Tracks[i]) != want {
			r.Errorf("track %d is not what the card has", i+1)
		}
	}
	r.leave()
}

func hasNoTracks(r *run) {
	r.insert(&cardsim.Card{ID: "bank", Tracks: cardsim.Tracks{1: "1=2"}})
	r.want(card.Command{Op: card.ReadTracks}, card.NotDone, card.ErrUnsupported)
}

// queues: commands are answered in order, and too many are refused.
func queues(r *run) {
	c, _ := echoCard()
	r.insert(c)
	var order []uint32
	r.OnEvent = func(ev card.Event) {
		if ev.Kind != card.StatusChanged {
			order = append(order, ev.ID)
		}
	}

	r.Begin(card.Command{Op: card.PowerOn})
	r.Begin(card.Command{Op: card.Transmit, Data: echoAPDU(1)})
	last := r.Begin(card.Command{Op: card.Transmit, Data: echoAPDU(2)})
	r.wantOutcome(last, card.Done, nil)
	for i := 1; i < len(order); i++ {
		if order[i] != order[i-1]+1 {
			r.Errorf("outcomes in the order %v", order)
		}
	}

	var err error
	given := 0
	for ; err == nil && given < 1000; given++ {
		r.id++
		if err = r.Engine.Do(r.Now, card.Command{ID: r.id, Op: card.PowerOff}); err == nil {
			r.open[r.id] = card.PowerOff
		}
	}

	if !errors.Is(err, hal.ErrBusy) {
		r.Errorf("%d commands queued, then %v; want hal.ErrBusy", given, err)
	}

	for _, bad := range []card.Command{{Op: 0}, {Op: 99}, {Op: card.Transmit}, {Op: card.Transmit, Data: make([]byte, card.MaxAPDU+1)}} {
		if err := r.Engine.Do(r.Now, bad); err == nil {
			r.Errorf("Do(%v) succeeded", bad.Op)
		}
	}
}
