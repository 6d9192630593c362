package broker

import (
	"context"
	"sync"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// What one kiosk may send, as it goes on and at once. A kiosk sends a few messages for each
// customer, and a backlog of records in a window; one that sends more is read more slowly,
// and loses nothing.
const (
	messagesPerSecond = 50
	messagesAtOnce    = 200
	bytesPerSecond    = 1 << 20
	bytesAtOnce       = 4 << 20
)

// bucket is what one kiosk may send now; below zero it is in debt.
type bucket struct {
	messages, bytes float64
	at              time.Time
}

// take takes one message of n bytes out, and returns how long its sender waits for that.
func (b *bucket) take(n int, now time.Time) time.Duration {
	if b.at.IsZero() {
		b.messages, b.bytes = messagesAtOnce, bytesAtOnce
	}
	past := max(now.Sub(b.at), 0).Seconds()
	b.messages = min(b.messages+past*messagesPerSecond, messagesAtOnce) - 1
	b.bytes = min(b.bytes+past*bytesPerSecond, bytesAtOnce) - float64(n)
	b.at = now
	debt := max(-b.messages/messagesPerSecond, -b.bytes/bytesPerSecond, 0)

	return time.Duration(debt * float64(time.Second))
}

// buckets are those of all kiosks, whatever connection they come by.
type buckets struct {
	mu sync.Mutex
	of map[string]*bucket
}

func (b *buckets) take(name string, n int, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[string]*bucket{}
	}
	if b.of[name] == nil {
		b.of[name] = &bucket{}
	}

	return b.of[name].take(n, now)
}

// OnPacketRead has a kiosk that sends too much wait: its connection is not read meanwhile, so
// that its own system holds it back. No other kiosk waits, and head office never does.
func (h *rules) OnPacketRead(cl *mochi.Client, pk packets.Packet) (packets.Packet, error) {
	if !isKiosk(cl.ID) {
		return pk, nil
	}
	if wait := h.sent.take(cl.ID, len(pk.Payload)+len(pk.TopicName), time.Now()); wait > 0 {
		rest(h.ctx, wait)
	}

	return pk, nil
}

// rest waits for d, or for the end of the broker.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
