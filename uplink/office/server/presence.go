package server

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/wire"
)

const (
	reportsAtOnce = 256              // reports of one commit
	sweepEvery    = 30 * time.Second // between looks for kiosks that fell silent
	reportPause   = time.Second      // after the books failed
)

// FleetBooks is what the server needs of the fleet.
type FleetBooks interface {
	Kiosks(ctx context.Context) ([]fleet.Kiosk, error)
	Kiosk(ctx context.Context, id string) (fleet.Kiosk, error)
	SaveReports(ctx context.Context, reports []fleet.Report) (unknown []string, err error)
	Unheard(ctx context.Context, since, now time.Time) error
	PolicySerials(ctx context.Context, n uint64, now time.Time) (first uint64, err error)
}

// board holds the newest report of each kiosk until it is in the books. None is ever
// refused: there are at most as many as there are kiosks.
type board struct {
	mu     sync.Mutex
	newest map[string]fleet.Report
	news   chan struct{}
}

func newBoard() *board {
	return &board{newest: map[string]fleet.Report{}, news: make(chan struct{}, 1)}
}

// pin puts a report in the place of the kiosk's earlier one.
func (b *board) pin(r fleet.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before := b.newest[r.Kiosk]; before.Live && r.Online && !r.Live { // it was heard all the same
		r.Live, r.At = true, before.At
	}
	b.newest[r.Kiosk] = r
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// take removes some reports.
func (b *board) take() []fleet.Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	var some []fleet.Report
	for kiosk, r := range b.newest {
		if len(some) == reportsAtOnce {
			break
		}
		some = append(some, r)
		delete(b.newest, kiosk)
	}
	return some
}

// back returns reports that could not be kept, unless there are newer ones.
func (b *board) back(some []fleet.Report) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range some {
		if _, newer := b.newest[r.Kiosk]; !newer {
			b.newest[r.Kiosk] = r
		}
	}
}

// keepPresence is the one writer of who is online. Nobody is until heard.
func (s *Server) keepPresence(ctx context.Context) {
	now := s.cfg.Now()
	s.bookless(ctx, "cannot begin with nobody online", s.cfg.Books.Unheard(ctx, now.Add(time.Millisecond), now))
	s.budgets.suspects(ctx, s)
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.board.news:
			s.saveReports(ctx)
		case <-sweep.C:
			now := s.cfg.Now()
			s.budgets.calmed(ctx, s)
			s.bookless(ctx, "cannot see who fell silent", s.cfg.Books.Unheard(ctx, now.Add(-fleet.PresentFor), now))
			s.bookless(ctx, "cannot see who has reported since the books were restored", s.caughtUp(ctx))
		}
	}
}

// saveReports empties the board into the books.
func (s *Server) saveReports(ctx context.Context) {
	for ctx.Err() == nil {
		some := s.board.take()
		if len(some) == 0 {
			return
		}
		unknown, err := s.cfg.Books.SaveReports(ctx, some)
		if err != nil {
			s.board.back(some)
			s.bookless(ctx, "cannot keep state messages", err)
			select {
			case <-ctx.Done():
			case <-time.After(reportPause):
			}
			continue
		}
		if len(unknown) > 0 {
			s.cfg.Log.Warn("state of kiosks that are not enrolled", "first", unknown[0], "kiosks", len(unknown))
		}
		s.count.Reports.Add(int64(len(some) - len(unknown)))
		for _, r := range some {
			if r.Online && !slices.Contains(unknown, r.Kiosk) {
				s.greetPolicy(r.Kiosk)
				s.greetRoster(r.Kiosk)
			}
		}
	}
}

// apartCode is what a kiosk calls it that head office has another journal of it.
const apartCode = "journal-apart"

// report takes a state message to the board.
func (s *Server) report(kiosk string, payload []byte, live bool) {
	if len(payload) == 0 {
		return // a retained message was cleared
	}
	var st wire.State
	if err := wire.Decode(payload, &st); err != nil || st.V != wire.Version {
		s.count.Bad.Add(1)
		s.cfg.Log.Warn("state message refused", "kiosk", kiosk, "error", err)
		return
	}
	if st.Online && !s.cfg.serves(kiosk) {
		return
	}
	if odd := st.Check(); odd != nil {
		s.count.Bad.Add(1)
		s.board.pin(fleet.Report{Kiosk: kiosk, Online: st.Online, Live: live, At: s.cfg.Now()}) // it is there; what it says is not kept
		s.lanes.put(job{addr: wire.Address{Up: true, Kiosk: kiosk, Chan: wire.ChanState}, odd: odd.Error()})
		return
	}
	text, err := json.Marshal(st)
	if err != nil {
		s.cfg.Log.Error("cannot keep state", "kiosk", kiosk, "error", err)
		return
	}
	if live {
		s.heads.named(kiosk, st.Head, s.cfg.Now())
	}
	s.board.pin(fleet.Report{Kiosk: kiosk, Online: st.Online, Live: live, Text: string(text), At: s.cfg.Now()})
	apart := slices.Contains(st.Alarms, apartCode)
	if live && (apart || s.budgets.wasOdd(kiosk) || s.heads.doubtful(kiosk, st.Head, s.cfg.Now())) {
		s.lanes.put(job{addr: wire.Address{Up: true, Kiosk: kiosk, Chan: wire.ChanState}, named: st.Head, apart: apart}) // no room: its records come first
	}
}
