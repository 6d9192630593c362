package socket

import "wattkiosk/payments/mis"

// exampleCodes are the return codes of our own dialect: those of the HB and GS
// provinces, and HN's five digits for what these have no code for.
func exampleCodes() mis.Codes {
	return mis.Codes{
		{Code: "1001", Meaning: mis.SaysOK},
		{Code: "1002", Meaning: mis.SaysFailed},
		{Code: "1003", Meaning: mis.SaysNone},
		{Code: "1004", Meaning: mis.SaysNoUser},
		{Code: "1005", Meaning: mis.SaysInvalidReversal},
		{Code: "1006", Meaning: mis.SaysBadPacket},
		{Code: "1015", Meaning: mis.SaysNoNextDay},
		{Code: "1016", Meaning: mis.SaysDebitInTransit},
		{Code: "1035", Meaning: mis.SaysNoPartial},
		{Code: "1036", Meaning: mis.SaysNoArrears},
		{Code: "1037", Meaning: mis.SaysArrearsFirst},
		{Code: "1039", Meaning: mis.SaysMeterCard},
		{Code: "1102", Meaning: mis.SaysMeterCard},
		{Code: "1042", Meaning: mis.SaysNotCalculated},
		{Code: "1043", Meaning: mis.SaysCalculating},
		{Code: "1044", Meaning: mis.SaysAlreadyPaid},
		{Code: "11002", Meaning: mis.SaysNoRight},
		{Code: "11004", Meaning: mis.SaysDuplicate},
		{Code: "11005", Meaning: mis.SaysOverLimit},
		{Code: "11006", Meaning: mis.SaysOtherOperator},
		{Code: "11007", Meaning: mis.SaysReversed},
		{Code: "11057", Meaning: mis.SaysCrossArea},
		{Code: "11065", Meaning: mis.SaysInvoicePrinted},
	}
}
