package peripherals

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"wattkiosk/boards"
	"wattkiosk/hal/gpio"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/mains"
)

// Times of the lines.
const (
	// doorDebounce is how long a contact must stand still.
	doorDebounce = 50 * time.Millisecond
	// A loss of mains counts after mainsFlicker, ends after mainsSettle, and takes
	// the machine down after mainsStop: the UPS must hold longer.
	mainsFlicker = 2 * time.Second
	mainsStop    = 90 * time.Second
	mainsSettle  = 10 * time.Second
)

// lineSet is the board's lines: it watches the inputs and keeps the outputs.
type lineSet struct {
	board boards.Board
	log   *slog.Logger

	mu      sync.Mutex // guards what follows
	outputs map[string]gpio.Output
	wanted  map[string]bool // what was asked of an output, also before it was opened
}

func newLineSet(b boards.Board, log *slog.Logger) lineSet {
	return lineSet{board: b, log: log, outputs: map[string]gpio.Output{}, wanted: map[string]bool{}}
}

func (s *lineSet) set(name string, on bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wanted[name] = on
	if l := s.outputs[name]; l != nil {
		return l.Set(on)
	}
	return nil
}

// run opens the lines, switches the outputs to what was asked, and watches the
// inputs until ctx ends.
func (s *lineSet) run(ctx context.Context, sink Sink) {
	source, err := s.open()
	if err != nil {
		s.log.Error("cannot open the board's lines", "err", err)
		return
	}
	if source == nil {
		return
	}
	defer func() {
		if err := source.Close(); err != nil {
			s.log.Warn("cannot close the board's lines", "err", err)
		}
	}()

	s.openOutputs(source)
	defer s.closeOutputs()
	var inputs []gpio.Input
	for _, l := range s.board.GPIO.Lines {
		if l.Output {
			continue
		}
		in, err := source.Input(l)
		if err != nil {
			s.log.Error("cannot open line", "err", err)
			continue
		}
		inputs = append(inputs, in)
	}

	power := newSupply(sink)
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { power.run(ctx) })
	gpio.Watch(ctx, inputs, doorDebounce, func(name string, active bool) {
		switch {
		case name == boards.Mains:
			power.level(ctx, active)
		case sink.Door != nil:
			sink.Door(name, active)
		}
	})
}

// open opens the board's line source, nil where it has none.
func (s *lineSet) open() (gpio.Source, error) {
	switch s.board.GPIO.Driver {
	case boards.FileLines:
		return filegpio.Open(s.board.Name, s.board.GPIO.Dir)
	case boards.ChipLines:
		return gpio.OpenChips(s.board.Name)
	}
	return nil, nil
}

func (s *lineSet) openOutputs(source gpio.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.board.GPIO.Lines {
		if !l.Output {
			continue
		}
		out, err := source.Output(l)
		if err == nil {
			s.outputs[l.Name] = out
			err = out.Set(s.wanted[l.Name])
		}
		if err != nil {
			s.log.Error("cannot open line", "err", err)
		}
	}
}

func (s *lineSet) closeOutputs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.outputs)
}

// supply follows the mains-fail line.
type supply struct {
	sink   Sink
	levels chan bool
}

func newSupply(sink Sink) *supply { return &supply{sink: sink, levels: make(chan bool)} }

func (p *supply) level(ctx context.Context, present bool) {
	select {
	case p.levels <- present:
	case <-ctx.Done():
	}
}

// run reports to the sink what the supply allows. The line is active while there are
// mains; until its first level is known they count as there.
func (p *supply) run(ctx context.Context) {
	m := mains.New(mainsFlicker, mainsStop, mainsSettle, time.Now())
	present := true
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case present = <-p.levels:
		case <-timer.C:
		}
		state, changed := m.Sense(time.Now(), present)
		if changed {
			p.tell(state)
		}
		timer.Reset(time.Hour)
		if w := m.Wake(); !w.IsZero() {
			timer.Reset(time.Until(w))
		}
	}
}

func (p *supply) tell(s mains.State) {
	if s == mains.Stop {
		if p.sink.PowerOff != nil {
			p.sink.PowerOff()
		}
		return
	}
	if p.sink.Mains != nil {
		p.sink.Mains(s == mains.Lost)
	}
}
