package meterissuersim

import "wattkiosk/payments/metercard"

// PurseFirst makes an issuer that writes the purse before everything else: a mistake that
// the tests must find.
func PurseFirst() *Issuer {
	i := NewIssuer(TestKeys())
	i.updates = []update{updatePurse, updateParam, clearReturn}

	return i
}

// CountSkipped makes one that writes the count after the next.
func CountSkipped() *Issuer {
	i := NewIssuer(TestKeys())
	skips := updatePurse
	skips.data = func(s *session, sold metercard.Sold) ([]byte, error) {
		sold.Count++

		return purseFile(s, sold)
	}
	i.updates = []update{updateParam, clearReturn, skips}

	return i
}
