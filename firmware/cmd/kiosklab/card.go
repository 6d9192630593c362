package main

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"

	"wattkiosk/hal/bench"
)

// cardDesk is the customer's hand at the card readers and the PIN pad.
type cardDesk struct{ bench *bench.Bench }

// list lists the drawer, and all cards as they are.
func (d cardDesk) list(*http.Request) (any, error) {
	return map[string]any{"cards": d.bench.Cards(), "all": d.bench.AllCards()}, nil
}

func (d cardDesk) get(r *http.Request) (any, error) {
	c, err := d.bench.Card(r.PathValue("id"))
	if err != nil {
		return nil, no(http.StatusNotFound, "unknown", "%s", err)
	}
	return c, nil
}

// insert puts a card into the slot where cards of its kind belong, or the one that is
// named. A hand may tear it out again while it is being written, or pull the plug.
func (d cardDesk) insert(r *http.Request) (any, error) {
	var in struct {
		Card   string     `json:"card"`
		Slot   bench.Slot `json:"slot"`
		PullAt int        `json:"pull_at"` // the command, of those that change the card, in which it is torn out; 0 is never
		Torn   string     `json:"torn"`    // before or after that has its effect; "" is before
		Plug   bool       `json:"plug"`    // the kiosk's plug is pulled instead, and the card stays in
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if in.PullAt < 0 || !slices.Contains([]string{"", "before", "after"}, in.Torn) {
		return nil, unknown("pull_at %d, torn %.20q: it is torn out in command 1 or later, before or after", in.PullAt, in.Torn)
	}

	err := d.bench.InsertCard(bench.Insertion{Card: in.Card, Slot: in.Slot, Pull: bench.Pull{At: in.PullAt, Done: in.Torn == "after", Plug: in.Plug}})
	if err != nil {
		return nil, notAtSlot(err)
	}
	return okay{true}, nil
}

// notAtSlot is why a hand at the slot does not do what it wants to.
func notAtSlot(err error) error {
	switch {
	case errors.Is(err, bench.ErrNoCard), errors.Is(err, bench.ErrNoSlot), errors.Is(err, bench.ErrPull):
		return unknown("%s", err)
	case errors.Is(err, bench.ErrShut), errors.Is(err, bench.ErrHeld):
		return no(http.StatusConflict, "refused", "%s", err)
	}
	return err
}

// remove takes the card that the reader offers; by force, the one that it holds.
func (d cardDesk) remove(r *http.Request) (any, error) {
	var in struct {
		Card string `json:"card"` // the one that is meant; "" is whichever is there
		Pull bool   `json:"pull"` // by force
	}
	if err := bodyIfAny(r, &in); err != nil {
		return nil, err
	}
	if err := d.inReader(in.Card); err != nil {
		return nil, err
	}

	take := d.bench.RemoveCard
	if in.Pull {
		take = d.bench.PullCard
	}
	id, err := take(in.Card)
	if err != nil {
		return nil, notAtSlot(err)
	}
	return map[string]string{"card": id}, nil
}

// inReader wants a card that is named to be in the reader.
func (d cardDesk) inReader(id string) error {
	if id == "" {
		return nil
	}
	c, err := d.bench.Card(id)
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

func (d cardDesk) emptyBin(*http.Request) (any, error) {
	ids := d.bench.EmptyBin()
	if ids == nil {
		ids = []string{}
	}
	return map[string]any{"cards": ids}, nil
}

// cardFault sets a fault of the reader of a slot; of bank cards where none is named.
func (d cardDesk) cardFault(r *http.Request) (any, error) {
	var in struct {
		fault
		Slot bench.Slot `json:"slot"`
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if err := d.bench.CardFault(cmp.Or(in.Slot, bench.BankSlot), in.Kind, in.Clear); err != nil {
		return nil, unknown("%s", err)
	}
	return okay{true}, nil
}

func (d cardDesk) pinpadFault(r *http.Request) (any, error) { return setFault(r, d.bench.PinpadFault) }

func (d cardDesk) press(r *http.Request) (any, error) {
	var in struct {
		Keys string `json:"keys"` // digits, E enter, C cancel, B backspace
	}
	if err := body(r, &in); err != nil {
		return nil, err
	}
	if err := d.bench.Press(in.Keys); err != nil {
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

		"meter-1":     "meter card of 1000000003: it can buy",
		"meter-2":     "the meter has not loaded the last purchase",
		"meter-4442":  "meter card of 1000000007, an SLE4442",
		"meter-102":   "meter card of 1000000008, an AT88SC102",
		"meter-open":  "open-account card of 1000000006, not in its meter yet",
		"meter-blank": "meter card of nobody",
		"meter-other": "meter card of another utility",
	}
}
