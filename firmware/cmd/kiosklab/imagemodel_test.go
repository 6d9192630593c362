package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"

	"wattkiosk/boards/image"
	"wattkiosk/ota/slot"
)

// cut is a disk as a power cut may leave it: all entries before after, then parts
// of later ones.
type cut struct {
	kind  string // prefix, torn, lost, scrambled
	after int
	then  []part
}

// part is what got through of one entry.
type part struct {
	entry    int
	from, to int64
}

func (c cut) String() string {
	return fmt.Sprintf("%s cut after %d writes, %v", c.kind, c.after, c.then)
}

// history is the recorded writes of one update.
type history struct {
	img     image.Description
	log     *os.File
	entries []logEntry
}

func (h *history) read(p part) []byte {
	e := h.entries[p.entry]
	b := make([]byte, p.to-p.from)
	if e.flags&logDiscard != 0 {
		return b
	}
	if _, err := h.log.ReadAt(b, e.data+p.from); err != nil {
		panic(err) // readLog has seen that it is there
	}
	return b
}

func (h *history) whole(i int) part { return part{i, 0, h.entries[i].size} }

// touches reports whether an entry writes to a partition.
func (h *history) touches(i int, name string) bool {
	p, ok := h.img.Partition(name)
	e := h.entries[i]
	return ok && e.size > 0 && e.at < p.Offset+p.Size && e.at+e.size > p.Offset
}

// flushed is the number of entries that are on the medium for certain when entry
// i is under way.
func (h *history) flushed(i int) int {
	for n := i; n > 0; n-- {
		if h.entries[n-1].durable() {
			return n
		}
	}
	return 0
}

// prefixes are the cuts between any two writes.
func (h *history) prefixes() (cuts []cut) {
	for i := range len(h.entries) + 1 {
		cuts = append(cuts, cut{kind: "prefix", after: i})
	}
	return cuts
}

// decisive are the cuts around each write of the boot state: before it, after it,
// torn at both ends and inside a sector, and it alone of all that was not flushed.
func (h *history) decisive() (cuts []cut) {
	for i := range h.entries {
		if !h.touches(i, "state") {
			continue
		}
		size := h.entries[i].size
		cuts = append(cuts, cut{kind: "prefix", after: i}, cut{kind: "prefix", after: i + 1})
		for _, p := range []part{{i, 0, 20}, {i, 0, 512}, {i, 0, size / 2}, {i, 512, size}, {i, size / 2, size}} {
			cuts = append(cuts, cut{"torn", i, []part{p}})
		}
		if f := h.flushed(i); f < i {
			cuts = append(cuts, cut{"lost", f, []part{h.whole(i)}})
		}
		for n := i + 1; n < len(h.entries); n++ {
			if h.entries[n].durable() {
				cuts = append(cuts, cut{kind: "prefix", after: n}, cut{kind: "prefix", after: n + 1})
				break
			}
		}
	}
	return cuts
}

// random are n cuts anywhere; of every other one only a part of the writes that
// were not flushed got through.
func (h *history) random(n int, rng *rand.Rand) (cuts []cut) {
	for k := range n {
		i := rng.IntN(len(h.entries) + 1)
		c := cut{kind: "prefix", after: i}
		if k%2 == 1 {
			c = cut{kind: "scrambled", after: h.flushed(i)}
			for e := c.after; e < i; e++ {
				if rng.IntN(2) == 0 && h.entries[e].size > 0 {
					c.then = append(c.then, h.whole(e))
				}
			}
		}
		cuts = append(cuts, c)
	}
	return cuts
}

func inOrder(cuts []cut) []cut {
	slices.SortStableFunc(cuts, func(a, b cut) int { return a.after - b.after })
	return cuts
}

// content compares a partition with what it may hold, sector by sector.
type content struct {
	at    int64
	want  [][]byte // by version
	wrong [][]bool // by version and sector
	count []int    // sectors that differ, by version
}

func newContent(at int64, want ...[]byte) *content {
	c := &content{at: at, want: want, count: make([]int, len(want))}
	for _, w := range want {
		c.wrong = append(c.wrong, make([]bool, (len(w)+511)/512))
	}
	return c
}

// write takes over what was written to the disk; whole sectors only.
func (c *content) write(at int64, data []byte) {
	for v, want := range c.want {
		for off := int64(0); off < int64(len(data)); off += 512 {
			in := at + off - c.at
			if in < 0 || in >= int64(len(want)) {
				continue
			}
			end := min(in+512, int64(len(want)))
			bad := !bytes.Equal(want[in:end], data[off:off+end-in])
			if was := &c.wrong[v][in/512]; *was != bad {
				*was = bad
				c.count[v] += map[bool]int{true: 1, false: -1}[bad]
			}
		}
	}
}

// model knows of a disk what the boot script decides by, and whether each slot is
// one of two versions, whole.
type model struct {
	h       *history
	applied int
	state   []byte
	at      int64 // of the state partition
	slots   map[slot.Name][]*content
	builds  [2]uint64
}

// newModel starts from the disk before the first entry.
func newModel(h *history, disk io.ReaderAt, versions [2]image.Description) (*model, error) {
	m := &model{h: h, state: make([]byte, slot.CopyOffset+slot.BlockSize), slots: map[slot.Name][]*content{}}
	state, _ := h.img.Partition("state")
	m.at = state.Offset
	if _, err := disk.ReadAt(m.state, m.at); err != nil {
		return nil, err
	}
	for _, part := range []string{"boot", "root"} {
		var want [2][]byte
		for v, d := range versions {
			path := map[string]string{"boot": d.Boot, "root": d.Root}[part]
			var err error
			if want[v], err = os.ReadFile(d.Path(path)); err != nil {
				return nil, err
			}
			m.builds[v] = d.Build
		}
		for _, name := range []slot.Name{slot.A, slot.B} {
			p, ok := h.img.Partition(part + "_" + string(name))
			if !ok {
				return nil, fmt.Errorf("no partition %s_%s", part, name)
			}
			now := make([]byte, max(len(want[0]), len(want[1])))
			if _, err := disk.ReadAt(now, p.Offset); err != nil {
				return nil, err
			}
			c := newContent(p.Offset, want[:]...)
			c.write(p.Offset, now)
			m.slots[name] = append(m.slots[name], c)
		}
	}
	return m, nil
}

// upTo carries out the entries before n.
func (m *model) upTo(n int) {
	for ; m.applied < n; m.applied++ {
		e := m.h.entries[m.applied]
		if e.size == 0 {
			continue
		}
		data := m.h.read(m.h.whole(m.applied))
		lay(m.state, e.at-m.at, data)
		for _, parts := range m.slots {
			for _, c := range parts {
				c.write(e.at, data)
			}
		}
	}
}

// lay copies data to where it belongs in block, as far as it does.
func lay(block []byte, at int64, data []byte) {
	if at < 0 {
		data = data[min(-at, int64(len(data))):]
		at = 0
	}
	if at < int64(len(block)) {
		copy(block[at:], data)
	}
}

// started is what runs after a cut.
type started struct {
	slot  slot.Name
	mode  slot.Mode
	build uint64
}

// boot is the boot script's rule on the disk that a cut leaves. Both the slot that
// it starts and the good one that it would go back to must be whole.
func (m *model) boot(c cut) (started, error) {
	m.upTo(c.after)
	state := bytes.Clone(m.state)
	for _, p := range c.then {
		lay(state, m.h.entries[p.entry].at+p.from-m.at, m.h.read(p))
	}
	s, _, err := slot.Read(bytes.NewReader(state))
	if err != nil {
		return started{}, err
	}
	now := started{slot: s.Good, mode: slot.Good}
	switch {
	case s.Try != "" && s.Left > 0:
		now = started{slot: s.Try, mode: slot.Trial}
	case s.Try != "":
		now.mode = slot.Fallback
	}
	if _, err := m.version(s.Good); err != nil {
		return started{}, fmt.Errorf("the good slot: %w", err)
	}
	now.build, err = m.version(now.slot)
	return now, err
}

// version is the build that a slot holds.
func (m *model) version(name slot.Name) (uint64, error) {
	for v, build := range m.builds {
		if !slices.ContainsFunc(m.slots[name], func(c *content) bool { return c.count[v] != 0 }) {
			return build, nil
		}
	}
	return 0, fmt.Errorf("slot %s is neither the old nor the new version", name)
}
