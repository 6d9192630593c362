package update

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/ota/slot"
)

// Pending is the update that is armed, or on trial, and is not settled.
type Pending struct {
	Slot    slot.Name `json:"slot"`
	From    string    `json:"from"`
	Version string    `json:"version"`
	Build   uint64    `json:"build"`
	Floor   uint64    `json:"floor"`
	By      string    `json:"by"`
	// Seq is the number of the write of the boot state that arms it. While the boot
	// state is before that it never was armed; once it is after that it was tried,
	// for the boot script writes the state before each trial.
	Seq uint64 `json:"seq"`
}

const pendingFile = "pending.json"

// Pending is what is not settled yet; nil is nothing.
func (b *Board) Pending() (*Pending, error) {
	var p *Pending
	return p, b.load(pendingFile, &p)
}

// Armed reports whether the next restart tries p.
func (p *Pending) Armed(s slot.State) bool {
	return p != nil && s.Seq == p.Seq && s.Try == p.Slot
}

// Arm reads back what Stage wrote for the same asker, and has the next restart try
// it. On an error the boot state is as it was.
func (b *Board) Arm(ctx context.Context, by string) error {
	staged, err := b.Staged()
	if err != nil {
		return err
	}
	idle := b.Running.Slot.Other()
	if staged == nil || staged.Slot != idle || staged.By != by {
		return refuse("not-there", "nothing is written for %s", by)
	}
	s, err := b.State()
	if err != nil {
		return err
	}
	if err := b.aboveFloor(s, staged.Held.Build); err != nil {
		return err
	}
	switch {
	case staged.Held.Build <= b.Release.Build:
		return refuse("not-newer", "build %d is not newer than build %d, which runs", staged.Held.Build, b.Release.Build)
	case !b.Now().Before(staged.Expires):
		return refuse("expired", "build %d has expired", staged.Held.Build)
	}
	if err := b.arm(ctx, s, idle, staged.Held, staged.Floor, by); err != nil {
		return err
	}
	return b.drop(stagedFile)
}

// ArmBack has the next restart try the other slot as it is, if it holds this build.
// It must prove itself like a new one. The floor stays.
func (b *Board) ArmBack(ctx context.Context, build uint64, by string) error {
	idle := b.Running.Slot.Other()
	slots, err := b.Slots()
	if err != nil {
		return err
	}
	s, err := b.State()
	if err != nil {
		return err
	}
	held, ok := slots[idle]
	switch {
	case !ok:
		return refuse("not-there", "the other slot is not known to hold anything")
	case held.Build != build:
		return refuse("not-there", "the other slot holds build %d, not %d", held.Build, build)
	}
	if err := b.aboveFloor(s, build); err != nil {
		return err
	}
	return b.arm(ctx, s, idle, held, 0, by)
}

// arm reads the idle slot back, says what is pending, and then changes the boot
// state.
func (b *Board) arm(ctx context.Context, s slot.State, idle slot.Name, held Held, floor uint64, by string) error {
	if err := b.free(s); err != nil {
		return err
	}
	for _, image := range held.Images {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.holds(idle, image); err != nil {
			return err
		}
	}
	p := Pending{Slot: idle, From: b.Release.Version, Version: held.Version, Build: held.Build, Floor: floor, By: by, Seq: s.Seq + 1}
	if err := b.save(pendingFile, p); err != nil {
		return err
	}
	if err := b.Record(Entry{What: EntryInstalled, By: by, From: p.From, To: p.Version, Build: p.Build}); err != nil {
		return err
	}
	if err := b.changeState(func(d slot.Disk) (slot.State, error) { return slot.StartTrial(d, idle) }); err != nil {
		return errors.Join(fmt.Errorf("cannot arm slot %s: %w", idle, err), b.disarm(p))
	}
	return nil
}

// disarm forgets what is pending after the boot state could not be written, unless
// the write took effect all the same.
func (b *Board) disarm(p Pending) error {
	if s, err := b.State(); err != nil || p.Armed(s) {
		return err
	}
	return b.save(pendingFile, nil)
}

// Unstage forgets what is staged; its chunks stay where they hold.
func (b *Board) Unstage() error { return b.drop(stagedFile) }

// Disarm takes back what is armed and was not tried. What is staged is lost.
func (b *Board) Disarm() error {
	if err := b.drop(pendingFile); err != nil {
		return err
	}
	return b.changeState(slot.EndTrial)
}

// holds reads one partition of a slot back.
func (b *Board) holds(n slot.Name, i Image) error {
	d, err := b.Disks.Open(partition(i.Kind, n))
	if err != nil {
		return err
	}
	defer d.Close()
	return readBack(d, i)
}

// Rollback makes the other slot the good one: the next boot starts it, without a
// trial. It is for a person; the floor stays.
func (b *Board) Rollback() error {
	if err := b.drop(pendingFile); err != nil {
		return err
	}
	return b.changeState(func(d slot.Disk) (slot.State, error) {
		return slot.Change(d, func(s *slot.State) { s.Good, s.Try, s.Left = b.Running.Slot.Other(), "", 0 })
	})
}
