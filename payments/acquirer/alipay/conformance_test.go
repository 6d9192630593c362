package alipay_test

import (
	"testing"

	"wattkiosk/payments/acquirer"
	"wattkiosk/payments/acquirer/acquirersim"
	"wattkiosk/payments/acquirer/acquirertest"
	"wattkiosk/payments/acquirer/alipay"
	"wattkiosk/payments/acquirer/secure"
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

	return alipay.New(alipay.Config{
		Gateway: s.Base + "/gateway.do", App: acquirersim.App, Seller: acquirersim.Seller, Key: key, Alipay: public,
		NotifyURL: s.NotifyURL, Transport: s.Transport, Timeout: s.Timeout, Now: s.Now,
	})
}

func TestConformance(t *testing.T) {
	acquirertest.Run(t, acquirertest.Subject{
		Connect: connect,
		Codes: acquirertest.Codes{
			Ordered: "10000", Collected: "10000", Paying: "10003", Paid: "10000 TRADE_SUCCESS", Waiting: "10000 WAIT_BUYER_PAY",
			None: "40004 ACQ.TRADE_NOT_EXIST", BadCode: "40004 ACQ.PAYMENT_AUTH_CODE_INVALID", Closed: "10000 TRADE_CLOSED",
			Refunded: "10000 Y", Short: "40004 ACQ.SELLER_BALANCE_NOT_ENOUGH",
		},
		Unscanned: "none", CollectNotifies: true, GivesBackShown: true, OrderNamesSerial: true, CloseNamesSerial: true,
	})
}
