package dlt645sim

import (
	"math/rand/v2"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/meter"
	"wattkiosk/hal/meter/dlt645"
)

// Meter is one meter on a line. It is not safe for concurrent use.
type Meter struct {
	Address meter.Address
	Values  map[dlt645.ID][]byte // by identifier, as in a frame: lowest byte first
	Delay   time.Duration        // before a reply; 0 = 50 ms

	Silent bool // receives, and answers nothing
	Echo   bool // an infrared head receives itself: what the host sends comes back
	Code   byte // refuses every read with this code; 0 = does not
	// Noise, if set, flips a bit of one byte in PerMille bytes of its replies.
	Noise    *rand.Rand
	PerMille int
	// Lost is how many of the next replies never come.
	Lost int
	// Requests counts the requests it understood as its own.
	Requests int

	rx   []byte
	tx   []byte
	due  time.Time
	echo []byte
}

var _ hal.Peer = (*Meter)(nil)

// New is a meter of that address with these values: 1234.56 kWh forward, 88.20
// yuan left, 17 purchases, the last of 100.00 on 2026-11-01 09:30.
func New(a meter.Address) *Meter {
	return &Meter{Address: a, Values: map[dlt645.ID][]byte{
		0x00010000: {0x56, 0x34, 0x12, 0x00},
		0x00010100: {0x00, 0x01, 0x00, 0x00},
		0x00010200: {0x00, 0x02, 0x00, 0x00},
		0x00010300: {0x00, 0x03, 0x00, 0x00},
		0x00010400: {0x56, 0x28, 0x12, 0x00},
		0x00900200: {0x20, 0x88, 0x00, 0x00},
		0x00900201: {0x00, 0x00, 0x00, 0x00},
		0x04000503: {0x00, 0x40},
		0x03330201: {0x17, 0x00},
		0x03330301: {0x00, 0x00, 0x01, 0x00},
		0x03330101: {0x30, 0x09, 0x01, 0x11, 0x26},
	}}
}

// Receive implements hal.Peer.
func (m *Meter) Receive(now time.Time, rx []byte) {
	if m.Echo {
		m.echo = append(m.echo, rx...)
	}
	m.rx = append(m.rx, rx...)
	for {
		f, used, err := dlt645.Decode(m.rx)
		m.rx = m.rx[used:]
		if err != nil {
			return
		}
		m.hear(now, f)
	}
}

func (m *Meter) hear(now time.Time, f dlt645.Frame) {
	reply, ok := m.answer(f)
	if !ok {
		return
	}

	m.Requests++
	if m.Silent {
		return
	}
	if m.Lost > 0 {
		m.Lost--
		return
	}

	b, err := reply.Append([]byte{0xFE, 0xFE, 0xFE, 0xFE})
	if err != nil {
		panic("dlt645sim: " + err.Error())
	}

	for i := range b {
		if m.Noise != nil && m.Noise.IntN(1000) < m.PerMille {
			b[i] ^= 1 << m.Noise.IntN(8)
		}
	}

	delay := m.Delay
	if delay == 0 {
		delay = 50 * time.Millisecond
	}
	m.tx, m.due = b, now.Add(delay)
}

func (m *Meter) answer(f dlt645.Frame) (dlt645.Frame, bool) {
	r := dlt645.Frame{Address: m.Address, Control: f.Control | 0x80}
	switch {
	case f.Control == dlt645.ReadAddress && f.Address == dlt645.Broadcast:
		for i := len(m.Address) - 2; i >= 0; i -= 2 {
			r.Data = append(r.Data, (m.Address[i]-'0')<<4|(m.Address[i+1]-'0'))
		}
		return r, true
	case f.Control != dlt645.Read || f.Address != m.Address || len(f.Data) < 4:
		return r, false
	}

	if m.Code != 0 {
		r.Control |= 0x40
		r.Data = []byte{m.Code}
		return r, true
	}

	id := dlt645.ID(f.Data[0]) | dlt645.ID(f.Data[1])<<8 | dlt645.ID(f.Data[2])<<16 | dlt645.ID(f.Data[3])<<24
	v, ok := m.Values[id]
	if !ok {
		r.Control |= 0x40
		r.Data = []byte{2}
		return r, true
	}

	r.Data = append(append(r.Data, f.Data[:4]...), v...)
	return r, true
}

// Advance implements hal.Peer.
func (m *Meter) Advance(now time.Time) []byte {
	tx := m.echo
	m.echo = nil
	if m.tx != nil && !now.Before(m.due) {
		tx = append(tx, m.tx...)
		m.tx = nil
	}
	return tx
}

// Wake implements hal.Peer.
func (m *Meter) Wake() time.Time {
	if m.tx == nil {
		return time.Time{}
	}
	return m.due
}
