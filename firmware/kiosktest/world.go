package kiosktest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"wattkiosk/firmware/journal/journaltest"
	"wattkiosk/payments/money"
)

// Terminal is the kiosk of every run.
const Terminal = "10000001"

// start is the earliest first instant of a run. A run begins some hours after it, so
// that midnight in China passes in the middle of many.
var start = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

// World is a kiosk, its customers, the line, head office and the MIS.
type World struct {
	seed uint64
	rng  *rand.Rand
	plan Plan
	bug  Bug
	now  time.Time
	todo queue
	log  *Log

	boxes    []*box       // the kiosk; a copy of its disk in a second box comes after it
	writer   *box         // which of them uses its journal
	session  *box         // which of them the broker knows by the terminal's name
	homes    []*household // who buys power; none where none is sold
	office   *office
	operator operator
	crew     *crew // who collects the cash; nil where nobody does
	cashroom *cashroom
	bankdesk *bankdesk
	stops    *cashStops
	signers  *accountants

	saved   *journaltest.Memory // an older copy of the disk
	savedTo uint64              // its last record

	settleAt time.Duration // after midnight, when the batch of bank cards is settled
	calm     bool          // faults have stopped
	mended   bool          // the technician was there

	asked     int          // how often who lacks something on their card was asked to come back
	returning []*household // those of them who are to come
	cameBack  []*household // and who came
	stats     Stats
	steps     int
}

// Stats counts what happened in a run.
type Stats struct {
	Customers, Payments, Notes, PowerCuts, Kills, LineCuts, OfficeKills, MISFaults, DeviceFaults, DiskFulls int
	Posted, Owed, Disputed, Cancelled, Unresolved, Stray                                                    int
	Posts, Asks, Reversals                                                                                  int // calls to the MIS
	Records, Holds, HeldRestarts, Restores, Operator, Clocks, OfficeClocks, Trimmed, Fates                  int
	ByCode                                                                                                  CodeStats       // of them, those by QR code
	ByCard                                                                                                  CardStats       // and those by bank card
	ByPower                                                                                                 PowerStats      // purchases and re-writes
	ByCollection                                                                                            CollectionStats // of the cash
	Entries, Sealed                                                                                         int             // of head office's ledger, and dates of it that were sealed
	Cash, Payable, Receivable                                                                               money.Amount    // in the ledger, at the end of each day
}

// CardStats counts what happened to payments by bank card.
type CardStats struct {
	Payments, Posted, Owed, Disputed, Cancelled, Undone int
	Frames, Approved, Reversals, Voids                  int
	Public                                              int // of them that the bank books itself
	GivenBack, Forgotten                                int // of what the bank books itself; and left booked by it
	Refunds                                             int // that people asked the bank for
	Faults                                              BankFaultCounts
}

// Add sums.
func (s *CardStats) Add(o CardStats) {
	for _, p := range [][2]*int{
		{&s.Payments, &o.Payments},
		{&s.Posted, &o.Posted},
		{&s.Owed, &o.Owed},
		{&s.Disputed, &o.Disputed},
		{&s.Cancelled, &o.Cancelled},
		{&s.Undone, &o.Undone},
		{&s.Frames, &o.Frames},
		{&s.Approved, &o.Approved},
		{&s.Reversals, &o.Reversals},
		{&s.Voids, &o.Voids},
		{&s.Public, &o.Public},
		{&s.GivenBack, &o.GivenBack},
		{&s.Forgotten, &o.Forgotten},
		{&s.Refunds, &o.Refunds},
	} {
		*p[0] += *p[1]
	}
	for i, n := range o.Faults {
		s.Faults[i] += n
	}
}

// CodeStats counts what happened to payments by QR code.
type CodeStats struct {
	Payments, Posted, Owed, Disputed, Cancelled, Undone int
	Shown, Scanned, Late, Notices                       int // codes that telephones paid, codes they showed, payments booked after a closing, notices believed
	Faults                                              FaultCounts
}

// Add sums.
func (s *CodeStats) Add(o CodeStats) {
	for _, p := range [][2]*int{
		{&s.Payments, &o.Payments},
		{&s.Posted, &o.Posted},
		{&s.Owed, &o.Owed},
		{&s.Disputed, &o.Disputed},
		{&s.Cancelled, &o.Cancelled},
		{&s.Undone, &o.Undone},
		{&s.Shown, &o.Shown},
		{&s.Scanned, &o.Scanned},
		{&s.Late, &o.Late},
		{&s.Notices, &o.Notices},
	} {
		*p[0] += *p[1]
	}
	for i, n := range o.Faults {
		s.Faults[i] += n
	}
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
		{&s.Clocks, &o.Clocks},
		{&s.OfficeClocks, &o.OfficeClocks},
		{&s.Trimmed, &o.Trimmed},
		{&s.Fates, &o.Fates},
		{&s.Posts, &o.Posts},
		{&s.Asks, &o.Asks},
		{&s.Reversals, &o.Reversals},
		{&s.Entries, &o.Entries},
		{&s.Sealed, &o.Sealed},
	} {
		*p[0] += *p[1]
	}
	s.Cash += o.Cash
	s.Payable += o.Payable
	s.Receivable += o.Receivable
	s.ByCode.Add(o.ByCode)
	s.ByCard.Add(o.ByCard)
	s.ByPower.Add(o.ByPower)
	s.ByCollection.Add(o.ByCollection)
}

// maxSteps bounds a run that does not settle.
const maxSteps = 3_000_000

// Run plays one kiosk-day and returns what happened. An error names the seed
// and what does not add up.
func Run(seed uint64, plan Plan, bug Bug, log *Log) (Stats, error) {
	w := newWorld(seed, plan, bug, log)
	w.planFate()
	w.boxes[0].boot()
	err := w.play()
	k := w.kiosk()
	w.stats.Operator = w.operator.acts
	if err == nil {
		err = k.audit()
	}
	if err == nil && plan.Seasonal {
		if err = k.standIdle(); err == nil && k.core == nil {
			err = errors.New("the program does not start after half a year without a customer")
		}
	}
	if err != nil {
		return w.stats, fmt.Errorf("seed %d, %s: %w", seed, k.kind.name, err)
	}
	return w.stats, nil
}

func newWorld(seed uint64, plan Plan, bug Bug, log *Log) *World {
	rng := rand.New(rand.NewPCG(seed, 0x77617474))
	w := &World{seed: seed, rng: rng, plan: plan, bug: bug, log: log}
	w.now = start.Add(between(rng, 0, 9*time.Hour))
	if plan.Early {
		w.now = start.Add(w.now.Sub(start) / 3) // so that the day is long enough for what comes late
	}
	if plan.Cards {
		w.settleAt = max(time.Minute, w.now.Add(between(rng, 30*time.Minute, 4*time.Hour)).Sub(w.now.Truncate(24*time.Hour))%(24*time.Hour))
	}
	if plan.Power {
		w.homes = newHouseholds(plan)
	}
	w.boxes = []*box{newBox(w)}
	w.crew = newCrew(w.boxes[0])
	w.cashroom, w.bankdesk, w.stops = newCashroom(w), newBankdesk(w), newCashStops(w)
	w.session = w.boxes[0]
	w.office = newOffice(w)
	if w.signers = newAccountants(w); w.signers != nil {
		w.signers.boot()
	}
	w.operator = operator{refunded: map[string]money.Amount{}, paid: map[string]money.Amount{}, touched: map[string]bool{}, ways: map[string]bool{}, rng: rand.New(rand.NewPCG(seed, 0x70656f70))}

	return w
}

// maxAsked is how often people come back for what is not on their cards: who finds another's
// result on the screen may go without having been served.
const maxAsked = 3

// play runs until all customers were served and everything has settled.
func (w *World) play() error {
	w.todo.at(w.now.Add(30*time.Second), w.boxes[0].arrive)
	var settled time.Time
	for {
		if w.steps++; w.steps > maxSteps {
			return errors.New("does not settle")
		}
		if w.deserted() {
			if !w.calm {
				w.calmDown()
				settled = w.now.Add(2 * time.Hour)
			}
			if w.now.After(settled) && w.plan.Fate != NoFate && !w.mended {
				w.mended = true
				w.technician()
				w.serveMore(2)
				settled = w.now.Add(3 * time.Hour)
				continue
			}
			if w.now.After(settled) && w.asked < maxAsked {
				w.asked++
				first := w.asked == 1
				counts, come := first && w.cashroom.begin(), w.comeBack()
				if counts || come {
					settled = w.now.Add(3 * time.Hour)
				}
				if first {
					settled = later(settled, w.signers.begin())
					settled = later(settled, w.publicNight())
				}
				if w.now.Before(settled) {
					continue
				}
			}
			if w.now.After(settled) && (w.kiosk().quiet() || w.now.After(settled.Add(24*time.Hour))) {
				return nil
			}
		}
		w.step()
	}
}

// deserted reports whether nobody comes any more.
func (w *World) deserted() bool {
	for _, b := range w.boxes {
		if !b.gone && (b.served < w.plan.Customers || b.customer != nil) {
			return false
		}
	}

	return !w.crew.busy() && !w.bankdesk.busy()
}

// serveMore brings some more customers, an hour later.
func (w *World) serveMore(n int) {
	w.plan.Customers += n
	for _, b := range w.boxes {
		if !b.gone {
			w.todo.at(w.now.Add(time.Hour), b.arrive)
		}
	}
}

// kiosk is the box that is the kiosk in the end.
func (w *World) kiosk() *box {
	for _, b := range w.boxes {
		if !b.gone {
			return b
		}
	}

	return w.boxes[0]
}

// step advances to the next instant at which anything is due.
func (w *World) step() {
	next := earlier(w.todo.next(), w.office.wake())
	for _, b := range w.boxes {
		next = earlier(next, b.wake())
	}
	if next.After(w.now) {
		w.now = next
	}
	if t := w.todo.next(); !t.IsZero() && !t.After(w.now) {
		w.todo.pop()()
		return
	}
	for _, b := range w.boxes {
		b.runDevices()
	}
	w.office.run()
	for _, b := range w.boxes {
		b.runProgram()
	}
}

func due(t, now time.Time) bool { return !t.IsZero() && !t.After(now) }

// Log keeps the story of a run, for a seed that failed.
type Log struct {
	Lines []string
	On    bool
}

// logf adds a line to the story.
func (w *World) logf(format string, args ...any) {
	if w.log == nil || !w.log.On {
		return
	}
	w.log.Lines = append(w.log.Lines, w.now.Format("02 15:04:05.000 ")+fmt.Sprintf(format, args...))
}
