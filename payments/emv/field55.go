package emv

import "wattkiosk/payments/emv/tlv"

// MaxField55 is the longest field 55 in bytes.
const MaxField55 = 255

// Field55Sale is what a sale tells the bank, in UnionPay's order: cryptogram and what
// it was made of first, then what explains it. The same list goes with the TC of a
// batch upload.
func Field55Sale() []tlv.Tag {
	return []tlv.Tag{
		tagCryptogram, tagCryptogramInfo, tagIssuerData, tagUnpredictable, tagATC, tagTVR, tagDate, tagType, tagAmount, tagCurrency,
		tagAIP, tagCountry, tagOtherAmount, tagCapabilities, tagCVMResults, tagTerminalType, tagDeviceSerial, tagName, tagVersion,
		tagCounter,
	}
}

// Field55Reversal is what a reversal tells the bank: no cryptogram, since none is to
// be verified.
func Field55Reversal() []tlv.Tag {
	return []tlv.Tag{tagTVR, tagDeviceSerial, tagIssuerData, tagATC, tagScriptResults}
}

// Field55Scripts is what a notice of script results tells the bank.
func Field55Scripts() []tlv.Tag {
	return []tlv.Tag{
		tagCapabilities, tagTVR, tagUnpredictable, tagDeviceSerial, tagIssuerData, tagCryptogram, tagATC, tagAIP, tagScriptResults,
		tagCountry, tagDate,
	}
}

// Field55 is the objects of a list as they are now, in its order. One that there is
// none of is left out. It is the kernel's until Wipe.
func (k *Kernel) Field55(list []tlv.Tag) Secret {
	field := make([]byte, 0, MaxField55)
	for _, tag := range list {
		if value := k.objects.get(tag); len(value) > 0 && len(field)+len(value)+4 <= MaxField55 {
			field = tlv.Append(field, tag, value)
		}
	}

	return k.handOut(field)
}
