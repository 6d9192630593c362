package emvtest

import "wattkiosk/payments/emv/tlv"

// names are those of EMV Book 3, annex A, and of PBOC.
var names = map[tlv.Tag]string{
	0x4F: "application identifier", 0x50: "application label", 0x57: "track 2 equivalent", 0x5A: "PAN", 0x61: "application template",
	0x6F: "file control information", 0x70: "record template", 0x71: "issuer script before the second cryptogram",
	0x72: "issuer script after the second cryptogram", 0x77: "response message template format 2", 0x82: "application interchange profile",
	0x84: "name of the dedicated file", 0x86: "issuer script command", 0x87: "application priority", 0x88: "file of the directory (SFI)",
	0x8A: "bank's code (field 39)", 0x8C: "CDOL1, what the first cryptogram is made of", 0x8D: "CDOL2, what the second cryptogram is made of",
	0x8E: "list of cardholder verification methods", 0x91: "issuer authentication data: ARPC and code", 0x94: "application file locator",
	0x95: "terminal verification results", 0x9A: "date", 0x9C: "type of transaction", 0xA5: "proprietary template",
	0x5F20: "cardholder name", 0x5F24: "expiry", 0x5F25: "effective from", 0x5F28: "issuer country", 0x5F2A: "currency",
	0x5F2D: "preferred languages", 0x5F34: "PAN sequence number", 0x9F02: "amount", 0x9F03: "other amount", 0x9F07: "application usage control",
	0x9F08: "application version of the card", 0x9F09: "application version of the terminal", 0x9F0D: "issuer action code, default",
	0x9F0E: "issuer action code, denial", 0x9F0F: "issuer action code, online", 0x9F10: "issuer application data", 0x9F18: "issuer script identifier",
	0x9F1A: "country of the terminal", 0x9F1E: "serial number of the reader", 0x9F1F: "track 1 discretionary data", 0x9F21: "time",
	0x9F26: "cryptogram", 0x9F27: "cryptogram information", 0x9F33: "terminal capabilities", 0x9F34: "result of cardholder verification",
	0x9F35: "terminal type", 0x9F36: "application transaction counter", 0x9F37: "unpredictable number", 0x9F38: "PDOL, what the card wants to be told first",
	0x9F41: "transaction sequence counter", 0x9F42: "currency of the application", 0x9F4E: "merchant name",
	0x9F7A: "terminal does electronic cash (PBOC)", 0xDF69: "terminal lets the card use SM ciphers (PBOC)", 0xDF31: "results of issuer scripts (UnionPay)",
}

// tvr names the bits of the terminal verification results that this kernel sets.
var tvr = map[[2]byte]string{
	{1, 0x80}: "offline data authentication was not performed",
	{1, 0x20}: "data missing on the card",
	{2, 0x80}: "versions differ",
	{2, 0x40}: "expired",
	{2, 0x20}: "not yet effective",
	{2, 0x10}: "service not allowed",
	{3, 0x80}: "cardholder verification failed",
	{3, 0x40}: "unknown verification method",
	{3, 0x10}: "no PIN pad",
	{3, 0x08}: "PIN not entered",
	{3, 0x04}: "online PIN entered",
	{5, 0x40}: "issuer authentication failed",
	{5, 0x20}: "script failed before the second cryptogram",
	{5, 0x10}: "script failed after it",
}
