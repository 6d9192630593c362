package flash

import (
	"fmt"
	"io"
	"strings"

	"wattkiosk/ota/slot"
)

// Holding is what is on a target before it is flashed.
type Holding struct {
	What  string // for people
	Floor uint64 // lowest build that the board accepts which it is the disk of; 0 = none
}

// Look tells what is on a target of size bytes. It is for people, and for the floor;
// what cannot be read is said, and nothing more.
func Look(r io.ReaderAt, size int64) Holding {
	head := make([]byte, min(HeadSize, size))
	if _, err := r.ReadAt(head, 0); err != nil {
		return Holding{What: fmt.Sprintf("unreadable (%v)", err)}
	}
	if t, ok := parseTable(head); ok {
		return Holding{"partitions " + names(t), floor(r, t)}
	}
	switch {
	case strings.Trim(string(head), "\x00") == "":
		return Holding{What: "nothing in its first MiB"}
	case len(head) >= sector && head[mbrMagic] == 0x55 && head[mbrMagic+1] == 0xAA:
		return Holding{What: "an MBR: partitions, or a FAT file system"}
	}
	return Holding{What: "something without partitions"}
}

func names(t table) string {
	var list []string
	for _, p := range t.partitions() {
		list = append(list, fmt.Sprintf("%q", p.name))
	}
	return strings.Join(list, ", ")
}

// stateName is the partition of a board's boot state.
const stateName = "state"

// floor is that of the boot state, if there is one.
func floor(r io.ReaderAt, t table) uint64 {
	p, ok := t.find(stateName)
	if !ok {
		return 0
	}
	s, _, err := slot.Read(io.NewSectionReader(r, int64(p.first)*sector, int64(p.last-p.first+1)*sector))
	if err != nil {
		return 0
	}
	return s.Floor
}
