package reconcile

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// Spec is what is matched.
type Spec struct {
	Books  Books  // that take part; what a row wants of another book is not looked for
	Keys   []Key  // tolerance passes, in order; none: by serial only
	Edges  Edges  // of the date
	Memory int    // for rows that wait to be matched, bytes; 0 is DefaultMemory
	Dir    string // for spilled rows; empty is the system's
}

// Edges are times, in Unix seconds: what was before the one, or at the other or after it, is
// so close to an end of the date that a book may have it on the neighbouring date, whose
// books are not here. 0 says that they are.
type Edges struct {
	Before, After int64
}

func (e Edges) near(at int64) bool {
	return at != 0 && (at < e.Before || e.After != 0 && at >= e.After)
}

// DefaultMemory is how much rows may take in memory before they are spilled: those that were
// fed, and as much again for those that the first pass leaves. A feeder takes 1 MB, and a
// core that matches some partitions' worth.
const DefaultMemory = 64 << 20

// Engine matches books. Feed and Run are not safe for concurrent use; see [Engine.Feeder].
// Close it.
type Engine struct {
	spec    Spec
	shelf   shelf
	left    shelf // what lacks a book after the first pass
	feeder  *Feeder
	covered map[string]*[MaxBooks]cover // by batch, as it is packed
	ran     bool
	loose   int64

	mu      sync.Mutex // of what feeders add to
	figures [MaxBooks]Figures
	sums    map[batchKey]*sum
	totals  map[batchKey]sum
}

// New makes an engine.
func New(spec Spec) (*Engine, error) {
	if spec.Books.Len() < 2 || spec.Books&^allBooks != 0 {
		return nil, fmt.Errorf("%d books cannot be matched", spec.Books.Len())
	}
	for _, k := range spec.Keys {
		if err := k.check(); err != nil {
			return nil, err
		}
	}
	if spec.Memory <= 0 {
		spec.Memory = DefaultMemory
	}

	e := &Engine{spec: spec, sums: map[batchKey]*sum{}, totals: map[batchKey]sum{}, covered: map[string]*[MaxBooks]cover{}}
	e.shelf = shelf{dir: spec.Dir, share: spec.Memory / parts}
	e.left = shelf{dir: spec.Dir, share: spec.Memory / parts}
	for i, name := range bookNames {
		e.figures[i].Name = name
	}

	return e, nil
}

// Close gives up the files of spilled rows.
func (e *Engine) Close() error { return errors.Join(e.shelf.close(), e.left.close()) }

// Feed takes one row. What is wrong with a row is an ErrRow, and changes nothing.
func (e *Engine) Feed(r Row) error {
	if e.feeder == nil {
		e.feeder = e.Feeder()
	}

	return e.feeder.Feed(r)
}

// Run matches what was fed and says each break, one after the other. It can be called once,
// when all feeders are done. An error of say ends it and is returned.
func (e *Engine) Run(say func(Break) error) (Report, error) {
	if e.ran {
		return Report{}, errors.New("an engine matches once")
	}
	e.ran = true
	if e.feeder != nil {
		if err := e.feeder.Done(); err != nil {
			return Report{}, err
		}
		e.feeder = nil
	}

	report := Report{}
	tell := func(b Break) error {
		b.Proposal = Propose(b)
		report.count(b)

		return say(b)
	}
	if err := e.batches(tell); err != nil {
		return Report{}, err
	}
	digests, err := e.partitions(tell)
	if err != nil {
		return Report{}, err
	}
	if err := e.unpaired(tell); err != nil {
		return Report{}, err
	}

	report.Loose = e.loose
	for i := range e.figures {
		if e.spec.Books.Has(i) {
			e.figures[i].digest = e.digest(i, digests)
			report.Books = append(report.Books, e.figures[i])
		}
	}

	return report, nil
}

// partitions matches the partitions and says their breaks in the order of the partitions.
// It returns the digests of each.
func (e *Engine) partitions(say func(Break) error) (*[parts]digests, error) {
	const few = 1 << 20 // bytes that are not worth a second core
	out := &[parts]digests{}
	workers := min(runtime.GOMAXPROCS(0), 4)
	if workers > 1 && e.shelf.size() > few {
		return out, e.sideBySide(workers, out, say)
	}

	m := matcher{e: e}
	for p := range parts {
		if err := m.partition(p, &out[p], say); err != nil {
			return nil, err
		}
	}

	return out, nil
}

// sideBySide matches several partitions at a time. Each hands its breaks on by handfuls, and
// waits when it is too far ahead of the one whose turn it is.
func (e *Engine) sideBySide(workers int, out *[parts]digests, say func(Break) error) error {
	const ahead = 8
	stop := make(chan struct{})
	var all sync.WaitGroup
	defer all.Wait()
	defer close(stop)

	var (
		found [parts]chan []Break
		errs  [parts]error // each good when its channel is closed
		next  atomic.Int32
	)
	for p := range found {
		found[p] = make(chan []Break, ahead)
	}
	for range workers {
		all.Go(func() {
			m := matcher{e: e}
			for p := int(next.Add(1) - 1); p < parts; p = int(next.Add(1) - 1) {
				errs[p] = m.hand(p, &out[p], found[p], stop)
				close(found[p])
			}
		})
	}

	for p := range parts {
		for handful := range found[p] {
			for _, b := range handful {
				if err := say(b); err != nil {
					return err
				}
			}
		}
		if errs[p] != nil {
			return errs[p]
		}
	}

	return nil
}

var errStopped = errors.New("stopped")

// hand matches a partition and hands its breaks on, until it is stopped.
func (m *matcher) hand(part int, sums *digests, to chan<- []Break, stop <-chan struct{}) error {
	const handful = 64
	var some []Break
	give := func() error {
		select {
		case to <- some:
		case <-stop:
			return errStopped
		}
		some = nil

		return nil
	}
	err := m.partition(part, sums, func(b Break) error {
		if some = append(some, b); len(some) < handful {
			return nil
		}

		return give()
	})
	if err == nil && len(some) > 0 {
		err = give()
	}

	return err
}
