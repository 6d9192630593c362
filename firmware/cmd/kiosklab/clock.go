package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/boards/ground/labclock"
)

const (
	farthest    = 400 * 24 * time.Hour // that the clock is shifted
	heardWithin = 10 * time.Second     // for head office to hear of the kiosk after that
)

// startClock begins the lab's clock, where it was when the lab ran last.
func (l *lab) startClock() error {
	if _, err := os.Stat(l.at.clock()); errors.Is(err, os.ErrNotExist) {
		if err := labclock.Set(l.at.clock(), 0); err != nil {
			return err
		}
	}
	l.clock = labclock.Open(l.at.clock())

	return nil
}

// clockState is the lab's clock for its callers.
type clockState struct {
	ShiftMS int64     `json:"shift_ms"`
	Now     time.Time `json:"now"`
}

// setClock shifts the clock of the kiosk, of head office and of the outside world, and waits
// until head office has heard of the kiosk again, if both are there.
func (l *lab) setClock(r *http.Request) (any, error) {
	var in struct {
		ShiftMS *int64 `json:"shift_ms"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.ShiftMS == nil {
		return nil, required("shift_ms")
	}
	if ms := *in.ShiftMS; ms > farthest.Milliseconds() || ms < -farthest.Milliseconds() {
		return nil, unknown("shift_ms %d is more than %s", ms, farthest)
	}
	if err := labclock.Set(l.at.clock(), time.Duration(*in.ShiftMS)*time.Millisecond); err != nil {
		return nil, err
	}

	since := l.clock.Now()
	ctx, cancel := context.WithTimeout(r.Context(), heardWithin)
	defer cancel()
	for l.kioskd.state().Running && l.office.state().Running && heardAt(ctx, l.at.office()).Before(since.Truncate(time.Millisecond)) {
		if backoff.Pause(ctx, pollEvery) != nil {
			break
		}
	}

	return clockState{l.clock.Shift().Milliseconds(), l.clock.Now()}, nil
}

// heardAt is when head office last heard of the kiosk; zero where it does not say.
func heardAt(ctx context.Context, data string) (at time.Time) {
	client := http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(data, "officed.sock"))
		}, DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://officed/now", nil)
	if err != nil {
		return at
	}
	resp, err := client.Do(req)
	if err != nil {
		return at
	}
	defer func() { _ = resp.Body.Close() }() // it is read
	var said struct {
		Heard time.Time `json:"heard"`
	}
	_ = json.NewDecoder(resp.Body).Decode(&said) // then it does not say

	return said.Heard
}
