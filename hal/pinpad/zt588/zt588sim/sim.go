// Package zt588sim is a simulated PIN pad of the ZT588 family, byte for byte, as a
// hal.Peer. It keeps its keys as a pad does: they go in (Inject takes the place of the
// secure room) and never come out; Tamper wipes them.
package zt588sim

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/pinpad/pinblock"
	"wattkiosk/hal/pinpad/zt588"
)

// replyDelay is the time from a command to its reply.
const replyDelay = 30 * time.Millisecond

// Pad is one pad. It is not safe for concurrent use.
type Pad struct {
	Silent bool // receives, and answers nothing
	Lost   int  // so many of the next replies never come
	// Noise, if set, flips a bit in one of PerMille bytes that the pad sends.
	Noise    *rand.Rand
	PerMille int
	// MaxDelay, Commands: how many commands it has worked off, for tests.
	Commands int
	// MACs is how many codes it has made, answered or not.
	MACs int

	keys   map[byte]key
	rx, tx []byte
	due    time.Time

	off   bool      // no power
	plain bool      // digits go out as they are
	entry *pinEntry // a PIN is being entered
	block []byte    // the last block, until fetched
	count int       // digits of that PIN
}

// key is a stored key with its use: 't' master, '3' PIN, '5' MAC.
type key struct {
	use   byte
	bytes []byte
}

type pinEntry struct {
	key    []byte
	format byte
	max    int
	pan    string
	pin    []byte
}

var _ hal.Peer = (*Pad)(nil)

// New is a blank pad.
func New() *Pad { return &Pad{keys: map[byte]key{}} }

// Inject puts master key n into the pad, as the secure room does.
func (p *Pad) Inject(n byte, master []byte) {
	p.keys[0x10*n] = key{'t', append([]byte(nil), master...)}
}

// Tamper opens the case: all keys are gone.
func (p *Pad) Tamper() { clear(p.keys) }

// Marks is how many marks stand on the pad's display; ok is false while it takes no PIN.
func (p *Pad) Marks() (n int, ok bool) {
	if p.entry == nil {
		return 0, false
	}
	return len(p.entry.pin), true
}

// PowerCut takes the pad's power. Its keys have a battery; an entry under way is gone.
func (p *Pad) PowerCut(time.Time) {
	p.off, p.plain, p.entry, p.block, p.count = true, false, nil, nil, 0
	p.rx, p.tx, p.due = nil, nil, time.Time{}
}

// PowerOn gives it back.
func (p *Pad) PowerOn(time.Time) { p.off = false }

// Press is the customer at the keys: digits, E enter, C cancel, B backspace.
func (p *Pad) Press(now time.Time, keys string) {
	if p.off {
		return
	}
	for _, c := range []byte(keys) {
		p.press(now, c)
	}
}

func (p *Pad) press(now time.Time, c byte) {
	code := map[byte]byte{'E': '\r', 'C': 0x1B, 'B': '\b'}[c]
	if code == 0 {
		code = c
	}
	if p.plain {
		p.say(now, code)
		return
	}

	e := p.entry
	if e == nil {
		return
	}

	switch {
	case c == 'C':
		p.entry = nil
		p.say(now, code)
	case c == 'B':
		if len(e.pin) > 0 {
			e.pin = e.pin[:len(e.pin)-1]
			p.say(now, code)
		}
	case c == 'E':
		if len(e.pin) >= 4 {
			p.finish(e)
			p.say(now, code)
		}
	case c >= '0' && c <= '9' && len(e.pin) < e.max:
		e.pin = append(e.pin, c)
		p.say(now, '*')
	}
}

func (p *Pad) finish(e *pinEntry) {
	p.entry, p.count = nil, len(e.pin)
	var err error
	if e.format == '4' {
		var random [8]byte // a pad's fill is random; the simulator's is fixed
		p.block, err = pinblock.Format4(e.key, string(e.pin), e.pan, random)
	} else {
		p.block, err = pinblock.Format0(e.key, string(e.pin), e.pan)
	}
	if err != nil {
		p.block = nil
	}
}

// say puts bytes on the line that belong to no frame.
func (p *Pad) say(now time.Time, b ...byte) {
	if p.Silent {
		return
	}
	p.tx = append(p.tx, b...)
	if p.due.IsZero() {
		p.due = now
	}
}

// Receive implements hal.Peer.
func (p *Pad) Receive(now time.Time, rx []byte) {
	if p.off {
		return
	}
	p.rx = append(p.rx, rx...)
	for len(p.rx) > 0 {
		text, used, err := zt588.Decode(p.rx)
		if err == nil {
			text = append([]byte(nil), text...)
			p.rx = p.rx[used:]
			p.obey(now, text)
			continue
		}
		if p.rx[0] == 0x02 && len(p.rx) < 4+999+3 && !strings.Contains(string(p.rx[1:]), "\x02") {
			return // more of the frame may come
		}
		p.rx = p.rx[1:]
	}
}

func (p *Pad) obey(now time.Time, text []byte) {
	if p.Silent || len(text) == 0 {
		return
	}

	p.Commands++
	reply := p.answer(text)
	if p.Lost > 0 {
		p.Lost--
		return
	}

	b, err := zt588.AppendFrame(nil, reply)
	if err != nil {
		panic("zt588sim: " + err.Error())
	}

	for i := range b {
		if p.Noise != nil && p.Noise.IntN(1000) < p.PerMille {
			b[i] ^= 1 << p.Noise.IntN(8)
		}
	}
	p.tx, p.due = append(p.tx, b...), now.Add(replyDelay)
}

// ok is the status byte of a good reply.
const ok = ' '

func (p *Pad) answer(text []byte) []byte {
	arg := string(text[1:])
	switch text[0] {
	case '2':
		return p.load(arg)
	case '3':
		return p.info()
	case '5':
		p.plain = arg == "03"
		if arg == "02" {
			p.plain, p.entry = false, nil
		}
		return []byte{ok}
	case '6':
		return p.start(arg)
	case '7':
		if p.block == nil {
			return []byte{0xEF}
		}
		return fmt.Appendf([]byte{ok}, "00%02d%X", p.count, p.block)
	case '8':
		return p.mac(arg)
	}

	return []byte{0xEA}
}

func (p *Pad) info() []byte {
	blank := byte(1)
	for _, k := range p.keys {
		if k.use == 't' {
			blank = 0
		}
	}
	b := append([]byte{ok}, strings.Repeat(" ", 10)+strings.Repeat("0", 48)...)
	b = fmt.Appendf(b, "%02X00", blank)
	return append(b, strings.Repeat("0", 16)...)
}

func (p *Pad) load(arg string) []byte {
	if len(arg) < 6 {
		return []byte{0xE8}
	}

	slots, err := hex.DecodeString(arg[:4])
	if err != nil {
		return []byte{0xE9}
	}

	master, found := p.keys[slots[0]]
	if !found || master.use != 't' {
		return []byte{0xE2}
	}

	cryptogram, err := hex.DecodeString(arg[6:])
	if err != nil || len(cryptogram) != int(arg[5]-'0')*8 {
		return []byte{0xE3}
	}

	clearKey, err := pinblock.Decrypt(master.bytes, cryptogram)
	if err != nil {
		return []byte{0xE3}
	}

	kcv, err := pinblock.CheckValue(clearKey)
	if err != nil {
		return []byte{0xE3}
	}

	p.keys[slots[1]] = key{arg[4], clearKey}
	return fmt.Appendf([]byte{ok}, "%X", kcv)
}

func (p *Pad) start(arg string) []byte {
	if len(arg) < 6 {
		return []byte{0xE8}
	}

	slot, err := hex.DecodeString(arg[:2])
	if err != nil {
		return []byte{0xE9}
	}

	k, found := p.keys[slot[0]]
	if !found || k.use != '3' {
		return []byte{0xE5}
	}
	if arg[2] != ' ' && arg[2] != '4' {
		return []byte{0xEB}
	}

	most := int(arg[4]-'0')*10 + int(arg[5]-'0')
	p.plain, p.block = false, nil
	p.entry = &pinEntry{key: k.bytes, format: arg[2], max: most, pan: arg[6:]}
	return []byte{ok}
}

func (p *Pad) mac(arg string) []byte {
	if len(arg) < 3 {
		return []byte{0xE8}
	}

	slot, err := hex.DecodeString(arg[:2])
	data, err2 := hex.DecodeString(arg[3:])
	if err != nil || err2 != nil {
		return []byte{0xE9}
	}

	k, found := p.keys[slot[0]]
	if !found || k.use != '5' {
		return []byte{0xE5}
	}

	methods := map[byte]func(key, data []byte) ([]byte, error){'0': pinblock.MAC, '1': pinblock.MACX99, '2': pinblock.MACUnionPay}
	method, found := methods[arg[2]]
	if !found {
		return []byte{0xEB}
	}
	m, err := method(k.bytes, data)
	if err != nil {
		return []byte{0xE3}
	}
	p.MACs++
	return fmt.Appendf([]byte{ok}, "%X", m)
}

// Advance implements hal.Peer.
func (p *Pad) Advance(now time.Time) []byte {
	if p.due.IsZero() || now.Before(p.due) {
		return nil
	}
	tx := p.tx
	p.tx, p.due = nil, time.Time{}
	return tx
}

// Wake implements hal.Peer.
func (p *Pad) Wake() time.Time { return p.due }
