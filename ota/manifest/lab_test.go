package manifest_test

import (
	"bytes"
	"testing"

	"wattkiosk/ota/manifest"
)

func TestIsLab(t *testing.T) {
	const mib = 1 << 20
	for _, at := range []int{-1, 0, 1, 4096, mib - 20, mib, mib + 20, 3*mib - 60} {
		b := make([]byte, 3*mib)
		if at >= 0 {
			copy(b[at:], manifest.LabMark)
		}
		if got, err := manifest.IsLab(bytes.NewReader(b)); err != nil || got != (at >= 0) {
			t.Errorf("mark at %d: %v %v", at, got, err)
		}
	}
	if got, err := manifest.IsLab(bytes.NewReader([]byte(manifest.LabMark))); err != nil || !got {
		t.Error("a mark alone is none")
	}
}
