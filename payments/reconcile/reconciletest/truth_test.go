package reconciletest

import (
	"strings"
	"testing"

	"wattkiosk/payments/reconcile"
)

// TestTruth holds what the generator says of single differences against what people wrote
// down.
func TestTruth(t *testing.T) {
	want := map[string]string{}
	for _, c := range [][3]string{
		{"bill by cash", "kiosk missing", "one-sided ask-kiosk"},
		{"bill by cash", "kiosk less", "amount person"},
		{"bill by cash", "kiosk twice", "duplicate person"},
		{"bill by cash", "kiosk three times", "duplicate person"},
		{"bill by cash", "kiosk later", "straddle wait"},
		{"bill by cash", "kiosk on both dates", "duplicate person"},
		{"bill by cash", "kiosk reversed", "status reverse"},
		{"bill by cash", "kiosk not booked", "status reverse"},
		{"bill by cash", "kiosk owed", "status person"},
		{"bill by cash", "kiosk open", "open wait"},
		{"bill by cash", "mis missing", "one-sided repost"},
		{"bill by cash", "mis less", "amount person"},
		{"bill by cash", "mis twice", "duplicate reverse"},
		{"bill by cash", "mis three times", "duplicate person"},
		{"bill by cash", "mis later", "straddle wait"},
		{"bill by cash", "mis on both dates", "duplicate person"},
		{"bill by cash", "mis reversed", "status repost"},
		{"bill by cash", "mis open", "open wait"},
		{"bill by card", "kiosk missing", "one-sided ask-kiosk"},
		{"bill by card", "kiosk less", "amount person"},
		{"bill by card", "kiosk twice", "duplicate person"},
		{"bill by card", "kiosk three times", "duplicate person"},
		{"bill by card", "kiosk later", "straddle wait"},
		{"bill by card", "kiosk on both dates", "duplicate person"},
		{"bill by card", "kiosk reversed", "status person"},
		{"bill by card", "kiosk not booked", "status person"},
		{"bill by card", "kiosk owed", "status person"},
		{"bill by card", "kiosk open", "open wait"},
		{"bill by card", "mis missing", "one-sided repost"},
		{"bill by card", "mis less", "amount person"},
		{"bill by card", "mis twice", "duplicate reverse"},
		{"bill by card", "mis three times", "duplicate person"},
		{"bill by card", "mis later", "straddle wait"},
		{"bill by card", "mis on both dates", "duplicate person"},
		{"bill by card", "mis reversed", "status repost"},
		{"bill by card", "mis open", "open wait"},
		{"bill by card", "posp missing", "one-sided person"},
		{"bill by card", "posp less", "amount person"},
		{"bill by card", "posp twice", "duplicate refund"},
		{"bill by card", "posp three times", "duplicate person"},
		{"bill by card", "posp later", "straddle wait"},
		{"bill by card", "posp on both dates", "duplicate person"},
		{"bill by card", "posp reversed", "status person"},
		{"bill by card", "posp open", "open wait"},
		{"bill by card, posted by the bank", "kiosk missing", "one-sided ask-kiosk"},
		{"bill by card, posted by the bank", "kiosk less", "amount person"},
		{"bill by card, posted by the bank", "kiosk twice", "duplicate person"},
		{"bill by card, posted by the bank", "kiosk three times", "duplicate person"},
		{"bill by card, posted by the bank", "kiosk later", "straddle wait"},
		{"bill by card, posted by the bank", "kiosk on both dates", "duplicate person"},
		{"bill by card, posted by the bank", "kiosk reversed", "status person"},
		{"bill by card, posted by the bank", "kiosk not booked", "status person"},
		{"bill by card, posted by the bank", "kiosk owed", "status person"},
		{"bill by card, posted by the bank", "kiosk open", "open wait"},
		{"bill by card, posted by the bank", "posp missing", "one-sided person"},
		{"bill by card, posted by the bank", "posp less", "amount person"},
		{"bill by card, posted by the bank", "posp twice", "duplicate refund"},
		{"bill by card, posted by the bank", "posp three times", "duplicate person"},
		{"bill by card, posted by the bank", "posp later", "straddle wait"},
		{"bill by card, posted by the bank", "posp on both dates", "duplicate person"},
		{"bill by card, posted by the bank", "posp reversed", "status person"},
		{"bill by card, posted by the bank", "posp open", "open wait"},
		{"bill by code through the bank", "kiosk missing", "one-sided ask-kiosk"},
		{"bill by code through the bank", "kiosk less", "amount person"},
		{"bill by code through the bank", "kiosk twice", "duplicate person"},
		{"bill by code through the bank", "kiosk three times", "duplicate person"},
		{"bill by code through the bank", "kiosk later", "straddle wait"},
		{"bill by code through the bank", "kiosk on both dates", "duplicate person"},
		{"bill by code through the bank", "kiosk reversed", "status person"},
		{"bill by code through the bank", "kiosk not booked", "status person"},
		{"bill by code through the bank", "kiosk owed", "status person"},
		{"bill by code through the bank", "kiosk open", "open wait"},
		{"bill by code through the bank", "acquirer missing", "one-sided person"},
		{"bill by code through the bank", "acquirer less", "amount person"},
		{"bill by code through the bank", "acquirer twice", "duplicate refund"},
		{"bill by code through the bank", "acquirer three times", "duplicate person"},
		{"bill by code through the bank", "acquirer later", "straddle wait"},
		{"bill by code through the bank", "acquirer on both dates", "duplicate person"},
		{"bill by code through the bank", "acquirer reversed", "status person"},
		{"bill by code through the bank", "acquirer open", "open wait"},
		{"bill by code through the bank", "bank missing", "one-sided repost"},
		{"bill by code through the bank", "bank less", "amount person"},
		{"bill by code through the bank", "bank twice", "duplicate reverse"},
		{"bill by code through the bank", "bank three times", "duplicate person"},
		{"bill by code through the bank", "bank later", "straddle wait"},
		{"bill by code through the bank", "bank on both dates", "duplicate person"},
		{"bill by code through the bank", "bank reversed", "status repost"},
		{"bill by code through the bank", "bank open", "open wait"},
		{"power by card", "kiosk missing", "one-sided ask-kiosk"},
		{"power by card", "kiosk less", "amount person"},
		{"power by card", "kiosk twice", "duplicate person"},
		{"power by card", "kiosk three times", "duplicate person"},
		{"power by card", "kiosk later", "straddle wait"},
		{"power by card", "kiosk on both dates", "duplicate person"},
		{"power by card", "kiosk reversed", "status person"},
		{"power by card", "kiosk not booked", "status person"},
		{"power by card", "kiosk owed", "status person"},
		{"power by card", "kiosk open", "open wait"},
		{"power by card", "kiosk unwritten", "card-not-written person"},
		{"power by card", "posp missing", "one-sided person"},
		{"power by card", "posp less", "amount person"},
		{"power by card", "posp twice", "duplicate refund"},
		{"power by card", "posp three times", "duplicate person"},
		{"power by card", "posp later", "straddle wait"},
		{"power by card", "posp on both dates", "duplicate person"},
		{"power by card", "posp reversed", "status person"},
		{"power by card", "posp open", "open wait"},
		{"power by card", "cardsystem missing", "one-sided person"},
		{"power by card", "cardsystem less", "amount person"},
		{"power by card", "cardsystem twice", "duplicate person"},
		{"power by card", "cardsystem three times", "duplicate person"},
		{"power by card", "cardsystem later", "straddle wait"},
		{"power by card", "cardsystem on both dates", "duplicate person"},
		{"power by card", "cardsystem reversed", "status person"},
		{"power by card", "cardsystem open", "open wait"},
		{"power by card", "cardsystem unwritten", "card-not-written person"},
		{"power by cash, posted", "kiosk missing", "one-sided ask-kiosk"},
		{"power by cash, posted", "kiosk less", "amount person"},
		{"power by cash, posted", "kiosk twice", "duplicate person"},
		{"power by cash, posted", "kiosk three times", "duplicate person"},
		{"power by cash, posted", "kiosk later", "straddle wait"},
		{"power by cash, posted", "kiosk on both dates", "duplicate person"},
		{"power by cash, posted", "kiosk reversed", "status person"},
		{"power by cash, posted", "kiosk not booked", "status person"},
		{"power by cash, posted", "kiosk owed", "status person"},
		{"power by cash, posted", "kiosk open", "open wait"},
		{"power by cash, posted", "kiosk unwritten", "card-not-written person"},
		{"power by cash, posted", "mis missing", "one-sided repost"},
		{"power by cash, posted", "mis less", "amount person"},
		{"power by cash, posted", "mis twice", "duplicate reverse"},
		{"power by cash, posted", "mis three times", "duplicate person"},
		{"power by cash, posted", "mis later", "straddle wait"},
		{"power by cash, posted", "mis on both dates", "duplicate person"},
		{"power by cash, posted", "mis reversed", "status repost"},
		{"power by cash, posted", "mis open", "open wait"},
		{"power by cash, posted", "cardsystem missing", "one-sided person"},
		{"power by cash, posted", "cardsystem less", "amount person"},
		{"power by cash, posted", "cardsystem twice", "duplicate person"},
		{"power by cash, posted", "cardsystem three times", "duplicate person"},
		{"power by cash, posted", "cardsystem later", "straddle wait"},
		{"power by cash, posted", "cardsystem on both dates", "duplicate person"},
		{"power by cash, posted", "cardsystem reversed", "status person"},
		{"power by cash, posted", "cardsystem open", "open wait"},
		{"power by cash, posted", "cardsystem unwritten", "card-not-written person"},
	} {
		want[c[0]+": "+c[1]] = c[2]
	}
	seen := 0
	for s := range shapes {
		for _, c := range changesOf(&shapes[s]) {
			literal, known := want[shapes[s].name+": "+reconcile.BookName(c.book)+" "+c.name]
			if !known {
				continue
			}
			seen++
			p := &payment{shape: &shapes[s], serial: "s", at: 4 * 3600}
			if c.night {
				p.at = 16*3600 - 40
			}
			for _, b := range p.books {
				p.entries[b].rows = 1
			}
			c.do(&p.entries[c.book])
			breaks, _ := p.truth(0, false)
			var got []string
			for _, b := range breaks {
				got = append(got, string(b.Class)+" "+string(b.Proposal))
			}
			if strings.Join(got, ", ") != literal {
				t.Errorf("%s, %s %s: %v, want %s", shapes[s].name, reconcile.BookName(c.book), c.name, got, literal)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d were looked at", seen, len(want))
	}
}
