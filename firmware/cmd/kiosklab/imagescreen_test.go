package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	board "wattkiosk/boards/image"
)

// TestImageScreen has a compositor and a browser on the board draw kioskd's page, by
// software into QEMU's virtio-gpu, and then presses what it sees: the page is there
// when that begins a visit. WATTKIOSK_PICTURE names a file that keeps the
// picture before that.
func TestImageScreen(t *testing.T) {
	needImage(t)
	if d, err := board.Describe(imageDir()); err != nil || d.Variant != board.Screen {
		t.Skipf("the image has no screen (%v)", err)
	}
	begun := time.Now()
	r := startRig(t)
	t.Logf("kioskd is ready %v after the lab was started", time.Since(begun).Round(100*time.Millisecond))
	r.serving()
	q := r.control()
	picture := filepath.Join(r.dir, "screen.png")
	var first time.Duration
	row := 0
	until(t, "the page is drawn and can be pressed", func() (bool, string) {
		there, seen := q.frame(picture)
		if !there {
			wait(t.Context(), time.Second)
			return false, seen
		}
		if first == 0 {
			first = time.Since(begun)
		}
		row = (row + 1) % 12
		q.press(0.5, float64(row)/12)
		wait(t.Context(), 500*time.Millisecond)
		v, err := r.look()
		return err == nil && v.Screen == "choose-service", seen
	})
	t.Logf("first frame %v, pressed %v after the lab was started", first.Round(100*time.Millisecond), time.Since(begun).Round(100*time.Millisecond))
	if keep := os.Getenv("WATTKIOSK_PICTURE"); keep != "" {
		if out, err := exec.Command("cp", picture, keep).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	}
	// The first start is over: from power-on to the first frame.
	r.power(false)
	begun = time.Now()
	r.power(true)
	q = r.control()
	until(t, "the page is drawn", func() (bool, string) {
		there, seen := q.frame(picture)
		if !there {
			wait(t.Context(), time.Second)
		}
		return there, seen
	})
	t.Logf("first frame %v after power-on", time.Since(begun).Round(100*time.Millisecond))
}

// frame takes a picture and reports whether a page is on it, and what is.
func (q *qmp) frame(path string) (there bool, seen string) {
	img, err := q.picture(path)
	if err != nil {
		return false, err.Error()
	}
	share, colours := drawn(img)
	return share >= 0.02 && colours >= 50, fmt.Sprintf("%v, %.3f drawn, %d colours", img.Bounds().Max, share, colours)
}

// picture takes what the board's screen shows, and leaves it in a file too.
func (q *qmp) picture(path string) (image.Image, error) {
	q.do("screendump", fields{"filename": path, "format": "png"})
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(b))
}

// press touches the screen at shares of its width and height.
func (q *qmp) press(x, y float64) {
	q.t.Helper()
	const whole = 0x7fff // QEMU's absolute axes
	axis := func(name string, at float64) fields {
		return fields{"type": "abs", "data": fields{"axis": name, "value": int(at * whole)}}
	}
	q.do("input-send-event", fields{"events": []fields{axis("x", x), axis("y", y)}})
	for _, down := range []bool{true, false} {
		q.do("input-send-event", fields{"events": []fields{{"type": "btn", "data": fields{"down": down, "button": "left"}}}})
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
