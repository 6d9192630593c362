package main

import (
	"net/http"
	"testing"
	"time"
)

// TestImageBoot switches the board's power off and on, and tells how long it takes
// until kioskd's page is there and until the kiosk takes money, head office and the
// validator included. The first start of a board, with its new file systems, is
// behind it by then.
func TestImageBoot(t *testing.T) {
	needImage(t)
	r := startRig(t)
	r.serving()
	browser := http.Client{Timeout: time.Second}
	var page, ready []time.Duration
	for range 3 {
		r.power(false)
		begun := time.Now()
		r.power(true)
		until(t, "the page is served", func() (bool, string) {
			resp, err := browser.Get(r.places.Screen)
			if err != nil {
				return false, err.Error()
			}
			_ = resp.Body.Close()
			return resp.StatusCode == http.StatusOK, resp.Status
		})
		page = append(page, time.Since(begun).Round(100*time.Millisecond))
		r.serving()
		ready = append(ready, time.Since(begun).Round(100*time.Millisecond))
	}
	t.Logf("after power-on: page %v, ready for money %v (QEMU's software emulation)", page, ready)
	last := r.pay1000000001()
	r.booked(last.text("serial"), "posted")
}
