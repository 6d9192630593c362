package gateway

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Bounds of a Desk.
const (
	replyMargin = 500 * time.Millisecond // before the kiosk stops waiting
	maxTTL      = time.Minute
	idlePoll    = 5 * time.Second // between looks at the store without news
	heldEvery   = time.Minute     // between looks at postings that are held
)

// Orders takes orders into the books.
type Orders interface {
	Books
	EnsurePosting(ctx context.Context, o books.Order, now time.Time) (books.Posting, error)
	// WhyHeld says why an order is held; NoDoubt if it is not, or not by a doubt.
	WhyHeld(ctx context.Context, o books.Order) (books.Doubt, error)
	// Reach keeps a case while a system is away and postings wait for it.
	Reach(ctx context.Context, owner string, system mis.System, away bool, now time.Time) error
	Deliveries
	// Received takes up postings that were held because the acquirer was not known to
	// have the money, and returns those that are held still.
	Received(ctx context.Context, now time.Time) ([]books.Order, error)
}

// Desk is what a Runtime decides: which calls go out now, what became of them, what a
// kiosk is answered. It has no goroutine, no timer and no caller, so that whole kiosks
// are simulated over it in virtual time. It is safe for concurrent use, but for Turn,
// which one goroutine at a time may be in.
type Desk struct {
	books  Orders
	poster *Poster
	log    *slog.Logger
	now    func() time.Time
	ways   map[mis.System]*way
	heldAt time.Time // Held looked last
	rounds pace      // of steps for cards
	given  given     // the last of them
	key    crypto.Signer
}

// way is the way to one system: what is slow or away on one holds nothing up on another.
type way struct {
	breaker
	calls    int          // for postings, at once
	underWay atomic.Int64 // of them, those that are not Ended
	told     told         // that of turns
}

// systems are where the ways go, in the order in which they have their turns.
var systems = [...]mis.System{mis.MIS, mis.CardSystem}

// NewDesk makes a desk over the books that has calls for postings out to each system at
// once; 0 is DefaultCalls.
func NewDesk(orders Orders, owner string, calls int, log *slog.Logger, now func() time.Time) *Desk {
	if calls <= 0 {
		calls = DefaultCalls
	}
	return &Desk{
		books: orders, poster: NewPoster(orders, owner), log: log, now: now, rounds: pace{burst: roundsBurst, refill: roundsRefill},
		ways: map[mis.System]*way{
			mis.MIS:        {breaker: breaker{whose: "the MIS", log: log}, calls: calls},
			mis.CardSystem: {breaker: breaker{whose: "the card-meter system", log: log}, calls: calls},
		},
	}
}

// WayState is how the way to a system is, for those who watch it.
type WayState struct {
	Away             bool  // several calls in a row had no answer
	UnderWay         int64 // calls for postings and reports
	Answered, Silent int64 // calls with and without an answer, since this program began
}

// Way is how the way to a system is.
func (d *Desk) Way(system mis.System) WayState {
	w := d.ways[system]
	w.mu.Lock()
	defer w.mu.Unlock()

	return WayState{Away: w.failed >= awayAfter, UnderWay: w.underWay.Load(), Answered: w.answered, Silent: w.silent}
}

// Start takes the calls that this owner had in flight when it ended as lost.
func (d *Desk) Start(ctx context.Context) error { return d.poster.Restarted(ctx, d.now()) }

// Turn returns the calls to make now, which count as under way until Ended, and how
// long nothing is due after them unless there is news: an order, or a call that ended.
func (d *Desk) Turn(ctx context.Context) (calls []Call, wait time.Duration) {
	wait = idlePoll
	for _, system := range systems {
		d.reach(ctx, system)
		its, least := d.turn(ctx, system)
		calls, wait = append(calls, its...), min(wait, least)
	}
	return calls, wait
}

// turn is Turn for one system.
func (d *Desk) turn(ctx context.Context, system mis.System) (calls []Call, wait time.Duration) {
	w := d.ways[system]
	underWay := int(w.underWay.Load())
	free, wait := w.free(d.now(), w.calls-underWay, underWay)
	if free == 0 {
		return nil, wait
	}
	calls, err := d.poster.Next(ctx, system, d.now(), free)
	w.underWay.Add(int64(len(calls)))
	if err != nil { // the store fails: what is due stays due, so do not come back at once
		if ctx.Err() == nil {
			d.log.Error("cannot go on with postings", "err", err)
		}
		return calls, idlePoll
	}
	wake, err := d.poster.Wake(ctx, system)
	if err != nil || wake.IsZero() {
		return calls, idlePoll
	}
	return calls, min(max(wake.Sub(d.now()), 10*time.Millisecond), idlePoll)
}

// Ended keeps what became of a call: the system's reply, or the error that none came. It
// reports whether the posting has come to its end.
func (d *Desk) Ended(ctx context.Context, c Call, reply mis.Reply, err error) (row books.Posting, ended bool) {
	w := d.ways[c.Request.System]
	defer w.underWay.Add(-1)
	w.heard(d.now(), string(c.Request.Op), err)
	row, err = d.poster.Answered(ctx, d.now(), c, reply)
	if err != nil {
		d.log.Error("cannot keep an answer; the claim will expire", "system", w.whose, "serial", c.Serial, "err", err)
		return row, false
	}
	return row, row.State.Final()
}

// Looked is the answer to a verify request after its call to the MIS.
func (d *Desk) Looked(r mis.Request, reply mis.Reply, err error) (wire.VerifyResult, *wire.Error) {
	d.ways[r.System].heard(d.now(), string(r.Op), err)
	return Verified(r.Account, reply)
}

// Take takes an order into the books and returns its posting. If that is open, its end
// is worth waiting for; one that is held is neither open nor at its end.
func (d *Desk) Take(ctx context.Context, o books.Order) (row books.Posting, open bool, e *wire.Error) {
	row, err := d.books.EnsurePosting(ctx, o, d.now())
	switch {
	case errors.Is(err, books.ErrHeld): // a person decides, or the journal follows again
		row.Serial = o.Serial
		row.Held = books.DoubtUnknown
		if why, err := d.books.WhyHeld(ctx, o); err == nil && why != books.NoDoubt {
			row.Held = why
		}
		return row, false, nil
	case errors.Is(err, books.ErrConflict):
		return row, false, &wire.Error{Code: wire.ErrCodeConflict, Message: "this serial stands for another order"}
	case err != nil:
		d.log.Error("cannot keep an order", "serial", o.Serial, "err", err)
		return row, false, &wire.Error{Code: wire.ErrCodeInternal, Message: "the order could not be kept"}
	}
	return row, !row.State.Final(), nil
}

// Held takes up postings of payments by QR code and bank card that are held because these
// books, out of a backup, do not know that they are paid: once a minute those that nobody
// knows are asked about at their acquirer, if there is one, and those that are paid are
// ordered. It is part of a turn.
func (d *Desk) Held(ctx context.Context, qr *QRDesk) {
	now := d.now()
	if age := now.Sub(d.heldAt); age >= 0 && age < heldEvery {
		return
	}
	d.heldAt = now
	held, err := d.books.Received(ctx, now)
	if err != nil && ctx.Err() == nil {
		d.log.Error("cannot take up postings that are held", "err", err)
	}
	for _, o := range held {
		if qr != nil && o.Tender == books.TenderQR {
			qr.meet(ctx, o)
		}
	}
}

// Outcome answers what became of an order of a kiosk.
func (d *Desk) Outcome(ctx context.Context, kiosk string, r wire.Request) (any, *wire.Error) {
	var b wire.OutcomeBody
	if e := unpack(r, &b); e != nil {
		return nil, e
	}
	row, err := d.books.Posting(ctx, b.Serial)
	if errors.Is(err, stored.ErrNotFound) || (err == nil && (row.Kiosk != kiosk || !books.OwnSerial(kiosk, b.Serial))) {
		return wire.PostState{Serial: b.Serial, Status: wire.PostUnknown}, nil
	}
	if err != nil {
		return nil, &wire.Error{Code: wire.ErrCodeInternal, Message: "the books cannot be read"}
	}
	return d.settled(ctx, StateOf(row))
}

// Patience is how long an answer to a request may take.
func Patience(r wire.Request) time.Duration {
	return max(min(time.Duration(r.TTLms)*time.Millisecond, maxTTL)-replyMargin, replyMargin)
}

// ReplyTo is the answer to a request: body, unless there is an error.
func ReplyTo(r wire.Request, body any, e *wire.Error) wire.Reply {
	reply := wire.Reply{V: wire.Version, ID: r.ID, Error: e}
	if e == nil {
		b, err := json.Marshal(body)
		if err != nil {
			reply.Error = &wire.Error{Code: wire.ErrCodeInternal, Message: "the answer cannot be encoded"}
		}
		reply.Body = b
	}
	return reply
}
