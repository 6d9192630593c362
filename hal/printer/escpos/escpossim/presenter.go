package escpossim

import "time"

// Exit is where a slip of a printer with a presenter is.
type Exit int

// The ways of a slip.
const (
	Inside    Exit = iota // cut, and not presented yet; or it fell out of a printer without a presenter
	InMouth               // presented
	TakenOut              // by a hand
	Retracted             // drawn back into the bin
	Ejected               // pushed out: it lies on the floor
)

// presenter holds the slip that was cut last.
type presenter struct {
	number int // of the slip in it; 0 = none
	exits  map[int]Exit
}

// hold takes a slip that was just cut. One that is still there is pushed out.
func (p *presenter) hold(number int) {
	p.leave(Ejected)
	p.number = number
	delete(p.exits, number-MaxSlips)
}

// leave ends the stay of the slip that is there.
func (p *presenter) leave(how Exit) {
	if p.number != 0 {
		p.exits[p.number] = how
		p.number = 0
	}
}

// eject is GS e n.
func (d *Device) eject(n byte) bool {
	if !d.cfg.Presenter {
		return true
	}

	p := &d.presenter
	switch n {
	case 2:
		how := Retracted
		if d.cfg.NoRetract {
			how = Ejected
		}
		p.leave(how)
	case 3:
		if p.number != 0 {
			p.exits[p.number] = InMouth
		}
	case 5:
		p.leave(Ejected)
	}

	d.move(presenterTime)
	return true
}

func (d *Device) slipInMouth() bool {
	return d.presenter.number != 0 && d.presenter.exits[d.presenter.number] == InMouth
}

// fullStatus is the answer to DLE EOT 20: paper, user, and two bytes of errors.
func (d *Device) fullStatus() []byte {
	b := []byte{dle, 0x0f, 0, 0, 0, 0}
	set := func(i int, on bool, bit byte) {
		if on {
			b[i] |= bit
		}
	}
	set(2, d.faults[FaultPaperOut], 0x01)
	set(2, d.nearEnd(), 0x04)
	set(2, d.slipInMouth(), 0x20)
	set(3, d.faults[FaultCover], 0x02)
	set(5, d.faults[FaultCutter], 0x01)
	return b
}

// Take takes the slip in the mouth, as a customer does, and reports whether there
// was one.
func (d *Device) Take(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.run(now)
	if !d.slipInMouth() {
		return false
	}
	d.presenter.leave(TakenOut)
	return true
}

// Exit is where the slip of that number is or went.
func (d *Device) Exit(number int) Exit {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.presenter.exits[number]
}
