package reconcile

// Feeder takes rows for an engine. It is not safe for concurrent use, but several feeders
// of one engine are: each book can be read on its own. Done ends it.
type Feeder struct {
	e       *Engine
	stage   [parts][]byte // rows on their way to the shelf
	figures [MaxBooks]Figures
	sums    map[batchKey]*sum
	room    room
}

// stageSize is what a feeder holds of a partition. All of it fits into a processor's cache.
const stageSize = 4 << 10

// Feeder begins one.
func (e *Engine) Feeder() *Feeder {
	return &Feeder{e: e, sums: map[batchKey]*sum{}}
}

// Feed takes one row. What is wrong with a row is an ErrRow, and changes nothing.
func (f *Feeder) Feed(r Row) error {
	if err := r.check(f.e.spec.Books); err != nil {
		return err
	}
	if r.Total {
		return f.e.total(r)
	}

	r.Wants &= f.e.spec.Books
	f.count(&r)
	if r.Batch != "" && !r.Margin && r.State.stands() {
		if err := f.batched(&r); err != nil {
			return err
		}
	}
	row, part := pack(&f.room, &r)
	switch {
	case f.stage[part] == nil:
		f.stage[part] = make([]byte, 0, stageSize)
	case len(f.stage[part])+len(row) > stageSize:
		if err := f.flush(part); err != nil {
			return err
		}
	}
	f.stage[part] = append(f.stage[part], row...)

	return nil
}

func (f *Feeder) count(r *Row) {
	if r.Margin {
		return
	}
	f.figures[r.Book].Rows++
	if r.State.stands() {
		f.figures[r.Book].Sum += r.Amount
	}
}

func (f *Feeder) flush(part int) error {
	err := f.e.shelf.add(part, f.stage[part])
	f.stage[part] = f.stage[part][:0]

	return err
}

// Done gives to the engine what was fed. Nothing of it is matched before.
func (f *Feeder) Done() error {
	for p := range f.stage {
		if len(f.stage[p]) == 0 {
			continue
		}
		if err := f.flush(p); err != nil {
			return err
		}
	}

	f.e.mu.Lock()
	defer f.e.mu.Unlock()
	for book := range f.figures {
		f.e.figures[book].Rows += f.figures[book].Rows
		f.e.figures[book].Sum += f.figures[book].Sum
	}
	f.figures = [MaxBooks]Figures{}

	return f.mergeSums()
}
