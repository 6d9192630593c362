package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wattkiosk/boards/image"
)

// seldom is how often the start of a guest is looked at: each look costs the guest,
// whose processor is emulated, a process.
const seldom = 250 * time.Millisecond

// TestImageBoot switches the board's power off and on, and tells how long it takes
// until kioskd's page is there and until the kiosk takes money, head office and the
// validator included. The first start of a board, with its new file systems, is
// over by then.
func TestImageBoot(t *testing.T) {
	needImage(t)
	t.Parallel()
	img, err := image.Describe(imageDir())
	if err != nil {
		t.Fatal(err)
	}
	r := startRig(t)
	r.serving()
	console := filepath.Join(r.dir, "kiosk/console.log") // truncated at each start
	browser := http.Client{Timeout: time.Second}
	var page, ready []time.Duration
	for n := range 3 {
		if n < 2 { // the last start follows one that was cut off before its end
			r.seen(img)
		}
		r.power(false)
		if err := os.Truncate(console, 0); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		r.power(true)
		until(t, "kioskd serves its page", func() (bool, string) {
			said, err := os.ReadFile(console)
			return err == nil && bytes.Contains(said, []byte("lab: kioskd serves")), string(said)
		})
		page = append(page, time.Since(begun).Round(100*time.Millisecond))
		until(t, "the kiosk is in service", func() (bool, string) {
			wait(t.Context(), seldom)
			return r.inService()
		})
		ready = append(ready, time.Since(begun).Round(100*time.Millisecond))
		resp, err := browser.Get(r.places.Screen)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("the page: %s", resp.Status)
		}
	}
	t.Logf("after power-on: page %v, ready for money %v, the last after a start that was cut off (QEMU's software emulation)", page, ready)
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
}
