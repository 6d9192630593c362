package cctalk

import (
	"errors"
	"fmt"
)

// BufferEvents is the number of events a device keeps.
const BufferEvents = 5

// bufferSize is the length of a reply to CmdEvents.
const bufferSize = 1 + 2*BufferEvents

// ErrBuffer is returned for a reply of another length.
var ErrBuffer = errors.New("not a buffer of five events")

// Event is one event. With a bill type, Code is BillStacked or BillInEscrow;
// without (0), it is one of the Ev codes.
type Event struct {
	Type byte
	Code byte
}

// tellsNote says that the event tells where a note is that was in escrow.
func (ev Event) tellsNote() bool {
	switch ev.Code {
	case BillStacked: // the code is EvMasterInhibit without a type
		return ev.Type != 0
	case EvReturned: // BillInEscrow with a type
		return true
	case EvUnknownStacked:
		return ev.Type == 0
	}
	return false
}

// Buffer is the reply to CmdEvents. Counter is 0 after a restart of the device and
// then counts its events from 1; 255 is followed by 1. Events are the last of them,
// newest first.
type Buffer struct {
	Counter byte
	Events  [BufferEvents]Event
}

// ParseBuffer reads a reply to CmdEvents.
func ParseBuffer(b []byte) (Buffer, error) {
	if len(b) != bufferSize {
		return Buffer{}, fmt.Errorf("cannot read events of %d bytes: %w", len(b), ErrBuffer)
	}
	buf := Buffer{Counter: b[0]}
	for i := range buf.Events {
		buf.Events[i] = Event{Type: b[1+2*i], Code: b[2+2*i]}
	}
	return buf, nil
}

// Append writes the reply.
func (b *Buffer) Append(dst []byte) []byte {
	dst = append(dst, b.Counter)
	for _, ev := range b.Events {
		dst = append(dst, ev.Type, ev.Code)
	}
	return dst
}

// Push counts and keeps a new event, as a device does.
func (b *Buffer) Push(ev Event) {
	if b.Counter++; b.Counter == 0 {
		b.Counter = 1
	}
	copy(b.Events[1:], b.Events[:])
	b.Events[0] = ev
}

// Since is how many events of b are newer than old, if b continues it: the counter
// went on by one to five, and the older events are those that old had. Otherwise -1:
// the device restarted, or more events happened than it keeps.
func (b *Buffer) Since(old *Buffer) int {
	if *b == *old {
		return 0
	}
	n := int(b.Counter) - int(old.Counter)
	if n < 0 && b.Counter != 0 {
		n += 255
	}
	if n < 1 || n > BufferEvents {
		return -1
	}
	for i := n; i < BufferEvents; i++ {
		if b.Events[i] != old.Events[i-n] {
			return -1
		}
	}
	return n
}

// Young is how many events happened since the device restarted, if it still keeps
// them all, as far as can be seen; otherwise -1.
func (b *Buffer) Young() int {
	if b.Counter > BufferEvents {
		return -1
	}
	for _, ev := range b.Events[b.Counter:] {
		if ev != (Event{}) {
			return -1
		}
	}
	return int(b.Counter)
}

// counter is what the counter was n events ago; 255 stands for 0, too.
func (b *Buffer) counter(n int) byte {
	c := int(b.Counter) - n
	if c < 1 {
		c += 255
	}
	return byte(c)
}
