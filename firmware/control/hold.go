package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/firmware/kiosk"
)

// maxHoldBody bounds the body of POST /hold, in bytes.
const maxHoldBody = 1 << 10

// Holder is what the routes of a hold need of the loop.
type Holder interface {
	Hold(ctx context.Context, reason kiosk.HoldReason, d time.Duration) error
	Release(ctx context.Context) error
}

// HoldRoutes are POST /hold and DELETE /hold of the control socket: the update agent
// restarts the board only while it has a hold. There is no hold while a device is flashed.
type HoldRoutes struct {
	Loop  Holder
	Taken func() bool // nil = never
}

var errFlashing = fmt.Errorf("%w: a device is being flashed", kiosk.ErrBusy)

// Held answers both routes.
type Held struct {
	Held bool `json:"held"`
}

// holdBody is the body of POST /hold.
type holdBody struct {
	Reason  kiosk.HoldReason `json:"reason"`
	Seconds int              `json:"seconds"`
}

// Add adds them to the mux.
func (h *HoldRoutes) Add(mux *http.ServeMux) {
	mux.HandleFunc("POST /hold", h.hold)
	mux.HandleFunc("DELETE /hold", h.release)
}

// hold answers 200 once the hold is there, 409 busy, or 422 for a bad body.
func (h *HoldRoutes) hold(w http.ResponseWriter, r *http.Request) {
	b, err := readHold(http.MaxBytesReader(w, r.Body, maxHoldBody))
	if err != nil {
		writeProblem(w, http.StatusUnprocessableEntity, "bad-hold", err.Error())
		return
	}
	if h.Taken != nil && h.Taken() {
		h.answer(w, true, errFlashing)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), inspectTTL)
	defer cancel()
	h.answer(w, true, h.Loop.Hold(ctx, b.Reason, time.Duration(b.Seconds)*time.Second))
}

func (h *HoldRoutes) release(w http.ResponseWriter, r *http.Request) {
	if h.Taken != nil && h.Taken() { // it is not the agent's
		h.answer(w, false, nil)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), inspectTTL)
	defer cancel()
	h.answer(w, false, h.Loop.Release(ctx))
}

func (h *HoldRoutes) answer(w http.ResponseWriter, held bool, err error) {
	switch {
	case errors.Is(err, kiosk.ErrBusy):
		writeProblem(w, http.StatusConflict, "busy", err.Error())
	case err != nil:
		writeProblem(w, http.StatusServiceUnavailable, "unavailable", "the loop does not answer")
	default:
		writeJSON(w, Held{held})
	}
}

func readHold(body io.Reader) (holdBody, error) {
	var b holdBody
	if err := strictjson.Read(body, maxHoldBody, &b); err != nil {
		return b, fmt.Errorf("cannot read the body: %w", err)
	}
	most := int(kiosk.MaxHold / time.Second)
	switch {
	case !b.Reason.Known():
		return b, fmt.Errorf("reason: %.40q is no reason of a hold", b.Reason)
	case b.Seconds < 1 || b.Seconds > most:
		return b, fmt.Errorf("seconds: %d is not within 1 to %d", b.Seconds, most)
	}
	return b, nil
}

// writeProblem answers with an error's code and words.
func writeProblem(w http.ResponseWriter, status int, code, message string) {
	var p struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	p.Error.Code, p.Error.Message = code, message
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeJSON(w, p)
}
