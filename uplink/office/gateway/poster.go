package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
)

// Books is what the poster needs of the store.
type Books interface {
	Posting(ctx context.Context, serial string) (books.Posting, error)
	DuePostings(ctx context.Context, system mis.System, now time.Time, limit int) ([]books.Posting, error)
	NextDue(ctx context.Context, system mis.System) (time.Time, error)
	InFlight(ctx context.Context, owner string) ([]books.Posting, error)
	Save(ctx context.Context, changes []books.Change, now time.Time) ([]books.Posting, error)
	SavePosting(ctx context.Context, c books.Change, now time.Time) (books.Posting, error)
}

// Poster brings postings to their end. It is safe for concurrent use: its state
// is in the store.
type Poster struct {
	books Books
	owner string
}

// NewPoster makes a poster; owner names this head office in claims and history.
func NewPoster(books Books, owner string) *Poster { return &Poster{books, owner} }

// Call is a call to make now. Its state is durable already.
type Call struct {
	Serial  string
	Version int64 // of the claim: an answer to an older claim is late
	Request mis.Request
}

// Next claims at most limit due postings of a system, all in one database transaction, and
// returns the calls to make. Some due postings need no call (an expired claim becomes a question
// for later), and some another head office has.
func (p *Poster) Next(ctx context.Context, system mis.System, now time.Time, limit int) ([]Call, error) {
	rows, err := p.books.DuePostings(ctx, system, now, limit)
	if err != nil {
		return nil, fmt.Errorf("cannot list due postings: %w", err)
	}
	var changes []books.Change
	effects := map[string]call.Effect{}
	for _, row := range rows {
		c, effect, err := p.step(row, posting.Event{Kind: call.Due, Now: now}, "expired")
		if errors.Is(err, call.ErrIllegal) {
			continue // nothing to do after all
		}
		if err != nil {
			return nil, err
		}
		c.Late = row.Late(now)
		changes = append(changes, c)
		effects[row.Serial] = effect
	}
	if len(changes) == 0 {
		return nil, nil
	}

	saved, err := p.books.Save(ctx, changes, now)
	if err != nil {
		return nil, fmt.Errorf("cannot claim: %w", err)
	}
	var calls []Call
	for _, row := range saved {
		if effect := effects[row.Serial]; effect != "" {
			calls = append(calls, Call{row.Serial, row.Version, row.Request(effect)})
		}
	}
	return calls, nil
}

// maxRaces bounds how often an answer is applied again because the row changed
// meanwhile.
const maxRaces = 8

// Answered takes what became of a call; a reply without a result (the zero Reply
// with its Op) is the lost answer. An answer to a claim that is not the present
// one is late: it settles an open posting, or is kept as evidence.
func (p *Poster) Answered(ctx context.Context, now time.Time, c Call, r mis.Reply) (books.Posting, error) {
	r.Op = c.Request.Op
	for range maxRaces {
		row, err := p.books.Posting(ctx, c.Serial)
		if err != nil {
			return books.Posting{}, err
		}

		e, what := posting.Event{Kind: call.Answered, Now: now, Reply: r}, "answered"
		if row.Version != c.Version {
			e.Kind, what = call.Late, "answered late"
		}
		change, _, err := p.step(row, e, what)
		if errors.Is(err, call.ErrIllegal) || err == nil && change.Event == "" { // nothing new
			return row, nil
		}
		if err != nil {
			return row, err
		}
		saved, err := p.books.SavePosting(ctx, change, now)
		if !errors.Is(err, stored.ErrStale) {
			return saved, err
		}
	}
	return books.Posting{}, fmt.Errorf("answer about %s: %w", c.Serial, stored.ErrStale)
}

// Restarted turns the calls that this owner had in flight into lost ones; a head
// office calls it once when it starts.
func (p *Poster) Restarted(ctx context.Context, now time.Time) error {
	rows, err := p.books.InFlight(ctx, p.owner)
	if err != nil {
		return fmt.Errorf("cannot list calls in flight: %w", err)
	}
	var changes []books.Change
	for _, row := range rows {
		c, _, err := p.step(row, posting.Event{Kind: call.Lost, Now: now}, "restarted")
		if err != nil {
			return err
		}
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return nil
	}
	_, err = p.books.Save(ctx, changes, now)
	return err
}

// Wake is when Next of a system has something to do, zero for never.
func (p *Poster) Wake(ctx context.Context, system mis.System) (time.Time, error) {
	return p.books.NextDue(ctx, system)
}

// step is the change that an event makes, and the call to make once it is stored. end is
// how the history calls the end of a call, after the call's name; the beginning of one
// has no line of its own. A late answer that brings nothing new has none either.
func (p *Poster) step(row books.Posting, e posting.Event, end string) (books.Change, call.Effect, error) {
	next, effect, err := posting.Step(row.Posting, e)
	if err != nil {
		return books.Change{}, "", err
	}

	c := books.Change{Posting: row, By: p.owner, Evidence: effect == call.Raise}
	c.Posting.Posting = next
	if !next.InFlight {
		c.Owner = ""
	} else if e.Kind != call.Late {
		c.Owner = p.owner
	}
	switch {
	case e.Kind == call.Late && next.Call != row.Call:
		c.Event = string(e.Reply.Op) + " " + end
	case e.Kind != call.Late && row.InFlight:
		c.Event, c.Began = string(underWay[row.State])+" "+end, row.NextAt.Add(-call.Lease)
	}
	return c, effect, nil
}

// underWay is the call that a posting in flight waits for, by its state.
var underWay = map[posting.State]mis.Op{posting.Calling: mis.OpPost, posting.Asking: mis.OpAsk, posting.Reversing: mis.OpReverse}
