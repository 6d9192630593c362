package kiosktest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"wattkiosk/payments"
	"wattkiosk/payments/money"
)

// printedSlip is what a person reads on a slip.
type printedSlip struct {
	serial, account, kind string
	received              money.Amount
	asked                 money.Amount // of a slip that speaks of no money received
	copyNo                int
	text                  string
}

var (
	slipSerial   = regexp.MustCompile(`[0-9]{20}`)
	slipAccount  = regexp.MustCompile(`(?:户号|Account)\s+([0-9]{10})\b`)
	slipReceived = regexp.MustCompile(`(?:实收金额|Received)\s+(?:[¥￥]|CNY)\s*([0-9.]+)`)
	slipAsked    = regexp.MustCompile(`(?:交易金额|退回金额|Amount|Returned)\s+(?:[¥￥]|CNY)\s*([0-9.]+)`)
	slipCopy     = regexp.MustCompile(`(?:补打 第|copy)\s*([0-9]+)`)
)

// slipKinds are the words by which a person tells slips apart.
var slipKinds = []struct{ kind, zh, en string }{
	{"paid", "缴费成功", "PAID"},
	{"paid", "购电成功", "BOUGHT"},
	{"unwritten", "已售电 未写卡", "NOT ON THE CARD"},
	{"unwritten", "已售电 待核对", "CHECK THE CARD"},
	{"rewritten", "补写成功", "CARD WRITTEN"},
	{"pending", "已收款", "MONEY RECEIVED"},
	{"owed", "未成功", "NOT COMPLETED"},
	{"disputed", "正在核实", "BEING CHECKED"},
	{"undoing", "款项退回中", "BEING RETURNED"},
	{"undone", "款项已退回", "MONEY RETURNED"},
	{"undone", "交易已撤销", "REVERSED"},
	{"unsure", "付款确认中", "NOT CONFIRMED"},
}

// printed reads the whole slips off the paper, by serial.
func (w *box) printed() map[string][]printedSlip {
	out := map[string][]printedSlip{}
	for _, s := range w.printer.Slips() {
		if s.Partial {
			continue
		}
		text := s.Text()
		if !strings.Contains(text, "本凭证不作报销") && !strings.Contains(text, "reimbursement") {
			continue // the printer lost its end: a person sees that it is torn off
		}
		flat := strings.ReplaceAll(text, " ", "")
		p := printedSlip{serial: slipSerial.FindString(flat), copyNo: 1, text: text}
		if m := slipAccount.FindStringSubmatch(text); m != nil {
			p.account = m[1]
		}
		if m := slipReceived.FindStringSubmatch(text); m != nil {
			p.received, _ = money.Parse(m[1])
		}
		if m := slipAsked.FindStringSubmatch(text); m != nil {
			p.asked, _ = money.Parse(m[1])
		}
		if m := slipCopy.FindStringSubmatch(text); m != nil {
			fmt.Sscan(m[1], &p.copyNo)
		}
		for _, k := range slipKinds {
			if strings.Contains(text, k.zh) || strings.Contains(text, k.en) {
				p.kind = k.kind
				break
			}
		}
		out[p.serial] = append(out[p.serial], p)
	}

	return out
}

// sum is what a slip says was given, and what is right: the sum that was asked for where
// it says that this goes back, or that nobody knows yet.
func (p printedSlip) sum(t payments.Transaction) (says, right money.Amount) {
	switch p.kind {
	case "undoing", "undone", "unsure":
		return p.asked, t.QR.Amount + t.Card.Amount // one of them is zero
	case "unwritten", "rewritten":
		if t.Purpose == payments.Rewrite {
			return 0, 0 // of a purchase that was paid before
		}
	}

	return p.received, t.Total()
}

// says reports whether a slip that was begun while its payment was so far is of the right
// kind; what is not over then has more than one.
func says(was payments.Status, kind string) bool {
	switch was {
	case payments.Posted:
		return kind == "paid" || kind == "rewritten"
	case payments.Unwritten:
		return kind == "unwritten"
	case payments.Owed:
		return kind == "owed"
	case payments.Disputed:
		return kind == "disputed" || kind == "unsure"
	}

	return kind != "paid" && kind != "rewritten"
}

// auditSlips: each slip tells the account and the sum of its payment and words that
// fit what became of it, and no two slips of a payment are the same copy.
func (w *box) auditSlips(b *account) error {
	fits := map[string][]string{
		"posted": {"paid", "pending", "unwritten", "rewritten"}, "unwritten": {"unwritten", "pending"}, "owed": {"owed", "pending"}, "disputed": {"disputed", "pending"}, "cancelled": {"disputed"},
	}
	noNotes := map[string][]string{ // what goes back, or was not there, is told in words of its own
		"posted": {"unsure"}, "owed": {"undoing", "unsure"}, "disputed": {"unsure"}, "cancelled": {"unsure"}, "undone": {"undone", "undoing", "unsure", "pending"},
	}
	for serial, slips := range w.printed() {
		t, known := b.txns[serial]
		if w.plan.Fate != NoFate && (!known || b.twice[serial]) {
			continue // of another journal
		}
		if !known {
			return fmt.Errorf("a slip names %q, which is no payment:\n%s", serial, slips[0].text)
		}

		var copies []int
		for _, s := range slips {
			if gave, right := s.sum(t); s.account != t.Account || gave != right {
				return fmt.Errorf("%s of %s, %s: the slip says account %s, received %s\n%s", serial, t.Account, t.Total(), s.account, s.received, s.text)
			}
			later := t.Post.Resolutions > 0 && (s.kind == "owed" || s.kind == "disputed") // a person acted since
			fits := fits[string(t.Status())]
			if t.Tender != payments.Cash {
				fits = append(slices.Clone(fits), noNotes[string(t.Status())]...)
			}
			if !later && !slices.Contains(fits, s.kind) {
				return fmt.Errorf("%s is %s, its slip says %q\n%s", serial, t.Status(), s.kind, s.text)
			}
			if was := b.slipped[serial][s.copyNo]; !says(was, s.kind) {
				return fmt.Errorf("%s: it was %s when copy %d was begun, the slip says %q\n%s", serial, was, s.copyNo, s.kind, s.text)
			}
			if w.plan.Fate != RolledBack && slices.Contains(copies, s.copyNo) || s.copyNo > t.Copies {
				return fmt.Errorf("%s: copy %d of %v was printed, the journal counts %d", serial, s.copyNo, copies, t.Copies)
			}
			copies = append(copies, s.copyNo)
		}
	}

	return nil
}
