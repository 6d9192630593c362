package update_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/iotest"

	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/ota/update/updatetest"
)

// TestEndStart: a root that was read whole ends the start, and what the initrd found out
// about another one is written down once; a root that was not leaves the mark.
func TestEndStart(t *testing.T) {
	s := updatetest.NewFleet(t).Site(t)
	path := filepath.Join(s.Dir, "state")
	if err := os.Truncate(path, 4<<20); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := s.Open()
	running := b.Running.Slot
	for _, tt := range []struct {
		before slot.Start
		whole  bool
		want   slot.Start
		told   bool
	}{
		{slot.Start{Begun: running}, true, slot.Start{}, false},
		{slot.Start{}, true, slot.Start{}, false},
		{slot.Start{}, false, slot.Start{Begun: running}, false},
		{slot.Start{Begun: running, Changed: running.Other()}, false, slot.Start{Begun: running, Changed: running.Other()}, false},
		{slot.Start{Begun: running, Changed: running.Other()}, true, slot.Start{}, true},
	} {
		if err := slot.WriteStart(f, tt.before); err != nil {
			t.Fatal(err)
		}
		if err := b.EndStart(tt.whole); err != nil {
			t.Fatal(err)
		}
		if got, err := slot.ReadStart(f); err != nil || got != tt.want {
			t.Errorf("%+v: %+v %v", tt, got, err)
		}
		if told := slices.Contains(what(t, s), "root-changed"); told != tt.told {
			t.Errorf("%+v: told %v", tt, told)
		}
	}
}

func TestAttackRootThatCannotBeRead(t *testing.T) {
	whole := bytes.NewReader(make([]byte, 1<<20+5))
	if err := update.ReadRoot(t.Context(), whole); err != nil {
		t.Error(err)
	}
	bad := errors.New("input/output error")
	broken := io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), iotest.ErrReader(bad))
	if err := update.ReadRoot(t.Context(), broken); !errors.Is(err, update.ErrRoot) || !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
}
