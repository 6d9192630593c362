package kiosk

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/cardsystem"
	leg "wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

// window is a kiosk with a reader of meter cards and a line to head office, in virtual
// time.
type window struct {
	*rig
	slot   *cardtest.FakeReader
	reader *cardtest.Fake
	card   *cardsim.Card
	key    ed25519.PrivateKey
	issuer *meterissuersim.Issuer

	done  int // of what the core asked for
	late  []answer
	quote func(*wire.CardQuote) *wire.Error
	post  func(*wire.PostState) // changes the answer to an order; nil not
	mute  map[wire.Op]bool      // is not answered
	seen  []string              // screens and what follows, in order
	slips []printer.Page

	unwritten string // a sale that waits for the card
}

var meterFacts = leg.Facts{
	Serial: "0102030405060708", Form: leg.CPU, Kind: leg.Purchase, Meter: "000000000001", Customer: "001000000003", Count: 4, Purse: 5000, Loaded: 4, Left: 12000,
}

var fifthSold = leg.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: 10000}

func newWindow(t *testing.T) *window {
	t.Helper()
	c, err := meterissuersim.New("meter-1", meterFacts)
	if err != nil {
		t.Fatal(err)
	}
	k := &window{
		slot: cardtest.NewFakeReader(), card: c, key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)),
		issuer: meterissuersim.NewIssuer(meterissuersim.TestKeys()), mute: map[wire.Op]bool{},
	}
	k.reader = cardtest.NewFake(k.slot)
	cfg := config
	cfg.Meter = metercard.Config{Reader: true, Key: k.key.Public().(ed25519.PublicKey), Random: bytes.NewReader(bytes.Repeat([]byte{7, 1, 9}, 4096))}
	cfg.Profile = profile.Lobby().WithMeterCards()
	k.rig = newRigOf(t, cfg)
	k.run(time.Second)
	if b := k.c.Status().Blocks; len(b) != 0 {
		t.Fatalf("blocked by %v", b)
	}

	return k
}

// once is one tick of kiosk, reader and head office.
func (k *window) once() {
	k.t.Helper()
	k.now = k.now.Add(cardTick)
	_, heard := k.reader.Advance(k.now, nil)
	for _, e := range heard {
		k.do(MeterReader{e})
	}
	for i := 0; i < len(k.late); i++ {
		if a := k.late[i]; !a.at.After(k.now) {
			k.late = slices.Delete(k.late, i, i+1)
			i--
			k.do(Reply{a.r})
		}
	}
	if w := k.c.Wake(); !w.IsZero() && !w.After(k.now) {
		k.do(Tick{})
	}
	k.carry()
	if at := string(k.c.View().Screen); len(k.seen) == 0 || k.last() != at {
		k.seen = append(k.seen, at)
	}
}

func (k *window) last() string {
	for _, s := range slices.Backward(k.seen) {
		if s != "slip" && s != "eject" {
			return s
		}
	}

	return ""
}

// carry does what the core asked for.
func (k *window) carry() {
	k.t.Helper()
	for ; k.done < len(k.all); k.done++ {
		switch e := k.all[k.done].(type) {
		case OrderMeterReader:
			if e.Op == card.Eject {
				k.seen = append(k.seen, "eject")
			}
			if err := k.reader.Do(k.now, e.Command); err != nil {
				k.do(MeterReader{e.Command.Refused(err)})
			}
		case Print:
			k.seen = append(k.seen, "slip")
			k.slips = append(k.slips, e.Page)
			k.do(Printer{printer.Event{Kind: printer.Printed, ID: e.ID}})
		case Ask:
			if !k.mute[e.Op] {
				k.ask(e)
			}
		case Restart:
			k.t.Fatalf("the core asks for a new process: %v", e.Err)
		}
	}
}

// ask is head office with its card-meter system.
func (k *window) ask(a Ask) {
	k.t.Helper()
	reply := func(body any, err *wire.Error) {
		b, marshalErr := json.Marshal(body)
		if marshalErr != nil {
			k.t.Fatal(marshalErr)
		}
		k.late = append(k.late, answer{k.now.Add(cardTick), wire.Reply{V: 1, ID: a.ID, Body: b, Error: err}})
	}
	read := func(into any) {
		if err := json.Unmarshal(a.Body, into); err != nil {
			k.t.Fatal(err)
		}
	}

	switch a.Op {
	case wire.OpCardQuote:
		var body wire.CardQuoteBody
		read(&body)
		q := wire.CardQuote{Card: body.Card.Serial, Sellable: true, Account: "1000000003", Name: "李*", Min: 1000, Max: 200000}
		if k.unwritten != "" {
			q.Sellable, q.Reason, q.Unwritten, q.UnwrittenSold = false, mis.Unwritten, k.unwritten, fifthSold
		}
		var err *wire.Error
		if k.quote != nil {
			err = k.quote(&q)
		}
		reply(q, err)
	case wire.OpPost:
		var body wire.PostBody
		read(&body)
		if body.Card != meterFacts {
			k.t.Errorf("sold onto %+v", body.Card)
		}
		s := wire.PostState{Serial: body.Serial, Status: wire.PostPosted, Code: "0000", Reference: "S1", ToAdvance: body.Amount, Sold: fifthSold}
		if k.post != nil {
			k.post(&s)
		}
		reply(s, nil)
	case wire.OpCardSteps:
		var body wire.CardStepsBody
		read(&body)
		steps := k.issuer.Steps(cardsystem.StepsOrder{Serial: body.Sale, Card: body.Card, Round: body.Round, Saved: body.Saved}, fifthSold)
		if steps.Outcome != mis.Done {
			reply(wire.CardSteps{Reason: steps.Reason}, nil)
			return
		}
		signed, err := wire.SignScript(k.key, script.Script{
			V: script.Version, Txn: body.Txn, Card: body.Card.Serial, Round: body.Round, Session: body.Session,
			Expires: k.now.Add(30 * time.Second).UnixMilli(), Steps: steps.Steps, Last: steps.Last,
		})
		if err != nil {
			k.t.Fatal(err)
		}
		reply(wire.CardSteps{Script: signed}, nil)
	}
}

func (k *window) run(d time.Duration) {
	k.t.Helper()
	for end := k.now.Add(d); k.now.Before(end); {
		k.once()
	}
}

// until waits for a screen. Who stands there takes the card that comes out.
func (k *window) until(want page.Screen) {
	k.t.Helper()
	for range 10_000 {
		if k.c.View().Screen == want {
			return
		}
		_, _ = k.slot.TakeCard(k.now) // once one is offered
		k.once()
	}
	k.t.Fatalf("screen %s, want %s: %v, desk %+v", k.c.View().Screen, want, k.seen, k.c.meter.Report())
}

// insert puts the card in once the gate is open.
func (k *window) insert() {
	k.t.Helper()
	for range 500 {
		if k.slot.InsertCard(k.now, k.card) == nil {
			return
		}
		k.once()
	}
	k.t.Fatal("the gate does not open")
}

// toMeterCard goes to the page that says what the card may buy.
func (k *window) toMeterCard() {
	k.t.Helper()
	k.seen = nil
	k.touch("start")
	k.touch("buy-power")
	k.screen(page.InsertMeterCard)
	k.insert()
	k.until(page.MeterCard)
	k.run(5 * cardTick)
}

// pays buys power for 100 yuan, up to the sale.
func (k *window) pays() string {
	k.t.Helper()
	k.touch("confirm")
	k.touch("amount", "fen", "10000")
	k.touch("tender", "kind", "cash")
	k.screen(page.InsertCash)
	serial := k.c.live.txn.Serial
	k.ordered(bill.Enable)
	k.validator(bill.Idling, 0)
	k.note(10000)
	k.touch("finish-cash")
	k.validator(bill.Disabled, 0)

	return serial
}

func (k *window) count5(want bool) {
	k.t.Helper()
	fen, count := k.card.Processor.(*cardsim.MeterCard).Purse()
	if got := fen == 10000 && count == 5; got != want {
		k.t.Errorf("the card has purchase %d of %d fen", count, fen)
	}
}

// txn is a transaction as a new start reads it from the journal.
func (k *window) txn(serial string) payments.Transaction {
	k.t.Helper()
	t, ok := k.c.money.lookUp(serial)
	if !ok {
		k.t.Fatalf("nobody knows %s", serial)
	}

	return t
}

// TestPurchaseOnAMeterCard goes from the slot to the slip: the card comes out before it.
func TestPurchaseOnAMeterCard(t *testing.T) {
	k := newWindow(t)
	k.toMeterCard()
	serial := k.pays()
	k.until(page.Done)
	k.count5(true)

	if s := k.txn(serial).Status(); s != payments.Posted {
		t.Errorf("it is %s", s)
	}
	want := []string{"insert-meter-card", "meter-card", "processing", "write-card", "eject", "take-card", "slip", "done"}
	if !slices.Equal(k.seen, want) {
		t.Errorf("%q, want %q", k.seen, want)
	}
	k.run(time.Minute)
	if s := k.c.Status(); !s.Idle || len(s.Blocks) > 0 {
		t.Errorf("not idle: %+v", s)
	}
}

// TestLightAtTheMeterSlot is on while a meter card can be put in, and no longer.
func TestLightAtTheMeterSlot(t *testing.T) {
	k := newWindow(t)
	lit := func(want bool, when string) {
		t.Helper()
		l, ok := last[Light](k.rig)
		if got := ok && l == (Light{"meter-light", true}); got != want || k.c.out.lights[CardLight] {
			t.Errorf("%s: %+v, %v", when, l, ok)
		}
	}
	lit(false, "idle")
	k.touch("start")
	k.touch("buy-power")
	k.screen(page.InsertMeterCard)
	lit(true, "the gate is open")
	k.insert()
	k.until(page.MeterCard)
	lit(false, "the card is inside")
}

// TestPurchaseSurvivesPowerCuts at every record from the sale on, with the card inside: who
// stands there leaves with it written, once.
func TestPurchaseSurvivesPowerCuts(t *testing.T) {
	for _, after := range []string{"outcome", "meter-write-begun", "meter-write-ended"} {
		k := newWindow(t)
		k.toMeterCard()
		serial := k.pays()
		for range 10_000 {
			if k.count(after) > 0 || after == "outcome" && k.txn(serial).Status() == payments.Writing {
				break
			}
			k.once()
		}
		k.powerCut(0)
		k.until(page.Done)
		k.count5(true)
		if s := k.txn(serial).Status(); s != payments.Posted {
			t.Errorf("cut after %s: %s, %q", after, s, k.seen)
		}
	}
}

// TestPowerCutsAtTheGate: the power goes before the purchase is written, and again while the
// written card waits at the gate. Whoever took it may still be there, however long ago they
// paid: they see the result and get the slip. Much later nobody does.
func TestPowerCutsAtTheGate(t *testing.T) {
	for dark, want := range map[time.Duration]struct {
		screen page.Screen
		slips  int
	}{slipYoung / 2: {page.Done, 1}, slipYoung: {page.Idle, 0}} {
		k := newWindow(t)
		k.mute[wire.OpCardSteps] = true
		k.toMeterCard()
		serial := k.pays()
		for k.count("meter-write-begun") == 0 {
			k.once()
		}
		k.powerCut(slipYoung - time.Minute)
		k.mute[wire.OpCardSteps] = false
		for k.txn(serial).Status() != payments.Posted || k.slot.Offered() == nil {
			k.once()
		}

		if _, err := k.slot.TakeCard(k.now); err != nil { // while it is dark
			t.Fatal(err)
		}
		k.powerCut(dark)
		k.run(5 * time.Second)
		k.count5(true)
		if k.screen(want.screen); len(k.slips) != want.slips || k.txn(serial).Copies != want.slips {
			t.Errorf("%s later: %d slips", dark, len(k.slips))
		}
	}
}

// powerCut is a power cut of so long, and the start after it.
func (k *window) powerCut(dark time.Duration) {
	k.t.Helper()
	k.slot.PowerCut(k.now)
	k.now = k.now.Add(dark)
	k.slot.PowerOn(k.now)
	k.reader, k.late = cardtest.NewFake(k.slot), nil
	k.restart()
	k.done, k.all = 0, slices.Clone(k.out)
	k.do(Link{Up: true})
	k.validator(bill.Disabled, 0)
}

// TestCardThatIsNotPutBack: the purchase ends unwritten with a slip that says so, and the
// next visit writes it under the serial of its sale.
func TestCardThatIsNotPutBack(t *testing.T) {
	k := newWindow(t)
	k.toMeterCard()
	serial := k.pays()
	k.until(page.WriteCard)
	if _, err := k.slot.PullCard(k.now); err != nil {
		t.Fatal(err)
	}
	k.until(page.Failed)
	k.count5(false)
	if x := k.txn(serial); x.Status() != payments.Unwritten || len(k.slips) != 1 {
		t.Fatalf("%s, %d slips", x.Status(), len(k.slips))
	}
	k.touch("finish")
	k.screen(page.Idle)

	k.unwritten = serial
	k.toMeterCard()
	k.touch("rewrite")
	k.until(page.Done)
	k.count5(true)
	if k.count("meter-settled") != 0 {
		t.Error("the kiosk settles it by its own word")
	}
	again := k.txn(k.c.live.txn.Serial)
	if again.Purpose != payments.Rewrite || again.Original != serial || again.Status() != payments.Posted {
		t.Errorf("%+v", again)
	}

	k.until(page.Idle)
	k.settles(serial)
	if s := k.txn(serial).Status(); s != payments.Posted {
		t.Errorf("after head office's word it is %s", s)
	}
}

// settles is head office's word about a purchase that another visit wrote.
func (k *window) settles(serial string) {
	k.t.Helper()
	for range 100 {
		k.now = k.now.Add(outcomeEvery / 10)
		k.out = nil
		k.do(Tick{})
		k.carry()
		for _, e := range k.out {
			if a, ok := e.(Ask); ok && a.Op == wire.OpOutcome {
				b, err := json.Marshal(wire.PostState{
					Serial: serial, Status: wire.PostPosted, ToAdvance: 10000, Sold: fifthSold,
					Settled: leg.Settled{How: leg.Rewritten, By: "10000001000000000009"},
				})
				if err != nil {
					k.t.Fatal(err)
				}
				k.do(Reply{wire.Reply{V: 1, ID: a.ID, Body: b}})

				return
			}
		}
	}
	k.t.Fatal("head office is not asked about it")
}

// TestCardSystemAway: what does not answer is not offered for a while, and then tried
// again.
func TestCardSystemAway(t *testing.T) {
	k := newWindow(t)
	k.quote = func(*wire.CardQuote) *wire.Error { return &wire.Error{Code: wire.ErrCodeUnavailable} }
	k.toMeterCard()
	if b := k.c.Status().Blocks; !slices.Equal(b, []string{string(condition.CardSystem)}) {
		t.Errorf("blocks %v", b)
	}
	k.touch("take-card")
	k.until(page.Idle)
	if k.c.machine().Offers(profile.BuyPower) || !k.c.machine().Offers(profile.PayBill) || !k.c.machine().Offers(profile.Query) {
		t.Error("power is offered, or something else is not")
	}
	k.run(cardSystemPause)
	if b := k.c.Status().Blocks; len(b) != 0 || !k.c.machine().Offers(profile.BuyPower) {
		t.Errorf("after a while: blocks %v", b)
	}
}

// TestLineGoesAtTheCard: a line that is cut is not told as a card-meter system that does not
// answer, nor does that count as away.
func TestLineGoesAtTheCard(t *testing.T) {
	for _, before := range []bool{true, false} { // or while it is asked
		k := newWindow(t)
		k.mute[wire.OpCardQuote] = true
		k.touch("start")
		k.touch("buy-power")
		if before {
			k.do(Link{})
		}
		k.insert()
		k.until(page.MeterCard)
		k.do(Link{})
		k.run(5 * cardTick)
		if got := k.c.View().Field("why_text"); got != "线路中断，现在不能购电" || !k.c.View().Offers("retry") || k.c.board.Is(condition.CardSystem) {
			t.Errorf("before %v: %v, %v", before, got, k.c.Status())
		}

		k.mute[wire.OpCardQuote] = false
		k.do(Link{Up: true})
		k.touch("retry")
		k.run(5 * cardTick)
		if !k.c.View().Offers("confirm") {
			t.Errorf("before %v: the line is back, and %v", before, k.c.View().Field("why_text"))
		}
	}
}

// TestClocksThatDiffer: a terminal whose clock is so far from head office's that it would
// write no card sells nothing onto one, and says so to technicians.
func TestClocksThatDiffer(t *testing.T) {
	for _, c := range []struct {
		ahead time.Duration
		sells bool
	}{{-time.Hour, false}, {-6 * time.Minute, false}, {-4 * time.Minute, true}, {4 * time.Minute, true}, {6 * time.Minute, false}, {240 * time.Hour, false}} {
		k := newWindow(t)
		k.quote = func(q *wire.CardQuote) *wire.Error { q.At = k.now.Add(-c.ahead).UnixMilli(); return nil }
		k.toMeterCard()
		v := k.c.View()
		sells := slices.ContainsFunc(v.Actions, func(a page.Action) bool { return a.Name == "confirm" && a.Enabled })
		warned, why := slices.Contains(k.c.Status().Warnings, string(condition.ClockApart)), v.Field("why_text") == "本机时间不准，现在不能写电卡"
		if sells != c.sells || warned == c.sells || why == c.sells {
			t.Errorf("%s ahead: sells %v, warned %v, says %v", c.ahead, sells, warned, v.Field("why_text"))
		}
	}
}

// TestSaleThatIsSlow: the card comes back with a slip that says that the sale follows, and
// a sale that is done later is left to another visit.
func TestSaleThatIsSlow(t *testing.T) {
	k := newWindow(t)
	k.mute[wire.OpPost] = true
	k.toMeterCard()
	serial := k.pays()
	k.until(page.Done)
	if !slices.Contains(k.seen, "eject") || k.txn(serial).Status() != payments.Posting {
		t.Fatalf("%q, %s", k.seen, k.txn(serial).Status())
	}
	k.mute[wire.OpPost] = false
	k.run(2 * time.Minute)
	x := k.txn(serial)
	if x.Status() != payments.Unwritten || !x.Write.Sure {
		t.Errorf("%s, %+v", x.Status(), x.Write)
	}
	k.count5(false)
}

// TestCardThatNobodyTakes: while it comes out the page says what became of the money, and
// the slip does not wait for a card that nobody takes.
func TestCardThatNobodyTakes(t *testing.T) {
	k := newWindow(t)
	k.mute[wire.OpPost] = true
	k.toMeterCard()
	serial := k.pays()
	for i := 0; k.c.View().Screen != page.TakeCard; i++ {
		if i == 10_000 {
			t.Fatalf("the card does not come out: %q", k.seen)
		}
		k.once()
	}
	v := k.c.View()
	next, _ := v.Field("next_text").(string)
	if v.Field("amount_text") != "100.00" || v.Field("serial") != serial || !strings.Contains(next, "只售电一次") || len(k.slips) != 0 {
		t.Errorf("%d slips, the page says %+v", len(k.slips), v.Fields)
	}

	k.run(metercard.ForgetAfter + time.Second)
	v = k.c.View()
	next, _ = v.Field("next_text").(string)
	if v.Screen != page.Done || len(k.slips) != 1 || !strings.HasPrefix(next, "电卡还在卡口") {
		t.Errorf("%d slips, screen %s says %q", len(k.slips), v.Screen, next)
	}
	k.run(metercard.KeepAfter)
	if v = k.c.View(); v.Field("kept") != true || len(k.slips) != 1 {
		t.Errorf("%d slips, screen %s: %+v", len(k.slips), v.Screen, v.Fields)
	}
}

// TestCardThatIsLeft: where no card can be kept, one that nobody takes stops what needs the
// reader, and nothing else, until it is out.
func TestCardThatIsLeft(t *testing.T) {
	k := newWindow(t)
	if err := k.slot.Fault(cardtest.FaultBinFull, false); err != nil {
		t.Fatal(err)
	}
	k.toMeterCard()
	k.touch("take-card")
	k.run(metercard.KeepAfter + time.Second)
	k.screen(page.TakeCard)
	if hint, _ := k.c.View().Field("hint").(string); !strings.Contains(hint, "本机不能收存卡片") {
		t.Errorf("it says %q", hint)
	}

	k.run(metercard.LeaveAfter)
	k.screen(page.Idle)
	if b := k.c.Status().Blocks; !slices.Equal(b, []string{string(condition.MeterCardLeft)}) {
		t.Errorf("blocks %v", b)
	}
	alarms := k.count("alarm")
	k.touch("start")
	if v := k.c.View(); v.Offers("buy-power") || !v.Offers("pay-bill") {
		t.Errorf("it offers %+v", v.Actions)
	}
	if _, err := k.slot.TakeCard(k.now); err != nil {
		t.Fatal(err)
	}
	k.run(time.Second)
	if v := k.c.View(); !v.Offers("buy-power") || len(k.c.Status().Blocks) != 0 || k.count("alarm") != alarms+1 {
		t.Errorf("it is out: %v, %d alarms after %d", k.c.Status().Blocks, k.count("alarm"), alarms)
	}
}

// TestSaleThatIsRefused: the card comes back, and nothing is written.
func TestSaleThatIsRefused(t *testing.T) {
	k := newWindow(t)
	k.post = func(s *wire.PostState) { s.Status, s.Sold, s.ToAdvance = wire.PostOwed, leg.Sold{}, 0 }
	k.toMeterCard()
	serial := k.pays()
	k.until(page.Failed)
	if s := k.txn(serial).Status(); s != payments.Owed || k.count("meter-write-begun") != 0 {
		t.Errorf("%s, %d writes", s, k.count("meter-write-begun"))
	}
	k.count5(false)
}

// TestReaderAway: what takes a meter card is not offered, and bills are.
func TestReaderAway(t *testing.T) {
	k := newWindow(t)
	if err := k.slot.Fault(cardtest.FaultSilent, false); err != nil {
		t.Fatal(err)
	}
	k.run(2 * time.Second)
	if b := k.c.Status().Blocks; !slices.Equal(b, []string{string(condition.MeterReader)}) {
		t.Errorf("blocks %v", b)
	}
	if m := k.c.machine(); m.Offers(profile.BuyPower) || m.Offers(profile.Query) || !m.Offers(profile.PayBill) {
		t.Error("a meter card is asked for, or bills are not paid")
	}
}

// TestSoldWhatDoesNotFit: a sale that waits for another count opens nothing, and stops nothing.
func TestSoldWhatDoesNotFit(t *testing.T) {
	k := newWindow(t)
	k.unwritten = "10000001000000000001"
	k.quote = func(q *wire.CardQuote) *wire.Error { q.UnwrittenSold.Count = 9; return nil }
	k.toMeterCard()
	if strings.Contains(strings.Join(touches(k.c.View()), " "), "rewrite") {
		k.touch("rewrite")
		k.until(page.Idle)
	}
	if n := k.count("opened"); n != 0 {
		t.Errorf("%d transactions were opened", n)
	}
}

func touches(v View) (names []string) {
	for _, a := range v.Actions {
		names = append(names, a.Name)
	}

	return names
}
