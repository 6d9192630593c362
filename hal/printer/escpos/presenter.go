package escpos

import (
	"time"

	"wattkiosk/hal/printer"
)

// GSEjector is the presenter of the printers that speak GS e (1D 65 n): Custom's
// KPM and VKP kiosk printers and those that follow them. n = 3 presents m steps of
// the slip that was cut, n = 2 draws it back in (where that is enabled in the
// printer's own setup; else it is ejected), n = 5 ejects it. DLE EOT 20 answers six
// bytes, 10 0F and four of status; bit 5 of the first says that a slip is in the
// mouth.
//
// Sources: Custom's KPM216H manual (GS e) and the public full-status tables of the
// KPM and VKP families; Pyramid's public Reliance reference has the same command.
// The length of a step differs (0.6 to 7 mm): check on a device.
const GSEjector = "gs-e"

// Presenter holds a slip in the mouth until it is taken. The zero value is a
// printer without one.
type Presenter struct {
	Kind       string        // "" or GSEjector
	Steps      byte          // how far the slip looks out; 0 = DefaultSteps
	TakeWithin time.Duration // after which it is drawn back in; 0 = DefaultTakeWithin
}

// DefaultSteps is 84 mm at the 7 mm of a step of one public reference.
const DefaultSteps = 12

// retractPatience is how long the paper may take to go back in before it is
// asked for once more, and presentPatience how long it may take to come out.
const (
	retractPatience = 5 * time.Second
	presentPatience = 5 * time.Second
	maxRetracts     = 3
)

func (p Presenter) on() bool { return p.Kind != "" }

// present is the command that follows the cut.
func (p Presenter) present() []byte {
	steps := p.Steps
	if steps == 0 {
		steps = DefaultSteps
	}
	return []byte{0x1d, 'e', 3, steps}
}

// cmdRetract is GS e 2.
const cmdRetract = "\x1de\x02"

// mouth is what the driver knows of the presenter.
//
//	job set     its slip is on the way
//	expected    it must be out, and has not been seen yet
//	waiting     it is in the mouth
//	asked       it is being drawn back in
type mouth struct {
	job      string // whose slip; empty for one of an earlier run
	expected time.Time
	waiting  bool
	since    time.Time // of waiting
	asked    time.Time // when the printer was last ordered to draw back; zero = not
	asks     int
}

// presenting notes whose slip comes next: its job was sent to the end.
func (d *Driver) presenting(job string) {
	if d.cfg.Presenter.on() {
		d.mouth = mouth{job: job}
	}
}

// presented notes that the printer has worked off the job: its slip must be in the
// mouth now.
func (d *Driver) presented() {
	if d.cfg.Presenter.on() && !d.mouth.waiting {
		d.mouth.expected = d.now
	}
}

// disown gives nobody the slip of a job that is unsure: what comes out of it is
// drawn back in.
func (d *Driver) disown(job string) {
	if d.mouth.job == job {
		d.mouth.job, d.mouth.expected = "", time.Time{}
	}
}

// fullStatus takes the four bytes after 10 0F.
func (d *Driver) fullStatus(b []byte) { d.poll.slip = b[0]&0x20 != 0 }

// watchMouth follows a slip by a round just completed.
func (d *Driver) watchMouth() {
	if !d.cfg.Presenter.on() {
		return
	}

	m := &d.mouth
	switch there := d.poll.slip; {
	case there && !m.waiting:
		m.waiting, m.since, m.expected = true, d.now, time.Time{}
	case !there && m.waiting:
		kind := printer.Taken
		if !m.asked.IsZero() {
			kind = printer.Retracted
		}
		d.emit(printer.Event{Kind: kind, ID: m.job})
		d.mouth = mouth{}
	case !there && !m.expected.IsZero() && !d.now.Before(m.expected.Add(presentPatience)):
		// It was taken between two rounds, as fast hands do.
		d.emit(printer.Event{Kind: printer.Taken, ID: m.job})
		d.mouth = mouth{}
	}
}

// runMouth draws a slip back in that has waited for too long, or that is nobody's.
func (d *Driver) runMouth() {
	m := &d.mouth
	if !m.waiting || m.asks >= maxRetracts || !d.status.CanPrint() {
		return
	}
	overdue := m.job == "" || !d.now.Before(m.since.Add(d.cfg.Presenter.TakeWithin))
	again := m.asked.IsZero() || !d.now.Before(m.asked.Add(retractPatience))
	if (overdue || d.phase == checking) && again {
		m.asked, m.asks = d.now, m.asks+1
		d.send([]byte(cmdRetract))
	}
}

// mouthClear reports whether the next slip may be printed: an earlier one must not
// be pushed out to the next customer. A slip that will not go back in holds up
// nobody for ever.
func (d *Driver) mouthClear() bool {
	m := &d.mouth
	return !m.waiting || m.asks >= maxRetracts && !d.now.Before(m.asked.Add(retractPatience))
}
