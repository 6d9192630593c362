package cardtest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// troubleCases are about what goes wrong in the middle. Never written to.
var troubleCases = []testCase{
	{"pulled out after the chip worked", needNothing, pulledAfter},
	{"pulled out before the chip works", needNothing, pulledBefore},
	{"silence at rest", needNothing, silenceAtRest},
	{"silence in an exchange", needNothing, silenceInExchange},
	{"power cut in an exchange", needNothing, powerCutInExchange},
	{"power cut at rest", needMotor, powerCutAtRest},
	{"lost reply", needNothing, lostReply},
	{"late reply", needNothing, lateReply},
	{"lost acknowledgement", needNothing, lostAck},
	{"lost reply to a move", needMotor, lostMove},
	{"damaged line", needSerial, damagedLine},
	{"bytes one by one", needSerial, byteByByte},
}

// working powers an echo card and begins an exchange; it returns when the chip has
// worked and the answer has not left.
func (r *run) working(apdu []byte) (id uint32, rec *cardsim.Recorder) {
	r.Helper()
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	id = r.Begin(card.Command{Op: card.Transmit, Data: apdu})
	if !r.RunUntil(patience, func() bool { return len(rec.Log) > 0 }) {
		r.Fatal("the APDU never reached the card")
	}
	return id, rec
}

// once checks that the card got the APDU at most so many times, and goes on to show
// that the reader works.
func (r *run) once(rec *cardsim.Recorder, apdu []byte, most int) {
	r.Helper()
	r.RunFor(time.Minute)
	if n := rec.Count(apdu); n > most {
		r.Errorf("the APDU reached the card %d times", n)
	}
}

// works shows that the card inside answers, and answers right.
func (r *run) works(n int) {
	r.Helper()
	r.AwaitMedia(card.Present, card.Latched)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if got := r.transmit(echoAPDU(n)...); !bytes.Equal(got, echoAnswer(n)) {
		r.Errorf("response % X, want % X", got, echoAnswer(n))
	}
}

func pulledAfter(r *run) {
	apdu := echoAPDU(1)
	id, rec := r.working(apdu)
	if _, err := r.Device.PullCard(r.Now); err != nil {
		r.Fatal(err)
	}

	r.wantOutcome(id, card.Unknown, card.ErrPulled)
	r.AwaitMedia(card.NotPresent)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(2)}, card.NotDone, card.ErrNoCard)
	r.once(rec, apdu, 1)
	c, _ := echoCard()
	r.insert(c)
	r.works(3)
	r.leave()
}

func pulledBefore(r *run) {
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	id := r.Begin(card.Command{Op: card.Transmit, Data: echoAPDU(1)})
	sent := r.Sent
	r.RunUntil(time.Second, func() bool { return r.Sent > sent })
	if len(rec.Log) > 0 {
		r.Skip("the chip of this device works at once")
	}
	if _, err := r.Device.PullCard(r.Now); err != nil {
		r.Fatal(err)
	}
	if ev := r.Outcome(id); ev.Kind == card.Done {
		r.Error("done with no card")
	}

	r.AwaitMedia(card.NotPresent)
	if len(rec.Log) > 0 {
		r.Error("the APDU reached a card that was out")
	}
}

func silenceAtRest(r *run) {
	r.online()
	r.fault(FaultSilent, false)
	r.offline()
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(1)}, card.NotDone, card.ErrSilent)
	r.want(card.Command{Op: card.Eject}, card.NotDone, card.ErrSilent)
	r.RunFor(time.Minute)
	r.fault(FaultSilent, true)
	r.AwaitMedia(card.NotPresent)
	c, _ := echoCard()
	r.insert(c)
	r.works(2)
}

func silenceInExchange(r *run) {
	apdu := echoAPDU(1)
	id, rec := r.working(apdu)
	r.fault(FaultSilent, false)
	r.wantOutcome(id, card.Unknown, nil)
	r.offline()
	r.fault(FaultSilent, true)
	r.once(rec, apdu, 1)
	r.works(2)
	r.leave()
}

func powerCutInExchange(r *run) {
	apdu := echoAPDU(1)
	id, rec := r.working(apdu)
	r.Device.PowerCut(r.Now)
	r.wantOutcome(id, card.Unknown, nil)
	r.RunFor(10 * time.Second)
	r.Device.PowerOn(r.Now)
	r.once(rec, apdu, 1)
	r.works(2)
	r.leave()
}

// powerCutAtRest: what the owner wanted is in force again.
func powerCutAtRest(r *run) {
	r.online()
	r.want(card.Command{Op: card.Accept}, card.Done, nil)
	r.Device.PowerCut(r.Now)
	r.offline()
	r.Device.PowerOn(r.Now)
	r.AwaitMedia(card.NotPresent)
	r.RunFor(5 * time.Second)
	if err := r.Device.InsertCard(r.Now, &cardsim.Card{ID: "a"}); err != nil {
		r.Errorf("after a power cut the reader takes no card: %v", err)
	}
	r.AwaitMedia(card.Present, card.Latched)
}

func lostReply(r *run) {
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.fault(FaultLostReply, false)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(1)}, card.Unknown, nil)
	r.once(rec, echoAPDU(1), 1)
	r.works(2)
	r.leave()
}

// lateReply: an answer that comes late is not taken for the next one's.
func lateReply(r *run) {
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.fault(FaultLateReply, false)
	id := r.Begin(card.Command{Op: card.Transmit, Data: echoAPDU(1)})
	next := r.Begin(card.Command{Op: card.Transmit, Data: echoAPDU(2)})
	r.wantOutcome(id, card.Unknown, nil)
	if err := verdict(r.Outcome(next), rec.Count(echoAPDU(2)), 2); err != nil {
		r.Error(err)
	}

	r.once(rec, echoAPDU(1), 1)
	r.works(3)
	r.leave()
}

func lostAck(r *run) {
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	id := r.Begin(card.Command{Op: card.Transmit, Data: echoAPDU(1)})
	r.fault(FaultLostAck, false)
	ev := r.Outcome(id)
	r.fault(FaultLostAck, true)
	r.once(rec, echoAPDU(1), 1)
	n := rec.Count(echoAPDU(1))
	if ev.Kind == card.NotDone && n > 0 || ev.Kind == card.Done && n == 0 {
		r.Errorf("%v, and the APDU reached the card %d times", ev.Kind, n)
	}

	r.works(2)
	r.leave()
}

// lostMove: a look at where the card is replaces the answer.
func lostMove(r *run) {
	if !r.able.Serial {
		r.Skip("the line cannot be disturbed")
	}

	r.insert(&cardsim.Card{ID: "a"})
	id := r.Begin(card.Command{Op: card.Eject})
	lose := true
	r.ToHost = func(b []byte) []byte {
		if lose && len(b) > 2 {
			lose = false
			return nil
		}
		return b
	}

	r.wantOutcome(id, card.Done, nil)
	r.ToHost = nil
	r.AwaitMedia(card.Entering)
	if _, err := r.Device.TakeCard(r.Now); err != nil {
		r.Error(err)
	}
}

// damage disturbs one byte of a transmission now and then, in a way that a sum over
// a frame finds.
func damage(rnd *rand.Rand) func([]byte) []byte {
	return func(b []byte) []byte {
		if rnd.IntN(12) > 0 {
			return b
		}
		c := bytes.Clone(b)
		i := rnd.IntN(len(c))
		switch rnd.IntN(4) {
		case 0: // lost
			return append(c[:i], c[i+1:]...)
		case 1: // twice
			return append(c[:i+1], b[i:]...)
		case 2: // all of it
			return nil
		}
		c[i] ^= 1 << rnd.IntN(8)
		return c
	}
}

// damagedLine: whatever the line does, no APDU is executed twice, Done is the card's
// answer, NotDone was not executed.
func damagedLine(r *run) {
	const runs, exchanges = 6, 1000
	c, rec := echoCard()
	r.insert(c)
	for seed := range runs {
		r.damagedRun(rec, seed*exchanges, exchanges, rand.New(rand.NewPCG(1, uint64(seed))))
	}
	r.works(runs * exchanges)
	r.leave()
}

// damagedRun is so many exchanges on a damaged line, numbered from first.
func (r *run) damagedRun(rec *cardsim.Recorder, first, exchanges int, rnd *rand.Rand) {
	r.Helper()
	rec.Log = nil
	kinds := map[card.Kind]int{}
	r.ToHost, r.ToDevice = damage(rnd), damage(rnd)
	for n := first; n < first+exchanges; n++ {
		ev := r.Rig.Do(card.Command{Op: card.Transmit, Data: echoAPDU(n)})
		kinds[ev.Kind]++
		if err := verdict(ev, rec.Count(echoAPDU(n)), n); err != nil {
			r.Error(err)
		}
		if errors.Is(ev.Err, card.ErrNotPowered) || errors.Is(ev.Err, card.ErrSilent) {
			r.AwaitMedia(card.Present, card.Latched)
			r.Rig.Do(card.Command{Op: card.PowerOn})
		}
	}

	r.ToHost, r.ToDevice = nil, nil
	r.Await("online", func(s card.Status) bool { return s.State == hal.DeviceOnline })
	for n := first; n < first+exchanges; n++ {
		if got := rec.Count(echoAPDU(n)); got > 1 {
			r.Errorf("APDU %d reached the card %d times", n, got)
		}
	}

	if kinds[card.Done] < exchanges/3 {
		r.Errorf("outcomes %v: hardly anything was done", kinds)
	}
}

// verdict compares an outcome with what reached the card.
func verdict(ev card.Event, reached, n int) error {
	switch {
	case reached > 1:
		return fmt.Errorf("APDU %d reached the card %d times", n, reached)
	case ev.Kind == card.Done && (reached != 1 || !bytes.Equal(ev.Data, echoAnswer(n))):
		return fmt.Errorf("APDU %d done with % X, which is not the card's answer % X (reached %d times)", n, []byte(ev.Data), echoAnswer(n), reached)
	case ev.Kind == card.NotDone && reached != 0:
		return fmt.Errorf("APDU %d not done (%v), but it reached the card", n, ev.Err)
	}
	return nil
}

func byteByByte(r *run) {
	r.Chunk = 1
	c, rec := echoCard()
	r.insert(c)
	r.works(1)
	if len(rec.Log) != 1 {
		r.Errorf("%d APDUs reached the card, want 1", len(rec.Log))
	}
	r.leave()
}
