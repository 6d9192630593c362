package gateway

import (
	"context"
	"time"

	"wattkiosk/payments/mis"
)

// systemAway is how long a system may say nothing before people are told.
const systemAway = 2 * time.Minute

// told is what the books have of whether a system answers, since this program began.
type told struct{ known, away bool }

// reach keeps a case while a system is away for long and postings wait for it. Before the
// first answer or silence of this program nothing is known, and the case stays as it is.
func (d *Desk) reach(ctx context.Context, system mis.System) {
	w, now := d.ways[system], d.now()
	since, known := w.silence()
	away := !since.IsZero()
	if !known || away && now.Sub(since) < systemAway || w.told == (told{true, away}) {
		return
	}
	if away {
		if next, err := d.books.NextDue(ctx, system); err != nil || next.IsZero() {
			return // nothing waits, or the next turn finds out
		}
	}

	if err := d.books.Reach(ctx, d.poster.owner, system, away, now); err != nil {
		if ctx.Err() == nil {
			d.log.Error("cannot keep whether a system answers", "system", w.whose, "err", err)
		}
		return
	}
	w.told = told{true, away}
}
