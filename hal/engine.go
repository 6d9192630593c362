package hal

import "time"

// Engine is a device protocol without I/O, generic in its command and event
// types. It is not safe for concurrent use: its owner calls it from one
// goroutine.
//
// The contract of every engine:
//
//   - Do queues a command. It fails only when the queue is full (ErrBusy) or the
//     command makes no sense for the device; it never blocks.
//   - Advance consumes received bytes (possibly none, possibly a part of a
//     frame, possibly noise) and runs every timer that is due at now. It returns
//     bytes to send (nil for none) and the events that happened, in order.
//   - Wake is the next instant at which Advance must be called even if nothing
//     was received. It is never the zero time while the device is open.
type Engine[Cmd, Ev any] interface {
	Do(now time.Time, cmd Cmd) error
	Advance(now time.Time, rx []byte) (tx []byte, events []Ev)
	Wake() time.Time
}

// Peer is the other end of an Engine: a byte-level simulator without I/O.
// Receive consumes what the host sent and returns nothing directly; replies
// come out of Advance when they are due, so that a reply delay, a silent device
// or a cut in the middle of a frame can be modelled. Wake is the zero time when
// the peer has nothing to do until it receives something.
type Peer interface {
	Receive(now time.Time, rx []byte)
	Advance(now time.Time) (tx []byte)
	Wake() time.Time
}
