package wechat

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
)

// stampKey is under which a call's context carries the time that it is signed at.
type stampKey struct{}

// stamped fixes the time at which the requests of a call are signed.
func (a *Adapter) stamped(ctx context.Context) context.Context {
	return context.WithValue(ctx, stampKey{}, strconv.FormatInt(a.now().Unix(), 10))
}

func stampOf(ctx context.Context) (string, error) {
	if s, ok := ctx.Value(stampKey{}).(string); ok {
		return s, nil
	}

	return "", fmt.Errorf("%w: it has no time", acquirer.ErrRequest)
}

// signer signs requests under our clock.
type signer struct {
	key      secure.Key
	merchant string
	serial   string
}

var _ auth.Signer = signer{}

// Sign signs "method\npath\ntime\nnonce\nbody\n". The library puts the wall clock
// into the third line; the call's own time replaces it.
func (s signer) Sign(ctx context.Context, message string) (*auth.SignatureResult, error) {
	stamp, err := stampOf(ctx)
	if err != nil {
		return nil, err
	}
	lines := strings.SplitN(message, "\n", 4)
	if len(lines) != 4 {
		return nil, fmt.Errorf("%w: it cannot be signed", acquirer.ErrRequest)
	}
	lines[2] = stamp

	signature, err := s.key.Sign([]byte(strings.Join(lines, "\n")))
	if err != nil {
		return nil, err
	}

	return &auth.SignatureResult{
		MchID: s.merchant, CertificateSerialNo: s.serial, Signature: base64.StdEncoding.EncodeToString(signature),
	}, nil
}

// Algorithm is the name that the Authorization header gives it.
func (s signer) Algorithm() string { return "SHA256-RSA2048" }

var wallClock = regexp.MustCompile(`timestamp="[0-9]+"`)

// rehost sends requests to the configured host, with the time that was signed.
// Only path and query are signed, so the host is free.
type rehost struct {
	base *url.URL
	next http.RoundTripper
}

// RoundTrip sends a request.
func (h rehost) RoundTrip(r *http.Request) (*http.Response, error) {
	stamp, err := stampOf(r.Context())
	if err != nil {
		return nil, err
	}

	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = h.base.Scheme, h.base.Host
	r.Host = ""
	signed := r.Header.Get(consts.Authorization)
	r.Header.Set(consts.Authorization, wallClock.ReplaceAllString(signed, `timestamp="`+stamp+`"`))

	return h.next.RoundTrip(r)
}

// verifier checks what WeChat signed: answers and notices alike.
type verifier struct {
	key secure.Public
	id  string
	now func() time.Time
}

var _ auth.Validator = verifier{}

// Validate checks an answer and leaves its body to be read.
func (v verifier) Validate(_ context.Context, r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	_ = r.Body.Close()
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	return v.verify(r.Header, body)
}

// GetAcceptSerial is the id of the key with which WeChat shall sign.
func (v verifier) GetAcceptSerial(context.Context) (string, error) { return v.id, nil }

// verify checks signature and time. Its errors are acquirer.ErrSignature and
// acquirer.ErrClock.
func (v verifier) verify(h http.Header, body []byte) error {
	if id := h.Get(consts.WechatPaySerial); id != v.id {
		return fmt.Errorf("%w: signed by another key: %q", acquirer.ErrSignature, acquirer.Clip(id))
	}
	signature, err := base64.StdEncoding.DecodeString(h.Get(consts.WechatPaySignature))
	if err != nil {
		return acquirer.ErrSignature
	}
	stamp, nonce := h.Get(consts.WechatPayTimestamp), h.Get(consts.WechatPayNonce)
	message := append([]byte(stamp+"\n"+nonce+"\n"), body...)
	if err := v.key.Verify(append(message, '\n'), signature); err != nil {
		return err
	}

	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return acquirer.ErrSignature
	}

	return secure.Fresh(v.now(), time.Unix(seconds, 0))
}

// refusesOurTime reports whether an unsigned refusal shows that the clocks differ:
// WeChat signs nothing that answers a request of the wrong time. It only names the
// trouble, so that it need not be signed to be heard.
func (v verifier) refusesOurTime(h http.Header) error {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return nil
	}

	return secure.Fresh(v.now(), at)
}
