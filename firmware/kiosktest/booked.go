package kiosktest

import (
	"wattkiosk/payments/cardsystem/cardsystemsim"
	"wattkiosk/payments/mis/missim"
)

// entry is what the system that books a payment has of it: the MIS of a bill, the
// card-meter system of a purchase. A sale is told in the words of the MIS.
func (o *office) entry(serial string) (missim.Entry, bool) {
	if o.vending != nil {
		if e, sold := o.vending.sim.Entry(serial); sold {
			return asBooked(e), true
		}
	}

	return o.mis.Entry(serial)
}

// booked is everything that either system has.
func (o *office) booked() []missim.Entry {
	all := o.mis.Ledger().Entries
	if o.vending != nil {
		for _, e := range o.vending.sim.Ledger().Entries {
			all = append(all, asBooked(e))
		}
	}

	return all
}

func asBooked(e cardsystemsim.Entry) missim.Entry {
	return missim.Entry{
		Serial: e.Serial, Account: e.Account, Kiosk: e.Kiosk, Tender: e.Tender, Amount: e.Amount, ToAdvance: e.Amount,
		Reference: e.Number, Reversed: e.Reversed, PostedCount: e.Booked, Date: e.Date, Time: e.Time,
	}
}

// nameOf is the name of an account, as the system has it that knows it.
func (o *office) nameOf(account string) (string, bool) {
	if o.vending != nil {
		if a, ok := o.vending.sim.Account(account); ok {
			return a.Name, true
		}
	}
	a, ok := o.mis.Account(account)

	return a.Name, ok
}
