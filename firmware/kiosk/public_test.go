package kiosk

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"wattkiosk/hal/card/cardsim"
	"wattkiosk/hal/card/cardtest"
	"wattkiosk/hal/pinpad/zt588"
	"wattkiosk/payments"
	"wattkiosk/payments/money"
	"wattkiosk/payments/posp/pospsim"
	"wattkiosk/payments/record"
)

// misOfBank is the MIS as the bank's own line reaches it.
type misOfBank struct {
	posted  map[string]money.Amount // by account
	serials map[string]string       // the account of each
	refuses bool
}

func (m *misOfBank) Post(serial, account string, amount money.Amount) error {
	if m.refuses {
		return errors.New("refused")
	}
	m.serials[serial] = account
	m.posted[account] += amount

	return nil
}

func (m *misOfBank) Reverse(serial string) error {
	delete(m.posted, m.serials[serial])

	return nil
}

// newPublic is a counter of which the bank books the payments.
func newPublic(t *testing.T) (*counter, *misOfBank) {
	t.Helper()
	mis := &misOfBank{posted: map[string]money.Amount{}, serials: map[string]string{}}
	cfg := config
	cfg.Card, cfg.BankPosts = cardConfig(), true

	return newCounterWith(t, cfg, mis), mis
}

// records are the types that the journal has of a payment.
func (k *counter) records(serial string) string {
	k.t.Helper()
	var types []string
	err := k.j.Each(k.j.First(), func(r record.Record) error {
		if r.Txn == serial {
			types = append(types, r.Type)
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}

	return strings.Join(types, " ")
}

// TestTheBankBooks: what the bank approves it has booked, and head office is asked for
// nothing but to carry the sale.
func TestTheBankBooks(t *testing.T) {
	k, mis := newPublic(t)
	serial := k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	screens := len(k.seen)
	k.run(time.Second)

	if got := strings.Join(k.seen[:screens], " "); got != "insert-card enter-pin processing 0200 eject take-card" {
		t.Errorf("seen %s", got)
	}
	if got := strings.Join(k.seen[screens:], " "); got != "slip done" && got != "done slip" {
		t.Errorf("then %s", got)
	}
	if s := k.status(serial); s != payments.Posted || k.standing() != due || fmt.Sprint(mis.posted) != "map[1000000001:128.50]" {
		t.Errorf("%s, the bank has %s, the MIS %v", s, k.standing(), mis.posted)
	}
	if got := k.records(serial); got != "opened card-sale-ordered card-sale-answered card-closed slip slip" || k.posts != 0 {
		t.Errorf("records %s, %d orders to post", got, k.posts)
	}

	e := k.bank.Ledger().Entries[0]
	if k.field("result_text") != "缴费成功，银行已付款并入账" || k.field("bank_reference") != e.Reference || e.Account != "1000000001" {
		t.Errorf("the customer reads %q, %q; the bank has %+v", k.field("result_text"), k.field("bank_reference"), e)
	}
	slip := pageText(k.slips[0])
	for _, want := range []string{"缴费成功", "由银行入账", e.Reference, "128.50"} {
		if !strings.Contains(slip, want) {
			t.Errorf("the slip lacks %s:\n%s", want, slip)
		}
	}
	if strings.Contains(slip, "冲抵欠费") {
		t.Errorf("the slip says what only the bank knows:\n%s", slip)
	}
	k.clean()
}

// TestWhatTheBankBookedGoesBackWithTheSale: no answer, and the power is cut during the
// sale. Neither the card nor the account has a payment afterwards.
func TestWhatTheBankBookedGoesBackWithTheSale(t *testing.T) {
	for name, happens := range map[string]func(k *counter){
		"no answer": func(k *counter) {
			lost := false
			k.mute = func(mti string) bool { lost = lost || mti == "0200"; return mti == "0200" }
			k.insert(cardsim.BankFunds, cardPIN+"E")
			k.run(2 * time.Minute)
			if !lost {
				k.t.Error("no sale was sent")
			}
		},
		"a power cut": func(k *counter) {
			k.insert(cardsim.BankFunds, cardPIN+"E")
			for range 10_000 {
				if k.once(); len(k.bank.Ledger().Entries) > 0 {
					break
				}
			}
			k.late = nil
			k.restart()
			k.do(Link{Up: true})
			k.reader, k.pad = cardtest.NewFake(k.slot), zt588.New()
			k.done = len(k.all)
			k.all = append(k.all, k.out...)
			k.run(2 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			k, mis := newPublic(t)
			serial := k.toCard()
			happens(k)

			entries := k.bank.Ledger().Entries
			if len(entries) != 1 || entries[0].Account != "1000000001" || k.standing() != 0 || len(mis.posted) != 0 {
				t.Errorf("the bank has %+v, the MIS %v", entries, mis.posted)
			}
			if s := k.status(serial); s != payments.Undone || k.posts != 0 {
				t.Errorf("%s: %s", s, k.records(serial))
			}
		})
	}
}

// TestTheMISRefusesTheBank: the sale is declined, and nothing is taken.
func TestTheMISRefusesTheBank(t *testing.T) {
	k, mis := newPublic(t)
	mis.refuses = true
	serial := k.toCard()
	k.insert(cardsim.BankFunds, cardPIN+"E")
	k.take()
	k.run(time.Second)
	if s := k.status(serial); s != payments.Cancelled || k.standing() != 0 || len(mis.posted) != 0 {
		t.Errorf("%s, the bank has %s, the MIS %v", s, k.standing(), mis.posted)
	}
	if got := k.records(serial); got != "opened card-sale-ordered card-sale-answered card-closed" {
		t.Errorf("records %s", got)
	}
}

var _ pospsim.Poster = (*misOfBank)(nil)
