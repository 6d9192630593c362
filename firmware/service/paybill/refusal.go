package paybill

import "wattkiosk/payments/mis"

// refusal is the notice of why an account cannot be paid; a reason without a notice
// of its own is "not payable here".
func refusal(r mis.Reason) string {
	if r == mis.NoAccount || r == mis.MeterCard {
		return string(r)
	}

	return string(mis.NotPayable)
}
