package line

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/payments/posp/iso8583"
	"wattkiosk/uplink/office/bank"
)

// Bounds of Lines.
const (
	MaxLines     = 16
	DefaultLines = 2

	maxPending   = 64               // frames that a line carries
	lineWait     = 5 * time.Second  // for a line, while none is up
	writeTimeout = 5 * time.Second  // of a frame
	dialTimeout  = 10 * time.Second // of a connection
	dialFirst    = 200 * time.Millisecond
	dialLongest  = 15 * time.Second
	steadyAfter  = 10 * time.Second
	maxSilent    = 3                // frames in a row without an answer, then the line is cut
	silentFor    = 10 * time.Second // unless something was heard in that time: kiosks say how long they wait
	maxStrays    = 64               // that wait to be looked at
	sayEvery     = time.Minute
)

// Errors of Carry.
var (
	ErrUnsent   = errors.New("nothing left for the bank")
	ErrNoAnswer = errors.New("the frame left, and no answer came")
)

// Config of Lines; all but Lines are required.
type Config struct {
	Dial  func(ctx context.Context) (net.Conn, error)
	Lines int // 0 is DefaultLines
	Now   func() time.Time
	Log   *slog.Logger
}

// Lines are the connections. Any number of goroutines may use them.
type Lines struct {
	cfg    Config
	strays chan bank.Heading

	mu      sync.Mutex
	up      []*line
	pending map[key]*wait
	changed chan struct{} // closed when a line comes up, or has room again
	said    time.Time     // when trouble was last logged
	down    time.Time     // since when no line is of use; zero while one is
	why     error         // the last line ended, or did not come up
}

// key is what an answer is known by, as its request says it.
type key struct {
	tpdu     iso8583.TPDU
	mti      iso8583.MTI
	terminal string
	trace    uint32
}

func keyOf(h bank.Heading) key { return key{h.TPDU, h.Type, h.Terminal, h.Trace} }

// answered is the key of the request that an answer is to.
func answered(h bank.Heading) key { return key{h.TPDU.Swap(), h.Type - 0x10, h.Terminal, h.Trace} }

// wait is a frame that waits for its answer.
type wait struct {
	on     *line
	answer chan []byte // one, or closed: none will come
}

// line is one connection.
type line struct {
	conn    net.Conn
	since   time.Time
	write   sync.Mutex
	carries int // under Lines.mu, as what follows
	silent  int
	heard   time.Time // an answer; at first when the line came up
}

// New makes lines that Run has to keep up.
func New(cfg Config) *Lines {
	if cfg.Lines <= 0 {
		cfg.Lines = DefaultLines
	}

	return &Lines{cfg: cfg, strays: make(chan bank.Heading, maxStrays), pending: map[key]*wait{}, changed: make(chan struct{})}
}

// Strays are answers that nobody waits for; they are dropped where nobody looks at them.
func (l *Lines) Strays() <-chan bank.Heading { return l.strays }

// Run keeps the lines up until ctx ends; they are closed then.
func (l *Lines) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for range l.cfg.Lines {
		all.Go(func() { l.keep(ctx) })
	}
	all.Wait()

	return nil
}

// keep connects one line again and again.
func (l *Lines) keep(ctx context.Context) {
	for failed := 0; ctx.Err() == nil; {
		began := l.cfg.Now()
		l.fell(began, nil)
		err := l.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		l.fell(l.cfg.Now(), err)
		failed++
		if l.cfg.Now().Sub(began) > dialLongest { // it was up: banks cut what is idle
			failed = 0
		} else {
			l.say("the line to the bank", err)
		}
		if backoff.Pause(ctx, backoff.Wait(failed, dialFirst, dialLongest)) != nil {
			return
		}
	}
}

// fell notes that a line is not up, and why if that is known.
func (l *Lines) fell(now time.Time, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if why != nil {
		l.why = why
	}
	if l.down.IsZero() && !l.steady(now) {
		l.down = now
	}
}

// steady reports whether a line has been up for a while. l.mu is held.
func (l *Lines) steady(now time.Time) bool {
	return slices.ContainsFunc(l.up, func(ln *line) bool { return now.Sub(ln.since) >= steadyAfter })
}

// Down is since when no line is of use, and why; zero while one is. A line is of use when
// an answer has come, or when it has been up for a while: what is not the bank may take
// connections too, and end them.
func (l *Lines) Down() (since time.Time, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.steady(l.cfg.Now()) {
		l.down = time.Time{}
	}

	return l.down, l.why
}

// connect opens a line and reads it to its end.
func (l *Lines) connect(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, dialTimeout)
	conn, err := l.cfg.Dial(limited)
	cancel()
	if err != nil {
		return fmt.Errorf("cannot connect: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()

	now := l.cfg.Now()
	ln := &line{conn: conn, since: now, heard: now}
	l.mu.Lock()
	l.up = append(l.up, ln)
	l.wake()
	l.mu.Unlock()
	defer l.cut(ln)

	return l.read(ln)
}

// cut takes a line out, and ends what it carries.
func (l *Lines) cut(ln *line) {
	_ = ln.conn.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.up = slices.DeleteFunc(l.up, func(other *line) bool { return other == ln })
	for k, w := range l.pending {
		if w.on == ln {
			delete(l.pending, k)
			close(w.answer)
		}
	}
}

// wake is for those who wait for a line. l.mu is held.
func (l *Lines) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// read takes answers until the line ends.
func (l *Lines) read(ln *line) error {
	buffer := make([]byte, 0, 2+iso8583.MaxFrame)
	for {
		frame, err := iso8583.ReadFrame(ln.conn, buffer)
		if err != nil {
			return fmt.Errorf("cannot read: %w", err)
		}
		h, err := bank.Read(frame[2:])
		if err != nil {
			l.say("an answer of the bank", err)
		} else {
			l.deliver(ln, h, frame[2:])
		}
		clear(frame)
	}
}

// deliver hands an answer to who waits for it.
func (l *Lines) deliver(ln *line, h bank.Heading, frame []byte) {
	l.mu.Lock()
	ln.silent = 0
	ln.heard = l.cfg.Now()
	l.down = time.Time{}
	k := answered(h)
	w := l.pending[k]
	delete(l.pending, k)
	l.mu.Unlock()
	if w != nil {
		w.answer <- append([]byte(nil), frame...)

		return
	}
	select {
	case l.strays <- h:
	default:
		l.say("answers of the bank", errors.New("too many that nobody waits for"))
	}
}

// say logs trouble, once a minute.
func (l *Lines) say(what string, err error) {
	l.mu.Lock()
	now := l.cfg.Now()
	quiet := now.Sub(l.said) < sayEvery
	if !quiet {
		l.said = now
	}
	l.mu.Unlock()
	if !quiet {
		l.cfg.Log.Warn("trouble with "+what, "err", err)
	}
}

// Carry sends a frame, without its length, whose heading is h, and waits for the answer,
// which it returns without its length, as long as ctx lasts. It sends nothing when an
// answer could not be told from that to another frame on its way.
func (l *Lines) Carry(ctx context.Context, frame []byte, h bank.Heading) ([]byte, error) {
	w, err := l.reserve(ctx, keyOf(h))
	if err != nil {
		return nil, err
	}
	defer l.free(keyOf(h), w)
	if err := l.send(ctx, w.on, frame); err != nil {
		return nil, err
	}

	select {
	case answer, ok := <-w.answer:
		if ok {
			return answer, nil
		}

		return nil, fmt.Errorf("%w: the line was cut", ErrNoAnswer)
	case <-ctx.Done():
	}
	select {
	case answer, ok := <-w.answer:
		if ok {
			return answer, nil
		}
	default:
	}
	l.unheard(w.on)

	return nil, fmt.Errorf("%w in time", ErrNoAnswer)
}

// unheard counts a frame without an answer, and cuts a line that seems dead.
func (l *Lines) unheard(ln *line) {
	l.mu.Lock()
	ln.silent++
	dead := ln.silent >= maxSilent && l.cfg.Now().Sub(ln.heard) >= silentFor
	l.mu.Unlock()
	if dead {
		_ = ln.conn.Close() // its reader does the rest
	}
}

// reserve finds the line that carries least, and waits for one if there is none.
func (l *Lines) reserve(ctx context.Context, k key) (*wait, error) {
	timer := time.NewTimer(lineWait)
	defer timer.Stop()
	for {
		w, changed, err := l.take(k)
		if w != nil || err != nil {
			return w, err
		}
		select {
		case <-changed:
		case <-timer.C:
			return nil, fmt.Errorf("%w: no line is up", ErrUnsent)
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: no line is up", ErrUnsent)
		}
	}
}

func (l *Lines) take(k key) (*wait, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending[k] != nil {
		return nil, nil, fmt.Errorf("%w: one like it is on its way", ErrUnsent)
	}
	var best *line
	for _, ln := range l.up {
		if ln.carries < maxPending && (best == nil || ln.carries < best.carries) {
			best = ln
		}
	}
	if best == nil {
		return nil, l.changed, nil
	}
	best.carries++
	w := &wait{on: best, answer: make(chan []byte, 1)}
	l.pending[k] = w

	return w, nil, nil
}

func (l *Lines) free(k key, w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending[k] == w {
		delete(l.pending, k)
	}
	if w.on.carries--; w.on.carries == maxPending-1 {
		l.wake()
	}
}

// send writes a frame. An error says whether a byte of it left, and cuts the line where
// writing failed.
func (l *Lines) send(ctx context.Context, ln *line, frame []byte) error {
	whole := append(binary.BigEndian.AppendUint16(make([]byte, 0, 2+len(frame)), uint16(len(frame))), frame...)
	defer clear(whole)
	ln.write.Lock()
	defer ln.write.Unlock()
	if ctx.Err() != nil {
		return fmt.Errorf("%w: it waited too long", ErrUnsent)
	}

	n := 0
	err := ln.conn.SetWriteDeadline(l.cfg.Now().Add(writeTimeout))
	if err == nil {
		n, err = ln.conn.Write(whole)
	}
	if err == nil {
		return nil
	}
	l.cut(ln)
	if n == 0 {
		return fmt.Errorf("%w: %w", ErrUnsent, err)
	}

	return fmt.Errorf("%w: the line was cut", ErrNoAnswer)
}
