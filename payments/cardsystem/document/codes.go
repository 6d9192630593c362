package document

import "wattkiosk/payments/cardsystem"

// Codes are the statuses, read-only. Those of cards are the reference's, without the province's first
// digit; 9xxx are ours.
var Codes = cardsystem.Codes{
	{Code: "0000", Meaning: cardsystem.SaysOK},
	{Code: "1004", Meaning: cardsystem.SaysDuplicate},
	{Code: "1001", Meaning: cardsystem.SaysNoUser},
	{Code: "1007", Meaning: cardsystem.SaysReversed},
	{Code: "1009", Meaning: cardsystem.SaysNone},
	{Code: "1020", Meaning: cardsystem.SaysFailed},
	{Code: "1201", Meaning: cardsystem.SaysKeysAway},
	{Code: "1202", Meaning: cardsystem.SaysDuplicate},
	{Code: "1203", Meaning: cardsystem.SaysBought},
	{Code: "1204", Meaning: cardsystem.SaysUnwritten},
	{Code: "1206", Meaning: cardsystem.SaysTariffDue},
	{Code: "1217", Meaning: cardsystem.SaysTariffDue},
	{Code: "1208", Meaning: cardsystem.SaysBlankCard},
	{Code: "1209", Meaning: cardsystem.SaysNotLoaded},
	{Code: "1212", Meaning: cardsystem.SaysNotLoaded},
	{Code: "1210", Meaning: cardsystem.SaysInProcess},
	{Code: "1211", Meaning: cardsystem.SaysCountDiffers},
	{Code: "1216", Meaning: cardsystem.SaysCountDiffers},
	{Code: "1224", Meaning: cardsystem.SaysCountDiffers},
	{Code: "1213", Meaning: cardsystem.SaysFixedAmount},
	{Code: "1214", Meaning: cardsystem.SaysArrearsFirst},
	{Code: "1215", Meaning: cardsystem.SaysWritten},
	{Code: "1219", Meaning: cardsystem.SaysOldCard},
	{Code: "1220", Meaning: cardsystem.SaysBusy},
	{Code: "1222", Meaning: cardsystem.SaysNone},
	{Code: "1223", Meaning: cardsystem.SaysTwoRecords},
	{Code: "9001", Meaning: cardsystem.SaysBadPacket},
	{Code: "9002", Meaning: cardsystem.SaysOtherCard},
	{Code: "9003", Meaning: cardsystem.SaysNotOpened},
	{Code: "9004", Meaning: cardsystem.SaysOverHoarding},
	{Code: "9005", Meaning: cardsystem.SaysBelowMinimum},
	{Code: "9006", Meaning: cardsystem.SaysNotMultiple},
	{Code: "9007", Meaning: cardsystem.SaysInvalidReversal},
	{Code: "9008", Meaning: cardsystem.SaysNoNextDay},
}
