package kiosktest

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/profile"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/outbox"
)

// box is one machine: a board with its disk and program, its devices, its line, and
// whoever stands in front of it.
type box struct {
	*World
	name string // before its lines in the story

	incarnation uint8
	shared      uint64  // up to here the journal is a copy of another one
	past        []ended // journals that went before
	gone        bool    // it was taken away

	memory    *journaltest.Memory
	trimmed   []record.Record // that the journal has let go
	clock     clock
	written   map[uint64]time.Time // when each record was
	lied      []func()             // lying-journal: what a power cut takes back
	core      *kiosk.Core
	starts    []time.Time // of the program
	sender    *outbox.Sender
	pending   outbox.Pending
	validator device[bill.Command, bill.Event]
	kind      validator
	notes     notesDevice
	paper     device[printer.Command, printer.Event]
	printer   *escpossim.Device
	counter   *counter   // nil where no bank cards are taken
	meters    *meterSlot // nil where no power is bought
	life      uint64     // counts starts and deaths of the program: old callbacks check it

	cutBytes int   // power goes after so many more device bytes; 0 for never
	cuts     []Cut // of the plan, that are still to come
	lineUp   bool  // the line itself
	linked   bool  // what the program believes
	links    int   // how often the line came up
	full     bool
	freed    time.Time       // when the disk had space again
	scanning bool            // the scanner reports codes
	unasked  map[string]bool // faults with which the validator stacks notes without an order
	troubles []trouble
	misread  bool // it took a note for another, once at least

	customer  *customer
	served    int
	onArrival []arrival
	eyes      witness
}

// newBox is a new kiosk, with a kind of validator that is drawn.
func newBox(w *World) *box {
	b := &box{World: w, lineUp: true, cuts: w.plan.Cuts, clock: clock{trust: record.Synchronised}, unasked: map[string]bool{}, written: map[uint64]time.Time{}}
	b.memory = b.newMemory()
	b.cutNext()
	b.kind = validatorOf(w.rng)
	b.equip()

	return b
}

// cutNext has the power go at the next cut of the plan.
func (w *box) cutNext() {
	if len(w.cuts) > 0 {
		w.memory.CutAfter(w.cuts[0].N, w.cuts[0].Kept)
		w.cuts = w.cuts[1:]
	}
}

// newMemory is an empty journal of the box. A copy of it is stamped by the clock of the
// box that writes it.
func (w *box) newMemory() *journaltest.Memory {
	return journaltest.NewMemory(journal.Options{
		Kiosk: Terminal, Incarnation: w.incarnation, Clock: func() time.Time { return w.writer.time() }, Trust: func() record.Trust { return w.writer.clock.trust }, Pinned: kiosk.Pinned,
		Retention: w.plan.Retention,
	})
}

// logf adds a line to the story.
func (w *box) logf(format string, args ...any) { w.World.logf(w.name+format, args...) }

// equip gives the box new devices.
func (w *box) equip() {
	w.notes = w.kind.device(w.rng).(notesDevice)
	w.printer = escpossim.New(escpossim.Config{})
	w.validator = device[bill.Command, bill.Event]{w: w, peer: w.notes}
	w.paper = device[printer.Command, printer.Event]{w: w, peer: w.printer}
	w.counter = newCounter(w)
	w.meters = newMeterSlot(w)
}

// billCode is the bar code of the bills: an account of 10 digits and 14 more.
var billCode = regexp.MustCompile(`^([0-9]{10})[0-9]{14}$`)

// boot starts the program over what the journal holds.
func (w *box) boot() {
	w.life++
	cfg := kiosk.Config{
		Terminal: Terminal, Incarnation: w.incarnation, Version: "sim", Zone: time.UTC, Lang: receipt.Chinese,
		Denominations: []money.Amount{1000, 2000, 5000, 10000}, MaxTotal: 200000,
		BillCode: billCode, ApartFor: time.Minute,
	}
	cfg.Profile = profile.Lobby()
	if w.plan.Codes {
		cfg.Profile = cfg.Profile.With(profile.QR)
	}
	if w.counter != nil {
		cfg.Profile, cfg.Card = cfg.Profile.With(profile.BankCard), w.cardConfig()
		cfg.BankPosts = w.plan.Public
	}
	if w.meters != nil {
		cfg.Profile = cfg.Profile.WithMeterCards()
		cfg.Meter = metercard.Config{
			Reader: true, Key: w.office.vending.public(), Random: rand.NewChaCha8([32]byte{1: byte(w.seed), 2: byte(w.life), 3: 1}), Library: w.meters.maker != nil,
		}
	}
	core, effects, err := kiosk.New(cfg, journalOf(w), w.time())
	if err != nil {
		if errors.Is(err, journaltest.ErrPowerCut) {
			w.blackout()
			return
		}
		w.logf("the program does not start: %v", err)
		w.die(time.Second)
		return
	}
	w.logf("the program starts, boot %d", core.Status().Boot)
	w.core = core
	w.starts = append(w.starts, w.now)
	w.sender = outbox.New(outbox.Config{}, w.memory, w.rng.Float64)
	w.pending = outbox.Pending{}
	w.linked, w.scanning = false, false
	w.validator.engine = w.kind.driver()
	w.validator.heard = w.heardValidator
	w.paper.engine = escpos.New(escpos.Config{PollIdle: 30 * time.Second, CutAtStart: true})
	w.paper.heard = func(e printer.Event) { w.handle(kiosk.Printer{Event: e}) }
	w.counter.boot(
		func(e card.Event) { w.handle(kiosk.CardReader{Event: e}) }, func(e pinpad.Event) { w.handle(kiosk.PINPad{Event: e}) },
	)
	w.meters.boot(func(e card.Event) { w.handle(kiosk.MeterReader{Event: e}) })
	w.isTold()
	w.effects(effects)
	w.line()
	w.trimLater(trimAfterStart)
}

// handle gives the core one event and carries out what follows.
func (w *box) handle(e kiosk.Event) {
	if w.core == nil {
		return
	}
	w.effects(w.core.Handle(w.time(), e))
}

func (w *box) effects(effects []kiosk.Effect) {
	life := w.life
	for _, e := range effects {
		if w.life != life {
			return // the program died in the middle
		}
		switch e := e.(type) {
		case kiosk.OrderValidator:
			w.logf("validator: %v %v", e.Op, e.Values)
			if err := w.validator.engine.Do(w.now, e.Command); err != nil {
				w.logf("validator refuses %v: %v", e.Op, err)
				w.later(0, func() { w.handle(kiosk.Validator{Event: e.Command.Refused(err)}) })
			}
		case kiosk.OrderReader:
			if err := w.counter.reader.engine.Do(w.now, e.Command); err != nil {
				w.logf("the reader refuses %v: %v", e.Op, err)
				w.later(0, func() { w.handle(kiosk.CardReader{Event: e.Command.Refused(err)}) })
			}
		case kiosk.OrderMeterReader:
			w.office.steps.watch.ordered(w.office, e.Command)
			if err := w.meters.reader.engine.Do(w.now, e.Command); err != nil {
				w.logf("the meter reader refuses %v: %v", e.Op, err)
				w.later(0, func() { w.handle(kiosk.MeterReader{Event: e.Command.Refused(err)}) })
			}
		case kiosk.OrderPad:
			if err := w.counter.pad.engine.Do(w.now, e.Command); err != nil {
				w.logf("the pad refuses %v: %v", e.Op, err)
				w.later(0, func() { w.handle(kiosk.PINPad{Event: e.Command.Refused(err)}) })
			}
		case kiosk.Print:
			if err := w.paper.engine.Do(w.now, e.Command); err != nil {
				w.later(0, func() { w.handle(kiosk.Printer{Event: e.Command.Refused(err)}) })
			}
		case kiosk.CheckStaff:
			w.checkCollector(e)
		case kiosk.Ask:
			w.ask(e)
		case kiosk.Appended:
			w.pump()
		case kiosk.Redraw:
			w.eyes.sees(w, w.core.View())
		case kiosk.Scan:
			w.scanning = e.On
		case kiosk.Restart:
			w.logf("the program asks for a restart: %v", e.Err)
			if errors.Is(e.Err, journaltest.ErrPowerCut) {
				w.blackout()
			} else {
				w.kill()
			}
		}
	}
}

// later runs do after a while, if the program still lives.
func (w *box) later(d time.Duration, do func()) {
	life := w.life
	w.todo.at(w.now.Add(d), func() {
		if w.life == life {
			do()
		}
	})
}

// wake is when any part of the box has something to do.
func (w *box) wake() time.Time {
	next := earlier(earlier(w.validator.wake(), w.paper.wake()), earlier(w.counter.wake(), w.meters.wake()))
	if w.core != nil {
		next = earlier(next, w.clock.real(w.now, w.core.Wake()))
		next = earlier(next, w.sender.Wake())
		next = earlier(next, w.pending.Wake())
	}

	return next
}

func (w *box) runDevices() {
	w.validator.run(w.now)
	w.eyes.watchCassette(w)
	w.paper.run(w.now)
	w.counter.run(w.now)
	w.meters.run(w.now)
	if w.meters.wrote() {
		w.strikePurse()
	}
}

// runProgram does what is due in the program, if it lives.
func (w *box) runProgram() {
	if w.core == nil {
		return
	}
	for _, id := range w.pending.Expired(w.now) {
		w.handle(kiosk.Expired{ID: id})
	}
	if w.core != nil && due(w.clock.real(w.now, w.core.Wake()), w.now) {
		w.handle(kiosk.Tick{})
	}
	if w.core != nil && due(w.sender.Wake(), w.now) {
		w.pump()
	}
}

// quiet reports whether nothing is open any more.
func (w *box) quiet() bool {
	return w.core != nil && w.core.Status().Idle && len(w.core.Status().Open) == 0 && w.linked && w.sender.Backlog() == 0 && w.office.quiet()
}
