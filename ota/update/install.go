package update

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
)

// Pending is the update that was written and is not settled.
type Pending struct {
	Slot    slot.Name `json:"slot"`
	From    string    `json:"from"`
	Version string    `json:"version"`
	Build   uint64    `json:"build"`
	Floor   uint64    `json:"floor"`
	By      string    `json:"by"`
}

// Progress is told while an update is written.
type Progress struct {
	Payload string
	Delta   bool
	Written int64
	Size    int64
}

// order is that of the slot's partitions: the boot image last, so that a root that
// is not whole has no kernel of its own beside it.
var order = []manifest.Kind{manifest.Root, manifest.Boot}

// Install writes a checked bundle into the idle slot and starts its trial, which
// begins at the next reboot. By is who asked. On an error the boot state is as it
// was.
func (b *Board) Install(ctx context.Context, bd *bundle.Bundle, by string, progress func(Progress)) error {
	m, idle := bd.Manifest(), b.Running.Slot.Other()
	for _, kind := range order {
		p, ok := bd.Payload(kind)
		if !ok {
			return refuse("incomplete", "the bundle has no %s image", kind)
		}
		if err := b.write(ctx, bd, p, idle, progress); err != nil {
			return err
		}
	}
	if err := b.save("keyring.json", keyringSeen{bd.Keyring().Version}); err != nil {
		return err
	}
	pending := Pending{Slot: idle, From: b.Release.Version, Version: m.Version, Build: m.Build, Floor: m.Floor, By: by}
	if err := b.save("pending.json", pending); err != nil {
		return err
	}
	if err := b.Record(Entry{What: "installed", By: by, From: b.Release.Version, To: m.Version, Build: m.Build}); err != nil {
		return err
	}
	return b.changeState(func(d slot.Disk) (slot.State, error) { return slot.StartTrial(d, idle) })
}

// write fills one partition of the idle slot and reads it back.
func (b *Board) write(ctx context.Context, bd *bundle.Bundle, p manifest.Payload, idle slot.Name, progress func(Progress)) error {
	dst, err := b.Partitions.Open(string(p.Kind) + "_" + string(idle))
	if err != nil {
		return err
	}
	defer dst.Close()
	room, err := dst.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("cannot size the idle slot: %w", err)
	}
	if p.Size > room {
		return refuse("too-large", "the %s image has %d bytes, the slot %d", p.Kind, p.Size, room)
	}
	old, err := b.Partitions.Open(string(p.Kind) + "_" + string(b.Running.Slot))
	if err != nil {
		return err
	}
	defer old.Close()
	src, err := source(p, old)
	if err != nil {
		return err
	}
	plan, err := bd.Plan(p, src)
	if err != nil {
		return err
	}
	tell := func(_ int, written int64) {
		if progress != nil {
			progress(Progress{Payload: p.Name, Delta: plan.Delta, Written: written, Size: p.Size})
		}
	}
	if err := bd.Install(ctx, p, plan, old, dst, 0, tell); err != nil {
		return err
	}
	return readBack(dst, p)
}

// source is the running partition, if one of the deltas starts from what is in it.
func source(p manifest.Payload, old *os.File) (*bundle.Source, error) {
	room, err := old.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("cannot size the running slot: %w", err)
	}
	for _, d := range p.Deltas {
		if d.FromSize > room {
			continue
		}
		sum, err := bundle.Hash(old, d.FromSize)
		if err != nil {
			return nil, fmt.Errorf("cannot read the running slot: %w", err)
		}
		if sum == d.FromSHA256 {
			return &bundle.Source{ReaderAt: old, Size: d.FromSize, SHA256: sum}, nil
		}
	}
	return nil, nil
}

// readBack checks what is on the disk, not what is in memory.
func readBack(f *os.File, p manifest.Payload) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("cannot write the idle slot: %w", err)
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // a hint; a file in a test may ignore it
	sum, err := bundle.Hash(f, p.Size)
	if err != nil {
		return fmt.Errorf("cannot read the idle slot back: %w", err)
	}
	if sum != p.SHA256 {
		return fmt.Errorf("the idle slot does not hold what was written: %s instead of %s", sum, p.SHA256)
	}
	return nil
}

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
// fallback it records the failure.
func (b *Board) Settle(ctx context.Context, gates []Gate, p Patience) (Verdict, error) {
	var pending *Pending
	if err := b.load("pending.json", &pending); err != nil {
		return Nothing, err
	}
	switch {
	case b.Running.Mode == slot.Trial:
		if pending == nil || pending.Slot != b.Running.Slot {
			pending = &Pending{Slot: b.Running.Slot, Version: b.Release.Version, Build: b.Release.Build}
		}
		if why := hold(ctx, gates, p); why != nil {
			return Failed, b.fail(*pending, "gates", why.Error())
		}
		return Proven, b.prove(*pending)
	case pending == nil:
		return Nothing, nil
	case b.Running.Slot == pending.Slot: // marked good, and cut before it was recorded
		return Proven, b.prove(*pending)
	}
	s, err := b.State()
	if err != nil {
		return Nothing, err
	}
	if s.Try == pending.Slot && s.Left > 0 { // not tried yet: the next boot will
		return Nothing, nil
	}
	return FellBack, b.fail(*pending, "fell-back", "the new slot did not start, or did not prove itself in time")
}

// hold waits until all gates have held for p.Stable.
func hold(ctx context.Context, gates []Gate, p Patience) error {
	ctx, cancel := context.WithTimeout(ctx, p.Deadline)
	defer cancel()
	tick := time.NewTicker(p.Every)
	defer tick.Stop()
	var since time.Time
	why := error(nil)
	for {
		why = nil
		for _, g := range gates {
			if err := g.Hold(ctx); err != nil {
				why = fmt.Errorf("%s: %w", g.Name, err)
				break
			}
		}
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

// prove marks the running slot good, then forgets what was pending.
func (b *Board) prove(p Pending) error {
	err := b.changeState(func(d slot.Disk) (slot.State, error) { return slot.MarkGood(d, p.Slot, p.Floor) })
	if err != nil {
		return err
	}
	if err := b.Record(Entry{What: "good", By: p.By, From: p.From, To: p.Version, Build: p.Build}); err != nil {
		return err
	}
	return b.save("pending.json", nil)
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
	if err := b.Record(Entry{What: "fell-back", By: p.By, From: p.From, To: p.Version, Build: p.Build, Code: code, Detail: detail}); err != nil {
		return err
	}
	if err := b.changeState(slot.EndTrial); err != nil {
		return err
	}
	return b.save("pending.json", nil)
}

// Rollback makes the other slot the good one: the next boot starts it. It is for a
// person; the floor stays.
func (b *Board) Rollback() error {
	return b.changeState(func(d slot.Disk) (slot.State, error) {
		return slot.Change(d, func(s *slot.State) { s.Good, s.Try, s.Left = b.Running.Slot.Other(), "", 0 })
	})
}
