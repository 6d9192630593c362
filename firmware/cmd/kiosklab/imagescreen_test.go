package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	board "wattkiosk/boards/image"
)

// TestImageScreen waits for the first frame of kioskd's page on the board's own
// screen: a compositor and a browser, drawn by software into QEMU's virtio-gpu.
// WATTKIOSK_PICTURE names a file that keeps it.
func TestImageScreen(t *testing.T) {
	needImage(t)
	if d, err := board.Describe(imageDir()); err != nil || d.Variant != board.Screen {
		t.Skipf("the image has no screen (%v)", err)
	}
	begun := time.Now()
	r := startRig(t)
	t.Logf("kioskd is ready %v after the lab was started", time.Since(begun).Round(100*time.Millisecond))
	q := r.control()
	picture := filepath.Join(r.dir, "screen.png")
	var first time.Duration
	was := 0
	until(t, "the page is drawn, and stays", func() (bool, string) {
		q.do("screendump", fields{"filename": picture, "format": "png"})
		b, err := os.ReadFile(picture)
		if err != nil {
			return false, err.Error()
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			return false, err.Error()
		}
		share, colours := drawn(img)
		page := share > 0.02 && colours > 50
		if page && first == 0 {
			first = time.Since(begun)
		}
		same := page && colours == was
		was = colours
		wait(t.Context(), time.Second)
		return same, fmt.Sprintf("%v, %.3f drawn, %d colours", img.Bounds().Max, share, colours)
	})
	t.Logf("first frame %v after the lab was started", first.Round(100*time.Millisecond))
	if keep := os.Getenv("WATTKIOSK_PICTURE"); keep != "" {
		b, err := os.ReadFile(picture)
		if err == nil {
			err = os.WriteFile(keep, b, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// drawn is the share of an image that is not of its commonest colour, and how many
// colours it has. A text console has two or three, a page with smooth letters many.
func drawn(img image.Image) (share float64, colours int) {
	counts, most := map[[3]uint32]int{}, 0
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			c := [3]uint32{r, g, bl}
			counts[c]++
			most = max(most, counts[c])
		}
	}
	return 1 - float64(most)/float64(b.Dx()*b.Dy()), len(counts)
}
