package kiosktest

import (
	"time"

	"wattkiosk/hal/printer/escpos/escpossim"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

// strike draws this customer's faults and schedules them.
func (w *box) strike() {
	if w.calm {
		return
	}
	p := w.plan
	hit := func(rate float64, do func()) {
		if rate > 0 && w.rng.Float64() < rate {
			w.todo.at(w.now.Add(between(w.rng, 0, 90*time.Second)), func() {
				if !w.calm {
					do()
				}
			})
		}
	}
	hit(p.PowerCut, w.planCut)
	hit(p.ProcessKill, w.kill)
	hit(p.LineCut, w.cutLine)
	hit(p.OfficeKill, w.office.kill)
	hit(p.MISFault, w.misFault)
	hit(p.DeviceFault, w.deviceFault)
	hit(p.DiskFull, w.fillDisk)
	hit(p.Clock, w.clockFault)
	hit(p.OfficeClock, w.office.clockFault)
	hit(p.Hold, w.agentAsks)
	hit(p.Hold, w.agentAsks)
	hit(p.Acquirer, w.acquirerFault)
	hit(p.Bank, w.bankFault)
	hit(p.Operator, w.planOperator)
	hit(p.Restore, w.backUp)
	hit(p.Restore, w.restore)
}

// strikeIn draws whether something goes wrong within a while, and what: first, if it is
// given, and then, if the program lives, one of a list, in which nil is nothing more.
func (w *box) strikeIn(within time.Duration, rate float64, first func(), then ...func()) {
	if w.calm || rate == 0 || w.rng.Float64() >= rate {
		return
	}
	w.todo.at(w.now.Add(between(w.rng, 0, within)), func() {
		if w.calm {
			return
		}
		if first != nil {
			first()
		}
		if w.core == nil {
			return
		}
		if do := then[w.rng.IntN(len(then))]; do != nil {
			do()
		}
	})
}

// cutsAfter plans that the power goes after at most so many device bytes.
func (w *box) cutsAfter(most int) func() {
	return func() { w.cutBytes = 1 + w.rng.IntN(most) }
}

// planCut lets the power go after a number of device bytes, or at a journal
// write, before or after it is durable.
func (w *box) planCut() {
	if w.core == nil {
		return
	}
	switch w.rng.IntN(3) {
	case 0:
		w.cutBytes = 1 + w.rng.IntN(400)
	case 1:
		w.memory.CutAfter(1+w.rng.IntN(12), w.rng.IntN(2) == 0)
	default:
		w.blackout()
	}
}

// blackout cuts the power of the whole box.
func (w *box) blackout() {
	w.stats.PowerCuts++
	w.logf("POWER CUT; cassette %v, in path %v", sum(w.notes.Cassette()), pathOf(w))
	w.notes.PowerCut(w.now)
	w.printer.PowerCut(w.now)
	w.counter.powerCut(w.now)
	w.meters.powerCut(w.now)
	w.takeBackLies()
	off := between(w.rng, 500*time.Millisecond, 10*time.Minute)
	w.todo.at(w.now.Add(off), func() {
		w.notes.PowerOn(w.now)
		w.printer.PowerOn(w.now)
		w.counter.powerOn(w.now)
		w.meters.powerOn(w.now)
	})
	w.die(off + between(w.rng, 3*time.Second, 20*time.Second))
}

func pathOf(w *box) int64 {
	v, _ := w.notes.InPath()
	return v
}

// kill ends the program only; the devices keep their power and their state.
func (w *box) kill() {
	if w.core == nil {
		return
	}
	w.stats.Kills++
	w.logf("the program is killed")
	w.die(between(w.rng, 100*time.Millisecond, 30*time.Second))
}

// die takes the program's memory and starts it again later.
func (w *box) die(after time.Duration) {
	w.life++
	w.core, w.validator.engine, w.paper.engine = nil, nil, nil
	w.counter.die()
	w.meters.die()
	w.linked, w.cutBytes = false, 0
	w.eyes.started, w.eyes.removed = true, time.Time{}
	w.eyes.blurs() // a new program may take its report for the repeat of an earlier one
	if w.customer != nil {
		w.customer.reset()
	}
	w.memory = w.memory.Reopen()
	w.memory.Full(w.full)
	w.cutNext()
	w.later(after, w.boot)
}

func (w *box) cutLine() {
	if !w.lineUp {
		return
	}
	w.stats.LineCuts++
	w.lineUp = false
	w.logf("the line is cut")
	w.line()
	back := between(w.rng, time.Second, 30*time.Minute)
	w.todo.at(w.now.Add(back), func() { w.lineUp = true; w.logf("the line is back"); w.line() })
}

// misFaults are what can be wrong at the other end.
var misFaults = []missim.Fault{
	missim.Down, missim.Slow, missim.NoReply, missim.Duplicate, missim.Error, missim.LoseRequest,
	missim.LateBooking, missim.OtherSerial, missim.OtherSum, missim.DamagedRequest, missim.EchoRefusal, missim.Calculating, missim.DenyReversal,
}

// misFault lets one of the MIS's faults begin, or two that go on together: what one of
// them hides shows by the other.
func (w *World) misFault() {
	for range 1 + w.rng.IntN(2) {
		f := among(w, misFaults)
		if f == missim.OtherSum && w.plan.Restore > 0 {
			continue // restored books ask again, and make a case of such an answer, as they should
		}
		w.stats.MISFaults++
		w.logf("the MIS begins to %s", f)
		must(w.office.mis.Set(f, true))
		last := between(w.rng, time.Second, 20*time.Minute)
		if w.rng.IntN(4) == 0 {
			last = between(w.rng, 20*time.Minute, 2*time.Hour) // as long as a billing run
		}
		w.todo.at(w.now.Add(last), func() { must(w.office.mis.Set(f, false)) })
	}
}

func (w *box) deviceFault() {
	w.stats.DeviceFaults++
	last := between(w.rng, time.Second, 5*time.Minute)
	switch w.rng.IntN(3) {
	case 0:
		w.wireFault(between(w.rng, time.Second, 3*time.Minute))
		return
	case 1:
		f := among(w.World, validatorFaults)
		w.logf("validator fault %s", f)
		w.validatorFault(f, false)
		w.todo.at(w.now.Add(last), func() { w.repair(f) })

		return
	}
	faults := []string{"paper-out", "near-end", "cover", "offline", "cutter", "silent"}
	f := faults[w.rng.IntN(len(faults))]
	w.logf("printer fault %s", f)
	w.printer.Inject(w.now, printerFault(f))
	w.todo.at(w.now.Add(last), func() { w.printer.Clear(w.now, printerFault(f)) })
}

// strikeNote draws what goes wrong while the note that was just put in moves: the very
// moment at which its whereabouts depend on one report.
func (w *box) strikeNote() {
	if w.calm || w.plan.NoteFault == 0 || w.rng.Float64() >= w.plan.NoteFault {
		return
	}
	w.todo.at(w.now.Add(between(w.rng, 0, 3*time.Second)), func() {
		if w.calm {
			return
		}
		w.stats.DeviceFaults++
		last := between(w.rng, time.Second, 4*time.Minute)
		wire := w.rng.IntN(2) == 0
		if wire {
			w.wireFault(last)
		}
		if wire && w.rng.IntN(2) == 0 {
			return
		}
		f := among(w.World, validatorFaults)
		w.logf("validator fault %s while a note moves", f)
		w.validatorFault(f, false)
		w.todo.at(w.now.Add(last), func() { w.repair(f) })
		if w.rng.IntN(3) == 0 && w.core != nil {
			w.blackout()
		}
	})
}

// wireFault kills the validator's line in one direction, or in both, for a while.
func (w *box) wireFault(last time.Duration) {
	kind := w.rng.IntN(3)
	w.troubles = append(w.troubles, trouble{w.now, w.now.Add(last)})
	w.validator.mute, w.validator.deaf = kind != 0, kind != 1
	w.logf("the validator's line is dead: from it %v, to it %v", w.validator.mute, w.validator.deaf)
	w.todo.at(w.now.Add(last), func() { w.validator.mute, w.validator.deaf = false, false })
	if w.rng.IntN(2) == 0 {
		w.todo.at(w.now.Add(between(w.rng, 0, last)), w.opens)
	}
}

// opens has somebody open a validator that nobody hears, and take the note out: it had a failure,
// or no power for a moment.
func (w *box) opens() {
	if _, in := w.notes.InPath(); !in || !w.validator.mute || w.core == nil {
		return
	}
	if w.rng.IntN(2) == 0 {
		w.validatorFault("failure", false)
		w.takesOut()
		w.validatorFault("failure", true)

		return
	}
	w.notes.PowerCut(w.now)
	w.takesOut()
	w.notes.PowerOn(w.now)
}

// takesOut has somebody take the note out of the opened validator.
func (w *box) takesOut() {
	if v, ok := w.notes.TakeOut(); ok {
		w.logf("somebody takes %s out of the validator", money.Amount(v))
		w.eyes.papers.last(takenOut)
	}
}

// validatorFaults are what can be wrong with a validator; not every protocol has a
// word for each.
var validatorFaults = []string{"jam", "jam-cassette", "cassette-out", "cassette-full", "cheat", "failure", "silent", "lost-ack", "noise", "unasked", "stuck-shut", "misread", "careless"}

// repair ends a fault. Who clears a jam may take the note out.
func (w *box) repair(f string) {
	if (f == "jam" || f == "failure") && w.rng.IntN(3) == 0 {
		w.takesOut()
	}
	w.validatorFault(f, true)
}

// validatorFault sets or clears a fault, if the device can show it.
func (w *box) validatorFault(f string, clear bool) {
	if f == "cassette-out" && w.crew != nil && w.crew.out {
		return // the two have it in their hands
	}
	if f == "misread" && !w.kind.tells {
		return // then nobody can know, and the count tells
	}
	if !clear {
		w.troubles = append(w.troubles, trouble{w.now, w.now.Add(5 * time.Minute)}) // none lasts longer
	}
	w.misread = w.misread || f == "misread" && !clear
	if f == "unasked" || f == "careless" { // a note that is not enabled is stacked at once, too
		w.unasked[f] = !clear
		w.eyes.inSlot.unasked = w.eyes.inSlot.unasked || !clear
	}
	if err := w.notes.Fault(f, clear); err != nil {
		w.logf("the validator cannot show %s: %v", f, err)
	}
}

func (w *box) fillDisk() {
	w.stats.DiskFulls++
	w.logf("the disk is full")
	w.full = true
	w.memory.Full(true)
	w.todo.at(w.now.Add(between(w.rng, time.Second, 5*time.Minute)), w.freeDisk)
}

func (w *box) freeDisk() {
	w.full, w.freed = false, w.now
	w.memory.Full(false)
}

// calmDown stops all faults for good.
func (w *World) calmDown() {
	w.calm = true
	w.logf("faults stop")
	w.plan.Loss, w.plan.Duplicate, w.plan.Slow = 0, 0, 0
	for _, f := range misFaults {
		must(w.office.mis.Set(f, false))
	}
	w.office.mis.Settle()
	w.office.codes.calm()
	w.office.relay.calm()
	w.office.vending.calm()
	for _, after := range []time.Duration{20 * time.Minute, 50 * time.Minute, 80 * time.Minute} {
		w.todo.at(w.now.Add(after), w.operatorsVouch)
		w.todo.at(w.now.Add(after), w.operatorsRefuse)
	}
	w.office.setClock(0)
	for _, b := range w.boxes {
		b.calmDown()
	}
}

// calmDown stops the faults of one box.
func (w *box) calmDown() {
	w.cutBytes = 0
	w.synchronise()
	w.memory.CutAfter(0, false)
	w.freeDisk()
	for _, f := range validatorFaults {
		w.validatorFault(f, true)
	}
	w.validator.mute, w.validator.deaf = false, false
	w.printer.ClearAll(w.now)
	w.counter.calm()
	w.meters.calm(w.homes)
	w.lineUp = true
	w.line()
	w.release()
}

func printerFault(name string) escpossim.Fault {
	f, err := escpossim.ParseFault(name)
	must(err)
	return f
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func sum(values []int64) (s int64) {
	for _, v := range values {
		s += v
	}
	return s
}
