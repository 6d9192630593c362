package emv

import (
	"encoding/binary"
	"fmt"
)

// Cardholder verification methods (Book 3, annex C3): the low six bits of a rule's
// first byte.
const (
	cvmFail        = 0x00
	cvmPINPlain    = 0x01
	cvmPINOnline   = 0x02
	cvmPlainSigned = 0x03
	cvmPINCipher   = 0x04
	cvmSealSigned  = 0x05
	cvmSignature   = 0x1E
	cvmNone        = 0x1F

	cvmMethod = 0x3F
	cvmNext   = 0x40 // when it fails, the next rule is looked at
)

// Results of a method (9F34, byte 3).
const (
	resultUnknown = 0x00
	resultFailed  = 0x01
	resultDone    = 0x02
	noneDone      = 0x3F // byte 1: no method was carried out
)

// Bits of the TVR's byte 3, and of AIP and TSI.
const (
	tvrNotVerified  = 0x80
	tvrUnknownCVM   = 0x40
	tvrNoPad        = 0x10
	tvrPINSkipped   = 0x08
	tvrPINOnline    = 0x04
	tvrDataMissing  = 0x20 // byte 1
	aipVerification = 0x10 // byte 1
	tsiVerification = 0x40 // byte 1
)

// MaxRules is how many rules a list may have: what fits a value of 252 bytes.
const MaxRules = 122

// verify is the cardholder verification under way.
type verify struct {
	k       *Kernel
	x, y    uint32 // amounts that conditions speak of
	rules   []byte // two bytes each; of the card's list
	current [2]byte
	last    [3]byte // the result, should no later method succeed
	entered bool    // a PIN was
}

func (v *verify) beginVerify() Step {
	k := v.k
	v.last = [3]byte{noneDone, 0, 0}
	if k.objects.get(tagAIP)[0]&aipVerification == 0 {
		return v.verified(v.last)
	}

	list := k.objects.get(tagCVMList)
	switch {
	case list == nil:
		k.tvr[0] |= tvrDataMissing
		return v.verified(v.last)
	case len(list) < 8 || len(list)%2 != 0 || (len(list)-8)/2 > MaxRules:
		return k.bad(ReadRecord, fmt.Errorf("%v: %w", tagCVMList, ErrMalformed))
	case len(list) == 8: // no rules: as if there were no list
		return v.verified(v.last)
	}
	v.x, v.y = binary.BigEndian.Uint32(list), binary.BigEndian.Uint32(list[4:])
	v.rules = list[8:]
	v.last = [3]byte{noneDone, 0, resultFailed}
	k.tsi[0] |= tsiVerification

	return v.nextRule()
}

// nextRule carries out the rules in order until one succeeds, one fails for good, or
// a PIN is wanted.
func (v *verify) nextRule() Step {
	k := v.k
	for len(v.rules) > 0 {
		v.current = [2]byte(v.rules)
		v.rules = v.rules[2:]
		if !v.meets(v.current[1]) {
			continue
		}

		switch method := v.current[0] & cvmMethod; {
		case method == cvmPINOnline:
			return EnterPIN{PAN: k.asked.card.PAN}
		case method == cvmNone && k.terminal.WithoutPIN:
			return v.verified([3]byte{v.current[0], v.current[1], resultDone})
		default:
			v.failed(method)
		}
		if v.current[0]&cvmNext == 0 || v.current[0]&cvmMethod == cvmFail {
			break
		}
	}
	k.tvr[2] |= tvrNotVerified

	return v.verified(v.last)
}

// failed notes a method that was not carried out, or was not carried out with success.
func (v *verify) failed(method byte) {
	k := v.k
	v.last = [3]byte{v.current[0], v.current[1], resultFailed}
	switch method {
	case cvmPINPlain, cvmPlainSigned, cvmPINCipher, cvmSealSigned:
		k.tvr[2] |= tvrNoPad
	case cvmFail, cvmPINOnline, cvmSignature, cvmNone:
	default:
		k.tvr[2] |= tvrUnknownCVM
	}
}

// meets reports whether the condition of a rule is met (Book 3, annex C3). A purchase
// without cash, unattended.
func (v *verify) meets(condition byte) bool {
	k := v.k
	currency := k.objects.get(tagAppCurrency)
	own := len(currency) == 2 && binary.BigEndian.Uint16(currency) == k.terminal.Currency
	amount := uint32(k.payment.Amount) // at most MaxAmount
	switch condition {
	case 0x00, 0x02: // always; no cash
		return true
	case 0x03: // the terminal can do it
		method := v.current[0] & cvmMethod
		return method == cvmPINOnline || method == cvmFail || method == cvmNone && k.terminal.WithoutPIN
	case 0x06:
		return own && amount < v.x
	case 0x07:
		return own && amount > v.x
	case 0x08:
		return own && amount < v.y
	case 0x09:
		return own && amount > v.y
	}

	return false
}

func (v *verify) tookPIN(r PINResult) Step {
	k := v.k
	switch r {
	case PINEntered:
		v.entered = true
		k.tvr[2] |= tvrPINOnline
		return v.verified([3]byte{v.current[0], v.current[1], resultUnknown}) // the bank knows
	case PINSkipped:
		k.tvr[2] |= tvrPINSkipped
	case PINPadOut:
		k.tvr[2] |= tvrNoPad
	}
	v.failed(cvmPINOnline)
	if v.current[0]&cvmNext == 0 {
		v.rules = nil
	}

	return v.nextRule()
}

func (v *verify) verified(result [3]byte) Step {
	k := v.k
	k.objects.set(tagCVMResults, result[:], false)

	return k.asked.firstGenerateAC()
}
