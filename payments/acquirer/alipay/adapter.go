package alipay

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/smartwalle/alipay/v3"
	"github.com/smartwalle/nsign"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
)

// DefaultGateway is Alipay's own.
const DefaultGateway = "https://openapi.alipay.com/gateway.do"

// Config is how to reach Alipay, and as whom. Key and Alipay do not print.
type Config struct {
	Gateway   string // empty for DefaultGateway
	App       string // app_id
	Seller    string // seller_id, which a notice must name; empty if the app has one seller
	Key       secure.Key
	Alipay    secure.Public
	NotifyURL string // empty for no notices

	Transport http.RoundTripper // nil for one of its own
	Timeout   time.Duration     // of one call; 0 for secure.DefaultTimeout
	Now       func() time.Time
}

// Adapter is an acquirer.Acquirer.
type Adapter struct {
	client *alipay.Client
	app    string
	seller string
	notify string
	now    func() time.Time
}

var _ acquirer.Acquirer = (*Adapter)(nil)

// ErrConfig is returned for a configuration with which no call could go through.
var ErrConfig = errors.New("configuration of Alipay")

// New makes an adapter. It calls nobody.
func New(c Config) (*Adapter, error) {
	if c.Gateway == "" {
		c.Gateway = DefaultGateway
	}
	if u, err := url.Parse(c.Gateway); err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: gateway is not a URL", ErrConfig)
	}
	if c.App == "" || c.Now == nil || c.Key == (secure.Key{}) || c.Alipay == (secure.Public{}) {
		return nil, fmt.Errorf("%w: app, clock and both keys are needed", ErrConfig)
	}

	signer := clocked{nsign.New(nsign.WithMethod(method{key: c.Key}), nsign.WithEncoder(alipay.Encoder{})), c.Now}
	verifier := nsign.New(nsign.WithMethod(method{public: c.Alipay}), nsign.WithEncoder(alipay.Encoder{}))

	// The library's "sandbox" only means that the gateway is ours to name, and that
	// no certificate is fetched for an answer that claims to be signed by another one.
	client, err := alipay.NewWithSigner(c.App, signer, false,
		alipay.WithSandboxGateway(c.Gateway),
		alipay.WithHTTPClient(secure.Client(c.Transport, c.Timeout)),
		alipay.WithVerifier("configured", verifier))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}

	return &Adapter{client: client, app: c.App, seller: c.Seller, notify: c.NotifyURL, now: c.Now}, nil
}

// china is the zone of all times on the wire. It has no summer time.
var china = time.FixedZone("CST", 8*60*60)

const timeFormat = "2006-01-02 15:04:05"

// clocked signs under our clock in place of the library's.
type clocked struct {
	nsign.Signer
	now func() time.Time
}

// SignValues stamps the request, which is sent as it is signed.
func (c clocked) SignValues(values url.Values, opts ...nsign.SignOption) ([]byte, error) {
	values.Set("timestamp", c.now().In(china).Format(timeFormat))

	return c.Signer.SignValues(values, opts...)
}

// method signs with our key, or verifies with Alipay's.
type method struct {
	key    secure.Key
	public secure.Public
}

// Sign signs data.
func (m method) Sign(data []byte) ([]byte, error) { return m.key.Sign(data) }

// Verify checks a signature. Its error is acquirer.ErrSignature.
func (m method) Verify(data, signature []byte) error {
	return m.public.Verify(data, signature)
}

// named says in the package's words why a call brought no answer.
func named(err error) error {
	var unsigned *alipay.Error
	if !errors.As(err, &unsigned) {
		return secure.Silence(err)
	}
	if unsigned.SubCode == "isv.invalid-timestamp" {
		return fmt.Errorf("%w: Alipay refuses our time", acquirer.ErrClock)
	}

	return fmt.Errorf("%w: unsigned %s %s", acquirer.ErrSignature, acquirer.Clip(string(unsigned.Code)), acquirer.Clip(unsigned.SubCode))
}

var errEmpty = fmt.Errorf("%w: it is empty", acquirer.ErrAnswer)
