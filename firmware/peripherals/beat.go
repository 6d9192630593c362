package peripherals

import (
	"time"

	"wattkiosk/hal"
)

// beating is an engine that says each time its pump has come round.
type beating[Cmd, Ev any] struct {
	hal.Engine[Cmd, Ev]
	beat func()
}

// beatOf is the beat of the pump of a device; one that nobody hears does nothing.
func beatOf(role string, sink Sink) func() {
	if sink.Pump == nil {
		return func() {}
	}
	return sink.Pump(role)
}

// Advance implements hal.Engine. While the pump waits for whoever hears its events,
// or for a port that does not close, it is not called, and no beat comes.
func (b beating[Cmd, Ev]) Advance(now time.Time, rx []byte) ([]byte, []Ev) {
	tx, events := b.Engine.Advance(now, rx)
	b.beat()
	return tx, events
}
