package updater

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"syscall"
	"time"

	"wattkiosk/firmware/updater/flashapi"
)

// Bounds of asking kioskd.
const (
	askWithin = 10 * time.Second
	maxAnswer = 16 << 10 // bytes
)

// Control is the Kioskd behind a control socket.
type Control struct{ http http.Client }

var (
	_ Kioskd  = (*Control)(nil)
	_ Devices = (*Control)(nil)
)

// NewControl is kioskd at this socket. It connects at each request.
func NewControl(socket string) *Control {
	return &Control{http.Client{Timeout: askWithin, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}}
}

// Hold implements Kioskd.
func (c *Control) Hold(ctx context.Context, d time.Duration) error {
	body, err := json.Marshal(map[string]any{"reason": "update", "seconds": int(d / time.Second)})
	if err != nil {
		return err
	}
	return c.ask(ctx, http.MethodPost, body)
}

// Release implements Kioskd.
func (c *Control) Release(ctx context.Context) error { return c.ask(ctx, http.MethodDelete, nil) }

// Offer implements Devices.
func (c *Control) Offer(ctx context.Context, f flashapi.Firmware) (flashapi.State, error) {
	return c.flash(ctx, http.MethodPut, f.Target(), f.Image)
}

// State implements Devices.
func (c *Control) State(ctx context.Context) (flashapi.State, error) {
	return c.flash(ctx, http.MethodGet, flashapi.Path, nil)
}

func (c *Control) flash(ctx context.Context, method, target string, body []byte) (flashapi.State, error) {
	status, answer, err := c.do(ctx, method, target, body)
	if err != nil {
		return flashapi.State{}, err
	}
	return flashapi.Decode(status, answer)
}

func (c *Control) ask(ctx context.Context, method string, body []byte) error {
	status, answer, err := c.do(ctx, method, "/hold", body)
	if err != nil {
		return err
	}
	return decodeHold(method, status, answer)
}

// do wraps ErrDown if nothing listens, or what listens does not answer; a program
// that hangs serves nobody.
func (c *Control) do(ctx context.Context, method, target string, body []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://kiosk"+target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}

	resp, err := c.http.Do(req)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return 0, nil, ctx.Err()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return 0, nil, fmt.Errorf("%w: %w", ErrDown, err)
	default:
		return 0, nil, fmt.Errorf("cannot ask the kiosk program: %w", err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return 0, nil, fmt.Errorf("cannot ask the kiosk program: %w", err)
	}

	return resp.StatusCode, answer, nil
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[net.Error](err)
	return ok && t.Timeout()
}

// decodeHold reads what kioskd answers. A hold is only what says so.
func decodeHold(method string, status int, body []byte) error {
	var a struct {
		Held  bool `json:"held"`
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	err := json.Unmarshal(body, &a)
	switch {
	case status == http.StatusConflict:
		return fmt.Errorf("%w: %.200s", ErrBusy, a.Error.Message)
	case status != http.StatusOK || err != nil:
		return fmt.Errorf("the kiosk program answers %d: %.200s", status, body)
	case method == http.MethodPost && !a.Held:
		return fmt.Errorf("%w: no hold", ErrBusy)
	}
	return nil
}
