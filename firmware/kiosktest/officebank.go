package kiosktest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"slices"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardsim/issuersim"
	"wattkiosk/payments/posp"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// bankFaults are what can be wrong at the bank, or on the way to it.
var bankFaults = pospsim.Faults()

// relay is head office's side of payments by bank card: the real desk over the books, and
// the bank behind real frames. What it keeps in memory dies with head office.
type relay struct {
	o       *office
	bank    *pospsim.Bank
	mis     *misOfBank // nil where head office posts
	desk    *gateway.BankDesk
	checkAt time.Time
	flights map[[sha256.Size]byte]*flight
}

// flight is a frame on its way, and the requests that wait for its answer.
type flight struct {
	call    gateway.BankCall
	waiting []wire.Request
	ended   bool
}

// newRelay is nil where no cards are taken.
func newRelay(o *office) *relay {
	if !o.w.plan.Cards {
		return nil
	}

	cfg := pospsim.Config{VoidsByNumber: true, Now: func() time.Time { return o.w.now }, Issuer: issuersim.Host{Issuer: issuersim.New(cardsim.TestMasters())}}
	mis := newMISOfBank(o.w)
	if mis != nil {
		cfg.Poster = mis
	}

	return &relay{o: o, bank: pospsim.New(cfg), mis: mis}
}

func (r *relay) boot() {
	if r == nil {
		return
	}
	r.flights = map[[sha256.Size]byte]*flight{}
	r.desk = gateway.NewBankDesk(r.o.books.Bank, "office-1", slog.New(alarmed{slog.DiscardHandler, r.o}), r.o.time)
	r.o.check(r.desk.Start(context.Background()))
	r.checkAt = r.o.w.now
}

func (r *relay) wake() time.Time {
	if r == nil || !r.o.up {
		return time.Time{}
	}

	return r.checkAt
}

// run looks after what is open.
func (r *relay) run() {
	if r == nil || !r.o.up || r.checkAt.IsZero() || r.o.w.now.Before(r.checkAt) {
		return
	}
	r.checkAt = r.o.w.now.Add(r.desk.Turn(context.Background()))
	r.offerVoids()
}

// offerVoids says again what kiosks are to have voided, as what is retained at a broker is.
func (r *relay) offerVoids() {
	all, err := r.o.books.Bank.Voiding(context.Background())
	r.o.check(err)
	for _, t := range all {
		v := t.Void
		r.o.w.down(func(b *box) {
			if b.core != nil && b.linked {
				b.handle(kiosk.Void{ID: v.ID, Serial: v.Serial, Terminal: t.Terminal, Batch: v.Batch, Trace: v.Trace, Amount: v.Amount})
			}
		})
	}
}

// later does something if head office lives until then.
func (r *relay) later(after time.Duration, do func()) {
	life := r.o.life
	r.o.w.todo.at(r.o.w.now.Add(after), func() {
		if r.o.life == life {
			do()
		}
	})
}

// take takes a request to carry a frame. One that is on its way already is waited for.
func (r *relay) take(q wire.Request) {
	key := sha256.Sum256(q.Body)
	if f := r.flights[key]; f != nil {
		f.waiting = append(f.waiting, q)
		return
	}
	c, e := r.desk.Take(context.Background(), Terminal, q)
	if e != nil {
		r.o.w.logf("a frame is not carried: %v", e)
		r.o.answer(q, nil, e)

		return
	}

	f := &flight{call: c, waiting: []wire.Request{q}}
	r.flights[key] = f
	end := func(how bank.End, frame []byte) {
		if f.ended {
			return
		}
		f.ended = true
		delete(r.flights, key)
		body, e := r.desk.Ended(context.Background(), c, how, frame)
		for _, q := range f.waiting {
			r.o.answer(q, body, e)
		}
	}
	r.later(gateway.Patience(q), func() { end(bank.NoAnswer, nil) })
	r.later(between(r.o.w.rng, 10*time.Millisecond, 600*time.Millisecond), func() { r.carry(f, end) })
}

// carry brings a frame to the bank, and what it answers back.
func (r *relay) carry(f *flight, end func(bank.End, []byte)) {
	w, h := r.o.w, f.call.Heading
	if r.bank.On(pospsim.Down) {
		end(bank.NotSent, nil)
		return
	}
	frame := append([]byte{byte(len(f.call.Frame) >> 8), byte(len(f.call.Frame))}, f.call.Frame...)
	replies := r.bank.Handle(bytes.Clone(frame))
	w.logf("frame %s %s, trace %06d: %d answers", h.Type, f.call.Serial, h.Trace, len(replies))
	w.stats.ByCard.Frames++

	after := time.Duration(0)
	for _, reply := range replies {
		after += reply.After + between(w.rng, 10*time.Millisecond, 600*time.Millisecond)
		r.later(after, func() {
			if len(reply.Frame) < 2 {
				return
			}
			a, err := bank.Read(reply.Frame[2:])
			mine := err == nil && a.TPDU.Swap() == h.TPDU && a.Type-0x10 == h.Type && a.Terminal == h.Terminal && a.Trace == h.Trace
			switch {
			case mine && !f.ended:
				w.logf("the bank says of %s, trace %06d: %s", h.Type, h.Trace, a.Code)
				end(bank.Answered, reply.Frame[2:])
				if h.Op() == posp.Sale && posp.Judge(posp.Sale, a.Code).Outcome == posp.Done {
					w.bankdesk.approves(f.call.Serial, r.answeredAgain(f, reply.Frame[2:]))
				}
			case err == nil:
				r.desk.Stray(context.Background(), a)
			}
			if reply.Close {
				end(bank.NoAnswer, nil)
			}
		})
	}
}

// bankFault begins one of the bank's faults, for some frames or for a while.
func (w *World) bankFault() {
	r := w.office.relay
	if r == nil {
		return
	}
	f := among(w, bankFaults)
	w.stats.ByCard.Faults[slices.Index(bankFaults, f)]++
	if f == pospsim.Down || w.rng.IntN(3) == 0 {
		last := between(w.rng, time.Second, 10*time.Minute)
		w.logf("the bank begins to %s for %s", f, last)
		must(r.bank.Set(f, true))
		w.todo.at(w.now.Add(last), func() { must(r.bank.Set(f, false)) })

		return
	}
	times := 1 + w.rng.IntN(3)
	w.logf("the bank begins to %s, %d times", f, times)
	must(r.bank.SetFor(f, times))
}

// calm ends all faults of the bank.
func (r *relay) calm() {
	if r == nil {
		return
	}
	for _, f := range bankFaults {
		must(r.bank.Set(f, false))
	}
}

// BankFaultCounts is how often each fault of the bank began.
type BankFaultCounts [15]int

// String names those that did.
func (c BankFaultCounts) String() string { return counted(c[:], bankFaults) }
