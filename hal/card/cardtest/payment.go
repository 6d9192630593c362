package cardtest

import (
	"bytes"
	"strings"

	"wattkiosk/hal/card"
	"wattkiosk/hal/card/cardsim"
)

// paymentAPDUs are those of a payment with a bank card until the bank is asked, and
// what a terminal sends after a bank that cannot prove itself. All forms are among
// them: without data, with data in one direction and in both, with Le 00.
func paymentAPDUs() [][]byte {
	told := "\x00\x00\x00\x01\x28\x50" + strings.Repeat("\x00", 6) + "\x01\x56" + "\x80\x00\x04\x00\x00" + "\x01\x56" + "\x26\x11\x28" +
		"\x00" + "\x01\x02\x03\x04" + "\x14\x03\x05" + strings.Repeat("\x00", 20)
	var all [][]byte
	for _, apdu := range []string{
		"\x00\xA4\x04\x00\x0E1PAY.SYS.DDF01\x00",
		"\x00\xB2\x01\x0C\x00",
		"\x00\xB2\x02\x0C\x00", // no such record
		"\x00\xA4\x04\x00\x08\xA0\x00\x00\x03\x33\x01\x01\x01\x00",
		"\x80\xCA\x9F\x17\x00",
		"\x80\xA8\x00\x00\x0E\x83\x0C\x00\x00\x00\x00\x01\x28\x50\x01\x56\x01\x56\x00\x00",
		"\x00\xB2\x01\x0C\x00",
		"\x00\xB2\x01\x14\x00",
		"\x00\xB2\x02\x14\x00",
		"\x80\xAE\x80\x00\x34" + told + "\x00",
		"\x00\x82\x00\x00\x0A\x00\x00\x00\x00\x00\x00\x00\x0000",
		"\x80\xAE\x40\x00\x3600" + told + "\x00",
		"\x84\x1E\x00\x00\x04\x00\x00\x00\x00",
	} {
		all = append(all, []byte(apdu))
	}

	return all
}

// paysWithBankCard: through the reader, a card that speaks T=0 answers what its twin
// answers directly.
func paysWithBankCard(r *run) {
	bank := func(t1 bool) *cardsim.BankCard {
		c := cardsim.NewBankCard(cardsim.NewBankApplication(cardsim.BankPAN(cardsim.BankFunds), "01", cardsim.BankAlgorithm{}))
		c.T1 = t1
		return c
	}
	twin := bank(true)
	twin.Reset(false)

	r.insert(&cardsim.Card{ID: "bank", Processor: bank(false)})
	r.want(card.Command{Op: card.PowerOn}, card.Done, nil)
	for i, apdu := range paymentAPDUs() {
		if got, want := r.transmit(apdu...), twin.Transmit(apdu); !bytes.Equal(got, want) {
			r.Errorf("APDU %d answered % X, want % X", i, got, want)
		}
	}
	r.leave()
}
