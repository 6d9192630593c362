package appliance

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"wattkiosk/firmware/config"
	"wattkiosk/firmware/control"
	"wattkiosk/firmware/page"
)

// deaf is a kiosk that shows and takes nothing.
type deaf struct{ touched int }

func (d *deaf) View(context.Context) (page.View, error) { return page.View{}, nil }
func (d *deaf) Touch(context.Context, page.Intent) (page.View, error) {
	d.touched++
	return page.View{}, errors.New("touched")
}
func (d *deaf) Subscribe() (<-chan struct{}, func()) { return nil, func() {} }

// TestAttackReboundScreen: a page elsewhere whose name was made to lead to the kiosk sees and
// touches nothing, on no path; its Origin is its own name, so that alone does not give it away.
func TestAttackReboundScreen(t *testing.T) {
	k := &deaf{}
	status := func(context.Context) (control.Status, error) { return control.Status{Ready: true}, nil }
	h := screenHandler(config.Default(), k, status, slog.New(slog.DiscardHandler))
	for _, path := range []string{"/", "/state", "/events", "/intent", "/status", "/metrics", "/healthz", "/readyz", "/static/main.js"} {
		for host, want := range map[string]bool{"127.0.0.1:8080": true, "localhost:8080": true, "evil.example": false, "evil.example:8080": false} {
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // streams end at once
			r := httptest.NewRequestWithContext(ctx, "GET", path, nil)
			if path == "/intent" {
				r = httptest.NewRequestWithContext(ctx, "POST", path, nil)
				r.Header.Set("Content-Type", "application/json")
			}
			r.Host = host
			r.Header.Set("Origin", "http://"+host)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if served := w.Code != http.StatusMisdirectedRequest; served != want {
				t.Errorf("%s by %s: %d", path, host, w.Code)
			}
		}
	}
	if k.touched > 0 {
		t.Error("touched")
	}
}
