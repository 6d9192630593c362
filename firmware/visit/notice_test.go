package visit

import (
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/payments/receipt"
)

// TestWhereAMeterCardCustomerIsSent: to the other tile where this terminal sells power,
// else to a place that does.
func TestWhereAMeterCardCustomerIsSent(t *testing.T) {
	for _, c := range []struct {
		name    string
		profile profile.Profile
		lang    receipt.Lang
		want    string
	}{
		{"sells none", profile.Lobby(), "zh", "该户为卡表用户，不能在此缴费，请到营业厅或购电终端购电。"},
		{"sells none", profile.Lobby(), "en", "This is a meter-card account and cannot be paid here. Buy power at a service hall or at a purchase terminal."},
		{"sells it", profile.Lobby().WithMeterCards(), "zh", "该户为卡表用户，请返回选择“购电写卡”，插入电卡购电。"},
		{"sells it", profile.Lobby().WithMeterCards(), "en", "A meter-card account: go back and choose “Buy power”."},
	} {
		s := New(c.lang, Waits{})
		s.Screen, s.Service, s.Account, s.Notice = page.EnterAccount, profile.PayBill, "1000000003", "meter-card"
		s.Deadline = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
		v := Draw(s, Machine{Profile: c.profile, Online: true})
		if text := v.Field("notice_text"); v.Screen != page.EnterAccount || text != c.want {
			t.Errorf("%s, %s: %s says %v; want %s", c.name, c.lang, v.Screen, text, c.want)
		}
	}
}
