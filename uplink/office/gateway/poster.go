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
	DuePostings(ctx context.Context, now time.Time, limit int) ([]books.Posting, error)
	NextDue(ctx context.Context) (time.Time, error)
	InFlight(ctx context.Context, owner string) ([]books.Posting, error)
	SavePosting(ctx context.Context, p books.Posting, event, by string, now time.Time) (books.Posting, error)
	SaveEvidence(ctx context.Context, p books.Posting, event, by string, now time.Time) (books.Posting, error)
	Escalate(ctx context.Context, p books.Posting, now time.Time) error
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

// Next claims at most limit due postings and returns the calls to make. Some due
// postings need no call (an expired claim becomes a question for later).
func (p *Poster) Next(ctx context.Context, now time.Time, limit int) ([]Call, error) {
	rows, err := p.books.DuePostings(ctx, now, limit)
	if err != nil {
		return nil, fmt.Errorf("cannot list due postings: %w", err)
	}
	var calls []Call
	for _, row := range rows {
		if row.Late(now) {
			if err := p.books.Escalate(ctx, row, now); err != nil {
				return calls, fmt.Errorf("cannot escalate %s: %w", row.Serial, err)
			}
		}
		saved, effect, err := p.step(ctx, row, posting.Event{Kind: call.Due, Now: now}, "due")
		if errors.Is(err, stored.ErrStale) || errors.Is(err, call.ErrIllegal) {
			continue // another head office has it
		}
		if err != nil {
			return calls, err
		}
		if effect != "" {
			calls = append(calls, Call{saved.Serial, saved.Version, saved.Request(effect)})
		}
	}
	return calls, nil
}

// maxRaces bounds how often an answer is applied anew because the row changed
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

		e, what := posting.Event{Kind: call.Answered, Now: now, Reply: r}, string(r.Op)+" answered"
		if row.Version != c.Version {
			e.Kind, what = call.Late, string(r.Op)+" answered late"
		}
		saved, _, err := p.step(ctx, row, e, what)
		if errors.Is(err, call.ErrIllegal) {
			return row, nil
		}
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
	for _, row := range rows {
		_, _, err := p.step(ctx, row, posting.Event{Kind: call.Lost, Now: now}, "restarted")
		if err != nil && !errors.Is(err, stored.ErrStale) {
			return err
		}
	}
	return nil
}

// Wake is when Next has something to do, zero for never.
func (p *Poster) Wake(ctx context.Context) (time.Time, error) { return p.books.NextDue(ctx) }

func (p *Poster) step(ctx context.Context, row books.Posting, e posting.Event, what string) (books.Posting, call.Effect, error) {
	next, effect, err := posting.Step(row.Posting, e)
	if err != nil {
		return row, "", err
	}
	if e.Kind == call.Late && next.Call == row.Call { // nothing new
		return row, "", nil
	}

	row.Posting = next
	if !next.InFlight {
		row.Owner = ""
	} else if e.Kind != call.Late {
		row.Owner = p.owner
	}
	save := p.books.SavePosting
	if effect == call.Raise {
		save = p.books.SaveEvidence
	}
	saved, err := save(ctx, row, what, p.owner, e.Now)
	if err != nil {
		return row, "", err
	}
	return saved, effect, nil
}
