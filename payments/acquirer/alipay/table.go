package alipay

import "wattkiosk/payments/acquirer"

// Return codes. 20000 is in no table: whether anything was carried out is unknown.
const (
	ok       = "10000"
	inFlight = "10003"
	failed   = "40004"
)

// States that the tables use beside Alipay's own.
const (
	closedPaid = "TRADE_CLOSED, paid" // closed after it was paid: wholly given back
	tryAgain   = "retry"              // a cancel with retry_flag Y
)

// The tables are read-only. A refusal is one only if it can say nothing but
// "nothing was carried out": what may be the echo of an earlier call of ours, such
// as TRADE_HAS_SUCCESS or CONTEXT_INCONSISTENT, is missing and so unknown.
var (
	onOrder = acquirer.Table{
		{Code: ok}: acquirer.Carried,
		{Code: failed, State: "ACQ.TOTAL_FEE_EXCEED"}:         acquirer.Refuse(acquirer.OverLimit),
		{Code: failed, State: "ACQ.TRADE_HAS_CLOSE"}:          acquirer.Refuse(acquirer.Closed),
		{Code: failed, State: "ACQ.INVALID_PARAMETER"}:        acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.ACCESS_FORBIDDEN"}:         acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.EXIST_FORBIDDEN_WORD"}:     acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.PARTNER_ERROR"}:            acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.PAYMENT_REQUEST_HAS_RISK"}: acquirer.Refuse(acquirer.NotAccepted),
	}

	onCollect = acquirer.Table{
		{Code: ok}:       acquirer.Carried,
		{Code: inFlight}: acquirer.Waiting,
		{Code: failed, State: "ACQ.PAYMENT_AUTH_CODE_INVALID"}:              acquirer.Refuse(acquirer.BadCode),
		{Code: failed, State: "ACQ.BUYER_BALANCE_NOT_ENOUGH"}:               acquirer.Refuse(acquirer.NoFunds),
		{Code: failed, State: "ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH"}:      acquirer.Refuse(acquirer.NoFunds),
		{Code: failed, State: "ACQ.ERROR_BALANCE_PAYMENT_DISABLE"}:          acquirer.Refuse(acquirer.NoFunds),
		{Code: failed, State: "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"}:   acquirer.Refuse(acquirer.OverLimit),
		{Code: failed, State: "ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR"}: acquirer.Refuse(acquirer.OverLimit),
		{Code: failed, State: "ACQ.BEYOND_PAY_RESTRICTION"}:                 acquirer.Refuse(acquirer.OverLimit),
		{Code: failed, State: "ACQ.BEYOND_PER_RECEIPT_RESTRICTION"}:         acquirer.Refuse(acquirer.OverLimit),
		{Code: failed, State: "ACQ.TOTAL_FEE_EXCEED"}:                       acquirer.Refuse(acquirer.OverLimit),
		{Code: failed, State: "ACQ.BUYER_ENABLE_STATUS_FORBID"}:             acquirer.Refuse(acquirer.Declined),
		{Code: failed, State: "ACQ.PAYMENT_FAIL"}:                           acquirer.Refuse(acquirer.Declined),
		{Code: failed, State: "ACQ.PAYMENT_REQUEST_HAS_RISK"}:               acquirer.Refuse(acquirer.Declined),
		{Code: failed, State: "ACQ.INVALID_PARAMETER"}:                      acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.ACCESS_FORBIDDEN"}:                       acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.EXIST_FORBIDDEN_WORD"}:                   acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.PARTNER_ERROR"}:                          acquirer.Refuse(acquirer.NotAccepted),
	}

	onAsk = acquirer.Table{
		{Code: ok, State: "TRADE_SUCCESS"}:           acquirer.Carried,
		{Code: ok, State: "TRADE_FINISHED"}:          acquirer.Carried,
		{Code: ok, State: "WAIT_BUYER_PAY"}:          acquirer.Waiting,
		{Code: ok, State: "TRADE_CLOSED"}:            acquirer.Refuse(acquirer.Closed),
		{Code: ok, State: closedPaid}:                acquirer.Reverted,
		{Code: failed, State: "ACQ.TRADE_NOT_EXIST"}: acquirer.None,
	}

	onClose = acquirer.Table{
		{Code: ok, State: "close"}:  acquirer.Carried,
		{Code: ok, State: "refund"}: acquirer.GaveBack,
		{Code: ok}:                  acquirer.Carried, // nobody had scanned it
		{Code: ok, State: tryAgain}: acquirer.Waiting,
		{Code: failed, State: "ACQ.SELLER_BALANCE_NOT_ENOUGH"}: acquirer.Short,
		{Code: failed, State: "ACQ.TRADE_HAS_FINISHED"}:        acquirer.Refuse(acquirer.AlreadyPaid),
		{Code: failed, State: "ACQ.TRADE_CANCEL_TIME_OUT"}:     acquirer.Refuse(acquirer.AlreadyPaid),
		{Code: failed, State: "ACQ.REASON_TRADE_BEEN_FREEZEN"}: acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.CANCEL_NOT_ALLOWED"}:        acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.INVALID_PARAMETER"}:         acquirer.Refuse(acquirer.NotAccepted),
	}

	// The state of a refund is its fund_change. N only says that no money moved by
	// this very call, which may be a repeat.
	onRefund = acquirer.Table{
		{Code: ok, State: "Y"}:                                    acquirer.Carried,
		{Code: ok, State: "N"}:                                    acquirer.Waiting,
		{Code: failed, State: "ACQ.SELLER_BALANCE_NOT_ENOUGH"}:    acquirer.Short,
		{Code: failed, State: "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}:   acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.REASON_TRADE_REFUND_FEE_ERR"}:  acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.REASON_TRADE_BEEN_FREEZEN"}:    acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.REASON_TRADE_STATUS_INVALID"}:  acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.TRADE_STATUS_ERROR"}:           acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.TRADE_HAS_FINISHED"}:           acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.TRADE_HAS_CLOSE"}:              acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.TRADE_NOT_EXIST"}:              acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.TRADE_NOT_ALLOW_REFUND"}:       acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.REFUND_FEE_ERROR"}:             acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.INVALID_PARAMETER"}:            acquirer.Refuse(acquirer.NotAccepted),
		{Code: failed, State: "ACQ.NOT_ALLOW_PARTIAL_REFUND"}:     acquirer.Refuse(acquirer.NotRefundable),
		{Code: failed, State: "ACQ.ONLINE_TRADE_VOUCHER_LIMITED"}: acquirer.Refuse(acquirer.NotRefundable),
	}

	onAskRefund = acquirer.Table{
		{Code: ok, State: "REFUND_SUCCESS"}:          acquirer.Carried,
		{Code: ok, State: "REFUND_PROCESSING"}:       acquirer.Waiting,
		{Code: ok, State: "REFUND_FAIL"}:             acquirer.Refuse(acquirer.NotRefundable),
		{Code: ok}:                                   acquirer.None,
		{Code: failed, State: "ACQ.TRADE_NOT_EXIST"}: acquirer.None,
	}
)
