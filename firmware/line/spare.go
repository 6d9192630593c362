package line

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"wattkiosk/uplink/sparekey"
	"wattkiosk/uplink/wire"
)

// Waits of a spare key.
const (
	spareTTL   = 30 * time.Second
	spareFirst = time.Minute      // the most after a connection: a fleet that comes up asks apart
	spareAgain = 10 * time.Minute // after an answer that does not help
	spareLook  = 24 * time.Hour   // while one is kept: head office may come back older
)

// spare is how a spare of the journal's key comes to head office: the kiosk asks whether one
// is kept, and sends it if not, until head office says that it is. Nothing of it has to outlive
// a power cut.
type spare struct {
	kiosk string
	key   []byte // nil: the journal has none
	askAt time.Time
	open  string // ID of the request that is under way
	until time.Time
}

// LeaveSpare has a spare of the journal's key left with head office, sealed for it alone. It
// is called before Run.
func (u *Uplink) LeaveSpare(key []byte) { u.spare = spare{kiosk: u.kioskID, key: key} }

// up has the kiosk ask within spareFirst of a connection; chance is from 0 to 1.
func (s *spare) up(now time.Time, chance float64) {
	s.open = ""
	if s.askAt.Before(now) {
		s.askAt = now.Add(time.Duration(chance * float64(spareFirst)))
	}
}

// due is the question that is due on a line that is up; false is none.
func (s *spare) due(now time.Time) (wire.SpareKeyBody, bool) {
	if len(s.key) == 0 {
		return wire.SpareKeyBody{}, false
	}
	if s.open != "" && !now.Before(s.until) {
		s.again(now, spareAgain)
	}

	return wire.SpareKeyBody{ID: sparekey.ID(s.key)}, s.open == "" && !now.Before(s.askAt)
}

// again has it asked after a while.
func (s *spare) again(now time.Time, wait time.Duration) { s.open, s.askAt = "", now.Add(wait) }

// answered takes the answer to what was asked last. What is to be sent next is returned, if
// anything is: the spare, sealed for whom head office signed.
func (s *spare) answered(now time.Time, reply wire.Reply, policy ed25519.PublicKey) (*wire.SpareKeyBody, error) {
	s.again(now, spareAgain)
	if reply.Error != nil {
		if reply.Error.Code == wire.ErrCodeBadRequest || reply.Error.Code == wire.ErrCodeTooMany { // an older head office, or one that takes no more
			s.again(now, spareLook)
		}
		return nil, reply.Error
	}
	var state wire.SpareKeyState
	if err := wire.Decode(reply.Body, &state); err != nil {
		return nil, err
	}
	if state.Kept {
		s.again(now, spareLook)
		return nil, nil
	}
	if state.For == nil {
		return nil, errors.New("it takes none")
	}
	office, err := wire.OpenSpareFor(policy, *state.For)
	if err != nil {
		return nil, err
	}
	sealed, err := sparekey.Seal(office.Key, s.kiosk, s.key)
	if err != nil {
		return nil, err
	}

	return &wire.SpareKeyBody{ID: sparekey.ID(s.key), Sealed: sealed}, nil
}

// spareTurn asks what is due, on a line that is up.
func (u *Uplink) spareTurn(ctx context.Context, now time.Time) {
	if u.policy == nil { // whom to seal it for could not be checked
		return
	}
	if body, due := u.spare.due(now); due {
		askSpare(ctx, u, now, body)
	}
}

// askSpare sends a question of the spare key.
func askSpare(ctx context.Context, u *Uplink, now time.Time, body wire.SpareKeyBody) {
	raw, err := json.Marshal(body)
	q := wire.Request{V: wire.Version, ID: "spare-" + strings.ToLower(rand.Text()[:12]), Op: wire.OpSpareKey, TTLms: spareTTL.Milliseconds(), Body: raw}
	var b []byte
	if err == nil {
		b, err = wire.Encode(q)
	}
	u.spare.open = q.ID
	u.spare.until = now.Add(spareTTL)
	if err == nil {
		err = u.publish(ctx, wire.Up(u.kioskID, wire.ChanReq, q.ID), b, 1, false)
	}
	if err != nil {
		u.log.Warn("cannot ask for the spare key", "err", err)
		u.spare.again(now, spareAgain)
	}
}

// onSpare takes the answer to what was asked last.
func onSpare(ctx context.Context, u *Uplink, now time.Time, reply wire.Reply) {
	next, err := u.spare.answered(now, reply, u.policy)
	if err != nil {
		u.log.Warn("head office has no spare of the journal's key", "err", err)
	}
	if next != nil {
		askSpare(ctx, u, now, *next)
	}
}
