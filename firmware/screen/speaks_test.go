package screen

import (
	"strings"
	"testing"

	"wattkiosk/payments/receipt"
)

// TestTheScreenSpeaks: what changes while a customer looks elsewhere is told to who listens,
// and each dialog has its name. Nothing keeps a page from being made larger.
func TestTheScreenSpeaks(t *testing.T) {
	body := ask(serve(newScripted()), "GET", "/", "").Body.String()
	if strings.Contains(body, "user-scalable") || strings.Contains(body, "maximum-scale") {
		t.Error("the page may not be made larger")
	}
	if !strings.Contains(body, `role="alertdialog" aria-labelledby="wait-title wait-second"`) || !strings.Contains(body, `id="wait-title"`) || !strings.Contains(body, `id="wait-second"`) {
		t.Error("the dialog that bids to wait has no name")
	}
	total, slips, asked := 0, 0, 0
	for _, f := range fixtures(receipt.Chinese) {
		html := ask(serve(&gallery{scripted: newScripted(), view: f.view}), "GET", "/", "").Body.String()
		if strings.Contains(html, `class="screen s-insert-cash"`) {
			total++
			if !strings.Contains(html, `<p class="till-total" aria-live="polite" aria-atomic="true">`) {
				t.Errorf("%s: the total is not told", f.name)
			}
		}
		if n := strings.Count(html, `<p class="slip slip-`); n > 0 {
			slips++
			if strings.Count(html, `role="status"`) < n {
				t.Errorf("%s: how the slip is, is not told", f.name)
			}
		}
		if strings.Contains(html, `id="asking"`) {
			asked++
			if !strings.Contains(html, `aria-labelledby="asking-title"`) || !strings.Contains(html, `id="asking-title"`) {
				t.Errorf("%s: the question has no name", f.name)
			}
		}
	}
	if total == 0 || slips == 0 || asked == 0 {
		t.Errorf("%d totals, %d slips and %d questions were looked at", total, slips, asked)
	}
}
