package slot_test

import (
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/ota/slot"
)

func TestStart(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(4 << 20); err != nil {
		t.Fatal(err)
	}
	for _, want := range []slot.Start{{}, {Begun: slot.A}, {Begun: slot.B, Changed: slot.A}, {Changed: slot.B}, {}} {
		if err := slot.WriteStart(f, want); err != nil {
			t.Fatal(err)
		}
		if got, err := slot.ReadStart(f); err != nil || got != want {
			t.Errorf("%+v %v, want %+v", got, err, want)
		}
	}
	for _, text := range []string{"", "start=a\n", "wattkiosk start 1\nstart=c\nchanged=ab\n=\nstart\n", "\xff\xff\xff\xff"} {
		block := make([]byte, 512)
		copy(block, text)
		if _, err := f.WriteAt(block, 2<<20); err != nil {
			t.Fatal(err)
		}
		if got, err := slot.ReadStart(f); err != nil || got != (slot.Start{}) {
			t.Errorf("%q is the mark %+v %v", text, got, err)
		}
	}
}
