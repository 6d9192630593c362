package card

import "errors"

// Why a command was not done, or may have been done. Drivers wrap these with the
// device's own code in words; owners branch with errors.Is.
var (
	// ErrUnsupported: the reader cannot do it at all.
	ErrUnsupported = errors.New("reader does not support this")
	// ErrNoCard: no card is where the command needs it.
	ErrNoCard = errors.New("no card")
	// ErrMute: the card does not answer its reset, or is no card of this kind.
	ErrMute = errors.New("card does not answer")
	// ErrNotPowered: PowerOn or Select must come first.
	ErrNotPowered = errors.New("card is not powered")
	// ErrPulled: the card was pulled out in the middle.
	ErrPulled = errors.New("card was pulled out")
	// ErrJam: a card is stuck.
	ErrJam = errors.New("card is jammed")
	// ErrBinFull: the bin of retained cards is full.
	ErrBinFull = errors.New("bin of retained cards is full")
	// ErrWrongPSC: the card refused the code.
	ErrWrongPSC = errors.New("wrong card code")
	// ErrLastTry: only one try is left and Command.LastTry is not set.
	ErrLastTry = errors.New("only one try of the card code is left")
	// ErrLocked: no try is left.
	ErrLocked = errors.New("card is locked")
	// ErrProtected: the card refused the write, or reads back otherwise.
	ErrProtected = errors.New("card refused the write")
	// ErrSilent: the reader does not answer.
	ErrSilent = errors.New("reader does not answer")
	// ErrLine: the answer was damaged beyond repeat.
	ErrLine = errors.New("answer of the reader was damaged")
	// ErrDevice: the reader reported a fault.
	ErrDevice = errors.New("reader fault")
	// ErrRefused: the card did not prove itself, or refused to be worked.
	ErrRefused = errors.New("card refused")
	// ErrOtherCard: another card than the one that was named is in the reader.
	ErrOtherCard = errors.New("another card")
	// ErrKeys: what holds the keys of cards does not answer the reader's library.
	ErrKeys = errors.New("keys of cards are away")
	// ErrArgument: the command makes no sense.
	ErrArgument = errors.New("invalid command")
)
