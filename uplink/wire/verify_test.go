package wire_test

import (
	"errors"
	"reflect"
	"testing"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/wire"
)

func TestDecodeVerify(t *testing.T) {
	for body, want := range map[string]mis.Reason{
		`{"payable":true,"account":"10","arrears":5,"minimum":5}`:     "",
		`{"payable":true,"account":"10","reason":"no-account"}`:       "",
		`{"account":"10","reason":"no-account","code":"11001"}`:       mis.NoAccount,
		`{"account":"10","reason":"meter-card"}`:                      mis.MeterCard,
		`{"account":"10","reason":"over-limit","code":"1004"}`:        mis.OverLimit,
		`{"account":"10","reason":"of-a-newer-office","code":"1004"}`: mis.NotPayable,
		`{"account":"10","code":"1003"}`:                              mis.NoAccount, // of an older office
		`{"account":"10","code":"1004"}`:                              mis.NoAccount,
		`{"account":"10","code":"1039"}`:                              mis.MeterCard,
		`{"account":"10","code":"1102"}`:                              mis.MeterCard,
		`{"account":"10","code":"1042"}`:                              mis.NotPayable,
		`{"account":"10","arrears":999999999999}`:                     mis.NotPayable,
	} {
		if got, err := wire.DecodeVerify([]byte(body), "10"); err != nil || got.Reason != want {
			t.Errorf("%s: %q, %v; want %q", body, got.Reason, err, want)
		}
	}
	for _, body := range []string{
		``, `{}`, `[]`, `{"payable":true}`, `{"payable":true,"account":""}`, `{"payable":true,"account":"11"}`,
		`{"payable":true,"account":"10","minimum":-1}`, `{"payable":true,"account":"10","arrears":-5}`, `{"payable":true,"account":"10","fee":-1}`,
		`{"payable":true,"account":"10","penalty":-1}`, `{"payable":true,"account":"10","advance":-1}`,
		`{"payable":true,"account":"10","minimum":1000000000000}`, `{"payable":true,"account":"10","minimum":1.5}`,
	} {
		if v, err := wire.DecodeVerify([]byte(body), "10"); !errors.Is(err, wire.ErrMessage) || !reflect.DeepEqual(v, wire.VerifyResult{}) {
			t.Errorf("%s: %+v, %v", body, v, err)
		}
	}
}
