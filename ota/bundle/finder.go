package bundle

import "wattkiosk/ota/manifest"

// block is the unit in which equal content is looked for: the pieces of a
// squashfs move by any number of bytes, so old content is indexed at every
// multiple and new content is looked up at every byte.
const block = 2048

// stretch is a range of the old image.
type stretch struct{ at, size int64 }

// finder finds where in an old image the content of a new chunk is.
type finder struct {
	old []byte
	at  map[uint64]int32 // hash of a block: its number, the first where there are several
}

func newFinder(old []byte) *finder {
	f := &finder{old: old, at: map[uint64]int32{}}
	for i := 0; i+block <= len(old); i += block {
		h := roll(old[i : i+block])
		if _, ok := f.at[h]; !ok {
			f.at[h] = int32(i / block)
		}
	}
	return f
}

// find returns the range of at most manifest.MaxDictionary bytes that has most of
// the piece's blocks. Where nothing is found it is the range about the same place.
func (f *finder) find(piece []byte, at int) stretch {
	if len(f.old) == 0 {
		return stretch{}
	}
	const slot = 1 << 20
	votes := make([]int, len(f.old)/slot+1)
	for h := newRoller(piece); h.ok(); {
		if n, ok := f.at[h.sum]; ok && h.same(f.old[int(n)*block:]) {
			votes[int(n)*block/slot]++
			h.skip(block)
			continue
		}
		h.skip(1)
	}
	const width = manifest.MaxDictionary / slot
	best, most := min(at/slot, len(votes)-1), 0
	sum := 0
	for i := range votes {
		sum += votes[i]
		if i >= width {
			sum -= votes[i-width]
		}
		if sum > most {
			most, best = sum, i
		}
	}
	end := min((best+1)*slot, len(f.old))
	if most == 0 {
		end = min(at+manifest.MaxDictionary/2, len(f.old))
	}
	begin := max(0, end-manifest.MaxDictionary)
	return stretch{int64(begin), int64(end - begin)}
}

// roller is a polynomial hash of the block at a moving place.
type roller struct {
	data []byte
	pos  int
	sum  uint64
}

const prime = 0x100000001b3

var outgoing = func() uint64 { // prime to the power of block
	p := uint64(1)
	for range block {
		p *= prime
	}
	return p
}()

func roll(b []byte) uint64 {
	var h uint64
	for _, c := range b {
		h = h*prime + uint64(c) + 1
	}
	return h
}

func newRoller(data []byte) *roller {
	r := &roller{data: data}
	if r.ok() {
		r.sum = roll(data[:block])
	}
	return r
}

func (r *roller) ok() bool { return r.pos+block <= len(r.data) }

func (r *roller) same(old []byte) bool {
	return len(old) >= block && string(old[:block]) == string(r.data[r.pos:r.pos+block])
}

func (r *roller) skip(n int) {
	if n == 1 {
		if r.pos+block < len(r.data) {
			r.sum = r.sum*prime + uint64(r.data[r.pos+block]) + 1 - outgoing*(uint64(r.data[r.pos])+1)
		}
		r.pos++
		return
	}
	r.pos += n
	if r.ok() {
		r.sum = roll(r.data[r.pos : r.pos+block])
	}
}
