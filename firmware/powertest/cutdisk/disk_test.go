package cutdisk

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// fill is a page, or a part of it, of one letter.
func fill(letter byte, n int) []byte { return bytes.Repeat([]byte{letter}, n) }

func content(d *Disk, off int64, n int) []byte {
	b := make([]byte, n)
	d.read(off, b)
	return b
}

func TestWhatWasFlushedIsThere(t *testing.T) {
	d := New(16 * pageSize)
	d.write(pageSize-100, fill('a', 200)) // over two pages
	d.flush()
	d.write(pageSize-100, fill('b', 200))
	if got := content(d, pageSize-100, 200); !bytes.Equal(got, fill('b', 200)) {
		t.Errorf("before the cut: %q", got)
	}
	found := d.After(rand.New(rand.NewPCG(1, 1)), Survival{})
	if got := content(found, pageSize-100, 200); !bytes.Equal(got, fill('a', 200)) {
		t.Errorf("nothing of the cache gets to the disk: %q", got)
	}
	if got := content(d.Copy(), pageSize-100, 200); !bytes.Equal(got, fill('b', 200)) {
		t.Errorf("all of it does: %q", got)
	}
}

func TestALieLosesWhatWasFlushed(t *testing.T) {
	d := New(pageSize)
	d.Lie()
	d.write(0, fill('a', pageSize))
	d.flush()
	if got := content(d.After(rand.New(rand.NewPCG(1, 1)), Survival{}), 0, pageSize); !bytes.Equal(got, make([]byte, pageSize)) {
		t.Error("the disk that lies has flushed")
	}
}

// TestOfEachPageAPrefix: a page, or a sector, is what it was at some moment since the
// flush; each by itself, and all of these moments come about.
func TestOfEachPageAPrefix(t *testing.T) {
	for _, torn := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(7, 7))
		seen := map[byte]bool{}
		mixed, reordered := false, false
		for range 200 {
			d := New(2 * pageSize)
			d.write(0, fill('0', 2*pageSize))
			d.flush()
			for letter := byte('1'); letter <= '3'; letter++ { // the first page before the second
				d.write(0, fill(letter, pageSize))
				d.write(pageSize, fill(letter, pageSize))
			}
			found := content(d.After(rng, Survival{Share: .5, Torn: torn}), 0, 2*pageSize)
			for at := 0; at < len(found); at += sectorSize {
				sector := found[at : at+sectorSize]
				if sector[0] < '0' || sector[0] > '3' || !bytes.Equal(sector, fill(sector[0], sectorSize)) {
					t.Fatalf("a sector that was never written: %q", sector)
				}
				seen[sector[0]] = true
				mixed = mixed || at%pageSize > 0 && sector[0] != found[at-1]
			}
			reordered = reordered || found[0] < found[pageSize]
		}
		if len(seen) != 4 || mixed != torn || !reordered {
			t.Errorf("torn %v: moments %v, mixed within a page %v, a later write without the one before %v", torn, seen, mixed, reordered)
		}
	}
}

func TestTriggerAndRefusals(t *testing.T) {
	d := New(pageSize)
	d.Arm(Trigger{Kind: Flush, N: 2})
	for i, kind := range []Kind{Write, Flush, Write} {
		if !d.enter(kind) {
			t.Fatalf("operation %d: no power", i)
		}
		d.mu.Unlock()
	}
	answered := make(chan bool)
	go func() { answered <- d.enter(Flush) }()
	<-d.IsCut() // before the second flush, which waits
	d.Release()
	if <-answered {
		t.Error("a flush without power succeeded")
	}
	if d.enter(Write) {
		t.Error("a write without power succeeded")
	}
}
