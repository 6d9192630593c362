package emv

import "wattkiosk/payments/emv/tlv"

// The tags that the kernel knows by name, from EMV Book 3 annex A; those of PBOC and
// UnionPay say so.
const (
	tagAID            tlv.Tag = 0x4F
	tagLabel          tlv.Tag = 0x50
	tagTrack2         tlv.Tag = 0x57
	tagPAN            tlv.Tag = 0x5A
	tagExpiry         tlv.Tag = 0x5F24
	tagEffective      tlv.Tag = 0x5F25
	tagIssuerCountry  tlv.Tag = 0x5F28
	tagCurrency       tlv.Tag = 0x5F2A
	tagSequence       tlv.Tag = 0x5F34
	tagExponent       tlv.Tag = 0x5F36
	tagEntry          tlv.Tag = 0x61
	tagFCI            tlv.Tag = 0x6F
	tagRecord         tlv.Tag = 0x70
	tagScriptBefore   tlv.Tag = 0x71
	tagScriptAfter    tlv.Tag = 0x72
	tagFormat2        tlv.Tag = 0x77
	tagFormat1        tlv.Tag = 0x80
	tagAmountBinary   tlv.Tag = 0x81
	tagAIP            tlv.Tag = 0x82
	tagName           tlv.Tag = 0x84
	tagScriptCommand  tlv.Tag = 0x86
	tagPriority       tlv.Tag = 0x87
	tagDirectory      tlv.Tag = 0x88
	tagBankCode       tlv.Tag = 0x8A
	tagCDOL1          tlv.Tag = 0x8C
	tagCDOL2          tlv.Tag = 0x8D
	tagCVMList        tlv.Tag = 0x8E
	tagIssuerAuth     tlv.Tag = 0x91
	tagAFL            tlv.Tag = 0x94
	tagTVR            tlv.Tag = 0x95
	tagDate           tlv.Tag = 0x9A
	tagTSI            tlv.Tag = 0x9B
	tagType           tlv.Tag = 0x9C
	tagProprietary    tlv.Tag = 0xA5
	tagAmount         tlv.Tag = 0x9F02
	tagOtherAmount    tlv.Tag = 0x9F03
	tagOtherBinary    tlv.Tag = 0x9F04
	tagTerminalAID    tlv.Tag = 0x9F06
	tagUse            tlv.Tag = 0x9F07
	tagCardVersion    tlv.Tag = 0x9F08
	tagVersion        tlv.Tag = 0x9F09
	tagIssuerData     tlv.Tag = 0x9F10
	tagIACDefault     tlv.Tag = 0x9F0D
	tagIACDenial      tlv.Tag = 0x9F0E
	tagIACOnline      tlv.Tag = 0x9F0F
	tagMerchant       tlv.Tag = 0x9F16
	tagScriptID       tlv.Tag = 0x9F18
	tagCountry        tlv.Tag = 0x9F1A
	tagFloor          tlv.Tag = 0x9F1B
	tagTerminalID     tlv.Tag = 0x9F1C
	tagDeviceSerial   tlv.Tag = 0x9F1E
	tagTime           tlv.Tag = 0x9F21
	tagCryptogram     tlv.Tag = 0x9F26
	tagCryptogramInfo tlv.Tag = 0x9F27
	tagCapabilities   tlv.Tag = 0x9F33
	tagCVMResults     tlv.Tag = 0x9F34
	tagTerminalType   tlv.Tag = 0x9F35
	tagATC            tlv.Tag = 0x9F36
	tagUnpredictable  tlv.Tag = 0x9F37
	tagPDOL           tlv.Tag = 0x9F38
	tagMoreCaps       tlv.Tag = 0x9F40
	tagCounter        tlv.Tag = 0x9F41
	tagAppCurrency    tlv.Tag = 0x9F42
	tagMerchantName   tlv.Tag = 0x9F4E
	tagScriptResults  tlv.Tag = 0xDF31 // UnionPay: 9F5B of EMV
	tagCashIndicator  tlv.Tag = 0x9F7A // PBOC: terminal does electronic cash
	tagSM             tlv.Tag = 0xDF69 // PBOC: terminal lets the card use the SM ciphers
)

// written are the tags whose values come from the dialogue itself: a record that
// brings one is not believed.
var written = []tlv.Tag{
	tagAIP, tagAFL, tagName, tagBankCode, tagIssuerAuth, tagCryptogram, tagCryptogramInfo, tagIssuerData, tagATC, tagScriptResults,
}

// kind is how a value is made shorter or longer for a DOL (Book 3, 5.4).
type kind int

const (
	asBinary     kind = iota // cut and filled with 00 on the right
	asNumeric                // cut and filled with 00 on the left
	asCompressed             // cut on the right, filled with FF there
)

func kindOf(t tlv.Tag) kind {
	switch t {
	case tagAmount, tagOtherAmount, tagCountry, tagCurrency, tagExponent, tagDate, tagTime, tagType, tagExpiry, tagEffective,
		tagIssuerCountry, tagSequence, tagTerminalType, tagCounter, tagAppCurrency:
		return asNumeric
	case tagPAN:
		return asCompressed
	}

	return asBinary
}
