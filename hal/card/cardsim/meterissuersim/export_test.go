package meterissuersim

import "wattkiosk/payments/metercard"

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
