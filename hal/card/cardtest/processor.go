package cardtest

import (
	"bytes"
	"encoding/binary"
	"time"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// processorCases are about processor cards. Never written to.
var processorCases = []testCase{
	{"power and reset", needNothing, powerAndReset},
	{"mute card", needNothing, muteCard},
	{"APDU exchange", needNothing, exchangesAPDUs},
	{"long responses", needNothing, longResponses},
	{"T=1", needT1, speaksT1},
	{"purchase", needNothing, purchase},
	{"payment with a bank card", needNothing, paysWithBankCard},
	{"power lost in an update", needNothing, powerLostInUpdate},
}

// echoATR is a T=0 card without historical bytes.
var echoATR = []byte{0x3B, 0x00}

// echoAPDU is an APDU that is like no other: n in its data.
func echoAPDU(n int) []byte {
	return append([]byte{0x00, 0xE0, 0x01, 0x02, 0x04}, binary.BigEndian.AppendUint32(nil, uint32(n))...)
}

// echoAnswer is what an echo card answers to it.
func echoAnswer(n int) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(n)*2654435761)
	return append(b, 0x90, 0x00)
}

// echoCard answers each echoAPDU with its echoAnswer, directly; the recorder writes
// down what reached it.
func echoCard() (*cardsim.Card, *cardsim.Recorder) {
	answer := func(apdu []byte) []byte {
		if len(apdu) != 9 {
			return []byte{0x67, 0x00}
		}
		return echoAnswer(int(binary.BigEndian.Uint32(apdu[5:])))
	}
	rec := &cardsim.Recorder{Processor: &cardsim.Script{ATR: echoATR, Answer: answer}}
	return &cardsim.Card{ID: "echo", Processor: rec}, rec
}

func powerAndReset(r *run) {
	c, rec := echoCard()
	r.insert(c)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(1)}, card.NotDone, card.ErrNotPowered)
	for range 2 { // the second is a warm reset
		if atr := r.want(card.Command{Op: card.PowerOn}, card.Done, nil); !bytes.Equal(atr, echoATR) {
			r.Errorf("ATR % X, want % X", atr, echoATR)
		}
	}

	if got := r.transmit(echoAPDU(2)...); !bytes.Equal(got, echoAnswer(2)) {
		r.Errorf("response % X, want % X", got, echoAnswer(2))
	}

	r.want(card.Command{Op: card.PowerOff}, card.Done, nil)
	r.want(card.Command{Op: card.PowerOff}, card.Done, nil)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(3)}, card.NotDone, card.ErrNotPowered)
	if len(rec.Log) != 1 {
		r.Errorf("%d APDUs reached the card, want 1", len(rec.Log))
	}
	r.leave()
}

func muteCard(r *run) {
	c := &cardsim.Card{ID: "mute", Processor: &cardsim.Script{}}
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.NotDone, card.ErrMute)
	r.want(card.Command{Op: card.Transmit, Data: echoAPDU(1)}, card.NotDone, card.ErrNotPowered)
	if got := r.leave(); got != c {
		r.Errorf("card %v came out", got)
	}
}

// meter is a meter card with a log.
func meter() (*cardsim.Card, *cardsim.MeterCard, *cardsim.Recorder) {
	m := cardsim.NewMeterCard(cardsim.Holder{
		Serial: [8]byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88}, MeterNo: "1", CustomerNo: "2", Fen: 5000, Count: 3, CardType: 1,
	})
	rec := &cardsim.Recorder{Processor: m}
	return &cardsim.Card{ID: "meter", Processor: rec}, m, rec
}

// exchangesAPDUs: 61xx and 6Cxx are the driver's work, every other status is a
// response like any.
func exchangesAPDUs(r *run) {
	c, _, rec := meter()
	r.insert(c)
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	serial := []byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x90, 0x00}
	for _, tt := range []struct {
		apdu, want []byte
	}{
		{[]byte{0x00, 0xB0, 0x99, 0x01, 0x08}, serial},
		{[]byte{0x00, 0xB0, 0x99, 0x01, 0x00}, serial}, // 6C08
		{[]byte{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01}, []byte{0x6F, 0x04, 0x84, 0x02, 0xDF, 0x01, 0x90, 0x00}},
		{[]byte{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x77}, []byte{0x6A, 0x82}},
		{[]byte{0x00, 0xB0, 0x82, 0x00, 0x08}, []byte{0, 0, 0x13, 0x88, 0, 0, 0, 3, 0x90, 0x00}},
		{[]byte{0x00, 0x99, 0x00, 0x00}, []byte{0x6D, 0x00}},
		{[]byte{0x04, 0xD6, 0x82, 0x00, 0x0C, 0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4}, []byte{0x69, 0x82}},
	} {
		if got := r.transmit(tt.apdu...); !bytes.Equal(got, tt.want) {
			r.Errorf("% X answered % X, want % X", tt.apdu, got, tt.want)
		}
		if n := rec.Count(tt.apdu); n > 1 {
			r.Errorf("% X reached the card %d times", tt.apdu, n)
		}
	}

	r.leave()
}

// longResponses: 256 bytes in one piece, and in two by GET RESPONSE.
func longResponses(r *run) {
	whole := make([]byte, 256)
	for i := range whole {
		whole[i] = byte(i * 7) // holds every byte that frames use
	}

	var left []byte
	script := &cardsim.Script{ATR: echoATR, Answer: func(apdu []byte) []byte {
		switch apdu[1] {
		case 0xB0:
			return append(bytes.Clone(whole), 0x90, 0x00)
		case 0xCA:
			left = whole[:200]
			return []byte{0x61, 0x64}
		case 0xC0:
			n := min(int(apdu[4]), len(left))
			out := bytes.Clone(left[:n])
			if left = left[n:]; len(left) > 0 {
				return append(out, 0x61, byte(len(left)))
			}
			return append(out, 0x90, 0x00)
		}
		return []byte{0x6D, 0x00}
	}}
	r.insert(&cardsim.Card{ID: "long", Processor: script})
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	if got := r.transmit(0x00, 0xB0, 0x00, 0x00, 0x00); !bytes.Equal(got, append(bytes.Clone(whole), 0x90, 0x00)) {
		r.Errorf("256 bytes: got %d", len(got))
	}
	if got := r.transmit(0x00, 0xCA, 0x00, 0x00, 0x01, 0x55); !bytes.Equal(got, append(bytes.Clone(whole[:200]), 0x90, 0x00)) {
		r.Errorf("200 bytes by GET RESPONSE: got %d", len(got))
	}
}

// speaksT1: the APDU goes whole, and comes back whole.
func speaksT1(r *run) {
	c, m, rec := meter()
	m.ATR, m.T1 = cardsim.Hex{0x3B, 0x80, 0x01, 0x81}, true
	r.insert(c)
	if atr := r.want(card.Command{Op: card.PowerOn}, card.Done, nil); !bytes.Equal(atr, m.ATR) {
		r.Errorf("ATR % X", atr)
	}

	apdu := []byte{0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01, 0x00}
	if got := r.transmit(apdu...); !bytes.Equal(got, []byte{0x6F, 0x04, 0x84, 0x02, 0xDF, 0x01, 0x90, 0x00}) {
		r.Errorf("SELECT answered % X", got)
	}
	if len(rec.Log) != 1 || !bytes.Equal(rec.Log[0].APDU, apdu) {
		r.Errorf("the card got %d APDUs, the first % X", len(rec.Log), rec.Log[0].APDU)
	}
}

// authenticate brings the card to where it takes updates; the challenge is for MACs.
func (r *run) authenticate(m *cardsim.MeterCard) (challenge []byte) {
	r.Helper()
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	r.transmit(0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01)
	c := r.transmit(0x00, 0x84, 0x00, 0x00, 0x08)[:8]
	token := cardsim.TestAuth(m.Key, cardsim.KeyExternal, m.Serial(), c)
	if got := r.transmit(append([]byte{0x00, 0x82, 0x00, 0x02, 0x08}, token...)...); !bytes.Equal(got, []byte{0x90, 0x00}) {
		r.Fatalf("EXTERNAL AUTHENTICATE answered % X", got)
	}
	return r.transmit(0x00, 0x84, 0x00, 0x00, 0x04)[:4]
}

// purseUpdate writes the purse.
func purseUpdate(m *cardsim.MeterCard, challenge []byte, fen, count uint32) []byte {
	apdu := []byte{0x04, 0xD6, 0x82, 0x00, 0x0C}
	apdu = binary.BigEndian.AppendUint32(apdu, fen)
	apdu = binary.BigEndian.AppendUint32(apdu, count)
	return append(apdu, cardsim.TestMAC(m.Key, m.Serial(), challenge, apdu)...)
}

func purchase(r *run) {
	c, m, rec := meter()
	r.insert(c)
	challenge := r.authenticate(m)
	apdu := purseUpdate(m, challenge, 10000, 4)
	if got := r.transmit(apdu...); !bytes.Equal(got, []byte{0x90, 0x00}) {
		r.Fatalf("update answered % X", got)
	}
	if fen, count := m.Purse(); fen != 10000 || count != 4 {
		r.Errorf("purse holds %d fen, count %d", fen, count)
	}
	if n := rec.Count(apdu); n != 1 {
		r.Errorf("the update reached the card %d times", n)
	}
	r.leave()
}

// powerLostInUpdate: the contacts are lost while the card writes; old or new, the
// owner gets Unknown, and can read the card back after power-on.
func powerLostInUpdate(r *run) {
	for _, tear := range []cardsim.Tear{cardsim.TearOld, cardsim.TearNew} {
		c, m, rec := meter()
		m.SetTear(tear, 0)
		r.insert(c)
		apdu := purseUpdate(m, r.authenticate(m), 10000, 4)
		m.CutAfter(0)
		r.want(card.Command{Op: card.Transmit, Data: apdu}, card.Unknown, nil)
		r.RunFor(time.Second)
		if n := rec.Count(apdu); n != 1 {
			r.Errorf("the update reached the card %d times", n)
		}
		r.want(card.Command{Op: card.Reset}, card.Done, nil)
		r.AwaitMedia(card.Present, card.Latched)
		r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
		r.transmit(0x00, 0xA4, 0x00, 0x00, 0x02, 0xDF, 0x01)
		want := []byte{0, 0, 0x13, 0x88, 0, 0, 0, 3, 0x90, 0x00}
		if tear == cardsim.TearNew {
			want = []byte{0, 0, 0x27, 0x10, 0, 0, 0, 4, 0x90, 0x00}
		}
		if got := r.transmit(0x00, 0xB0, 0x82, 0x00, 0x08); !bytes.Equal(got, want) {
			r.Errorf("read back % X, want % X", got, want)
		}
		r.leave()
	}
}
