package bench

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/crt310/crt310sim"
	"wattkiosk/hal/card/crt571/crt571sim"
	"wattkiosk/hal/card/pcsc/pcscsim"
	"wattkiosk/hal/port/ptysim"
)

// Cards of the drawer.
const (
	// MeterCardID is a CPU meter card of account 1000000003.
	MeterCardID = "meter-1"
	// MemoryCardID is an SLE4442 card.
	MemoryCardID = "memory-1"
)

// ErrNoCard says that no such card is in the drawer.
var ErrNoCard = errors.New("no such card in the drawer")

// cardReader is a simulated motor reader, whatever protocol it speaks.
type cardReader interface {
	hal.Peer
	InsertCard(now time.Time, c *cardsim.Card) error
	TakeCard(now time.Time) (*cardsim.Card, error)
	PullCard(now time.Time) (*cardsim.Card, error)
	PowerCut(now time.Time)
	PowerOn(now time.Time)
}

// Readers are the protocols that the bench's card reader can speak.
func Readers() []string { return []string{"crt571", "crt310", "pcsc"} }

func newReader(protocol string, now time.Time) (cardReader, error) {
	switch protocol {
	case "", "crt571":
		return crt571sim.New(crt571sim.Config{}), nil
	case "crt310":
		return crt310sim.New(crt310sim.Config{}), nil
	case "pcsc":
		return pcscsim.New(now, pcscsim.Config{ACR: true}), nil
	}
	return nil, fmt.Errorf("card reader %q is not one of %s", protocol, strings.Join(Readers(), ", "))
}

// layLine makes a device's line at path: a pseudo terminal, or the socket of pcscd.
func layLine(path string, peer hal.Peer) (ptysim.Line, error) {
	if _, ok := peer.(*pcscsim.Device); ok {
		return pcscsim.Listen(path)
	}
	return ptysim.Open(path)
}

func newDrawer() map[string]*cardsim.Card {
	return map[string]*cardsim.Card{
		MeterCardID: {ID: MeterCardID, Processor: cardsim.NewMeterCard(cardsim.Holder{
			Serial: [8]byte{0, 0, 0, 0, 0, 0, 0, 1},
		})},
		MemoryCardID: {ID: MemoryCardID, Memory: cardsim.NewSLE4442([3]byte{0xFF, 0xFF, 0xFF})},
	}
}

// Cards lists the cards in the drawer, sorted.
func (b *Bench) Cards() (ids []string) {
	b.lines["card"].Do(func(time.Time) { ids = slices.Sorted(maps.Keys(b.drawer)) })
	return ids
}

// InsertCard puts a card of the drawer into the reader. It fails when the reader
// lets none in.
func (b *Bench) InsertCard(id string) (err error) {
	b.lines["card"].Do(func(now time.Time) {
		c := b.drawer[id]
		if c == nil {
			err = fmt.Errorf("%w: %.40q", ErrNoCard, id)
			return
		}
		if err = b.reader.InsertCard(now, c); err == nil {
			delete(b.drawer, id)
		}
	})
	return err
}

// RemoveCard takes the card that the reader offers, or tears out the one it holds,
// and puts it back into the drawer.
func (b *Bench) RemoveCard() (id string, err error) {
	b.lines["card"].Do(func(now time.Time) {
		c, e := b.reader.TakeCard(now)
		if e != nil {
			c, e = b.reader.PullCard(now)
		}
		if err = e; err == nil {
			b.drawer[c.ID], id = c, c.ID
		}
	})
	return id, err
}
