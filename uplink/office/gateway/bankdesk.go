package gateway

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/uplink/office/bank"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// BankRegister is what a BankDesk needs of the store.
type BankRegister interface {
	Take(ctx context.Context, a bank.Asked, owner string, now time.Time) (bank.Carry, error)
	Ended(ctx context.Context, c bank.Carry, r bank.Result, by string, now time.Time) error
	Stray(ctx context.Context, a bank.Heading, by string, now time.Time) (bank.Exchange, error)
	Restarted(ctx context.Context, owner string, now time.Time) error
	Watch(ctx context.Context, limit int, now time.Time) error
	Next(ctx context.Context) (time.Time, error)
	Reach(ctx context.Context, owner string, away bool, why string, now time.Time) error
}

// bankAway is how long no line may be of use before people are told.
const bankAway = 2 * time.Minute

// BankDesk decides which frames of kiosks may leave for the bank, and keeps what became
// of them. It has no goroutine, no timer and no line, so that whole kiosks are simulated
// over it in virtual time. It is safe for concurrent use.
type BankDesk struct {
	register BankRegister
	owner    string
	log      *slog.Logger
	now      func() time.Time

	mu   sync.Mutex
	said map[string]time.Time // when a kiosk's refusal was last logged
	told bool                 // reach is in the books
	away bool
}

// NewBankDesk makes a desk over the register; owner names this head office in it.
func NewBankDesk(register BankRegister, owner string, log *slog.Logger, now func() time.Time) *BankDesk {
	return &BankDesk{register: register, owner: owner, log: log, now: now, said: map[string]time.Time{}}
}

// BankCall is a frame that has to leave once now.
type BankCall struct {
	bank.Carry
	Frame wire.Frame
}

// Start takes what this owner had under way when it ended as unanswered.
func (d *BankDesk) Start(ctx context.Context) error {
	return d.register.Restarted(ctx, d.owner, d.now())
}

// Turn looks at what is open for long, and returns how long nothing is due after it.
func (d *BankDesk) Turn(ctx context.Context) time.Duration {
	now := d.now()
	err := d.register.Watch(ctx, watchBatch, now)
	var next time.Time
	if err == nil {
		next, err = d.register.Next(ctx)
	}
	if err != nil && ctx.Err() == nil {
		d.log.Error("cannot look at what is open at the bank", "err", err)
	}
	if err != nil || next.IsZero() {
		return idlePoll
	}

	return min(max(next.Sub(now), 10*time.Millisecond), idlePoll)
}

// Reach keeps a case while the bank cannot be reached for long. down says since when no
// line is of use, and why.
func (d *BankDesk) Reach(ctx context.Context, down func() (since time.Time, why error)) {
	since, err := down()
	now, why := d.now(), ""
	if err != nil {
		why = err.Error()
	}
	away := !since.IsZero() && now.Sub(since) >= bankAway
	d.mu.Lock()
	same := d.told && d.away == away
	d.mu.Unlock()
	if same {
		return
	}

	if err := d.register.Reach(ctx, d.owner, away, why, now); err != nil {
		if ctx.Err() == nil {
			d.log.Error("cannot keep that the bank is away, or back", "err", err)
		}

		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told, d.away = true, away
}

// Take takes a request of a kiosk to carry a frame. The frame is in the books, and may
// leave, where there is no error.
func (d *BankDesk) Take(ctx context.Context, kiosk string, r wire.Request) (BankCall, *wire.Error) {
	var b wire.FrameBody
	if e := unpack(r, &b); e != nil {
		return BankCall{}, e
	}
	h, err := bank.Read(b.Frame)
	if err != nil {
		return BankCall{}, d.refused(kiosk, err)
	}
	c, err := d.register.Take(ctx, bank.Asked{Kiosk: kiosk, Serial: b.Serial, Terminal: b.Terminal, Heading: h}, d.owner, d.now())
	if err != nil {
		return BankCall{}, d.refused(kiosk, err)
	}
	if c.Bound {
		d.log.Info("terminal bound to the kiosk that used it first", "kiosk", kiosk, "terminal", h.Terminal, "merchant", h.Merchant)
	}

	return BankCall{c, b.Frame}, nil
}

// refused is the answer where nothing may leave.
func (d *BankDesk) refused(kiosk string, err error) *wire.Error {
	e := &wire.Error{Code: wire.ErrCodeConflict, Message: err.Error()}
	switch {
	case errors.Is(err, bank.ErrFrame), errors.Is(err, bank.ErrNobody):
		e.Code = wire.ErrCodeBadRequest
	case errors.Is(err, bank.ErrTerminal), errors.Is(err, bank.ErrTwice), errors.Is(err, bank.ErrUndone), errors.Is(err, bank.ErrStands), errors.Is(err, books.ErrConflict):
	default:
		e = &wire.Error{Code: wire.ErrCodeUnsent, Message: "the frame could not be kept, and was not sent"}
	}
	if d.mayLog(kiosk) {
		d.log.Warn("a frame for the bank was not sent", "kiosk", kiosk, "err", err)
	}

	return e
}

// mayLog reports whether a line about the kiosk is due, one a minute.
func (d *BankDesk) mayLog(kiosk string) bool {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.said) >= maxSources {
		clear(d.said)
	}
	last, before := d.said[kiosk]
	if age := now.Sub(last); before && age >= 0 && age < sayEvery {
		return false
	}
	d.said[kiosk] = now

	return true
}

// Ended keeps what became of a call, and is what its kiosk is answered. An answer that
// cannot be kept is none: the kiosk takes the sale back then.
func (d *BankDesk) Ended(ctx context.Context, c BankCall, end bank.End, answer wire.Frame) (wire.FrameResult, *wire.Error) {
	r := bank.Result{End: end}
	if end == bank.Answered {
		h, err := bank.Read(answer)
		if err != nil { // the line read it before
			r.End = bank.NoAnswer
		}
		r.Answer = h
	}
	if err := d.register.Ended(ctx, c.Carry, r, d.owner, d.now()); err != nil {
		d.log.Error("cannot keep what became of a frame; its kiosk gets no answer", "kiosk", c.Kiosk, "operation", c.ID, "err", err)
		r.End = bank.NoAnswer
	}

	switch r.End {
	case bank.Answered:
		return wire.FrameResult{Frame: answer}, nil
	case bank.NotSent:
		return wire.FrameResult{}, &wire.Error{Code: wire.ErrCodeUnsent, Message: "nothing left for the bank"}
	}

	return wire.FrameResult{}, &wire.Error{Code: wire.ErrCodeNoAnswer, Message: "the bank did not answer in time"}
}

// Stray keeps an answer that nobody waits for.
func (d *BankDesk) Stray(ctx context.Context, h bank.Heading) {
	x, err := d.register.Stray(ctx, h, d.owner, d.now())
	switch {
	case errors.Is(err, stored.ErrNotFound):
		d.log.Warn("an answer of the bank to nothing that is known", "terminal", h.Terminal, "type", h.Type, "trace", h.Trace)
	case err != nil:
		d.log.Error("cannot keep a late answer of the bank", "terminal", h.Terminal, "trace", h.Trace, "err", err)
	default:
		d.log.Info("an answer of the bank that nobody waited for", "operation", x.ID, "code", h.Code)
	}
}
