package kiosktest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
	"wattkiosk/hal/printer/escpos"
	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/payments/money"
	"wattkiosk/payments/receipt"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/outbox"
)

// Terminal is the kiosk of every run.
const Terminal = "10000001"

// start is the first instant of every run.
var start = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

// World is one kiosk, its customers, the line, head office and the MIS.
type World struct {
	seed uint64
	rng  *rand.Rand
	plan Plan
	bug  Bug
	now  time.Time
	todo queue
	log  *Log

	memory    *journaltest.Memory
	lied      []func() // lying-journal: what a power cut takes back
	core      *kiosk.Core
	sender    *outbox.Sender
	pending   outbox.Pending
	validator device[bill.Command, bill.Event]
	kind      validator
	notes     notesDevice
	paper     device[printer.Command, printer.Event]
	printer   *escpossim.Device
	life      uint64 // counts starts and deaths of the program: old callbacks check it

	cutBytes int  // power goes after so many more device bytes; 0 for never
	lineUp   bool // the line itself
	linked   bool // what the program believes
	calm     bool // faults have stopped
	full     bool
	scanning bool // the scanner reports codes

	customer *customer
	served   int
	eyes     witness
	operator operator
	office   *office
	stats    Stats
	steps    int
}

// Stats counts what happened in a run.
type Stats struct {
	Customers, Payments, Notes, PowerCuts, Kills, LineCuts, OfficeKills, MISFaults, DeviceFaults, DiskFulls int
	Posted, Owed, Disputed, Cancelled, Unresolved, Stray                                                    int
	Records, Holds, HeldRestarts, Restores, Operator                                                        int
}

// Add sums.
func (s *Stats) Add(o Stats) {
	for _, p := range [][2]*int{
		{&s.Customers, &o.Customers},
		{&s.Payments, &o.Payments},
		{&s.Notes, &o.Notes},
		{&s.PowerCuts, &o.PowerCuts},
		{&s.Kills, &o.Kills},
		{&s.LineCuts, &o.LineCuts},
		{&s.OfficeKills, &o.OfficeKills},
		{&s.MISFaults, &o.MISFaults},
		{&s.DeviceFaults, &o.DeviceFaults},
		{&s.DiskFulls, &o.DiskFulls},
		{&s.Posted, &o.Posted},
		{&s.Owed, &o.Owed},
		{&s.Disputed, &o.Disputed},
		{&s.Cancelled, &o.Cancelled},
		{&s.Unresolved, &o.Unresolved},
		{&s.Stray, &o.Stray},
		{&s.Records, &o.Records},
		{&s.Holds, &o.Holds},
		{&s.HeldRestarts, &o.HeldRestarts},
		{&s.Restores, &o.Restores},
		{&s.Operator, &o.Operator},
	} {
		*p[0] += *p[1]
	}
}

// maxSteps bounds a run that does not settle.
const maxSteps = 3_000_000

// Run plays one kiosk-day and returns what happened. An error names the seed
// and what does not add up.
func Run(seed uint64, plan Plan, bug Bug, log *Log) (Stats, error) {
	w := newWorld(seed, plan, bug, log)
	w.boot()
	err := w.play()
	w.stats.Operator = w.operator.acts
	if err == nil {
		err = w.audit()
	}
	if err == nil && plan.Seasonal {
		if err = w.standIdle(); err == nil && w.core == nil {
			err = errors.New("the program does not start after half a year without a customer")
		}
	}
	if err != nil {
		return w.stats, fmt.Errorf("seed %d, %s: %w", seed, w.kind.name, err)
	}
	return w.stats, nil
}

func newWorld(seed uint64, plan Plan, bug Bug, log *Log) *World {
	rng := rand.New(rand.NewPCG(seed, 0x77617474))
	w := &World{seed: seed, rng: rng, plan: plan, bug: bug, now: start, lineUp: true, log: log}
	w.memory = journaltest.NewMemory(journal.Options{
		Kiosk: Terminal, Clock: func() time.Time { return w.now }, Trust: func() record.Trust { return record.Synchronised }, Pinned: kiosk.Pinned,
	})
	w.kind = validatorOf(rng)
	w.notes = w.kind.device(rng).(notesDevice)
	w.printer = escpossim.New(escpossim.Config{})
	w.validator = device[bill.Command, bill.Event]{w: w, peer: w.notes}
	w.paper = device[printer.Command, printer.Event]{w: w, peer: w.printer}
	w.office = newOffice(w)
	w.operator = operator{refunded: map[string]money.Amount{}, touched: map[string]bool{}}

	return w
}

// billCode is the bar code of the bills: an account of 10 digits and 14 more.
var billCode = regexp.MustCompile(`^([0-9]{10})[0-9]{14}$`)

// boot starts the program over what the journal holds.
func (w *World) boot() {
	w.life++
	cfg := kiosk.Config{
		Terminal: Terminal, Version: "sim", Zone: time.UTC, Lang: receipt.Chinese,
		Denominations: []money.Amount{1000, 2000, 5000, 10000}, MaxTotal: 200000,
		BillCode: billCode,
	}
	core, effects, err := kiosk.New(cfg, journalOf(w), w.now)
	if err != nil {
		if errors.Is(err, journaltest.ErrPowerCut) {
			w.blackout()
			return
		}
		w.log.printf(w, "the program does not start: %v", err)
		w.die(time.Second)
		return
	}
	w.log.printf(w, "the program starts, boot %d", core.Boot())
	w.core = core
	w.sender = outbox.New(outbox.Config{}, w.memory, w.rng.Float64)
	w.pending = outbox.Pending{}
	w.linked, w.scanning = false, false
	w.validator.engine = w.kind.driver()
	w.validator.heard = w.heardValidator
	w.paper.engine = escpos.New(escpos.Config{PollIdle: 30 * time.Second, CutAtStart: true})
	w.paper.heard = func(e printer.Event) { w.handle(kiosk.Printer{Event: e}) }
	w.effects(effects)
	w.line()
}

// handle gives the core one event and carries out what follows.
func (w *World) handle(e kiosk.Event) {
	if w.core == nil {
		return
	}
	w.effects(w.core.Handle(w.now, e))
}

func (w *World) effects(effects []kiosk.Effect) {
	life := w.life
	for _, e := range effects {
		if w.life != life {
			return // the program died in the middle
		}
		switch e := e.(type) {
		case kiosk.OrderValidator:
			w.log.printf(w, "validator: %v %v", e.Op, e.Values)
			if err := w.validator.engine.Do(w.now, e.Command); err != nil {
				w.log.printf(w, "validator refuses %v: %v", e.Op, err)
				w.later(0, func() { w.handle(kiosk.Validator{Event: e.Command.Refused(err)}) })
			}
		case kiosk.Print:
			if err := w.paper.engine.Do(w.now, e.Command); err != nil {
				w.later(0, func() { w.handle(kiosk.Printer{Event: e.Command.Refused(err)}) })
			}
		case kiosk.Ask:
			w.ask(e)
		case kiosk.Appended:
			w.pump()
		case kiosk.Redraw:
			w.eyes.sees(w.core.View())
		case kiosk.Scan:
			w.scanning = e.On
		case kiosk.Restart:
			w.log.printf(w, "the program asks for a restart: %v", e.Err)
			if errors.Is(e.Err, journaltest.ErrPowerCut) {
				w.blackout()
			} else {
				w.kill()
			}
		}
	}
}

// later runs do after a while, if the program still lives.
func (w *World) later(d time.Duration, do func()) {
	life := w.life
	w.todo.at(w.now.Add(d), func() {
		if w.life == life {
			do()
		}
	})
}

// play runs until all customers were served and everything has settled.
func (w *World) play() error {
	w.todo.at(w.now.Add(30*time.Second), w.arrive)
	var settled time.Time
	for {
		if w.steps++; w.steps > maxSteps {
			return errors.New("does not settle")
		}
		if w.served >= w.plan.Customers && w.customer == nil {
			if !w.calm {
				w.calmDown()
				settled = w.now.Add(2 * time.Hour)
			}
			if w.now.After(settled) && (w.quiet() || w.now.After(settled.Add(24*time.Hour))) {
				return nil
			}
		}
		w.step()
	}
}

// step advances to the next instant at which anything is due.
func (w *World) step() {
	next := earlier(w.todo.next(), w.validator.wake())
	next = earlier(next, w.paper.wake())
	next = earlier(next, w.office.wake())
	if w.core != nil {
		next = earlier(next, w.core.Wake())
		next = earlier(next, w.sender.Wake())
		next = earlier(next, w.pending.Wake())
	}
	if next.After(w.now) {
		w.now = next
	}
	if t := w.todo.next(); !t.IsZero() && !t.After(w.now) {
		w.todo.pop()()
		return
	}
	w.validator.run(w.now)
	w.eyes.watchCassette(w)
	w.paper.run(w.now)
	w.office.run()
	if w.core == nil {
		return
	}
	for _, id := range w.pending.Expired(w.now) {
		w.handle(kiosk.Expired{ID: id})
	}
	if w.core != nil && due(w.core.Wake(), w.now) {
		w.handle(kiosk.Tick{})
	}
	if w.core != nil && due(w.sender.Wake(), w.now) {
		w.pump()
	}
}

func due(t, now time.Time) bool { return !t.IsZero() && !t.After(now) }

// quiet reports whether nothing is open any more.
func (w *World) quiet() bool {
	return w.core != nil && w.core.Idle() && len(w.core.Open()) == 0 && w.linked && w.sender.Backlog() == 0 && w.office.quiet()
}

// Log keeps the story of a run, for a seed that failed.
type Log struct {
	Lines []string
	On    bool
}

func (l *Log) printf(w *World, format string, args ...any) {
	if l == nil || !l.On {
		return
	}
	l.Lines = append(l.Lines, w.now.Format("02 15:04:05.000 ")+fmt.Sprintf(format, args...))
}
