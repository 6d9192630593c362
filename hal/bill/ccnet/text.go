package ccnet

import "fmt"

// RejectText is the reason of a 1C report in words. Product variants read 61 as
// dielectric rather than magnetic.
func RejectText(code byte) string {
	switch code {
	case 0x60:
		return "insertion"
	case 0x61:
		return "magnetic"
	case 0x62:
		return "remaining bill in head"
	case 0x63:
		return "multiplying"
	case 0x64:
		return "conveying"
	case 0x65:
		return "identification"
	case 0x66:
		return "verification"
	case 0x67:
		return "optic"
	case 0x68:
		return "inhibited"
	case 0x69:
		return "capacity"
	case 0x6A:
		return "operation"
	case 0x6C:
		return "length"
	case 0x6D:
		return "UV"
	case 0x92:
		return "unrecognised barcode"
	case 0x93, 0x94, 0x95:
		return "barcode"
	}
	return fmt.Sprintf("reason %02X", code)
}

// FailureText is the code of a 47 report in words.
func FailureText(code byte) string {
	switch code {
	case 0x15:
		return "memory"
	case 0x22:
		return "recovery mode"
	case 0x23:
		return "calibration"
	case 0x30:
		return "boot"
	case 0x50:
		return "stacker motor"
	case 0x51:
		return "transport motor speed"
	case 0x52:
		return "transport motor"
	case 0x53:
		return "aligning motor"
	case 0x54:
		return "stacker start position"
	case 0x55:
		return "optic"
	case 0x56:
		return "magnetic"
	case 0x57:
		return "upper optical board"
	case 0x58:
		return "lower optical board"
	case 0x59:
		return "upper peripheral board"
	case 0x60:
		return "lower peripheral board"
	case 0x5F:
		return "dielectric"
	case 0xFE:
		return "cover open"
	}
	return fmt.Sprintf("failure %02X", code)
}
