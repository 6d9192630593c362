package image

import "testing"

// TestReaders: a maker's library may open the ports of the board's card readers, and no
// other: not the note validator's.
func TestReaders(t *testing.T) {
	for board, want := range map[string]readerLines{
		"rpicm4":    {"DeviceAllow=/dev/ttyAMA4 rw\n", "KERNEL==\"ttyAMA4\", GROUP=\"reader\", MODE=\"0660\"\n", ` "994 /dev/ttyAMA4"`},
		"rk3568":    {"DeviceAllow=/dev/ttyS5 rw\n", "KERNEL==\"ttyS5\", GROUP=\"reader\", MODE=\"0660\"\n", ` "994 /dev/ttyS5"`},
		"imx6":      {"DeviceAllow=/dev/ttymxc3 rw\n", "KERNEL==\"ttymxc3\", GROUP=\"reader\", MODE=\"0660\"\n", ` "994 /dev/ttymxc3"`},
		"qemuarm64": {},
	} {
		if got := readers(board); got != want {
			t.Errorf("%s: %q, want %q", board, got, want)
		}
	}
}
