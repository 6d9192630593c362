package wire

import (
	"fmt"
	"math"
	"time"

	"wattkiosk/payments/money"
)

// Bounds of a State: what a cassette can hold, and what a kiosk can be named.
const (
	maxStateNotes = 100_000
	maxStateNote  = money.Amount(10_000) // the largest note, in fen
	maxStateText  = 80
	maxStateList  = 128
)

// latest is after every clock that may be right or wrong.
var latest = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// Check says whether a kiosk can be as it says. What cannot be is not shown to people as if
// it were so.
func (s State) Check() error {
	switch {
	case s.Notes < 0 || s.Notes > maxStateNotes:
		return fmt.Errorf("%w: state: notes %d", ErrMessage, s.Notes)
	case s.Cash < 0 || s.Cash > money.Amount(s.Notes)*maxStateNote:
		return fmt.Errorf("%w: state: cash %d in %d notes", ErrMessage, s.Cash, s.Notes)
	case s.Head > math.MaxInt64 || s.Build > math.MaxInt64 || s.Other > math.MaxInt64:
		return fmt.Errorf("%w: state: head %d, build %d, other build %d", ErrMessage, s.Head, s.Build, s.Other)
	case len(s.Services) > maxStateList || len(s.Alarms) > maxStateList:
		return fmt.Errorf("%w: state: %d services, %d alarms", ErrMessage, len(s.Services), len(s.Alarms))
	}
	for _, texts := range [][]string{{s.Version, s.Screen, s.Paper, s.Board, s.Keys}, s.Services, s.Alarms} {
		for _, t := range texts {
			if len(t) > maxStateText || hasControl(t) {
				return fmt.Errorf("%w: state: %.40q", ErrMessage, t)
			}
		}
	}

	return nil
}
