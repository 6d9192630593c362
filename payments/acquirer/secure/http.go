package secure

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"wattkiosk/payments/acquirer"
)

// Bounds of a conversation.
const (
	MaxBody        = 64 << 10 // bytes of an answer or a notice
	DefaultTimeout = 15 * time.Second
)

var errTooLarge = fmt.Errorf("%w: more than %d bytes", acquirer.ErrAnswer, MaxBody)

// Client makes an HTTP client that gives up after a time, follows no redirect and
// reads no more than MaxBody. Nil transport is one of its own; timeout 0 is
// DefaultTimeout.
func Client(transport http.RoundTripper, timeout time.Duration) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			TLSHandshakeTimeout: 5 * time.Second,
			IdleConnTimeout:     time.Minute,
			MaxIdleConnsPerHost: 8,
		}
	}
	if timeout <= 0 {
		timeout = DefaultTimeout
	}

	return &http.Client{
		Transport: bounded{transport},
		Timeout:   timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return fmt.Errorf("%w: a redirect", acquirer.ErrAnswer)
		},
	}
}

// bounded cuts answers that are too large.
type bounded struct{ next http.RoundTripper }

// RoundTrip sends a request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = &limitedBody{resp.Body, MaxBody}
	}

	return resp, err
}

// limitedBody fails where io.LimitReader would end: a cut answer is no answer.
type limitedBody struct {
	io.ReadCloser
	left int
}

// Read reads up to the limit, and fails beyond it.
func (l *limitedBody) Read(p []byte) (int, error) {
	if len(p) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if n > l.left {
		return l.left, errTooLarge
	}
	l.left -= n

	return n, err
}

// Silence names the error of a call that brought no answer. What an adapter named
// already stays as it is.
func Silence(err error) error {
	for _, named := range []error{acquirer.ErrRequest, acquirer.ErrSilence, acquirer.ErrCertificate, acquirer.ErrAnswer, acquirer.ErrSignature, acquirer.ErrMisfit, acquirer.ErrClock} {
		if errors.Is(err, named) {
			return err
		}
	}
	if wrong := new(tls.CertificateVerificationError); errors.As(err, &wrong) {
		return fmt.Errorf("%w: %w", acquirer.ErrCertificate, err)
	}
	var failed net.Error
	if errors.As(err, &failed) || errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", acquirer.ErrSilence, err)
	}

	return fmt.Errorf("%w: %w", acquirer.ErrAnswer, err)
}

// Fresh checks the time at which the other end signed against our clock. Its error
// is acquirer.ErrClock.
func Fresh(now, signed time.Time) error {
	if d := now.Sub(signed); d > acquirer.ClockLimit || d < -acquirer.ClockLimit {
		return fmt.Errorf("%w: ours says %s, theirs %s", acquirer.ErrClock, now.UTC().Format(time.DateTime), signed.UTC().Format(time.DateTime))
	}

	return nil
}
