package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/payments/leg/call"
	"wattkiosk/payments/mis"
	"wattkiosk/payments/posting"
	"wattkiosk/uplink/wire"
)

// TestOverviewShowsWhatIsAwayFirst: that a system does not answer is among the cases of the
// overview however many newer ones there are, and the others are counted with a link.
func TestOverviewShowsWhatIsAwayFirst(t *testing.T) {
	w := newTown(t)
	w.check(w.store.Reach(t.Context(), "office-1", mis.CardSystem, true, noon.Add(-time.Hour)))
	w.kiosk("10000001", true, noon, wire.State{})
	for n := range 10 {
		w.write("10000001", "stray-note", "", noon.Add(time.Duration(n)*time.Minute), object{"value": 5000, "evidence": "stacked-without-order"})
	}
	d := openDesk(t, w, nil)
	_, body := d.call(d.as("wang"), "GET", "/?live=1", nil)
	_, side, _ := strings.Cut(body, `id="cases"`)
	text := pageText(side)
	first, _, _ := strings.Cut(text, "无单入钞")
	if !strings.Contains(first, "售电系统") || strings.Count(side, `class="case"`) != 8 || strings.Count(side, `<a href="/cases">还有 3 件</a>`) != 1 {
		t.Errorf("%s", text)
	}
}

// TestPurchaseCasesAreOfTheSale: what is to be done about a purchase that is not sold, or
// perhaps not, is said of the card-meter system, on each page that has its case.
func TestPurchaseCasesAreOfTheSale(t *testing.T) {
	for state, want := range map[posting.State]string{
		posting.Owed:     "应退款 ¥100.00 钱已收、确定没有售电。请退还顾客，或核实后重试售电。",
		posting.Disputed: "售电不符 ¥100.00 已售电，但金额或电卡与应售不同。请与售电系统更正；更正前不要退款。",
	} {
		w := saleTown(t)
		events := []posting.Event{{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{Outcome: mis.NotDone, Code: "1240"}), {Kind: call.Due}, answer(mis.OpAsk, mis.PostResult{Outcome: mis.NotDone, Code: "1009"})}
		if state == posting.Disputed {
			sold := soldAs(9)
			sold.Amount = 900
			events = []posting.Event{{Kind: call.Due}, answer(mis.OpPost, mis.PostResult{Outcome: mis.Done, Code: "0000", Amount: 900, ToAdvance: 900, Reference: "S9", Sold: sold})}
		}
		w.steps(saleSerial(9), events...)
		d := openDesk(t, w, nil)
		c := d.as("wang")
		for _, path := range []string{"/cases?live=1", "/?live=1", "/transactions/" + saleSerial(9) + "?live=1", "/purchases/" + saleSerial(9) + "?live=1"} {
			_, body := d.call(c, "GET", path, nil)
			text := strings.Join(strings.Fields(pageText(body)), " ")
			short, _, _ := strings.Cut(want, "。")
			if _, todo, _ := strings.Cut(short, "00 "); !strings.Contains(text, todo) || strings.Contains(text, "请补记或退还顾客") || strings.Contains(text, "不知是否入账") {
				t.Errorf("%s of a purchase that is %s: %s", path, posting.Word(state), fmt.Sprintf("%.1500s", text))
			}
		}
	}
}
