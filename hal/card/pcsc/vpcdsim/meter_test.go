package vpcdsim_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/pcsc"
)

// apdu sends one command to the card, which must end in 9000; the data.
func (k *kiosk) apdu(b ...byte) []byte {
	k.Helper()
	r := k.want(card.Command{Op: card.Transmit, Data: b}, card.Done, nil)
	if n := len(r); n < 2 || r[n-2] != 0x90 || r[n-1] != 0 {
		k.Fatalf("% X: answer of %d bytes, status % X", b[:4], n, r[max(n-2, 0):])
	}
	return r[:len(r)-2]
}

// purchase is the way to the purse: select, authenticate both ways, a challenge;
// it returns the UPDATE BINARY that writes amount and count.
func (k *kiosk) purchase(m *cardsim.MeterCard, fen, count uint32) []byte {
	k.Helper()
	k.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	k.apdu(0x00, 0xA4, 0x00, 0x00, 0x02, 0x3F, 0x00)
	serial := [8]byte(k.apdu(0x00, 0xB0, 0x99, 0x01, 0x08))
	k.apdu(0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01)
	host := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	proof := k.apdu(append([]byte{0x00, 0x88, 0x00, 0x01, 0x08}, host...)...)
	if !bytes.Equal(proof, cardsim.TestAuth(m.Key, cardsim.KeyInternal, serial, host)) {
		k.Fatal("the card does not prove itself")
	}
	c := k.apdu(0x00, 0x84, 0x00, 0x00, 0x08)
	k.apdu(append([]byte{0x00, 0x82, 0x00, 0x02, 0x08}, cardsim.TestAuth(m.Key, cardsim.KeyExternal, serial, c)...)...)
	c = k.apdu(0x00, 0x84, 0x00, 0x00, 0x04)
	update := []byte{0x04, 0xD6, 0x82, 0x00, 0x0C}
	update = binary.BigEndian.AppendUint32(update, fen)
	update = binary.BigEndian.AppendUint32(update, count)
	return append(update, cardsim.TestMAC(m.Key, serial, c, update)...)
}

// purse reads the purse back.
func (k *kiosk) purse() (fen, count uint32) {
	k.Helper()
	k.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	k.apdu(0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01)
	b := k.apdu(0x00, 0xB0, 0x82, 0x00, 0x08)
	return binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
}

// Purchases on a meter card, through the real daemon: a card of either protocol.
func TestMeterCard(t *testing.T) {
	t.Run("T=0", func(t *testing.T) { purchases(t, false) })
	t.Run("T=1", func(t *testing.T) { purchases(t, true) })
}

func purchases(t *testing.T, t1 bool) {
	d := newDaemon(t)
	k := newKiosk(t, pcsc.Config{Silence: 200 * time.Millisecond})
	m := cardsim.NewMeterCard(cardsim.Holder{Serial: [8]byte{7: 1}, MeterNo: "000000000001", Fen: 5000, Count: 3})
	if t1 {
		m.ATR, m.T1 = cardsim.Hex{0x3B, 0x80, 0x01, 0x81}, true
	}
	chip := &cardsim.Recorder{Processor: m}
	k.await(hal.DeviceOnline, card.NotPresent)
	c := d.insert(chip)
	k.await(hal.DeviceOnline, card.Latched)

	k.apdu(k.purchase(m, 10000, 4)...)
	if fen, count := k.purse(); fen != 10000 || count != 4 {
		t.Errorf("purse %d fen, count %d; want 10000 and 4", fen, count)
	}

	// The card is torn out in the middle of the next one: its chip had written, or
	// had not. Either way the owner hears "unknown", and the card tells.
	for i, tt := range []struct {
		tear       cardsim.Tear
		fen, count uint32
	}{{cardsim.TearOld, 10000, 4}, {cardsim.TearNew, 20000, 5}} {
		update := k.purchase(m, 20000, 5)
		m.SetTear(tt.tear, 1)
		m.CutAfter(0)
		k.want(card.Command{Op: card.Transmit, Data: update}, card.Unknown, card.ErrPulled)
		if err := c.Pull(); err != nil {
			t.Error(err)
		}
		if n := chip.Count(update); n != 1 {
			t.Errorf("tear %d: the update reached the card %d times, want 1", i, n)
		}
		k.await(hal.DeviceOnline, card.NotPresent)
		c = d.insert(chip)
		k.await(hal.DeviceOnline, card.Latched)
		if fen, count := k.purse(); fen != tt.fen || count != tt.count {
			t.Errorf("tear %d: purse %d fen, count %d; want %d and %d", i, fen, count, tt.fen, tt.count)
		}
	}

	// pcscd is killed while the card writes.
	update := k.purchase(m, 30000, 6)
	reached, killed := make(chan struct{}), make(chan struct{})
	c.After(func([]byte) bool { close(reached); <-killed; return false })
	id := k.start(card.Command{Op: card.Transmit, Data: update})
	<-reached
	d.kill()
	close(killed)
	if e := k.outcome(id); e.Kind != card.Unknown {
		t.Errorf("killed: %v, %v", e.Kind, e.Err)
	}
	if err := c.Pull(); err != nil {
		t.Error(err)
	}
	k.await(hal.DeviceOffline, card.MediaUnknown)
	d.start()
	c = d.insert(chip)
	k.await(hal.DeviceOnline, card.Latched)
	if fen, count := k.purse(); fen != 30000 || count != 6 {
		t.Errorf("after the crash: purse %d fen, count %d; want 30000 and 6", fen, count)
	}
	if n := chip.Count(update); n != 1 {
		t.Errorf("after the crash: the update reached the card %d times, want 1", n)
	}
	k.want(card.Command{Op: card.Eject}, card.Done, nil)
	if err := c.Pull(); err != nil {
		t.Error(err)
	}
	k.await(hal.DeviceOnline, card.NotPresent)
}
