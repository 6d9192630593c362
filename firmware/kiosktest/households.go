package kiosktest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/cardsim/metersim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/crt571"
	"wattkiosk/hal/card/crt571/crt571sim"
	"wattkiosk/hal/card/vendor"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/money"
)

// household is a customer of the card-meter system: a card, and the meter that takes it.
// Both are opinions of their own: neither knows our code.
type household struct {
	account string
	card    *cardsim.Card
	meter   *metersim.Meter
	began   uint32 // purchases before the day
	at      place  // of the card

	wore    bool   // the card's memory did not keep for a while what was written
	blocked uint32 // the purchase that its meter does not take, as the card kept its last word too; 0 for none

	old *household // a copy of the card as it once was, which no meter belongs to; nil for none
}

// place is where a card is.
type place int

const (
	inPocket place = iota
	inSlot
)

// households is how many there are: few, so that each comes again in the course of a day.
const households = 6

// newHouseholds is nil where no power is bought. Half of the cards have a processor, half
// are memory cards with a code; of the processors one takes a challenge for one update.
//
// Where everybody buys power all have bought as often as one another, and somebody has copied each
// memory card two purchases ago.
func newHouseholds(p Plan) []*household {
	var all []*household
	for i := range households {
		began := uint32(3 + i)
		if p.Buyers {
			began = 3
		}
		form := []metercard.Form{metercard.CPU, metercard.SLE4442}[i%2]
		f := metercard.Facts{
			Serial: fmt.Sprintf("%016X", i+1), Form: form, Kind: metercard.Purchase,
			Meter: fmt.Sprintf("%012d", i+1), Customer: fmt.Sprintf("%012d", 100+i), Count: began, Purse: 5000, Loaded: began, Left: 1234,
		}
		c, err := meterissuersim.New(fmt.Sprintf("home-%d", i), f)
		must(err)
		if m, is := c.Processor.(*cardsim.MeterCard); is {
			m.StrictChallenge = i == 2
		}
		h := &household{
			account: fmt.Sprintf("30000000%02d", i), card: c, began: f.Count,
			meter: &metersim.Meter{Number: f.Meter, Customer: f.Customer, Opened: true, Card: f.Serial, Count: f.Count, Left: f.Left},
		}
		if p.Buyers && form == metercard.SLE4442 {
			f.Count, f.Loaded = f.Count-2, f.Loaded-2
			c, err := meterissuersim.New(fmt.Sprintf("copy-of-home-%d", i), f)
			must(err)
			h.old = &household{account: h.account, card: c}
		}
		all = append(all, h)
	}

	return all
}

// register makes the households known to the card-meter system.
func register(s *cardsystemsim.Server, all []*household) {
	for i, h := range all {
		a := cardsystemsim.Account{
			Number: h.account, Name: familyNames[20+i] + "用电户", Address: "示范路9号", Opened: h.began, Least: money.Yuan(1), Limit: money.Yuan(2000),
		}
		switch i {
		case 3:
			a.Step = money.Yuan(10)
		case 4:
			a.Limit = money.Yuan(150)
		}
		must(s.AddAccount(a))
		must(s.AddCard(cardsystemsim.Card{Serial: fmt.Sprintf("%016X", i+1), Account: h.account, Meter: h.meter.Number, Customer: h.meter.Customer}))
	}
}

// goesHome has the household put its card into its meter, if it has the card.
func (w *World) goesHome(h *household) {
	if h.at != inPocket || h.meter == nil {
		return
	}
	purse, count := onCard(h.card)
	due := count == h.meter.Count+1
	r := h.meter.Insert(h.card, meterissuersim.TestKeys(), w.now)
	w.logf("%s goes into its meter: loads %s, %v", h.card.ID, r.Loaded, r.Error)
	switch {
	case due && h.wore && r.Error == metersim.NotEmpty:
		h.blocked = count // the kiosk has to see that: see auditHousehold
	case due && r.Loaded != purse:
		w.office.fail("%s has purchase %d of %s, and its meter loads %s: %v", h.card.ID, count, purse, r.Loaded, r.Error)
	}
	if w.rng.IntN(4) == 0 {
		again := h.meter.Insert(h.card, meterissuersim.TestKeys(), w.now)
		if again.Loaded != 0 {
			w.office.fail("the meter of %s loads %s a second time", h.card.ID, again.Loaded)
		}
	}
}

// meterSlot is the reader that takes meter cards, byte for byte.
type meterSlot struct {
	reader device[card.Command, card.Event]
	slot   meterReader
	driver func() card.Engine
	faults []string
	maker  *vendorsim.Device // the same as slot, where a library works the cards

	last  *cardsim.Card // that was inside, as last looked at
	count uint32        // of its purchases
}

// meterReader is a reader as a person at the machine sees it.
type meterReader interface {
	cardtest.Device
	Inside() *cardsim.Card
	Offered() *cardsim.Card
	EmptyBin() []*cardsim.Card
}

// newMeterSlot is nil where no power is bought. On every third of the others the library
// of the reader's maker works the cards.
func newMeterSlot(w *box) *meterSlot {
	switch {
	case !w.plan.Power:
		return nil
	case w.seed%3 == 2 && w.plan.Disordered == 0 && (w.plan.Forged == 0 || w.seed%2 == 1): // a stranger has both to attack
		return newMakersSlot(w)
	}
	m := &meterSlot{slot: crt571sim.New(crt571sim.Config{Rand: rand.New(rand.NewPCG(w.seed, 572))}), faults: crt571sim.Faults()}
	m.driver = func() card.Engine { return crt571.New(crt571.Config{PollIdle: 30 * time.Second}) }
	m.reader = device[card.Command, card.Event]{w: w, peer: m.slot}

	return m
}

// newMakersSlot is a reader whose library works the cards.
func newMakersSlot(w *box) *meterSlot {
	abi, err := vendor.ParseABI(vendorsim.Description("/lib/libmeter.so", metercard.SLE4442))
	must(err)
	d := vendorsim.New(w.now, abi)
	m := &meterSlot{slot: d, maker: d, faults: vendorsim.Faults()}
	m.driver = func() card.Engine { return vendor.New(abi) }
	m.reader = device[card.Command, card.Event]{w: w, peer: d}

	return m
}

func (m *meterSlot) boot(heard func(card.Event)) {
	if m == nil {
		return
	}
	if m.maker != nil {
		m.maker.Restart(m.reader.w.now) // the child is the program's own
	}
	m.reader.engine, m.reader.heard = m.driver(), heard
}

func (m *meterSlot) die() {
	if m != nil {
		m.reader.engine = nil
	}
}

func (m *meterSlot) powerCut(now time.Time) {
	if m != nil {
		m.slot.PowerCut(now)
	}
}

func (m *meterSlot) powerOn(now time.Time) {
	if m != nil {
		m.slot.PowerOn(now)
	}
}

func (m *meterSlot) wake() time.Time {
	if m == nil {
		return time.Time{}
	}

	return m.reader.wake()
}

func (m *meterSlot) run(now time.Time) {
	if m != nil {
		m.reader.run(now)
	}
}

// wrote reports whether what was sold has reached the card inside since the last look. Only
// the chip itself is asked.
func (m *meterSlot) wrote() bool {
	if m == nil {
		return false
	}
	c, before := m.slot.Inside(), m.count
	same := c == m.last
	if m.last = c; c == nil {
		return false
	}
	_, m.count = onCard(c)

	return same && m.count > before
}

// calm ends the faults, and gives the cards that were kept back to their owners.
func (m *meterSlot) calm(homes []*household) {
	if m == nil {
		return
	}
	for _, f := range m.faults {
		must(m.slot.Fault(f, true))
	}
	m.giveBack(homes)
}

// giveBack has the operator empty the bin.
func (m *meterSlot) giveBack(homes []*household) {
	for _, c := range m.slot.EmptyBin() {
		ownerOf(homes, c).at = inPocket
	}
}

func ownerOf(homes []*household, c *cardsim.Card) *household {
	i := slices.IndexFunc(homes, func(h *household) bool { return h.card == c || h.old != nil && h.old.card == c })
	if homes[i].card != c {
		return homes[i].old
	}

	return homes[i]
}

// meterFault is what can go wrong at the reader of meter cards, for a while.
func (w *box) meterFault() { w.oneOf(w.meters.faults) }

// unread is what keeps a card from being read, for a while.
func (w *box) unread() {
	if w.meters.maker != nil {
		w.oneOf([]string{cardtest.FaultSilent, vendorsim.FaultHang, vendorsim.FaultCrash})
	} else {
		w.oneOf([]string{crt571sim.Silent, crt571sim.Mute, crt571sim.Noise})
	}
}

// oneOf lets one of these faults of the reader begin.
func (w *box) oneOf(faults []string) {
	last := between(w.rng, time.Second, 2*time.Minute)
	f := faults[w.rng.IntN(len(faults))]
	w.logf("meter reader fault %s", f)
	must(w.meters.slot.Fault(f, false))
	w.todo.at(w.now.Add(last), func() { must(w.meters.slot.Fault(f, true)) })
}

// tearOut pulls the card out of the reader, wherever it is.
func (w *box) tearOut() bool {
	c, err := w.meters.slot.PullCard(w.now)
	if err != nil {
		return false
	}
	ownerOf(w.homes, c).at = inPocket
	w.logf("%s is torn out", c.ID)

	return true
}

// strikePower draws what goes wrong while a customer buys power: between the money and the
// read-back everything depends on a card, a line and two systems.
func (w *box) strikePower() {
	w.strikeIn(
		40*time.Second, w.plan.PowerFault, w.vendingFault,
		w.blackout, w.kill, w.office.kill, w.cutLine, w.meterFault, w.meterFault, w.tears, w.tears, w.cutsAfter(900), nil,
	)
}

// strikeWrite draws what goes wrong in the few seconds of a write: between its steps, after
// the last of them, and while the card is read back.
func (w *box) strikeWrite() {
	w.strikeIn(8*time.Second, w.plan.PowerFault, nil, w.tears, w.tears, w.tears, w.blackout, w.kill, w.cutsAfter(400), w.meterFault, w.cutLine)
}

// strikePurse draws what goes wrong once what was sold is on the card, and before anybody
// has read it back: at that very moment, or so many bytes later. Then the customer may keep
// the card for another visit.
func (w *box) strikePurse() {
	if !w.calm && w.plan.Stale > 0 && w.rng.Float64() < w.plan.Stale {
		w.readsStale()

		return
	}
	if w.calm || w.rng.Float64() >= 2*w.plan.PowerFault { // such a moment comes seldom
		return
	}
	w.stats.ByPower.AtPurse++
	if c := w.customer; c != nil && c.shopper != nil {
		c.shopper.later = c.shopper.later || w.rng.IntN(3) == 0
	}
	strikes := []func(){w.blackout, w.cutsAfter(200), w.unread, w.unread, w.tears, w.kill}
	strikes[w.rng.IntN(len(strikes))]()
}

// readsStale has a card with a processor say once what was in its purse before.
func (w *box) readsStale() {
	if m, processor := w.meters.slot.Inside().Processor.(*cardsim.MeterCard); processor {
		w.logf("the card says once more what was in its purse before")
		m.Stale = true
	}
}

func (w *box) tears() { w.tearOut() }

// vendingFault lets one of the card-meter system's faults begin.
func (w *World) vendingFault() {
	f := among(w, cardsystemsim.Faults())
	if w.plan.Restore > 0 && (f == cardsystemsim.OtherCard || f == cardsystemsim.OtherCount) {
		return // restored books ask again, and make a case of such an answer, as they should
	}
	w.stats.ByPower.Faults++
	w.logf("the card-meter system begins to %s", f)
	must(w.office.vending.sim.Set(f, true))
	w.todo.at(w.now.Add(between(w.rng, time.Second, 20*time.Minute)), func() { must(w.office.vending.sim.Set(f, false)) })
}

// PowerStats counts what happened to purchases.
type PowerStats struct {
	Purchases, Posted, Unwritten, Owed, Disputed, Cancelled, Undone int
	Rewrites, Rewritten                                             int
	Loads, Faults, Torn                                             int
	AtPurse                                                         int // mishaps between a write and its reading back
}

// Add sums.
func (s *PowerStats) Add(o PowerStats) {
	for _, p := range [][2]*int{
		{&s.Purchases, &o.Purchases},
		{&s.Posted, &o.Posted},
		{&s.Unwritten, &o.Unwritten},
		{&s.Owed, &o.Owed},
		{&s.Disputed, &o.Disputed},
		{&s.Cancelled, &o.Cancelled},
		{&s.Undone, &o.Undone},
		{&s.Rewrites, &o.Rewrites},
		{&s.Rewritten, &o.Rewritten},
		{&s.Loads, &o.Loads},
		{&s.Faults, &o.Faults},
		{&s.Torn, &o.Torn},
		{&s.AtPurse, &o.AtPurse},
	} {
		*p[0] += *p[1]
	}
}
