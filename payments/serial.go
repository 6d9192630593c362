package payments

import "fmt"

// Serial makes the serial (流水号) of a transaction: 8 digits of terminal number,
// 2 of journal incarnation, 10 of the sequence number of its opening record. It
// is unique because the journal's sequence is gapless and never reused, and head
// office hands out a new incarnation when a kiosk's journal is begun anew.
func Serial(terminal string, incarnation uint8, seq uint64) string {
	return fmt.Sprintf("%08s%02d%010d", terminal, incarnation%100, seq%1e10)
}

// ValidAccount reports whether s can be an account number (户号): 10 or 12
// digits.
func ValidAccount(s string) bool {
	if len(s) != 10 && len(s) != 12 {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
