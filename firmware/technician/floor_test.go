package technician

import (
	"errors"
	"testing"

	"wattkiosk/ota/tpmfloor"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
)

// chip is a TPM's counter.
type chip struct {
	at   uint64
	made bool
	fail error
}

func (c *chip) Read() (uint64, error) {
	if c.fail == nil && !c.made {
		return 0, tpmfloor.ErrNotProvisioned
	}
	return c.at, c.fail
}

func (c *chip) Raise(to uint64) error {
	c.at = max(c.at, to)
	return c.fail
}

func (c *chip) Provision(floor uint64) error {
	if c.fail == nil {
		c.made = true
	}
	return c.Raise(floor)
}

// install says whether a board whose floor is in the chip takes a build, and by
// which code it does not.
func install(t *testing.T, f *updatetest.Fleet, b *update.Board, build uint64) string {
	t.Helper()
	file := f.Bundle(t, build, nil)
	_, err := b.Check(readerAt(file), int64(len(file)), false)
	switch {
	case err == nil:
		return ""
	case update.Code(err) != "":
		return update.Code(err)
	}
	return "error"
}

type readerAt []byte

func (r readerAt) ReadAt(p []byte, at int64) (int, error) {
	return copy(p, r[min(int(at), len(r)):]), nil
}

func TestFloorInTPM(t *testing.T) {
	f := updatetest.NewFleet(t)
	site := f.Site(t) // floor 5, build 7
	b := site.Open()
	c := &chip{}
	if b.Floor = floorIn(b, c, false); c.at != 5 || !c.made {
		t.Fatalf("the chip stands at %d", c.at)
	}
	if had, err := kept(b); !had || err != nil {
		t.Fatalf("kept %v %v", had, err)
	}
	if code := install(t, f, b, 8); code != "" {
		t.Errorf("build 8: %s", code)
	}
	c.at = 9 // the disk was put back to an earlier life
	if code := install(t, f, b, 8); code != "floor" {
		t.Errorf("build 8 below the chip's floor: %q", code)
	}
	c.fail = errors.New("no answer")
	if code := install(t, f, b, 10); code != "error" {
		t.Errorf("a chip that does not answer: %q", code)
	}
	c.fail, c.made = nil, false // taken out of the chip, which was to keep it
	if b.Floor = floorIn(b, c, true); install(t, f, b, 10) != "error" {
		t.Error("a floor that was removed is made again")
	}
}

func TestChipWithAnotherLife(t *testing.T) {
	b := updatetest.NewFleet(t).Site(t).Open()
	if got := floorIn(b, &chip{fail: tpmfloor.ErrAhead}, false); got != nil {
		t.Errorf("%v", got)
	}
	if had, err := kept(b); had || err != nil {
		t.Errorf("kept %v %v", had, err)
	}
}
