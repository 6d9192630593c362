package slot

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
)

// Layout of the state partition, in bytes.
const (
	BlockSize  = 0x4000
	CopyOffset = 1 << 20
)

// Trials is how often a new slot is tried before the board falls back.
const Trials = 3

// ErrNoState tells that neither copy is valid.
var ErrNoState = errors.New("no valid copy of the boot state")

// Name is a slot: "a" or "b".
type Name string

// The slots.
const (
	A Name = "a"
	B Name = "b"
)

// Other is the other slot.
func (n Name) Other() Name {
	if n == A {
		return B
	}
	return A
}

func (n Name) valid() bool { return n == A || n == B }

// State is what the state partition says.
type State struct {
	Good  Name
	Try   Name // "" = no trial
	Left  uint64
	Seq   uint64
	Floor uint64
	other []string // variables that are not ours, kept as they are
}

// Disk is the state partition. Sync makes writes durable.
type Disk interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// Read returns the valid copy with the higher seq, and where it lies.
func Read(d io.ReaderAt) (s State, at int64, err error) {
	found := false
	for _, off := range []int64{0, CopyOffset} {
		block := make([]byte, BlockSize)
		if _, err := d.ReadAt(block, off); err != nil {
			return State{}, 0, fmt.Errorf("cannot read boot state: %w", err)
		}
		c, err := Decode(block)
		if err == nil && (!found || c.Seq > s.Seq) {
			s, at, found = c, off, true
		}
	}
	if !found {
		return State{}, 0, ErrNoState
	}
	return s, at, nil
}

// Change reads the state, changes it and writes the other copy. The floor of the
// new state is never below the old one's.
func Change(d Disk, change func(*State)) (State, error) {
	s, at, err := Read(d)
	if err != nil {
		return State{}, err
	}
	floor := s.Floor
	change(&s)
	s.Floor = max(s.Floor, floor)
	s.Seq++
	block, err := s.Encode()
	if err != nil {
		return State{}, err
	}
	if _, err := d.WriteAt(block, CopyOffset-at); err != nil {
		return State{}, fmt.Errorf("cannot write boot state: %w", err)
	}
	if err := d.Sync(); err != nil {
		return State{}, fmt.Errorf("cannot write boot state: %w", err)
	}
	return s, nil
}

// StartTrial has the boot script try a slot.
func StartTrial(d Disk, n Name) (State, error) {
	return Change(d, func(s *State) { s.Try, s.Left = n, Trials })
}

// MarkGood makes a slot the one to start, ends any trial and raises the floor.
func MarkGood(d Disk, n Name, floor uint64) (State, error) {
	return Change(d, func(s *State) { s.Good, s.Try, s.Left, s.Floor = n, "", 0, floor })
}

// EndTrial forgets a trial that failed.
func EndTrial(d Disk) (State, error) {
	return Change(d, func(s *State) { s.Try, s.Left = "", 0 })
}

// Decode reads one block.
func Decode(block []byte) (State, error) {
	if len(block) != BlockSize {
		return State{}, fmt.Errorf("a boot state block has %d bytes, not %d", BlockSize, len(block))
	}
	if binary.LittleEndian.Uint32(block) != crc32.ChecksumIEEE(block[4:]) {
		return State{}, errors.New("boot state block: wrong checksum")
	}
	text, _, ok := bytes.Cut(block[4:], []byte{0, 0})
	if !ok {
		return State{}, errors.New("boot state block: no end")
	}
	var s State
	for v := range bytes.SplitSeq(text, []byte{0}) {
		name, value, ok := bytes.Cut(v, []byte("="))
		if !ok {
			continue
		}
		if err := s.set(string(name), string(value)); err != nil {
			return State{}, err
		}
	}
	if !s.Good.valid() || s.Try != "" && !s.Try.valid() {
		return State{}, fmt.Errorf("boot state block: good=%q try=%q", s.Good, s.Try)
	}
	return s, nil
}

func (s *State) set(name, value string) (err error) {
	switch name {
	case "good":
		s.Good = Name(value)
	case "try":
		s.Try = Name(value)
	case "left":
		s.Left, err = strconv.ParseUint(value, 16, 64)
	case "seq":
		s.Seq, err = strconv.ParseUint(value, 16, 64)
	case "floor":
		s.Floor, err = strconv.ParseUint(value, 16, 64)
	default:
		s.other = append(s.other, name+"="+value)
	}
	if err != nil {
		return fmt.Errorf("boot state block: %s: %w", name, err)
	}
	return nil
}

// Encode makes a block.
func (s State) Encode() ([]byte, error) {
	vars := []string{
		"good=" + string(s.Good), "left=" + strconv.FormatUint(s.Left, 16), "seq=" + strconv.FormatUint(s.Seq, 16),
		"floor=" + strconv.FormatUint(s.Floor, 16),
	}
	if s.Try != "" {
		vars = append(vars, "try="+string(s.Try))
	}
	block := make([]byte, 4, BlockSize)
	for _, v := range append(vars, s.other...) {
		block = append(append(block, v...), 0)
	}
	if len(block) >= BlockSize {
		return nil, errors.New("boot state: too many variables")
	}
	block = append(block, make([]byte, BlockSize-len(block))...)
	binary.LittleEndian.PutUint32(block, crc32.ChecksumIEEE(block[4:]))
	return block, nil
}
