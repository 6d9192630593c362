package bench

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"wattkiosk/hal/card/cardsim"
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
		if err = b.reader.Insert(now, c); err == nil {
			delete(b.drawer, id)
		}
	})
	return err
}

// RemoveCard takes the card that the reader offers, or tears out the one it holds,
// and puts it back into the drawer.
func (b *Bench) RemoveCard() (id string, err error) {
	b.lines["card"].Do(func(now time.Time) {
		c, e := b.reader.Take(now)
		if e != nil {
			c, e = b.reader.Pull(now)
		}
		if err = e; err == nil {
			b.drawer[c.ID], id = c, c.ID
		}
	})
	return id, err
}
