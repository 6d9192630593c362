package ssp

import (
	"errors"
	"fmt"
)

// Errors of ParseEvents.
var (
	// ErrEvent stands for an event code that is unknown here: where the next event
	// begins cannot be told.
	ErrEvent = errors.New("unknown event")
	// ErrTruncated stands for an event whose channel is missing.
	ErrTruncated = errors.New("event without its channel")
)

// Event is one event of a reply to POLL. Channel is 0 where the event has none or
// the device does not know it.
type Event struct {
	Code    byte
	Channel byte
}

// ParseEvents appends the events of a reply to POLL (what stands after the OK)
// to dst, in their order. At an event that it cannot read it stops and fails with
// ErrEvent or ErrTruncated; the events before it are returned all the same.
func ParseEvents(dst []Event, b []byte) ([]Event, error) {
	for len(b) > 0 {
		n := eventSize(b[0])
		switch {
		case n == 0:
			return dst, fmt.Errorf("cannot read events at %02X: %w", b[0], ErrEvent)
		case n > len(b):
			return dst, fmt.Errorf("cannot read event %02X: %w", b[0], ErrTruncated)
		}
		ev := Event{Code: b[0]}
		if n == 2 {
			ev.Channel = b[1]
		}
		dst = append(dst, ev)
		b = b[n:]
	}
	return dst, nil
}
