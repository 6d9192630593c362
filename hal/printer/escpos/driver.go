package escpos

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/printer"
)

var (
	_ printer.Engine = (*Driver)(nil)
	_ hal.Reopener   = (*Driver)(nil)
)

// Driver is the printer.Engine of one ESC/POS printer. It is not safe for
// concurrent use and holds no goroutine and no clock.
type Driver struct {
	cfg Config

	started bool
	now     time.Time
	tx      []byte
	events  []printer.Event

	poll   poller
	known  bool // status was reported at least once
	status printer.Status
	hard   bool // status needs somebody to act

	queue []*job // queue[0] is the running job unless phase is idle
	phase phase
	clock jobClock

	// What must be sent before the next job: the buffers cleared (at once when
	// the printer answers), then the paper cut free (when it can print).
	needClear, needReset, needCut bool

	usedMM   int64
	toldMM   int64 // usedMM as the status says it: at the end of the last job
	slipMM   int64 // of a slip, on average
	paperOut bool  // the last known paper state
	mouth    mouth

	frame   []byte // of an answer of several bytes, while it comes in
	frameAt time.Time
	full    bool // it is the answer to DLE EOT 20
}

// New returns a driver that reaches for the printer at the first Advance.
func New(cfg Config) *Driver {
	cfg = cfg.normal()
	return &Driver{
		cfg: cfg, usedMM: cfg.UsedMM, toldMM: cfg.UsedMM,
		needClear: true, needReset: true, needCut: cfg.CutAtStart,
	}
}

// Do queues a print job. It fails with hal.ErrBusy when MaxQueue jobs are
// unfinished and with ErrPage when the page cannot be printed at all.
func (d *Driver) Do(now time.Time, cmd printer.Command) error {
	if cmd.NewRoll {
		d.NewRoll()
		return nil
	}
	if cmd.ID == "" {
		return errors.New("cannot print: the job has no ID")
	}
	if len(d.queue) >= MaxQueue {
		return hal.ErrBusy
	}

	enc, err := d.cfg.Layout.Encode(cmd.Page)
	if err != nil {
		return fmt.Errorf("cannot print job %s: %w", cmd.ID, err)
	}

	d.queue = append(d.queue, &job{id: cmd.ID, encoded: d.equip(enc)})
	if d.started && d.phase == idle {
		d.now = now
		d.nextJob()
	}
	return nil
}

// equip gives a job what the printer's options ask for.
func (d *Driver) equip(j Job) Job {
	if d.cfg.ASB {
		j.Segments[0] = []byte(cmdInit + cmdASBOn + cmdKanji)
	}
	if d.cfg.Presenter.on() {
		j.Segments = append(j.Segments, d.cfg.Presenter.present())
	}
	return j
}

// Advance consumes received bytes and runs the timers due at now.
func (d *Driver) Advance(now time.Time, rx []byte) ([]byte, []printer.Event) {
	d.now, d.tx, d.events = now, nil, nil
	if !d.started {
		d.started = true
		d.poll.next = now
		d.nextJob()
	}
	for _, b := range rx {
		d.receive(b)
	}
	d.runPoll()
	d.runJob()
	return d.tx, d.events
}

// Wake is the next instant at which Advance has something to do. Before the
// first Advance it lies in the past.
func (d *Driver) Wake() time.Time {
	if !d.started {
		return hal.AtOnce()
	}
	w := d.poll.due()
	if j := d.jobDue(); !j.IsZero() && j.Before(w) {
		w = j
	}
	return w
}

// Status is the status last reported (the zero value before the first).
func (d *Driver) Status() printer.Status { return d.status }

func (d *Driver) send(b []byte) { d.tx = append(d.tx, b...) }

func (d *Driver) emit(e printer.Event) { d.events = append(d.events, e) }

// setStatus reports s if it is news.
func (d *Driver) setStatus(s printer.Status, hard bool) {
	d.watchRoll(s.Paper)
	if s.Paper == printer.PaperFull && d.forecastNearEnd() {
		s.Paper = printer.PaperNearEnd
	}
	s.SlipWaiting = d.mouth.waiting
	s.UsedMM, s.SlipsLeft = d.forecast()
	d.hard = hard
	if d.known && s == d.status {
		return
	}
	d.known, d.status = true, s
	d.emit(printer.Event{Kind: printer.StatusChanged, Status: s, Detail: s.Detail})
}
