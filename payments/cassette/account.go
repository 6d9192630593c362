package cassette

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"wattkiosk/payments/cash"
	"wattkiosk/payments/collection"
	"wattkiosk/payments/leg"
	"wattkiosk/payments/money"
)

// Errors of Check and Book. ErrDivided says that a collection did not divide what the
// records say was inside; ErrBalance that notes are missing, or more than ever went in.
var (
	ErrDivided = errors.New("not what the records say was in the cassette")
	ErrBalance = errors.New("collections and cassette are not the notes that went in")
)

// maxWaiting bounds the notes that nobody can place and that may be heard of again. Of more
// than these, what is heard later is believed to be another note: they stay in doubt.
const maxWaiting = 64

// Account is the cassette by the records. The zero value is one that nothing went into.
type Account struct {
	Notes int          `json:"notes"`
	Total money.Amount `json:"total"`

	Piles   []collection.Pile `json:"piles,omitempty"`   // of the notes whose value is known, the largest first
	Unknown int64             `json:"unknown,omitempty"` // of Notes: whose value nobody knows; they add nothing to Total
	Prior   bool              `json:"prior,omitempty"`   // the records do not reach back to the last exchange

	Cut string `json:"cut,omitempty"` // a collection whose beginning the records do not have

	Number string `json:"number,omitempty"` // on the cassette; empty where nobody said
	Since  int64  `json:"since,omitempty"`  // Unix ms, when it was put in; 0 where the records do not say
	Moved  int64  `json:"moved,omitempty"`  // how often it was taken out since, unasked or to be put back with its notes
	Left   bool   `json:"left,omitempty"`   // it was taken out in the collection that is open
	Away   bool   `json:"away,omitempty"`   // none is in its place

	Doubt   money.Amount `json:"doubt,omitempty"` // of notes since then that nobody can place
	Doubts  int64        `json:"doubts,omitempty"`
	Waiting []Waiting    `json:"waiting,omitempty"` // those of them that may be heard of

	Collection collection.Collection `json:"collection,omitzero"` // the one that is open, else the last
}

// Waiting is a note that nobody can place.
type Waiting struct {
	Serial string       `json:"serial"`
	Note   int          `json:"note"`
	Value  money.Amount `json:"value"`
}

// Open is the collection that has begun and has no end.
func (a Account) Open() (collection.Collection, bool) { return a.Collection, a.Collection.Open() }

// Inside is how many notes are inside, and their sum.
func (a Account) Inside() Tally { return Tally{int64(a.Notes), a.Total} }

// Equal reports whether two accounts say the same.
func (a Account) Equal(b Account) bool { return reflect.DeepEqual(a, b) }

// Older is the notes inside whose denomination the account does not tell, and their sum.
func (a Account) Older() (int64, money.Amount) {
	return int64(a.Notes) - collection.Notes(a.Piles) - a.Unknown, a.Total - collection.Sum(a.Piles)
}

// Take is the account after an event. serial is the one that its record names. Events that
// are nothing to the cassette leave it as it is.
func (a Account) Take(serial string, e leg.Event) (Account, error) {
	next := a
	next.Piles, next.Waiting = slices.Clone(a.Piles), slices.Clone(a.Waiting)
	switch e := e.(type) {
	case cash.NoteStacked:
		next.found(serial, e.Note)
		next.add(e.Value)
	case cash.NoteReturned:
		next.found(serial, e.Note)
	case cash.NoteUnresolved:
		next.wait(Waiting{serial, e.Note, e.Value})
	case cash.StrayNote:
		next.stray(e)
	case collection.Moved:
		next.move(e)
	default:
		if collection.Is(e) {
			return next.collect(a, serial, e)
		}
	}

	return next, nil
}

func (a *Account) add(v money.Amount) {
	a.Notes, a.Total = a.Notes+1, a.Total+v
	if v <= 0 {
		a.Unknown++
		return
	}

	i, have := slices.BinarySearchFunc(a.Piles, v, func(p collection.Pile, v money.Amount) int { return cmp.Compare(v, p.Value) })
	if !have {
		a.Piles = slices.Insert(a.Piles, i, collection.Pile{Value: v})
	}
	a.Piles[i].Notes++
}

// found takes a note out of doubt, if it is one that waits.
func (a *Account) found(serial string, note int) {
	i := slices.IndexFunc(a.Waiting, func(w Waiting) bool { return w.Serial == serial && w.Note == note })
	if i < 0 {
		return
	}
	a.Doubts, a.Doubt = a.Doubts-1, a.Doubt-a.Waiting[i].Value
	if a.Waiting = slices.Delete(a.Waiting, i, i+1); len(a.Waiting) == 0 {
		a.Waiting = nil
	}
}

// wait puts a note in doubt, once.
func (a *Account) wait(w Waiting) {
	a.found(w.Serial, w.Note)
	a.Doubts, a.Doubt = a.Doubts+1, a.Doubt+w.Value
	if len(a.Waiting) < maxWaiting {
		a.Waiting = append(a.Waiting, w)
	}
}

func (a *Account) stray(e cash.StrayNote) {
	if e.InCassette() {
		a.add(e.Value)
		return
	}
	a.Doubts, a.Doubt = a.Doubts+1, a.Doubt+e.Value
}

func (a *Account) move(e collection.Moved) {
	switch {
	case e.Out && a.Collection.Stage == collection.Begun:
		a.Left = true
	case e.Out:
		a.Moved++
	}
	a.Away = e.Out
}

// collect takes an event of a collection. One whose beginning the records do not have
// any more still divides the notes.
func (a Account) collect(before Account, serial string, e leg.Event) (Account, error) {
	var c collection.Collection
	_, opens := e.(collection.Opened)
	divided, divides := e.(collection.Exchanged)
	switch {
	case opens && !a.Collection.Open():
	case !opens && a.Collection.Serial != serial && (a.Prior || a.Cut == serial):
		a.Cut = serial
		if divides {
			a = a.exchanged(divided)
		}

		return a, nil
	default:
		c = a.Collection
	}

	c, err := c.Apply(serial, e)
	if err != nil {
		return before, err
	}
	if divides {
		a = a.exchanged(divided)
	}
	if given, is := e.(collection.Abandoned); is && (a.Left || given.Reason == collection.PutBack) {
		a.Moved++
	}
	a.Collection, a.Left = c, a.Left && c.Stage == collection.Begun

	return a, nil
}

// exchanged is the account of the cassette that came in with e.
func (a Account) exchanged(e collection.Exchanged) Account {
	return Account{Number: e.In, Since: e.At, Cut: a.Cut, Collection: a.Collection}
}

// Divide is the Exchanged that a collection makes of this account now.
func (a Account) Divide(in string, how collection.How, at int64) collection.Exchanged {
	older, sum := a.Older()

	return collection.Exchanged{
		Out: a.Number, In: in, How: how, Inside: slices.Clone(a.Piles), Doubt: a.Doubt, Doubts: a.Doubts + a.Unknown,
		Prior: a.Prior || older > 0, Older: sum, OlderNotes: older, Moved: a.Moved, At: at,
	}
}

// Check reports an Exchanged that does not divide what is in this account. Where the
// records do not reach back, it may only tell of more than they have.
func (a Account) Check(e collection.Exchanged) error {
	due := a.Divide(e.In, e.How, e.At)
	if a.Prior {
		if collection.Notes(e.Inside)+e.OlderNotes < collection.Notes(a.Piles) || collection.Sum(e.Inside)+e.Older < a.Total {
			return fmt.Errorf("%w: %s divided, at least %s was inside", ErrDivided, collection.Sum(e.Inside)+e.Older, a.Total)
		}

		return nil
	}

	if !slices.Equal(e.Inside, due.Inside) || e.Older != due.Older || e.OlderNotes != due.OlderNotes {
		return fmt.Errorf("%w: %s divided, %s was inside", ErrDivided, collection.Sum(e.Inside)+e.Older, a.Total)
	}
	if e.Doubt != due.Doubt || e.Doubts != due.Doubts || e.Out != due.Out || e.Moved != due.Moved {
		return fmt.Errorf("%w: %d notes of %s in doubt, %d of %s were", ErrDivided, e.Doubts, e.Doubt, due.Doubts, due.Doubt)
	}

	return nil
}
