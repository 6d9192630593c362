package gpio

import (
	"fmt"
	"io"
)

// Pull is the bias of an input.
type Pull string

// The biases. The empty string leaves the bias as it is.
const (
	PullNone Pull = ""
	PullUp   Pull = "up"
	PullDown Pull = "down"
)

// Line is where a line is: board data.
type Line struct {
	Name      string // role, such as "door"; unique on a board
	Chip      string // name or label of the GPIO chip ("gpiochip0", "pinctrl-bcm2711"); empty for files
	Number    int    // offset on the chip, from 0
	Output    bool
	ActiveLow bool // the wire is low while the line is active
	Pull      Pull // inputs only
}

// Input is a line to be read. Read is safe for concurrent use and does not
// block. While Read fails, its level is true.
type Input interface {
	Name() string
	Read() (active bool, err error)
}

// Output is a line to be set. Set is safe for concurrent use.
type Output interface {
	Name() string
	Set(active bool) error
}

// Source opens lines: the chips of a board, a folder of files, or a fake. A
// line is opened once. An output is inactive after opening. Close releases
// every line; a closed line fails.
type Source interface {
	Input(Line) (Input, error)
	Output(Line) (Output, error)
	io.Closer
}

// LineError says which line failed: board, role, and the file it lives in.
type LineError struct {
	Board string
	Line  string
	File  string
	Err   error
}

// Error reads "board B: line L (F): cause".
func (e *LineError) Error() string {
	return fmt.Sprintf("board %s: line %s (%s): %v", e.Board, e.Line, e.File, e.Err)
}

// Unwrap gives the cause.
func (e *LineError) Unwrap() error { return e.Err }
