package cardsystemtest

import "wattkiosk/payments/mis"

// HN is what the HN province's dialect says, on whatever road.
func HN() Says {
	return Says{
		OK: "00000", None: "11009", NoUser: "11001", Duplicate: "11004", Reversed: "11007", InvalidReversal: "11292", NoNextDay: "11292", Written: "11215",
		BlankCard: mis.BlankCard, OldCard: mis.OldCard, NotOpened: mis.NotLoaded, BelowMinimum: mis.OverHoarding, NotMultiple: mis.FixedAmount,
	}
}

// S2 is what S2 says, on whatever road.
func S2() Says {
	return Says{
		OK: "0000", None: "1009", NoUser: "1001", Duplicate: "1004", Reversed: "1007", InvalidReversal: "9007", NoNextDay: "9008", Written: "1215",
		BlankCard: mis.BlankCard, OldCard: mis.OldCard, NotOpened: mis.NotOpened, BelowMinimum: mis.BelowMinimum, NotMultiple: mis.NotMultiple,
	}
}
