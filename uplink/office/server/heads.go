package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// ackQuiet is how long after its last acknowledgement a kiosk is not sent one for a
// heartbeat: while it sends records it hears enough.
const ackQuiet = 30 * time.Second

// head is how far the books had a kiosk's journal when this process last looked, and
// when the kiosk was last sent that.
type head struct {
	upto uint64
	sent time.Time
}

// end is the end of a kiosk's journal as its last heartbeat named it, and when.
type end struct {
	seq uint64
	at  time.Time
}

// heads are those of all kiosks. It is safe for concurrent use.
type heads struct {
	mu  sync.Mutex
	of  map[string]head
	end map[string]end
}

// named notes the end of a journal.
func (h *heads) named(kiosk string, seq uint64, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.end[kiosk] = end{seq, now}
}

// endSince is the end of a journal, if its kiosk has named it since.
func (h *heads) endSince(kiosk string, since time.Time) (seq uint64, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	e, known := h.end[kiosk]

	return e.seq, known && e.at.After(since)
}

// caughtUp tells books that came out of a backup which kiosks they lack nothing of any more.
func (s *Server) caughtUp(ctx context.Context) error {
	missing, err := s.cfg.Books.Unreported(ctx)
	if err != nil {
		return err
	}
	for _, j := range missing {
		seq, known := s.heads.endSince(j.Kiosk, time.UnixMilli(j.RestoredAt))
		if !known || j.Head.Seq < seq {
			continue
		}
		if err := s.cfg.Books.CaughtUp(ctx, j.Kiosk, seq, s.cfg.Now()); err != nil {
			return err
		}
		s.cfg.Log.Info("the books have all of a kiosk's journal again", "kiosk", j.Kiosk, "have", j.Head.Seq)
	}

	return nil
}

// doubtful reports whether a heartbeat that names the end of a journal may have to be
// answered now.
func (h *heads) doubtful(kiosk string, named uint64, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	have, known := h.of[kiosk]
	age := now.Sub(have.sent)
	return named > 0 && (!known || named > have.upto && (age < 0 || age >= ackQuiet))
}

// sent notes an acknowledgement.
func (h *heads) sent(kiosk string, upto uint64, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of[kiosk] = head{upto, now}
}

// seen notes how far the books have a journal, without a word to its kiosk.
func (h *heads) seen(kiosk string, upto uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of[kiosk] = head{upto, h.of[kiosk].sent}
}

// heartbeat answers one that names records which the books lack. They may have been
// there: books that come out of a backup have lost what was acknowledged since, and a
// kiosk without a customer sends nothing from which it would learn that. It waits in
// the kiosk's lane, so that no acknowledgement overtakes another.
func (s *Server) heartbeat(ctx context.Context, j job) {
	kiosk := j.addr.Kiosk
	if !j.apart && !s.heads.doubtful(kiosk, j.named, s.cfg.Now()) {
		return
	}
	ends, err := s.cfg.Books.LiveEnds(ctx, kiosk)
	if errors.Is(err, stored.ErrNotFound) {
		return // it has no journal here
	}
	if err != nil {
		s.bookless(ctx, "cannot read the end of a journal", err)
		return
	}
	e := endOf(ends, j.named)
	ack := wire.Ack{V: wire.Version, Upto: e.Seq, Hash: e.Hash, Fork: e.Forked}
	switch {
	case e.Seq < j.named:
		s.cfg.Log.Info("a heartbeat names records that are not here", "kiosk", kiosk, "have", e.Seq, "named", j.named)
		for range wire.AckRepeats {
			s.acknowledge(ctx, kiosk, ack)
		}
	case e.Forked || j.apart:
		s.acknowledge(ctx, kiosk, ack) // it is told that the journal is forked, and that it is no more
	default:
		s.heads.seen(kiosk, e.Seq)
	}
}

// endOf is the end, of those that a kiosk's journal has, that a heartbeat is answered with:
// the nearest one that has what it names, else the farthest.
func endOf(ends []books.End, named uint64) books.End {
	best := ends[0]
	for _, e := range ends[1:] {
		if best.Seq < named && e.Seq > best.Seq || e.Seq >= named && e.Seq < best.Seq {
			best = e
		}
	}

	return best
}

// acknowledge says to a kiosk how far the books have its journal.
func (s *Server) acknowledge(ctx context.Context, kiosk string, a wire.Ack) {
	if s.publish(ctx, wire.Down(kiosk, wire.ChanAck, ""), a, false) {
		s.count.Acks.Add(1)
		s.heads.sent(kiosk, a.Upto, s.cfg.Now())
	}
}
