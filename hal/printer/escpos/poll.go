package escpos

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

// poller asks DLE EOT 1 to 4, one at a time, round after round.
type poller struct {
	ask     int // the request being waited for, 0 for none
	until   time.Time
	next    time.Time // when the next round begins, if ask is 0
	round   round
	misses  int  // consecutive rounds broken off for want of an answer
	slip    bool // the last full status: a slip is in the mouth
	started int  // rounds begun, to tell a round begun after some instant
}

func (p *poller) due() time.Time {
	if p.ask != 0 {
		return p.until
	}
	return p.next
}

// askFull is the fifth request of a round, for printers with a presenter.
const (
	askFull  = 5
	fullCode = 0x14
)

// soon lets a new round begin at once, or right after the present one.
func (d *Driver) soon() {
	if d.poll.ask == 0 && d.poll.misses == 0 {
		d.poll.next = d.now
	}
}

// nextRound is the number of the first round that begins from now on.
func (d *Driver) nextRound() int { return d.poll.started + 1 }

func (d *Driver) request(n int) {
	d.poll.ask = n
	d.poll.until = d.now.Add(d.cfg.ReplyTimeout)
	code := byte(n)
	if n == askFull {
		code = fullCode
	}
	d.send([]byte{0x10, 0x04, code})
}

func (d *Driver) runPoll() {
	p := &d.poll
	if p.ask != 0 && !d.now.Before(p.until) {
		d.miss()
	}
	if p.ask == 0 && !d.now.Before(p.next) {
		p.started++
		d.request(1)
	}
}

// answer takes one byte of the real-time pattern. An answer nobody waits for is
// dropped: it may be late and belong to another request.
func (d *Driver) answer(b byte) {
	p := &d.poll
	if p.ask == 0 || p.ask == askFull {
		return
	}
	p.round[p.ask] = b
	d.answered()
}

// answered goes on to the next request of the round, or ends the round.
func (d *Driver) answered() {
	p := &d.poll
	last := 4
	if d.cfg.Presenter.on() {
		last = askFull
	}
	if p.ask < last {
		d.request(p.ask + 1)
		return
	}

	p.ask, p.misses = 0, 0
	r := p.round.decode()
	d.watchMouth()
	d.setStatus(r.status, r.hard)
	d.recover()
	d.runMouth()
	d.jobRound()
	d.scheduleRound()
}

// scheduleRound sets when the next round begins after a full one.
func (d *Driver) scheduleRound() {
	switch d.phase {
	case idle:
		d.poll.next = d.now.Add(d.cfg.PollIdle)
		if d.mouth.waiting || !d.mouth.expected.IsZero() {
			d.poll.next = d.now.Add(min(d.cfg.PollIdle, d.cfg.PollJob))
		}
	case checking, confirming, asking:
		d.poll.next = d.now
		if d.phase == checking && d.mouth.waiting {
			d.poll.next = d.now.Add(d.cfg.PollJob) // for the paper to go back in
		}
	default:
		d.poll.next = d.now.Add(d.cfg.PollJob)
	}
}

// miss gives up an answer. The pause before the next round lets a late one pass.
func (d *Driver) miss() {
	p := &d.poll
	p.ask = 0
	p.next = d.now.Add(d.cfg.ReplyTimeout)
	if p.misses < MaxMisses {
		p.misses++
	}
	if p.misses < MaxMisses {
		return
	}

	d.needReset = d.needReset || d.cfg.ASB // a printer that was off has forgotten GS a
	s := printer.Status{State: hal.DeviceOffline, Detail: "printer does not answer"}
	d.setStatus(s, false)
	d.jobSilence()
	if d.phase == idle {
		p.next = d.now.Add(d.cfg.PollIdle)
	}
}

// recover sends what an earlier half job makes necessary, now that the printer
// answers: buffers cleared in real time, then settings and paper made clean.
func (d *Driver) recover() {
	if d.needClear {
		d.clear()
		d.needClear = false
	}
	if d.needReset && d.status.CanPrint() {
		d.send([]byte(cmdInit + d.asb()))
		if d.needCut {
			d.send(d.cfg.Layout.release())
			if d.cfg.Presenter.on() {
				d.send([]byte(cmdRetract))
			}
			d.usedMM += d.cfg.Layout.releaseMM()
		}
		d.needReset, d.needCut = false, false
	}
}

// asb switches the automatic status on or off.
func (d *Driver) asb() string {
	if d.cfg.ASB {
		return cmdASBOn
	}
	return cmdASBOff
}

// clear empties the printer's buffers in real time: DLE DC4 fn 8 and DLE ENQ 2.
func (d *Driver) clear() {
	d.send([]byte{0x10, 0x14, 8, 1, 3, 0x14, 1, 6, 2, 8, 0x10, 0x05, 2})
}

// release is the commands that let go of the paper: a cut, or the way to the top of
// the next form.
func (l Layout) release() []byte {
	if l.FormLines > 0 {
		return append([]byte(cmdSixth+cmdForm), byte(l.FormLines), cmdNext[0])
	}
	return []byte{cmdCut[0], cmdCut[1], cmdCut[2], l.CutFeed}
}

// releaseMM is the paper that release takes, at most.
func (l Layout) releaseMM() int64 {
	if l.FormLines > 0 {
		return l.formMM()
	}
	return (int64(l.CutFeed) + cutterOffsetDots) / dotsPerMM
}
