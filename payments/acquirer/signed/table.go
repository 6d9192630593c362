package signed

import "wattkiosk/payments/acquirer"

// The tables are read-only. "error" and "used" are in none of them: the first may
// have been carried out half way, the second may be the echo of an earlier call.
// So are "paid" and "closed" where a repeat of ours could bring them about.
var (
	onOrder = acquirer.Table{
		{Code: "ok", State: "unpaid"}: acquirer.Carried,
		{Code: "closed"}:              acquirer.Refuse(acquirer.Closed),
		{Code: "over-limit"}:          acquirer.Refuse(acquirer.OverLimit),
		{Code: "not-accepted"}:        acquirer.Refuse(acquirer.NotAccepted),
		{Code: "busy"}:                acquirer.Busy,
	}

	onCollect = acquirer.Table{
		{Code: "ok", State: "paid"}:   acquirer.Carried,
		{Code: "ok", State: "paying"}: acquirer.Waiting,
		{Code: "bad-code"}:            acquirer.Refuse(acquirer.BadCode),
		{Code: "no-funds"}:            acquirer.Refuse(acquirer.NoFunds),
		{Code: "over-limit"}:          acquirer.Refuse(acquirer.OverLimit),
		{Code: "declined"}:            acquirer.Refuse(acquirer.Declined),
		{Code: "not-accepted"}:        acquirer.Refuse(acquirer.NotAccepted),
		{Code: "busy"}:                acquirer.Busy,
	}

	onAsk = acquirer.Table{
		{Code: "ok", State: "paid"}:     acquirer.Carried,
		{Code: "ok", State: "unpaid"}:   acquirer.Waiting,
		{Code: "ok", State: "paying"}:   acquirer.Waiting,
		{Code: "ok", State: "closed"}:   acquirer.Refuse(acquirer.Closed),
		{Code: "ok", State: "refunded"}: acquirer.Reverted,
		{Code: "none"}:                  acquirer.None,
		{Code: "busy"}:                  acquirer.Waiting,
	}

	onClose = acquirer.Table{
		{Code: "ok", State: "closed"}:   acquirer.Carried,
		{Code: "ok", State: "refunded"}: acquirer.GaveBack,
		{Code: "paid"}:                  acquirer.Refuse(acquirer.AlreadyPaid),
		{Code: "none"}:                  acquirer.Refuse(acquirer.NoOrder),
		{Code: "merchant-short"}:        acquirer.Short,
		{Code: "not-refundable"}:        acquirer.Refuse(acquirer.NotRefundable),
		{Code: "not-accepted"}:          acquirer.Refuse(acquirer.NotAccepted),
		{Code: "busy"}:                  acquirer.Busy,
	}

	onRefund = acquirer.Table{
		{Code: "ok", State: "refunded"}:   acquirer.Carried,
		{Code: "ok", State: "processing"}: acquirer.Waiting,
		{Code: "ok", State: "failed"}:     acquirer.Refuse(acquirer.NotRefundable),
		{Code: "merchant-short"}:          acquirer.Short,
		{Code: "not-refundable"}:          acquirer.Refuse(acquirer.NotRefundable),
		{Code: "not-accepted"}:            acquirer.Refuse(acquirer.NotAccepted),
		{Code: "busy"}:                    acquirer.Busy,
	}

	onAskRefund = acquirer.Table{
		{Code: "ok", State: "refunded"}:   acquirer.Carried,
		{Code: "ok", State: "processing"}: acquirer.Waiting,
		{Code: "ok", State: "failed"}:     acquirer.Refuse(acquirer.NotRefundable),
		{Code: "none"}:                    acquirer.None,
		{Code: "busy"}:                    acquirer.Waiting,
	}

	// onNotice says which notices about a payment are believed; all others are hints.
	onNotice = acquirer.Table{{Code: "ok", State: "paid"}: acquirer.Carried}
)
