// Package all finds a board by name. A new board is one package and one line
// here.
package all

import (
	"fmt"
	"path/filepath"
	"strings"

	"wattkiosk/boards"
	"wattkiosk/boards/qemuarm64"
	"wattkiosk/boards/rpicm4"
	"wattkiosk/boards/sim"
)

// Names are the boards there are, sorted.
func Names() []string { return []string{qemuarm64.Name, rpicm4.Name, sim.Name} }

// ByName gives the board of that name, checked. dir is the folder of a simulated
// board (made absolute) and means nothing to the others.
func ByName(name, dir string) (boards.Board, error) {
	var b boards.Board
	switch name {
	case qemuarm64.Name:
		b = qemuarm64.Board()
	case rpicm4.Name:
		b = rpicm4.Board()
	case sim.Name:
		abs, err := filepath.Abs(dir)
		if err != nil || dir == "" {
			return boards.Board{}, fmt.Errorf("board sim: folder %q cannot be used", dir)
		}
		b = sim.Board(abs)
	default:
		return boards.Board{}, fmt.Errorf("board %q is none of %s", name, strings.Join(Names(), ", "))
	}
	return b, b.Check()
}
