package terminal_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/des"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"wattkiosk/payments/money"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/payments/posp/mac"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/posp/terminal"
)

// rig runs one terminal against a bank in virtual time: it does what a kiosk does with
// events and actions, and can lose its power at any point.
type rig struct {
	t     tb
	now   time.Time
	bank  *pospsim.Bank
	pad   pad
	state terminal.State
	at    posp.Terminal

	card   *posp.Card       // of the visit
	keys   posp.WorkingKeys // of a sign-in, until the pad has them
	late   []lateFrame
	dies   func(when string) bool         // whether the power goes here; nil never
	heard  map[string]terminal.Conclusion // the last conclusion by serial
	undone map[string]terminal.Conclusion // reversals by serial
	told   []terminal.Action
	sent   []posp.Request
}

// tb is what *testing.T and *rapid.T have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// pad is a PIN pad in software: a master key and two working keys.
type pad struct {
	master [16]byte
	pin    cipher.Block
	mac    mac.Maker
}

type lateFrame struct {
	at    time.Time
	frame []byte
}

// errPower is the power going.
var errPower = errors.New("no power")

const answerTime = 40 * time.Second

func newRig(t tb, cfg pospsim.Config) *rig {
	lab := pospsim.LabTerminal()
	r := &rig{
		t: t, now: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC), pad: pad{master: lab.Master}, state: terminal.New(1, 1),
		at: posp.Terminal{
			ID: lab.ID, Merchant: lab.Merchant, Operator: "001", Scheme: posp.DoubleLength,
			TPDU: iso8583.TPDU{0x60, 0, 3, 0, 0}, Header: iso8583.Header{0x60, 0x31, 0, 0x31, 0x19, 3},
		},
		heard: map[string]terminal.Conclusion{}, undone: map[string]terminal.Conclusion{},
	}
	cfg.Now = func() time.Time { return r.now }
	r.bank = pospsim.New(cfg)
	return r
}

// do applies an event and carries out what follows, until nothing follows. It returns
// the refusal of the event.
func (r *rig) do(e terminal.Event) error {
	events := []terminal.Event{e}
	for len(events) > 0 {
		actions, err := r.store(events[0])
		events = events[1:]
		if err != nil {
			return err
		}
		for _, a := range actions {
			more, err := r.carryOut(a)
			if errors.Is(err, errPower) {
				r.restart()
				return nil
			}
			events = append(events, more...)
		}
	}
	return nil
}

// store is the journal: event and state go through JSON, and a state has no secret.
func (r *rig) store(e terminal.Event) ([]terminal.Action, error) {
	r.t.Helper()
	e.Now = r.now
	e = again(r.t, e)
	before := again(r.t, r.state)
	next, actions, err := terminal.Step(r.state, e)
	if got, want := encoded(r.t, r.state), encoded(r.t, before); !bytes.Equal(got, want) {
		r.t.Fatalf("%s changed the state that it was given:\n%s\n%s", e.Kind, got, want)
	}
	if err != nil {
		return nil, err
	}
	r.state = again(r.t, next)
	if got, want := encoded(r.t, r.state), encoded(r.t, next); !bytes.Equal(got, want) {
		r.t.Fatalf("JSON loses something:\n%s\n%s", got, want)
	}
	if b := append(encoded(r.t, next), encoded(r.t, e)...); bytes.Contains(b, []byte("622588000000")) || bytes.Contains(b, []byte("123456")) {
		r.t.Fatalf("a secret in %s", b)
	}
	return actions, nil
}

func encoded(t tb, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func again[T any](t tb, v T) T {
	var to T
	if err := json.Unmarshal(encoded(t, v), &to); err != nil {
		t.Fatal(err)
	}
	return to
}

func (r *rig) carryOut(a terminal.Action) ([]terminal.Event, error) {
	switch a.Do {
	case terminal.Send:
		return r.send(a.Request)
	case terminal.LoadKeys:
		if r.dead("before the keys are loaded") {
			return nil, errPower
		}
		kind := terminal.Loaded
		if !r.pad.load(r.keys) {
			kind = terminal.NotLoaded
		}
		r.keys.Wipe()
		if r.dead("after the keys are loaded") {
			return nil, errPower
		}
		return []terminal.Event{{Kind: kind}}, nil
	case terminal.Conclude:
		r.card = nil
		c := a.Conclusion
		if old, ok := r.heard[c.Serial]; ok && (old.Outcome != c.Outcome || old.Trace != c.Trace) {
			r.t.Fatalf("%s was concluded %v and then %v", c.Serial, old.Outcome, c.Outcome)
		}
		r.heard[c.Serial] = c
	case terminal.TellReversed:
		r.undone[a.Conclusion.Serial] = a.Conclusion
	}
	r.told = append(r.told, a)
	return nil, nil
}

func (r *rig) dead(when string) bool { return r.dies != nil && r.dies(when) }

// send builds, seals and sends a frame, and waits for the answer.
func (r *rig) send(q posp.Request) ([]terminal.Event, error) {
	r.sent = append(r.sent, q)
	if r.dead("before a message leaves") {
		return nil, errPower
	}
	lost := func(c terminal.Cause) []terminal.Event {
		return []terminal.Event{{Kind: terminal.Lost, Op: q.Op, Trace: q.Trace, Cause: c}}
	}
	var card *posp.Card
	if q.Op == posp.Sale || q.Op == posp.Void || q.Op == posp.Refund || q.Op == posp.Balance {
		if r.card == nil {
			r.t.Fatalf("%s without a card", q.Op)
		}
		card = r.pad.withPIN(*r.card)
	}
	frame, err := r.at.Append(nil, q, card)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := posp.Seal(frame, r.pad.mac); r.at.Sealed(q.Op) && err != nil {
		r.t.Fatal(err)
	}
	if r.bank.On(pospsim.Down) {
		return lost(terminal.NotSent), nil
	}

	replies := r.bank.Handle(frame)
	if r.dead("after a message left") {
		return nil, errPower
	}
	if len(replies) == 0 {
		r.now = r.now.Add(answerTime)
		return lost(terminal.TimedOut), nil
	}
	for _, extra := range replies[1:] {
		r.late = append(r.late, lateFrame{r.now.Add(extra.After), extra.Frame})
	}
	first := replies[0]
	if first.After > answerTime {
		r.late = append(r.late, lateFrame{r.now.Add(first.After), first.Frame})
		r.now = r.now.Add(answerTime)
		return lost(terminal.TimedOut), nil
	}
	a, err := r.at.Accept(q, first.Frame, r.pad.mac)
	r.keys = a.Keys
	switch {
	case err == nil:
		return []terminal.Event{{Kind: terminal.Answered, Answer: a}}, nil
	case errors.Is(err, posp.ErrMAC):
		e := lost(terminal.WrongMAC)
		e[0].Hint = a.Code
		return e, nil
	case errors.Is(err, posp.ErrOther):
		return lost(terminal.OfAnother), nil
	}
	return lost(terminal.Unreadable), nil
}

// restart loses what is in memory and begins again from what is stored.
func (r *rig) restart() {
	dies := r.dies
	r.dies = nil
	r.card, r.late, r.keys = nil, nil, posp.WorkingKeys{}
	if err := r.do(terminal.Event{Kind: terminal.Started}); err != nil {
		r.t.Fatal(err)
	}
	r.dies = dies
}

// pass lets time pass, with the late frames that arrive in it.
func (r *rig) pass(d time.Duration) {
	until := r.now.Add(d)
	for {
		next := until
		at := slices.IndexFunc(r.late, func(l lateFrame) bool { return !l.at.After(until) })
		if at >= 0 {
			next = r.late[at].at
		}
		if due := r.state.Next(); !due.IsZero() && due.Before(next) {
			next, at = due, -1
		}
		if next.After(r.now) {
			r.now = next
		}
		if at >= 0 {
			frame := r.late[at].frame
			r.late = slices.Delete(r.late, at, at+1)
			r.hear(frame)
			continue
		}
		if err := r.do(terminal.Event{Kind: terminal.Due}); err != nil {
			r.t.Fatal(err)
		}
		if !r.now.Before(until) {
			return
		}
	}
}

// hear takes a frame that nobody waits for.
func (r *rig) hear(frame []byte) {
	q, ok := r.state.Late()
	if !ok {
		return
	}
	if a, err := r.at.Accept(q, frame, r.pad.mac); err == nil {
		if err := r.do(terminal.Event{Kind: terminal.Answered, Answer: a}); err != nil {
			r.t.Fatal(err)
		}
	}
}

// settled lets time pass until nothing waits any more.
func (r *rig) settled() {
	for range 200 {
		if r.state.Next().IsZero() && len(r.late) == 0 {
			return
		}
		r.pass(time.Minute)
	}
	r.t.Fatalf("something still waits: %s", encoded(r.t, r.state))
}

func (r *rig) order(op posp.Op, serial string, amount money.Amount, of posp.Original) error {
	pan := "6225880000000019"
	r.card = &posp.Card{PAN: []byte(pan), Expiry: []byte("3512"), Track2: []byte(pan + "=3512")}
	return r.do(terminal.Event{
		Kind: terminal.Ordered, Op: op, Serial: serial, Amount: amount, Entry: posp.StripePIN, Masked: posp.Mask(pan), Original: of,
	})
}

// withPIN is the card with the PIN block of 123456.
func (p *pad) withPIN(c posp.Card) *posp.Card {
	block := []byte{0x06, 0x12, 0x34, 0x56, 0xff, 0xff, 0xff, 0xff}
	account := "0000" + string(c.PAN[len(c.PAN)-13:len(c.PAN)-1])
	for i := range block {
		block[i] ^= (account[2*i]-'0')<<4 | (account[2*i+1] - '0')
	}
	p.pin.Encrypt(block, block)
	c.PINBlock = block
	return &c
}

// load decrypts working keys and checks them.
func (p *pad) load(k posp.WorkingKeys) bool {
	pin, ok := p.unwrap(k.PIN)
	if !ok {
		return false
	}
	code, ok := p.unwrap(k.MAC)
	if !ok {
		return false
	}
	var err error
	if p.pin, err = mac.Triple(pin); err != nil {
		return false
	}
	p.mac, err = mac.New(mac.MethodUnionPay, code)
	return err == nil
}

func (p *pad) unwrap(k posp.WrappedKey) ([]byte, bool) {
	master, err := mac.Triple(p.master[:])
	if err != nil {
		return nil, false
	}
	key := make([]byte, len(k.Data))
	for i := 0; i+des.BlockSize <= len(key); i += des.BlockSize {
		master.Decrypt(key[i:], k.Data[i:])
	}
	c, err := mac.Triple(key)
	return key, err == nil && mac.CheckValue(c) == k.KCV
}

// balanced compares the bank's ledger with what the terminal concluded: of each serial
// the bank holds the money if and only if the sale was concluded done and not reversed.
func (r *rig) balanced() error {
	ledger := r.bank.Ledger()
	if err := ledger.Audit(); err != nil {
		return err
	}
	held := map[uint64]money.Amount{}
	left := pospsim.LabCards()[0].Balance
	for _, e := range ledger.Entries {
		held[uint64(e.Batch)<<32|uint64(e.Trace)] += e.Standing()
		left -= e.Standing()
	}
	if card, _ := r.bank.Card("bank-1"); card.Balance != left {
		return fmt.Errorf("the card has %v, the ledger leaves it %v", card.Balance, left)
	}
	for serial, c := range r.heard {
		if c.Op != posp.Sale {
			continue
		}
		key := uint64(c.Batch)<<32 | uint64(c.Trace)
		_, reversed := r.undone[serial]
		voided := slices.ContainsFunc(ledger.Entries, func(e pospsim.Entry) bool {
			return e.Voided && uint64(e.Batch)<<32|uint64(e.Trace) == key
		})
		if known := c.Outcome == posp.Done && !reversed; known != (held[key] > 0) && !voided {
			return fmt.Errorf("%s: the terminal says %v, reversed %v; the bank holds %v", serial, c.Outcome, reversed, held[key])
		}
		delete(held, key)
	}
	for key, a := range held {
		if a > 0 {
			return fmt.Errorf("the bank holds %v of trace %d, which nobody knows", a, uint32(key))
		}
	}
	return nil
}
