package bench

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wattkiosk/hal/bill/billsim"
)

// State is a snapshot of the bench, for JSON. Amounts are fen.
type State struct {
	Power     bool            `json:"power"`
	Door      bool            `json:"door"` // open
	Validator ValidatorState  `json:"validator"`
	Printer   PrinterState    `json:"printer"`
	Card      ReaderState     `json:"card"`
	MeterCard ReaderState     `json:"meter_card"`
	Pinpad    PinpadState     `json:"pinpad"`
	Outputs   map[string]bool `json:"outputs"` // what the kiosk switched on
	Inputs    map[string]bool `json:"inputs"`  // what the kiosk feels: doors, mains, sensors
	Drawer    []string        `json:"drawer"`  // cards outside of the readers
	Reader    []string        `json:"reader"`  // cards in a reader, or kept by it
	Cards     []CardState     `json:"cards"`   // all of them
}

// ReaderState is a card reader; its cards are in State.Cards.
type ReaderState struct {
	Faults []string `json:"faults"`
}

// ValidatorState is where the notes are.
type ValidatorState struct {
	Cassette []int64  `json:"cassette"` // in the order they came
	Number   string   `json:"number"`   // of the cassette; empty where nobody said
	Out      bool     `json:"out"`      // the cassette is out of its place
	Taken    int64    `json:"taken"`    // what was in the cassettes that were taken out
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
	s := State{Power: b.power, Door: b.door, Outputs: map[string]bool{}, Inputs: map[string]bool{}}
	s.Validator = ValidatorState{Faults: sorted(b.faults["validator"])}
	b.lines["validator"].Do(func(time.Time) {
		s.Validator.Cassette = append([]int64{}, b.validator.Cassette()...)
		s.Validator.Returned = append([]int64{}, b.validator.Returned()...)
		if fen, ok := b.validator.InPath(); ok {
			s.Validator.InPath = fen
		}
	})

	s.Validator.Number, s.Validator.Out = b.number, b.faults["validator"][billsim.CassetteOut]
	for _, fen := range b.taken {
		s.Validator.Taken += fen
	}
	for _, fen := range s.Validator.Cassette {
		s.Validator.Total += fen
	}

	s.Printer = PrinterState{Slips: len(b.Slips()), Faults: sorted(b.faults["printer"])}
	for _, name := range outputs() {
		s.Outputs[name] = b.level(name)
	}
	for _, name := range inputs() {
		s.Inputs[name] = b.level(name)
	}
	s.Card.Faults, s.MeterCard.Faults = sorted(b.faults[BankSlot.role()]), sorted(b.faults[MeterSlot.role()])
	s.Pinpad.Faults = sorted(b.faults["pinpad"])
	b.lines["pinpad"].Do(func(time.Time) {
		s.Pinpad.Marks, s.Pinpad.Asking = b.pad.Marks()
		s.Pinpad.MACs = b.pad.MACs
	})
	s.Drawer, s.Reader, s.Cards = []string{}, []string{}, b.AllCards()
	for _, c := range s.Cards {
		if c.Where == InDrawer {
			s.Drawer = append(s.Drawer, c.ID)
		} else {
			s.Reader = append(s.Reader, c.ID)
		}
	}
	return s
}

// level is a one-bit line.
func (b *Bench) level(name string) bool {
	level, err := os.ReadFile(filepath.Join(b.gpio(), name))
	return err == nil && strings.TrimSpace(string(level)) == "1"
}

func sorted(set map[string]bool) []string {
	return append([]string{}, slices.Sorted(maps.Keys(set))...)
}
