package gateway_test

import (
	"encoding/json"
	"testing"

	"wattkiosk/uplink/office/gateway"
	"wattkiosk/uplink/wire"
)

// TestAttackAccountOfAKiosk: what a kiosk asks the MIS about is an account number and nothing
// that a form, a query or a document of the utility's could take for more.
func TestAttackAccountOfAKiosk(t *testing.T) {
	for account, good := range map[string]bool{
		"1000000001": true, "100000000012": true,
		"": false, "1": false, "10000000012": false, "1000000001 ": false, " 100000000": false, "1000000001\n": false, "１０００": false,
		"10000'--01": false, "<a>000</a>": false, "1000000|01": false, "10000000\x0001": false, "1e00000001": false, "-100000001": false,
	} {
		body, err := json.Marshal(wire.VerifyBody{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		q, fault := gateway.VerifyCall(wire.Request{V: wire.Version, ID: "1", Op: wire.OpVerify, Body: body})
		if (fault == nil) != good || good && q.Account != account || !good && fault.Code != wire.ErrCodeBadRequest {
			t.Errorf("%q: %+v, %+v", account, q, fault)
		}
	}
}
