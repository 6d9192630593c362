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

// showCode is the screen with a code that a telephone pays.
const showCode = "show-code"

// state is everything, for GET /api/state.
type state struct {
	Begun   int64                  `json:"begun"` // Unix ms: slips are numbered from 1 since then
	Places  places                 `json:"places"`
	Power   bool                   `json:"power"`
	Bench   bench.State            `json:"bench"`
	Line    lineState              `json:"line"`
	Kioskd  kioskState             `json:"kioskd"`
	Office  childState             `json:"office"`
	Outside map[string]systemState `json:"outside"`
	Faults  map[string][]string    `json:"faults"` // what may be set, by device or system
	Words   map[string][]words     `json:"words"`  // the same, for people

	CardWords map[string]string  `json:"card_words"` // what each card is for
	Meters    []bench.MeterState `json:"meters"`
}

// kioskState is kioskd as the lab sees it, and as it sees itself.
type kioskState struct {
	childState
	Ready  bool            `json:"ready"`
	Code   string          `json:"code,omitempty"` // that the screen shows, as a telephone reads it
	Status json.RawMessage `json:"status"`         // of GET /status; null while it does not answer
}

func (l *lab) getState(r *http.Request) (any, error) {
	b, all := l.bench.State(), faultWords(l.opt.reader, l.opt.meterReader)
	s := state{
		Begun: l.begun.UnixMilli(), Places: l.places, Power: b.Power, Bench: b, Line: l.line.state(), Office: l.office.state(),
		Outside: map[string]systemState{}, Faults: offeredFaults(all), Words: all, CardWords: cardWords(),
		Meters: l.bench.Meters(),
	}
	for name, outside := range l.systems() {
		s.Outside[name] = outside.state()
	}
	s.Kioskd.childState = l.kioskd.state()
	var status struct {
		Ready  bool   `json:"ready"`
		Screen string `json:"screen"`
	}
	s.Kioskd.Status = l.ask(r.Context(), "status", &status)
	s.Kioskd.Ready = status.Ready
	if status.Screen == showCode {
		s.Kioskd.Code = l.shownCode(r.Context())
	}

	return s, nil
}

// shownCode is what the code on the kiosk's screen says; empty where there is none.
func (l *lab) shownCode(ctx context.Context) string {
	var screen struct {
		Fields struct {
			Code string `json:"code"`
		} `json:"fields"`
	}
	l.ask(ctx, "state", &screen)

	return screen.Fields.Code
}

// ask reads what the kiosk says at a path into v; nil where it does not answer.
func (l *lab) ask(ctx context.Context, path string, v any) json.RawMessage {
	ctx, cancel := context.WithTimeout(ctx, statusWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.places.Screen+path, nil)
	if err != nil {
		return nil
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil // it is down or starting
	}
	defer resp.Body.Close()

	b, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	if err != nil || json.Unmarshal(b, v) != nil {
		return nil
	}

	return b
}
