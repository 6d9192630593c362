package main

import (
	"errors"
	"time"

	marketing "wattkiosk/payments/mis"
	"wattkiosk/payments/mis/missim"
	"wattkiosk/payments/money"
)

// poster is the bank's own line to the MIS, of a tender that is neither a kiosk's nor head
// office's. Of the MIS's faults only Down is met on it.
type poster struct {
	mis  *missim.Server
	zone *time.Location
	now  func() time.Time
}

// tenderOfBank is how the MIS knows what the bank has booked.
const tenderOfBank = "bank"

var errNotBooked = errors.New("the MIS did not do it")

// Post implements pospsim.Poster.
func (p poster) Post(serial, account string, amount money.Amount) error {
	now := p.now().In(p.zone)

	return p.do(marketing.Request{Op: marketing.OpPost, Payment: marketing.Payment{
		Serial: serial, Account: account, Amount: amount, BusinessDate: now.Format("20060102"), Time: now.Format("20060102150405"),
		Tender: tenderOfBank, Kiosk: kioskID,
	}})
}

// Reverse implements pospsim.Poster. It is of the day of the booking, whatever day it is.
func (p poster) Reverse(serial string) error {
	e, _ := p.mis.Entry(serial)

	return p.do(marketing.Request{Op: marketing.OpReverse, Reversal: marketing.Reversal{Serial: serial + "-R", Original: serial, BusinessDate: e.Date}})
}

func (p poster) do(r marketing.Request) error {
	if p.mis.On(missim.Down) {
		return errNotBooked
	}
	if a := p.mis.Answer(r); a.Post.Outcome != marketing.Done && a.Reverse.Outcome != marketing.Done {
		return errNotBooked
	}

	return nil
}
