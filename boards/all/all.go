// Package all finds a board by name. A new board is one package and one line
// here.
package all

import (
	"fmt"
	"path/filepath"
	"strings"

	"wattkiosk/boards"
	"wattkiosk/boards/imx6"
	"wattkiosk/boards/qemuarm"
	"wattkiosk/boards/qemuarm64"
	"wattkiosk/boards/rk3568"
	"wattkiosk/boards/rpicm4"
	"wattkiosk/boards/sim"
)

// Names are the boards there are, sorted.
func Names() []string {
	return []string{imx6.Name, qemuarm.Name, qemuarm64.Name, rk3568.Name, rpicm4.Name, sim.Name}
}

// ByName gives the board of that name, checked. dir is the folder of a simulated
// board (made absolute) and means nothing to the others.
func ByName(name, dir string) (boards.Board, error) {
	var b boards.Board
	switch name {
	case imx6.Name:
		b = imx6.Board()
	case qemuarm.Name:
		b = qemuarm.Board()
	case rk3568.Name:
		b = rk3568.Board()
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
