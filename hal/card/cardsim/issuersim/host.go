package issuersim

// Host is an issuer as a bank asks it: with the card's sequence number as it stands in
// field 23, which may be missing, and with yes or no for an answer.
type Host struct{ Issuer *Issuer }

// Verify says whether field 55 of a request has the cryptogram of that card that asks
// for the bank's word.
func (h Host) Verify(pan, sequence string, field55 []byte) bool {
	r, err := h.Issuer.Verify(pan, lastTwo(sequence), field55)

	return err == nil && r.Kind == ARQC
}

// Certificate says whether field 55 of an upload has the TC of that card for an amount in
// fen.
func (h Host) Certificate(pan, sequence string, field55 []byte, amount int64) bool {
	r, err := h.Issuer.Verify(pan, lastTwo(sequence), field55)

	return err == nil && r.Kind == TC && r.Amount == amount
}

// Answer is field 55 of the answer with the bank's code; nil where the request has no
// cryptogram of that card.
func (h Host) Answer(pan, sequence string, field55 []byte, code string) []byte {
	answer, err := h.Issuer.Authorize(pan, lastTwo(sequence), field55, code)
	if err != nil {
		return nil
	}

	return answer
}

// lastTwo is a sequence number of field 23 as keys are made of it.
func lastTwo(sequence string) string {
	if len(sequence) < 2 {
		return "00"
	}

	return sequence[len(sequence)-2:]
}
