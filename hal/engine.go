package hal

import "time"

// Engine is a device protocol without I/O, generic in its command and event
// types. It is not safe for concurrent use: its owner calls it from one
// goroutine.
//
// The contract of every engine:
//
//   - Do queues a command. It fails only when the queue is full (ErrBusy) or the
//     command makes no sense for the device; it never blocks. A command that Do
//     refused has no other outcome: whoever calls Do hands its owner the event of
//     Command.Refused, so that a refusal is heard like any other report.
//   - Advance consumes received bytes (possibly none, possibly a part of a
//     frame, possibly noise) and runs every timer that is due at now. It returns
//     bytes to send (nil for none) and the events that happened, in order.
//   - Wake is the next instant at which Advance must be called even if nothing
//     was received. It is never the zero time, not even before the first Advance
//     (AtOnce is the word for "now"), and with a command queued never later than the
//     instant at which that command may go on the wire.
type Engine[Cmd, Ev any] interface {
	Do(now time.Time, cmd Cmd) error
	Advance(now time.Time, rx []byte) (tx []byte, events []Ev)
	Wake() time.Time
}

// AtOnce is a Wake that has passed: Advance is to be called now.
func AtOnce() time.Time { return time.Unix(0, 0) }

// Command is an order of a device class whose events are Ev.
type Command[Ev any] interface {
	// Refused is the event that says that a driver did not take the command, and why:
	// the outcome of the command where the class has outcomes ("not printed", "not
	// done"), its Refused event where it has none. It says nothing of the device.
	Refused(why error) Ev
}

// Reopener is an Engine that wants to know when its port is another one than before.
// An engine whose messages have no frame or no checksum needs it: what it received
// before and what it receives from now on are not one message.
type Reopener interface {
	// Opened is called before the first bytes of a port that was just opened, the
	// first one included.
	Opened(now time.Time)
}

// Unplugger is an Engine that wants to know when it has no port: where the device goes with
// the port, nothing that was under way is answered any more, and there is no use in waiting.
type Unplugger interface {
	// Unplugged is called when the port has failed, and each time that it could not be
	// opened again. The engine is advanced at once after it.
	Unplugged(now time.Time, why error)
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
