package screen

import (
	"encoding/json"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/buypower"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/tender"
	"wattkiosk/firmware/visit"
	"wattkiosk/payments"
	"wattkiosk/payments/bankcard"
	"wattkiosk/payments/cash"
	onto "wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/money"
	"wattkiosk/payments/post"
	"wattkiosk/payments/receipt"
	"wattkiosk/uplink/wire"
)

// meterFacts are what the meter card of the fixtures says.
func meterFacts() onto.Facts {
	return onto.Facts{
		Serial: "1122334455667788", Form: onto.CPU, Kind: onto.Purchase, Meter: "202600001234", Customer: "1000000003",
		Count: 4, Purse: 10000, Loaded: 4, Left: 3725,
	}
}

// meterCard is that card as head office answered about it.
func meterCard(change func(c *buypower.Card)) *buypower.Card {
	c := &buypower.Card{Facts: meterFacts(), Known: buypower.Answered, Quote: wire.CardQuote{
		Card: "1122334455667788", Sellable: true, Account: "1000000003", Name: "*建国", Address: "建设路***号2栋***室", Min: 1000, Max: 100000,
		Tariff: []wire.PriceTier{{UpTo: 21000, Price: 5469}, {UpTo: 40000, Price: 5969}, {Price: 8469}},
	}}
	if change != nil {
		change(c)
	}
	body, err := json.Marshal(c.Quote)
	if err != nil {
		panic(err) // a fixture that cannot be meant
	}
	answered := c.Answer(noon, wire.Reply{Body: body}, paybill.Rules{MaxTotal: 200000, Notes: []money.Amount{1000, 2000, 5000, 10000}})
	if c.Known != buypower.Answered {
		answered.Known = c.Known
	}

	return answered
}

// soldSale is what the fixtures' purchase of 100.00 came to.
func soldSale() onto.Sold {
	return onto.Sold{Number: "SD20250314000917", Card: "1122334455667788", Count: 5, Amount: 10000, Energy: 18284}
}

// purchase is a purchase of 100.00 with notes, at a state of its sale and of its card.
func purchase(sale post.State, card onto.State) payments.Transaction {
	t := payments.Transaction{
		Serial: "10000001010000000042", Purpose: payments.Purchase, Tender: payments.Cash, Account: "1000000003", Name: "*建国", Online: true,
		Minimum: 1000, MeterCard: meterFacts(), Cash: cash.Leg{Limit: 100000},
	}
	if sale == "" {
		return t
	}
	t.Cash.Notes = []cash.Note{{Value: 10000, State: cash.StateStacked}}
	t.Cash.Total, t.Cash.Closed, t.Cash.Reason = 10000, true, string(tender.ByCustomer)
	t.Post = post.Leg{State: sale, Amount: 10000, Result: post.Outcome{Status: sale}}
	if sale == post.Posted {
		t.Post.Result.Reference, t.Post.Result.ToAdvance, t.Post.Result.Sold = soldSale().Number, 10000, soldSale()
	}
	if card != "" {
		t.Write = onto.Leg{State: card, Sold: soldSale(), Writes: 1, Sure: card == onto.GoneAway}
	}

	return t
}

// writtenLater is the write of that purchase in a later visit.
func writtenLater(card onto.State) payments.Transaction {
	return payments.Transaction{
		Serial: "10000001010000000057", Purpose: payments.Rewrite, Account: "1000000003", Name: "*建国", Online: true, MeterCard: meterFacts(),
		Original: "10000001010000000042", Carried: soldSale(), Write: onto.Leg{State: card, Sold: soldSale(), Writes: 1, Sure: card == onto.GoneAway},
	}
}

// atDesk is a visit that buys power, with its card at a step of the desk.
func atDesk(s *visit.State, m *visit.Machine, step metercard.Step) {
	s.Service, s.Card, s.Amount, s.Quote = profile.BuyPower, meterCard(nil), 10000, paybill.Quote{}
	m.Profile = m.Profile.With(profile.BankCard).With(profile.QR).WithMeterCards()
	m.Meter = metercard.Face{Step: step, Ready: step == metercard.Waiting || step == metercard.PutBack, Known: step == metercard.Ready, Facts: meterFacts()}
}

// powerFixtures are the screens of the service "buy power".
func powerFixtures(l receipt.Lang) []fixture {
	var all []fixture
	type (
		S = *visit.State
		M = *visit.Machine
	)
	add := func(name string, screen page.Screen, step metercard.Step, f func(s S, m M)) {
		s, m := visit.New(l, visit.Waits{}), machine()
		s.Rev, s.Screen, s.Deadline = 12, screen, noon.Add(time.Minute)
		switch screen {
		case page.Processing, page.TakeCard, page.WriteCard, page.Idle:
			s.Deadline = time.Time{}
		}
		atDesk(&s, &m, step)
		if f != nil {
			f(&s, &m)
		}
		all = append(all, fixture{name: "power-" + name, view: visit.Draw(s, m)})
	}
	card := func(change func(c *buypower.Card)) func(S, M) { return func(s S, _ M) { s.Card = meterCard(change) } }
	refused := func(why mis.Reason) func(S, M) {
		return card(func(c *buypower.Card) { c.Quote.Sellable, c.Quote.Reason = false, why })
	}

	add("idle", page.Idle, metercard.None, func(s S, _ M) { s.Service, s.Card = "", nil })
	add("enter-account-meter-card", page.EnterAccount, metercard.None, func(s S, _ M) {
		s.Service, s.Card, s.Account, s.Notice = profile.PayBill, nil, "1000000003", "meter-card"
	})
	add("choose-service", page.ChooseService, metercard.None, func(s S, _ M) { s.Service, s.Card = "", nil })
	add("choose-service-away", page.ChooseService, metercard.None, func(s S, m M) { s.Service, s.Card, m.Stopped = "", nil, condition.BuyPower })
	add("insert-meter-card", page.InsertMeterCard, metercard.Waiting, func(s S, _ M) { s.Card = nil })
	add("insert-meter-card-reading", page.InsertMeterCard, metercard.Reading, func(s S, _ M) { s.Card = nil })
	add("insert-meter-card-refused", page.InsertMeterCard, metercard.Waiting, func(s S, m M) { s.Card, m.Meter.Why = nil, metercard.Unreadable })
	add("insert-meter-card-back", page.InsertMeterCard, metercard.TakeCard, func(s S, m M) { s.Card, m.Meter.Why = nil, metercard.Unreadable })
	add("insert-meter-card-out", page.InsertMeterCard, metercard.Waiting, func(s S, _ M) { s.Card, s.Notice = nil, "card-out" })

	add("meter-card", page.MeterCard, metercard.Ready, nil)
	add("meter-card-asking", page.MeterCard, metercard.Ready, func(s S, _ M) {
		s.Card, s.Waiting = &buypower.Card{Facts: meterFacts(), Known: buypower.Asking}, true
	})
	add("meter-card-silent", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) { c.Known = buypower.Silent }))
	add("meter-card-offline", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) { c.Known = buypower.Offline }))
	add("meter-card-clock", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) { c.Known = buypower.Clock }))
	add("meter-card-by-time", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) {
		c.Quote.Tariff, c.Quote.Step = nil, 1000
		c.Quote.ByTime = []wire.PriceTime{{Name: "sharp", Price: 11000}, {Name: "peak", Price: 9200}, {Name: "flat", Price: 5600}, {Name: "valley", Price: 2900}}
	}))
	add("meter-card-fixed", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) { c.Quote.Fixed = 20000; c.Quote.Tariff = c.Quote.Tariff[2:] }))
	add("meter-card-not-loaded", page.MeterCard, metercard.Ready, func(s S, _ M) {
		s.Card = meterCard(func(c *buypower.Card) {
			c.Facts.Loaded, c.Facts.Left, c.Quote.Sellable, c.Quote.Reason = 0, 0, false, mis.NotLoaded
		})
	})
	add("meter-card-arrears", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) {
		c.Quote.Sellable, c.Quote.Reason, c.Quote.Arrears = false, mis.ArrearsFirst, 12850
		c.Facts.Left = -1250
	}))
	add("meter-card-count", page.MeterCard, metercard.Ready, refused(mis.CountDiffers))
	add("meter-card-busy", page.MeterCard, metercard.Ready, refused(mis.NotNow))
	add("meter-card-blank", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) {
		c.Facts = onto.Facts{Serial: c.Facts.Serial, Form: onto.CPU, Kind: onto.Blank}
		c.Quote = wire.CardQuote{Card: c.Facts.Serial, Reason: mis.BlankCard}
	}))
	add("meter-card-unwritten", page.MeterCard, metercard.Ready, card(func(c *buypower.Card) {
		c.Quote.Sellable, c.Quote.Reason, c.Quote.Unwritten, c.Quote.UnwrittenSold = false, mis.Unwritten, "10000001010000000042", soldSale()
	}))
	add("meter-card-looks", page.MeterCard, metercard.Ready, func(s S, _ M) {
		s.Service, s.Card = profile.Query, &buypower.Card{Facts: meterFacts()}
	})
	add("meter-errors", page.MeterErrors, metercard.Ready, nil)

	add("choose-amount", page.ChooseAmount, metercard.Ready, nil)
	add("choose-amount-fixed", page.ChooseAmount, metercard.Ready, card(func(c *buypower.Card) { c.Quote.Fixed = 20000 }))
	add("choose-amount-step", page.ChooseAmount, metercard.Ready, card(func(c *buypower.Card) { c.Quote.Step, c.Quote.Max, c.Quote.Tariff = 1000, 30000, nil }))
	add("enter-amount", page.EnterAmount, metercard.Ready, nil)
	add("choose-tender", page.ChooseTender, metercard.Ready, nil)
	add("choose-tender-no-cash", page.ChooseTender, metercard.Ready, func(_ S, m M) { m.Stopped = condition.Cash })

	add("insert-cash-none", page.InsertCash, metercard.Ready, func(s S, m M) { s.Tender, m.Standing.Txn = profile.Cash, purchase("", "") })
	notes := func(values ...money.Amount) payments.Transaction {
		t := purchase("", "")
		for _, v := range values {
			t.Cash.Notes = append(t.Cash.Notes, cash.Note{Value: v, State: cash.StateStacked})
			t.Cash.Total += v
		}

		return t
	}
	add("insert-cash-some", page.InsertCash, metercard.Ready, func(s S, m M) { s.Tender, m.Standing.Txn = profile.Cash, notes(5000, 2000) })
	add("insert-cash-more", page.InsertCash, metercard.Ready, func(s S, m M) { s.Tender, m.Standing.Txn = profile.Cash, notes(10000, 5000) })
	add("insert-cash-below", page.InsertCash, metercard.Ready, func(s S, m M) { s.Tender, m.Standing.Txn = profile.Cash, notes(500) })
	add("insert-cash-step", page.InsertCash, metercard.Ready, func(s S, m M) {
		s.Card = meterCard(func(c *buypower.Card) { c.Quote.Step = 1000 })
		s.Tender, m.Standing.Txn = profile.Cash, notes(2000, 500)
	})
	add("insert-card", page.InsertCard, metercard.Ready, func(s S, m M) {
		s.Tender, m.Face = profile.BankCard, tender.Face{Ready: true, Step: "insert-card"}
		m.Standing.Txn = purchase("", "")
		m.Standing.Txn.Tender, m.Standing.Txn.Card = payments.BankCard, bankcard.Leg{Amount: 10000}
	})
	add("take-bank-card", page.TakeCard, metercard.Ready, func(_ S, m M) {
		m.Face = tender.Face{Step: "take-card", Holds: true}
		m.Standing.Txn = purchase("", "")
		m.Standing.Txn.Tender = payments.BankCard
		m.Standing.Txn.Card = bankcard.Leg{Amount: 10000, State: bankcard.Approved, Closed: true, Total: 10000, Reason: "paid"}
	})
	add("processing", page.Processing, metercard.Ready, func(_ S, m M) { m.Standing.Txn = purchase(post.Ordered, "") })

	writing := func(why string) func(S, M) {
		return func(_ S, m M) { m.Standing.Txn, m.Meter.Why = purchase(post.Posted, onto.Writing), why }
	}
	for name, c := range map[string]struct {
		step metercard.Step
		why  string
	}{
		"prepare": {metercard.Reading, ""}, "write": {metercard.Writing, ""}, "check": {metercard.Checking, ""},
		"put-back": {metercard.PutBack, metercard.Pulled}, "other-card": {metercard.PutBack, metercard.OtherCard}, "away": {metercard.Away, metercard.NoReader},
	} {
		add("write-card-"+name, page.WriteCard, c.step, writing(c.why))
	}
	add("take-card-written", page.TakeCard, metercard.TakeCard, func(_ S, m M) { m.Standing.Txn = purchase(post.Posted, onto.On) })
	add("take-card-unwritten", page.TakeCard, metercard.TakeCard, func(_ S, m M) { m.Standing.Txn = purchase(post.Posted, onto.GoneAway) })
	for _, why := range []string{metercard.Pulled, metercard.WrongClock, metercard.BadScript} {
		add("take-card-unwritten-"+why, page.TakeCard, metercard.TakeCard, func(_ S, m M) { m.Standing.Txn, m.Meter.Why = purchase(post.Posted, onto.GoneAway), why })
	}
	add("take-card-pending", page.TakeCard, metercard.TakeCard, func(_ S, m M) { m.Standing.Txn = purchase(post.Ordered, "") })
	add("take-card-owed", page.TakeCard, metercard.Forgotten, func(_ S, m M) { m.Standing.Txn = purchase(post.Owed, "") })
	add("failed-forgotten", page.Failed, metercard.Left, func(s S, m M) {
		s.Card, m.Standing.Txn, m.Standing.Slip = nil, purchase(post.Posted, onto.GoneAway), paybill.SlipFailed
		s.Weight = paybill.WeightOf(m.Standing.Txn, paybill.SlipFailed, 0)
	})
	add("done-forgotten", page.Done, metercard.Forgotten, func(s S, m M) {
		s.Card, m.Standing.Txn, m.Standing.Slip = nil, purchase(post.Ordered, ""), paybill.SlipPrinted
		s.Weight = paybill.WeightOf(m.Standing.Txn, paybill.SlipPrinted, 0)
	})
	add("take-card-other", page.TakeCard, metercard.TakeCard, func(_ S, m M) {
		m.Standing.Txn, m.Meter.Why = purchase(post.Posted, onto.NotSure), metercard.OtherCard
	})
	add("take-card-forgotten", page.TakeCard, metercard.Forgotten, func(_ S, m M) { m.Standing.Txn = purchase(post.Posted, onto.On) })
	add("take-card-stays", page.TakeCard, metercard.Forgotten, func(_ S, m M) { m.Meter.Stays = true })
	add("take-card-kept", page.TakeCard, metercard.Kept, nil)
	add("take-card", page.TakeCard, metercard.TakeCard, nil)

	unsure := purchase(post.Posted, onto.GoneAway)
	unsure.Write.Sure = false
	for name, c := range map[string]struct {
		txn  payments.Transaction
		slip paybill.Slip
	}{
		"done": {purchase(post.Posted, onto.On), paybill.SlipPrinted}, "done-slip-failed": {purchase(post.Posted, onto.On), paybill.SlipFailed},
		"done-pending": {purchase(post.Ordered, ""), paybill.SlipPrinted}, "failed-unwritten": {purchase(post.Posted, onto.GoneAway), paybill.SlipPrinted},
		"failed-unsure": {unsure, paybill.SlipFailed}, "failed-owed": {purchase(post.Owed, ""), paybill.SlipPrinted},
		"failed-disputed": {purchase(post.Disputed, ""), paybill.SlipPrinted},
		"done-rewritten":  {writtenLater(onto.On), paybill.SlipPrinted}, "failed-rewrite": {writtenLater(onto.GoneAway), paybill.SlipNone},
	} {
		at := page.Done
		if !paybill.Good(c.txn) {
			at = page.Failed
		}
		add(name, at, metercard.None, func(s S, m M) {
			s.Card, m.Standing.Txn, m.Standing.Slip = nil, c.txn, c.slip
			s.Weight = paybill.WeightOf(c.txn, c.slip, 0)
		})
	}
	declined := purchase("", "")
	declined.Tender, declined.Card = payments.BankCard, cardEnded(bankcard.Declined, "51", "").Card
	add("failed-declined", page.Failed, metercard.None, func(s S, m M) {
		s.Card, m.Standing.Txn = nil, declined
		s.Weight = paybill.WeightOf(declined, paybill.SlipNone, 0)
	})

	return all
}
