package pcsc

import (
	"bytes"
	"time"
)

// The AT88SC102 in the ACR dialect (ACR38x, ACR3801 and ACR3901 manuals, section
// AT88SC101/102/1003): bytes by address, a write that only clears bits, an erase of
// one word of 2 bytes, a code that is presented with the address of its key.
//
// The application zones are erased word by word only until the issuer's fuse is
// blown. After that a zone is erased as a whole, under a key of its own, which
// card.Command has no place for: such a write is refused by the chip and ends as
// NotDone, or Unknown if some of its bytes went in.
const (
	zoneWord     = 2
	zoneCode     = 0x0A // address of the security code
	zoneAttempts = 0x0C // address of its attempts counter: 4 bits
	zoneCounter  = 8    // what the manuals give the reader as that counter's length in bits
)

// attempts are the tries that the counter's first byte has left. Which of its
// halves counts is not said alike everywhere; the other one stays set.
func attempts(b byte) byte { return min(ones(b&0x0F), ones(b>>4)) }

// countAttempts reads how many presentations are left.
func (d *Driver) countAttempts(now time.Time, then func(now time.Time, left byte)) {
	d.readOn(now, zoneAttempts, 1, nil, func(now time.Time, data []byte) { then(now, attempts(data[0])) })
}

// presentToZone presents the code. The reader's status says nothing of whether it
// was right; the counter does: the chip lets it be erased only after the right one.
func (d *Driver) presentToZone(now time.Time) {
	d.verified = false
	code := d.own.Job.Cmd.Data
	apdu := append([]byte{acrClass, acrPresent, zoneCounter, zoneCode, byte(len(code))}, code...)
	d.transmit(now, apdu, true, func(now time.Time, _ []byte) {
		d.countAttempts(now, func(_ time.Time, left byte) {
			if left == 4 {
				d.verified = true
				d.own.Done(nil)
				return
			}
			d.wrongPSC(left)
		})
	})
}

// startWords reads the words that the data touches and writes those that change.
func (d *Driver) startWords(now time.Time) {
	c := d.own.Job.Cmd
	from := c.Address - c.Address%zoneWord
	to := c.Address + len(c.Data)
	to += to % zoneWord
	d.readOn(now, from, to-from, nil, func(now time.Time, old []byte) {
		want := bytes.Clone(old)
		copy(want[c.Address-from:], c.Data)
		d.wordsOn(now, from, old, want)
	})
}

// wordsOn writes word by word, erasing those in which a bit must be set. A word that
// is right already is not touched: each erase wears, and some are counted.
func (d *Driver) wordsOn(now time.Time, at int, old, want []byte) {
	for len(want) > 0 && bytes.Equal(old[:zoneWord], want[:zoneWord]) {
		at, old, want = at+zoneWord, old[zoneWord:], want[zoneWord:]
	}

	if len(want) == 0 {
		d.readBack(now)
		return
	}

	next := func(now time.Time, _ []byte) { d.wordsOn(now, at+zoneWord, old[zoneWord:], want[zoneWord:]) }
	write := func(now time.Time, _ []byte) {
		if want[0] == 0xFF && want[1] == 0xFF {
			next(now, nil)
			return
		}
		d.pseudo(now, []byte{acrClass, acrWrite, 0, byte(at), zoneWord, want[0], want[1]}, next)
	}
	if want[0]&^old[0] == 0 && want[1]&^old[1] == 0 {
		write(now, nil)
		return
	}
	d.pseudo(now, []byte{acrClass, acrErase, 0, byte(at), 0}, write)
}
