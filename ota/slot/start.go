package slot

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// startOffset is where the state partition has the mark of a start, after the two
// copies of the state: lines "name=value", ended by zeros.
//
//	start    a or b: the slot whose start began, and whose root nobody has read whole since
//	changed  a or b: the slot whose root turned out to be another than the signed one
const (
	startOffset = 2 << 20
	startSize   = 512
	startMagic  = "wattkiosk start 1\n"
)

// Start is the mark of a start. The zero value says that the last one was seen to its
// end: all of the root was read then, and is what was signed.
type Start struct {
	Begun   Name // "" = none
	Changed Name // "" = none
}

// ReadStart is the mark of the last start. What is no mark is none: a new board has
// zeros there, and one of an older build whatever it has.
func ReadStart(d io.ReaderAt) (Start, error) {
	block := make([]byte, startSize)
	if _, err := d.ReadAt(block, startOffset); err != nil {
		return Start{}, fmt.Errorf("cannot read the mark of a start: %w", err)
	}
	text, found := bytes.CutPrefix(block, []byte(startMagic))
	if !found {
		return Start{}, nil
	}
	text, _, _ = bytes.Cut(text, []byte{0})
	var s Start
	for line := range strings.Lines(string(text)) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), "="); {
		case !Name(value).valid():
		case name == "start":
			s.Begun = Name(value)
		case name == "changed":
			s.Changed = Name(value)
		}
	}
	return s, nil
}

// WriteStart writes the mark, durably. It is one sector, which is written as a whole or
// not at all.
func WriteStart(d Disk, s Start) error {
	block := make([]byte, startSize)
	copy(block, fmt.Sprintf("%sstart=%s\nchanged=%s\n", startMagic, s.Begun, s.Changed))
	_, err := d.WriteAt(block, startOffset)
	if err == nil {
		err = d.Sync()
	}
	if err != nil {
		return fmt.Errorf("cannot write the mark of a start: %w", err)
	}
	return nil
}
