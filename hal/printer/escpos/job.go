package escpos

import (
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

// job is one queued or running print job.
type job struct {
	id      string
	encoded Job
	sent    int // segments sent
}

// phase is where the running job stands.
//
//	idle       no job
//	checking   a fresh round is asked for; nothing was sent
//	sending    segments go out in chunks
//	waiting    all is sent, GS r 1 last; the receipt is due
//	confirming the receipt came; a fresh round must show the printer alive
//	asking     the receipt did not come in time; a fresh round shows the cause
type phase int

const (
	idle phase = iota
	checking
	sending
	waiting
	confirming
	asking
)

// jobClock holds the instants of the running job.
type jobClock struct {
	round    int       // checking, confirming, asking: the round that counts
	chunk    time.Time // sending: when the next chunk may go
	deadline time.Time // sending, waiting: when it has made no progress for too long
	grace    time.Time // waiting: until when a receipt may follow a fault
}

// nextJob begins the check before the first queued job, if there is one.
func (d *Driver) nextJob() {
	if len(d.queue) == 0 {
		d.phase = idle
		return
	}
	d.enter(checking)
}

// enter begins a phase that waits for a fresh round.
func (d *Driver) enter(p phase) {
	d.phase = p
	d.clock = jobClock{round: d.nextRound()}
	d.soon()
}

// finish reports the running job and goes on to the next.
func (d *Driver) finish(kind printer.Kind, detail string) {
	j := d.queue[0]
	d.queue = d.queue[1:]
	d.phase, d.toldMM = idle, d.usedMM
	d.emit(printer.Event{Kind: kind, ID: j.id, Detail: detail})
	if kind == printer.Unsure {
		d.disown(j.id)
		d.clear()
		d.needClear = d.poll.misses > 0
		d.needReset, d.needCut = true, true
	}
	d.nextJob()
}

// jobRound judges the running job by a status round just completed.
func (d *Driver) jobRound() {
	ready := d.status.CanPrint()
	fresh := d.poll.started >= d.clock.round
	switch {
	case d.phase == checking && ready && !d.mouthClear():
		d.clock.round = d.nextRound()
	case d.phase == checking && fresh && ready:
		d.phase = sending
		d.clock = jobClock{chunk: d.now, deadline: d.now.Add(d.cfg.JobTimeout)}
	case d.phase == checking && fresh:
		d.finish(printer.NotPrinted, d.status.Detail)
	case d.phase == sending && !ready && d.queue[0].sent == 0:
		d.finish(printer.NotPrinted, d.status.Detail)
	case d.phase == sending && d.hard:
		d.finish(printer.Unsure, d.status.Detail+" while the job was sent")
	case d.phase == waiting && !d.hard:
		d.clock.grace = time.Time{}
	case d.phase == waiting && d.clock.grace.IsZero():
		d.clock.grace = d.now.Add(faultGrace)
	case d.phase == confirming && fresh:
		d.learnSlip(d.queue[0].encoded.MM)
		d.finish(printer.Printed, "")
	case d.phase == asking && fresh:
		d.finish(printer.Unsure, noReceipt(d.status))
	}
}

func noReceipt(s printer.Status) string {
	if s.Detail == "" {
		return "no receipt from the printer"
	}
	return s.Detail + ", no receipt from the printer"
}

// jobSilence ends the running job because the printer stopped answering.
func (d *Driver) jobSilence() {
	switch {
	case d.phase == idle:
	case d.phase == checking || d.queue[0].sent == 0:
		d.finish(printer.NotPrinted, d.status.Detail)
	default:
		d.finish(printer.Unsure, "printer stopped answering during the job")
	}
}

// receipt takes an answer to GS r 1. Before the request was sent it is noise.
func (d *Driver) receipt() {
	if d.phase == waiting {
		d.presented()
		d.enter(confirming)
	}
}

// runJob runs the timers of the running job.
func (d *Driver) runJob() {
	c := &d.clock
	switch d.phase {
	case sending:
		if d.mayChunk() && !d.now.Before(c.chunk) {
			d.chunk()
		} else if !d.now.Before(c.deadline) {
			d.finish(d.stuck())
		}
	case waiting:
		if !c.grace.IsZero() && !d.now.Before(c.grace) {
			d.finish(printer.Unsure, noReceipt(d.status))
		} else if !d.now.Before(c.deadline) {
			d.enter(asking)
		}
	}

	d.runPoll()
}

// stuck is the outcome of a job whose next chunk could not go for too long.
func (d *Driver) stuck() (printer.Kind, string) {
	if d.queue[0].sent == 0 {
		return printer.NotPrinted, d.status.Detail
	}
	return printer.Unsure, d.status.Detail + " while the job was sent"
}

// mayChunk holds back while the printer is not known to be well.
func (d *Driver) mayChunk() bool {
	return d.poll.misses == 0 && d.status.State == hal.DeviceOnline && d.status.CanPrint()
}

// chunk sends the next segments, at least one, and after the last one the request
// for the receipt.
func (d *Driver) chunk() {
	j := d.queue[0]
	if j.sent == 0 {
		d.usedMM += j.encoded.MM
	}

	segments := j.encoded.Segments
	for size := 0; j.sent < len(segments); j.sent++ {
		s := segments[j.sent]
		if size > 0 && size+len(s) > d.cfg.ChunkBytes {
			break
		}
		size += len(s)
		d.send(s)
	}

	d.clock.chunk = d.now.Add(d.cfg.ChunkInterval)
	d.clock.deadline = d.now.Add(d.cfg.JobTimeout)
	if j.sent == len(segments) {
		d.presenting(j.id)
		d.send([]byte(cmdReceipt))
		d.phase = waiting
	}
}

// jobDue is the next instant of the running job, zero for none.
func (d *Driver) jobDue() time.Time {
	switch d.phase {
	case sending:
		if d.mayChunk() {
			return d.clock.chunk
		}
		return d.clock.deadline
	case waiting:
		if g := d.clock.grace; !g.IsZero() && g.Before(d.clock.deadline) {
			return g
		}
		return d.clock.deadline
	}

	return time.Time{}
}
