package image

import (
	"fmt"
	"path/filepath"
	"strings"

	"wattkiosk/boards"
	"wattkiosk/boards/all"
)

// readerGroup is group reader of etc/group.
const readerGroup = 994

// readerLines are what the templates say of a board's card readers, which makers' libraries
// may open.
type readerLines struct {
	allow string // DeviceAllow= of their unit
	rules string // udev's
	group string // the initrd's list of groups
}

// readers are those lines for the ports that a board's card readers are wired to.
func readers(board string) (r readerLines) {
	b, err := all.ByName(board, "")
	if err != nil { // the recipe's name was checked, and none is simulated
		return r
	}
	var paths []string
	for _, role := range []string{boards.Card, boards.MeterCard} {
		if p, ok := b.Port(role); ok && filepath.IsAbs(p.Path) {
			r.allow += "DeviceAllow=" + p.Path + " rw\n"
			r.rules += fmt.Sprintf("KERNEL==%q, GROUP=\"reader\", MODE=\"0660\"\n", filepath.Base(p.Path))
			paths = append(paths, p.Path)
		}
	}
	if len(paths) > 0 {
		r.group = fmt.Sprintf(" %q", fmt.Sprint(readerGroup, " ", strings.Join(paths, " ")))
	}
	return r
}
