package kiosktest

import (
	"encoding/json"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/uplink/wire"
)

// carry is the line and the broker: a message reaches the other end zero, one or
// two times, and perhaps late enough to be overtaken.
func (w *World) carry(deliver func()) {
	if !w.lineUp {
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
			if w.lineUp {
				deliver()
			}
		})
	}
}

// line tells the program, after a moment, whether the broker can be reached.
func (w *World) line() {
	up := w.lineUp
	w.later(between(w.rng, 500*time.Millisecond, 4*time.Second), func() {
		if up != w.lineUp || up == w.linked {
			return
		}
		w.linked = up
		if up {
			w.sender.Connected(w.now)
		} else {
			w.sender.Disconnected(w.now)
		}
		w.handle(kiosk.Link{Up: up})
		w.pump()
		if up {
			w.policy()
		}
	})
}

// policy is the retained offline policy, delivered at each connection.
func (w *World) policy() {
	w.carry(func() {
		w.handle(kiosk.NewPolicy{Policy: w.offlinePolicy()})
	})
}

func (w *World) offlinePolicy() wire.Policy {
	return wire.Policy{
		V: wire.Version, Kiosk: "*", Serial: 1, Issued: start.UnixMilli(), Expires: start.Add(30 * 24 * time.Hour).UnixMilli(),
		OfflinePay: true, PerTxn: 50000, PerAccount: 100000, Total: 300000,
	}
}

// pump sends what the outbox has, and rebuilds the link when it leads nowhere.
func (w *World) pump() {
	if w.core == nil || !w.linked {
		return
	}
	if w.sender.Stalled(w.now) {
		w.log.printf(w, "the link leads nowhere; rebuilt")
		w.sender.Disconnected(w.now)
		w.sender.Connected(w.now)
	}
	batches, err := w.sender.Advance(w.now)
	if err != nil {
		w.log.printf(w, "outbox: %v", err)
	}
	for _, b := range batches {
		if w.bug == SkipRecord && b.Last == b.First && b.Last%17 == 0 {
			continue // never mind: it will be sent again, until the bug below
		}
		w.carry(func() { w.office.records(b.Payload) })
	}
}

// acked brings head office's acknowledgement.
func (w *World) acked(a wire.Ack) {
	w.carry(func() {
		if w.core == nil || !w.linked {
			return
		}
		if err := w.sender.Acked(w.now, a); err != nil {
			w.log.printf(w, "ack: %v", err)
			w.office.fail("acknowledgement refused: %v", err)
		}
		w.pump()
	})
}

// ask sends a request of the core; its reply or its expiry comes back.
func (w *World) ask(e kiosk.Ask) {
	req := e.Request
	if err := w.pending.Start(w.now, req.ID, e.TTL); err != nil {
		w.later(0, func() { w.handle(kiosk.Expired{ID: req.ID}) })
		return
	}
	if w.bug == NewSerialOnRetry && req.Op == wire.OpPost {
		req = w.renamed(req)
	}
	w.carry(func() { w.office.request(req) })
}

// reply brings head office's answer.
func (w *World) reply(r wire.Reply) {
	w.carry(func() {
		if w.core == nil || !w.pending.Reply(r.ID) {
			return
		}
		w.handle(kiosk.Reply{Reply: r})
	})
}

// renamed is the bug of retrying a posting under a new serial.
func (w *World) renamed(r wire.Request) wire.Request {
	var b wire.PostBody
	must(json.Unmarshal(r.Body, &b))
	if w.office.asked[b.Serial]++; w.office.asked[b.Serial] > 1 {
		b.Serial = b.Serial[:10] + "9" + b.Serial[11:]
		r.Body, _ = json.Marshal(b)
	}
	return r
}
