package update

import (
	"fmt"

	"wattkiosk/ota/slot"
)

// Floor is a second place that keeps the version floor, and only lets it rise: a TPM
// (package tpmfloor).
type Floor interface {
	Read() (uint64, error)
	Raise(to uint64) error
}

// floor is the lowest build that may be installed: the higher one of the boot
// state's and the second place's. A second place that does not answer is an error:
// nothing is installed on a guess.
func (b *Board) floor(s slot.State) (uint64, error) {
	if b.Floor == nil {
		return s.Floor, nil
	}
	kept, err := b.Floor.Read()
	if err != nil {
		return 0, fmt.Errorf("cannot tell the oldest build that this board accepts: %w", err)
	}
	return max(kept, s.Floor), nil
}

// aboveFloor refuses a build below the floor.
func (b *Board) aboveFloor(s slot.State, build uint64) error {
	floor, err := b.floor(s)
	if err == nil && build < floor {
		err = refuse("floor", "build %d is older than %d, the oldest that this board accepts", build, floor)
	}
	return err
}

// raiseFloor brings the second place up to the boot state, at each settling: a cut
// between the two is made up for at the next boot.
func (b *Board) raiseFloor() error {
	if b.Floor == nil {
		return nil
	}
	s, err := b.State()
	if err != nil {
		return err
	}
	return b.Floor.Raise(s.Floor)
}
