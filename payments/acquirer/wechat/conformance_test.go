package wechat_test

import (
	"testing"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/acquirer/wechat"
)

func connect(s acquirertest.Setup) (acquirer.Acquirer, error) {
	key, err := secure.NewKey(s.Keys.Merchant)
	if err != nil {
		return nil, err
	}
	public, err := secure.NewPublic(&s.Keys.Acquirer.PublicKey)
	if err != nil {
		return nil, err
	}

	return wechat.New(wechat.Config{
		Base: s.Base, App: acquirersim.App, Merchant: acquirersim.Merchant, KeySerial: acquirersim.KeySerial, Key: key,
		WeChat: public, WeChatID: acquirersim.OwnKeyID, APIv3: acquirersim.APIv3,
		NotifyURL: s.NotifyURL, Transport: s.Transport, Timeout: s.Timeout, Now: s.Now,
	})
}

func TestConformance(t *testing.T) {
	acquirertest.Run(t, acquirertest.Subject{
		Connect: connect,
		Codes: acquirertest.Codes{
			Ordered: "OK", Collected: "OK SUCCESS", Paying: "USERPAYING", Paid: "OK SUCCESS", Waiting: "OK NOTPAY",
			None: "ORDER_NOT_EXIST", BadCode: "AUTH_CODE_INVALID", Closed: "OK CLOSED", Refunded: "OK SUCCESS", Short: "NOT_ENOUGH",
		},
		Unscanned: "wait", CloseWaits: true, SignsTime: true,
	})
}
