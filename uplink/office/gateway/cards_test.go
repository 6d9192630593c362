package gateway_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// meterCard is a card that has counted four purchases.
var meterCard = metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Meter: "110000000042", Count: 4, Loaded: 4}

// signKey is head office's, of these tests.
var signKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func purchaseOf(n int) books.Order {
	o := orderOf(n)
	o.Card = meterCard
	return o
}

// entry is a sale in the ledger of a seller.
type entry struct {
	payment  mis.Payment
	sold     metercard.Sold
	reversed bool
}

// seller is a card-meter system: a ledger by serial. Its answers are those of its code
// alone; what a test wants otherwise it does to the answer.
type seller struct {
	mu     sync.Mutex
	ledger map[string]*entry
	calls  []cardsystem.Request
	refuse map[string]mis.Reason                              // sales that it refuses, by serial
	quote  cardsystem.QuoteResult                             // of any card
	steps  func(cardsystem.StepsOrder) cardsystem.StepsResult // nil: none
	fault  func(cardsystem.Request) error                     // of a call, before it is carried out; nil is none
	said   func(*cardsystem.Reply)                            // what is done to an answer; nil is nothing
}

func newSeller() *seller {
	return &seller{ledger: map[string]*entry{}, refuse: map[string]mis.Reason{}}
}

func (s *seller) Call(_ context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r)
	if s.fault != nil {
		if err := s.fault(r); err != nil {
			return cardsystem.Reply{Op: r.Op}, err
		}
	}
	reply := s.answer(r)
	if s.said != nil {
		s.said(&reply)
	}
	return reply, nil
}

func (s *seller) answer(r cardsystem.Request) cardsystem.Reply {
	reply := cardsystem.Reply{Op: r.Op}
	switch r.Op {
	case cardsystem.OpQuote:
		reply.Quote = s.quote
	case cardsystem.OpSell:
		p := r.Payment
		if why := s.refuse[p.Serial]; why != "" {
			reply.Post = mis.PostResult{Outcome: mis.NotDone, Code: "E1", Reason: why}
			return reply
		}
		if s.ledger[p.Serial] == nil {
			s.ledger[p.Serial] = &entry{payment: p, sold: metercard.Sold{
				Number: "S" + p.Serial[17:], Card: p.Card.Serial, Count: p.Card.Count + 1, Amount: p.Amount, Energy: int64(p.Amount) * 2,
			}}
		}
		reply.Post = s.standing(p.Serial)
	case cardsystem.OpAsk:
		reply.Post = s.standing(r.Serial)
	case cardsystem.OpReverse:
		reply.Reverse = mis.ReverseResult{Outcome: mis.NotDone, Code: "E3"}
		if e := s.ledger[r.Reversal.Original]; e != nil {
			e.reversed = true
			reply.Reverse = mis.ReverseResult{Outcome: mis.Done, Code: "0"}
		}
	case cardsystem.OpSteps:
		if s.steps != nil {
			reply.Steps = s.steps(r.Steps)
		}
	case cardsystem.OpReport:
		reply.Report = cardsystem.ReportResult{Outcome: mis.Done, Code: "0"}
	}
	return reply
}

// standing is what is in the ledger under a serial, as sell and ask say it.
func (s *seller) standing(serial string) mis.PostResult {
	switch e := s.ledger[serial]; {
	case e == nil:
		return mis.PostResult{Outcome: mis.NotDone, Code: "E2", Retry: true}
	case e.reversed:
		return mis.PostResult{Outcome: mis.NotDone, Code: "E4", Reversed: true}
	default:
		return mis.PostResult{Outcome: mis.Done, Code: "0", Amount: e.payment.Amount, ToAdvance: e.payment.Amount, Reference: e.sold.Number, Sold: e.sold}
	}
}

// TestSalesComeToTheirEnds lets calls to the card-meter system be lost before and after
// they are carried out, be answered with nothing usable, and be refused. The system's
// ledger is the oracle: a sale is posted here exactly if it stands there, with what was
// sold, and is owed only if it does not.
func TestSalesComeToTheirEnds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		ctx, now := t.Context(), storetest.T0
		s := newBooks(t)
		n := rapid.IntRange(1, 4).Draw(rt, "sales")
		cards := newSeller()
		for i := range n {
			o := purchaseOf(i + 1)
			if _, err := s.EnsurePosting(ctx, o, now); err != nil {
				rt.Fatal(err)
			}
			if rapid.IntRange(0, 3).Draw(rt, "refused") == 0 {
				cards.refuse[o.Serial] = mis.OverHoarding
			}
		}
		p := gateway.NewPoster(s, "office")
		for round := 0; ; round++ {
			wake, err := p.Wake(ctx, mis.CardSystem)
			if err != nil {
				rt.Fatal(err)
			}
			if wake.IsZero() {
				break
			}
			if round > 500 {
				rt.Fatal("the sales do not come to an end")
			}
			if wake.After(now) {
				now = wake
			}
			calls, err := p.Next(ctx, mis.CardSystem, now, 10)
			if err != nil {
				rt.Fatal(err)
			}
			for _, c := range calls {
				what := "answered"
				if round < 60 {
					what = rapid.SampledFrom([]string{"answered", "answered", "lost before", "lost after", "nonsense"}).Draw(rt, "what")
				}
				reply := cardsystem.Reply{}
				if what != "lost before" {
					reply, _ = cards.Call(ctx, gateway.SaleCall(c.Request))
				}
				switch what {
				case "lost before", "lost after":
					reply = cardsystem.Reply{}
				case "nonsense":
					reply = cardsystem.Reply{Post: mis.PostResult{Code: "E9"}, Reverse: mis.ReverseResult{Code: "E9"}}
				}
				if _, err := p.Answered(ctx, now, c, gateway.SaleReply(c.Request, reply)); err != nil {
					rt.Fatal(err)
				}
			}
		}
		for i := range n {
			serial := storetest.Serial(kiosk, i+1)
			row, err := s.Posting(ctx, serial)
			if err != nil {
				rt.Fatal(err)
			}
			e := cards.ledger[serial]
			stands := e != nil && !e.reversed
			if (row.State == posting.Posted) != stands || row.State == posting.Owed && stands {
				rt.Fatalf("%s is %s here; in the ledger: %+v", serial, posting.Word(row.State), e)
			}
			if stands && (row.Sold != e.sold || row.Sold.Count != 5) {
				rt.Fatalf("%s: sold %+v here, %+v there", serial, row.Sold, e.sold)
			}
		}
	})
}

// TestSaleThatTheBooksForgot restores books from before a sale: its kiosk orders it again,
// with the same serial, and has the same sale.
func TestSaleThatTheBooksForgot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cards := newSeller()
		var states []wire.PostState
		for range 2 { // each time over empty books
			g := gateway.NewRuntime(newBooks(t), "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
			g.ServeCards(cards, signKey)
			stop := running(t, g)
			states = append(states, sendOrder(t, g, purchaseOf(1)))
			stop()
		}
		want := metercard.Sold{Number: "S001", Card: "0A1B2C3D", Count: 5, Amount: 1000, Energy: 2000}
		for _, s := range states {
			if s.Status != wire.PostPosted || s.Sold != want || s.ToAdvance != 1000 {
				t.Errorf("%+v", s)
			}
		}
		if len(cards.ledger) != 1 {
			t.Errorf("%d sales", len(cards.ledger))
		}
	})
}

// running runs a gateway until stop.
func running(t *testing.T, g *gateway.Runtime) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// ask is the answer to a request, or the code of its refusal.
func ask(t *testing.T, g *gateway.Runtime, op wire.Op, body, into any) (refusal string) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	reply := g.Answer(t.Context(), kiosk, wire.Request{V: wire.Version, ID: "1", Op: op, TTLms: 8000, Body: raw})
	if reply.Error != nil {
		return reply.Error.Code
	}
	if err := json.Unmarshal(reply.Body, into); err != nil {
		t.Fatal(err)
	}
	return ""
}

func sendOrder(t *testing.T, g *gateway.Runtime, o books.Order) (state wire.PostState) {
	t.Helper()
	body := wire.PostBody{Serial: o.Serial, Account: o.Account, Amount: o.Amount, Tender: o.Tender, PaidAt: o.PaidAt, Card: o.Card}
	if refusal := ask(t, g, wire.OpPost, body, &state); refusal != "" {
		t.Errorf("order of %s: %s", o.Serial, refusal)
	}
	return state
}

// booker is an MIS that books everything, or is away.
type booker struct {
	mu    sync.Mutex
	away  bool
	calls int
}

func (b *booker) Call(_ context.Context, r mis.Request) (mis.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.away {
		return mis.Reply{Op: r.Op}, errors.New("connection refused")
	}
	amount := r.Payment.Amount
	return mis.Reply{Op: r.Op, Post: mis.PostResult{Outcome: mis.Done, Code: "1001", Amount: amount, ToAdvance: amount, Reference: "M1"}}, nil
}

// TestOneSystemAwayHoldsNothingUp has either system be away while the other one books: what
// is due at one waits, few calls go out to it, and the other is not slower for it.
func TestOneSystemAwayHoldsNothingUp(t *testing.T) {
	for _, away := range []mis.System{mis.MIS, mis.CardSystem} {
		synctest.Test(t, func(t *testing.T) {
			s := newBooks(t)
			bills, cards := &booker{away: away == mis.MIS}, newSeller()
			if away == mis.CardSystem {
				cards.fault = func(cardsystem.Request) error { return errors.New("connection refused") }
			}
			g := gateway.NewRuntime(s, "office", bills, 2, slog.New(slog.DiscardHandler), time.Now)
			g.ServeCards(cards, signKey)
			defer running(t, g)()

			for n := range 60 {
				for i, o := range []books.Order{orderOf(2*n + 1), purchaseOf(2*n + 2)} {
					if _, err := s.EnsurePosting(t.Context(), o, time.Now()); err != nil {
						t.Fatal(i, err)
					}
				}
			}
			g.Kick()
			time.Sleep(time.Minute)
			synctest.Wait()

			var booked, open int
			for n := range 120 {
				row, err := s.Posting(t.Context(), storetest.Serial(kiosk, n+1))
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case row.System() == away && !row.State.Final():
					open++
				case row.System() != away && row.State == posting.Posted:
					booked++
				}
			}
			if booked != 60 || open != 60 {
				t.Errorf("away %q: %d booked, %d open", away, booked, open)
			}
			if calls := map[mis.System]int{mis.MIS: bills.calls, mis.CardSystem: len(cards.calls)}[away]; calls < 5 || calls > 20 {
				t.Errorf("%d calls in a minute to the system that is away", calls)
			}
		})
	}
}

// TestSystemAwayIsACase: an operator learns of a card-meter system that is away for minutes
// while a purchase waits, once, and the case closes with its next answer. A program that
// begins while it is away leaves the case as it is.
func TestSystemAwayIsACase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, cards, gone := newBooks(t), newSeller(), true
		cards.fault = func(cardsystem.Request) error {
			if gone {
				return errors.New("connection refused")
			}
			return nil
		}
		expect := func(when, want string) {
			t.Helper()
			cases, err := s.Cases(t.Context(), books.Filter{Open: true})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, c := range cases {
				got += c.Class + ": " + c.Text
			}
			if got != want {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		begin := func() (stop func()) {
			g := gateway.NewRuntime(s, "office", &booker{}, 0, slog.New(slog.DiscardHandler), time.Now)
			g.ServeCards(cards, signKey)
			return running(t, g)
		}
		if _, err := s.EnsurePosting(t.Context(), purchaseOf(1), time.Now()); err != nil {
			t.Fatal(err)
		}

		const away = "card-system-away: the card-meter system gives no answer, and postings wait for it"
		stop := begin()
		time.Sleep(time.Minute)
		expect("after a minute", "")
		time.Sleep(90 * time.Second)
		expect("after minutes", away)
		stop()
		stop = begin()
		time.Sleep(5 * time.Second)
		expect("after a restart", away)
		cards.mu.Lock()
		gone = false
		cards.mu.Unlock()
		time.Sleep(time.Hour)
		expect("after an answer", "")
		stop()
	})
}

// TestOneSystemSlowHoldsNothingUp fills every place for calls to the card-meter system with
// calls that hang.
func TestOneSystemSlowHoldsNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newBooks(t)
		g := gateway.NewRuntime(s, "office", &booker{}, 2, slog.New(slog.DiscardHandler), time.Now)
		hangs := hanging{make(chan struct{})}
		g.ServeCards(hangs, signKey)
		stop := running(t, g)
		for n := range 3 {
			if got := sendOrder(t, g, purchaseOf(n+1)); got.Status != wire.PostPending {
				t.Errorf("%+v", got)
			}
		}
		began := time.Now()
		if got := sendOrder(t, g, orderOf(9)); got.Status != wire.PostPosted || time.Since(began) > time.Second {
			t.Errorf("%+v after %s", got, time.Since(began))
		}
		close(hangs.end)
		stop()
	})
}

// hanging is a card-meter system that answers nobody before its end.
type hanging struct{ end chan struct{} }

func (h hanging) Call(_ context.Context, r cardsystem.Request) (cardsystem.Reply, error) {
	<-h.end
	return cardsystem.Reply{Op: r.Op}, errors.New("no answer")
}

func TestQuote(t *testing.T) {
	cards := newSeller()
	cards.quote = cardsystem.QuoteResult{Outcome: mis.Done, Code: "0", Text: "ok", Quote: cardsystem.Quote{
		Account: "1000000003", Name: "张伟民", Address: "示范市人民路18号3单元", Min: 1000, Max: 50000, Step: 1000,
		Tariff: []cardsystem.Tier{{UpTo: 20000, Price: 5300}, {Price: 6300}}, ByTime: []cardsystem.TimePrice{{Name: "peak", Price: 9000}},
	}}
	s := newBooks(t)
	g := gateway.NewRuntime(s, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
	g.ServeCards(cards, signKey)

	var q wire.CardQuote
	if refusal := ask(t, g, wire.OpCardQuote, wire.CardQuoteBody{Card: meterCard}, &q); refusal != "" {
		t.Fatal(refusal)
	}
	if !q.Sellable || q.Card != "0A1B2C3D" || q.Name != "张**" || q.Address != "示范市人民路***" || q.Min != 1000 || q.Max != 50000 || q.Step != 1000 ||
		len(q.Tariff) != 2 || q.Tariff[0] != (wire.PriceTier{UpTo: 20000, Price: 5300}) || len(q.ByTime) != 1 || q.ByTime[0] != (wire.PriceTime{Name: "peak", Price: 9000}) ||
		len(q.NotNow) != 1 || q.NotNow[0] != "qr" || q.Unwritten != "" || q.At == 0 || q.Apart(time.Now()) {
		t.Errorf("%+v", q)
	}
	if got := cards.calls[0]; got.Op != cardsystem.OpQuote || got.Card != meterCard {
		t.Errorf("called %+v", got)
	}

	cards.quote = cardsystem.QuoteResult{Outcome: mis.NotDone, Code: "E8", Text: "not loaded", Reason: mis.NotLoaded}
	if refusal := ask(t, g, wire.OpCardQuote, wire.CardQuoteBody{Card: meterCard}, &q); refusal != "" || q.Sellable || q.Reason != mis.NotLoaded || q.Code != "E8" {
		t.Errorf("%q %+v", refusal, q)
	}
	for name, c := range map[string]struct {
		card metercard.Facts
		set  func()
		want string
	}{
		"a card that cannot be": {metercard.Facts{Serial: "no"}, func() {}, wire.ErrCodeBadRequest},
		"nothing usable":        {meterCard, func() { cards.quote = cardsystem.QuoteResult{} }, wire.ErrCodeUnavailable},
		"away": {meterCard, func() {
			cards.fault = func(cardsystem.Request) error { return errors.New("connection refused") }
		}, wire.ErrCodeUnavailable},
		"none configured": {meterCard, func() {
			g = gateway.NewRuntime(s, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
		}, wire.ErrCodeUnavailable},
	} {
		c.set()
		if refusal := ask(t, g, wire.OpCardQuote, wire.CardQuoteBody{Card: c.card}, &q); refusal != c.want {
			t.Errorf("%s: %q", name, refusal)
		}
	}
}

// TestQuoteNamesASaleOfTheseBooks: what has to be written onto the card first is offered
// only if these books sold it onto this card.
func TestQuoteNamesASaleOfTheseBooks(t *testing.T) {
	s, cards := newBooks(t), newSeller()
	g := gateway.NewRuntime(s, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
	g.ServeCards(cards, signKey)
	p := gateway.NewPoster(s, "office")
	o := purchaseOf(1)
	if _, err := s.EnsurePosting(t.Context(), o, storetest.T0); err != nil {
		t.Fatal(err)
	}
	calls, err := p.Next(t.Context(), mis.CardSystem, storetest.T0, 1)
	if err != nil || len(calls) != 1 {
		t.Fatal(calls, err)
	}
	reply, _ := cards.Call(t.Context(), gateway.SaleCall(calls[0].Request))
	row, err := p.Answered(t.Context(), storetest.T0, calls[0], gateway.SaleReply(calls[0].Request, reply))
	if err != nil || row.State != posting.Posted {
		t.Fatal(row, err)
	}

	changed := row.Sold
	changed.Amount--
	for name, c := range map[string]struct {
		first cardsystem.Unwritten
		card  string
		named bool
	}{
		"sold here":                 {cardsystem.Unwritten{Serial: o.Serial, Sold: row.Sold}, "0A1B2C3D", true},
		"not known here":            {cardsystem.Unwritten{Serial: storetest.Serial(kiosk, 2), Sold: row.Sold}, "0A1B2C3D", false},
		"sold onto another card":    {cardsystem.Unwritten{Serial: o.Serial, Sold: row.Sold}, "0A1B2C3E", false},
		"not as these books say it": {cardsystem.Unwritten{Serial: o.Serial, Sold: changed}, "0A1B2C3D", false},
	} {
		cards.quote = cardsystem.QuoteResult{Outcome: mis.Done, Code: "0", Quote: cardsystem.Quote{Account: "1000000003", Max: 50000, Unwritten: c.first}}
		card := meterCard
		card.Serial = c.card
		var q wire.CardQuote
		if refusal := ask(t, g, wire.OpCardQuote, wire.CardQuoteBody{Card: card}, &q); refusal != "" {
			t.Fatal(name, refusal)
		}
		if named := q.Unwritten == o.Serial && q.UnwrittenSold == row.Sold && q.Sellable; named != c.named {
			t.Errorf("%s: %+v", name, q)
		}
		if !c.named && (q.Sellable || q.Reason != mis.Unwritten || q.Unwritten != "") {
			t.Errorf("%s: %+v", name, q)
		}
	}
}
