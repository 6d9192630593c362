package screen

import (
	"context"
	"fmt"
	"testing"
	"time"

	"wattkiosk/firmware/metercard"
	"wattkiosk/firmware/page"
	"wattkiosk/firmware/profile"
	"wattkiosk/firmware/service/paybill"
	"wattkiosk/firmware/visit"
	onto "wattkiosk/payments/metercard"
	"wattkiosk/payments/post"
)

// wholePurchase is a customer who buys power for 120.00, which has no button, in steps of
// 20.00; the card is pulled out while it is written, and put back.
func wholePurchase(t *testing.T, ctx context.Context) {
	k := newScripted()
	k.machine.Profile = k.machine.Profile.WithMeterCards()
	_, url := serveFor(t, k, nil)
	b := open(t, ctx, url, 1080, 1920)
	desk := func(step metercard.Step) {
		k.set(func(s *visit.State, m *visit.Machine) {
			m.Meter = metercard.Face{Step: step, Known: step == metercard.Ready, Facts: meterFacts(), Ready: step == metercard.Waiting || step == metercard.PutBack}
			if step == metercard.PutBack {
				m.Meter.Why = metercard.Pulled
			}
			next, effects := visit.FollowCard(*s, *m, noon)
			*s, k.effects = next, append(k.effects, effects...)
		})
	}

	b.do(tap(".hero"), on(page.ChooseService), tap(".choice[data-intent=buy-power]"), on(page.InsertMeterCard))
	desk(metercard.Waiting)
	b.do(until(`document.querySelector(".slot.ready") !== null`))
	desk(metercard.Ready)
	b.do(on(page.MeterCard), until(`document.querySelector(".asking-office") !== null && document.querySelector(".b-confirm").disabled`))
	k.set(func(s *visit.State, _ *visit.Machine) {
		answered := meterCard(nil)
		answered.Quote.Step = 2000
		s.Card, s.Waiting = answered, false
	})
	b.want(".facts-of .left-in dd", "¥37.25")
	b.do(tap(".b-meter-errors"), on(page.MeterErrors), tap(".b-back"), on(page.MeterCard))
	b.do(tap(".b-confirm"), on(page.ChooseAmount), tap(".b-other-amount"), on(page.EnterAmount))
	b.typed("130")
	b.do(until(`document.querySelector(".b-amount").disabled`)) // no multiple of 20
	b.do(tap("[data-key=delete]"), tap("[data-key=delete]"))
	b.typed("20")
	b.do(tap(".b-amount"), on(page.ChooseTender))
	b.want(".bar .money", "¥120.00")
	b.do(tap(`.choice[data-intent=tender]`), on(page.InsertCash))

	notes := func(yuan int64) {
		k.set(func(_ *visit.State, m *visit.Machine) {
			m.Standing.Txn = purchase("", "")
			m.Standing.Txn.Cash = with(yuan).Cash
		})
	}
	notes(50)
	b.do(until(`document.querySelectorAll(".chips .note").length === 1 && document.querySelector(".b-finish-cash").disabled`)) // 50 is no multiple of 20
	notes(100)
	b.do(until(`document.querySelector(".chips .n100") !== null`))
	b.want(".remaining .money", "¥20.00")
	b.want(".b-finish-cash", "确认购电 ¥100.00 比所选少 ¥20.00")
	b.do(tap(".b-finish-cash"), on(page.Processing))

	k.set(func(_ *visit.State, m *visit.Machine) { m.Standing.Txn = purchase(post.Posted, onto.Writing) })
	desk(metercard.Writing)
	b.do(on(page.WriteCard))
	b.want(".stage.now", "2 写卡")
	desk(metercard.PutBack)
	b.do(until(`document.querySelector(".slot.warns .refused") !== null && document.querySelector(".b-give-up-card") !== null`))
	desk(metercard.Checking)
	b.do(until(`document.querySelectorAll(".stage.passed").length === 2`))
	k.set(func(_ *visit.State, m *visit.Machine) { m.Standing.Txn = purchase(post.Posted, onto.On) })
	desk(metercard.TakeCard)
	b.do(on(page.TakeCard))
	b.want(".card-outcome", "购电 ¥100.00 已写入电卡")
	desk(metercard.None)
	k.set(func(s *visit.State, m *visit.Machine) {
		m.Standing.Slip = paybill.SlipPrinted
		*s = visit.Result(*s, true, paybill.Weight{For: time.Minute}, noon)
	})
	b.do(on(page.Done))
	b.want(".bought", "购电次数 第 5 次 电量 182.84 度 电表号 **1234")
	b.do(tap(".b-finish"), on(page.Idle))

	k.mu.Lock()
	defer k.mu.Unlock()
	if got := fmt.Sprint(k.effects); got != "[ask-card open finish end]" || k.state.Service != profile.Service("") {
		t.Errorf("effects %s, service %q after the visit", got, k.state.Service)
	}
}
