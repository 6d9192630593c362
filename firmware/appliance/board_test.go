package appliance

import (
	"log/slog"
	"testing"

	"wattkiosk/boards"
	"wattkiosk/boards/sim"
	"wattkiosk/firmware/config"
	"wattkiosk/firmware/peripherals"
)

// testBoard is a simulated board: it has nothing but serial ports and lines.
func testBoard(dir string) boards.Board { return sim.Board(dir) }

func testSet(t *testing.T, dir string) *peripherals.Set {
	t.Helper()
	s, err := peripherals.New(testBoard(dir), config.Default().Devices, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
