package visit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/tender"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	onto "wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

const (
	chip     = "1122334455667788"
	purchase = "10000001000000000005"
)

var meterScreens = []page.Screen{
	page.ChooseService, page.InsertMeterCard, page.MeterCard, page.MeterErrors, page.ChooseAmount, page.EnterAmount, page.ChooseTender, page.InsertCash,
	page.ShowCode, page.InsertCard, page.ChooseCard, page.EnterPIN, page.Processing, page.WriteCard, page.TakeCard, page.Done, page.Failed,
}

var meterSteps = []metercard.Step{
	metercard.None, metercard.Waiting, metercard.PutBack, metercard.Reading, metercard.Ready, metercard.Writing, metercard.Checking, metercard.TakeCard,
	metercard.Forgotten, metercard.Kept, metercard.Left, metercard.Stuck, metercard.Away,
}

func cardFacts() onto.Facts {
	return onto.Facts{Serial: chip, Form: onto.CPU, Kind: onto.Purchase, Meter: "202600001234", Customer: "1000000003", Count: 4, Purse: 10000, Loaded: 4, Left: 3725}
}

// sells is a machine that sells power, with its reader at a step.
func sells(step metercard.Step) Machine {
	m := Machine{Profile: profile.Lobby().With(profile.BankCard).With(profile.QR).WithMeterCards(), Online: true}
	m.Meter = metercard.Face{Step: step, Known: step == metercard.Ready, Facts: cardFacts(), Ready: step == metercard.Waiting || step == metercard.PutBack}

	return m
}

// answers are what head office may say of the card.
func answers(t *testing.T) map[string]wire.Reply {
	t.Helper()
	of := func(change func(q *wire.CardQuote)) wire.Reply {
		q := wire.CardQuote{Card: chip, Sellable: true, Account: "1000000003", Name: "张**", Min: 1000, Max: 100000, Tariff: []wire.PriceTier{{Price: 5469}}}
		change(&q)
		b, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}

		return wire.Reply{Body: b}
	}

	return map[string]wire.Reply{
		"sells":   of(func(*wire.CardQuote) {}),
		"fixed":   of(func(q *wire.CardQuote) { q.Fixed = 20000 }),
		"steps":   of(func(q *wire.CardQuote) { q.Step = 1000 }),
		"refuses": of(func(q *wire.CardQuote) { q.Sellable, q.Reason = false, mis.NotLoaded }),
		"busy":    of(func(q *wire.CardQuote) { q.Sellable, q.Reason = false, mis.NotNow }),
		"writes": of(func(q *wire.CardQuote) {
			q.Sellable, q.Reason, q.Unwritten = false, mis.Unwritten, purchase
			q.UnwrittenSold = onto.Sold{Number: "S1", Card: chip, Count: 5, Amount: 10000}
		}),
		"silent": {Error: &wire.Error{Code: wire.ErrCodeUnavailable}},
	}
}

// bought are purchases and re-writes in every state that a page can be about.
func bought(t *testing.T) map[string]payments.Transaction {
	t.Helper()
	sold := onto.Sold{Number: "S1", Card: chip, Count: 5, Amount: 10000, Energy: 18284}
	opened := payments.Opened{Purpose: payments.Purchase, Account: "1000000003", Minimum: 1000, Online: true, Tender: "cash", Limit: 100000, MeterCard: cardFacts()}
	in := []payments.Event{cash.NoteAccepted{Value: 10000}, cash.NoteStacked{Value: 10000}}
	closed := cash.Closed{Total: 10000, Account: "1000000003", Reason: "customer"}
	done := post.OutcomeLearned{Status: post.Posted, Reference: "S1", ToAdvance: 10000, Sold: sold}
	begun := onto.WriteBegun{N: 1, Card: chip, Count: 5, Amount: 10000}
	again := payments.Opened{Purpose: payments.Rewrite, Account: "1000000003", Online: true, MeterCard: cardFacts(), Original: purchase, Sold: sold}
	on := onto.WriteEnded{N: 1, Outcome: onto.Written, Count: 5, Purse: 10000}
	fold := func(events ...payments.Event) payments.Transaction {
		var x payments.Transaction
		for _, e := range events {
			var err error
			if x, _, err = payments.Step(x, purchase, e); err != nil {
				t.Fatal(err)
			}
		}

		return x
	}
	paid := func(more ...payments.Event) payments.Transaction {
		return fold(append(append([]payments.Event{opened}, in...), append([]payments.Event{closed}, more...)...)...)
	}

	return map[string]payments.Transaction{
		"none": {}, "open": fold(opened), "notes": fold(opened, in[0], in[1]), "moving": fold(opened, in[0]), "posting": paid(), "due": paid(done), "writing": paid(done, begun),
		"written": paid(done, begun, on), "unwritten": paid(done, onto.GaveUp{Why: "no-card"}),
		"unsure":    paid(done, begun, onto.WriteEnded{N: 1, Outcome: onto.Unsure}, onto.GaveUp{Why: "no-card"}),
		"owed":      paid(post.OutcomeLearned{Status: post.Owed}),
		"disputed":  paid(post.OutcomeLearned{Status: post.Disputed}),
		"cancelled": fold(opened, cash.Closed{Account: "1000000003", Reason: "timeout"}),
		"rewrite":   fold(again), "rewritten": fold(again, begun, on), "not rewritten": fold(again, onto.GaveUp{Why: "customer"}),
	}
}

// cardAt is a visit that buys power on a screen, with a card that head office answered
// about.
func cardAt(screen page.Screen, r wire.Reply) State {
	s := State{Rev: 7, Screen: screen, Lang: receipt.Chinese, Deadline: t0.Add(time.Minute), Service: profile.BuyPower, Amount: 10000, Tender: profile.Cash}
	s.Card = buypower.Card{Facts: cardFacts(), Known: buypower.Asking}.Answer(t0, r, paybill.Rules{MaxTotal: 200000, Notes: []money.Amount{1000, 10000}})

	return s
}

// TestEveryPageOfAMeterCardIsTaken touches every button of every page, with every step of
// the reader, every answer about the card and every state of a purchase: an enabled one
// moves, a grey one is refused, and neither is unknown. No page shows a key.
func TestEveryPageOfAMeterCardIsTaken(t *testing.T) {
	samples := map[string]map[string]string{"amount": {"number": "200"}}
	taken := map[string]int{}
	kinds := []struct {
		stops condition.Stops
		lang  receipt.Lang
	}{{condition.Nothing, receipt.Chinese}, {condition.Nothing, receipt.English}, {condition.Cash | condition.BuyPower, receipt.Chinese}}
	n := 0
	for of, txn := range bought(t) {
		for said, r := range answers(t) {
			for _, step := range meterSteps {
				n++
				m, kind := sells(step), kinds[n%len(kinds)]
				m.Stopped, m.Meter.Why = kind.stops, metercard.OtherCard
				m.Standing = paybill.Standing{Txn: txn, Slip: []paybill.Slip{paybill.SlipPrinted, paybill.SlipFailed}[n%2]}
				for _, screen := range meterScreens {
					s := cardAt(screen, r)
					s.Lang = kind.lang
					v := Draw(s, m)
					name := fmt.Sprintf("%s with %s, %s, reader %q", screen, of, said, step)
					shown := fmt.Sprintf("%+v %s", v.Fields, v.Title)
					for _, a := range v.Actions {
						shown += " " + a.Label + " " + a.Note
						touchOffered(t, name, s, m, a, samples)
						taken[a.Name]++
					}
					if key := keyShown.FindString(shown); key != "" {
						t.Fatalf("%s in %s shows the key %q: %s", name, kind.lang, key, shown)
					}
				}
			}
		}
	}
	for _, name := range []string{"buy-power", "query", "confirm", "rewrite", "retry", "meter-errors", "take-card", "amount", "other-amount", "tender", "finish-cash", "stop-cash", "give-up-card", "back", "cancel", "print", "finish"} {
		if taken[name] == 0 {
			t.Errorf("%s is offered nowhere", name)
		}
	}
}

func touchOffered(t *testing.T, name string, s State, m Machine, a page.Action, samples map[string]map[string]string) {
	t.Helper()
	i := page.Intent{Rev: s.Rev, Name: a.Name, Args: a.Args}
	if i.Args == nil {
		i.Args = samples[a.Name]
	}
	next, _, err := Touched(s, i, m, t0)
	var refused *page.Refused
	if a.Enabled && (err != nil || next.Rev == s.Rev) || !a.Enabled && (!errors.As(err, &refused) || refused.Code == "not-offered" || refused.Code == "bad-argument") {
		t.Errorf("%s: %s %v enabled %v: %v", name, a.Name, a.Args, a.Enabled, err)
	}
	i.Rev--
	if _, _, err := Touched(s, i, m, t0); !errors.As(err, &refused) || !refused.Stale {
		t.Errorf("%s: %s on a screen that is gone: %v", name, a.Name, err)
	}
}

// TestTheWayOfAPurchase from the choice of the service to the slip, as the desk, head
// office and the customer lead it.
func TestTheWayOfAPurchase(t *testing.T) {
	m, s := sells(metercard.None), State{Rev: 7, Screen: page.ChooseService, Lang: receipt.Chinese, Home: receipt.Chinese}
	all := bought(t)
	var did []string
	touch := func(name string, args map[string]string) {
		t.Helper()
		var effects []page.Effect
		var err error
		if s, effects, err = Touched(s, page.Intent{Rev: s.Rev, Name: name, Args: args}, m, t0); err != nil {
			t.Fatalf("%s on %s: %v", name, s.Screen, err)
		}
		did = append(did, fmt.Sprintf("%s%v", s.Screen, effects))
	}
	follow := func(step metercard.Step, txn string) {
		t.Helper()
		m.Meter.Step, m.Meter.Known = step, step == metercard.Ready
		m.Standing.Txn = all[txn]
		var effects []page.Effect
		s, effects = FollowCard(s, m, t0)
		did = append(did, fmt.Sprintf("%s%v", s.Screen, effects))
	}
	wants := func(want metercard.Wish) {
		t.Helper()
		if got := Wants(s, m); got != want {
			t.Errorf("on %s the visit wants %+v, want %+v", s.Screen, got, want)
		}
	}

	touch("buy-power", nil)
	wants(metercard.Wish{Card: true})
	follow(metercard.Waiting, "none")
	follow(metercard.Reading, "none")
	follow(metercard.Ready, "none")
	wants(metercard.Wish{Card: true, Serial: chip})
	if v := Draw(s, m); v.Offers("confirm") || v.Field("waiting") != true {
		t.Errorf("offered before head office has answered: %+v", v.Actions)
	}
	if other := CardAnswered(s, t0, "00", answers(t)["sells"], paybill.Rules{MaxTotal: 200000, Notes: []money.Amount{1000, 10000}}); other != s {
		t.Error("an answer about another card is taken")
	}
	s = CardAnswered(s, t0, chip, answers(t)["silent"], paybill.Rules{MaxTotal: 200000, Notes: []money.Amount{1000, 10000}})
	touch("retry", nil)
	s = CardAnswered(s, t0, chip, answers(t)["sells"], paybill.Rules{MaxTotal: 200000, Notes: []money.Amount{1000, 10000}})
	touch("confirm", nil)
	touch("amount", map[string]string{"fen": "10000"})
	wants(metercard.Wish{Card: true, Serial: chip})
	touch("tender", map[string]string{"kind": "cash"})
	if s.Amount != 10000 || s.Tender != profile.Cash {
		t.Errorf("chosen %s with %s", s.Amount, s.Tender)
	}
	follow(metercard.Ready, "notes")
	wants(metercard.Wish{Card: true, Serial: chip, Txn: purchase})
	touch("finish-cash", nil)
	follow(metercard.Ready, "posting")
	follow(metercard.Ready, "due")
	follow(metercard.Writing, "writing")
	follow(metercard.PutBack, "writing")
	wants(metercard.Wish{Card: true, Serial: chip, Txn: purchase})
	touch("give-up-card", nil)
	follow(metercard.Writing, "writing")
	follow(metercard.TakeCard, "written")
	wants(metercard.Wish{Serial: chip, Txn: purchase})
	s = Result(s, true, paybill.Weight{For: time.Minute}, t0)
	follow(metercard.None, "written")

	want := `insert-meter-card[] insert-meter-card[] insert-meter-card[] meter-card[ask-card] meter-card[ask-card] choose-amount[] choose-tender[] insert-cash[open]
		insert-cash[] processing[finish] processing[] write-card[] write-card[] write-card[] write-card[give-up-card] write-card[] take-card[] done[]`
	if got := strings.Join(did, " "); got != strings.Join(strings.Fields(want), " ") {
		t.Errorf("the way is\n%s\nwant\n%s", got, strings.Join(strings.Fields(want), " "))
	}
}

// TestTheCardLeadsNobodyAway who pays, reads a result, or does something else.
func TestTheCardLeadsNobodyAway(t *testing.T) {
	all, r := bought(t), answers(t)["sells"]
	for _, c := range []struct {
		name string
		s    State
		step metercard.Step
		txn  string
		want string
	}{
		{"taken out before the money", cardAt(page.ChooseAmount, r), metercard.Waiting, "none", "insert-meter-card[] card-out"},
		{"taken out while notes go in", cardAt(page.InsertCash, r), metercard.PutBack, "notes", "insert-cash[]"},
		{"out while notes go in", cardAt(page.InsertCash, r), metercard.TakeCard, "notes", "insert-cash[]"},
		{"given back unused", cardAt(page.TakeCard, r), metercard.TakeCard, "none", "take-card[]"},
		{"given back unread", State{Screen: page.InsertMeterCard, Service: profile.BuyPower}, metercard.TakeCard, "none", "insert-meter-card[]"},
		{"taken", cardAt(page.TakeCard, r), metercard.None, "none", "idle[end]"},
		{"left behind", cardAt(page.TakeCard, r), metercard.Left, "none", "idle[end]"},
		{"left behind earlier", State{Screen: page.Idle}, metercard.Left, "none", "idle[]"},
		{"a result", cardAt(page.Done, r), metercard.TakeCard, "written", "done[]"},
		{"left in the slot", State{Screen: page.Idle}, metercard.Forgotten, "none", "take-card[]"},
		{"left in the slot, out of service", State{Screen: page.OutOfService}, metercard.TakeCard, "none", "take-card[]"},
		{"somebody pays a bill", State{Screen: page.EnterAccount, Service: profile.PayBill}, metercard.TakeCard, "none", "enter-account[]"},
		{"a bill is paid by card", State{Screen: page.TakeCard, Service: profile.PayBill}, metercard.None, "bill", "take-card[]"},
		{"sold after a bank card", cardAt(page.TakeCard, r), metercard.Ready, "posting", "processing[]"},
		{"written after a restart", State{Screen: page.Processing}, metercard.PutBack, "writing", "write-card[]"},
		{"only looked at", State{Screen: page.InsertMeterCard, Service: profile.Query}, metercard.Ready, "none", "meter-card[]"},
	} {
		m := sells(c.step)
		m.Standing.Txn = all[c.txn]
		if c.txn == "bill" {
			m.Standing.Txn = txn(t)
		}
		s, effects := FollowCard(c.s, m, t0)
		if got := strings.TrimSpace(fmt.Sprintf("%s%v %s", s.Screen, effects, s.Notice)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}

	for txn, step := range map[string]metercard.Step{"posting": metercard.Ready, "writing": metercard.Writing, "written": metercard.TakeCard} {
		m := sells(step)
		m.Standing.Txn, m.Face = all[txn], tender.Face{Step: "take-card", Holds: true}
		s, _ := FollowCard(cardAt(page.TakeCard, r), m, t0)
		if _, bank := Draw(s, m).Fields.(paybill.TakeCardPage); !bank || s.Screen != page.TakeCard {
			t.Errorf("a bank card comes out while the purchase is %s, and the screen is %s, %T", txn, s.Screen, Draw(s, m).Fields)
		}
		m.Face = tender.Face{}
		want := map[string]page.Screen{"posting": page.Processing, "writing": page.WriteCard, "written": page.TakeCard}[txn]
		s, _ = FollowCard(s, m, t0)
		if _, bank := Draw(s, m).Fields.(paybill.TakeCardPage); bank || s.Screen != want {
			t.Errorf("the bank card was taken while the purchase is %s, and the screen is %s", txn, s.Screen)
		}
	}
}

// TestACodeThatWasPaidIsNotShown any more, to nobody who might pay it again.
func TestACodeThatWasPaidIsNotShown(t *testing.T) {
	for step, want := range map[string]page.Screen{"placing": page.ShowCode, "waiting": page.ShowCode, "password": page.ShowCode, "paid": page.Processing} {
		if s := Follow(State{Rev: 7, Screen: page.ShowCode}, profile.QR, step, t0); s.Screen != want {
			t.Errorf("%s: %s, want %s", step, s.Screen, want)
		}
	}
}

// TestAVisitWithACardEndsAtItsSlot: whoever ends it, the card comes out first.
func TestAVisitWithACardEndsAtItsSlot(t *testing.T) {
	r := answers(t)["sells"]
	for _, screen := range []page.Screen{page.MeterCard, page.ChooseAmount, page.EnterAmount, page.ChooseTender} {
		s := cardAt(screen, r)
		s.Asking, s.Deadline = true, t0
		if s, effects := Tick(s, t0); s.Screen != page.TakeCard || len(effects) != 0 || !s.Deadline.IsZero() {
			t.Errorf("%s timed out to %s, %v", screen, s.Screen, effects)
		}
		if s, _, err := Touched(cardAt(screen, r), page.Intent{Rev: 7, Name: "cancel"}, sells(metercard.Ready), t0); err != nil || s.Screen != page.TakeCard {
			t.Errorf("%s cancelled to %s, %v", screen, s.Screen, err)
		}
	}
	if s := ToIdle(cardAt(page.Processing, r), t0); s.Screen != page.TakeCard {
		t.Errorf("cancelled with notes: %s", s.Screen)
	}
	if s := (State{Service: profile.BuyPower}).show(page.InsertMeterCard, t0); !s.Deadline.Equal(t0.Add(30 * time.Second)) {
		t.Errorf("the slot waits until %v", s.Deadline)
	}
	s := State{Rev: 7, Screen: page.InsertMeterCard, Service: profile.BuyPower, Asking: true, Deadline: t0}
	if s, effects := Tick(s, t0); s.Screen != page.Idle || fmt.Sprint(effects) != "[end]" {
		t.Errorf("nobody put a card in: %s, %v", s.Screen, effects)
	}
}

// TestNotesForAPurchase: what is in is bought from the least on, in steps, and nothing is
// said of arrears.
func TestNotesForAPurchase(t *testing.T) {
	for _, c := range []struct {
		yuan            money.Amount
		answer          string
		finish          bool
		remaining, hint string
	}{
		{0, "sells", false, "100.00", "No change: what you insert is bought."},
		{500, "sells", false, "95.00", "Please insert more. Least purchase: ¥10.00"},
		{7000, "sells", true, "30.00", "No change: what you insert is bought."},
		{15000, "sells", true, "", "No change: what you insert is bought."},
		{2500, "steps", false, "75.00", "Please insert more, in steps of ¥10.00"},
		{3000, "steps", true, "70.00", "No change: what you insert is bought."},
	} {
		m, s := sells(metercard.Ready), cardAt(page.InsertCash, answers(t)[c.answer])
		s.Lang = receipt.English
		m.Face.Ready = true
		x := bought(t)["open"]
		if c.yuan > 0 {
			x.Cash.Notes, x.Cash.Total = []cash.Note{{Value: c.yuan, State: cash.StateStacked}}, c.yuan
		}
		m.Standing.Txn = x
		v := Draw(s, m)
		p := v.Fields.(paybill.CashPage)
		if v.Offers("finish-cash") != c.finish || p.RemainingText != c.remaining || p.Hint != c.hint || p.TargetText != "100.00" || p.Arrears != nil {
			t.Errorf("%s with %s: finish %v, remaining %q, %q, arrears %v", c.yuan, c.answer, v.Offers("finish-cash"), p.RemainingText, p.Hint, p.Arrears)
		}
	}
}
