package emv

import (
	"errors"
	"fmt"
	"slices"

	"wattkiosk/payments/emv/tlv"
)

// MaxObjects is how many data objects a card and the terminal may have together.
const MaxObjects = 160

var errTwice = errors.New("data object came twice")

// objects are the data objects of a payment: the terminal's, and those of the card.
type objects struct{ all []object }

type object struct {
	tag   tlv.Tag
	value []byte
	card  bool // came from the card, or from the dialogue with it
}

func (o *objects) find(tag tlv.Tag) *object {
	i := slices.IndexFunc(o.all, func(x object) bool { return x.tag == tag })
	if i < 0 {
		return nil
	}

	return &o.all[i]
}

// get is the value, nil when there is none.
func (o *objects) get(tag tlv.Tag) []byte {
	if x := o.find(tag); x != nil {
		return x.value
	}

	return nil
}

// set keeps a copy of a value of the terminal's or of the dialogue's, in place of an
// older one.
func (o *objects) set(tag tlv.Tag, value []byte, card bool) {
	x := o.find(tag)
	if x == nil {
		o.all = append(o.all, object{tag: tag})
		x = &o.all[len(o.all)-1]
	}
	clear(x.value)
	x.value, x.card = append(x.value[:0], value...), card
}

// add keeps a copy of what a record of the card brought. What the terminal and the
// dialogue own is passed over; the same object twice is an error (Book 3, 7.5).
func (o *objects) add(tag tlv.Tag, value []byte) error {
	x := o.find(tag)
	switch {
	case slices.Contains(written, tag), x != nil && !x.card:
		return nil
	case x != nil:
		return fmt.Errorf("%w: %v: %w", ErrMalformed, tag, errTwice)
	case len(o.all) >= MaxObjects:
		return fmt.Errorf("%w: %d data objects", ErrBounds, MaxObjects)
	}
	o.set(tag, value, true)

	return nil
}

func (o *objects) wipe() {
	for _, x := range o.all {
		clear(x.value)
	}
	o.all = nil
}
