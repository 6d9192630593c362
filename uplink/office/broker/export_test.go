package broker

import "log/slog"

// ErrFull is the refusal of a kiosk for which there is no place.
var ErrFull = errFull

// Guests are the places of a broker without connections.
type Guests struct{ g *guests }

// NewGuests has so many places for kiosks.
func NewGuests(places int, log *slog.Logger) Guests { return Guests{newGuests(places, log)} }

// Enter takes a place; leave gives it back.
func (p Guests) Enter(name string) (leave func(), err error) {
	v := newVisit(name, nil, nil, Welcome)
	_, err = p.g.enter(v)
	return func() { p.g.leave(v) }, err
}
