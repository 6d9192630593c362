package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"wattkiosk/hal/bench"
)

const (
	statusWithin = 500 * time.Millisecond // for the kiosk to say how it is
	maxStatus    = 64 << 10
)

// state is everything, for GET /api/state.
type state struct {
	Begun   int64               `json:"begun"` // Unix ms: slips are numbered from 1 since then
	Places  places              `json:"places"`
	Power   bool                `json:"power"`
	Bench   bench.State         `json:"bench"`
	Line    lineState           `json:"line"`
	Kioskd  kioskState          `json:"kioskd"`
	Office  childState          `json:"office"`
	Outside map[string]misState `json:"outside"`
	Faults  map[string][]string `json:"faults"` // what may be set, by device or system
	Words   map[string][]words  `json:"words"`  // the same, for people
}

// kioskState is kioskd as the lab sees it, and as it sees itself.
type kioskState struct {
	childState
	Ready  bool            `json:"ready"`
	Status json.RawMessage `json:"status"` // of GET /status; null while it does not answer
}

func (l *lab) getState(r *http.Request) (any, error) {
	b := l.bench.State()
	s := state{
		Begun: l.begun.UnixMilli(), Places: l.places, Power: b.Power, Bench: b, Line: l.line.state(), Office: l.office.state(),
		Outside: map[string]misState{"mis": l.outside.state()}, Faults: offeredFaults(), Words: faultWords(),
	}
	s.Kioskd.childState = l.kioskd.state()
	s.Kioskd.Status, s.Kioskd.Ready = l.kioskStatus(r.Context())
	return s, nil
}

// kioskStatus asks the kiosk; ready is its own word.
func (l *lab) kioskStatus(ctx context.Context) (json.RawMessage, bool) {
	ctx, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.places.Screen+"status", nil)
	if err != nil {
		return nil, false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, false // it is down or starting
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	var s struct {
		Ready bool `json:"ready"`
	}
	if err != nil || json.Unmarshal(b, &s) != nil {
		return nil, false
	}
	return b, s.Ready
}
