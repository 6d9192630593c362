package bankcard

import (
	"bytes"
	"encoding/base64"
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
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/hal/pinpad/zt588/zt588sim"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/compensation"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/post"
	"wattkiosk/uplink/wire"
)

const (
	amount = money.Amount(8640)
	funds  = money.Amount(1_000_000)
	pin    = "835274"
	tick   = 20 * time.Millisecond
)

var (
	china = time.FixedZone("CST", 8*3600)
	noon  = time.Date(2026, 11, 28, 12, 0, 0, 0, china)
)

// rig is a station between a reader, a pad and a bank, with books and a journal, in
// virtual time. Its power can go at every point at which something is written or leaves.
type rig struct {
	t    *testing.T
	now  time.Time
	s    *Station
	bank *pospsim.Bank

	slot   *cardtest.FakeReader
	reader *cardtest.Fake
	keys   *zt588sim.Pad
	pad    *zt588.Driver

	txns   map[string]payments.Transaction
	keep   []byte
	paying string
	sealed bool

	numbers bool                         // the bank voids by numbers
	full    func(d tender.Decision) bool // the journal refuses; nil never
	asks    []pending
	down    bool     // the line is: what is asked waits, and nobody says so
	unsent  []string // what waits, by its key

	did     []string // events and what left, in order
	steps   []string // stages that the page saw
	written []byte   // all that was journaled or shown
	secrets [][]byte // that left in frames
	chips   [][]byte // frames with what chips gave for the bank
	kinds   []string // field 60 of the frames about sales

	commands int // to chips so far
	pullAt   int // the card is pulled at this one; 0 never

	points int // of a power cut so far
	cut    int // the power goes at this one; 0 never

	spoil func(f []byte) []byte // changes an answer on its way; nil not
	drop  func(mti string) wire.Reply
}

// pending is an Ask that waits for its answer; without a reply none comes.
type pending struct {
	at    time.Time
	ask   tender.Ask
	reply *wire.Reply
	late  bool
}

// errPower is the power going.
var errPower = errors.New("no power")

// issuer checks chips as their issuer does.
type issuer struct {
	*issuersim.Issuer
	silent bool // its answer proves nothing

	scripts []issuersim.Script // for every card
}

func (i issuer) Verify(pan, sequence string, data []byte) bool {
	_, err := i.Issuer.Verify(pan, sequence[1:], data)

	return err == nil
}

func (i issuer) Certificate(pan, sequence string, data []byte, fen int64) bool {
	return issuersim.Host{Issuer: i.Issuer}.Certificate(pan, sequence, data, fen)
}

func (i issuer) Answer(pan, sequence string, data []byte, code string) []byte {
	if i.silent {
		return nil
	}
	request, err := i.Issuer.Verify(pan, sequence[1:], data)
	if err != nil {
		return nil
	}

	return i.Issuer.Answer(request, code, i.scripts...)
}

func (r *rig) Paying() (payments.Transaction, bool) {
	t, ok := r.txns[r.paying]

	return t, ok && t.Status() == payments.Tendering
}
func (r *rig) Last() payments.Transaction { return payments.Transaction{} }
func (r *rig) Open() (all []payments.Transaction) {
	for _, t := range r.txns {
		if t.Status() == payments.Posting || t.Status() == payments.Undoing {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b payments.Transaction) int { return strings.Compare(a.Serial, b.Serial) })

	return all
}

func (r *rig) Find(s string) (payments.Transaction, bool) {
	t, ok := r.txns[s]

	return t, ok
}

func config() Config {
	lab := pospsim.LabTerminal()

	return Config{
		Bank: posp.Terminal{
			ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Scheme: posp.DoubleLength,
			TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
		},
		Chip: emv.Terminal{
			Country: emv.China, Currency: emv.Yuan, Type: emv.TypeOfMerchant, ID: lab.ID, Merchant: lab.Merchant, MerchantName: "WATT",
			Serial: "READER01", SM: true, Applications: emv.UnionPay(),
		},
		Stripe: emv.StripeRule{Allowed: true, Failures: 2}, Method: pinpad.UnionPay, PINSlot: 1, MACSlot: 2,
		Zone: china, Random: bytes.NewReader(bytes.Repeat([]byte{7, 1, 9, 3}, 256)),
	}
}

func newRig(t *testing.T) *rig { return newRigWith(t, pospsim.Config{}) }

func newRigWith(t *testing.T, cfg pospsim.Config) *rig {
	t.Helper()
	r := &rig{t: t, now: noon, slot: cardtest.NewFakeReader(), keys: zt588sim.New(), txns: map[string]payments.Transaction{}}
	master := pospsim.LabTerminal().Master
	r.keys.Inject(0, master[:])
	for _, id := range []string{"bank-1", "bank-2", "bank-3", "bank-4", "bank-5", "bank-6", "bank-7", "bank-8"} {
		c := pospsim.Card{ID: id, PAN: cardsim.BankPAN(id), PIN: pin, Balance: funds}
		switch id {
		case cardsim.BankNoFunds:
			c.Balance = 0
		case cardsim.BankCaptured:
			c.Trouble = pospsim.Stolen
		}
		cfg.Cards = append(cfg.Cards, c)
	}
	cfg.Cards = append(cfg.Cards, pospsim.Card{ID: "credit", PAN: cardsim.BankCreditPAN, PIN: pin, Balance: funds})
	cfg.Now = func() time.Time { return r.now }
	if cfg.Issuer == nil {
		cfg.Issuer = issuer{Issuer: issuersim.New(cardsim.TestMasters())}
	}
	r.bank = pospsim.New(cfg)
	r.start()
	r.run(3 * time.Second)

	return r
}

// start is a new process: all that was in memory is gone.
func (r *rig) start() {
	r.t.Helper()
	cfg := config()
	cfg.Bank.VoidsByNumber = r.numbers
	s, err := New(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.s, r.asks = s, nil
	r.reader, r.pad = cardtest.NewFake(r.slot), zt588.New()
	if err := r.s.Recover(r.now, r.keep, r); err != nil {
		r.t.Fatal(err)
	}
	for _, t := range r.Open() {
		if t.Status() == payments.Undoing {
			r.do(r.s.Undo(r.now, t))
		}
	}
}

// point is where the power may go.
func (r *rig) point() {
	r.points++
	if r.points == r.cut {
		panic(errPower)
	}
}

// open opens a payment.
func (r *rig) open(serial string) {
	r.t.Helper()
	t, _, err := payments.Step(payments.Transaction{}, serial, payments.Opened{Account: "1000000001", Tender: "bankcard", Limit: amount})
	if err != nil {
		r.t.Fatal(err)
	}
	r.txns[serial], r.paying = t, serial
	r.do(r.s.Begin(r.now, t))
}

func (r *rig) do(effects []tender.Effect) {
	r.t.Helper()
	for _, e := range effects {
		r.point()
		switch e := e.(type) {
		case tender.Ask:
			r.ask(e)
		case tender.Drop:
			r.unsent = slices.DeleteFunc(r.unsent, func(key string) bool { return key == e.Key })
		case tender.Order:
			r.order(e.Command)
		}
	}
}

func (r *rig) order(c any) {
	r.t.Helper()
	switch c := c.(type) {
	case card.Command:
		switch c.Op {
		case card.Eject, card.Capture:
			r.did = append(r.did, c.Op.String())
		case card.Transmit:
			if r.commands++; r.commands == r.pullAt {
				if _, err := r.slot.PullCard(r.now); err != nil {
					r.t.Error(err)
				}
			}
		}
		if err := r.reader.Do(r.now, c); err != nil {
			r.t.Fatal(err)
		}
	case pinpad.Command:
		if err := r.pad.Do(r.now, c); err != nil {
			r.t.Fatal(err)
		}
	}
}

// ask is head office, which carries the frame once.
func (r *rig) ask(a tender.Ask) {
	r.t.Helper()
	if r.down {
		r.unsent = append(r.unsent, a.Key)
		return
	}
	var body wire.FrameBody
	if err := json.Unmarshal(a.Body, &body); err != nil {
		r.t.Fatal(err)
	}
	frame := append([]byte{byte(len(body.Frame) >> 8), byte(len(body.Frame))}, body.Frame...)
	var m iso8583.Message
	if err := m.Decode(frame); err != nil {
		r.t.Fatal(err)
	}
	r.secrets = append(r.secrets, bytes.Clone(m.Bytes(iso8583.PINBlock)), bytes.Clone(m.Bytes(iso8583.Track2)))
	mti := fmt.Sprintf("%04x", uint16(m.MTI))
	if mti == "0200" { // certificates and results of scripts are kept, and name no card
		r.secrets = append(r.secrets, bytes.Clone(m.Bytes(iso8583.Chip)))
	}
	if mti == "0320" || mti == "0620" {
		r.chips = append(r.chips, bytes.Clone(frame))
	}
	r.did = append(r.did, mti)
	if mti == "0200" || mti == "0400" {
		r.kinds = append(r.kinds, m.Text(iso8583.Kind))
	}

	silence := pending{at: r.now.Add(a.TTL), ask: a}
	if r.drop != nil {
		if reply := r.drop(mti); reply.Error != nil {
			r.asks = append(r.asks, pending{r.now.Add(tick), a, &reply, false})
			return
		}
	}
	replies := r.bank.Handle(frame)
	r.point()
	if len(replies) == 0 || len(replies[0].Frame) < 2 {
		r.asks = append(r.asks, silence)
	}
	for i, reply := range replies {
		if len(reply.Frame) < 2 {
			continue
		}
		f := reply.Frame
		if r.spoil != nil && mti == "0200" {
			f = r.spoil(f)
		}
		b, err := json.Marshal(wire.FrameResult{Frame: f[2:]})
		if err != nil {
			r.t.Fatal(err)
		}
		at := r.now.Add(100*time.Millisecond + reply.After)
		late := i > 0 || at.After(silence.at)
		if late && i == 0 {
			r.asks = append(r.asks, silence)
		}
		r.asks = append(r.asks, pending{at, a, &wire.Reply{Body: b}, late})
	}
}

// replies tells the station what is due by now.
func (r *rig) replies() {
	for i := 0; i < len(r.asks); i++ {
		p := r.asks[i]
		if p.at.After(r.now) {
			continue
		}
		r.asks = slices.Delete(r.asks, i, i+1)
		i--
		if p.reply == nil {
			r.s.Unanswered(r.now, p.ask)
		} else {
			r.s.Answered(r.now, p.ask, *p.reply)
		}
	}
}

// once is one tick of the kiosk.
func (r *rig) once() {
	r.t.Helper()
	r.now = r.now.Add(tick)
	_, heard := r.reader.Advance(r.now, nil)
	for _, e := range heard {
		r.hear(e)
	}
	tx, said := r.pad.Advance(r.now, r.keys.Advance(r.now))
	for _, e := range said {
		r.hear(e)
	}
	if len(tx) > 0 {
		r.keys.Receive(r.now, tx)
	}
	r.replies()

	r.decide()
	if d, due := r.s.Turn(r.now, r); due {
		r.commit(d)
		r.decide()
	}
	if why, over := r.s.Over(r); over {
		r.do(r.s.Finish(r.now, why, r))
		r.decide()
	}
	r.look()
}

func (r *rig) hear(e any) {
	r.t.Helper()
	if err := r.s.Heard(r.now, e); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) decide() {
	r.t.Helper()
	for more := true; more; {
		d, ok := r.s.Decide(r, r.sealed)
		if !ok {
			return
		}
		more = r.commit(d)
	}
}

// commit is the journal: events and Keep in one step, or nothing.
func (r *rig) commit(d tender.Decision) (more bool) {
	r.t.Helper()
	if d.Durable() && (r.sealed || r.full != nil && r.full(d)) {
		effects, _ := r.s.Settle(r.now, false)
		r.do(effects)

		return false
	}

	var acts []payments.Effect
	next := d.Txn
	if d.Durable() {
		r.point()
	}
	for _, e := range d.Events {
		var due []payments.Effect
		var err error
		if next, due, err = payments.Step(next, next.Serial, e); err != nil {
			r.t.Fatal(err)
		}
		acts = append(acts, due...)
		b, err := json.Marshal(e)
		if err != nil {
			r.t.Fatal(err)
		}
		r.written = append(r.written, b...)
		r.did = append(r.did, e.EventType())
	}
	if next.Serial != "" {
		r.txns[next.Serial] = next
	}
	r.reversible(d)
	if d.Keep != nil {
		r.keep = bytes.Clone(d.Keep)
		r.written = append(r.written, d.Keep...)
	}
	if d.Durable() {
		r.point()
	}

	effects, more := r.s.Settle(r.now, true)
	r.do(effects)
	for _, a := range acts {
		if a == compensation.UndoMoney {
			r.do(r.s.Undo(r.now, r.txns[next.Serial]))
		}
	}

	return more
}

// reversible: the record of a sale comes with the state that has it under way, and
// whose next trace number is another.
func (r *rig) reversible(d tender.Decision) {
	r.t.Helper()
	for _, e := range d.Events {
		sale, ok := e.(bankcard.SaleOrdered)
		if !ok {
			continue
		}
		var k kept
		if err := json.Unmarshal(d.Keep, &k); err != nil {
			r.t.Fatalf("%s has no state: %v", e.EventType(), err)
		}
		if q := k.Terminal.Flight.Request; digits(q.Trace) != sale.Trace || q.Amount != sale.Amount || digits(k.Terminal.Trace) == sale.Trace {
			r.t.Errorf("%+v with %+v", sale, k.Terminal)
		}
	}
}

// look is the page. A card that is on its way out is forgotten already.
func (r *rig) look() {
	y := r.s.slot.stay
	if (y.stage == Giving || y.stage == Keeping) && (y.kernel != nil || y.card.PAN != nil || y.card.PINBlock != nil || y.issuer != nil) {
		r.t.Error("the station still has the card's data")
	}
	f := r.s.Face(r.txns[r.paying])
	if n := len(r.steps); n == 0 || r.steps[n-1] != f.Step {
		r.steps = append(r.steps, f.Step)
		r.written = fmt.Appendf(r.written, "%+v %+v", f, r.s.Troubles())
	}
}

func (r *rig) run(d time.Duration) {
	r.t.Helper()
	for end := r.now.Add(d); r.now.Before(end); {
		r.once()
	}
}

// customer is who pays.
type customer struct {
	card   *cardsim.Card
	pins   []string // keys on the pad, one entry per PIN; the last again
	choose int
	leaves bool // the card at the gate
	after  func(step string)
}

func (r *rig) card(id string) *cardsim.Card { return cardsim.BankCards()[id] }

// pay plays a payment until the station is idle again.
func (r *rig) pay(c customer) {
	r.t.Helper()
	if len(c.pins) == 0 {
		c.pins = []string{pin + "E"}
	}
	in, entered, last := false, 0, ""
	for range 20000 {
		r.once()
		step := r.s.Face(r.txns[r.paying]).Step
		if step != last && c.after != nil {
			c.after(step)
		}
		switch {
		case step == string(Inserting) && !in:
			in = r.slot.InsertCard(r.now, c.card) == nil
		case step == string(Choosing):
			r.do(r.s.Choose(r.now, c.choose))
		case step == string(PIN) && last != step:
			r.keys.Press(r.now, c.pins[min(entered, len(c.pins)-1)])
			entered++
		case step == string(Giving) && !c.leaves:
			_, _ = r.slot.TakeCard(r.now) // once it is in the gate
		case in && step == "" && r.s.slot.stay.stage == Idle && r.s.Waiting() == 0:
			return
		}
		last = step
	}
	r.t.Fatalf("the payment does not end: %s, %v", last, r.did)
}

// settled lets time pass until the terminal has nothing to say any more.
func (r *rig) settled() {
	r.t.Helper()
	for range 200_000 {
		if next := r.s.kept.Terminal.Next(); len(r.asks) == 0 && r.s.slot.stay.stage == Idle && next.After(r.now.Add(time.Second)) {
			r.now = next.Add(-time.Second)
		}
		r.once()
		if _, paying := r.Paying(); !paying && r.s.bank.talk.phase == silent && r.s.kept.Terminal.Next().IsZero() && r.s.Waiting() == 0 {
			if _, ok := r.s.toTakeBack(r); !ok {
				return
			}
		}
	}
	r.t.Fatalf("something still waits: %s", r.keep)
}

// balanced compares the bank's ledger with what the legs say, after all was said.
func (r *rig) balanced() {
	r.t.Helper()
	ledger := r.bank.Ledger()
	if err := ledger.Audit(); err != nil {
		r.t.Error(err)
	}
	took, held := money.Amount(0), money.Amount(0)
	for _, e := range ledger.Entries {
		took += e.Standing()
	}
	for _, t := range r.txns {
		held += t.Card.Held()
		if t.Card.Fact() == leg.Moving || t.Card.State == bankcard.Reversing {
			r.t.Errorf("%s is open: %+v", t.Serial, t.Card)
		}
		credited := t.Card.State == bankcard.Approved || t.Card.Why == bankcard.PostingRefused
		if credited != (t.Card.Total == amount) {
			r.t.Errorf("%s: %+v", t.Serial, t.Card)
		}
	}
	if took != held {
		r.t.Errorf("the bank took %s, the legs say %s: %v", took, held, r.did)
	}
	r.clean()
}

// clean greps what was written and shown for what must not be.
func (r *rig) clean() {
	r.t.Helper()
	forbidden := []string{pin}
	for id := range cardsim.BankCards() {
		if pan := cardsim.BankPAN(id); pan != "" {
			forbidden = append(forbidden, pan, pan[:10])
		}
	}
	for _, b := range r.secrets {
		if len(b) > 0 {
			forbidden = append(forbidden, string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)), base64.StdEncoding.EncodeToString(b))
		}
	}
	for i, s := range forbidden {
		if strings.Contains(string(r.written), s) {
			r.t.Errorf("secret %d is in what was written", i)
		}
	}
}

// refusePosting has the MIS refuse what was paid.
func (r *rig) refusePosting(serial string) {
	r.t.Helper()
	next, acts, err := payments.Step(r.txns[serial], serial, post.OutcomeLearned{Status: post.Owed})
	if err != nil || len(acts) != 1 || acts[0] != compensation.UndoMoney {
		r.t.Fatalf("%v, %v", acts, err)
	}
	r.txns[serial] = next
	r.do(r.s.Undo(r.now, next))
}

func (r *rig) want(serial string, status payments.Status, reason, did string) {
	r.t.Helper()
	t := r.txns[serial]
	if got := strings.Join(r.did, ", "); got != did || t.Status() != status || t.Card.Reason != reason {
		r.t.Errorf("%s because of %q: %s\nwant %s because of %q: %s", t.Status(), t.Card.Reason, got, status, reason, did)
	}
}
