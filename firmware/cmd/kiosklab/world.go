package main

import (
	"net/http"

	"wattkiosk/payments/money"
)

func (l *lab) setLine(r *http.Request) (any, error) {
	in := struct {
		Up      *bool `json:"up"`
		Loss    int   `json:"loss"`
		DelayMS int   `json:"delay_ms"`
	}{}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Up == nil {
		return nil, required("up")
	}
	s := lineState{Up: *in.Up, Loss: in.Loss, DelayMS: in.DelayMS}
	if err := s.check(); err != nil {
		return nil, unknown("%s", err)
	}
	l.line.set(s)
	return s, nil
}

func (l *lab) switchPower(r *http.Request) (any, error) {
	on, err := readOn(r)
	if err != nil {
		return nil, err
	}
	return done(l.setPower(r.Context(), on))
}

func (l *lab) switchOffice(r *http.Request) (any, error) {
	on, err := readOn(r)
	if err != nil {
		return nil, err
	}
	return done(l.office.want(r.Context(), on))
}

func (l *lab) killKioskd(r *http.Request) (any, error) {
	return done(l.kioskd.kill(r.Context()))
}

func readOn(r *http.Request) (bool, error) {
	var in struct {
		On *bool `json:"on"`
	}
	if err := body(r, &in); err != nil {
		return false, err
	}
	if in.On == nil {
		return false, required("on")
	}
	return *in.On, nil
}

// untilCleared keeps a fault on.
const untilCleared = -1

func (l *lab) setOutside(r *http.Request) (any, error) {
	var in struct {
		System string `json:"system"`
		Fault  string `json:"fault"`
		Clear  bool   `json:"clear"`
		Count  int    `json:"count"` // requests; 0 is until it is cleared
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	s, err := l.system(in.System)
	if err != nil {
		return nil, err
	}

	n := untilCleared
	switch {
	case in.Clear:
		n = 0
	case in.Count < 0:
		return nil, unknown("count %d is below 0", in.Count)
	case in.Count > 0:
		n = in.Count
	}
	if err := s.set(in.Fault, n); err != nil {
		return nil, unknown("%s", err)
	}

	return s.state(), nil
}

func (l *lab) getLedger(r *http.Request) (any, error) {
	s, err := l.system(r.PathValue("system"))
	if err != nil {
		return nil, err
	}

	return s.ledger(), nil
}

func (l *lab) addBill(r *http.Request) (any, error) {
	var in struct {
		Account string       `json:"account"`
		Amount  money.Amount `json:"amount"` // fen
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.Amount <= 0 || in.Amount > money.Max {
		return nil, unknown("amount %d is no bill; it is in fen", int64(in.Amount))
	}
	if err := l.mis.bill(in.Account, in.Amount, l.clock.Now()); err != nil {
		return nil, unknown("%s", err)
	}
	return okay{true}, nil
}
