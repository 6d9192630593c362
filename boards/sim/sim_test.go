package sim_test

import (
	"os"
	"testing"

	"wattkiosk/boards/sim"
	"wattkiosk/hal/bench"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/port"
)

// TestBenchIsWiredToTheBoard opens everything that the board names on the bench.
func TestBenchIsWiredToTheBoard(t *testing.T) {
	dir := t.TempDir()
	b, err := bench.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	board := sim.Board(dir)
	if err := board.Check(); err != nil {
		t.Fatal(err)
	}
	for _, p := range board.Ports {
		line, err := port.OpenSerial(p.Path, p.Mode)
		if err != nil {
			t.Errorf("%s: %v", p.Role, err)
			continue
		}
		if err := line.Close(); err != nil {
			t.Errorf("%s: %v", p.Role, err)
		}
	}
	lines, err := filegpio.Open(board.Name, board.GPIO.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range board.GPIO.Lines {
		if _, err := os.Stat(board.GPIO.Dir + "/" + l.Name); err != nil {
			t.Errorf("line %s is not on the bench: %v", l.Name, err)
		}
		if l.Output {
			_, err = lines.Output(l)
		} else {
			_, err = lines.Input(l)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
