package screen

import (
	"context"
	"slices"
	"sync"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/service/update"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/qr"
	"wattkiosk/payments/receipt"
)

// noon is the time of all fixtures.
var noon = time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC)

// scripted is a kiosk whose session is the real one and whose machine the test
// moves by hand.
type scripted struct {
	mu      sync.Mutex
	now     func() time.Time
	state   visit.State
	machine visit.Machine
	effects []page.Effect
	touches int           // of buttons
	here    []page.Intent // what was told of keys
	last    page.Intent
	err     error
	failed  chan struct{} // signalled by each View that fails
	subs    map[chan struct{}]bool
}

func newScripted() *scripted {
	return &scripted{
		now: func() time.Time { return noon }, state: visit.New(receipt.Chinese, visit.Waits{}), machine: machine(),
		subs: map[chan struct{}]bool{}, failed: make(chan struct{}, 1),
	}
}

func (k *scripted) View(context.Context) (page.View, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		select {
		case k.failed <- struct{}{}:
		default:
		}
	}
	return visit.Draw(k.state, k.machine), k.err
}

func (k *scripted) Touch(_ context.Context, i page.Intent) (page.View, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i.Name == "still-here" {
		k.here = append(k.here, i)
	} else {
		k.touches++
		k.last = i
	}
	if k.err != nil {
		return page.View{}, k.err
	}
	next, effects, err := visit.Touched(k.state, i, k.machine, k.now())
	if err != nil {
		return page.View{}, err
	}
	k.state, k.effects = next, append(k.effects, effects...)
	if slices.Contains(effects, update.AskChallenge) {
		k.state.Staff.Challenge = "735104"
	}
	k.signal()
	return visit.Draw(k.state, k.machine), nil
}

func (k *scripted) Subscribe() (<-chan struct{}, func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := make(chan struct{}, 1)
	k.subs[c] = true
	return c, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.subs, c)
	}
}

// set moves the session and the machine, and tells the subscribers.
func (k *scripted) set(f func(s *visit.State, m *visit.Machine)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	rev := k.state.Rev
	f(&k.state, &k.machine)
	if k.state.Rev == rev {
		k.state = k.state.Changed()
	}
	k.signal()
}

// fail has every call answered with err; nil ends that.
func (k *scripted) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = err
}

func (k *scripted) signal() {
	for c := range k.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// touched is how many intents have arrived.
func (k *scripted) touched() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.touches
}

// lastIntent is the newest that has arrived.
func (k *scripted) lastIntent() page.Intent {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

func machine() visit.Machine {
	return visit.Machine{
		Profile: profile.Lobby(), Online: true, Terminal: "10000001", Hotline: "95598",
		Face: tender.Face{Ready: true, Notes: []money.Amount{100, 500, 1000, 2000, 5000, 10000}},
	}
}

func quote() paybill.Quote {
	return paybill.Quote{
		Account: "1000000001", Name: "*建国", Address: "建设路***号2栋***室", Fee: money.Known(12600), Penalty: money.Known(250),
		Advance: money.Known(0), Arrears: money.Known(12850), Online: true, Limit: 200000,
	}
}

// with is a payment with stacked notes of so many yuan.
func with(yuan ...int64) payments.Transaction {
	q := quote()
	t := payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Bill, Tender: payments.Cash, Account: q.Account, Name: q.Name, Address: q.Address,
		Arrears: q.Arrears, Online: true, Cash: cash.Leg{Limit: q.Limit},
	}
	for _, y := range yuan {
		t.Cash.Notes = append(t.Cash.Notes, cash.Note{Value: money.Yuan(y), State: cash.StateStacked})
		t.Cash.Total += money.Yuan(y)
	}
	return t
}

// ended is a payment whose posting has come to a state.
func ended(s post.State, t payments.Transaction) payments.Transaction {
	t.Cash.Closed = true
	t.Post = post.Leg{State: s, Amount: t.Total(), Result: post.Outcome{Status: s}}
	if s == post.Posted {
		t.Post.Result.ToArrears, t.Post.Result.ToAdvance, t.Post.Result.Reference = 12850, t.Total()-12850, "SG20250314000917"
	}
	return t
}

// noPaper is a machine that takes meter cards and everything, and has no paper: what is on
// a card can be looked at.
func noPaper(m *visit.Machine) {
	m.Profile = m.Profile.With(profile.BankCard).With(profile.QR).WithMeterCards()
	m.Stopped, m.Blocks = condition.Slip, []condition.Code{condition.Paper}
}

// noNotes is a machine whose cassette is full and whose card reader failed: a code still pays.
func noNotes(m *visit.Machine) {
	m.Profile = m.Profile.With(profile.BankCard).With(profile.QR)
	m.Stopped, m.Blocks = condition.Cash|condition.Card, []condition.Code{condition.Cassette, condition.CardReader}
}

// bare is a page of which nothing is known but its frame.
type bare struct{ page.Frame }

// fixture is a screen as it may be seen.
type fixture struct {
	name string
	view page.View
	twin bool // differs from another one in a word only
}

// code is a payment of 128.50 by QR code, at a step of its station.
func code(s *visit.State, m *visit.Machine, step string) {
	s.Tender, s.Amount = profile.QR, 12850
	m.Face = tender.Face{Ready: step == "waiting", Step: step, Scans: step == "waiting"}
	if step == "waiting" {
		m.Face.Code, m.Face.Until = "https://qr.example.com/pay/10000001000000000042", noon.Add(5*time.Minute)
	}
	m.Standing.Txn = payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Bill, Tender: payments.QR, Account: "1000000001", Name: "*建国", Online: true,
		Arrears: money.Known(12850), QR: qr.Leg{Amount: 12850, State: qr.Placed, Mode: qr.Shown},
	}
}

// byCard is a payment of 128.50 by bank card, at a step of its station.
func byCard(s *visit.State, m *visit.Machine, f tender.Face, at bankcard.State, response string) {
	s.Tender, s.Amount = profile.BankCard, 12850
	m.Face = f
	m.Standing.Txn = cardTxn(at, response)
	if s.Screen == page.TakeCard {
		s.Deadline = time.Time{}
		m.Standing.Txn.Card.Closed, m.Standing.Txn.Card.Reason = true, "declined"
		if at == bankcard.Approved {
			m.Standing.Txn.Card.Total, m.Standing.Txn.Card.Reason = 12850, "paid"
		}
	}
}

func cardTxn(at bankcard.State, response string) payments.Transaction {
	t := payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Bill, Tender: payments.BankCard, Account: "1000000001", Name: "*建国", Online: true,
		Arrears: money.Known(12850), Card: bankcard.Leg{Amount: 12850, State: at},
	}
	if at != bankcard.Open {
		t.Card.Sale = bankcard.SaleOrdered{Card: "622588******0019", Batch: "000001", Trace: "000123"}
		t.Card.Answer = bankcard.SaleAnswered{Approved: response == "00", Response: response, Reference: "120001234567", Auth: "A12345"}
	}

	return t
}

// cardEnded is a payment by card that has ended so; an empty posting is none.
func cardEnded(at bankcard.State, response string, posted post.State) payments.Transaction {
	t := cardTxn(at, response)
	t.Card.Closed, t.Card.ClosedAt, t.Card.Reason = true, noon, "device"
	switch {
	case at == bankcard.Declined:
		t.Card.Reason = "declined"
	case at == bankcard.Approved, posted != "":
		t.Card.Reason, t.Card.Total = "paid", t.Card.Amount
	case at != bankcard.Open:
		t.Card.Why, t.Card.Reason = bankcard.NoAnswer, string(bankcard.NoAnswer)
	}
	if posted != "" {
		t.Post = post.Leg{State: posted, Amount: t.Total(), Result: post.Outcome{Status: posted, ToArrears: t.Total(), Reference: "SG20250314000917"}}
	}

	return t
}

// bookedByBank is a payment by card that the bank has booked itself.
func bookedByBank() payments.Transaction {
	t := cardEnded(bankcard.Approved, "00", "")
	t.ByBank, t.Card.Answer.Reference = true, "250314000917"

	return t
}

// codeEnded is a payment by code that the acquirer refused.
func codeEnded(reason string) payments.Transaction {
	return payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Bill, Tender: payments.QR, Account: "1000000001", Name: "*建国", Online: true,
		Arrears: money.Known(12850), QR: qr.Leg{Amount: 12850, State: qr.IsNotPaid, Mode: qr.Scanned, Reason: reason},
	}
}

// fixtures are the screens of the goldens and the pictures.
func fixtures(l receipt.Lang) []fixture {
	var all []fixture
	add := func(name string, screen page.Screen, f func(s *visit.State, m *visit.Machine)) {
		s, m := visit.New(l, visit.Waits{}), machine()
		s.Rev, s.Screen, s.Quote = 12, screen, quote()
		if screen != page.Idle && screen != page.OutOfService && screen != page.Processing {
			s.Deadline = noon.Add(time.Minute)
		}
		if f != nil {
			f(&s, &m)
		}
		all = append(all, fixture{name: name, view: visit.Draw(s, m)})
	}
	type (
		S = *visit.State
		M = *visit.Machine
	)
	add("idle", page.Idle, nil)
	add("idle-hours", page.Idle, func(_ S, m M) { m.Hours = "08:00–20:00" })
	add("idle-code", page.Idle, func(_ S, m M) { m.Profile = m.Profile.With(profile.QR) })
	add("choose-service-code", page.ChooseService, func(_ S, m M) { m.Profile = m.Profile.With(profile.QR) })
	add("choose-tender-code", page.ChooseTender, func(_ S, m M) { m.Profile = m.Profile.With(profile.QR) })
	add("idle-offline", page.Idle, func(_ S, m M) { m.Online = false })
	add("idle-no-paper", page.Idle, func(_ S, m M) { noPaper(m) })
	add("idle-no-notes", page.Idle, func(_ S, m M) { noNotes(m) })
	add("choose-service-no-paper", page.ChooseService, func(_ S, m M) { noPaper(m) })
	add("choose-service", page.ChooseService, nil)
	add("choose-service-no-cash", page.ChooseService, func(s S, m M) { m.Stopped = condition.Cash; s.Notice = "no-cash" })
	add("enter-account", page.EnterAccount, nil)
	add("enter-account-waiting", page.EnterAccount, func(s S, _ M) { s.Account, s.Waiting = "1000000001", true })
	add("enter-account-unknown", page.EnterAccount, func(s S, _ M) { s.Account, s.Notice = "1000000009", "no-account" })
	add("confirm-account", page.ConfirmAccount, nil)
	add("confirm-account-nothing-owed", page.ConfirmAccount, func(s S, _ M) {
		s.Quote.Fee, s.Quote.Penalty, s.Quote.Arrears, s.Quote.Advance = money.Known(0), money.Known(0), money.Known(0), money.Known(3200)
	})
	unverified := paybill.Quote{Account: "1000000001", Why: paybill.WhyLine}
	add("confirm-account-offline", page.ConfirmAccount, func(s S, m M) { m.Online, s.Quote = false, unverified })
	add("confirm-account-no-mis", page.ConfirmAccount, func(s S, _ M) { s.Quote = unverified; s.Quote.Why = paybill.WhyMIS })
	add("confirm-account-minimum", page.ConfirmAccount, func(s S, _ M) { s.Quote.Minimum = 12850 })
	add("choose-tender", page.ChooseTender, nil)
	add("choose-amount", page.ChooseAmount, func(s S, _ M) { s.Tender = profile.QR })
	add("choose-amount-minimum", page.ChooseAmount, func(s S, _ M) { s.Tender, s.Quote.Minimum = profile.QR, 12850 })
	add("enter-amount", page.EnterAmount, func(s S, _ M) { s.Tender = profile.BankCard })
	add("enter-amount-minimum", page.EnterAmount, func(s S, _ M) { s.Tender, s.Quote.Minimum = profile.QR, 12850 })
	add("show-code", page.ShowCode, func(s S, m M) { code(s, m, "waiting") })
	add("show-code-line-down", page.ShowCode, func(s S, m M) { code(s, m, "waiting"); m.Online = false })
	add("choose-tender-no-mis", page.ChooseTender, func(s S, _ M) { s.Quote = unverified; s.Quote.Why = paybill.WhyMIS })
	add("choose-tender-line-back", page.ChooseTender, func(s S, _ M) { s.Quote = unverified })
	add("show-code-placing", page.ShowCode, func(s S, m M) { code(s, m, "placing") })
	add("show-code-password", page.ShowCode, func(s S, m M) { code(s, m, "password") })
	add("show-code-refused", page.ShowCode, func(s S, m M) { code(s, m, "waiting"); m.Face.Refused = "no-pay-code" })
	add("idle-card", page.Idle, func(_ S, m M) { m.Profile = m.Profile.With(profile.BankCard) })
	add("idle-card-code", page.Idle, func(_ S, m M) { m.Profile = m.Profile.With(profile.BankCard).With(profile.QR) })
	add("choose-service-card", page.ChooseService, func(_ S, m M) { m.Profile = m.Profile.With(profile.BankCard) })
	add("choose-service-card-code", page.ChooseService, func(_ S, m M) { m.Profile = m.Profile.With(profile.BankCard).With(profile.QR) })
	add("choose-tender-card", page.ChooseTender, func(_ S, m M) { m.Profile = m.Profile.With(profile.BankCard).With(profile.QR) })
	add("choose-tender-card-stopped", page.ChooseTender, func(_ S, m M) {
		m.Profile, m.Stopped = m.Profile.With(profile.BankCard).With(profile.QR), condition.Card
	})
	for name, f := range map[string]tender.Face{
		"insert-card": {Ready: true, Step: "insert-card"}, "insert-card-opening": {Step: "insert-card"}, "insert-card-reading": {Step: "reading"},
	} {
		add(name, page.InsertCard, func(s S, m M) { byCard(s, m, f, bankcard.Open, "") })
	}
	add("choose-application", page.ChooseCard, func(s S, m M) {
		byCard(s, m, tender.Face{Step: "choose-application", Choices: []tender.Choice{{Label: "PBOC DEBIT", Kind: bankcard.Debit}, {Label: "PBOC CREDIT", Kind: bankcard.Credit}, {Label: "VISA CREDIT"}}}, bankcard.Open, "")
	})
	add("enter-pin", page.EnterPIN, func(s S, m M) { byCard(s, m, tender.Face{Step: "pin", Digits: 4}, bankcard.Open, "") })
	add("enter-pin-wrong", page.EnterPIN, func(s S, m M) { byCard(s, m, tender.Face{Step: "pin", Refused: "wrong-pin"}, bankcard.Declined, "55") })
	add("processing-bank", page.Processing, func(s S, m M) { byCard(s, m, tender.Face{Step: "processing"}, bankcard.Selling, "") })
	add("take-card-paid", page.TakeCard, func(s S, m M) { byCard(s, m, tender.Face{Step: "take-card", Holds: true}, bankcard.Approved, "00") })
	add("take-card-declined", page.TakeCard, func(s S, m M) { byCard(s, m, tender.Face{Step: "take-card", Holds: true}, bankcard.Declined, "51") })
	add("take-card-forgotten", page.TakeCard, func(s S, m M) {
		byCard(s, m, tender.Face{Step: "card-forgotten", Holds: true}, bankcard.Approved, "00")
	})
	add("take-card-stays", page.TakeCard, func(s S, m M) {
		byCard(s, m, tender.Face{Step: "card-forgotten", Holds: true, Stays: true}, bankcard.Approved, "00")
	})
	add("done-card-waits", page.Done, func(_ S, m M) {
		m.Standing.Txn, m.Standing.Slip = cardEnded(bankcard.Approved, "00", post.Posted), paybill.SlipPrinted
		m.Face = tender.Face{Step: "take-card", Stays: true}
	})
	add("take-card-kept", page.TakeCard, func(s S, m M) {
		byCard(s, m, tender.Face{Step: "card-kept", Holds: true, Kept: true}, bankcard.Declined, "41")
	})
	add("insert-cash-opening", page.InsertCash, func(_ S, m M) { m.Face.Ready = false })
	add("insert-cash-none", page.InsertCash, func(_ S, m M) { m.Standing.Txn = with() })
	add("insert-cash-some", page.InsertCash, func(_ S, m M) { m.Standing.Txn = with(50, 20) })
	add("insert-cash-moving", page.InsertCash, func(_ S, m M) { m.Standing.Txn = with(50, 20); m.Face.Busy = true })
	add("insert-cash-surplus", page.InsertCash, func(_ S, m M) { m.Standing.Txn = with(100, 50) })
	add("insert-cash-unverified", page.InsertCash, func(_ S, m M) {
		m.Online, m.Standing.Txn = false, with(100)
		m.Standing.Txn.Online, m.Standing.Txn.Arrears = false, money.Optional{}
	})
	add("insert-cash-minimum", page.InsertCash, func(_ S, m M) {
		m.Standing.Txn, m.Face.Refused = with(100), "rejected"
		m.Standing.Txn.Minimum = 12850
	})
	add("insert-cash-many", page.InsertCash, func(_ S, m M) {
		m.Standing.Txn = with(10, 10, 10, 5, 5, 1, 1, 1, 20, 20, 10, 50, 50, 100)
	})
	add("insert-cash-asking", page.InsertCash, func(s S, m M) {
		m.Standing.Txn = with(50, 20)
		s.Asking, s.Deadline = true, noon.Add(12*time.Second)
	})
	add("processing", page.Processing, func(_ S, m M) { m.Standing.Txn = with(100, 50) })
	result := func(name string, screen page.Screen, t payments.Transaction, slip paybill.Slip, more func(s S, m M)) {
		add(name, screen, func(s S, m M) {
			m.Standing.Txn, m.Standing.Slip = t, slip
			s.Weight = paybill.WeightOf(t, slip, 0)
			if more != nil {
				more(s, m)
			}
		})
	}
	result("done", page.Done, ended(post.Posted, with(100, 50)), paybill.SlipPrinted, func(s S, _ M) { s.Deadline = noon.Add(9 * time.Second) })
	cut := ended(post.Posted, with(100))
	cut.Cash.Reason, cut.Post.Result.ToArrears, cut.Post.Result.ToAdvance = string(tender.ByPowerCut), 10000, 0
	cut.Cash.Notes = append(cut.Cash.Notes, cash.Note{Value: 2000, State: cash.StateReturned})
	result("done-power-cut", page.Done, cut, paybill.SlipFailed, func(_ S, m M) { m.Standing.Recovered = true })
	for name, c := range map[string]struct {
		at   page.Screen
		t    payments.Transaction
		slip paybill.Slip
		kept bool
	}{
		"done-card":           {page.Done, cardEnded(bankcard.Approved, "00", post.Posted), paybill.SlipPrinted, false},
		"done-card-kept":      {page.Done, cardEnded(bankcard.Approved, "00", post.Posted), paybill.SlipPrinted, true},
		"done-card-bank":      {page.Done, bookedByBank(), paybill.SlipPrinted, false},
		"failed-card":         {page.Failed, cardEnded(bankcard.Declined, "51", ""), paybill.SlipNone, false},
		"failed-card-device":  {page.Failed, cardEnded(bankcard.Open, "", ""), paybill.SlipNone, false},
		"failed-card-lost":    {page.Failed, cardEnded(bankcard.Declined, "41", ""), paybill.SlipNone, true},
		"failed-card-unsure":  {page.Failed, cardEnded(bankcard.Reversing, "", ""), paybill.SlipPrinted, false},
		"failed-card-undone":  {page.Failed, cardEnded(bankcard.Reversed, "", ""), paybill.SlipPrinted, false},
		"failed-card-refused": {page.Failed, cardEnded(bankcard.Reversing, "00", post.Owed), paybill.SlipPrinting, false},
	} {
		result(name, c.at, c.t, c.slip, func(_ S, m M) { m.Face.Kept = c.kept })
	}
	result("failed-code", page.Failed, codeEnded("bad-code"), paybill.SlipNone, nil)
	result("done-slip-failed", page.Done, ended(post.Posted, with(100, 50)), paybill.SlipFailed, nil)
	result("done-pending", page.Done, ended(post.Ordered, with(100)), paybill.SlipPrinting, func(_ S, m M) { m.Online = false })
	result("failed-owed", page.Failed, ended(post.Owed, with(100, 50)), paybill.SlipPrinted, nil)
	result("failed-owed-asking", page.Failed, ended(post.Owed, with(100, 50)), paybill.SlipPrinted, func(s S, _ M) { s.Asking, s.Deadline = true, noon.Add(30*time.Second) })
	doubt := ended(post.Disputed, with(100))
	doubt.Cash.Notes = append(doubt.Cash.Notes, cash.Note{Value: 5000, State: cash.StateUnresolved})
	result("failed-disputed", page.Failed, doubt, paybill.SlipFailed, nil)
	back := with()
	back.Cash.Closed, back.Cash.Reason = true, "power-cut"
	back.Cash.Notes = []cash.Note{{Value: 1000, State: cash.StateReturned}}
	result("done-note-returned", page.Done, back, paybill.SlipNone, func(_ S, m M) { m.Standing.Recovered = true })
	add("out-of-service", page.OutOfService, func(_ S, m M) { m.Blocks = []condition.Code{condition.Cassette, condition.Paper} })
	add("out-of-service-update", page.OutOfService, func(_ S, m M) { m.Blocks = []condition.Code{condition.Update} })
	add("enter-account-no-bill", page.EnterAccount, func(s S, m M) { s.Notice, m.CanScan = "not-a-bill", true })
	add("enter-account-scan", page.EnterAccount, func(_ S, m M) { m.CanScan = true })
	all = append(all, staffFixtures(l)...)
	all = append(all, collectFixtures(l)...)
	all = append(all, reprintFixtures(l)...)
	all = append(all, powerFixtures(l)...)
	all = append(all, fixture{name: "other", view: page.View{
		Rev: 12, Screen: "query-bills", Lang: l, Title: page.Text(l, "action.query"), Fields: bare{page.NewFrame(l, "10000001", "95598", false, "", false)},
		Actions: []page.Action{{Name: "back", Label: page.Text(l, "action.back"), Enabled: true}},
	}})
	return all
}
