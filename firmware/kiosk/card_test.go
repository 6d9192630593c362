package kiosk

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/tender/bankcard"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/pinpad"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/hal/pinpad/zt588/zt588sim"
	"wattkiosk/hal/printer"
	"wattkiosk/payments"
	"wattkiosk/payments/emv"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

const (
	cardPIN   = "835274"
	cardFunds = money.Amount(1_000_000)
	cardTick  = 20 * time.Millisecond
)

// cardConfig is the terminal that the simulated bank knows.
func cardConfig() bankcard.Config {
	lab := pospsim.LabTerminal()

	return bankcard.Config{
		Bank: posp.Terminal{
			ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Scheme: posp.DoubleLength,
			TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
		},
		Chip: emv.Terminal{
			Country: emv.China, Currency: emv.Yuan, Type: emv.TypeOfMerchant, ID: lab.ID, Merchant: lab.Merchant,
			Serial: "10000001", SM: true, Applications: emv.UnionPay(),
		},
		Stripe: emv.StripeRule{Allowed: true, Failures: 2}, Method: pinpad.UnionPay, PINSlot: 1, MACSlot: 2,
		Zone: time.UTC, Random: bytes.NewReader(bytes.Repeat([]byte{7, 1, 9, 3}, 4096)),
	}
}

// issuer checks the chips as their issuer does.
type issuer struct{ *issuersim.Issuer }

func (i issuer) Verify(pan, sequence string, data []byte) bool {
	_, err := i.Issuer.Verify(pan, sequence[1:], data)

	return err == nil
}

func (i issuer) Answer(pan, sequence string, data []byte, code string) []byte {
	answer, err := i.Authorize(pan, sequence[1:], data, code)
	if err != nil {
		return nil
	}

	return answer
}

// counter is a kiosk with a card reader, a PIN pad and a line to a bank, in virtual
// time. Head office carries frames and posts, or refuses to.
type counter struct {
	*rig
	bank *pospsim.Bank

	slot   *cardtest.FakeReader
	reader *cardtest.Fake
	keys   *zt588sim.Pad
	pad    *zt588.Driver

	done    int // of what the core asked for
	late    []answer
	deaf    bool                  // the reader is not heard
	posts   int                   // orders that it was given
	refuses bool                  // head office does not post
	silent  bool                  // nor say anything about it
	mute    func(mti string) bool // the bank's answer is lost
	seen    []string              // screens and what follows, in order
	written []byte                // states and screens
	secrets [][]byte              // that left in frames
	slips   []printer.Page
}

type answer struct {
	at time.Time
	r  wire.Reply
}

func newCounter(t *testing.T) *counter { return newCounterOf(t, cardConfig()) }

func newCounterOf(t *testing.T, terminal bankcard.Config) *counter {
	t.Helper()
	cfg := config
	cfg.Card = terminal

	return newCounterWith(t, cfg, nil)
}

// newCounterWith is of a bank that books with mis, nil for one that books nothing.
func newCounterWith(t *testing.T, cfg Config, mis pospsim.Poster) *counter {
	t.Helper()
	cfg.Profile = profile.Lobby().With(profile.BankCard)
	k := &counter{slot: cardtest.NewFakeReader(), keys: zt588sim.New()}
	master := pospsim.LabTerminal().Master
	k.keys.Inject(0, master[:])

	bank := pospsim.Config{Now: func() time.Time { return k.now }, Issuer: issuer{issuersim.New(cardsim.TestMasters())}, Poster: mis}
	for _, id := range []string{cardsim.BankFunds, cardsim.BankNoFunds, cardsim.BankCaptured, cardsim.BankStripe, cardsim.BankTwo} {
		c := pospsim.Card{ID: id, PAN: cardsim.BankPAN(id), PIN: cardPIN, Balance: cardFunds}
		switch id {
		case cardsim.BankNoFunds:
			c.Balance = 0
		case cardsim.BankCaptured:
			c.Trouble = pospsim.Stolen
		}
		bank.Cards = append(bank.Cards, c)
	}
	bank.Cards = append(bank.Cards, pospsim.Card{ID: "credit", PAN: cardsim.BankCreditPAN, PIN: cardPIN, Balance: cardFunds})

	k.rig = &rig{now: t0}
	k.bank = pospsim.New(bank)
	k.reader, k.pad = cardtest.NewFake(k.slot), zt588.New()
	k.rig = newRigOf(t, cfg)
	k.run(3 * time.Second)
	if b := k.c.Status().Blocks; len(b) != 0 {
		t.Fatalf("blocked by %v", b)
	}

	return k
}

// once is one tick of kiosk, devices and bank.
func (k *counter) once() {
	k.t.Helper()
	k.now = k.now.Add(cardTick)
	_, heard := k.reader.Advance(k.now, nil)
	for _, e := range heard {
		if !k.deaf {
			k.do(CardReader{e})
		}
	}
	tx, said := k.pad.Advance(k.now, k.keys.Advance(k.now))
	for _, e := range said {
		k.do(PINPad{e})
	}
	if len(tx) > 0 {
		k.keys.Receive(k.now, tx)
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
	k.look()
}

// carry does what the core asked for.
func (k *counter) carry() {
	k.t.Helper()
	for ; k.done < len(k.all); k.done++ {
		switch e := k.all[k.done].(type) {
		case OrderReader:
			if e.Op == card.Eject || e.Op == card.Capture {
				k.seen = append(k.seen, e.Op.String())
			}
			if err := k.reader.Do(k.now, e.Command); err != nil {
				k.do(CardReader{e.Command.Refused(err)})
			}
		case OrderPad:
			if err := k.pad.Do(k.now, e.Command); err != nil {
				k.do(PINPad{e.Command.Refused(err)})
			}
		case Print:
			k.seen = append(k.seen, "slip")
			k.slips = append(k.slips, e.Page)
			k.do(Printer{printer.Event{Kind: printer.Printed, ID: e.ID}})
		case Ask:
			k.ask(e)
		}
	}
}

// ask is head office.
func (k *counter) ask(a Ask) {
	k.t.Helper()
	reply := func(after time.Duration, body any) {
		b, err := json.Marshal(body)
		if err != nil {
			k.t.Fatal(err)
		}
		k.late = append(k.late, answer{k.now.Add(after), wire.Reply{V: 1, ID: a.ID, Body: b}})
	}

	switch a.Op {
	case wire.OpVerify:
		reply(cardTick, wire.VerifyResult{Payable: true, Account: "1000000001", Name: "张**", Arrears: due})
	case wire.OpPost:
		k.posts++
		var order wire.PostBody
		if err := json.Unmarshal(a.Body, &order); err != nil {
			k.t.Fatal(err)
		}
		if k.silent {
			return
		}
		if k.refuses {
			reply(cardTick, wire.PostState{Serial: order.Serial, Status: wire.PostOwed})
			return
		}
		reply(cardTick, posted(order.Serial, order.Amount))
	case wire.OpFrame:
		k.frame(a, reply)
	}
}

// frame carries a frame to the bank and its answers back.
func (k *counter) frame(a Ask, reply func(time.Duration, any)) {
	k.t.Helper()
	var body wire.FrameBody
	if err := json.Unmarshal(a.Body, &body); err != nil {
		k.t.Fatal(err)
	}
	frame := append([]byte{byte(len(body.Frame) >> 8), byte(len(body.Frame))}, body.Frame...)
	var m iso8583.Message
	if err := m.Decode(frame); err != nil {
		k.t.Fatal(err)
	}
	k.secrets = append(k.secrets, bytes.Clone(m.Bytes(iso8583.PINBlock)), bytes.Clone(m.Bytes(iso8583.Track2)), bytes.Clone(m.Bytes(iso8583.Chip)))
	mti := fmt.Sprintf("%04x", uint16(m.MTI))
	k.seen = append(k.seen, mti)

	for _, r := range k.bank.Handle(frame) {
		if len(r.Frame) > 2 && (k.mute == nil || !k.mute(mti)) {
			reply(100*time.Millisecond+r.After, wire.FrameResult{Frame: r.Frame[2:]})
		}
	}
}

// look is whoever reads the screen.
func (k *counter) look() {
	v := k.c.View()
	at := string(v.Screen)
	if k.last() != at {
		k.seen = append(k.seen, at)
	}
	k.written = fmt.Appendf(k.written, "%s %+v %+v %v", at, v.Fields, v.Actions, k.c.Status().Blocks)
}

// last is the newest screen that was seen.
func (k *counter) last() string {
	for _, s := range slices.Backward(k.seen) {
		if s != "slip" && s != "eject" && s != "capture" && !strings.HasPrefix(s, "0") {
			return s
		}
	}

	return ""
}

func (k *counter) run(d time.Duration) {
	k.t.Helper()
	for end := k.now.Add(d); k.now.Before(end); {
		k.once()
	}
}

// until waits for a screen.
func (k *counter) until(want page.Screen) {
	k.t.Helper()
	for range 10_000 {
		if k.c.View().Screen == want {
			return
		}
		k.once()
	}
	k.t.Fatalf("screen %s, want %s: %v", k.c.View().Screen, want, k.seen)
}

// toCard goes to the page that asks for the card, to pay what is owed, and returns the
// serial.
func (k *counter) toCard() string {
	k.t.Helper()
	k.touch("start")
	k.touch("pay-bill")
	k.touch("account", "number", "1000000001")
	k.until(page.ConfirmAccount)
	k.touch("confirm")
	k.touch("tender", "kind", "bankcard")
	k.screen(page.ChooseAmount)
	k.seen = nil
	k.touch("amount", "fen", "12850")
	k.screen(page.InsertCard)

	return k.c.live.txn.Serial
}

// insert puts a card in once the gate is open, and enters the PIN.
func (k *counter) insert(id, keys string) {
	k.t.Helper()
	k.insertCard(id)
	k.until(page.EnterPIN)
	k.keys.Press(k.now, keys)
}

func (k *counter) insertCard(id string) {
	k.t.Helper()
	for range 200 {
		if k.slot.InsertCard(k.now, cardsim.BankCards()[id]) == nil {
			return
		}
		k.once()
	}
	k.t.Fatal("the gate does not open")
}

// take takes the card from the gate.
func (k *counter) take() {
	k.t.Helper()
	k.until(page.TakeCard)
	for range 500 {
		if _, err := k.slot.TakeCard(k.now); err == nil {
			return
		}
		k.once()
	}
	k.t.Fatalf("the card does not come out: %v", k.seen)
}

// trail is what was seen since the card was asked for.
func (k *counter) trail(want string) {
	k.t.Helper()
	if got := strings.Join(k.seen, " "); got != want {
		k.t.Errorf("%s\nwant %s", got, want)
	}
}

// clean greps journal, states, screens and slips for what must not be there.
func (k *counter) clean() {
	k.t.Helper()
	all := k.written
	err := k.j.Each(k.j.First(), func(r record.Record) error {
		all = append(all, r.Payload...)
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, key := range []string{"tender-bankcard", stateOpen, stateLast, stateFolded, stateUnsettled} {
		b, err := k.c.money.bytes(key)
		if err != nil {
			k.t.Fatal(err)
		}
		all = append(all, b...)
	}
	all = fmt.Appendf(all, "%+v", k.slips)
	for _, e := range k.all {
		if _, frame := e.(Ask); !frame { // what a log could say of it
			all = fmt.Appendf(all, "%v %+v %#v", e, e, e)
		}
	}

	forbidden := []string{cardPIN}
	for id := range cardsim.BankCards() {
		if pan := cardsim.BankPAN(id); pan != "" {
			forbidden = append(forbidden, pan, pan[:10])
		}
	}
	for _, b := range k.secrets {
		if len(b) > 0 {
			forbidden = append(forbidden, string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)), base64.StdEncoding.EncodeToString(b))
		}
	}
	for i, s := range forbidden {
		if bytes.Contains(all, []byte(s)) {
			k.t.Errorf("secret %d is in what was written", i)
		}
	}
}

// standing is what the bank has taken.
func (k *counter) standing() (sum money.Amount) {
	k.t.Helper()
	ledger := k.bank.Ledger()
	if err := ledger.Audit(); err != nil {
		k.t.Error(err)
	}
	for _, e := range ledger.Entries {
		sum += e.Standing()
	}

	return sum
}

// TestACardPays from the choice of the tender to the slip, which comes after the card.
func TestACardPays(t *testing.T) {
	k := newCounter(t)
	serial := k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.until(page.Done)
	k.run(time.Second)

	k.trail("insert-card enter-pin processing 0200 eject take-card slip done")
	if s := k.status(serial); s != payments.Posted || k.standing() != due {
		t.Errorf("%s, the bank has %s", s, k.standing())
	}
	k.clean()
}

// TestACardInTheGateKeepsNobodyBusy: the result is due, and waits for the card. So does the
// kiosk, without running all the time.
func TestACardInTheGateKeepsNobodyBusy(t *testing.T) {
	k := newCounter(t)
	k.silent = true
	k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.until(page.TakeCard)
	k.run(resultPatience + time.Second)
	k.screen(page.TakeCard)
	if w := k.c.Wake(); !w.After(k.now) {
		t.Errorf("at %s it wants to run at %s", k.now, w)
	}
	k.take()
	k.until(page.Done)
}

// TestTheBankDeclines: the reason stands on the screen, there is no slip, and nothing
// was taken.
func TestTheBankDeclines(t *testing.T) {
	k := newCounter(t)
	serial := k.toCard()
	k.insert(cardsim.BankNoFunds, cardPIN+"E")
	k.take()
	k.until(page.Failed)
	k.run(time.Second)

	k.trail("insert-card enter-pin processing 0200 eject take-card failed")
	if s := k.status(serial); s != payments.Cancelled || k.standing() != 0 {
		t.Errorf("%s, the bank has %s", s, k.standing())
	}
	if text := k.field("next_text"); !strings.Contains(text, "余额不足，未扣款") {
		t.Errorf("the customer reads %q", text)
	}
	k.clean()
}

// TestADeclinedCardIsPaidInAnotherWay: nobody types the account again, it is verified anew,
// and the new payment has a serial of its own. A bill that its customer gave up offers nothing.
func TestADeclinedCardIsPaidInAnotherWay(t *testing.T) {
	k := newCounter(t)
	declined := k.toCard()
	k.insert(cardsim.BankNoFunds, cardPIN+"E")
	k.take()
	k.until(page.Failed)
	if !k.c.View().Offers("another-way") {
		t.Fatalf("the page offers %+v", k.c.View().Actions)
	}

	k.touch("another-way")
	k.until(page.ConfirmAccount)
	if got := k.field("account"); got != "1000000001" {
		t.Errorf("the account is %q", got)
	}
	k.touch("confirm")
	k.touch("tender", "kind", "cash")
	k.screen(page.InsertCash)
	if s := k.c.live.txn; s.Serial == declined || s.Tender != payments.Cash || s.Account != "1000000001" {
		t.Errorf("it is paid as %+v", s)
	}
	if s := k.status(declined); s != payments.Cancelled || k.standing() != 0 {
		t.Errorf("%s, the bank has %s", s, k.standing())
	}
	k.clean()
}

func (k *counter) field(name string) string {
	k.t.Helper()
	text, _ := k.c.View().Field(name).(string)

	return text
}

// TestAWrongPINIsEnteredAgain: the page says so, and shows as many marks as the pad has
// digits.
func TestAWrongPINIsEnteredAgain(t *testing.T) {
	k := newCounter(t)
	serial := k.toCard()
	k.insert(cardsim.BankFunds, "000000E")
	k.until(page.Processing)
	k.until(page.EnterPIN)
	if text := k.field("refused_text"); !strings.HasPrefix(text, "密码错误") {
		t.Errorf("the customer reads %q", text)
	}
	k.keys.Press(k.now, "835")
	k.run(500 * time.Millisecond)
	if n := k.c.View().Field("digits"); n != 3.0 {
		t.Errorf("%v marks", n)
	}
	k.keys.Press(k.now, "274E")
	k.take()
	k.until(page.Done)
	if s := k.status(serial); s != payments.Posted || k.standing() != due {
		t.Errorf("%s, the bank has %s", s, k.standing())
	}
	k.clean()
}

// TestACustomerLeavesBeforeThePIN by the screen, or by the pad: the card comes back, and
// the screen is free.
func TestACustomerLeavesBeforeThePIN(t *testing.T) {
	for name, leave := range map[string]func(k *counter){
		"screen": func(k *counter) { k.touch("cancel") },
		"pad":    func(k *counter) { k.keys.Press(k.now, "12C") },
	} {
		k := newCounter(t)
		serial := k.toCard()
		k.insertCard(cardsim.BankFunds)
		k.until(page.EnterPIN)
		k.run(time.Second)
		leave(k)
		k.until(page.TakeCard)
		if got := k.field("outcome_text") + k.field("hint"); got != "已取消，没有扣款。取卡后本次缴费结束。" {
			t.Errorf("%s: the customer reads %q", name, got)
		}
		k.take()
		k.until(page.Idle)
		if s := k.status(serial); s != payments.Cancelled || k.standing() != 0 || k.count("card-sale-ordered") != 0 {
			t.Errorf("%s: %s, the bank has %s", name, s, k.standing())
		}
		k.clean()
	}
}

// TestNoCardComes: whoever changes their mind is back at once.
func TestNoCardComes(t *testing.T) {
	k := newCounter(t)
	serial := k.toCard()
	k.run(time.Second)
	k.touch("cancel")
	k.until(page.Idle)
	if s := k.status(serial); s != payments.Cancelled {
		t.Errorf("%s", s)
	}
}

// TestTheCustomerChoosesAnAccount of several on one card.
func TestTheCustomerChoosesAnAccount(t *testing.T) {
	k := newCounter(t)
	k.toCard()
	k.insertCard(cardsim.BankTwo)
	k.until(page.ChooseCard)
	var labels []string
	for _, a := range k.c.View().Actions {
		if a.Name == "application" {
			labels = append(labels, a.Label)
		}
	}
	k.touch("application", "n", "1")
	k.until(page.EnterPIN)
	k.keys.Press(k.now, cardPIN+"E")
	k.take()
	k.until(page.Done)
	if e := k.bank.Ledger().Entries; len(e) != 1 || e[0].Card != "credit" || strings.Join(labels, ", ") != "借记账户 PBOC DEBIT, 信用账户 PBOC CREDIT" {
		t.Errorf("%+v after a choice of %v", e, labels)
	}
}

// TestTheBankSaysNothing: the card comes out, the customer is told that the payment is
// being reversed, card payment is stopped until the bank has said so, and then nothing is
// taken.
func TestTheBankSaysNothing(t *testing.T) {
	k := newCounter(t)
	silent := true
	k.mute = func(mti string) bool { return silent && mti != "0800" }
	serial := k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.until(page.Failed)
	if s := k.status(serial); s != payments.Undoing {
		t.Fatal(s)
	}
	if text := k.field("result_text") + k.field("next_text"); text != "银行未答复，交易正在撤销如果已经扣款，将自动退回卡内。请取走并保留凭证。如有疑问，请拨打服务热线 95598 并报流水号。" {
		t.Errorf("the customer reads %q", text)
	}
	if b := k.c.Status().Blocks; !slices.Equal(b, []string{"card-reversal"}) {
		t.Errorf("blocked by %v", b)
	}

	silent = false
	k.run(10 * time.Minute)
	if s := k.status(serial); s != payments.Undone || k.standing() != 0 || len(k.c.Status().Blocks) != 0 {
		t.Errorf("%s, the bank has %s, blocked by %v", s, k.standing(), k.c.Status().Blocks)
	}
	k.clean()
}

// TestTheLineGoesBeforeTheSale: the sale does not wait for the line, since the bank would
// have it when nobody wants it any more.
func TestTheLineGoesBeforeTheSale(t *testing.T) {
	k := newCounter(t)
	serial := k.toCard()
	k.do(Link{Up: false})
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.until(page.Failed)
	k.run(10 * time.Minute)
	k.do(Link{Up: true})
	k.run(20 * time.Minute)
	if slices.Contains(k.seen, "0200") || !slices.Contains(k.seen, "0400") {
		t.Errorf("the bank was sent %v", k.seen)
	}
	if s := k.status(serial); s != payments.Undone || k.standing() != 0 || len(k.c.Status().Blocks) != 0 {
		t.Errorf("%s, the bank has %s, blocked by %v", s, k.standing(), k.c.Status().Blocks)
	}
	k.clean()
}

// TestAPostingIsRefused: what the bank has approved goes back to the card.
func TestAPostingIsRefused(t *testing.T) {
	k := newCounter(t)
	k.refuses = true
	serial := k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.until(page.Failed)
	k.run(time.Second)
	if s := k.status(serial); s != payments.Undone || k.standing() != 0 {
		t.Errorf("%s, the bank has %s: %v", s, k.standing(), k.seen)
	}
	if text := k.field("result_text"); text != "缴费未成功，款项已原路退回" {
		t.Errorf("the customer reads %q", text)
	}
	k.clean()
}

// TestACardIsForgotten: a warning first, and then the machine keeps it and says where to
// ask for it. The bank's order to keep a card is followed at once.
func TestACardIsForgotten(t *testing.T) {
	k := newCounter(t)
	k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.until(page.TakeCard)
	k.run(bankcard.ForgetAfter + time.Second)
	if text := k.field("step_text"); text != "卡还在卡口，请马上取走！" || k.c.View().Field("warns") != true {
		t.Errorf("the customer reads %q", text)
	}
	k.until(page.Done)
	k.run(time.Second)
	k.trail("insert-card enter-pin processing 0200 eject take-card capture slip done")
	if text := k.field("next_text"); !strings.HasPrefix(text, "您的卡已由本机收存：请带身份证件到本网点领取，或拨打服务热线 95598。") || k.count("card-captured") != 1 {
		t.Errorf("the customer reads %q", text)
	}
	k.clean()

	k = newCounter(t)
	k.toCard()
	k.insert(cardsim.BankCaptured, cardPIN+"E")
	k.until(page.Failed)
	k.run(time.Second)
	k.trail("insert-card enter-pin processing 0200 capture take-card failed")
	if text := k.field("next_text"); !strings.Contains(text, "挂失") || k.count("card-captured") != 1 {
		t.Errorf("the customer reads %q", text)
	}
}

// TestThePowerGoesDuringASale: after the start the sale is taken back, whatever the bank
// had said.
func TestThePowerGoesDuringASale(t *testing.T) {
	k := newCounter(t)
	serial := k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	for range 10_000 {
		if k.once(); k.count("card-sale-ordered") == 1 {
			break
		}
	}
	k.late = nil
	k.restart()
	k.do(Link{Up: true})
	k.reader, k.pad = cardtest.NewFake(k.slot), zt588.New()
	k.done = len(k.all)
	k.all = append(k.all, k.out...)
	k.run(time.Minute)

	if s := k.status(serial); s != payments.Undone || k.standing() != 0 || len(k.c.Status().Open) != 0 {
		t.Errorf("%s, the bank has %s: %v", s, k.standing(), k.seen)
	}
	k.clean()
}

// TestADayOfCards: every kind of card and mistake in a row, a settlement and a power cut;
// bank and journal agree at its end, and nothing of a card is anywhere.
func TestADayOfCards(t *testing.T) {
	terminal := cardConfig()
	terminal.SettleAt = 9*time.Hour + 20*time.Minute
	k := newCounterOf(t, terminal)
	paid := money.Amount(0)
	for n, c := range []struct {
		card string
		keys []string
		lost bool
		pays bool
		left bool
	}{
		{card: cardsim.BankFunds, keys: []string{cardPIN + "E"}, pays: true},
		{card: cardsim.BankStripe, keys: []string{"111111E", cardPIN + "E"}, pays: true},
		{card: cardsim.BankNoFunds, keys: []string{cardPIN + "E"}},
		{card: cardsim.BankFunds, keys: []string{"1C"}},
		{card: cardsim.BankFunds, keys: []string{cardPIN + "E"}, lost: true},
		{card: cardsim.BankFunds, keys: []string{"000000E", "000001E", cardPIN + "E"}, pays: true},
		{card: cardsim.BankStripe, keys: []string{cardPIN + "E"}, pays: true, left: true},
	} {
		k.mute = func(mti string) bool { return c.lost && mti == "0200" }
		k.toCard()
		k.insertCard(c.card)
		for _, keys := range c.keys {
			k.until(page.EnterPIN)
			k.keys.Press(k.now, keys)
			k.run(5 * time.Second)
		}
		if c.left {
			k.until(page.Done)
		} else {
			k.take()
		}
		for range 20_000 {
			if s := k.c.View().Screen; s == page.Idle {
				break
			} else if s == page.Done || s == page.Failed {
				k.touch("finish")
			}
			k.once()
		}
		k.run(time.Minute)
		if c.pays {
			paid += due
		}
		if got := k.standing(); got != paid || k.c.View().Screen != page.Idle {
			t.Fatalf("customer %d: the bank has %s, want %s; screen %s: %v", n, got, paid, k.c.View().Screen, k.seen)
		}
	}

	k.run(15 * time.Minute)
	if k.count("card-settled") != 1 || k.count("card-captured") != 1 || len(k.c.Status().Open) != 0 {
		t.Errorf("%d settlements, %d kept cards, open %v", k.count("card-settled"), k.count("card-captured"), k.c.Status().Open)
	}
	k.clean()
}

// TestThePowerGoesWithACardInside: after the start the card comes out, and only then the
// screen says how it ended. A reader that says nothing keeps nobody waiting.
func TestThePowerGoesWithACardInside(t *testing.T) {
	for _, silent := range []bool{false, true} {
		k := newCounter(t)
		serial := k.toCard()
		k.insertCard(cardsim.BankFunds)
		k.until(page.EnterPIN)
		k.restart()
		k.do(Link{Up: true})
		k.reader, k.pad = cardtest.NewFake(k.slot), zt588.New()
		if silent {
			k.reader = cardtest.NewFake(cardtest.NewFakeReader())
			k.deaf = true
		}
		k.screen(page.Processing)
		if got := k.field("message"); got != "刚才停电，正在核对这笔缴费的结果，请稍候…" {
			t.Errorf("while nothing is posted the screen says %q", got)
		}
		if !silent {
			k.take()
		}
		k.until(page.Failed)
		if got := k.field("next_text"); got != "刚才停电，交易已停止。您可以重新缴费。" || k.status(serial) != payments.Cancelled {
			t.Errorf("the customer reads %q, the payment is %s", got, k.status(serial))
		}
		if waited := k.now.Sub(t0); silent && waited > time.Minute {
			t.Errorf("the customer waited until %s", waited)
		}
	}
}

// TestATypedAmountIsPaid, and what the rules do not allow is refused.
func TestATypedAmountIsPaid(t *testing.T) {
	k := newCounter(t)
	k.touch("start")
	k.touch("pay-bill")
	k.touch("account", "number", "1000000001")
	k.until(page.ConfirmAccount)
	k.touch("confirm")
	k.touch("tender", "kind", "bankcard")
	k.touch("other-amount")
	k.screen(page.EnterAmount)
	for _, number := range []string{"0.99", "5000.01", "12.345", "-1", "", "1e3"} {
		_, err := k.c.Touch(k.now, page.Intent{Rev: k.c.View().Rev, Name: "amount", Args: map[string]string{"number": number}})
		if err == nil || k.c.View().Screen != page.EnterAmount {
			t.Errorf("%q is taken: %v", number, err)
		}
	}
	k.touch("amount", "number", "150.5")
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.until(page.Done)
	if got := k.standing(); got != 150_50 {
		t.Errorf("the bank has %s", got)
	}
}

// TestTheDayIsSettled at its time: card payment pauses, the totals of both sides are a
// record, and a technician sees them.
func TestTheDayIsSettled(t *testing.T) {
	terminal := cardConfig()
	terminal.SettleAt = 9*time.Hour + 30*time.Minute
	k := newCounterOf(t, terminal)
	k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.until(page.Done)
	report := func() bankcard.Report {
		r, _ := k.c.Status().Tenders[string(payments.BankCard)].(bankcard.Report)
		return r
	}
	if r := report(); r.Sales != 1 || r.Total != due || !r.SignedIn || !r.Keyed || r.Reader != "online" || r.Reversal != "" || r.LastSettled.At != 0 {
		t.Errorf("before: %+v", r)
	}

	k.run(30 * time.Minute)
	var settled bankcard.Settled
	err := k.j.Each(k.j.First(), func(r record.Record) error {
		if r.Type != "card-settled" {
			return nil
		}
		return json.Unmarshal(r.Payload, &settled)
	})
	totals := posp.Totals{Debit: due, Debits: 1}
	if err != nil || k.count("card-settled") != 1 || !settled.Equal || settled.Ours != totals || settled.Bank != totals || settled.Terminal != terminal.Bank.ID {
		t.Errorf("%+v, %v", settled, err)
	}
	if r := report(); r.Sales != 0 || r.LastSettled != settled || r.Batch != settled.Batch+1 || len(k.c.Status().Blocks) != 0 {
		t.Errorf("after: %+v, blocked by %v", r, k.c.Status().Blocks)
	}
	k.clean()
}
