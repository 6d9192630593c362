package bankcard

// Kind is what kind of account an application of a chip pays from.
type Kind string

// The kinds. Other is of an application that nothing is known of, and of a stripe.
const (
	Other       Kind = ""
	Debit       Kind = "debit"
	Credit      Kind = "credit"
	QuasiCredit Kind = "quasi-credit"
	Electronic  Kind = "electronic-cash"
)

// KindOf is the kind of an application by its AID in hexadecimal, upper case. UnionPay's
// are in PBOC 3.0 part 13; those of others say nothing of the account.
func KindOf(aid string) Kind {
	const unionPay = "A0000003330101"
	if len(aid) < len(unionPay)+2 || aid[:len(unionPay)] != unionPay {
		return Other
	}
	switch aid[len(unionPay):][:2] {
	case "01":
		return Debit
	case "02":
		return Credit
	case "03":
		return QuasiCredit
	case "06":
		return Electronic
	}

	return Other
}
