package metercard

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/tender"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/meterissuersim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/card/vendor"
	"wattkiosk/hal/card/vendorsim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/metercard/userfile"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/uplink/wire"
)

const (
	second = time.Second
	tick   = 20 * time.Millisecond
	serial = "10000001000000000005"
	before = money.Amount(5000)
	bought = money.Amount(10000)
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// errPower is the power going.
var errPower = errors.New("no power")

// rig is a desk between a reader with virtual cards and head office, with books and a
// journal, in virtual time. Something can be made to happen before each order to the
// reader.
type rig struct {
	t   testing.TB
	now time.Time
	d   *Desk

	slot   cardtest.Device
	driver func() card.Engine
	reader card.Engine
	form   metercard.Form
	maker  *vendorsim.Device // the same as slot, where a library works cards
	mine   *cardsim.Card     // the customer's
	others []*cardsim.Card   // that are put in first, when the card is asked for again

	txns   map[string]payments.Transaction
	live   string // in front of the customer
	wants  bool   // the visit wants a card, before there is a transaction
	sealed bool
	office office
	asks   []pending
	open   bool // a question is

	away   bool // the customer does not put the card back
	free   bool // the card in the hand is another one, which look does not know
	seen   func(card.Command)
	record func(n int) // before and after each record
	places int         // of those
	later  []later
	on     map[byte]bool // troubles that last
	leaves bool          // nor takes it
	byHand bool          // cards are pulled out
	loaded bool          // the card holds what was sold
	orders int           // to the reader, so far
	at     map[int]func()

	did     []string // events, and what left
	kept    []string // the transactions of cards that were captured
	faces   []string
	written []byte // all that was journaled or shown
	secrets [][]byte
}

// later is what happens at a time.
type later struct {
	at time.Time
	do func()
}

// pending is an answer on its way.
type pending struct {
	at    time.Time
	ask   tender.Ask
	reply wire.Reply
}

// office is head office with the card-meter system.
type office struct {
	key        ed25519.PrivateKey
	issuer     *meterissuersim.Issuer
	silent     bool
	spoil      func(*script.Script) // before it is signed
	forge      func(*wire.Signed)   // after
	spoilOrder func(*library.Order) // before it is signed
	answer     func(round int) *wire.Reply
	delay      time.Duration
	asked      []wire.CardStepsBody
}

func keyOf(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func meterCard(t testing.TB, f metercard.Facts) *cardsim.Card {
	t.Helper()
	c, err := meterissuersim.New("meter-1", f)
	if err != nil {
		t.Fatal(err)
	}

	return c
}

// factsOf are those of the customer's card: purchase 4 is in the meter.
func factsOf(form metercard.Form) metercard.Facts {
	return metercard.Facts{
		Serial: "0102030405060708", Form: form, Kind: metercard.Purchase, Meter: "000000000001", Customer: "001000000003",
		Count: 4, Purse: before, Loaded: 4, Left: 12000,
	}
}

func newRig(t testing.TB) *rig { return newRigOf(t, metercard.CPU) }

func newRigOf(t testing.TB, form metercard.Form) *rig {
	t.Helper()
	slot := cardtest.NewFakeReader()

	return newRigAt(t, form, slot, func() card.Engine { return cardtest.NewFake(slot) })
}

// newLibraryRig is of a reader whose library works cards.
func newLibraryRig(t testing.TB, form metercard.Form) *rig {
	t.Helper()

	return newLibraryRigOf(t, form, "", "")
}

// newLibraryRigOf is of one with something else in its description.
func newLibraryRigOf(t testing.TB, form metercard.Form, from, to string) *rig {
	t.Helper()
	abi, err := vendor.ParseABI(strings.Replace(vendorsim.Description("/lib/libmeter.so", form), from, to, 1))
	if err != nil {
		t.Fatal(err)
	}

	return newRigAt(t, form, vendorsim.New(noon, abi), func() card.Engine { return vendor.New(abi) })
}

// newRigAt is of a reader and its driver.
func newRigAt(t testing.TB, form metercard.Form, slot cardtest.Device, driver func() card.Engine) *rig {
	t.Helper()
	r := &rig{t: t, now: noon, form: form, slot: slot, driver: driver, txns: map[string]payments.Transaction{}, at: map[int]func(){}, on: map[byte]bool{}}
	r.mine = meterCard(t, r.facts())
	r.office.key, r.office.issuer = keyOf(1), meterissuersim.NewIssuer(meterissuersim.TestKeys())
	if r.maker, _ = slot.(*vendorsim.Device); r.maker != nil {
		r.maker.Before = func(int) { r.count() }
	}
	r.start()

	return r
}

// start is a new process: all that was in memory is gone.
func (r *rig) start() {
	r.t.Helper()
	r.d = New(Config{
		Reader: true, Key: r.office.key.Public().(ed25519.PublicKey), Random: bytes.NewReader(bytes.Repeat([]byte{7, 1, 9}, 4096)), Library: r.maker != nil,
	})
	r.reader, r.asks = r.driver(), nil
	if err := r.d.Recover(r.now, nil, r); err != nil {
		r.t.Fatal(err)
	}
	for _, t := range r.Open() {
		r.d.Write(r.now, t)
	}
}

func (r *rig) Paying() (payments.Transaction, bool) { return payments.Transaction{}, false }
func (r *rig) Last() payments.Transaction           { return payments.Transaction{} }

func (r *rig) Open() (all []payments.Transaction) {
	for _, t := range r.txns {
		if t.Status() == payments.Writing {
			all = append(all, t)
		}
	}

	return all
}

func (r *rig) Find(s string) (payments.Transaction, bool) {
	t, ok := r.txns[s]

	return t, ok
}

func (r *rig) facts() metercard.Facts { return factsOf(r.form) }

func (r *rig) sold() metercard.Sold {
	return metercard.Sold{Number: "S1", Card: "0102030405060708", Count: 5, Amount: bought}
}

func (r *rig) txn() payments.Transaction { return r.txns[serial] }

// pays opens a purchase and pays it with a note.
func (r *rig) pays() {
	r.t.Helper()
	r.step(payments.Opened{Purpose: payments.Purchase, Account: "1000000003", Tender: "cash", Limit: 200000, MeterCard: r.facts()})
	r.step(cash.NoteAccepted{Value: bought})
	r.step(cash.NoteStacked{Value: bought})
	r.step(cash.Closed{Total: bought, Account: "1000000003"})
	r.live = serial
}

// sells is the card-meter system's answer: the table says that the card is written.
func (r *rig) sells() {
	r.t.Helper()
	r.step(post.OutcomeLearned{Status: post.Posted, ToAdvance: bought, Sold: r.sold()})
}

func (r *rig) step(e payments.Event) {
	r.t.Helper()
	next, acts, err := payments.Step(r.txns[serial], serial, e)
	if err != nil {
		r.t.Fatal(err)
	}
	r.txns[serial] = next
	for _, a := range acts {
		if a == compensation.WriteCard {
			r.d.Write(r.now, next)
		}
	}
}

func (r *rig) do(effects []tender.Effect) {
	r.t.Helper()
	for _, e := range effects {
		switch e := e.(type) {
		case tender.Ask:
			r.ask(e)
		case tender.Drop:
			r.asks, r.open = nil, false
		case tender.Order:
			r.order(e.Command.(card.Command))
		}
	}
}

// order is an order to the reader. What can change the card is journaled before.
func (r *rig) order(c card.Command) {
	r.t.Helper()
	r.count()
	if r.seen != nil {
		r.seen(c)
	}
	if changes(c) {
		if s := r.txn().Write.State; s != metercard.Writing {
			r.t.Errorf("the card is changed while the leg is %q", s)
		}
	}
	if c.Op == card.Eject || c.Op == card.Capture {
		r.did = append(r.did, c.Op.String())
	}
	if err := r.reader.Do(r.now, c); err != nil {
		r.t.Fatal(err)
	}
}

// count counts an order to the reader, be it the desk's or its library's.
func (r *rig) count() {
	r.orders++
	if do := r.at[r.orders]; do != nil {
		do()
	}
}

func changes(c card.Command) bool {
	switch c.Op {
	case card.Work:
		return c.Name == library.Write
	case card.Write, card.Verify:
		return true
	case card.Transmit:
		return c.Data[1] == 0x82 || c.Data[1] == 0xD6
	}

	return false
}

// ask is head office.
func (r *rig) ask(a tender.Ask) {
	r.t.Helper()
	var body wire.CardStepsBody
	if err := json.Unmarshal(a.Body, &body); err != nil || a.Op != wire.OpCardSteps || a.Key != serial || a.Once {
		r.t.Fatalf("%s %s, once %t: %v", a.Op, a.Key, a.Once, err)
	}
	r.office.asked = append(r.office.asked, body)
	if body.Card.Serial != r.sold().Card || body.Card.Count+1 != r.sold().Count {
		r.t.Errorf("steps for %+v were asked for", body.Card)
	}
	for name, b := range body.Saved {
		if name != "serial" { // that is shown and journaled
			r.secrets = append(r.secrets, bytes.Clone(b))
		}
	}
	r.open = true
	reply := r.answer(body)
	if reply == nil {
		return
	}
	r.asks = append(r.asks, pending{r.now.Add(5*tick + r.office.delay), a, *reply})
}

func (r *rig) answer(body wire.CardStepsBody) *wire.Reply {
	r.t.Helper()
	o := &r.office
	if o.silent {
		return nil
	}
	if o.answer != nil {
		return o.answer(body.Round)
	}
	if body.Library != (r.maker != nil) {
		r.t.Errorf("asked for a library: %t", body.Library)
	}
	if body.Library {
		return r.signOrder(body)
	}

	steps := o.issuer.Steps(cardsystem.StepsOrder{Serial: body.Sale, Card: body.Card, Round: body.Round, Saved: body.Saved}, r.sold())
	if steps.Outcome != mis.Done {
		return r.reply(wire.CardSteps{Reason: steps.Reason})
	}
	for _, s := range steps.Steps {
		if s.Changes {
			r.secrets = append(r.secrets, bytes.Clone(s.Data))
		}
	}

	return r.sign(body, steps.Steps, steps.Last)
}

// signOrder puts the order to a library under head office's key, as it is meant or spoiled.
func (r *rig) signOrder(body wire.CardStepsBody) *wire.Reply {
	r.t.Helper()
	o := &r.office
	order := library.Order{
		V: library.Version, Txn: body.Txn, Session: body.Session, Expires: r.now.Add(time.Minute).UnixMilli(),
		Meter: r.facts().Meter, Customer: r.facts().Customer, Sold: r.sold(),
	}
	if o.spoilOrder != nil {
		o.spoilOrder(&order)
	}
	signed, err := wire.SignOrder(o.key, order)
	if err != nil {
		r.t.Fatal(err)
	}
	if o.forge != nil {
		o.forge(&signed)
	}

	return r.reply(wire.CardSteps{Order: signed})
}

// sign puts a round under head office's key, as it is meant or spoiled.
func (r *rig) sign(body wire.CardStepsBody, steps []script.Step, last bool) *wire.Reply {
	r.t.Helper()
	o := &r.office
	s := script.Script{
		V: script.Version, Txn: body.Txn, Card: body.Card.Serial, Round: body.Round, Session: body.Session,
		Expires: r.now.Add(time.Minute).UnixMilli(), Steps: steps, Last: last,
	}
	if o.spoil != nil {
		o.spoil(&s)
	}
	signed, err := wire.SignScript(o.key, s)
	if err != nil {
		r.t.Fatal(err)
	}
	if o.forge != nil {
		o.forge(&signed)
	}

	return r.reply(wire.CardSteps{Script: signed})
}

func (r *rig) reply(body wire.CardSteps) *wire.Reply {
	r.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		r.t.Fatal(err)
	}

	return &wire.Reply{Body: b}
}

// truth is what a card holds, past its reader.
func truth(t testing.TB, c *cardsim.Card) metercard.Facts {
	t.Helper()
	form, saved := metercard.CPU, map[string]script.Bytes{}
	switch chip := c.Memory.(type) {
	case nil:
		files := c.Processor.(*cardsim.MeterCard).Files
		saved[userfile.SavedSerial], saved[userfile.SavedParam] = script.Bytes(files[cardsim.FileSerial][1:]), script.Bytes(files[cardsim.FileParam])
		saved[userfile.SavedPurse], saved[userfile.SavedReturn] = script.Bytes(files[cardsim.FilePurse]), script.Bytes(files[cardsim.FileReturned])
	case *cardsim.SLE4442:
		form, saved[userfile.SavedImage] = metercard.SLE4442, script.Bytes(chip.Main)
	case *cardsim.AT88SC102:
		form = metercard.AT88SC102
		saved[userfile.SavedChip], saved[userfile.SavedZone1], saved[userfile.SavedZone2] = script.Bytes(chip.Main[:10]), script.Bytes(chip.Main[22:86]), script.Bytes(chip.Main[92:156])
	}
	f, err := userfile.Facts(form, saved)
	if err != nil {
		t.Fatal(err)
	}

	return f
}

// once is one tick of the kiosk.
func (r *rig) once() {
	r.t.Helper()
	r.now = r.now.Add(tick)
	for i, l := range r.later {
		if l.do != nil && !l.at.After(r.now) {
			l.do()
			r.later[i].do = nil
		}
	}
	for busy := true; busy; {
		tx, heard := r.reader.Advance(r.now, r.slot.Advance(r.now))
		for _, e := range heard {
			if err := r.d.Heard(r.now, e); err != nil {
				r.t.Fatal(err)
			}
		}
		if busy = len(tx) > 0; busy {
			r.slot.Receive(r.now, tx)
		}
	}
	for len(r.asks) > 0 && !r.asks[0].at.After(r.now) {
		p := r.asks[0]
		r.asks = r.asks[1:]
		r.open = r.d.Answered(r.now, p.ask, p.reply)
		if r.open { // and the same is asked again
			if reply := r.answer(r.office.asked[len(r.office.asked)-1]); reply != nil {
				r.asks = append(r.asks, pending{r.now.Add(5 * second), p.ask, *reply})
			}
		}
	}

	r.decide()
	if d, due := r.d.Turn(r.now, r); due {
		r.commit(d)
		r.decide()
	}
	ended := r.txn().Status().Ended()
	w := Wish{Card: r.wants}
	if r.live != "" {
		w = Wish{Card: !ended, Serial: r.facts().Serial, Txn: r.live}
	}
	r.do(r.d.Want(r.now, w))
	r.decide()
	r.customer()
	r.look()
}

func (r *rig) decide() {
	r.t.Helper()
	for more := true; more; {
		d, ok := r.d.Decide(r, r.sealed)
		if !ok {
			return
		}
		more = r.commit(d)
	}
}

// commit is the journal: all events of a decision in one step, or nothing.
func (r *rig) commit(d tender.Decision) (more bool) {
	r.t.Helper()
	if d.Durable() && r.sealed {
		effects, _ := r.d.Settle(r.now, false)
		r.do(effects)

		return false
	}

	next := d.Txn
	if d.Durable() {
		r.point()
	}
	for _, e := range d.Events {
		var err error
		if next, _, err = payments.Step(next, next.Serial, e); err != nil {
			r.t.Fatal(err)
		}
		b, err := json.Marshal(e)
		if err != nil {
			r.t.Fatal(err)
		}
		r.written = append(r.written, b...)
		r.did = append(r.did, said(e))
		if _, is := e.(bankcard.Captured); is {
			r.kept = append(r.kept, d.Txn.Serial)
		}
	}
	if next.Serial != "" {
		r.txns[next.Serial] = next
	}
	if d.Durable() {
		r.point()
	}
	effects, more := r.d.Settle(r.now, true)
	r.do(effects)

	return more
}

func (r *rig) point() {
	r.places++
	if r.record != nil {
		r.record(r.places)
	}
}

// said is an event in a word or two.
func said(e payments.Event) string {
	switch e := e.(type) {
	case metercard.WriteBegun:
		return fmt.Sprintf("begun %d", e.N)
	case metercard.WriteEnded:
		return strings.TrimSpace(fmt.Sprintf("%s %s", e.Outcome, e.Why))
	case metercard.GaveUp:
		return "gave up: " + e.Why
	}

	return e.EventType()
}

// customer puts a card in where one is asked for, and takes what comes out.
func (r *rig) customer() {
	switch f := r.d.Face(); {
	case f.Ready && f.Step == PutBack && r.away:
	case f.Ready && f.Step == PutBack && len(r.others) > 0:
		if r.slot.InsertCard(r.now, r.others[0]) == nil {
			r.others = r.others[1:]
		}
	case f.Ready:
		_ = r.slot.InsertCard(r.now, r.mine) // the gate may be on its way
	case (f.Step == TakeCard || f.Step == Forgotten) && !r.leaves:
		if _, err := r.slot.TakeCard(r.now); err != nil && r.byHand {
			r.pull()
		}
	}
}

// look is the page, and the card: its purse is what it was, or what was sold.
func (r *rig) look() {
	r.t.Helper()
	f := r.d.Face()
	step := string(f.Step)
	if f.Why != "" {
		step += " (" + f.Why + ")"
	}
	if n := len(r.faces); n == 0 || r.faces[n-1] != step {
		r.faces = append(r.faces, step)
		r.written = fmt.Appendf(r.written, "%+v %+v %+v", f, r.d.Troubles(), r.d.Report())
	}

	if r.free {
		return
	}
	c := truth(r.t, r.mine)
	old, now := c.Purse == before && c.Count == 4, c.Purse == bought && c.Count == 5
	if !old && !now {
		r.t.Fatalf("the card has purchase %d of %s", c.Count, c.Purse)
	}
	if r.loaded && !now {
		r.t.Fatalf("the card has purchase %d again", c.Count)
	}
	r.loaded = now
}

func (r *rig) run(d time.Duration) {
	r.t.Helper()
	for end := r.now.Add(d); r.now.Before(end); {
		r.once()
	}
}

// until lets time pass until a page is shown.
func (r *rig) until(s Step) {
	r.t.Helper()
	for range 60_000 {
		r.once()
		if r.d.Face().Step == s && r.d.Waiting() == 0 {
			return
		}
	}
	r.t.Fatalf("%s never comes: %q, %q", s, r.faces, r.did)
}

// ends lets time pass until the transaction has its end and the desk is empty.
func (r *rig) ends() {
	r.t.Helper()
	for range 60_000 {
		r.once()
		dead := (r.d.slot.stay.stage == Stuck || r.d.slot.stay.stage == Left) && !r.d.slot.works()
		if r.txn().Status().Ended() && (r.d.slot.stay.stage == None || dead) && r.d.Waiting() == 0 && r.d.writer.job.txn == "" {
			return
		}
	}
	r.t.Fatalf("it does not end: %q, %q, leg %+v", r.faces, r.did, r.txn().Write)
}

// buys goes the whole way.
func (r *rig) buys() {
	r.t.Helper()
	r.wants = true
	r.until(Ready)
	r.pays()
	r.sells()
	r.ends()
}

// original is the sale of a re-write.
const original = "10000001000000000001"

// rewrites goes the whole way of another visit, which writes what was sold before.
func (r *rig) rewrites() {
	r.t.Helper()
	r.wants = true
	r.until(Ready)
	r.step(payments.Opened{Purpose: payments.Rewrite, Account: "1000000003", MeterCard: truth(r.t, r.mine), Original: original, Sold: r.sold()})
	r.live = serial
	r.ends()
	r.honest()
}

// honest compares what the leg says with the card, and looks for secrets.
func (r *rig) honest() {
	r.t.Helper()
	count := truth(r.t, r.mine).Count
	l := r.txn().Write
	switch {
	case l.State == metercard.On && count != 5, l.State == metercard.GoneAway && l.Sure && count != 4:
		r.t.Errorf("the leg says %+v, the card has purchase %d: %q", l, count, r.did)
	case l.State != metercard.On && l.State != metercard.GoneAway:
		r.t.Errorf("the leg is left %+v: %q", l, r.did)
	}

	if r.open {
		r.t.Error("head office is still asked")
	}
	y := r.d.slot.stay
	if y.session != (session{}) || y.reading.first != nil || y.sent != nil || r.remembers() {
		r.t.Errorf("the desk still has what the card said: %+v", y)
	}
	for i, b := range r.secrets {
		if len(b) > 3 && (bytes.Contains(r.written, b) || strings.Contains(string(r.written), hex.EncodeToString(b)) || strings.Contains(string(r.written), strings.ToUpper(hex.EncodeToString(b)))) {
			r.t.Errorf("secret %d is in what was written", i)
		}
	}
}

// remembers reports whether the desk still has what was said of a card.
func (r *rig) remembers() bool {
	switch w := r.d.slot.work.(type) {
	case *steps:
		return w.run != nil
	case *byLibrary:
		return w.told != "" || w.digest != ""
	}

	return true
}

// cut runs do until the power goes.
func (r *rig) cut(do func()) (gone bool) {
	defer func() {
		switch e := recover(); e {
		case nil:
		case errPower:
			gone = true
		default:
			panic(e)
		}
	}()
	do()

	return false
}

func (r *rig) has(event string) bool { return slices.Contains(r.did, event) }
