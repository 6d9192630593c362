package server

import (
	"context"
	"time"

	"wattkiosk/uplink/wire"
)

const rosterCheck = 30 * time.Second // between looks at who may log in at kiosks

// RosterBooks is what the server needs of technicians.
type RosterBooks interface {
	Roster(ctx context.Context) (people []wire.Person, issued int64, err error)
}

// sent is a roster as a kiosk was sent it.
type sent struct {
	issued int64
	ups    uint64 // Server.ups before that
}

// KickRosters says that who may log in has changed. It never blocks.
func (s *Server) KickRosters() {
	select {
	case s.staff <- struct{}{}:
	default:
	}
}

// keepRosters keeps the newest roster retained for every kiosk.
func (s *Server) keepRosters(ctx context.Context) {
	tick := time.NewTicker(rosterCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.staff:
		case <-tick.C:
		}
		s.offerRosters(ctx)
	}
}

// greetRoster has the roster of a kiosk that is new here sent to it.
func (s *Server) greetRoster(kiosk string) {
	s.mu.Lock()
	_, had := s.rosters[kiosk]
	s.mu.Unlock()
	if !had {
		s.KickRosters()
	}
}

func (s *Server) offerRosters(ctx context.Context) {
	if s.cfg.Office == nil {
		return
	}
	people, issued, err := s.cfg.Books.Roster(ctx)
	if err != nil || issued == 0 { // 0: there never was anybody
		s.bookless(ctx, "cannot read technicians", err)
		return
	}
	kiosks, err := s.cfg.Books.Kiosks(ctx)
	s.bookless(ctx, "cannot read kiosks", err)
	for _, k := range kiosks {
		if !s.offerRoster(ctx, wire.Roster{V: wire.Version, Kiosk: k.ID, Issued: issued, Office: s.cfg.Office, People: people}) {
			return // the line is down; it kicks when it is up
		}
	}
}

// bookless logs what the books could not do.
func (s *Server) bookless(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.Error(what, "error", err)
	}
}

// offerRoster publishes a roster unless it is retained already. False is that the
// broker did not take it.
func (s *Server) offerRoster(ctx context.Context, r wire.Roster) bool {
	s.mu.Lock()
	now := sent{r.Issued, s.ups}
	had := s.rosters[r.Kiosk] == now
	s.mu.Unlock()
	if had {
		return true
	}
	signed, err := wire.SignRoster(s.cfg.Key, r)
	if err != nil {
		s.cfg.Log.Error("cannot sign roster", "kiosk", r.Kiosk, "error", err)
		return true
	}
	if !s.publish(ctx, wire.Down(r.Kiosk, wire.ChanCfg, ""), signed, true) {
		return false
	}
	s.count.Rosters.Add(1)
	s.mu.Lock()
	s.rosters[r.Kiosk] = now
	s.mu.Unlock()
	return true
}
