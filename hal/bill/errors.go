package bill

import "errors"

// Errors of a driver's Do.
var (
	// ErrNoNote refuses an order when no note is in escrow.
	ErrNoNote = errors.New("no note in escrow")
	// ErrDecided refuses an order that contradicts the one given.
	ErrDecided = errors.New("the note is already decided on")
	// ErrValues refuses to enable values that the device does not have.
	ErrValues = errors.New("the device knows none of the values")
)
