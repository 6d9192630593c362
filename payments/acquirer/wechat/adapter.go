package wechat

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/secure"
)

// Config is how to reach WeChat Pay, and as whom. Key, WeChat and APIv3 do not
// print.
type Config struct {
	Base      string // scheme and host; empty for WeChat's own
	App       string // appid
	Merchant  string // mchid
	KeySerial string // serial number of the certificate of Key
	Key       secure.Key
	WeChat    secure.Public
	WeChatID  string          // id of that public key: PUB_KEY_ID_…
	APIv3     acquirer.Secret // 32 bytes: decrypts notices
	NotifyURL string          // WeChat takes no order without one

	Transport http.RoundTripper // nil for one of its own
	Timeout   time.Duration     // of one call; 0 for secure.DefaultTimeout
	Now       func() time.Time
}

// Adapter is an acquirer.Acquirer.
type Adapter struct {
	client *core.Client
	check  verifier
	sealed cipher.AEAD
	config Config
}

var _ acquirer.Acquirer = (*Adapter)(nil)

// ErrConfig is returned for a configuration with which no call could go through.
var ErrConfig = errors.New("configuration of WeChat Pay")

// New makes an adapter. It calls nobody.
func New(c Config) (*Adapter, error) {
	if c.Base == "" {
		c.Base = consts.WechatPayAPIServer
	}
	base, err := url.Parse(c.Base)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%w: base is not a URL", ErrConfig)
	}
	for _, s := range []string{c.App, c.Merchant, c.KeySerial, c.WeChatID, c.NotifyURL} {
		if s == "" {
			return nil, fmt.Errorf("%w: app, merchant, serial and id of the keys and the address for notices are needed", ErrConfig)
		}
	}
	if c.Now == nil || c.Key == (secure.Key{}) || c.WeChat == (secure.Public{}) {
		return nil, fmt.Errorf("%w: clock and both keys are needed", ErrConfig)
	}
	block, err := aes.NewCipher([]byte(c.APIv3))
	if err != nil || len(c.APIv3) != 32 {
		return nil, fmt.Errorf("%w: the API v3 key is not 32 bytes", ErrConfig)
	}
	sealed, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}

	check := verifier{key: c.WeChat, id: c.WeChatID, now: c.Now}
	httpClient := secure.Client(c.Transport, c.Timeout)
	httpClient.Transport = rehost{base: base, next: httpClient.Transport}
	client, err := core.NewClientWithDialSettings(context.Background(), &core.DialSettings{
		HTTPClient: httpClient,
		Signer:     signer{key: c.Key, merchant: c.Merchant, serial: c.KeySerial},
		Validator:  check,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}

	return &Adapter{client: client, check: check, sealed: sealed, config: c}, nil
}

func (a *Adapter) now() time.Time { return a.config.Now() }
