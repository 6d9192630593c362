package technician

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"wattkiosk/firmware/config"
)

// maxAnswer bounds what is read from the control socket.
const maxAnswer = 64 << 20

// errDown means that no kiosk program answers on the control socket.
var errDown = errors.New("the kiosk program does not run")

// ask gets a JSON answer from the running kiosk.
func ask(ctx context.Context, cfg config.Config, path string, into any) error {
	return request(ctx, cfg, http.MethodGet, path, into)
}

// order is ask for what changes something.
func order(ctx context.Context, cfg config.Config, path string, into any) error {
	return request(ctx, cfg, http.MethodPost, path, into)
}

func request(ctx context.Context, cfg config.Config, method, path string, into any) error {
	client := http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", cfg.ControlSocket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://kiosk"+path, nil)
	if err != nil {
		return err
	}

	resp, err := client.Do(req)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return errDown
	}

	if err != nil {
		return fmt.Errorf("cannot ask the kiosk: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("cannot read the kiosk's answer: %w", err)
	}

	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the kiosk answers: %s", bytes.TrimSpace(body))
	}

	return json.Unmarshal(body, into)
}
