package cardtest

import (
	"fmt"
	"time"

	"wattkiosk/hal"
	"wattkiosk/hal/card"
)

// Times of a Fake.
const (
	fakePoll   = 100 * time.Millisecond
	fakeCard   = 40 * time.Millisecond
	fakeMove   = 300 * time.Millisecond
	fakeSilent = 500 * time.Millisecond
	fakeQueue  = 8
)

// Fake is a card.Engine without a protocol: it sees its FakeReader's state at once
// and without error. A command takes some time; the card sees it half-way.
type Fake struct {
	dev    *FakeReader
	now    time.Time
	queue  []card.Command
	job    *fakeJob
	status card.Status
	told   bool
	lost   time.Time // silent since; zero = not
	stuck  bool      // a jam was met
	events []card.Event

	accept   bool
	chip     card.Chip
	powered  bool
	verified bool
	cards    int // of the reader, when the contacts were made
}

// fakeJob is a command under way.
type fakeJob struct {
	cmd     card.Command
	half    time.Time
	end     time.Time
	applied bool
	cards   int
	forced  *Forced
	result  card.Event
}

var _ card.Engine = (*Fake)(nil)

// NewFake returns a driver for dev, as a freshly started host has it.
func NewFake(dev *FakeReader) *Fake { return &Fake{dev: dev, now: time.Unix(0, 0)} }

// Do takes a command: at most 8 wait, then hal.ErrBusy.
func (f *Fake) Do(now time.Time, c card.Command) error {
	switch {
	case c.Op < card.Accept || c.Op > card.Reset,
		c.Op == card.Transmit && (len(c.Data) < 4 || len(c.Data) > card.MaxAPDU):
		return fmt.Errorf("cannot %v: %w", c.Op, card.ErrArgument)
	case len(f.queue) >= fakeQueue:
		return hal.ErrBusy
	}
	f.queue = append(f.queue, c)
	f.now = now.Add(-fakePoll) // at once
	return nil
}

// Wake is the next step of the command under way, and at the latest a poll later.
func (f *Fake) Wake() time.Time {
	at := f.now.Add(fakePoll)
	if j := f.job; j != nil && f.lost.IsZero() {
		if next := j.next(); next.Before(at) {
			return next
		}
	}
	return at
}

func (j *fakeJob) next() time.Time {
	if j.applied {
		return j.end
	}
	return j.half
}

// Advance reports what changed. It ignores received bytes and sends none.
func (f *Fake) Advance(now time.Time, _ []byte) (tx []byte, events []card.Event) {
	f.now, f.events = now, nil
	f.dev.step(now)
	if !f.dev.answers(now) {
		f.unheard(now)
		return nil, f.events
	}

	f.lost = time.Time{}
	if f.accept != f.dev.open {
		f.dev.open = f.accept
	}

	f.work(now)
	f.tell()
	return nil, f.events
}

// unheard ends everything once the reader was silent for long.
func (f *Fake) unheard(now time.Time) {
	if f.lost.IsZero() {
		f.lost = now
	}
	if now.Sub(f.lost) < fakeSilent {
		return
	}

	f.report(card.Status{State: hal.DeviceOffline, Detail: "reader does not answer"})
	if j := f.job; j != nil {
		kind := card.NotDone
		if j.applied && j.cmd.Op.Changes() {
			kind = card.Unknown
		}
		f.finish(card.Event{Kind: kind, Err: card.ErrSilent})
	}

	for _, c := range f.queue {
		f.events = append(f.events, card.Event{Kind: card.NotDone, ID: c.ID, Err: card.ErrSilent})
	}
	f.queue, f.powered, f.chip, f.verified = nil, false, 0, false
}

func (f *Fake) work(now time.Time) {
	if f.job == nil && len(f.queue) > 0 {
		f.begin(now, f.queue[0])
		f.queue = append([]card.Command(nil), f.queue[1:]...)
	}

	j := f.job
	if j == nil {
		return
	}
	if !j.applied && !now.Before(j.half) {
		j.applied = true
		f.applyJob(j)
	}
	if j.applied && !now.Before(j.end) {
		f.end(j)
	}
}

func (f *Fake) begin(now time.Time, c card.Command) {
	d := fakeCard
	if c.Op == card.Eject || c.Op == card.Capture || c.Op == card.Reset {
		d = fakeMove
	}
	f.job = &fakeJob{cmd: c, half: now.Add(d / 2), end: now.Add(d), cards: f.dev.cards}
	if forced, ok := f.dev.takeForced(c.Op); ok {
		f.job.forced = &forced
	}
}

// applyJob lets the command have its effect, unless the test wants none.
func (f *Fake) applyJob(j *fakeJob) {
	if j.cards != f.dev.cards {
		f.drop()
		return
	}
	if j.forced == nil || j.forced.Reach || j.forced.Kind == card.Done {
		j.result = f.apply(j.cmd)
	}
	if j.forced != nil && j.forced.Pulled {
		_, _ = f.dev.PullCard(f.now) // without a card there is nothing to pull
	}
}

// end reports how the command ended.
func (f *Fake) end(j *fakeJob) {
	ev := j.result
	pulled := j.cards != f.dev.cards && j.cmd.Op != card.Capture && j.cmd.Op != card.Accept && j.cmd.Op != card.Refuse
	lost := f.dev.lostReply && j.cmd.Op.Changes()
	switch {
	case j.forced != nil && j.forced.Kind != card.Done:
		ev = card.Event{Kind: j.forced.Kind, Err: j.forced.Err}
	case pulled && (ev.Kind == 0 || !j.cmd.Op.Changes()):
		ev = card.Event{Kind: card.NotDone, Err: card.ErrPulled}
	case pulled:
		ev = card.Event{Kind: card.Unknown, Err: card.ErrPulled}
	case lost:
		f.dev.lostReply = false
		ev = card.Event{Kind: card.Unknown, Err: card.ErrLine}
	}

	f.finish(ev)
}

func (f *Fake) finish(ev card.Event) {
	ev.ID = f.job.cmd.ID
	f.events = append(f.events, ev)
	f.job = nil
}

// drop: the contacts are gone.
func (f *Fake) drop() { f.powered, f.chip, f.verified = false, 0, false }

func (f *Fake) tell() {
	d := f.dev
	if f.stuck && !d.jam {
		f.stuck = false
	}
	if f.cards != d.cards {
		f.drop()
		f.cards = d.cards
	}

	s := card.Status{State: hal.DeviceOnline, Media: d.place, BinFull: d.binFull}
	if d.place == card.Present && (f.powered || f.chip != 0) {
		s.Media = card.Latched
	}
	if f.stuck {
		s.State, s.Media, s.Detail = hal.DeviceFault, card.Jammed, "jam"
	}
	f.report(s)
}

func (f *Fake) report(s card.Status) {
	if f.told && s == f.status {
		return
	}
	f.status, f.told = s, true
	f.events = append(f.events, card.Event{Kind: card.StatusChanged, Status: s})
}
