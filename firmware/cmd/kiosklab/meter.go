package main

import (
	"errors"
	"net/http"

	"wattkiosk/hal/bench"
	"wattkiosk/payments/money"
)

// meters are the customer's hand at the meters at home.
type meters struct{ bench *bench.Bench }

func (m meters) list(*http.Request) (any, error) {
	return map[string]any{"meters": m.bench.Meters()}, nil
}

func (m meters) get(r *http.Request) (any, error) {
	s, err := m.bench.Meter(r.PathValue("no"))
	if err != nil {
		return nil, no(http.StatusNotFound, "unknown", "%s", err)
	}
	return s, nil
}

// use puts a card into a meter, or has it use energy.
func (m meters) use(r *http.Request) (any, error) {
	var in struct {
		Card string       `json:"card"`
		Use  money.Amount `json:"use"` // fen
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if (in.Card == "") == (in.Use == 0) {
		return nil, unknown("a meter is given a card, or energy to use")
	}

	if in.Card != "" {
		s, err := m.bench.PutIntoMeter(r.PathValue("no"), in.Card)
		return s, notAtMeter(err)
	}
	s, err := m.bench.UseEnergy(r.PathValue("no"), in.Use)
	return s, notAtMeter(err)
}

// notAtMeter is why nothing is done at a meter.
func notAtMeter(err error) error {
	switch {
	case errors.Is(err, bench.ErrNoMeter):
		return no(http.StatusNotFound, "unknown", "%s", err)
	case errors.Is(err, bench.ErrUse):
		return unknown("%s", err)
	}
	return notAtSlot(err)
}
