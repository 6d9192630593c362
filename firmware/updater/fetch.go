package updater

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"wattkiosk/ota/update"
)

// Times of a connection to head office.
const (
	dialWithin   = 30 * time.Second
	answerWithin = time.Minute
)

// HTTPS fetches ranges from head office, which must prove itself, over mutual TLS
// 1.3.
type HTTPS struct {
	// TLS makes a new configuration for each bundle, as certificates are renewed.
	TLS func() (*tls.Config, error)
	// Now is the time that certificates are checked at.
	Now func() time.Time
}

var _ Fetcher = HTTPS{}

// Open implements Fetcher.
func (h HTTPS) Open(ctx context.Context, url string, limit int64) (io.ReaderAt, int64, error) {
	conf, err := h.TLS()
	if err != nil {
		return nil, 0, err
	}

	conf = conf.Clone()
	conf.Time = h.Now
	t := &http.Transport{
		DialContext: (&net.Dialer{Timeout: dialWithin}).DialContext, TLSClientConfig: conf, TLSHandshakeTimeout: dialWithin,
		ResponseHeaderTimeout: answerWithin, MaxIdleConns: 1, IdleConnTimeout: answerWithin, DisableCompression: true,
	}

	context.AfterFunc(ctx, t.CloseIdleConnections)
	client := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("head office's file is elsewhere")
	}}
	r, err := update.OpenRemote(ctx, client, url, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("cannot fetch the bundle: %w", err)
	}

	return r, r.Size(), nil
}
