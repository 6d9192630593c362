package signed_test

import (
	"testing"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/acquirer/secure"
	"wattkiosk/payments/acquirer/signed"
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

	return signed.New(signed.Config{
		Base: s.Base, Merchant: acquirersim.Merchant, KeyName: acquirersim.KeySerial, Key: key, Acquirer: public,
		NotifyURL: s.NotifyURL, Transport: s.Transport, Timeout: s.Timeout, Now: s.Now,
	})
}

func TestConformance(t *testing.T) {
	acquirertest.Run(t, acquirertest.Subject{
		Connect: connect,
		Codes: acquirertest.Codes{
			Ordered: "ok unpaid", Collected: "ok paid", Paying: "ok paying", Paid: "ok paid", Waiting: "ok unpaid",
			None: "none", BadCode: "bad-code", Closed: "ok closed", Refunded: "ok refunded", Short: "merchant-short",
		},
		Unscanned: "wait", CollectNotifies: true, RepeatsCollected: true, OrderNamesSerial: true, CloseNamesSerial: true, SignsTime: true,
	})
}
