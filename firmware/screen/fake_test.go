package screen

import (
	"context"
	"sync"
	"time"

	"wattkiosk/firmware/session"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
)

// noon is the time of all fixtures.
var noon = time.Date(2025, 3, 14, 12, 0, 0, 0, time.UTC)

// scripted is a kiosk whose session is the real one and whose machine the test
// moves by hand.
type scripted struct {
	mu      sync.Mutex
	now     func() time.Time
	state   session.State
	machine session.Machine
	effects []session.Effect
	touches int
	last    session.Intent
	err     error
	failed  chan struct{} // signalled by each View that fails
	subs    map[chan struct{}]bool
}

func newScripted() *scripted {
	return &scripted{
		now: func() time.Time { return noon }, state: session.New(receipt.Chinese, session.Waits{}), machine: machine(),
		subs: map[chan struct{}]bool{}, failed: make(chan struct{}, 1),
	}
}

func (k *scripted) View(context.Context) (session.View, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		select {
		case k.failed <- struct{}{}:
		default:
		}
	}
	return session.Draw(k.state, k.machine), k.err
}

func (k *scripted) Touch(_ context.Context, i session.Intent) (session.View, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.touches++
	k.last = i
	if k.err != nil {
		return session.View{}, k.err
	}
	next, effects, err := session.Touched(k.state, i, k.machine.Env, k.now())
	if err != nil {
		return session.View{}, err
	}
	k.state, k.effects = next, append(k.effects, effects...)
	k.signal()
	return session.Draw(k.state, k.machine), nil
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
func (k *scripted) set(f func(s *session.State, m *session.Machine)) {
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
func (k *scripted) lastIntent() session.Intent {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last
}

func machine() session.Machine {
	return session.Machine{
		Env: session.Env{CanPay: true}, Online: true, Terminal: "10000001", Hotline: "95598", TakingNotes: true,
		Denominations: []money.Amount{100, 500, 1000, 2000, 5000, 10000},
	}
}

func quote() session.Quote {
	return session.Quote{
		Account: "1000000001", Name: "*建国", Address: "建设路***号2栋***室", Fee: 12600, Penalty: 250, Advance: 0, Arrears: 12850,
		Online: true, Limit: 200000,
	}
}

const fixtureSerial = "10000001010000000042"

// notes is a transaction with stacked notes of so many yuan.
func notes(yuan ...int64) payments.Transaction {
	q := quote()
	t := happened(payments.Transaction{}, payments.Opened{
		Account: q.Account, Name: q.Name, Address: q.Address, Arrears: q.Arrears, Online: true, Tender: "cash", Limit: q.Limit,
	})
	for i, y := range yuan {
		v := money.Yuan(y)
		t = happened(t, cash.NoteAccepted{Note: i, Value: v}, cash.NoteStacked{Note: i, Value: v})
	}

	return t
}

// happened is t after events that must be legal.
func happened(t payments.Transaction, events ...payments.Event) payments.Transaction {
	for _, e := range events {
		var err error
		if t, _, err = payments.Step(t, fixtureSerial, e); err != nil {
			panic(err)
		}
	}

	return t
}

// ended is t closed, and with that outcome of its posting.
func ended(s post.State, t payments.Transaction) payments.Transaction {
	t = happened(t, cash.Closed{Total: t.Total(), Account: t.Account, Reason: "customer"})
	if s == post.Ordered {
		return t
	}
	o := post.OutcomeLearned{Status: s}
	if s == post.Posted {
		o.ToArrears, o.ToAdvance, o.Reference = 12850, t.Total()-12850, "SG20250314000917"
	}

	return happened(t, o)
}

// fixture is a screen as it may be seen.
type fixture struct {
	name string
	view session.View
	twin bool // differs from another one in a word only
}

// fixtures are the screens of the goldens and the pictures.
func fixtures(l receipt.Lang) []fixture {
	var all []fixture
	add := func(name string, screen session.Screen, f func(s *session.State, m *session.Machine)) {
		s, m := session.New(l, session.Waits{}), machine()
		s.Rev, s.Screen, s.Quote = 12, screen, quote()
		if screen != session.Idle && screen != session.OutOfService && screen != session.Processing {
			s.Deadline = noon.Add(time.Minute)
		}
		if f != nil {
			f(&s, &m)
		}
		all = append(all, fixture{name: name, view: session.Draw(s, m)})
	}
	type (
		S = *session.State
		M = *session.Machine
	)
	add("idle", session.Idle, nil)
	add("idle-offline", session.Idle, func(_ S, m M) { m.Online = false })
	add("choose-service", session.ChooseService, nil)
	add("choose-service-no-cash", session.ChooseService, func(s S, m M) { m.Env.CanPay = false; s.Notice = "no-cash" })
	add("enter-account", session.EnterAccount, nil)
	add("enter-account-waiting", session.EnterAccount, func(s S, _ M) { s.Account, s.Waiting = "1000000001", true })
	add("enter-account-unknown", session.EnterAccount, func(s S, _ M) { s.Account, s.Notice = "1000000009", "no-account" })
	add("confirm-account", session.ConfirmAccount, nil)
	add("confirm-account-nothing-owed", session.ConfirmAccount, func(s S, _ M) { s.Quote.Fee, s.Quote.Penalty, s.Quote.Arrears, s.Quote.Advance = 0, 0, 0, 3200 })
	add("confirm-account-offline", session.ConfirmAccount, func(s S, m M) { m.Online = false; s.Quote = session.Quote{Account: "1000000001"} })
	add("confirm-account-minimum", session.ConfirmAccount, func(s S, _ M) { s.Quote.Minimum = s.Quote.Arrears })
	add("choose-tender", session.ChooseTender, nil)
	add("insert-cash-opening", session.InsertCash, func(_ S, m M) { m.TakingNotes = false })
	add("insert-cash-none", session.InsertCash, func(_ S, m M) { m.Txn = notes(); m.Env.CanClose = true })
	add("insert-cash-some", session.InsertCash, func(_ S, m M) { m.Txn = notes(50, 20); m.Env.HasCash, m.Env.CanClose = true, true })
	add("insert-cash-moving", session.InsertCash, func(_ S, m M) { m.Txn = notes(50, 20); m.Env.HasCash, m.NoteMoving = true, true })
	add("insert-cash-surplus", session.InsertCash, func(_ S, m M) { m.Txn = notes(100, 50); m.Env.HasCash, m.Env.CanClose = true, true })
	add("insert-cash-minimum", session.InsertCash, func(_ S, m M) {
		m.Txn, m.Env.HasCash, m.LastRefused = notes(100), true, "rejected"
		m.Txn.Minimum = 12850
	})
	add("insert-cash-many", session.InsertCash, func(_ S, m M) {
		m.Txn = notes(10, 10, 10, 5, 5, 1, 1, 1, 20, 20, 10, 50, 50, 100)
		m.Env.HasCash, m.Env.CanClose = true, true
	})
	add("insert-cash-asking", session.InsertCash, func(s S, m M) {
		m.Txn, m.Env.HasCash, m.Env.CanClose = notes(50, 20), true, true
		s.Asking, s.Deadline = true, noon.Add(12*time.Second)
	})
	add("processing", session.Processing, func(_ S, m M) { m.Txn = notes(100, 50) })
	add("done", session.Done, func(s S, m M) {
		m.Txn, m.Slip, s.Deadline = ended(post.Posted, notes(100, 50)), session.SlipPrinted, noon.Add(9*time.Second)
	})
	add("done-slip-failed", session.Done, func(_ S, m M) {
		m.Txn, m.Slip, m.Env.SlipDue = ended(post.Posted, notes(100, 50)), session.SlipFailed, true
	})
	add("done-pending", session.Done, func(_ S, m M) {
		m.Txn, m.Slip, m.Online = ended(post.Ordered, notes(100)), session.SlipPrinting, false
	})
	add("failed-owed", session.Failed, func(_ S, m M) { m.Txn, m.Slip = ended(post.Owed, notes(100, 50)), session.SlipPrinted })
	add("failed-disputed", session.Failed, func(_ S, m M) {
		t := happened(notes(100), cash.NoteAccepted{Note: 1, Value: 5000}, cash.NoteUnresolved{Note: 1, Value: 5000})
		m.Txn, m.Slip, m.Env.SlipDue = ended(post.Disputed, t), session.SlipFailed, true
	})
	add("out-of-service", session.OutOfService, func(_ S, m M) { m.Blocks = []string{"cassette", "paper"} })
	add("out-of-service-update", session.OutOfService, func(_ S, m M) { m.Blocks = []string{"update"} })
	add("enter-account-no-bill", session.EnterAccount, func(s S, m M) { s.Notice, m.CanScan = "not-a-bill", true })
	add("enter-account-scan", session.EnterAccount, func(_ S, m M) { m.CanScan = true })
	all = append(all, staffFixtures(l)...)
	all = append(all, fixture{name: "other", view: session.View{
		Rev: 12, Screen: "query-bills", Lang: l, Title: session.Text(l, "action.query"), Fields: map[string]any{"terminal": "10000001", "hotline": "95598"},
		Actions: []session.Action{{Name: "back", Label: session.Text(l, "action.back"), Enabled: true}},
	}})
	return all
}
