package control

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/kiosk"
)

// heldLoop is a loop that answers holds as it is told, and notes them.
type heldLoop struct {
	err  error
	told []string
}

func (h *heldLoop) Hold(_ context.Context, reason kiosk.HoldReason, d time.Duration) error {
	h.told = append(h.told, fmt.Sprintf("%s %v", reason, d))
	return h.err
}

func (h *heldLoop) Release(context.Context) error {
	h.told = append(h.told, "release")
	return h.err
}

func TestHoldRoutes(t *testing.T) {
	busy := fmt.Errorf("%w: a customer is being served", kiosk.ErrBusy)
	for _, c := range []struct {
		method, body string
		err          error
		status       int
		answer, told string
	}{
		{"POST", `{"reason":"update","seconds":120}`, nil, 200, `{"held":true}`, "update 2m0s"},
		{"POST", `{"reason":"update","seconds":1}`, nil, 200, `{"held":true}`, "update 1s"},
		{"POST", `{"reason":"update","seconds":600}`, busy, 409, `{"error":{"code":"busy","message":"the kiosk is busy: a customer is being served"}}`, "update 10m0s"},
		{"POST", `{"reason":"update","seconds":120}`, context.DeadlineExceeded, 503, `{"error":{"code":"unavailable","message":"the loop does not answer"}}`, "update 2m0s"},
		{"DELETE", "", nil, 200, `{"held":false}`, "release"},
		{"DELETE", "", context.Canceled, 503, `{"error":{"code":"unavailable","message":"the loop does not answer"}}`, "release"},
		{"POST", `{"reason":"update","seconds":601}`, nil, 422, `{"error":{"code":"bad-hold","message":"seconds: 601 is not within 1 to 600"}}`, ""},
		{"POST", `{"reason":"update"}`, nil, 422, `{"error":{"code":"bad-hold","message":"seconds: 0 is not within 1 to 600"}}`, ""},
		{"POST", `{"reason":"tea","seconds":9}`, nil, 422, `{"error":{"code":"bad-hold","message":"reason: \"tea\" is no reason of a hold"}}`, ""},
		{"POST", `{"reason":"update","seconds":9,"x":1}`, nil, 422, `"code":"bad-hold"`, ""},
		{"POST", `{"reason":"update","seconds":9}{}`, nil, 422, `"code":"bad-hold"`, ""},
		{"POST", strings.Repeat(" ", 2000), nil, 422, `"code":"bad-hold"`, ""},
		{"GET", "", nil, 405, "", ""},
	} {
		l := &heldLoop{err: c.err}
		mux := http.NewServeMux()
		(&HoldRoutes{Loop: l}).Add(mux)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(c.method, "/hold", strings.NewReader(c.body)))
		body, err := io.ReadAll(w.Result().Body)
		if err != nil || w.Code != c.status || !strings.Contains(string(body), c.answer) || strings.Join(l.told, ";") != c.told {
			t.Errorf("%s %.40s: %d %s, told %v; want %d %s, %s", c.method, c.body, w.Code, body, l.told, c.status, c.answer, c.told)
		}
	}
}

func FuzzReadHold(f *testing.F) {
	f.Add(`{"reason":"update","seconds":120}`)
	f.Add(`{"seconds":1e3}`)
	f.Fuzz(func(t *testing.T, body string) {
		if b, err := readHold(strings.NewReader(body)); err == nil && (b.Reason != "update" || b.Seconds < 1 || b.Seconds > 600) {
			t.Errorf("%q: %+v", body, b)
		}
	})
}

// TestNoHoldWhileFlashing: the agent gets no hold to restart the board with.
func TestNoHoldWhileFlashing(t *testing.T) {
	l := &heldLoop{}
	mux := http.NewServeMux()
	(&HoldRoutes{l, func() bool { return true }}).Add(mux)
	for method, want := range map[string]int{"POST": http.StatusConflict, "DELETE": http.StatusOK} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(method, "/hold", bytes.NewReader([]byte(`{"reason":"update","seconds":9}`))))
		if w.Code != want || len(l.told) != 0 {
			t.Errorf("%s: %d, told %v", method, w.Code, slices.Clone(l.told))
		}
	}
}
