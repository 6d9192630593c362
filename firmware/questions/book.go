package questions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"wattkiosk/boards/ground/backoff"
	"wattkiosk/uplink/wire"
)

// Bounds of a Book.
const (
	// MaxAtOnce is how many questions that may wait are asked at the same time.
	MaxAtOnce = 4
	// Grace is how long after its time a question counts as unanswered even if
	// nobody said so.
	Grace = 2 * time.Second

	firstWait = 5 * time.Second
	// MaxWait bounds the wait before a question is asked again.
	MaxWait = 5 * time.Minute
)

// Subject is what a question is about: an account, or a serial.
type Subject struct {
	Op  wire.Op
	Key string
}

// Question is one thing to ask.
type Question struct {
	Subject
	Asker  string // who wants to know; handed back with the answer. What it asks may be secret
	Body   json.RawMessage
	TTL    time.Duration // how long an answer is waited for
	Once   bool          // it is not asked again
	Urgent bool          // somebody stands in front of the screen: it never waits its turn; asked once, not for a line either
}

// Wipe overwrites the body of what an Asker asked, when nobody wants it any more. The
// Book does so for what is dropped or replaced; for what it hands back as over, whoever
// gets it does.
func (q Question) Wipe() {
	if q.Asker != "" {
		clear(q.Body)
	}
}

// Ask is a question on its way, under the id of its answer. The body of one with an
// Asker is the taker's own copy, to be overwritten once it is sent.
type Ask struct {
	wire.Request
	TTL    time.Duration
	Secret bool
}

// Wipe overwrites the body if it may be secret.
func (a Ask) Wipe() {
	if a.Secret {
		clear(a.Body)
	}
}

// Book holds the open questions. It is not safe for concurrent use.
type Book struct {
	boot   uint32
	next   uint64
	linked bool
	open   map[Subject]*entry
}

type entry struct {
	Question
	id       string    // of the try that is under way; "" for none
	deadline time.Time // of that try
	askAt    time.Time // of the next try
	failures int
}

// New is the book of one run of the program.
func New(boot uint32) *Book {
	return &Book{boot: boot, open: map[Subject]*entry{}}
}

// Put opens a question, which Turn asks at the earliest time at; one of the same
// subject is replaced.
func (b *Book) Put(at time.Time, q Question) {
	b.Drop(q.Subject)
	b.open[q.Subject] = &entry{Question: q, askAt: at}
}

// Has reports whether a question about the subject is open.
func (b *Book) Has(s Subject) bool { return b.open[s] != nil }

// Drop closes a question: it is settled, or nobody wants to know any more.
func (b *Book) Drop(s Subject) {
	if e := b.open[s]; e != nil {
		e.Wipe()
		delete(b.open, s)
	}
}

// DropOp closes all questions of one operation.
func (b *Book) DropOp(op wire.Op) {
	for s := range b.open {
		if s.Op == op {
			b.Drop(s)
		}
	}
}

// Relax takes the urgency from a question whose customer has gone.
func (b *Book) Relax(s Subject) {
	if e := b.open[s]; e != nil {
		e.Urgent = false
	}
}

// Link says whether head office can be reached. When the line returns everything
// is due; when it is lost every try is void, and the questions that are asked once
// are returned as unanswered.
func (b *Book) Link(now time.Time, up bool) []Question {
	if b.linked == up {
		return nil
	}
	b.linked = up

	var lost []Question
	for _, e := range b.sorted() {
		switch {
		case up:
			e.failures, e.askAt = 0, minTime(e.askAt, now)
		case e.Once && e.id != "":
			delete(b.open, e.Subject)
			lost = append(lost, e.Question)
		default:
			e.id = ""
		}
	}

	return lost
}

// Turn returns what is to be asked now, and the questions asked once whose time is
// up, or that cannot wait for a line. The caller sends the first in order.
func (b *Book) Turn(now time.Time) (asks []Ask, unanswered []Question) {
	running := 0
	for _, e := range b.sorted() {
		if e.id != "" && !now.Before(e.deadline.Add(Grace)) {
			if q, over := b.missed(now, e); over {
				unanswered = append(unanswered, q)
			}
		}
		if e.id != "" && !e.Urgent {
			running++
		}
	}
	if !b.linked {
		return nil, append(unanswered, b.unasked(now)...)
	}

	for _, e := range b.sorted() {
		if e.id != "" || now.Before(e.askAt) || !e.Urgent && running >= MaxAtOnce {
			continue
		}
		if !e.Urgent {
			running++
		}
		asks = append(asks, b.send(now, e))
	}

	return asks, unanswered
}

// unasked closes the urgent questions asked once, for which there is no line: whoever
// asks acts on the silence, and must not have them asked after that.
func (b *Book) unasked(now time.Time) (over []Question) {
	for _, e := range b.sorted() {
		if e.Once && e.Urgent && !now.Before(e.askAt) {
			delete(b.open, e.Subject)
			over = append(over, e.Question)
		}
	}

	return over
}

func (b *Book) send(now time.Time, e *entry) Ask {
	b.next++
	e.id = fmt.Sprintf("%d-%d", b.boot, b.next)
	e.deadline = now.Add(e.TTL)

	a := Ask{TTL: e.TTL, Request: wire.Request{V: wire.Version, ID: e.id, Op: e.Op, TTLms: e.TTL.Milliseconds(), Body: e.Body}}
	if e.Asker != "" {
		a.Body, a.Secret = slices.Clone(e.Body), true
	}

	return a
}

// Answered takes the answer of an id: the question is no longer under way, and
// the caller says with Drop or Again what becomes of it. False for an id that
// nobody waits for.
func (b *Book) Answered(id string) (Question, bool) {
	e := b.byID(id)
	if e == nil {
		return Question{}, false
	}
	e.id = ""
	if e.Once {
		delete(b.open, e.Subject)
	}

	return e.Question, true
}

// Unanswered says that no answer to an id came in time. It returns the question
// and true where it was asked once and is over.
func (b *Book) Unanswered(now time.Time, id string) (Question, bool) {
	e := b.byID(id)
	if e == nil {
		return Question{}, false
	}

	return b.missed(now, e)
}

func (b *Book) missed(now time.Time, e *entry) (Question, bool) {
	if e.Once {
		delete(b.open, e.Subject)
		return e.Question, true
	}
	b.again(now, e)

	return Question{}, false
}

// Again asks an open question later: its answer settled nothing. Each time it
// waits longer, at most MaxWait.
func (b *Book) Again(now time.Time, s Subject) {
	if e := b.open[s]; e != nil {
		b.again(now, e)
	}
}

func (b *Book) again(now time.Time, e *entry) {
	e.id = ""
	e.askAt = now.Add(backoff.Wait(e.failures, firstWait, MaxWait))
	e.failures++
}

// Wake is when Turn must be called even if nothing happens; zero for never.
func (b *Book) Wake() time.Time {
	var w time.Time
	at := func(t time.Time) {
		if w.IsZero() || t.Before(w) {
			w = t
		}
	}

	running := 0
	for _, e := range b.open {
		if e.id != "" {
			at(e.deadline.Add(Grace))
			if !e.Urgent {
				running++
			}
		}
	}
	for _, e := range b.open {
		if b.linked && e.id == "" && (e.Urgent || running < MaxAtOnce) {
			at(e.askAt)
		}
	}

	return w
}

func (b *Book) byID(id string) *entry {
	if id == "" {
		return nil
	}
	for _, e := range b.open {
		if e.id == id {
			return e
		}
	}

	return nil
}

// sorted are the open questions, those of customers first, then by when they are
// due.
func (b *Book) sorted() []*entry {
	all := make([]*entry, 0, len(b.open))
	for _, e := range b.open {
		all = append(all, e)
	}
	slices.SortFunc(all, func(x, y *entry) int {
		if x.Urgent != y.Urgent {
			if x.Urgent {
				return -1
			}
			return 1
		}

		return cmp.Or(x.askAt.Compare(y.askAt), cmp.Compare(x.Op, y.Op), cmp.Compare(x.Key, y.Key))
	})

	return all
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}

	return b
}
