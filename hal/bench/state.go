package bench

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// State is a snapshot of the bench, for JSON. Amounts are fen.
type State struct {
	Power     bool            `json:"power"`
	Door      bool            `json:"door"` // open
	Validator ValidatorState  `json:"validator"`
	Printer   PrinterState    `json:"printer"`
	Outputs   map[string]bool `json:"outputs"` // what the kiosk switched on
}

// ValidatorState is where the notes are.
type ValidatorState struct {
	Cassette []int64  `json:"cassette"` // in the order they came
	Total    int64    `json:"total"`
	Returned []int64  `json:"returned"`
	InPath   int64    `json:"in_path"` // 0 = none
	Faults   []string `json:"faults"`
}

// PrinterState is what was printed.
type PrinterState struct {
	Slips  int      `json:"slips"` // how many there are
	Faults []string `json:"faults"`
}

// State takes the snapshot. The parts are each true, one instant after another.
func (b *Bench) State() State {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := State{Power: b.power, Door: b.door, Outputs: map[string]bool{}}
	s.Validator = ValidatorState{Faults: sorted(b.faults["validator"])}
	b.lines["validator"].Do(func(time.Time) {
		s.Validator.Cassette = append([]int64{}, b.validator.Cassette()...)
		s.Validator.Returned = append([]int64{}, b.validator.Returned()...)
		if fen, ok := b.validator.InPath(); ok {
			s.Validator.InPath = fen
		}
	})

	for _, fen := range s.Validator.Cassette {
		s.Validator.Total += fen
	}

	s.Printer = PrinterState{Slips: len(b.Slips()), Faults: sorted(b.faults["printer"])}
	for _, name := range outputs() {
		level, err := os.ReadFile(filepath.Join(b.gpio(), name))
		s.Outputs[name] = err == nil && strings.TrimSpace(string(level)) == "1"
	}
	return s
}

func sorted(set map[string]bool) []string {
	return append([]string{}, slices.Sorted(maps.Keys(set))...)
}
