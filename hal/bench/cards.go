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
)

// Cards of the drawer, beside the bank cards of cardsim.
const (
	// MeterCardID is a CPU meter card of account 1000000003.
	MeterCardID = "meter-1"
	// MemoryCardID is an SLE4442 card.
	MemoryCardID = "memory-1"
)

// Why a hand at the card slot does not do what it wants to.
var (
	// ErrNoCard: no such card is in the drawer, or on the bench at all.
	ErrNoCard = errors.New("no such card")
	// ErrShut: the reader lets no card in.
	ErrShut = errors.New("the reader lets no card in")
	// ErrHeld: there is no card that could be taken.
	ErrHeld = errors.New("no card can be taken")
)

// Place is where a card is.
type Place string

// The places.
const (
	InDrawer Place = "drawer"
	AtGate   Place = "gate" // half in, half out: a hand can take it
	InReader Place = "reader"
	Captured Place = "captured" // in the reader's bin
)

// CardState is a card as it is now, without a secret: numbers are masked.
type CardState struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"` // bank, meter, memory
	Where Place  `json:"where"`
	Chip  bool   `json:"chip"`
	// Stripe is track 2, of which only the first and the last digits of the number are
	// there; empty without a stripe.
	Stripe string `json:"stripe,omitempty"`

	PAN     string `json:"pan,omitempty"`     // of the first application
	Count   int    `json:"count"`             // payments, or purchases, that the chip has counted
	Tries   int    `json:"tries"`             // of the card's own PIN, left
	Scripts int    `json:"scripts"`           // commands of the issuer that it has carried out
	Blocked bool   `json:"blocked,omitempty"` // by its issuer, as a whole
	Purse   int64  `json:"purse,omitempty"`   // fen, of a meter card

	Applications []ApplicationState `json:"applications,omitempty"`
}

// ApplicationState is one application of a bank card.
type ApplicationState struct {
	Label   string `json:"label"`
	PAN     string `json:"pan"` // masked
	Count   int    `json:"count"`
	Tries   int    `json:"tries"`
	Scripts int    `json:"scripts"`
	Blocked bool   `json:"blocked,omitempty"`
}

func newDrawer() map[string]*cardsim.Card {
	drawer := cardsim.BankCards()
	drawer[MeterCardID] = &cardsim.Card{ID: MeterCardID, Processor: cardsim.NewMeterCard(cardsim.Holder{
		Serial: [8]byte{0, 0, 0, 0, 0, 0, 0, 1},
	})}
	drawer[MemoryCardID] = &cardsim.Card{ID: MemoryCardID, Memory: cardsim.NewSLE4442([3]byte{0xFF, 0xFF, 0xFF})}
	return drawer
}

// atReader does something at the reader's line, and with the cards, which belong to it.
func (b *Bench) atReader(do func(now time.Time)) { b.lines["card"].Do(do) }

// Cards lists the cards in the drawer, sorted.
func (b *Bench) Cards() (ids []string) {
	b.atReader(func(time.Time) { ids = slices.Sorted(maps.Keys(b.drawer)) })
	return ids
}

// AllCards are all cards of the bench, wherever they are, in the order of their names.
func (b *Bench) AllCards() (all []CardState) {
	b.atReader(func(time.Time) {
		for _, id := range slices.Sorted(maps.Keys(b.cards)) {
			all = append(all, b.cardState(b.cards[id]))
		}
	})
	return all
}

// Card is one of them; an unknown one is ErrNoCard.
func (b *Bench) Card(id string) (s CardState, err error) {
	b.atReader(func(time.Time) {
		c := b.cards[id]
		if c == nil {
			err = fmt.Errorf("%w: %.40q", ErrNoCard, id)
			return
		}
		s = b.cardState(c)
	})
	return s, err
}

// InsertCard puts a card of the drawer into the reader. It fails with ErrShut when the
// reader lets none in.
func (b *Bench) InsertCard(id string) (err error) {
	b.atReader(func(now time.Time) {
		c := b.drawer[id]
		if c == nil {
			err = fmt.Errorf("%w in the drawer: %.40q", ErrNoCard, id)
			return
		}
		if err = b.reader.InsertCard(now, c); err != nil {
			err = fmt.Errorf("%w: %s", ErrShut, b.shutBecause())
			return
		}
		delete(b.drawer, id)
	})
	return err
}

// shutBecause is why a card does not go in.
func (b *Bench) shutBecause() string {
	for _, c := range b.cards {
		if p := b.place(c); p == AtGate || p == InReader {
			return "there is " + c.ID + " in it"
		}
	}
	return "its gate opens only while the kiosk asks for a card"
}

// RemoveCard takes the card that the reader offers and puts it back into the drawer. It
// fails with ErrHeld while the reader holds its card, and without one.
func (b *Bench) RemoveCard() (id string, err error) {
	b.atReader(func(now time.Time) { id, err = b.putBack(b.reader.TakeCard(now)) })
	return id, err
}

// PullCard tears the card out, even if the reader holds it.
func (b *Bench) PullCard() (id string, err error) {
	b.atReader(func(now time.Time) { id, err = b.putBack(b.reader.PullCard(now)) })
	return id, err
}

func (b *Bench) putBack(c *cardsim.Card, err error) (string, error) {
	if err != nil {
		for _, held := range b.cards {
			if b.place(held) == InReader {
				return "", fmt.Errorf("%w: the reader holds %s", ErrHeld, held.ID)
			}
		}
		return "", fmt.Errorf("%w: there is none at the gate", ErrHeld)
	}
	b.drawer[c.ID] = c
	return c.ID, nil
}

// EmptyBin is staff who take the captured cards out; they are in the drawer then.
func (b *Bench) EmptyBin() (ids []string) {
	b.atReader(func(time.Time) {
		for _, c := range b.reader.EmptyBin() {
			b.drawer[c.ID] = c
			ids = append(ids, c.ID)
		}
	})
	return ids
}

// place needs the reader's line.
func (b *Bench) place(c *cardsim.Card) Place {
	switch {
	case b.drawer[c.ID] != nil:
		return InDrawer
	case b.reader.Offered() == c:
		return AtGate
	case slices.Contains(b.reader.Retained(), c):
		return Captured
	}
	return InReader
}

// cardState needs the reader's line.
func (b *Bench) cardState(c *cardsim.Card) CardState {
	s := CardState{ID: c.ID, Kind: "bank", Where: b.place(c), Chip: c.Processor != nil || c.Memory != nil, Stripe: maskedStripe(c.Tracks[1])}
	switch chip := c.Processor.(type) {
	case *cardsim.MeterCard:
		fen, count := chip.Purse()
		s.Kind, s.Purse, s.Count = "meter", int64(fen), int(count)
	case *cardsim.BankCard:
		s.Blocked = chip.Blocked
	}
	if c.Memory != nil {
		s.Kind = "memory"
	}

	for _, app := range c.BankApplications() {
		s.Applications = append(s.Applications, ApplicationState{
			Label: app.Label, PAN: masked(app.PAN), Count: int(app.ATC), Tries: int(app.Tries), Scripts: int(app.Scripts), Blocked: app.Blocked,
		})
	}
	if len(s.Applications) > 0 {
		first := s.Applications[0]
		s.PAN, s.Count, s.Tries, s.Scripts = first.PAN, first.Count, first.Tries, first.Scripts
	}
	return s
}

// masked is a card's number of which six digits and the last four are left.
func masked(pan string) string {
	if len(pan) < 12 {
		return strings.Repeat("*", len(pan))
	}
	return pan[:6] + strings.Repeat("*", len(pan)-10) + pan[len(pan)-4:]
}

func maskedStripe(track2 string) string {
	pan, rest, ok := strings.Cut(track2, "=")
	if !ok {
		return strings.Repeat("*", len(track2))
	}
	return masked(pan) + "=" + strings.Repeat("*", len(rest))
}

// cardReader is a simulated reader, whatever protocol it speaks.
type cardReader interface {
	hal.Peer
	InsertCard(now time.Time, c *cardsim.Card) error
	TakeCard(now time.Time) (*cardsim.Card, error)
	PullCard(now time.Time) (*cardsim.Card, error)
	Offered() *cardsim.Card
	Retained() []*cardsim.Card
	EmptyBin() []*cardsim.Card
	powered
	Fault(kind string, clear bool) error
}
