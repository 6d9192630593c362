package gateway_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/payments/cardsystem"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/metercard/library"
	"wattkiosk/payments/metercard/script"
	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

const session = "000102030405060708090a0b0c0d0e0f"

// writer is a gateway over books in which the first sale is posted.
type writer struct {
	*gateway.Runtime
	books *store.Store
	cards *seller
	sale  string
	stop  func()
}

func newWriter(t *testing.T) writer {
	t.Helper()
	w := writer{books: newBooks(t), cards: newSeller(), sale: purchaseOf(1).Serial}
	w.Runtime = gateway.NewRuntime(w.books, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
	w.ServeCards(w.cards, signKey)
	w.stop = running(t, w.Runtime)
	if got := sendOrder(t, w.Runtime, purchaseOf(1)); got.Status != wire.PostPosted {
		t.Fatalf("%+v", got)
	}
	w.cards.steps = func(o cardsystem.StepsOrder) cardsystem.StepsResult {
		return cardsystem.StepsResult{
			Outcome: mis.Done, Code: "0", Last: o.Round == 1,
			Steps: []script.Step{{Op: script.APDU, Data: script.Bytes{0x00, 0x84, 0, 0, 8}, Save: "challenge"}},
		}
	}

	return w
}

func (w writer) body() wire.CardStepsBody {
	return wire.CardStepsBody{Txn: w.sale, Sale: w.sale, Card: meterCard, Session: session}
}

// written takes the journal of the visit that wrote the first sale onto its card.
func (w writer) written(t *testing.T) (books.Order, books.Posting) {
	t.Helper()
	o := purchaseOf(1)
	j := storetest.NewJournal(kiosk)
	j.Add(t, "opened", o.Serial, map[string]any{
		"purpose": "purchase", "account": o.Account, "tender": "cash", "limit": 100000, "opened_at": 1, "meter_card": meterCard,
	})
	j.Add(t, "note-accepted", o.Serial, map[string]any{"note": 0, "value": 1000}).Add(t, "note-stacked", o.Serial, map[string]any{"note": 0, "value": 1000})
	j.Add(t, "cash-closed", o.Serial, map[string]any{"total": 1000, "account": o.Account, "tender": "cash", "closed_at": o.PaidAt})
	row, err := w.books.Posting(t.Context(), o.Serial)
	if err != nil {
		t.Fatal(err)
	}
	j.Add(t, "outcome-learned", o.Serial, map[string]any{"status": "posted", "code": "0", "reference": "S001", "to_advance": 1000, "sold": row.Sold})
	j.Add(t, "meter-write-begun", o.Serial, map[string]any{"n": 1, "card": "0A1B2C3D", "count": 5, "amount": 1000, "at": 2})
	j.Add(t, "meter-write-ended", o.Serial, map[string]any{"n": 1, "outcome": "written", "count": 5, "purse": 1000})
	if _, err := w.books.Ingest(t.Context(), kiosk, j.Recs, time.Now()); err != nil {
		t.Fatal(err)
	}

	return o, row
}

// TestSteps: a round is signed for this card, transaction, session and round, and for half
// a minute; what the card answered before goes to the card-meter system.
func TestSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		pub := signKey.Public().(ed25519.PublicKey)
		for round := range 2 {
			body := w.body()
			body.Round, body.Saved = round, map[string]script.Bytes{"challenge": {1, 2, 3}}
			var got wire.CardSteps
			if refusal := ask(t, w.Runtime, wire.OpCardSteps, body, &got); refusal != "" || got.Reason != "" {
				t.Fatal(refusal, got.Reason)
			}
			s, err := wire.OpenScript(pub, got.Script)
			if err != nil {
				t.Fatal(err)
			}
			if s.V != 1 || s.Txn != w.sale || s.Card != "0A1B2C3D" || s.Session != session || s.Round != round || s.Last != (round == 1) || len(s.Steps) != 1 ||
				s.Expires != time.Now().Add(30*time.Second).UnixMilli() {
				t.Errorf("%+v", s)
			}
			last := w.cards.calls[len(w.cards.calls)-1]
			if last.Op != cardsystem.OpSteps || last.Steps.Serial != w.sale || last.Steps.Card != meterCard || last.Steps.Round != round || len(last.Steps.Saved["challenge"]) != 3 {
				t.Errorf("called %+v", last)
			}
		}
		if d, err := w.books.Delivery(t.Context(), w.sale); err != nil || d.Stage != books.InWriting || d.Visit != w.sale {
			t.Errorf("%+v, %v", d, err)
		}
	})
}

// TestStepsAreGivenAgain: a kiosk whose answer was lost asks the same again, and has the same
// steps while they are good. Whatever differs is another question.
func TestStepsAreGivenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		calls := func() (n int) {
			for _, c := range w.cards.calls {
				if c.Op == cardsystem.OpSteps {
					n++
				}
			}
			return n
		}
		asks := func(change func(*wire.CardStepsBody)) (got wire.CardSteps) {
			t.Helper()
			body := w.body()
			body.Round, body.Saved = 1, map[string]script.Bytes{"challenge": {1, 2, 3}}
			change(&body)
			if refusal := ask(t, w.Runtime, wire.OpCardSteps, body, &got); refusal != "" {
				t.Fatal(refusal)
			}
			return got
		}
		same := func(*wire.CardStepsBody) {}

		first := asks(same)
		time.Sleep(29 * time.Second)
		again := asks(same)
		if n := calls(); n != 1 || !bytes.Equal(first.Script.Body, again.Script.Body) || !bytes.Equal(first.Script.Sig, again.Script.Sig) || first.Script.V != 1 {
			t.Errorf("%d calls, %s and %s", n, first.Script.Body, again.Script.Body)
		}
		time.Sleep(2 * time.Second) // the steps are not good any more
		asks(same)
		if n := calls(); n != 2 {
			t.Errorf("%d calls after the end of the steps", n)
		}
		for _, other := range []struct { // in this order: each differs from the one before
			name   string
			change func(*wire.CardStepsBody)
		}{
			{"another session", func(b *wire.CardStepsBody) { b.Session = "f00102030405060708090a0b0c0d0e0f" }},
			{"another round", func(b *wire.CardStepsBody) { b.Round = 0 }},
			{"another answer", func(b *wire.CardStepsBody) { b.Saved["challenge"] = script.Bytes{1, 2, 4} }},
			{"the former again", same},
		} {
			name, change := other.name, other.change
			before := calls()
			asks(change)
			if n := calls() - before; n != 1 {
				t.Errorf("%s: %d calls", name, n)
			}
			asks(change)
			if n := calls() - before; n != 1 {
				t.Errorf("%s, again: %d calls", name, n)
			}
		}

		var got wire.CardSteps
		body := w.body()
		body.Round, body.Saved = 1, map[string]script.Bytes{"challenge": {1, 2, 3}}
		body.Card.Count, body.Card.Purse = 5, 1000
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, body, &got); refusal != "" || got.Reason != mis.Written || got.Script.V != 0 {
			t.Errorf("a card that holds it has %q %+v", refusal, got)
		}
	})
}

// TestStepsOfASaleThatEnded are not given again: the books are asked each time.
func TestStepsOfASaleThatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		var got wire.CardSteps
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got); refusal != "" || got.Script.V != 1 {
			t.Fatal(refusal, got.Reason)
		}
		w.written(t)
		got = wire.CardSteps{}
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got); refusal != "" || got.Reason != mis.Written || got.Script.V != 0 {
			t.Errorf("%q %+v", refusal, got)
		}
	})
}

// TestStepsThatAreBeingMade: while the card-meter system makes a round it is not asked for
// it again, which would end the card's stay; and where it brought none it is.
func TestStepsThatAreBeingMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		slow := make(chan struct{})
		steps, made := w.cards.steps, 0
		w.cards.steps = func(o cardsystem.StepsOrder) cardsystem.StepsResult { made++; <-slow; return steps(o) }
		first := make(chan string)
		go func() {
			var got wire.CardSteps
			first <- ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got)
		}()
		synctest.Wait()
		var got wire.CardSteps
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got); refusal != wire.ErrCodeUnavailable || made != 1 {
			t.Errorf("%q, %d calls", refusal, made)
		}
		close(slow)
		if refusal := <-first; refusal != "" {
			t.Errorf("the first: %q", refusal)
		}
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got); refusal != "" || got.Script.V != 1 || made != 1 {
			t.Errorf("once they are there: %q, %d calls", refusal, made)
		}

		w.cards.fault = func(cardsystem.Request) error { return errors.New("reset") }
		other := w.body()
		other.Session = "f00102030405060708090a0b0c0d0e0f"
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, other, &got); refusal != wire.ErrCodeUnavailable {
			t.Errorf("without an answer: %q", refusal)
		}
		w.cards.fault = nil
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, other, &got); refusal != "" || made != 2 {
			t.Errorf("after that: %q, %d calls", refusal, made)
		}
	})
}

// TestOrderToALibrary: it says what was sold, by these books, and nobody else is asked.
func TestOrderToALibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		before := len(w.cards.calls)
		row, err := w.books.Posting(t.Context(), w.sale)
		if err != nil {
			t.Fatal(err)
		}
		body := w.body()
		body.Library = true
		body.Card.Meter, body.Card.Customer = "9", "9" // whatever the kiosk says
		var got wire.CardSteps
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, body, &got); refusal != "" || got.Reason != "" || got.Script.V != 0 {
			t.Fatal(refusal, got)
		}
		pub := signKey.Public().(ed25519.PublicKey)
		want := library.Order{
			V: 1, Txn: w.sale, Session: session, Expires: time.Now().Add(30 * time.Second).UnixMilli(), Meter: meterCard.Meter, Customer: meterCard.Customer, Sold: row.Sold,
		}
		if o, err := wire.OpenOrder(pub, got.Order); err != nil || o != want || o.Sold.Count != 5 || o.Sold.Amount != 1000 {
			t.Errorf("%+v, %v\nwant %+v", o, err, want)
		}
		if _, err := wire.OpenScript(pub, got.Order); !errors.Is(err, wire.ErrSignature) {
			t.Errorf("an order is a script: %v", err)
		}
		if d, err := w.books.Delivery(t.Context(), w.sale); err != nil || d.Stage != books.InWriting || d.Visit != w.sale {
			t.Errorf("%+v, %v", d, err)
		}

		for name, c := range map[string]struct {
			change func(*wire.CardStepsBody)
			code   string
			reason mis.Reason
		}{
			"another card":  {func(b *wire.CardStepsBody) { b.Card.Serial = "FF" }, "", mis.OtherCard},
			"another count": {func(b *wire.CardStepsBody) { b.Card.Count = 3 }, "", mis.CountDiffers},
			"it holds it":   {func(b *wire.CardStepsBody) { b.Card.Count, b.Card.Purse = 5, 1000 }, "", mis.Written},
			"a round":       {func(b *wire.CardStepsBody) { b.Round = 1 }, wire.ErrCodeBadRequest, ""},
			"an answer":     {func(b *wire.CardStepsBody) { b.Saved = map[string]script.Bytes{"a": {1}} }, wire.ErrCodeBadRequest, ""},
		} {
			body := w.body()
			body.Library = true
			c.change(&body)
			var got wire.CardSteps
			if refusal := ask(t, w.Runtime, wire.OpCardSteps, body, &got); refusal != c.code || got.Reason != c.reason || got.Order.V != 0 {
				t.Errorf("%s: %q %+v", name, refusal, got)
			}
		}
		if n := len(w.cards.calls); n != before {
			t.Errorf("%d calls for nothing", n-before)
		}
	})
}

// TestStepsThatAreNone: what is no card, session or round never reaches the card-meter
// system, and what it says or does not say is no script.
func TestStepsThatAreNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		before := len(w.cards.calls)
		for name, c := range map[string]struct {
			change func(*wire.CardStepsBody)
			code   string
			reason mis.Reason
		}{
			"another card":       {func(b *wire.CardStepsBody) { b.Card.Serial = "FF" }, "", mis.OtherCard},
			"unknown sale":       {func(b *wire.CardStepsBody) { b.Sale = storetest.Serial(kiosk, 9) }, "", mis.NotPayable},
			"another kiosk":      {func(b *wire.CardStepsBody) { b.Txn = storetest.Serial("10000002", 1) }, "", mis.NotPayable},
			"card that holds it": {func(b *wire.CardStepsBody) { b.Card.Count, b.Card.Purse = 5, 1000 }, "", mis.Written},
			"no session":         {func(b *wire.CardStepsBody) { b.Session = "1" }, wire.ErrCodeBadRequest, ""},
			"round without end":  {func(b *wire.CardStepsBody) { b.Round = 16 }, wire.ErrCodeBadRequest, ""},
			"no card":            {func(b *wire.CardStepsBody) { b.Card = metercard.Facts{} }, wire.ErrCodeBadRequest, ""},
			"no name of a step":  {func(b *wire.CardStepsBody) { b.Saved = map[string]script.Bytes{"No Name": {1}} }, wire.ErrCodeBadRequest, ""},
		} {
			body := w.body()
			c.change(&body)
			var got wire.CardSteps
			if refusal := ask(t, w.Runtime, wire.OpCardSteps, body, &got); refusal != c.code || got.Reason != c.reason || got.Script.V != 0 {
				t.Errorf("%s: %q %+v", name, refusal, got)
			}
		}
		if n := len(w.cards.calls); n != before {
			t.Errorf("%d calls for nothing", n-before)
		}

		for name, c := range map[string]struct {
			said   cardsystem.StepsResult
			code   string
			reason mis.Reason
		}{
			"refused":             {cardsystem.StepsResult{Outcome: mis.NotDone, Code: "7", Reason: mis.KeysAway}, "", mis.KeysAway},
			"refused in no words": {cardsystem.StepsResult{Outcome: mis.NotDone, Code: "8", Reason: "weather"}, "", mis.NotPayable},
			"nothing usable":      {cardsystem.StepsResult{Code: "9"}, wire.ErrCodeUnavailable, ""},
			"no steps at all":     {cardsystem.StepsResult{Outcome: mis.Done, Code: "0"}, wire.ErrCodeUnavailable, ""},
			"steps of no form":    {cardsystem.StepsResult{Outcome: mis.Done, Code: "0", Steps: []script.Step{{Op: "burn"}}}, wire.ErrCodeUnavailable, ""},
		} {
			w.cards.steps = func(cardsystem.StepsOrder) cardsystem.StepsResult { return c.said }
			var got wire.CardSteps
			if refusal := ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got); refusal != c.code || got.Reason != c.reason || got.Script.V != 0 {
				t.Errorf("%s: %q %+v", name, refusal, got)
			}
		}

		w.ServeCards(w.cards, nil)
		var got wire.CardSteps
		if refusal := ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got); refusal != wire.ErrCodeUnavailable {
			t.Errorf("without a key: %q", refusal)
		}
	})
}

// TestStepsArePaced: a kiosk that asks without end is kept back, and another one is not.
func TestStepsArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		count := func(n int) (given int) {
			for range n {
				var got wire.CardSteps
				if ask(t, w.Runtime, wire.OpCardSteps, w.body(), &got) == "" {
					given++
				}
			}
			return given
		}
		if got := count(100); got != 64 {
			t.Errorf("%d rounds at once", got)
		}
		time.Sleep(5 * time.Second)
		if got := count(100); got != 10 {
			t.Errorf("%d rounds after five seconds", got)
		}
	})
}

// TestWrittenIsReported says that a card is written until the card-meter system answers,
// also over the end of head office.
func TestWrittenIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		reports := 0
		w.cards.fault = func(r cardsystem.Request) error {
			if r.Op != cardsystem.OpReport {
				return nil
			}
			if reports++; reports < 3 {
				return errors.New("no answer")
			}
			return nil
		}
		o, row := w.written(t)
		w.Kick()
		time.Sleep(time.Second)
		synctest.Wait()
		w.stop()

		again := gateway.NewRuntime(w.books, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
		again.ServeCards(w.cards, signKey)
		stop := running(t, again)
		time.Sleep(time.Minute)
		synctest.Wait()
		stop()
		var said []cardsystem.Report
		for _, c := range w.cards.calls {
			if c.Op == cardsystem.OpReport {
				said = append(said, c.Report)
			}
		}
		want := cardsystem.Report{Serial: o.Serial, Outcome: metercard.Written, Count: 5}
		if len(said) != 3 || said[0] != want || said[2] != want {
			t.Errorf("reports %+v", said)
		}
		var state wire.PostState
		if refusal := ask(t, again, wire.OpOutcome, wire.OutcomeBody{Serial: o.Serial}, &state); refusal != "" || state.Settled != (metercard.Settled{}) || state.Sold != row.Sold {
			t.Errorf("%q %+v", refusal, state)
		}
	})
}

// TestCardThatHoldsItAfterAll: a card that left unsure, and comes back with what was sold
// on it, is offered the re-write that finds it there; another card, or another purse, is
// not.
func TestCardThatHoldsItAfterAll(t *testing.T) {
	w := newWriter(t)
	defer w.stop()
	row, err := w.books.Posting(t.Context(), w.sale)
	if err != nil {
		t.Fatal(err)
	}
	w.cards.quote = cardsystem.QuoteResult{Outcome: mis.NotDone, Code: "E8", Reason: mis.NotLoaded, Quote: cardsystem.Quote{Account: row.Account}}
	holds := meterCard
	holds.Count, holds.Purse = row.Sold.Count, row.Sold.Amount
	named := false // once
	for name, c := range map[string]struct {
		change func(*metercard.Facts)
		named  bool
	}{
		"holds it":      {func(*metercard.Facts) {}, true},
		"before it":     {func(f *metercard.Facts) { f.Count-- }, false},
		"another purse": {func(f *metercard.Facts) { f.Purse++ }, false},
		"another card":  {func(f *metercard.Facts) { f.Serial = "0A1B2C3E" }, false},
	} {
		card := holds
		c.change(&card)
		var q wire.CardQuote
		if refusal := ask(t, w.Runtime, wire.OpCardQuote, wire.CardQuoteBody{Card: card}, &q); refusal != "" {
			t.Fatal(name, refusal)
		}
		if is := q.Unwritten == w.sale && q.UnwrittenSold == row.Sold && q.Reason == mis.Unwritten; is != c.named || q.Sellable {
			t.Errorf("%s: %+v", name, q)
		}
		d, err := w.books.Detail(t.Context(), w.sale)
		if err != nil {
			t.Fatal(err)
		}
		if handed := len(d.HandedOut) == 1 && d.HandedOut[0].Kiosk == kiosk; handed != (c.named || named) {
			t.Errorf("%s: the books have it handed to %+v", name, d.HandedOut)
		}
		named = named || c.named
	}
}

// TestOutcomeOfWhatWasSettled tells the kiosk that sold that people settled the sale.
func TestOutcomeOfWhatWasSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWriter(t)
		defer w.stop()
		at := time.Now().Add(25 * time.Hour)
		if _, err := w.books.DueReports(t.Context(), at, 9); err != nil {
			t.Fatal(err)
		}
		for _, user := range []string{"li", "wang"} {
			if _, err := w.books.SettleWay(t.Context(), w.sale, metercard.Remote, user, "by remote", at); err != nil {
				t.Fatal(err)
			}
		}
		var state wire.PostState
		want := metercard.Settled{How: metercard.Remote, By: "wang", Reason: "by remote"}
		if refusal := ask(t, w.Runtime, wire.OpOutcome, wire.OutcomeBody{Serial: w.sale}, &state); refusal != "" || state.Status != wire.PostPosted || state.Settled != want {
			t.Errorf("%q %+v", refusal, state)
		}
	})
}

var _ gateway.CardCaller = (*seller)(nil)

// unwritable is books that cannot be written.
type unwritable struct{ gateway.Orders }

func (unwritable) HandOut(context.Context, books.Visit, time.Time) (books.Posting, error) {
	return books.Posting{}, errors.New("disk")
}

// TestNoStepsThatTheBooksDoNotHave: where it cannot be written down that a card is about to
// be written, it is not.
func TestNoStepsThatTheBooksDoNotHave(t *testing.T) {
	cards := newSeller()
	g := gateway.NewRuntime(unwritable{newBooks(t)}, "office", gateway.NoMIS(), 0, slog.New(slog.DiscardHandler), time.Now)
	g.ServeCards(cards, signKey)
	body := wire.CardStepsBody{Txn: storetest.Serial(kiosk, 1), Sale: storetest.Serial(kiosk, 1), Card: meterCard, Session: session}
	var got wire.CardSteps
	if refusal := ask(t, g, wire.OpCardSteps, body, &got); refusal != wire.ErrCodeInternal || len(cards.calls) != 0 {
		t.Errorf("%q, %d calls", refusal, len(cards.calls))
	}
}
