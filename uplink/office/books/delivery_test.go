package books_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/metercard"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

// cardWorld is one purchase, the card that it is for, and the kiosks that the card visits.
// The card is the oracle: what it holds no journal and no book can change.
type cardWorld struct {
	*rapid.T
	books   *store.Store
	now     time.Time
	card    metercard.Facts
	kiosks  map[string]*storetest.Journal
	sent    map[string]int // records that head office has, by kiosk
	visits  int
	lies    int
	stage   books.Stage // before people settled it
	settled bool
}

// cardKiosks are the kiosk that sells, those that re-write, and one that lies.
var cardKiosks = []string{kiosk, "10000002", "10000003", liar}

const liar = "10000004"

func newCardWorld(t *rapid.T, tb testing.TB) *cardWorld {
	w := &cardWorld{
		T: t, books: memstore.New(books.Rules{}), now: storetest.T0,
		card:   metercard.Facts{Serial: "0A1B2C3D", Form: metercard.CPU, Kind: metercard.Purchase, Count: 4, Purse: 700},
		kiosks: map[string]*storetest.Journal{}, sent: map[string]int{},
	}
	for _, k := range cardKiosks {
		if _, err := w.books.Register(tb.Context(), k, 0, w.now); err != nil {
			t.Fatal(err)
		}
		w.kiosks[k] = storetest.NewJournal(k)
	}

	w.kiosks[kiosk].Buy(tb, 1, "1000000003", w.card, 5000)
	o := books.Order{Serial: saleSerial, Account: "1000000003", Kiosk: kiosk, Tender: "cash", Amount: 5000, PaidAt: w.now.Add(30 * time.Second).UnixMilli(), Card: w.card}
	if _, err := w.books.EnsurePosting(tb.Context(), o, w.now); err != nil {
		t.Fatal(err)
	}
	w.step(tb, posting.Event{Kind: call.Due}, posting.Event{Kind: call.Answered, Reply: sellsPower})
	w.kiosks[kiosk].Add(tb, "outcome-learned", saleSerial, map[string]any{"status": "posted", "code": "0", "reference": "S1", "to_advance": 5000, "sold": fifth})
	return w
}

var (
	fifth      = metercard.Sold{Number: "S1", Card: "0A1B2C3D", Count: 5, Amount: 5000}
	sellsPower = mis.Reply{Op: mis.OpPost, Post: mis.PostResult{Outcome: mis.Done, Code: "0", Amount: 5000, ToAdvance: 5000, Reference: "S1", Sold: fifth}}
)

// step gives events to the sale.
func (w *cardWorld) step(tb testing.TB, events ...posting.Event) {
	for _, e := range events {
		p, err := w.books.Posting(tb.Context(), saleSerial)
		if err != nil {
			w.Fatal(err)
		}
		if p.NextAt.After(w.now) && !p.InFlight {
			w.now = p.NextAt
		}
		e.Now = w.now
		next, effect, err := posting.Step(p.Posting, e)
		if err != nil {
			w.Fatal(err)
		}
		p.Posting = next
		if _, err := w.books.SavePosting(tb.Context(), books.Change{Posting: p, Event: "step", By: "office", Evidence: effect == call.Raise}, w.now); err != nil {
			w.Fatal(err)
		}
	}
}

// holds reports whether the card holds the purchase.
func (w *cardWorld) holds() bool { return w.card.Count == 5 }

// visit puts the card into a kiosk: the one that sold at first, and another one after
// that. It asks for steps as often as it likes, and writes the card only with them.
func (w *cardWorld) visit(tb testing.TB) {
	w.visits++
	at, txn := kiosk, saleSerial
	j := w.kiosks[kiosk]
	if w.visits > 1 {
		at = rapid.SampledFrom(cardKiosks[1:3]).Draw(w.T, "kiosk")
		txn = storetest.Serial(at, w.visits)
		j = w.kiosks[at]
		if err := w.books.NameSale(tb.Context(), saleSerial, at, w.now); err != nil {
			w.Fatal(err)
		}
		j.Add(tb, "opened", txn, map[string]any{
			"purpose": "rewrite", "account": "1000000003", "meter_card": w.card, "original": saleSerial, "sold": fifth, "opened_at": w.now.UnixMilli(),
		})
	}

	for n := 1; n <= rapid.IntRange(0, 3).Draw(w.T, "writes"); n++ {
		_, err := w.books.HandOut(tb.Context(), books.Visit{Kiosk: at, Txn: txn, Sale: saleSerial, Card: w.card}, w.now)
		var no books.NotWritable
		if errors.As(err, &no) {
			if w.holds() != (no.Reason == mis.Written) && !w.settled && no.Reason != mis.NotPayable {
				w.Fatalf("%s for a card with purchase %d", no.Reason, w.card.Count)
			}
			break
		}
		if err != nil {
			w.Fatal(err)
		}
		if w.settled {
			w.Fatal("steps for a sale that people settled another way")
		}
		if p, err := w.books.Posting(tb.Context(), saleSerial); err != nil || p.State != posting.Posted {
			w.Fatalf("steps for a sale that is %s, %v", posting.Word(p.State), err)
		}
		j.Add(tb, "meter-write-begun", txn, map[string]any{"n": n, "card": w.card.Serial, "count": 5, "amount": 5000, "at": 1})
		if rapid.Bool().Draw(w.T, "written") {
			w.card.Count, w.card.Purse = 5, 5000
		}
		end := map[string]any{"n": n, "outcome": "unsure"}
		if readable := rapid.Bool().Draw(w.T, "readable"); readable && w.holds() {
			end = map[string]any{"n": n, "outcome": "written", "count": 5, "purse": 5000}
		} else if readable {
			end["outcome"] = "unwritten"
		}
		j.Add(tb, "meter-write-ended", txn, end)
		if end["outcome"] == "written" {
			return
		}
	}
	if rapid.IntRange(0, 9).Draw(w.T, "leaves") > 0 { // else the kiosk died with it
		j.Add(tb, "meter-gave-up", txn, map[string]any{"why": "no-card", "at": 2})
	}
}

// lie has a kiosk that the sale was never handed to say that it wrote the card, or that the
// card left without it.
func (w *cardWorld) lie(tb testing.TB) {
	w.lies++
	txn, j := storetest.Serial(liar, w.lies), w.kiosks[liar]
	j.Add(tb, "opened", txn, map[string]any{
		"purpose": "rewrite", "account": "1000000003", "meter_card": w.card, "original": saleSerial, "sold": fifth, "opened_at": w.now.UnixMilli(),
	})
	if rapid.Bool().Draw(w.T, "lies that it is written") {
		j.Add(tb, "meter-write-begun", txn, map[string]any{"n": 1, "card": w.card.Serial, "count": 5, "amount": 5000, "at": 1})
		j.Add(tb, "meter-write-ended", txn, map[string]any{"n": 1, "outcome": "written", "count": 5, "purse": 5000})
		return
	}
	j.Add(tb, "meter-gave-up", txn, map[string]any{"why": "no-card", "at": 2})
}

// report brings some records of a kiosk to head office.
func (w *cardWorld) report(tb testing.TB, all bool) {
	for _, k := range cardKiosks {
		recs := w.kiosks[k].Recs[w.sent[k]:]
		if len(recs) == 0 {
			continue
		}
		n := len(recs)
		if !all {
			n = rapid.IntRange(0, len(recs)).Draw(w.T, "records of "+k)
		}
		if n == 0 {
			continue
		}
		if _, err := w.books.Ingest(tb.Context(), k, recs[:n], w.now); err != nil {
			w.Fatal(err)
		}
		w.sent[k] += n
	}
}

// takeBack has a person order the reversal, and the card-meter system answer it.
func (w *cardWorld) takeBack(tb testing.TB) {
	_, err := storetest.Act(tb, w.books, saleSerial, posting.Reverse, w.now)
	if errors.Is(err, posting.ErrAction) {
		return
	}
	if err != nil {
		w.Fatal(err)
	}
	if w.holds() {
		w.Fatal("a sale goes back whose card holds it")
	}
	r := mis.ReverseResult{Outcome: mis.NotDone, Code: "E3"}
	if rapid.Bool().Draw(w.T, "taken back") {
		r = mis.ReverseResult{Outcome: mis.Done, Code: "0"}
	}
	w.visitMaybe(tb) // while the reversal is under way
	w.step(tb, posting.Event{Kind: call.Due}, posting.Event{Kind: call.Answered, Reply: mis.Reply{Op: mis.OpReverse, Reverse: r}})
}

func (w *cardWorld) visitMaybe(tb testing.TB) {
	if rapid.Bool().Draw(w.T, "a visit meanwhile") && !w.holds() {
		w.visit(tb)
	}
}

// settle has two people send it another way, where that is possible.
func (w *cardWorld) settle(tb testing.TB) {
	if d, err := w.books.Delivery(tb.Context(), saleSerial); err == nil {
		w.stage = d.Stage
	}
	for _, user := range []string{"li", "wang"} {
		w.now = w.now.Add(2 * time.Hour)
		_, err := w.books.SettleWay(tb.Context(), saleSerial, metercard.Remote, user, "by remote", w.now)
		if errors.Is(err, posting.ErrAction) || errors.Is(err, books.ErrTwoPeople) {
			return
		}
		if err != nil {
			w.Fatal(err)
		}
	}
	if p, err := w.books.Delivery(tb.Context(), saleSerial); err != nil || w.holds() && w.stage != books.Unsure {
		w.Fatalf("settled another way while the card holds it: it was %s, and is %s, %v", w.stage, p.Stage, err)
	}
	w.settled = true
}

// TestNoCardHoldsWhatWentBack plays visits, kiosks that report late and in any order,
// people who take the sale back or settle it another way, reversals that are refused, and a
// kiosk that says of the card what is not so.
// Never does the card hold what was taken back; and once all is told, the books know of a
// card that was read back, and have an open case of one that may lack what was sold.
func TestNoCardHoldsWhatWentBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newCardWorld(rt, t)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"visit", "visit", "report", "report", "take back", "settle", "lie"}).Draw(rt, "what") {
			case "visit":
				if !w.holds() && w.visits < 8 {
					w.visit(t)
				}
			case "report":
				w.report(t, false)
			case "take back":
				w.takeBack(t)
			case "settle":
				w.settle(t)
			case "lie":
				if w.lies < 3 {
					w.lie(t)
				}
			}
			w.now = w.now.Add(time.Minute)
			w.audit(t)
		}
		w.report(t, true)
		w.audit(t)
		w.end(t)
	})
}

// audit holds at every moment.
func (w *cardWorld) audit(tb testing.TB) {
	p, err := w.books.Posting(tb.Context(), saleSerial)
	if err != nil {
		w.Fatal(err)
	}
	if w.holds() && p.State != posting.Posted {
		w.Fatalf("the card holds a sale that is %s", posting.Word(p.State))
	}
}

// end holds once all is told.
func (w *cardWorld) end(tb testing.TB) {
	d, err := w.books.Detail(tb.Context(), saleSerial)
	if err != nil {
		w.Fatal(err)
	}
	stage := d.Delivery.Stage
	if stage == books.OnCard && !w.holds() || stage == books.NotOnCard && w.holds() || stage == books.Withdrawn && w.holds() {
		w.Fatalf("the books say %s, the card counts %d", stage, w.card.Count)
	}
	open := 0
	for _, c := range d.Cases {
		if c.Class == books.ClassNotWritten && c.Open {
			open++
		}
	}
	want := map[books.Stage]string{books.NotOnCard: "1", books.Unsure: "1", books.OnCard: "0", books.OtherWay: "0", books.Withdrawn: "0"}[stage]
	if want != "" && fmt.Sprint(open) != want {
		w.Fatalf("%s with %d open cases", stage, open)
	}
}
