package main

import (
	"errors"
	"io"
	"net/http"

	"wattkiosk/hal/bench"
)

// listCards lists the drawer, and all cards as they are.
func (l *lab) listCards(*http.Request) (any, error) {
	return map[string]any{"cards": l.bench.Cards(), "all": l.bench.AllCards()}, nil
}

func (l *lab) getCard(r *http.Request) (any, error) {
	c, err := l.bench.Card(r.PathValue("id"))
	if err != nil {
		return nil, no(http.StatusNotFound, "unknown", "%s", err)
	}
	return c, nil
}

func (l *lab) insertCard(r *http.Request) (any, error) {
	var in struct {
		Card string `json:"card"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if err := l.bench.InsertCard(in.Card); err != nil {
		return nil, notAtSlot(err)
	}
	return okay{true}, nil
}

// notAtSlot is why a hand at the slot does not do what it wants to.
func notAtSlot(err error) error {
	switch {
	case errors.Is(err, bench.ErrNoCard):
		return unknown("%s", err)
	case errors.Is(err, bench.ErrShut), errors.Is(err, bench.ErrHeld):
		return no(http.StatusConflict, "refused", "%s", err)
	}
	return err
}

// removeCard takes the card that the reader offers; by force, the one that it holds.
func (l *lab) removeCard(r *http.Request) (any, error) {
	var in struct {
		Card string `json:"card"` // the one that is meant; "" is whichever is there
		Pull bool   `json:"pull"` // by force
	}
	if err := bodyIfAny(r, &in); err != nil {
		return nil, err
	}
	if err := l.inReader(in.Card); err != nil {
		return nil, err
	}

	take := l.bench.RemoveCard
	if in.Pull {
		take = l.bench.PullCard
	}
	id, err := take()
	if err != nil {
		return nil, notAtSlot(err)
	}
	return map[string]string{"card": id}, nil
}

// inReader wants a card that is named to be in the reader.
func (l *lab) inReader(id string) error {
	if id == "" {
		return nil
	}
	c, err := l.bench.Card(id)
	if err != nil {
		return notAtSlot(err)
	}
	if c.Where != bench.AtGate && c.Where != bench.InReader {
		return no(http.StatusConflict, "refused", "%s is not in the reader: it is in the %s", id, map[bench.Place]string{bench.InDrawer: "drawer", bench.Captured: "bin"}[c.Where])
	}
	return nil
}

// bodyIfAny is body, where none is an empty object.
func bodyIfAny(r *http.Request, v any) error {
	if r.ContentLength == 0 {
		_, err := io.Copy(io.Discard, r.Body)
		return err
	}
	return body(r, v)
}

func (l *lab) emptyBin(*http.Request) (any, error) {
	ids := l.bench.EmptyBin()
	if ids == nil {
		ids = []string{}
	}
	return map[string]any{"cards": ids}, nil
}

func (l *lab) cardFault(r *http.Request) (any, error) { return setFault(r, l.bench.CardFault) }

func (l *lab) pinpadFault(r *http.Request) (any, error) { return setFault(r, l.bench.PinpadFault) }

func (l *lab) pressKeys(r *http.Request) (any, error) {
	var in struct {
		Keys string `json:"keys"` // digits, E enter, C cancel, B backspace
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if err := l.bench.Press(in.Keys); err != nil {
		return nil, unknown("%s", err)
	}
	return okay{true}, nil
}

// cardWords say what each card of the drawer is for, for people at the bench.
func cardWords() map[string]string {
	return map[string]string{
		"bank-1":   "chip and stripe, ¥ 100,000",
		"bank-2":   "no money on the account",
		"bank-3":   "stolen: the bank wants it kept",
		"bank-4":   "stripe only, ¥ 1,000",
		"bank-5":   "its chip declines after the bank approved",
		"bank-6":   "two accounts: debit and credit",
		"bank-7":   "expired",
		"bank-8":   "blocked by its bank",
		"bank-9":   "SM4 chip, ¥ 1,000",
		"memory-1": "SLE4442, blank",
		"meter-1":  "meter card of 1000000003",
	}
}
