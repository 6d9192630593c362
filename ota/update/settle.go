package update

import (
	"context"
	"fmt"
	"time"

	"wattkiosk/ota/slot"
)

// Gate is a check that must hold before a new slot is good.
type Gate struct {
	Name string
	Hold func(ctx context.Context) error
}

// Verdict is what Settle found.
type Verdict string

// Verdicts.
const (
	Nothing  Verdict = "nothing-pending"
	Proven   Verdict = "good"
	FellBack Verdict = "fell-back"
	Failed   Verdict = "gates-failed" // the caller must reboot
)

// Patience is how long a trial may take, and how long all gates must hold.
type Patience struct{ Deadline, Stable, Every time.Duration }

// Settle is called once after each boot. On trial it waits for the gates: when all
// of them have held for long enough the slot is good; when the deadline passes the
// trial is ended and the board must be rebooted, into the slot before. After a
// fallback it records the failure. If ctx ends first nothing is changed. Where
// nothing is on trial it asks no gate, and calling it again changes nothing. A second
// place of the floor that cannot be raised is an error beside a verdict that stands.
func (b *Board) Settle(ctx context.Context, gates []Gate, p Patience) (Verdict, error) {
	v, err := b.settle(ctx, gates, p)
	if err == nil {
		err = b.raiseFloor()
	}
	return v, err
}

func (b *Board) settle(ctx context.Context, gates []Gate, p Patience) (Verdict, error) {
	pending, err := b.Pending()
	if err != nil {
		return Nothing, err
	}
	s, err := b.State()
	if err != nil {
		return Nothing, err
	}
	switch {
	case b.OnTrial(s):
		if pending == nil || pending.Slot != b.Running.Slot {
			pending = &Pending{Slot: b.Running.Slot, Version: b.Release.Version, Build: b.Release.Build}
		}
		switch why := hold(ctx, gates, p); {
		case why != nil && ctx.Err() != nil: // stopped, which says nothing about the slot
			return Nothing, ctx.Err()
		case why != nil:
			return Failed, b.fail(*pending, "gates", why.Error())
		}
		return Proven, b.prove(*pending)
	case pending == nil && b.Running.Mode == slot.Trial: // settled since the boot
		return Proven, nil
	case pending == nil:
		return Nothing, nil
	case b.Running.Slot == pending.Slot: // marked good, and cut before it was recorded
		return Proven, b.prove(*pending)
	case s.Seq < pending.Seq: // cut before it was armed
		return Nothing, b.save(pendingFile, nil)
	case pending.Armed(s): // not tried yet: the next boot will
		return Nothing, nil
	}
	return FellBack, b.fail(*pending, "fell-back", "the new slot did not start, or did not prove itself in time")
}

// hold waits until all gates have held for p.Stable. A gate that is cut short by the
// deadline says nothing: what was wrong before it was asked is the reason.
func hold(ctx context.Context, gates []Gate, p Patience) error {
	ctx, cancel := context.WithTimeout(ctx, p.Deadline)
	defer cancel()
	tick := time.NewTicker(p.Every)
	defer tick.Stop()
	var since time.Time
	why := error(nil)
	for {
		now := ask(ctx, gates)
		if now != nil && why != nil && ctx.Err() != nil {
			return why
		}
		why = now
		switch {
		case why != nil:
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		}
		if why == nil && time.Since(since) >= p.Stable {
			return nil
		}
		select {
		case <-ctx.Done():
			if why == nil {
				why = ctx.Err()
			}
			return why
		case <-tick.C:
		}
	}
}

// ask is what the first gate that does not hold says.
func ask(ctx context.Context, gates []Gate) error {
	for _, g := range gates {
		if err := g.Hold(ctx); err != nil {
			return fmt.Errorf("%s: %w", g.Name, err)
		}
	}
	return nil
}

// prove marks the running slot good, then forgets what was pending.
func (b *Board) prove(p Pending) error {
	err := b.changeState(func(d slot.Disk) (slot.State, error) { return slot.MarkGood(d, p.Slot, p.Floor) })
	if err != nil {
		return err
	}
	if err := b.Record(Entry{What: EntryGood, By: p.By, From: p.From, To: p.Version, Build: p.Build}); err != nil {
		return err
	}
	return b.save(pendingFile, nil)
}

// fail remembers a build that failed, then ends its trial.
func (b *Board) fail(p Pending, code, detail string) error {
	var failed []uint64
	if err := b.load("failed.json", &failed); err != nil {
		return err
	}
	failed = append(failed, p.Build)
	if err := b.save("failed.json", failed[max(0, len(failed)-maxHistory):]); err != nil {
		return err
	}
	if err := b.Record(Entry{What: EntryFellBack, By: p.By, From: p.From, To: p.Version, Build: p.Build, Code: code, Detail: detail}); err != nil {
		return err
	}
	if err := b.changeState(slot.EndTrial); err != nil {
		return err
	}
	return b.save(pendingFile, nil)
}
