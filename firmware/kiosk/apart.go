package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"wattkiosk/firmware/condition"
	"wattkiosk/firmware/journal"
	"wattkiosk/payments/money"
)

// stateApart is the key of the named state.
const stateApart = "apart"

// How long a kiosk goes on whose journal head office has otherwise, and with how many yuan
// in notes, if its configuration says nothing.
const (
	defaultApartFor  = 30 * time.Minute
	defaultApartCash = money.Amount(200_000)
)

// apart is since when head office has another journal under this kiosk's name, and what was
// taken in notes since. It outlives a restart. The zero value is that there is none.
type apart struct {
	Since  int64        `json:"since"` // Unix ms
	Taken  money.Amount `json:"taken"`
	inside money.Amount // in the cassette when it was last looked at
}

// apartness is the core as far as that goes.
type apartness struct{ *Core }

// loadApart takes up what was so when the program ended.
func (c apartness) loadApart() error {
	b, err := c.money.jrn.State(stateApart)
	switch {
	case errors.Is(err, journal.ErrNoState) || err == nil && len(b) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("cannot read state %s: %w", stateApart, err)
	}
	if err := json.Unmarshal(b, &c.apart); err != nil {
		return fmt.Errorf("state %s: %w", stateApart, err)
	}
	c.apart.inside = c.money.cash.Total
	if c.apart.Since != 0 {
		c.board.Set(condition.JournalApart, lineFinds, true, "head office had another journal before the start")
	}

	return nil
}

// lineFinds is the source of what the line finds.
const lineFinds = "line"

// followApart warns from the first moment on, and stops money once it lasts or is much.
func (c apartness) followApart() {
	is := c.board.Is(condition.JournalApart)
	was := c.apart
	switch inside := c.money.cash.Total; {
	case !is && was.Since == 0:
		return
	case !is:
		c.apart = apart{}
		c.board.Set(condition.Journal, string(condition.JournalApart), false, "")
	case was.Since == 0:
		c.apart = apart{Since: c.now.UnixMilli(), inside: inside}
	case was.Since > c.now.UnixMilli(): // by a clock that was ahead, and has been set back
		c.apart.Since = c.now.UnixMilli()
		fallthrough
	default:
		c.apart.Taken += max(inside-was.inside, 0)
		c.apart.inside = inside
	}
	if c.apart.Since != was.Since || c.apart.Taken != was.Taken {
		state := []byte(nil)
		if is {
			state = mustJSON(c.apart)
		}
		_ = c.write(map[string][]byte{stateApart: state}) // its failure is a condition
	}
	if is && (!c.now.Before(c.apartUntil()) || c.apart.Taken >= c.cfg.apartCash()) {
		c.board.Set(condition.Journal, string(condition.JournalApart), true, c.board.Detail(condition.JournalApart))
	}
}

// apartUntil is when it has lasted too long.
func (c apartness) apartUntil() time.Time { return time.UnixMilli(c.apart.Since).Add(c.cfg.apartFor()) }

// wakeApart is when it will have lasted too long; zero for never.
func (c apartness) wakeApart() time.Time {
	if c.apart.Since == 0 || c.board.By(condition.Journal, string(condition.JournalApart)) {
		return time.Time{}
	}

	return c.apartUntil()
}

func (c Config) apartFor() time.Duration {
	if c.ApartFor > 0 {
		return c.ApartFor
	}
	return defaultApartFor
}

func (c Config) apartCash() money.Amount {
	if c.ApartCash > 0 {
		return c.ApartCash
	}
	return defaultApartCash
}
