package signed

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
)

// The headers.
const (
	HeaderMerchant  = "Wk-Merchant"
	HeaderKey       = "Wk-Key"
	HeaderTimestamp = "Wk-Timestamp"
	HeaderNonce     = "Wk-Nonce"
	HeaderSignature = "Wk-Signature"
)

const nonceBytes = 16

// Config is how to reach the acquirer, and as whom. Key and Acquirer do not print.
type Config struct {
	Base      string // URL before /v1/…
	Merchant  string
	KeyName   string // the acquirer's name for our key
	Key       secure.Key
	Acquirer  secure.Public
	NotifyURL string // empty for no notices

	Transport http.RoundTripper // nil for one of its own
	Timeout   time.Duration     // of one call; 0 for secure.DefaultTimeout
	Now       func() time.Time
	Rand      io.Reader // of nonces; nil for crypto/rand
}

// Adapter is an acquirer.Acquirer.
type Adapter struct {
	config Config
	base   *url.URL
	client *http.Client
}

var _ acquirer.Acquirer = (*Adapter)(nil)

// ErrConfig is returned for a configuration with which no call could go through.
var ErrConfig = errors.New("configuration of the acquirer")

// New makes an adapter. It calls nobody.
func New(c Config) (*Adapter, error) {
	base, err := url.Parse(c.Base)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%w: base is not a URL", ErrConfig)
	}
	if c.Merchant == "" || c.KeyName == "" || strings.ContainsAny(c.Merchant, "\r\n") {
		return nil, fmt.Errorf("%w: merchant and name of the key are needed", ErrConfig)
	}
	if c.Now == nil || c.Key == (secure.Key{}) || c.Acquirer == (secure.Public{}) {
		return nil, fmt.Errorf("%w: clock and both keys are needed", ErrConfig)
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}

	return &Adapter{config: c, base: base, client: secure.Client(c.Transport, c.Timeout)}, nil
}

// call carries one operation out and returns what the acquirer signed.
func (a *Adapter) call(ctx context.Context, operation string, q request) (reply, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", acquirer.ErrRequest, err)
	}
	target := a.base.JoinPath("v1", operation).String()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", acquirer.ErrRequest, err)
	}
	req.Header.Set("Content-Type", "application/json")
	nonce, err := a.sign(req, body)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", acquirer.ErrRequest, err)
	}

	resp, err := a.client.Do(req)
	if err != nil {
		return reply{}, secure.Silence(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, secure.Silence(err)
	}
	if resp.StatusCode != http.StatusOK {
		return reply{}, fmt.Errorf("%w: HTTP %d", acquirer.ErrAnswer, resp.StatusCode)
	}

	return a.read(resp.Header, answer, "WK1-REPLY", req.URL.EscapedPath(), a.config.Merchant, nonce)
}

// sign puts the headers on a request and returns its nonce.
func (a *Adapter) sign(req *http.Request, body []byte) (nonce string, err error) {
	raw := make([]byte, nonceBytes)
	if _, err := io.ReadFull(a.config.Rand, raw); err != nil {
		return "", err
	}
	nonce = hex.EncodeToString(raw)
	stamp := strconv.FormatInt(a.config.Now().Unix(), 10)

	signature, err := a.config.Key.Sign(payload(body, "WK1-REQUEST", req.URL.EscapedPath(), a.config.Merchant, stamp, nonce))
	if err != nil {
		return "", err
	}
	req.Header.Set(HeaderMerchant, a.config.Merchant)
	req.Header.Set(HeaderKey, a.config.KeyName)
	req.Header.Set(HeaderTimestamp, stamp)
	req.Header.Set(HeaderNonce, nonce)
	req.Header.Set(HeaderSignature, base64.StdEncoding.EncodeToString(signature))

	return nonce, nil
}

// read verifies and decodes what the acquirer signed: the lines, its time, its
// nonce and the body.
func (a *Adapter) read(h http.Header, body []byte, lines ...string) (reply, error) {
	stamp := h.Get(HeaderTimestamp)
	signature, err := base64.StdEncoding.DecodeString(h.Get(HeaderSignature))
	if err != nil {
		return reply{}, acquirer.ErrSignature
	}
	if err := a.config.Acquirer.Verify(payload(body, append(lines, stamp, h.Get(HeaderNonce))...), signature); err != nil {
		return reply{}, err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return reply{}, acquirer.ErrSignature
	}
	if err := secure.Fresh(a.config.Now(), time.Unix(seconds, 0)); err != nil {
		return reply{}, err
	}

	r, err := decode(body)
	switch {
	case err != nil:
		return reply{}, err
	case r.Code == "clock":
		return reply{}, fmt.Errorf("%w: the acquirer refuses our time", acquirer.ErrClock)
	case r.Merchant != a.config.Merchant:
		return reply{}, fmt.Errorf("%w: it is for another merchant", acquirer.ErrMisfit)
	}

	return r, nil
}

// payload is what is signed.
func payload(body []byte, lines ...string) []byte {
	b := make([]byte, 0, 256+len(body))
	for _, l := range lines {
		b = append(append(b, l...), '\n')
	}

	return append(append(b, body...), '\n')
}
