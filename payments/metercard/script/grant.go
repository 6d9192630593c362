package script

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"wattkiosk/payments/metercard"
)

// ErrGrant is wrapped by what a Grant refuses: the script would touch what is none of a
// purchase's business.
var ErrGrant = errors.New("script is not allowed to do this")

// Grant is what scripts may touch on one card. The zero value allows nothing.
type Grant struct {
	form  metercard.Form
	write bool
}

// Purchase is what a purchase may touch on a card of this form.
func Purchase(form metercard.Form) Grant { return Grant{form: form, write: true} }

// ReadOnly is the reading part of it.
func ReadOnly(form metercard.Form) Grant { return Grant{form: form} }

// place is what a processor card has selected; ef is 0 where nothing is. The zero value
// is the master file, as after a reset.
type place struct {
	inside bool // DF01
	ef     byte
}

// files are those that may be read, with the bytes that may be written; 0 is none.
var files = map[place]int{
	{ef: 0x01}:               39,
	{ef: 0x19}:               0,
	{inside: true, ef: 0x01}: 45,
	purseFile:                purseSize,
	{inside: true, ef: 0x03}: 258,
	{inside: true, ef: 0x04}: 258,
	{inside: true, ef: 0x05}: 49,
}

// purseFile is written whole: a part of it is another amount, or another count.
var purseFile = place{inside: true, ef: 0x02}

const purseSize = 8

// span is the bytes from one address up to another, which is not part of it.
type span struct{ from, to int }

func within(spans []span, address, n int) bool {
	for _, s := range spans {
		if address >= s.from && n <= s.to-address {
			return true
		}
	}

	return false
}

// memories are the main areas of memory cards.
var memories = map[metercard.Form]struct{ read, write []span }{
	metercard.SLE4442:   {read: []span{{0, 256}}, write: []span{{32, 256}}},
	metercard.AT88SC102: {read: []span{{0, 10}, {22, 86}, {92, 156}}, write: []span{{22, 86}}},
}

// check walks through the steps from where the card stands; it returns where it stands
// after them.
func (g Grant) check(at place, steps []Step) (place, error) {
	for i, s := range steps {
		var err error
		switch {
		case s.Changes && !g.write:
			err = errors.New("this run only reads")
		case g.form == metercard.CPU:
			at, err = g.processor(at, s)
		default:
			err = g.memory(s)
		}
		if err != nil {
			return at, fmt.Errorf("%w: step %d: %w", ErrGrant, i, err)
		}
	}

	return at, nil
}

func (g Grant) memory(s Step) error {
	m, known := memories[g.form]
	switch {
	case !known:
		return fmt.Errorf("cards of form %.20q", g.form)
	case s.Op == APDU:
		return errors.New("a memory card takes no commands of processor cards")
	case s.Op == Verify:
		return nil
	case s.Area != 0:
		return errors.New("protection bits")
	case s.Op == Read && !within(m.read, s.Address, s.Length):
		return fmt.Errorf("reading %d bytes at %d", s.Length, s.Address)
	case s.Op == Write && !within(m.write, s.Address, len(s.Data)):
		return fmt.Errorf("writing %d bytes at %d", len(s.Data), s.Address)
	}

	return nil
}

func (g Grant) processor(at place, s Step) (place, error) {
	c, ok := parse(s.Data)
	if s.Op != APDU || !ok {
		return at, errors.New("a processor card takes only commands of its own")
	}
	if c.cla != classPlain && (c.cla != classSecure || c.ins != insUpdate) {
		return at, fmt.Errorf("class %s", hexOf(c.cla))
	}

	switch c.ins {
	case insSelect:
		return at.pick(c)
	case insRead:
		return at.after(c), at.read(c)
	case insUpdate:
		return at.after(c), at.update(c, s.Purse)
	case insChallenge:
		if c.p1 != 0 || c.p2 != 0 || len(c.data) > 0 || c.le != 4 && c.le != 8 {
			return at, errors.New("a challenge of another form")
		}
	case insInternal, insExternal:
		if c.p1 != 0 || len(c.data) != 8 {
			return at, errors.New("an authentication of another form")
		}
	default:
		return at, fmt.Errorf("instruction %s", hexOf(c.ins))
	}
	if s.Purse {
		return at, errors.New("a purse that is not the purse file")
	}

	return at, nil
}

// pick follows a SELECT by file identifier.
func (p place) pick(c command) (place, error) {
	if c.p1 != 0 || c.p2 != 0 || len(c.data) != 2 {
		return p, errors.New("a selection of another form")
	}
	switch {
	case bytes.Equal(c.data, []byte{0x3F, 0x00}):
		return place{}, nil
	case bytes.Equal(c.data, []byte{0xDF, 0x01}):
		return place{inside: true}, nil
	}

	next := place{p.inside, c.data[1]}
	if _, known := files[next]; !known || c.data[0] != 0x00 && c.data[0] != 0xEF {
		return p, fmt.Errorf("selecting %X in %s", c.data, p)
	}

	return next, nil
}

// of is the file and the offset that P1 and P2 name: a short identifier in P1, or the
// selected file.
func (p place) of(c command) (place, int) {
	if c.p1&0x80 != 0 {
		return place{p.inside, c.p1 & 0x1F}, int(c.p2)
	}

	return p, int(c.p1)<<8 | int(c.p2)
}

// after is where the card stands then. A file that was named by its short identifier may
// be the selected one from there on, or not: with another than before, none is certain.
func (p place) after(c command) place {
	if f, _ := p.of(c); f != p {
		return place{inside: p.inside}
	}

	return p
}

func (p place) read(c command) error {
	f, _ := p.of(c)
	if _, known := files[f]; !known || len(c.data) > 0 || c.le == 0 || c.p1&0xE0 > 0x80 {
		return fmt.Errorf("reading %s", f)
	}

	return nil
}

func (p place) update(c command, purse bool) error {
	f, offset := p.of(c)
	n := len(c.data)
	if c.cla == classSecure {
		n -= macSize
	}

	switch size := files[f]; {
	case n < 1 || c.le != 0 || c.p1&0xE0 > 0x80 || offset+n > size:
		return fmt.Errorf("writing %d bytes at %d of %s", n, offset, f)
	case purse != (f == purseFile):
		return fmt.Errorf("writing %s, marked as the purse: %t", f, purse)
	case purse && n != purseSize:
		return fmt.Errorf("writing %d bytes of the purse", n)
	}

	return nil
}

// String is such as DF01/EF02.
func (p place) String() string {
	name := "MF"
	if p.inside {
		name = "DF01"
	}
	if p.ef != 0 {
		name += "/EF" + strings.ToUpper(hexOf(p.ef))
	}

	return name
}
