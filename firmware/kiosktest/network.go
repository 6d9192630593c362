package kiosktest

import (
	"encoding/json"
	"errors"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/outbox"
	"wattkiosk/uplink/wire"
)

// carry is the line and the broker: a message reaches the other end zero, one or
// two times, and perhaps late enough to be overtaken.
func (w *World) carry(lineUp func() bool, deliver func()) {
	if !lineUp() {
		return
	}
	copies := 1
	if w.rng.Float64() < w.plan.Loss {
		copies = 0
	} else if w.rng.Float64() < w.plan.Duplicate {
		copies = 2
	}
	for range copies {
		delay := between(w.rng, 20*time.Millisecond, 200*time.Millisecond)
		if w.rng.Float64() < w.plan.Slow {
			delay += between(w.rng, 0, time.Minute)
		}
		w.todo.at(w.now.Add(delay), func() {
			if lineUp() {
				deliver()
			}
		})
	}
}

// up carries a message of the box to head office.
func (w *box) up(deliver func()) { w.carry(func() bool { return w.lineUp }, deliver) }

// down carries a message of head office to whichever box the broker knows by the
// terminal's name when it arrives.
func (w *World) down(deliver func(b *box)) {
	w.carry(func() bool { return w.session.lineUp }, func() { deliver(w.session) })
}

// line tells the program, after a moment, whether the broker can be reached.
func (w *box) line() {
	up := w.lineUp
	w.later(between(w.rng, 500*time.Millisecond, 4*time.Second), func() {
		if up != w.lineUp || up == w.linked || w.core == nil {
			return
		}
		w.linked = up
		if up {
			w.takeOver()
			w.links++
			w.beat(between(w.rng, 0, time.Minute))
			w.sender.Connected(w.now)
		} else {
			w.sender.Disconnected(w.now)
		}
		w.handle(kiosk.Link{Up: up})
		w.pump()
		if up {
			w.policy()
			w.stops.retained(w)
		}
	})
}

// takeOver is what a broker does when a second client comes under the name of one
// that is connected: the first is cut off, and tries again.
func (w *box) takeOver() {
	before := w.session
	w.session = w
	if before == w || !before.linked {
		return
	}
	w.logf("the broker cuts the other box off")
	before.linked = false
	before.sender.Disconnected(w.now)
	before.handle(kiosk.Link{Up: false})
	before.later(between(w.rng, 5*time.Second, 5*time.Minute), before.line)
}

// policy is the retained offline policy, delivered at each connection.
func (w *box) policy() {
	p := w.office.policy()
	w.up(func() {
		w.handle(kiosk.NewPolicy{Policy: p})
	})
}

// pump sends what the outbox has, and rebuilds the link when it leads nowhere.
func (w *box) pump() {
	if w.core == nil || !w.linked {
		return
	}
	if w.sender.Stalled(w.now) {
		w.logf("the link leads nowhere; rebuilt")
		w.sender.Disconnected(w.now)
		w.sender.Connected(w.now)
	}
	batches, err := w.sender.Advance(w.now)
	if err != nil {
		w.logf("outbox: %v", err)
	}
	for _, b := range batches {
		if w.bug == SkipRecord && b.Last == b.First && b.Last%17 == 0 {
			continue // never mind: it will be sent again, until the bug below
		}
		w.up(func() { w.office.records(b.Payload) })
	}
}

// acked brings head office's acknowledgement.
func (w *World) acked(a wire.Ack) {
	w.down(func(b *box) {
		if b.core == nil || !b.linked {
			return
		}
		if err := b.sender.Acked(w.now, a); err != nil {
			b.logf("ack: %v", err)
			if w.plan.Fate == NoFate {
				w.office.fail("acknowledgement refused: %v", err)
			}
			if errors.Is(err, outbox.ErrAck) {
				b.handle(kiosk.Warning{Code: "journal-apart", Source: "line", On: true, Detail: err.Error()})
			}
		} else if a.Upto == b.sender.Acknowledged() {
			b.handle(kiosk.Warning{Code: "journal-apart", Source: "line", On: a.Fork, Detail: "two journals"})
		}
		if b.core == nil {
			return
		}
		b.pump()
	})
}

// ask sends a request of the core; its reply or its expiry comes back.
func (w *box) ask(e kiosk.Ask) {
	req := e.Request
	w.needs(req)
	if err := w.pending.Start(w.now, req.ID, e.TTL); err != nil {
		w.later(0, func() { w.handle(kiosk.Expired{ID: req.ID}) })
		return
	}
	if w.bug == NewSerialOnRetry && req.Op == wire.OpPost {
		req = w.renamed(req)
	}
	w.up(func() { w.office.request(req) })
}

// reply brings head office's answer.
func (w *World) reply(r wire.Reply) {
	r = w.office.answersSteps(r)
	w.down(func(b *box) {
		if b.core == nil || !b.pending.Reply(r.ID) {
			return
		}
		b.handle(kiosk.Reply{Reply: r})
	})
}

// renamed is the bug of retrying a posting under a new serial.
func (w *box) renamed(r wire.Request) wire.Request {
	var b wire.PostBody
	must(json.Unmarshal(r.Body, &b))
	if w.office.asked[b.Serial]++; w.office.asked[b.Serial] > 1 {
		b.Serial = b.Serial[:10] + "9" + b.Serial[11:]
		r.Body, _ = json.Marshal(b)
	}
	return r
}
